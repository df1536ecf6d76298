"""The one MetaData every table of the server stands on, and the column types they share.

Instants are BIGINT milliseconds UTC (names end in `_ms`), money is BIGINT minor units (`_minor`), names of things are
raw bytes (BYTEA, BLOB). Enumerations are short texts, so that a row is readable and a new member needs no migration.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


class Raw(LargeBinary):
    """Bytes as both drivers take and give them: SQLAlchemy would copy every value it reads or writes once more."""

    cache_ok = True

    def bind_processor(self, dialect: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        """Nothing to do: drivers take bytes."""

    def result_processor(self, dialect: Any, coltype: object) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        """Nothing to do: drivers give bytes."""


# SQLite gives out row numbers by itself only for INTEGER PRIMARY KEY; everywhere else both databases take BIGINT.
RowId = BigInteger().with_variant(Integer, "sqlite")


def row_id() -> Column[int]:
    """A number the database gives out, as the primary key `id`."""
    return Column("id", RowId, primary_key=True, autoincrement=True)


def event_id(*, primary_key: bool = False) -> Column[int]:
    """The event a row belongs to: every table that belongs to an event has it."""
    return Column("event_id", BigInteger, ForeignKey("events.id"), nullable=False, primary_key=primary_key)


def millis(name: str, *, nullable: bool = False, **more: Any) -> Column[int]:  # noqa: ANN401 - Column's own options
    """An instant in ms UTC since 1970."""
    return Column(name, BigInteger, nullable=nullable, **more)


def big(name: str, *, nullable: bool = False, **more: Any) -> Column[int]:  # noqa: ANN401 - Column's own options
    """A whole number of up to 63 bits."""
    return Column(name, BigInteger, nullable=nullable, **more)


def text(name: str, *, nullable: bool = False, **more: Any) -> Column[str]:  # noqa: ANN401 - Column's own options
    """A text; its limit is checked where it enters."""
    return Column(name, Text, nullable=nullable, **more)


def raw(name: str, *, nullable: bool = False, **more: Any) -> Column[bytes]:  # noqa: ANN401 - Column's own options
    """Bytes: a name of something, a digest, a signed envelope."""
    return Column(name, Raw, nullable=nullable, **more)
