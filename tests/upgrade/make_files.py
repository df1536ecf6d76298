"""Makes the files of this version, once, when it is released: `python -m tests.upgrade.make_files VERSION`.

Needs a PostgreSQL cluster in RALLYGATE_TEST_POSTGRES: run it under `packaging/with-postgres`. The folder of a version
that exists already is never written again. All keys in it are TEST ONLY.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from common.errors import BadInput
from syncserver.config import config_for
from syncserver.db.dump import dump
from tests.upgrade.story import begin

HERE = Path(__file__).parent
POSTGRES = "RALLYGATE_TEST_POSTGRES"
BYTES_MAX = 1_500_000  # the empty schema alone is most of it: a page for each table and index


def make(version: str, postgres_url: str) -> Path:
    """The folder with the files of a version. Raises BadInput if it is there, or too big to keep for ever."""
    target = HERE / version
    if target.exists():
        raise BadInput(f"{target} is there already: files of a version are kept as they are")
    with tempfile.TemporaryDirectory(dir=HERE) as made:
        folder = Path(made) / version
        _tell_on_sqlite(folder)
        _tell_on_postgres(folder, postgres_url)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if size > BYTES_MAX:
            raise BadInput(f"{size:,} bytes: at most {BYTES_MAX:,} are kept in the repository")
        folder.rename(target)
    return target


def _tell_on_sqlite(folder: Path) -> None:
    """The kiosk's folder, the server's database, its keys, and what was told."""
    with tempfile.TemporaryDirectory() as work:
        config = config_for(Path(work) / "server")
        story = begin(config, Path(work) / "kiosk")
        told = story.tell()
        story.services.db.close()
        shutil.copytree(story.kiosk.path, folder / "kiosk", ignore=shutil.ignore_patterns("*.lock", "packed-*", "lock"))
        shutil.copytree(config.keys, folder / "keys")
        with closing(sqlite3.connect(Path(config.data) / "rallygate.sqlite")) as live:
            live.execute("VACUUM INTO ?", (str(folder / "server.sqlite"),))
        (folder / "told.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")


def _tell_on_postgres(folder: Path, url: str) -> None:
    """A dump of the server's database, and what was told there; the story is the same, its keys are not."""
    with tempfile.TemporaryDirectory() as work, _fresh_database(url) as fresh:
        story = begin(config_for(Path(work) / "server", database_url=fresh), Path(work) / "kiosk")
        told = story.tell()
        dump(story.services.db, folder)
        story.services.db.close()
        (folder / "told-postgresql.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")


@contextmanager
def _fresh_database(url: str) -> Iterator[str]:
    name = f"files_{os.getpid()}"
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield url.replace("/postgres?", f"/{name}?", 1)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def main() -> int:
    """Make them, and say where they are."""
    url = os.environ.get(POSTGRES, "")
    if len(sys.argv) != 2 or not url:
        print("usage: packaging/with-postgres python -m tests.upgrade.make_files VERSION", file=sys.stderr)
        return 2
    try:
        print(make(sys.argv[1], url))
    except BadInput as fault:
        print(f"make_files: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
