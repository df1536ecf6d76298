"""What databases raise, whichever they are and whoever called the driver, and how to tell of it."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError

DATABASE_FAULTS = (DBAPIError, sqlite3.Error, psycopg.Error)
# It is gone, busy, or has no room: the same request may be sent again.
DATABASE_UNAVAILABLE = (OperationalError, sqlite3.OperationalError, psycopg.OperationalError)
_STATEMENT_CHARS_MAX = 200


def name_of(fault: BaseException) -> str:
    """The database's own name for what went wrong and where (SQLITE_FULL at INSERT INTO ...), without any value."""
    inner = fault.orig if isinstance(fault, DBAPIError) else fault
    name = getattr(inner, "sqlite_errorname", None) or getattr(inner, "sqlstate", None)
    statement = fault.statement if isinstance(fault, DBAPIError) else None  # its values are bound, so not in it
    return f"{name} at {statement[:_STATEMENT_CHARS_MAX]}" if statement else str(name)


def words_of(fault: BaseException) -> str:
    """What the database said, on one line, for the operator who called the command. May quote values."""
    return " ".join(str(fault.orig if isinstance(fault, DBAPIError) else fault).split())
