"""The server's tables, made once in a process and then copied: 157 statements anew for each test take far longer."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import inspect

from syncserver.db.engine import Database
from syncserver.db.tables import all_tables


def put_schema(db: Database) -> None:
    """All tables, into a database that is empty or was made with them."""
    if db.sqlite_path is not None and not db.sqlite_path.exists():
        db.sqlite_path.write_bytes(_kept())
    elif not inspect(db.engine).has_table("events"):
        all_tables().create_all(db.engine)


@cache
def _kept() -> bytes:
    """A file with the tables and nothing in them."""
    with tempfile.TemporaryDirectory(prefix="rallygate-schema-") as folder:
        file = Path(folder) / "schema.sqlite"
        db = Database(f"sqlite:///{file}")
        all_tables().create_all(db.engine)
        db.close()  # the last connection folds the file of changes back
        return file.read_bytes()
