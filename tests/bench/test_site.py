"""The data that benches keep."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from syncserver.db.engine import Database
from syncserver.db.migrate import FOLDER, newest
from tests.bench.site import Size, open_site

OLDER = "0022"


@pytest.mark.slow
def test_kept_data_of_an_older_schema_is_used_after_a_migration(tmp_path: Path) -> None:
    size = Size(20, 20)
    open_site(tmp_path, size, lambda _: None).services.db.close()
    kept = tmp_path / "site-20-20"
    made_ns = (kept / "making.json").stat().st_mtime_ns
    was, old = kept / "was.sqlite", kept / "rallygate.sqlite"
    old.rename(was)
    lay_schema(old)
    copy_rows(was, old)
    was.unlink()
    assert version_of(old) == OLDER
    open_site(tmp_path, size, lambda _: None).services.db.close()
    assert version_of(old) == newest()
    with closing(sqlite3.connect(old)) as file:
        assert file.execute("SELECT count(*) FROM tickets").fetchone() == (20,)
    assert (kept / "making.json").stat().st_mtime_ns == made_ns, "it was not made anew"


def lay_schema(path: Path) -> None:
    """An empty database as the migrations up to an older one leave it."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    database = Database(f"sqlite:///{path}")
    with database.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, OLDER)
    database.close()


def copy_rows(source: Path, target: Path) -> None:
    """Everything the older schema has a place for."""
    with closing(sqlite3.connect(target)) as file:
        file.execute("ATTACH ? AS newer", (str(source),))
        names = [name for (name,) in file.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in names:
            if name in {"alembic_version", "sqlite_sequence"}:
                continue
            columns = ", ".join(f'"{row[1]}"' for row in file.execute(f'PRAGMA main.table_info("{name}")'))
            file.execute(f'DELETE FROM main."{name}"')  # noqa: S608 - names of our own tables
            text = f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM newer."{name}"'  # noqa: S608 - the same
            file.execute(text)
        file.commit()


def version_of(path: Path) -> str:
    """The schema a database file has."""
    with closing(sqlite3.connect(path)) as file:
        (version,) = file.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(version)
