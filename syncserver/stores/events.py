"""SQL of events and their catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, delete, func, select, update

from common.ids import EventUid
from syncserver.db.tables_event import catalogues, events, picture_sizes, pictures, points, products, quotas, texts
from syncserver.stores import rows
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import insert_for

AnyTable: TypeAlias = Table  # so that services can hand on a table without speaking SQL


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as most callers need it; times in ms UTC."""

    id: int
    key: str
    uid: EventUid
    is_test: bool
    zone: str
    border_minute: int
    starts_ms: int
    ends_ms: int
    currency: str
    default_language: str
    catalogue_version: int
    created_ms: int
    facts_base_ms: int


_COLUMNS = tuple(events.c[name] for name in EventRow.__dataclass_fields__)


def _event(row: Any) -> EventRow | None:  # noqa: ANN401 - a row of one of the statements below
    return None if row is None else EventRow(**{**row._asdict(), "is_test": bool(row.is_test)})


def by_key(tx: Connection, key: str) -> EventRow | None:
    """The event with this stable key."""
    return _event(tx.execute(select(*_COLUMNS).where(events.c.key == key)).first())


def by_id(tx: Connection, event_id: int) -> EventRow | None:
    """The event with this number."""
    return _event(_BY_ID(tx, event_id=event_id).first())


_BY_ID = Prepared(lambda event_id: select(*_COLUMNS).where(events.c.id == event_id))
_ALL = Prepared(lambda: select(*_COLUMNS).order_by(events.c.id.desc()))


def by_uid(tx: Connection, uid: bytes) -> EventRow | None:
    """The event that passes and entries name by these 4 bytes."""
    return _event(tx.execute(select(*_COLUMNS).where(events.c.uid == uid)).first())


def all_events(tx: Connection) -> tuple[EventRow, ...]:
    """Every event, the newest first."""
    return tuple(event for row in _ALL(tx) if (event := _event(row)))


def name_of(tx: Connection, event: EventRow) -> str:
    """The event's name in its default language."""
    wanted = select(texts.c.text).where(
        texts.c.event_id == event.id,
        texts.c.subject == "event",
        texts.c.field == "name",
        texts.c.language == event.default_language,
    )
    return tx.execute(wanted.limit(1)).scalar_one_or_none() or event.key


def put_event(tx: Connection, values: rows.Row) -> int:
    """Insert the event, or update the one with the same key; its number."""
    insert = insert_for(tx, events).values(values)
    kept = {"key", "uid", "created_ms", "catalogue_version", "facts_base_ms"}  # what an event keeps for life
    changed = {name: insert.excluded[name] for name in values if name not in kept}
    done = insert.on_conflict_do_update(index_elements=["key"], set_=changed).returning(events.c.id)
    return int(tx.execute(done).scalar_one())


def numbers(tx: Connection, table: Table, event_id: int) -> dict[str, int]:
    """Key -> number of products, points or areas, those no longer in the file too."""
    found = tx.execute(select(table.c.key, table.c.no).where(table.c.event_id == event_id))
    return {row.key: row.no for row in found}


def product_kinds(tx: Connection, event_id: int) -> dict[str, tuple[int, str, bool]]:
    """Key -> (number, kind, is active) of every product there ever was."""
    wanted = select(products.c.key, products.c.no, products.c.kind, products.c.is_active)
    return {key: (no, kind, on) for key, no, kind, on in tx.execute(wanted.where(products.c.event_id == event_id))}


def quota_taken(tx: Connection, event_id: int) -> dict[str, int]:
    """Key -> how many are held or sold."""
    wanted = select(quotas.c.key, quotas.c.taken).where(quotas.c.event_id == event_id)
    return {row.key: row.taken for row in tx.execute(wanted)}


def replace_all(tx: Connection, table: Table, event_id: int, new: Sequence[rows.Row]) -> None:
    """Put these rows in place of all the event has in a table that nothing else points to."""
    tx.execute(delete(table).where(table.c.event_id == event_id))
    for at in range(0, len(new), rows.ROWS_PER_STATEMENT_MAX):
        tx.execute(table.insert(), list(new[at : at + rows.ROWS_PER_STATEMENT_MAX]))


