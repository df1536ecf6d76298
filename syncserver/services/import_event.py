"""Importing an event file: all of it or nothing, updating by stable key, refusing what would break sold passes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.catalogue import encode_catalogue
from common.clock import Clock
from common.errors import require
from common.ids import AreaNo, EventUid, PointNo, ProductNo
from syncserver.db import tables_event as tables
from syncserver.db.engine import Database
from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import CATALOGUE, SCRIBE_QUEUE, CatalogueArgs
from syncserver.services import event_rows
from syncserver.services.event_catalogue import build_catalogue
from syncserver.services.event_file.model import EventFile, Loaded
from syncserver.services.import_offers import give_back_reserves, put_offers
from syncserver.services.import_refused import ImportRefused
from syncserver.services.picture_sizes import missing_sizes, put_sizes
from syncserver.stores import events as store
from syncserver.stores import tickets
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `is_changed` false: the tables said exactly this already."""

    event_id: int
    key: str
    uid: EventUid
    is_new: bool
    is_changed: bool
    catalogue_version: int


def import_event(db: Database, clock: Clock, loaded: Loaded) -> Imported:
    """Write a checked event file into the tables, in one transaction. Raises ImportRefused with all reasons."""
    sizes = missing_sizes(db, loaded.pictures)
    with db.write() as tx:
        done = _Import(tx, loaded, clock.now_ms()).run()
        put_sizes(tx, sizes)
        return done


class _Import:
    def __init__(self, tx: Connection, loaded: Loaded, now_ms: int) -> None:
        self.tx, self.file, self.now_ms = tx, loaded.event_file, now_ms
        self.loaded = loaded
        self.pictures = {picture.path: picture.sha256 for picture in loaded.pictures}

    def run(self) -> Imported:
        before = store.by_key(self.tx, self.file.event.key)
        if before is not None:
            give_back_reserves(self.tx, before.id, self.file, self.now_ms)
            _refuse_breaking(self.tx, before, self.file)
        event_id = self._put_event()
        areas, products, points = self._put_places_and_products(event_id)
        now = store.by_id(self.tx, event_id)
        require(now is not None, "the event just written is not there")
        version, changed = self._put_catalogue(now, products, points, areas) if now else (0, False)
        return Imported(
            event_id, self.file.event.key, now.uid if now else EventUid(b""), before is None, changed, version
        )

    def _put_event(self) -> int:
        row = event_rows.event_row(self.file)
        fresh = {
            "uid": secrets.token_bytes(4),
            "created_ms": self.now_ms,
            "catalogue_version": 0,
            "facts_base_ms": self.file.event.starts_ms,
        }
        event_id = store.put_event(self.tx, {**row, **fresh})
        pictures = [(one.sha256, one.media_type, one.data) for one in self.loaded.pictures]
        if pictures:
            store.put_pictures(self.tx, pictures)
        return event_id

    def _put_places_and_products(
        self, event_id: int
    ) -> tuple[dict[str, AreaNo], dict[str, ProductNo], dict[str, PointNo]]:
        areas = _numbered(store.numbers(self.tx, tables.areas, event_id), (one.key for one in self.file.areas))
        products = _numbered(store.numbers(self.tx, tables.products, event_id), (p.key for p in self.file.products))
        points = _numbered(store.numbers(self.tx, tables.points, event_id), (p.key for p in self.file.points))
        self._put_shelves(event_id)
        self._put_areas(event_id, areas)
        self._put_products(event_id, products)
        self._put_points(event_id, points, areas, products)
        put_offers(self.tx, event_id, self.file, products, self.now_ms)
        store.replace_all(self.tx, tables.texts, event_id, event_rows.text_rows(event_id, self.file))
        return (
            {key: AreaNo(no) for key, no in areas.items()},
            {key: ProductNo(no) for key, no in products.items()},
            {key: PointNo(no) for key, no in points.items()},
        )

    def _put_shelves(self, event_id: int) -> None:
        rates = [{"key": r.key, "rate_bp": r.rate_bp, "from_ms": r.from_ms} for r in self.file.vat_rates]
        store.replace_all(self.tx, tables.vat_rates, event_id, [{"event_id": event_id, **row} for row in rates])
        self._put(
            tables.categories, event_id, [{"key": c.key, "position": n} for n, c in enumerate(self.file.categories)]
        )
        self._put(tables.quotas, event_id, [{"key": q.key, "size": q.size} for q in self.file.quotas])
        self._put(
            tables.parking_areas,
            event_id,
            [
                {
                    "key": p.key,
                    "capacity": p.capacity,
                    "position": event_rows.json_of(p.position) if p.position else None,
                }
                for p in self.file.parking_areas
            ],
        )
        waves = [{"key": w.key, "starts_ms": w.starts_ms, "capacity": w.capacity} for w in self.file.waves]
        self._put(tables.waves, event_id, waves)

    def _put(
        self, table: store.AnyTable, event_id: int, rows: Sequence[Row], key: Sequence[str] = ("event_id", "key")
    ) -> None:
        store.put_active(self.tx, table, event_id, key, [{"event_id": event_id, **row} for row in rows])

    def _put_areas(self, event_id: int, numbers: Mapping[str, int]) -> None:
        rows = [{"no": numbers[one.key], "key": one.key, "capacity": one.capacity} for one in self.file.areas]
        self._put(tables.areas, event_id, rows, ("event_id", "no"))

    def _put_products(self, event_id: int, numbers: Mapping[str, int]) -> None:
        rows = [
            event_rows.product_row(event_id, one, at, numbers[one.key], self.pictures)
            for at, one in enumerate(self.file.products)
        ]
        self._put(tables.products, event_id, rows, ("event_id", "no"))
        variants = [row for p in self.file.products for row in event_rows.variant_rows(event_id, p, numbers[p.key])]
        self._put(tables.variants, event_id, variants, ("event_id", "product_no", "key"))
        details = [event_rows.product_details(event_id, p, numbers[p.key], numbers) for p in self.file.products]
        of_products = (tables.product_prices, tables.variant_prices, tables.product_requires, tables.product_upgrades)
        for table in (*of_products, tables.product_quotas, tables.questions):
            store.replace_all(self.tx, table, event_id, [row for one in details for row in one[table.name]])

    def _put_points(
        self, event_id: int, numbers: Mapping[str, int], areas: Mapping[str, int], products: Mapping[str, int]
    ) -> None:
        rows = [
            event_rows.point_row(event_id, one, at, numbers[one.key], areas[one.area])
            for at, one in enumerate(self.file.points)
        ]
        self._put(tables.points, event_id, rows, ("event_id", "no"))
        served = [
            {"event_id": event_id, "point_no": numbers[one.key], "product_no": products[key], "position": at}
            for one in self.file.points
            for at, key in enumerate(one.products)
        ]
        store.replace_all(self.tx, tables.point_products, event_id, served)

    def _put_catalogue(
        self,
        event: EventRow,
        products: Mapping[str, ProductNo],
        points: Mapping[str, PointNo],
        areas: Mapping[str, AreaNo],
    ) -> tuple[int, bool]:
        known = store.newest_catalogue(self.tx, event.id)
        version = known[0] if known else 0
        catalogue = build_catalogue(self.file, event.uid, version, products, points, areas, self.pictures)
        if known and encode_catalogue(catalogue) == known[1]:
            return version, False
        body = encode_catalogue(replace(catalogue, version=version + 1))
        store.add_catalogue(self.tx, event.id, version + 1, body, self.now_ms)
        args = CatalogueArgs(event.id, event.uid + (version + 1).to_bytes(4, "big"), version + 1)
        enqueue(self.tx, SCRIBE_QUEUE, CATALOGUE, args, f"{event.uid.hex()}-{version + 1}", self.now_ms)
        return version + 1, True


