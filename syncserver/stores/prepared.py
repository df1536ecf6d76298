"""Statements that run for every page: put together and compiled once, then handed to the driver as text and values.

SQLAlchemy builds a statement anew at each call, walks it to look its text up, and handles each value: for the small
statements of a basket that costs several times what the database takes to carry them out (67 µs against 5).
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, Delete, Insert, Table, Update, bindparam, insert
from sqlalchemy import SelectBase as Select
from sqlalchemy.sql.compiler import SQLCompiler

from common.errors import InvariantError
from syncserver.db.direct import Answer, run

DIALECT = "dialect"
FORMS_MAX = 200  # of one statement, by the lengths of its lists; more of them are compiled each time

Statement: TypeAlias = Select | Insert | Update | Delete
_Form: TypeAlias = tuple[str, tuple[tuple[str, int], ...]]  # the database, and how long each list is


@dataclass(slots=True)
class _Ready:
    text: str
    constants: dict[str, Any]
    order: tuple[str, ...] | None  # names by place; None: the driver takes names
    columns: tuple[str, ...] | None = None  # of its answers, from the first one on


class Found:
    """What a statement gave, all fetched: rows are tuples whose columns have names."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, answer: Answer) -> None:
        names, rows, self.rowcount = answer
        self._rows: list[Any] = list(map(_row_of(names), rows)) if rows else rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:  # noqa: ANN401 - columns have any type
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:  # noqa: ANN401 - as above
        """The only row."""
        if len(self._rows) != 1:
            raise InvariantError(f"{len(self._rows)} rows where there is always one")
        return self._rows[0]

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._rows]

    def scalar_one(self) -> Any:  # noqa: ANN401 - as above
        """The first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:  # noqa: ANN401 - as above
        """The first column of the only row, or None where there is none."""
        return self.scalar_one() if self._rows else None


@lru_cache(maxsize=1_000)
def _row_of(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """What makes a row with these columns."""
    kind: Any = namedtuple("FoundRow", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - columns are known when it runs
    made: Callable[[tuple[Any, ...]], Any] = kind._make
    return made


class Prepared:
    """`make` puts the statement together from its values' names; called with a transaction and values it runs.

    A parameter of `make` called `dialect` gets the name of the database, for what is said differently (ON CONFLICT).
    A list of values (IN) has one at least. Rows come as the driver gives them: a truth value is a number on SQLite.
    """

    def __init__(self, make: Callable[..., Statement], names: Sequence[str] | None = None) -> None:
        self._make, self._names = make, tuple(inspect.signature(make).parameters if names is None else names)
        self._ready: dict[_Form, _Ready] = {}

    def __call__(self, tx: Connection, **values: object) -> Found:
        """Carry it out."""
        lists = tuple([(name, len(value)) for name, value in values.items() if isinstance(value, list)])
        ready = self._ready.get((tx.dialect.name, lists)) or self._compile(tx, lists)
        given = {**ready.constants, **(_apart(values) if lists else values)}
        by_place = given if ready.order is None else [given[name] for name in ready.order]
        answer = run(tx, ready.text, by_place, ready.columns)
        ready.columns = answer.names
        return Found(answer)

    def _compile(self, tx: Connection, lists: tuple[tuple[str, int], ...]) -> _Ready:
        # Two threads may both do it: they get the same.
        own: dict[str, Any] = {name: bindparam(name) for name in self._names if name != DIALECT}
        own.update({name: [bindparam(_one_of(name, at)) for at in range(count)] for name, count in lists})
        if DIALECT in self._names:
            own[DIALECT] = tx.dialect.name
        compiled = self._make(**own).compile(dialect=tx.dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{compiled} is no statement with values")
        mine = {*self._names, *(_one_of(name, at) for name, count in lists for at in range(count))}
        constants = {name: value for name, value in compiled.params.items() if name not in mine}
        order = tuple(compiled.positiontup) if compiled.positional and compiled.positiontup is not None else None
        ready = _Ready(compiled.string, constants, order)
        if len(self._ready) < FORMS_MAX:
            self._ready[tx.dialect.name, lists] = ready
        return ready


def insert_of(table: Table, names: Sequence[str], *returned: Column[Any]) -> Prepared:
    """An INSERT of one row that gives a value to each of these columns."""

    def make(**values: object) -> Statement:
        new = insert(table).values(**values)
        return new.returning(*returned) if returned else new

    return Prepared(make, names)


def _one_of(name: str, at: int) -> str:
    return f"{name}_of_{at}"


def _apart(values: dict[str, object]) -> dict[str, object]:
    """With a name for each value of a list."""
    given: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, list):
            given.update({_one_of(name, at): one for at, one in enumerate(value)})
        else:
            given[name] = value
    return given
