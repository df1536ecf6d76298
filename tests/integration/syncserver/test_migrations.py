"""The migrations make the schema the code works with, on both databases, and refuse one they do not know."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from syncserver.db.engine import Database
from syncserver.db.migrate import FOLDER, SchemaTooNew, migrate, newest, version_of
from syncserver.db.tables import all_tables


@pytest.fixture
def empty(db_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = Database(db_url)
    yield database
    database.close()


def test_migrating_an_empty_database_makes_exactly_the_tables_the_code_knows(empty: Database) -> None:
    assert version_of(empty) is None
    assert migrate(empty) == newest() == version_of(empty)
    with empty.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, all_tables()) == []


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    assert migrate(empty) == migrate(empty)


def test_two_servers_that_start_at_once_both_find_the_schema(empty: Database) -> None:
    found: list[str] = []
    both = [threading.Thread(target=lambda: found.append(migrate(empty)), daemon=True) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert found == [newest(), newest()]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty: Database) -> None:
    migrate(empty)
    with empty.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(empty)
    assert version_of(empty) == "9999"


def test_there_is_one_head_and_files_are_named_by_their_number() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    for script in scripts.walk_revisions():
        assert script.module.__file__ is not None
        assert f"/{script.revision}_" in script.module.__file__
