"""The migrations make the schema the code works with, on both databases, and refuse one they do not know."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from PIL import Image
from sqlalchemy import Connection, text

from syncserver.db.engine import Database
from syncserver.db.migrate import FOLDER, SchemaTooNew, migrate, newest, version_of
from syncserver.db.tables import all_tables
from syncserver.services.picture_sizes import PictureSizes


@pytest.fixture
def empty(db_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = Database(db_url)
    yield database
    database.close()


def scripts(tx: Connection | None = None) -> Config:
    """The migrations, on a connection where one is given."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    return config


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
    found = ScriptDirectory.from_config(scripts())
    assert len(found.get_heads()) == 1
    for script in found.walk_revisions():
        assert script.module.__file__ is not None
        assert f"/{script.revision}_" in script.module.__file__


def test_people_and_jobs_of_before_are_found_after_the_control_rooms_migration(empty: Database) -> None:
    """Names, addresses and whose a job is were not indexed before 0010: they are filled from what is there."""
    with empty.write() as tx:
        command.upgrade(scripts(tx), "0009")
        for line in _BEFORE:
            tx.execute(text(line))
        for name, args in _JOBS:
            tx.execute(_JOB, {"name": name, "args": args})
    migrate(empty)
    with empty.read() as tx:
        words = tx.execute(text("SELECT word FROM holder_words ORDER BY word")).scalars().all()
        mail = tx.execute(text("SELECT mail_key FROM orders")).scalar_one()
        whose = {row.name: row.event_id for row in tx.execute(text("SELECT name, event_id FROM jobs"))}
    assert words == ["anna", "nova"]
    assert mail == "anna@example.org"
    assert whose == {"send_mail": 7, "build_snapshot": 7, "check_payment": None}


def test_widths_of_before_are_made_anew_since_their_colours_were_not_a_screens(empty: Database) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (1_000, 500), "teal").save(picture, "PNG")
    with empty.write() as tx:
        command.upgrade(scripts(tx), "0029")
        put = text("INSERT INTO pictures (sha256, media_type, data) VALUES (:sha, 'image/png', :data)")
        tx.execute(put, {"sha": SHA, "data": picture.getvalue()})
        tx.execute(text("INSERT INTO picture_sizes (sha256, width, height) VALUES (:sha, 320, 160)"), {"sha": SHA})
    migrate(empty)
    assert PictureSizes(empty).step() == 1
    with empty.read() as tx:
        widths = tx.execute(text("SELECT width FROM picture_sizes ORDER BY width")).scalars().all()
    assert widths == [320, 480, 960, 1_000]


SHA = bytes(32)
_BEFORE = (
    (
        "INSERT INTO events (id, key, uid, is_test, zone, border_minute, starts_ms, ends_ms, first_day, last_day,"
        " currency, currency_digits, languages, default_language, organiser, sender, catalogue_version, created_ms,"
        " facts_base_ms) VALUES (7, 'e', 'abcd', false, 'UTC', 0, 0, 0, '', '', 'CZK', 2, 'en', 'en', '', '', 1, 0, 0)"
    ),
    (
        "INSERT INTO orders (id, event_id, uid, code, link_hash, form_key, language, name, mail, currency, total_minor,"
        " channel, placed_ms, pay_until_ms)"
        " VALUES (3, 7, 'u', 'C', 'l', 'f', 'en', 'Anna', 'Anna@Example.org', 'CZK', 0, 'shop', 0, 0)"
    ),
    (
        "INSERT INTO holders (event_id, ticket, order_id, name, plate, language)"
        " VALUES (7, 't', 3, 'Anna Nov\u00e1', '', 'en')"
    ),
    "INSERT INTO mails (id, event_id, order_id, kind, message_id, asked_ms) VALUES (5, 7, 3, 'tickets', 'm', 0)",
)
_JOB = text(
    "INSERT INTO jobs (queue, name, key, args, state, run_at_ms, created_ms, attempts)"
    " VALUES ('q', :name, 'k', :args, 'dead', 0, 0, 1)"
)
_JOBS = (("send_mail", '{"mail_id":5}'), ("build_snapshot", '{"event_id":7}'), ("check_payment", '{"payment_id":99}'))
