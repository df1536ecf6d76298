"""PostgreSQL: how connections are made and kept, and how transactions begin and end there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DisconnectionError

from common.clock import SystemClock
from syncserver.db.direct import run_in_begun

STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 10_000
IDLE_IN_TRANSACTION_MS = 60_000
TRUSTED_S = 5.0  # a connection that was used so lately is not asked first whether it still lives
LOOKS_ALONE, HASTY = "rallygate_looks_alone", "rallygate_hasty"  # options of a connection
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"  # without it nothing can be written
_BEGIN_HASTY = f"{_BEGIN}; SET LOCAL synchronous_commit TO off"
_STALE = "cached plan must not change result type"  # PostgreSQL has no code for it alone
_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


def postgres_engine(url: str, statements_kept: int, options_of_pool: Mapping[str, Any]) -> Engine:
    """Connections to a database; each keeps so many statements ready to run again."""
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS} -c timezone=UTC "
        "-c default_transaction_read_only=on"
    )
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        address,
        **options_of_pool,
        connect_args={"options": options, "application_name": "rallygate", "connect_timeout": 10, "autocommit": True},
    )
    event.listen(engine, "connect", partial(_set_up, statements_kept))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _give_up_stale)
    _ask_idle_connections(engine)
    return engine


def _set_up(statements_kept: int, connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.prepared_max = statements_kept


def _give_up_stale(context: ExceptionContext) -> None:
    """A statement that was kept ready fits no more: these connections go, and new ones make theirs anew.

    Somebody gave a column another type while this ran, or a pooler between forgot the statement. Nothing else would
    make an end of it, since the driver forgets what it has ready only with a ROLLBACK of its own.
    """
    fault = context.original_exception
    if isinstance(fault, InvalidSqlStatementName) or (isinstance(fault, FeatureNotSupported) and _STALE in str(fault)):
        context.is_disconnect = True


def _begin(tx: Connection) -> None:
    """Begin a transaction, if this connection is not for looks alone: the driver itself begins none.

    In one round trip with what is said of it: what need not last waits for no disk when it is committed.
    """
    options = tx.get_execution_options()
    if options.get(LOOKS_ALONE):
        return
    words = _BEGIN_HASTY if options.get(HASTY) else _BEGIN
    connection: Any = tx.connection.dbapi_connection
    if connection.pgconn.exec_(words.encode()).status != ExecStatus.COMMAND_OK:
        run_in_begun(tx, words)  # raises what is wrong, as any statement does


@contextmanager
def kept_ready(tx: Connection) -> Iterator[None]:
    """What ends the block by an exception is undone, and the connection's statements stay ready."""
    try:
        yield
    except BaseException:
        roll_back(tx)
        raise


def roll_back(tx: Connection) -> None:
    """Undo a transaction of PostgreSQL.

    The driver's own way forgets all statements it has ready, since it cannot know whether a table was made and unmade
    meanwhile, and makes all of them anew: parsing and planning are most of what the database does for a small one.
    """
    if not tx.invalidated:
        connection: Any = tx.connection.dbapi_connection
        if connection.info.transaction_status in _OPEN:
            connection.pgconn.exec_(b"ROLLBACK")
    tx.rollback()


def _ask_idle_connections(engine: Engine) -> None:
    """Before a connection that lay idle is used, ask whether it still lives; another takes its place if not.

    The library's own `pool_pre_ping` asks each time, a round trip more for every transaction.
    """
    clock = SystemClock()

    def given_back(_connection: object, record: Any) -> None:  # noqa: ANN401 - the pool's record
        record.info["used_s"] = clock.monotonic_s()

    def taken(connection: Any, record: Any, _proxy: object) -> None:  # noqa: ANN401 - the driver's connection
        used_s = record.info.get("used_s")
        if used_s is None or clock.monotonic_s() - used_s < TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as fault:
            raise DisconnectionError("the database has closed this connection") from fault

    event.listen(engine, "checkin", given_back)
    event.listen(engine, "checkout", taken)
