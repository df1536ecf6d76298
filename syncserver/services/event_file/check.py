"""What must agree across sections, once each part has been read.

A check keeps quiet about what was already found wrong, so that one mistake does not show up as many.
"""

from __future__ import annotations

from collections.abc import Iterable

from common.rules import PointKind, ProductKind
from syncserver.services.event_file.fields import Known
from syncserver.services.event_file.model import AskedAt, Audience, EventFile, Point, Product
from syncserver.services.event_file.tree import Place


def check_event_file(event_file: EventFile, known: Known) -> None:
    """Note every disagreement between sections in `known.problems`."""
    check = _Check(event_file, known)
    check.sections()
    check.gates()
    check.served()
    check.lanes()
    check.products()
    check.names()
    check.unused()
    check.capacities()
    check.offers()
    check.upgrades()


class _Check:
    def __init__(self, event_file: EventFile, known: Known) -> None:
        self._file = event_file
        self._known = known
        self._problems = known.problems
        self._products = {product.key: product for product in event_file.products}

    def _place(self, section: str, key: str) -> Place:
        return self._known.keys[section][key]

    def _refuse(self, section: str, key: str, text: str) -> None:
        self._problems.refuse(self._place(section, key), f"{section}.{key}", text)

    def _warn(self, section: str, key: str, text: str) -> None:
        self._problems.warn(self._place(section, key), f"{section}.{key}", text)

    def _served(self, points: Iterable[Point]) -> set[str]:
        return {key for point in points for key in point.products}

    def _of_kind(self, kind: ProductKind) -> list[Product]:
        return [product for product in self._file.products if product.kind is kind]

    def sections(self) -> None:
        """Without a ticket nobody can come, without a gate nobody gets in."""
        main = Place(self._known.file, 1)
        if not self._of_kind(ProductKind.TICKET) and not self._problems.touch("products"):
            self._problems.refuse(main, "products", 'there is no ticket: add a product with kind = "ticket"')
        gates = [point for point in self._file.points if point.kind is PointKind.GATE]
        if not gates and not self._problems.touch("points"):
            self._problems.refuse(main, "points", 'there is no gate: add a point with kind = "gate"')

    def gates(self) -> None:
        """Each gate serves a ticket, each stand serves something."""
        for point in self._file.points:
            if self._problems.touch(f"points.{point.key}") or self._problems.touch("products"):
                continue
            kinds = {self._products[key].kind for key in point.products}
            if point.kind is PointKind.GATE and ProductKind.TICKET not in kinds:
                self._refuse("points", point.key, "is a gate but serves no ticket: add one to its products")
            elif not kinds:
                self._refuse("points", point.key, "serves nothing: add products")

    def served(self) -> None:
        """Whatever is sold can be redeemed somewhere."""
        if self._problems.touch("points"):
            return
        at_gates = self._served(point for point in self._file.points if point.kind is PointKind.GATE)
        anywhere = self._served(self._file.points)
        for product in self._file.products:
            if self._problems.touch(f"products.{product.key}"):
                continue
            if product.kind is ProductKind.TICKET and product.key not in at_gates:
                self._refuse("products", product.key, "is a ticket that no gate serves: add it to a gate's products")
            elif product.key not in anywhere:
                self._refuse("products", product.key, "is served nowhere: add it to the products of a point")

    def lanes(self) -> None:
        """A product bound to a lane kind is served where there is such a lane."""
        if self._problems.touch("points"):
            return
        for product in self._file.products:
            points = [point for point in self._file.points if product.key in point.products]
            kinds = {lanes.kind for point in points for lanes in point.lanes}
            if product.lane and points and product.lane not in kinds:
                text = (
                    f"needs a {product.lane.value} lane, but no point that serves it has one: add a lane or drop `lane`"
                )
                self._refuse("products", product.key, text)

    def products(self) -> None:
        """Free categories are free, riders can be asked, what must be answered at a point has a person there."""
        unattended = self._served(point for point in self._file.points if point.is_unattended)
        for product in self._file.products:
            if product.audience in (Audience.CHILD, Audience.SENIOR, Audience.WHEELCHAIR) and product.price_minor:
                self._warn("products", product.key, f"is for {product.audience.value} but costs something")
            asks = [question.key for question in product.questions if question.asked_at is AskedAt.REDEMPTION]
            if asks and product.key in unattended:
                self._warn("products", product.key, f"asks {asks[0]!r} at a point where nobody stands: it will refuse")
            if self._file.event.sale.until_ms and (product.sale.from_ms or 0) >= self._file.event.sale.until_ms:
                self._refuse(
                    "products", product.key, "goes on sale after the event's sale has ended: correct sale_from"
                )

    def names(self) -> None:
        """Two products or points that read alike in a language cannot be told apart."""
        sections = (("products", self._file.products), ("points", self._file.points))
        for section, things in sections:
            seen: dict[tuple[str, str], str] = {}
            for thing in things:
                for language, name in thing.name.pairs:
                    other = seen.setdefault((language, name.casefold()), thing.key)
                    if other != thing.key:
                        self._warn(section, thing.key, f"is called {name!r} in {language}, as {other!r} is")

    def unused(self) -> None:
        """What nothing refers to is probably a slip."""
        products = self._file.products
        used: dict[str, set[str] | set[str | None]] = {
            "quotas": {key for product in products for key in product.quotas}
            | {key for product in products for variant in product.variants for key in variant.quotas},
            "categories": {product.category for product in products},
            "vat": {product.vat for product in products},
            "areas": {point.area for point in self._file.points},
            "parking": {product.parking for product in products},
            "waves": {product.wave for product in products},
        }
        for section, keys in used.items():
            for key in self._known.keys.get(section, {}):
                if key not in keys and not self._problems.wrong:
                    self._warn(section, key, "is used by nothing")

    def capacities(self) -> None:
        """A wave must not be sold beyond its room, nor a parking area on any one day."""
        sizes = {quota.key: quota.size for quota in self._file.quotas}
        for wave in self._file.waves:
            inside = [product for product in self._file.products if product.wave == wave.key]
            self._room("waves", wave.key, wave.capacity, inside, sum(_sizes(inside, sizes)))
        for area in self._file.parking_areas:
            inside = [product for product in self._file.products if product.parking == area.key]
            # Its quotas are mostly one per day: each alone must fit, their sum need not.
            own = [product for product in inside if product.kind is ProductKind.ITEM]
            self._room("parking", area.key, area.capacity, inside, max(_sizes(own, sizes), default=0))

    def offers(self) -> None:
        """What is secret can be opened, what is opened is secret, and no more is set aside than there is."""
        opened = {key for offer in self._file.offers for key in offer.opens}
        for product in self._file.products:
            if product.is_secret and product.key not in opened and not self._problems.touch("offers"):
                self._warn("products", product.key, "is secret and no offer opens it: nobody can buy it")
        for offer in self._file.offers:
            public = [key for key in offer.opens if key in self._products and not self._products[key].is_secret]
            if public:
                self._warn("offers", offer.key, f"opens {public[0]!r}, which everyone can buy")
        for quota in self._file.quotas:
            aside = sum(one.size for offer in self._file.offers for one in offer.reserves if one.quota == quota.key)
            if aside > quota.size:
                self._refuse(
                    "quotas", quota.key, f"has {quota.size} places, but offers set {aside} aside: make it larger"
                )

    def upgrades(self) -> None:
        """A ticket that admits a party changes into none and comes of none: its places could not be told apart."""
        for product in self._file.products:
            if self._problems.touch(f"products.{product.key}"):
                continue
            others = [self._products[key] for key in product.upgrades_to if key in self._products]
            party = next((one.key for one in (product, *others) if one.pieces > 1), None)
            if others and party is not None:
                text = f"has upgrades_to, but {party!r} admits several (pieces): such a ticket cannot be changed"
                self._refuse("products", product.key, f"{text}. Leave it out")

    def _room(self, section: str, key: str, capacity: int, inside: list[Product], sold: int) -> None:
        if any(not product.quotas for product in inside):
            self._warn(section, key, f"has room for {capacity}, but a product of it has no quota")
        elif sold > capacity:
            self._warn(section, key, f"has room for {capacity}, but its products may be sold {sold} times")


def _sizes(products: list[Product], sizes: dict[str, int]) -> list[int]:
    return [sizes.get(key, 0) for key in {key for product in products for key in product.quotas}]
