"""Points as people look after them: what each serves, who stands there, how its day goes, its rules."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from common.catalogue import Catalogue, CatalogueFault, decode_catalogue
from common.clock import Clock
from common.ids import PointNo, ProductNo
from common.rule_texts import Called, Rule, Statement, called_in, point_statements, product_statements
from common.rules import PointKind
from common.search_index import is_called
from common.studied import studied
from syncserver.db.engine import Database
from syncserver.services.admin_devices import Devices, ShownDevice
from syncserver.services.admin_overview import REFUSE, admitted_and_handed_out, today, today_since_ms
from syncserver.services.problems import NotHere
from syncserver.stores import entry_list as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import names
from syncserver.stores import points as store
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named


class Lanes(msgspec.Struct, frozen=True):
    """How many lanes of a kind a point has."""

    kind: str
    count: int


studied(Lanes)


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A point with its day so far. `products` are those in use, in order of preference."""

    point: Named
    area: str
    lanes: tuple[Lanes, ...]
    products: tuple[Named, ...]
    devices: tuple[ShownDevice, ...]
    admitted: int
    handed_out: int
    refused: int
    last_ms: int | None

    @property
    def last_heard_ms(self) -> int | None:
        """When a device standing there was heard last."""
        return max((one.last_seen_ms for one in self.devices if one.last_seen_ms), default=None)


@dataclass(frozen=True, slots=True)
class AreaPoints:
    """An area and the points in it to choose from, its gates first. Its name is empty where the catalogue has none."""

    name: str
    points: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class ServedProduct:
    """A product at a point with its rules; none where the catalogue of now does not have it."""

    product: Named
    rules: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class PointPage:
    """One point with its rules; none where the catalogue of now does not have it. `called`: what rules speak of."""

    shown: ShownPoint
    rules: tuple[Statement, ...]
    products: tuple[ServedProduct, ...]
    called: Called


class Points:
    """Reads points for people."""

    def __init__(self, db: Database, clock: Clock, devices: Devices) -> None:
        self._db, self._clock, self._devices = db, clock, devices

    def all(self, event: EventRow, language: str) -> tuple[ShownPoint, ...]:
        """Every point in use, in the file's order."""
        with self._db.read() as tx:
            return self._all(tx, event, language, _catalogue(tx, event))

    def by_area(self, event: EventRow, language: str, wanted: str = "") -> tuple[AreaPoints, ...]:
        """Points in use, to choose from: areas with a gate first, in each its gates first, else as in the file.

        Those alone whose name, key or number is wanted, accents and case aside.
        """
        with self._db.read() as tx:
            areas = _areas(_catalogue(tx, event), language)
            found = [
                one
                for one in names.points_of(tx, event, language).values()
                if one.is_active and is_called(wanted, (one.name, one.key), one.no)
            ]
        grouped: dict[str, list[Named]] = {}
        for point in sorted(found, key=lambda one: one.kind != PointKind.GATE):
            grouped.setdefault(areas.get(point.no, ""), []).append(point)
        return tuple(AreaPoints(area, tuple(points)) for area, points in grouped.items())

    def one(self, event: EventRow, key: str, language: str) -> PointPage:
        """One point. Raises NotHere."""
        with self._db.read() as tx:
            catalogue = _catalogue(tx, event)
            found = next((one for one in self._all(tx, event, language, catalogue) if one.point.key == key), None)
        if found is None:
            raise NotHere("this event has no such point")
        return _page(found, catalogue)

    def _all(
        self, tx: Connection, event: EventRow, language: str, catalogue: Catalogue | None
    ) -> tuple[ShownPoint, ...]:
        now_ms = self._clock.now_ms()
        kiosks = [one for one in self._devices.all(event, language) if not one.is_revoked]
        served, lanes = store.served(tx, event.id), store.lanes(tx, event.id)
        wares, tickets = names.products_of(tx, event, language), store.ticket_products(tx, event.id)
        counted = entry_store.tallies(tx, event.id, today(event, now_ms))
        refused = entry_store.refusals_by_point(tx, event.id, REFUSE, today_since_ms(event, now_ms))
        areas = _areas(catalogue, language)
        found = []
        for point in names.points_of(tx, event, language).values():
            if not point.is_active:
                continue
            here = [one for one in counted if one.point_no == point.no]
            admitted, handed_out = admitted_and_handed_out(here, tickets)
            found.append(
                ShownPoint(
                    point=point,
                    area=areas.get(point.no, ""),
                    lanes=_lanes(lanes.get(point.no, "[]")),
                    products=tuple(wares[no] for no in served.get(point.no, ()) if no in wares),
                    devices=tuple(one for one in kiosks if one.point and one.point.no == point.no),
                    admitted=admitted,
                    handed_out=handed_out,
                    refused=refused.get(point.no, 0),
                    last_ms=max((one.last_ms for one in here), default=None),
                )
            )
        return tuple(found)


def _page(shown: ShownPoint, catalogue: Catalogue | None) -> PointPage:
    """What is served stands beside the point's rules, so it is not among them."""
    if catalogue is None:
        return PointPage(shown, (), tuple(ServedProduct(one, ()) for one in shown.products), Called())
    point = catalogue.point_by_no.get(PointNo(shown.point.no))
    own = () if point is None else point_statements(point.rules, catalogue.days)
    products = catalogue.product_by_no
    served = tuple(
        ServedProduct(one, product_statements(products[ProductNo(one.no)].rules) if one.no in products else ())
        for one in shown.products
    )
    return PointPage(shown, tuple(one for one in own if one.rule is not Rule.SERVES), served, called_in(catalogue))


def _catalogue(tx: Connection, event: EventRow) -> Catalogue | None:
    found = event_store.newest_catalogue(tx, event.id)
    opened = decode_catalogue(found[1]) if found else CatalogueFault.NOT_CBOR
    return opened if isinstance(opened, Catalogue) else None


def _areas(catalogue: Catalogue | None, language: str) -> dict[int, str]:
    """Point -> name of its area."""
    if catalogue is None:
        return {}
    called = {
        one.area: one.names.get(language) or one.names.get(catalogue.default_language, "") for one in catalogue.areas
    }
    return {no: called.get(one.rules.area, "") for no, one in catalogue.point_by_no.items()}


def _lanes(stored: str) -> tuple[Lanes, ...]:
    try:
        return msgspec.json.decode(stored, type=tuple[Lanes, ...])
    except msgspec.DecodeError:
        return ()
