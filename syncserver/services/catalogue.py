"""The shop's catalogue: one event's products in one language, and what is left of them.

A catalogue is read whole and kept for 5 seconds, so that a page costs no query per product. What is left is read for
every page, and the sale itself depends on neither: a hold is taken from the quota, or it is not.
"""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from common.clock import Clock
from common.rules import ProductKind, Window
from syncserver.db.engine import Database
from syncserver.services.event_words import EventWords
from syncserver.services.offers import Offer, offer_of
from syncserver.services.places import Point, point_of, windows_of
from syncserver.services.prices import Changes, is_within, price_at
from syncserver.services.purchase_questions import ShopQuestion, by_product, question_of
from syncserver.services.translations import LANGUAGES, is_complete
from syncserver.stores import catalogue as store
from syncserver.stores import quotas, reserves
from syncserver.stores.quotas import QuotaRow

KEPT_S = 5.0

AnyRow = Row[*tuple[Any, ...]]
Left: TypeAlias = Mapping[str, QuotaRow]  # what is left of every quota, by its key


@dataclass(frozen=True, slots=True)
class ShopEvent:
    """An event as the shop knows it."""

    id: int
    key: str
    uid: bytes
    zone: str
    starts_ms: int
    ends_ms: int
    first_day: date
    last_day: date
    currency: str
    languages: tuple[str, ...]  # those the event's texts and our own are complete in
    default_language: str
    sale_from_ms: int | None
    sale_until_ms: int | None
    is_test: bool
    seller: str
    seller_address: str
    seller_country: str
    seller_mail: str
    sender_name: str
    sender_address: str

    def is_on_sale(self, now_ms: int) -> bool:
        """Whether anything can be bought now."""
        return is_within(self.sale_from_ms, self.sale_until_ms, now_ms)


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant of a product."""

    key: str
    name: str
    price_minor: int | None  # None: the product's
    quota_keys: tuple[str, ...]
    price_changes: Changes = ()  # of its own price


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may be bought; None is no limit."""

    per_ticket: int | None
    per_person: int | None
    per_order: int | None


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """Until when a buyer may give it back, for which share of the price (basis points), less which fee."""

    until_ms: int | None
    share_bp: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class PictureSize:
    """A picture in one width. The whole one is the picture as it came; all others are WebP."""

    width: int
    height: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product in one language. Prices are minor units, VAT included; rates are hundredths of a percent."""

    no: int
    key: str
    kind: ProductKind
    name: str
    sentence: str
    description: str
    category: str
    audience: str
    price_minor: int
    price_changes: Changes
    vat_rates: tuple[tuple[int | None, int], ...]  # from_ms, rate_bp; by time
    sale_from_ms: int | None
    sale_until_ms: int | None
    limits: Limits
    picture: str | None  # sha256 in hex
    picture_sizes: tuple[PictureSize, ...]  # the smallest first; empty: there is the picture alone
    pieces: int
    is_secret: bool
    needs_plate: bool
    requires: tuple[int, ...]
    upgrades_to: tuple[int, ...]  # tickets that this ticket can become
    choices: tuple[Choice, ...]
    quota_keys: tuple[str, ...]
    places: tuple[str, ...]
    point_keys: tuple[str, ...]  # where it is redeemed
    windows: tuple[Window, ...]  # when; empty: as long as its points are open
    refund: RefundTerms | None  # None: a buyer cannot give it back by itself
    questions: tuple[ShopQuestion, ...] = ()  # asked of each piece when it is bought

    @property
    def is_ticket(self) -> bool:
        """Whether it admits a person."""
        return self.kind is ProductKind.TICKET

    def is_on_sale(self, now_ms: int) -> bool:
        """Whether its own sale window is open."""
        return is_within(self.sale_from_ms, self.sale_until_ms, now_ms)

    def choice(self, key: str | None) -> Choice | None:
        """The variant of this key."""
        return next((choice for choice in self.choices if choice.key == key), None)

    def price_at(self, variant_key: str | None, now_ms: int) -> int:
        """What one costs now."""
        choice = None if variant_key is None else self.choice(variant_key)
        if choice is not None and choice.price_minor is not None:
            return price_at(choice.price_minor, choice.price_changes, now_ms)
        return price_at(self.price_minor, self.price_changes, now_ms)

    def prices_at(self, now_ms: int) -> tuple[int, ...]:
        """What one of each variant costs now; without variants just the one price."""
        return tuple([self.price_at(one.key, now_ms) for one in self.choices]) or (self.price_at(None, now_ms),)

    def next_prices(self, now_ms: int) -> tuple[int, tuple[int, ...]] | None:
        """(from when, what each variant then costs) of the next change of any price, as in `prices_at`."""
        now = self.prices_at(now_ms)
        later = ((at_ms, self.prices_at(at_ms)) for at_ms in self.moments if at_ms > now_ms)
        return next((change for change in later if change[1] != now), None)

    @property
    def moments(self) -> tuple[int, ...]:
        """When its prices change, rising."""
        changes = [*self.price_changes, *(one for choice in self.choices for one in choice.price_changes)]
        return tuple(sorted({from_ms for from_ms, _ in changes}))

    def vat_rate_at(self, now_ms: int) -> int:
        """The tax rate in force now."""
        past = [rate for from_ms, rate in self.vat_rates if from_ms is None or from_ms <= now_ms]
        return past[-1] if past else 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category with its products in order."""

    key: str
    name: str
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An event in one language."""

    event: ShopEvent
    language: str
    name: str
    sentence: str
    legal: Mapping[str, str]  # imprint, terms, privacy
    products: Mapping[int, Product]
    shelves: tuple[Shelf, ...]
    offers: Mapping[str, Offer]
    points: Mapping[str, Point]  # in the file's order
    moments: tuple[int, ...]  # when a price or a sale window changes, rising

    def stage(self, now_ms: int) -> int:
        """How many of these moments are past: while it stays the same, all prices and what is on sale do."""
        return bisect_right(self.moments, now_ms)

    def by_key(self, key: str) -> Product | None:
        """The product of this key."""
        return next((product for product in self.products.values() if product.key == key), None)

    def tickets(self) -> tuple[Product, ...]:
        """What admits a person, secret ones left out."""
        return tuple(p for p in self.products.values() if p.is_ticket and not p.is_secret)


class Catalogues:
    """Reads catalogues and keeps them for a moment. Safe for threads."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._kept: dict[tuple[int, str], tuple[float, Catalogue]] = {}
        self._kept_events: dict[str | int, tuple[float, ShopEvent]] = {}
        self._lock = threading.Lock()

    def events(self) -> tuple[ShopEvent, ...]:
        """All events, the next one first."""
        with self._db.read() as tx:
            return tuple(_event(row) for row in store.event_rows(tx))

    def event(self, key: str) -> ShopEvent | None:
        """One event by its key, at most 5 seconds old."""
        return self._event(key, lambda tx: store.event_row(tx, key))

    def event_by_id(self, event_id: int) -> ShopEvent:
        """One event by its number, at most 5 seconds old."""
        found = self._event(event_id, lambda tx: store.event_row_by_id(tx, event_id))
        if found is None:
            raise LookupError(f"no event {event_id}")
        return found

    def _event(self, name: str | int, read: Callable[[Connection], AnyRow | None]) -> ShopEvent | None:
        with self._lock:
            kept = self._kept_events.get(name)
        if kept is not None and self._clock.monotonic_s() - kept[0] < KEPT_S:
            return kept[1]
        with self._db.read() as tx:
            row = read(tx)
        if row is None:
            return None
        made = _event(row)
        with self._lock:
            self._kept_events[name] = (self._clock.monotonic_s(), made)
        return made

    def of(self, event: ShopEvent, language: str) -> Catalogue:
        """The event's catalogue in a language, at most 5 seconds old."""
        with self._lock:
            kept = self._kept.get((event.id, language))
        if kept is not None and self._clock.monotonic_s() - kept[0] < KEPT_S:
            return kept[1]
        with self._db.read() as tx:
            made = _catalogue(event, language, store.read(tx, event.id))
        with self._lock:
            self._kept[event.id, language] = (self._clock.monotonic_s(), made)
        return made

    def left(self, event: ShopEvent, offer_keys: Sequence[str] = ()) -> Left:
        """What is left of every quota, by its key; what these offers have set aside is left too."""
        with self._db.read() as tx:
            found = quotas.of_event(tx, event.id, self._clock.now_ms())
            aside = reserves.left_of_offers(tx, event.id, offer_keys) if offer_keys else {}
        if not aside:
            return found
        return {key: replace(row, free=row.free + aside.get(row.id, 0)) for key, row in found.items()}

    def picture(self, sha256: bytes) -> tuple[str, bytes] | None:
        """Media type and bytes of a picture."""
        with self._db.read() as tx:
            return store.picture(tx, sha256)

    def picture_of_width(self, sha256: bytes, width: int) -> bytes | None:
        """A picture in one of its smaller widths, as WebP."""
        with self._db.read() as tx:
            return store.picture_of_width(tx, sha256, width)