def put_active(tx: Connection, table: Table, event_id: int, key: Sequence[str], new: Sequence[rows.Row]) -> None:
    """Insert or update rows of a table with `is_active`; what is not among them is kept, but not active."""
    tx.execute(update(table).where(table.c.event_id == event_id).values(is_active=False))
    rows.put(tx, table, key, [{**row, "is_active": True} for row in new])


def put_pictures(tx: Connection, new: Sequence[tuple[bytes, str, bytes]]) -> None:
    """Keep pictures (sha256, media type, bytes); the same hash is the same picture."""
    found = [{"sha256": sha, "media_type": kind, "data": data} for sha, kind, data in new]
    rows.add_missing(tx, pictures, ["sha256"], list({row["sha256"]: row for row in found}.values()))


def pictures_without_sizes(tx: Connection, limit: int) -> list[tuple[bytes, str, bytes]]:
    """(sha256, media type, bytes) of pictures whose widths nobody has made."""
    has = select(picture_sizes.c.sha256).where(picture_sizes.c.sha256 == pictures.c.sha256).exists()
    found = tx.execute(select(pictures.c.sha256, pictures.c.media_type, pictures.c.data).where(~has).limit(limit))
    return [(row.sha256, row.media_type, row.data) for row in found]


def with_sizes(tx: Connection, wanted: Sequence[bytes]) -> set[bytes]:
    """Those of the pictures whose widths were made."""
    query = select(picture_sizes.c.sha256).where(picture_sizes.c.sha256.in_(list(wanted))).distinct()
    return set(tx.execute(query).scalars())


def put_sizes(tx: Connection, new: Sequence[tuple[bytes, int, int, bytes | None]]) -> None:
    """Keep pictures in other widths: (sha256 of the picture, width, height, bytes or None for the picture itself)."""
    found = [{"sha256": sha, "width": width, "height": height, "data": data} for sha, width, height, data in new]
    rows.add_missing(tx, picture_sizes, ["sha256", "width"], found)


def forget_sizes(tx: Connection) -> None:
    """Have all widths made anew, as after another choice of them."""
    tx.execute(delete(picture_sizes))


def picture(tx: Connection, sha256: bytes) -> tuple[str, bytes] | None:
    """(media type, bytes) of a picture."""
    row = tx.execute(select(pictures.c.media_type, pictures.c.data).where(pictures.c.sha256 == sha256)).first()
    return None if row is None else (row.media_type, row.data)


def newest_catalogue(tx: Connection, event_id: int) -> tuple[int, bytes] | None:
    """(version, body) of what kiosks are to hold."""
    wanted = select(catalogues.c.version, catalogues.c.body).where(catalogues.c.event_id == event_id)
    row = tx.execute(wanted.order_by(catalogues.c.version.desc()).limit(1)).first()
    return None if row is None else (row.version, row.body)


def add_catalogue(tx: Connection, event_id: int, version: int, body: bytes, now_ms: int) -> None:
    """Keep a new version of the catalogue and make it the event's."""
    tx.execute(catalogues.insert().values(event_id=event_id, version=version, body=body, made_ms=now_ms))
    tx.execute(update(events).where(events.c.id == event_id).values(catalogue_version=version))


def point_exists(tx: Connection, event_id: int, point: int) -> bool:
    """Whether a point of this number is in the file of now."""
    wanted = select(func.count()).where(points.c.event_id == event_id, points.c.no == point, points.c.is_active)
    return bool(tx.execute(wanted).scalar_one())


def point_no(tx: Connection, event_id: int, key: str) -> int | None:
    """The number of the point with this key."""
    wanted = select(points.c.no).where(points.c.event_id == event_id, points.c.key == key, points.c.is_active)
    return tx.execute(wanted).scalar_one_or_none()
