"""A process that dies: before a statement that writes, or right after a commit of which nobody hears any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from syncserver.db.engine import Database


class Died(BaseException):
    """No handler of the program's own may take it for a fault it can do something about."""


class Steps:
    """Counts the steps of a process and ends it at one of them, once."""

    def __init__(self, last: int) -> None:
        self._last, self._seen = last, 0

    @property
    def is_over(self) -> bool:
        """Whether it died."""
        return self._seen >= self._last

    def take(self) -> None:
        """One more."""
        self._seen += 1
        if self._seen == self._last:
            raise Died

    def note(self, _connection: object, _cursor: object, query: str, *_: object) -> None:
        """A statement is about to be carried out."""
        if not query.startswith(("SELECT", "BEGIN", "PRAGMA")):
            self.take()


@contextmanager
def failing_at(db: Database, number: int) -> Iterator[Steps]:
    """The process dies before the n-th statement that writes."""
    steps = Steps(number)
    event.listen(db.engine, "before_cursor_execute", steps.note)
    try:
        yield steps
    finally:
        event.remove(db.engine, "before_cursor_execute", steps.note)


@contextmanager
def dying_at(db: Database, number: int) -> Iterator[Steps]:
    """The process dies at its n-th step: before a statement that writes, or after a commit."""
    dialect: Any = db.engine.dialect
    commit: Callable[[object], None] = dialect.do_commit
    with failing_at(db, number) as steps:

        def commit_and_die(connection: object) -> None:
            commit(connection)
            steps.take()

        dialect.do_commit = commit_and_die
        try:
            yield steps
        finally:
            del dialect.do_commit
