"""Logs as JSON lines on standard error, without personal data: no names, no addresses, no codes, no query strings.

Everything speaks through this one channel, the web server and the libraries too. Of an exception the log holds where it
came from and of what kind it is; its words only where we wrote them ourselves: a database's or a parser's words quote
the value they stumbled over, and that is somebody's name.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog
from structlog.typing import ExcInfo, Processor

from common.errors import RallygateError
from syncserver.db.faults import DATABASE_FAULTS, name_of


def set_up_logs(level: str) -> None:
    """Configure structlog and let the standard library's loggers speak through the same channel."""
    number = getattr(logging, level.upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(json_formatter())
    logging.basicConfig(level=number, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_STAMPS, *_RENDERERS],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Looked up at each line: whoever replaces standard error (a test, a service manager) gets the rest.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def json_formatter() -> logging.Formatter:
    """Turns a record of the standard library's loggers into the same JSON line."""
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_STAMPS], processors=[remove, *_RENDERERS]
    )


def web_server_logs() -> dict[str, Any]:
    """What granian's own logger is to be set up with: the same lines on the same channel."""
    console = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    quiet = {"handlers": ["console"], "propagate": False}
    return {
        "formatters": {"json": {"()": "syncserver.logs.json_formatter"}},
        "filters": {"chosen": {"()": "syncserver.logs.ThreadsAreChosen"}},
        "handlers": {"console": {**console, "filters": ["chosen"]}},
        "loggers": {"_granian": quiet, "granian.access": quiet},
    }


class ThreadsAreChosen(logging.Filter):
    """Drops granian's remark that there are more threads than cores: ours wait for the database most of the time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep the record."""
        return "Python threads" not in str(record.msg)


def told(exception: BaseException) -> str:
    """Where an exception and those that led to it came from, of what kind they are, and our own words."""
    return "\ncaused ".join(
        f"{type(one).__module__}.{type(one).__qualname__}: {_words(one)}\n"
        + "".join(traceback.format_tb(one.__traceback__)).rstrip()
        for one in reversed(list(_chain(exception)))
    )


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on. A circle ends where it began."""
    seen: set[int] = set()
    at: BaseException | None = exception
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _words(exception: BaseException) -> str:
    if isinstance(exception, DATABASE_FAULTS):
        return name_of(exception)
    match exception:
        case RallygateError():
            return str(exception)
        case ImportError() | AttributeError() | NameError():
            return str(exception)  # names of ours, never a value
        case OSError():
            return f"{exception.strerror} {exception.filename or ''}".rstrip()
        case _:
            return "(its words are left out)"


def _tell_exception(exc_info: ExcInfo) -> str:
    return told(exc_info[1])


def _drop_stack(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A warning's or a library's own stack adds nothing that `exception` does not say."""
    event.pop("stack_info", None)
    return event


_STAMPS: tuple[Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_RENDERERS: tuple[Processor, ...] = (
    _drop_stack,
    structlog.processors.ExceptionRenderer(_tell_exception),
    structlog.processors.JSONRenderer(),
)
