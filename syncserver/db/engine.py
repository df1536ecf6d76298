"""The database: one write transaction at a time on SQLite, as many as PostgreSQL can carry there.

Services open `write()` or `read()` and hand the connection to stores, which never commit.
SQLite lets one writer in, and its busy handler is unfair: eight writers kept the throughput but starved each other for
up to 3.1 s. So writers queue in this process, first come first served (a loop that folds would take a plain lock again
and again while requests wait), and a second process would wait out `busy_timeout`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from common.errors import InvariantError, UserFacing, require
from syncserver.db.direct import run_in_begun
from syncserver.db.postgres import HASTY, LOOKS_ALONE, kept_ready, postgres_engine, roll_back

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 16
POOL_OVERFLOW = 16
WRITE_WAIT_S_MAX = 30.0
STATEMENTS_KEPT = 300  # of each connection, ready to run again: the drivers' 128 and 100 are fewer than a server has

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


class DatabaseBusy(UserFacing):
    """Too many writers waited for too long; the same request may be sent again."""


class WriterQueue:
    """A lock that goes to whoever has waited longest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_held = False

    def acquire(self, timeout_s: float) -> bool:
        """Take it, after at most so many seconds; False if it was never one's turn."""
        with self._lock:
            if not self._is_held:
                self._is_held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout_s):
            return True
        with self._lock:
            if turn.is_set():  # it came at the last moment
                return True
            self._waiting.remove(turn)
        return False

    def release(self) -> None:
        """Hand it to the next in line."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_held = False


class Database:
    """One database address with its connections. Safe to share between threads; `close()` may be called twice."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        require(self.dialect in {SQLITE, POSTGRESQL}, f"neither SQLite nor PostgreSQL: {parsed.drivername}")
        self.sqlite_path = _sqlite_path(parsed.database) if self.dialect == SQLITE else None
        self.engine = _engine_of(url, self.dialect)
        # On PostgreSQL with the same connections, but beginning no transaction.
        self._for_looks = self.engine if self.is_sqlite else self.engine.execution_options(**{LOOKS_ALONE: True})
        self.url = url
        self._writer = WriterQueue()
        self._thread = threading.local()

    @property
    def is_sqlite(self) -> bool:
        """Whether one file with one writer stands behind it."""
        return self.dialect == SQLITE

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Connection]:
        """One transaction that may write: committed at the end of the block, rolled back on any exception.

        Not `lasting`: whoever asks sees it at once, but the last of it may be gone after a loss of power, until any
        lasting one follows; what a lasting one wrote afterwards never stands without it. So it waits for no disk.
        Raises InvariantError if this thread is already in one (its second half could be committed without the first).
        """
        require(not getattr(self._thread, "writing", False), "a write transaction inside another of the same thread")
        self._thread.writing = True
        try:
            if self.is_sqlite:
                yield from self._write_sqlite(lasting=lasting)
            else:
                yield from self._write_postgres(lasting=lasting)
        finally:
            self._thread.writing = False

    def _write_postgres(self, *, lasting: bool) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            tx = connection if lasting else connection.execution_options(**{HASTY: True})
            with tx.begin(), kept_ready(tx):
                yield tx

    def _write_sqlite(self, *, lasting: bool) -> Iterator[Connection]:
        if not self._writer.acquire(WRITE_WAIT_S_MAX):
            raise DatabaseBusy(f"the database was busy for {WRITE_WAIT_S_MAX:.0f} s: try again in a moment")
        try:
            connection = self.engine.connect().execution_options(rallygate_write=True)
            with connection as tx, _synced(tx, lasting=lasting), tx.begin():
                yield tx
        finally:
            self._writer.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Looks that only read; on SQLite they see one moment and never wait for the writer.

        On PostgreSQL each statement is a transaction of its own: at READ COMMITTED each sees a moment of its own
        anyhow, and a BEGIN and a ROLLBACK would be two round trips more. What would write is refused there.
        """
        with self._for_looks.connect() as tx:
            yield tx

    @contextmanager
    def read_moment(self) -> Iterator[Connection]:
        """A read that sees one moment on both databases, for as long as it takes (snapshots, backups)."""
        with self.engine.connect() as tx:
            if not self.is_sqlite:
                tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
                tx.execute(text("SET LOCAL statement_timeout = 0"))
            try:
                yield tx
            finally:
                if self.is_sqlite:
                    tx.rollback()
                else:
                    roll_back(tx)

    def answers(self) -> bool:
        """Whether the database answers the smallest question there is."""
        try:
            with self.read() as tx:
                return bool(tx.execute(text("SELECT 1")).scalar_one())
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _sqlite_path(name: str | None) -> Path:
    if not name or name == ":memory:":
        raise InvariantError("SQLite needs a file: an in-memory database has no second connection to read with")
    return Path(name)


def _engine_of(url: str, dialect: str) -> Engine:
    options: dict[str, Any] = {
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_timeout": WRITE_WAIT_S_MAX,
        "hide_parameters": True,  # an error's text goes to the log, and its parameters may be somebody's name
    }
    return _sqlite_engine(url, options) if dialect == SQLITE else postgres_engine(url, STATEMENTS_KEPT, options)


def _sqlite_engine(url: str, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, connect_args={"cached_statements": STATEMENTS_KEPT}, **options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    # The driver's own transaction control would begin late and never IMMEDIATE: it is switched off.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "cache_size=-32768",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


@contextmanager
def _synced(tx: Connection, *, lasting: bool) -> Iterator[None]:
    """For this transaction the file of changes is brought to the disk at its end, or (not lasting) at a later one's.

    The file is one sequence of commits, so a later sync takes along all that stands before.
    """
    if lasting:
        yield
        return
    connection: Any = tx.connection.dbapi_connection
    connection.execute("PRAGMA synchronous=NORMAL").close()
    try:
        yield
    finally:
        if not tx.invalidated:  # as by the end of the process: the connection is closed then
            connection.execute("PRAGMA synchronous=FULL").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("rallygate_write", False)
    run_in_begun(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
