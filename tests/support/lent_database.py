"""A PostgreSQL database with the server's tables, lent to one test after another and emptied in between.

To make one and drop it takes the cluster a third of a second of work, to empty it a quarter of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import psycopg
from psycopg import Connection, sql

from syncserver.db.engine import Database
from tests.support.kept_schema import put_schema

_OTHERS = """
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Whatever defines tables: a row that is changed or made anew has another `xmin`.
_DEFINING = (
    "pg_attribute", "pg_attrdef", "pg_constraint", "pg_trigger", "pg_proc", "pg_rewrite", "pg_namespace",
    "pg_db_role_setting",
)  # fmt: skip
_TABLES = "SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


class Lender:
    """Has at most one database. `fresh` makes an empty one, and drops it at the end of its block."""

    def __init__(self, fresh: Callable[[], AbstractContextManager[str]]) -> None:
        self._fresh, self._kept = fresh, ExitStack()
        self._url, self._shape = "", ""

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Its address, to one at a time; what came of it is gone afterwards."""
        if not self._url:
            self._make()
        try:
            yield self._url
        finally:
            if not self._is_empty_again():
                self.close()

    def close(self) -> None:
        """Have none."""
        self._url = ""
        self._kept.close()

    def _make(self) -> None:
        self._url = self._kept.enter_context(self._fresh())
        db = Database(self._url)
        put_schema(db)
        db.close()
        with self._connected() as connection:
            self._shape = _shape(connection)

    def _is_empty_again(self) -> bool:
        try:
            with self._connected() as connection:
                return _emptied(connection, self._shape)
        except psycopg.Error:
            return False

    def _connected(self) -> Connection:
        return psycopg.connect(self._url.replace("+psycopg", "", 1), autocommit=True)


def _emptied(connection: Connection, shape: str) -> bool:
    """Take every row, and numbers begin anew. False, if the tables themselves are not what they were."""
    connection.execute(_OTHERS)
    if _shape(connection) != shape:
        return False
    names = sql.SQL(", ").join([sql.SQL(name) for (name,) in connection.execute(_TABLES)])
    connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
    return True


def _shape(connection: Connection) -> str:
    """Another text whenever a table, an index, a rule or a setting of the database became another."""
    each = [sql.SQL("SELECT count(*), sum(xmin::text::bigint) FROM {}").format(sql.Identifier(n)) for n in _DEFINING]
    return str(connection.execute(sql.SQL(" UNION ALL ").join(each)).fetchall())
