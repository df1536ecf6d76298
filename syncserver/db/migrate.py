"""The schema's versions: which one a database has, and bringing it to ours.

Migrations live in `migrations/versions/NNNN_what.py`, one head, never edited once released, safe beside the previous
version's code, since on PostgreSQL old processes still run while the new schema comes.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from common.errors import UserFacing
from syncserver.db.engine import Database

FOLDER = Path(__file__).parent / "migrations"
# Two servers may start at once: the second waits here until the first has migrated (any 64-bit number of ours).
_LOCK = 7_253_118_001


class SchemaTooNew(UserFacing):
    """The database was used by a newer version of the server; nothing was changed."""


class SchemaNotCurrent(UserFacing):
    """The database is empty or of another version; the text says what to run."""


def newest() -> str:
    """The version this code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return head or ""


def version_of(database: Database) -> str | None:
    """The version a database has; None: it is empty or not ours."""
    with database.read() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def migrate(database: Database) -> str:
    """Bring the schema to our version, in one transaction; the version. Raises SchemaTooNew."""
    with database.write() as tx:
        if not database.is_sqlite:
            tx.execute(text("SET LOCAL lock_timeout = 0"))
            tx.execute(text("SET LOCAL statement_timeout = 0"))
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_newer(tx)
        config = _config()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")
    return newest()


def check_current(database: Database) -> None:
    """Raise SchemaNotCurrent unless the database has exactly the version this code works with."""
    file = database.sqlite_path
    found = None if file is not None and not file.exists() else version_of(database)  # asking would make the file
    if found != newest():
        raise SchemaNotCurrent(
            f"the database has schema version {found or 'none'}, this server needs {newest()}: "
            "run `rallygate-server init`"
        )


def is_known(version: str) -> bool:
    """Whether this code has, or can update, a schema of that version; the empty one is nobody's."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return not version or version in known


def _refuse_newer(tx: Connection) -> None:
    found = MigrationContext.configure(tx).get_current_revision()
    if found is not None and not is_known(found):
        raise SchemaTooNew(
            f"the database has schema version {found}, which this version of the server does not know: "
            "install the newer version, or restore a backup made with this one"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config