def _numbered(known: Mapping[str, int], keys: Iterable[str]) -> dict[str, int]:
    """Numbers for keys: those known keep theirs, new ones get the next that was never used."""
    numbers = dict(known)
    for key in keys:
        if key not in numbers:
            numbers[key] = max(numbers.values(), default=0) + 1
    return numbers


def _refuse_breaking(tx: Connection, before: EventRow, file: EventFile) -> None:
    problems = [*_event_problems(tx, before, file), *_product_problems(tx, before, file)]
    problems += _quota_problems(tx, before, file)
    if problems:
        raise ImportRefused("nothing was changed:\n" + "\n".join(problems))


def _event_problems(tx: Connection, before: EventRow, file: EventFile) -> list[str]:
    if not tickets.any_issued(tx, before.id):
        return []
    event = file.event
    fixed = (
        ("zone", before.zone, event.zone),
        ("border_minute", before.border_minute, event.border_minute),
        ("currency", before.currency, event.currency),
        ("is_test", before.is_test, event.is_test),
    )
    return [
        f"event.{name}: {new!r} instead of {old!r}; passes are sold, so it has to stay {old!r}"
        for name, old, new in fixed
        if old != new
    ]


def _product_problems(tx: Connection, before: EventRow, file: EventFile) -> list[str]:
    sold = tickets.products_in_use(tx, before.id)
    now = {product.key: product.kind.value for product in file.products}
    problems = []
    for key, (no, kind, _) in store.product_kinds(tx, before.id).items():
        if no not in sold:
            continue
        if key not in now:
            problems.append(
                f"products.{key}: is sold, but no longer in the file; put it back (end its sale window instead)"
            )
        elif now[key] != kind:
            problems.append(f"products.{key}: is sold as {kind}, it cannot become {now[key]}; use a new key")
    return problems


def _quota_problems(tx: Connection, before: EventRow, file: EventFile) -> list[str]:
    now = {quota.key: quota.size for quota in file.quotas}
    return [
        f"quotas.{key}: {taken} are sold or held, so its size cannot become {now.get(key, 0)}; make it {taken} or more"
        for key, taken in store.quota_taken(tx, before.id).items()
        if taken > now.get(key, 0)
    ]
