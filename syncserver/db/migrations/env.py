"""Alembic's way in: runs the migrations on the connection that `syncserver.db.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from syncserver.db.tables import all_tables


def _run(connection: Connection) -> None:
    # SQLite cannot alter most things in place: batch mode makes a new table and copies.
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
