"""Whether the database answers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from syncserver.db.engine import Database


def answers(db: Database) -> bool:
    """Ask it the smallest question there is."""
    try:
        with db.read() as tx:
            return bool(tx.execute(select(1)).scalar_one())
    except SQLAlchemyError:
        return False