def _event(row: AnyRow) -> ShopEvent:
    organiser, sender = json.loads(row.organiser), json.loads(row.sender)
    offered = [code for code in row.languages.split(",") if code in LANGUAGES and is_complete(code)]
    languages = tuple(offered) or ("en",)
    default = row.default_language if row.default_language in languages else languages[0]
    return ShopEvent(
        id=row.id,
        key=row.key,
        uid=row.uid,
        zone=row.zone,
        starts_ms=row.starts_ms,
        ends_ms=row.ends_ms,
        first_day=date.fromisoformat(row.first_day),
        last_day=date.fromisoformat(row.last_day),
        currency=row.currency,
        languages=languages,
        default_language=default,
        sale_from_ms=row.sale_from_ms,
        sale_until_ms=row.sale_until_ms,
        is_test=row.is_test,
        seller=organiser["name"],
        seller_address=organiser["address"],
        seller_country=organiser["country"],
        seller_mail=organiser["mail"],
        sender_name=sender["name"],
        sender_address=sender["address"],
    )


def _catalogue(event: ShopEvent, language: str, rows: store.CatalogueRows) -> Catalogue:
    words = EventWords(rows.texts, language, event.default_language)
    products = {row.no: product for row, product in zip(rows.products, _products(rows, words), strict=True)}
    return Catalogue(
        event=event,
        language=language,
        name=words.get("event", event.key, "name"),
        sentence=words.get("event", event.key, "sentence"),
        legal={field: words.get("event", event.key, field) for field in ("imprint", "terms", "privacy")},
        products=products,
        shelves=tuple(_shelves(rows, words, products)),
        offers={row.key: offer_of(row, rows, words) for row in rows.offers},
        points={row.key: _point(row, words) for row in rows.points},
        moments=_moments(event, products.values()),
    )


def _moments(event: ShopEvent, products: Iterable[Product]) -> tuple[int, ...]:
    found = {event.sale_from_ms, event.sale_until_ms}
    for one in products:
        found |= {one.sale_from_ms, one.sale_until_ms, *one.moments}
    return tuple(sorted(one for one in found if one is not None))


def _point(row: AnyRow, words: EventWords) -> Point:
    return point_of(row, words.get("point", row.key, "name"), words.get("area", row.area_key, "name"))


def _shelves(rows: store.CatalogueRows, words: EventWords, products: Mapping[int, Product]) -> list[Shelf]:
    shelves = [
        Shelf(row.key, words.get("category", row.key, "name"), _on_shelf(products, row.key)) for row in rows.categories
    ]
    return [shelf for shelf in shelves if shelf.products]


def _on_shelf(products: Mapping[int, Product], category: str) -> tuple[Product, ...]:
    return tuple(p for p in products.values() if p.category == category and not p.is_ticket and not p.is_secret)


def _products(rows: store.CatalogueRows, words: EventWords) -> list[Product]:
    details = _details(rows)
    return [_product(row, details, words) for row in rows.products]


@dataclass(frozen=True, slots=True)
class _Details:
    prices: Mapping[int, Sequence[tuple[int, int]]]
    variant_prices: Mapping[tuple[int, str], Sequence[tuple[int, int]]]
    requires: Mapping[int, Sequence[int]]
    upgrades: Mapping[int, Sequence[int]]
    choices: Mapping[int, Sequence[AnyRow]]
    quotas: Mapping[tuple[int, str | None], Sequence[str]]
    rates: Mapping[str, Sequence[tuple[int | None, int]]]
    points: Mapping[int, Sequence[str]]
    questions: Mapping[int, Sequence[AnyRow]]
    picture_sizes: Mapping[bytes | None, Sequence[PictureSize]]


def _details(rows: store.CatalogueRows) -> _Details:
    prices, requires, upgrades = defaultdict(list), defaultdict(list), defaultdict(list)
    points, variant_prices = defaultdict(list), defaultdict(list)
    choices, quotas_of, rates = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in rows.prices:
        prices[row.product_no].append((row.from_ms, row.price_minor))
    for row in rows.variant_prices:
        variant_prices[row.product_no, row.variant_key].append((row.from_ms, row.price_minor))
    for row in rows.requires:
        requires[row.product_no].append(row.required_no)
    for row in rows.upgrades:
        upgrades[row.product_no].append(row.upgrade_no)
    for row in rows.variants:
        choices[row.product_no].append(row)
    for row in rows.quotas:
        quotas_of[row.product_no, row.variant_key].append(row.quota_key)
    for row in rows.vat_rates:
        rates[row.key].append((row.from_ms, row.rate_bp))
    for row in rows.places:
        points[row.product_no].append(row.point_key)
    asked = by_product(rows.questions)
    sizes = defaultdict(list)
    for row in rows.picture_sizes:
        size = PictureSize(row.width, row.height, bool(row.is_whole))
        sizes[row.sha256].append(size)
    return _Details(prices, variant_prices, requires, upgrades, choices, quotas_of, rates, points, asked, sizes)


def _product(row: AnyRow, details: _Details, words: EventWords) -> Product:
    choices = tuple(
        Choice(
            key=one.key,
            name=words.get("variant", f"{row.key}/{one.key}", "name"),
            price_minor=one.price_minor,
            quota_keys=tuple(details.quotas.get((row.no, one.key), ())),
            price_changes=tuple(details.variant_prices.get((row.no, one.key), ())),
        )
        for one in details.choices.get(row.no, ())
    )
    return Product(
        no=row.no,
        key=row.key,
        kind=ProductKind(row.kind),
        name=words.get("product", row.key, "name"),
        sentence=words.get("product", row.key, "sentence"),
        description=words.get("product", row.key, "description"),
        category=row.category,
        audience=row.audience,
        price_minor=row.price_minor,
        price_changes=tuple(details.prices.get(row.no, ())),
        vat_rates=tuple(sorted(details.rates.get(row.vat, ()), key=lambda rate: rate[0] or 0)),
        sale_from_ms=row.sale_from_ms,
        sale_until_ms=row.sale_until_ms,
        limits=Limits(row.per_ticket_max, row.per_person_max, row.per_order_max),
        picture=row.picture.hex() if row.picture else None,
        picture_sizes=tuple(details.picture_sizes.get(row.picture, ())),
        pieces=row.pieces,
        is_secret=row.is_secret,
        needs_plate=row.needs_plate,
        requires=tuple(details.requires.get(row.no, ())),
        upgrades_to=tuple(details.upgrades.get(row.no, ())),
        choices=choices,
        quota_keys=tuple(details.quotas.get((row.no, None), ())),
        places=tuple(words.get("point", key, "name") for key in details.points.get(row.no, ())),
        point_keys=tuple(details.points.get(row.no, ())),
        windows=windows_of(json.loads(row.admission)["windows"]),
        refund=RefundTerms(**json.loads(row.refund)) if row.refund else None,
        questions=tuple(question_of(one, row.key, words) for one in details.questions.get(row.no, ())),
    )
