"""The small event with a one-day ticket that can become a four-day one, and what a test of that does with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.ids import TicketId
from syncserver.db.engine import Database
from syncserver.services.books import Books
from syncserver.services.event_file.model import Loaded
from syncserver.services.orders import OrderView
from syncserver.services.return_plan import Wanted, full_price
from syncserver.services.returns import Returned, ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import orders
from syncserver.stores import tickets as ticket_store
from tests.support.kept_schema import put_schema
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event

ONE, FOUR, DIFFERENCE = 37_500, 62_500, 25_000

_MORE = """
[products.camp]
kind = "item"
name = "Camp"
sentence = "A tent."
category = "food"
price = 90
vat = "standard"
requires = ["one_day"]

[products.five_days]
kind = "ticket"
name = "Five days"
sentence = "A day more."
category = "tickets"
price = 800
vat = "standard"
secret = true
admission = { use = "once_per_day" }

[offers.club]
name = "Club"
opens = ["five_days"]
code = "CLUB55"
uses = 100

[points.main_gate]"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the limits."""

    people: int = 1000
    ones: int = 1000
    grounds: int = 1000


ROOMY = Sizes()


def upgrade_event(sizes: Sizes = ROOMY, /, **replaced: str) -> Loaded:
    """`grounds` is a limit of both tickets, `ones` of the one-day, `people` of the four-day ticket."""
    names = ("ones", "grounds", "people")
    limits = "\n\n".join(f"[quotas.{name}]\nsize = {getattr(sizes, name)}" for name in names)
    one = 'price = 375\nvat = "standard"\nquotas = ["grounds", "ones"]\nupgrades_to = ["four_days", "five_days"]'
    return small_event(
        **{
            "[quotas.people]\nsize = 1000": limits,
            'quotas = ["people"]': 'quotas = ["people", "grounds"]\nupgrades_to = ["five_days"]',
            'price = 375\nvat = "standard"': one,
            "[points.main_gate]": _MORE,
            'products = ["four_days", "one_day"]': 'products = ["four_days", "one_day", "five_days"]',
            'products = ["lunch", "beer"]': 'products = ["lunch", "beer", "camp"]',
            **replaced,
        }
    )


def upgrade_world(db: Database, folder: Path, **sizes: int) -> ShopWorld:
    """A shop with that event."""
    return make_shop_world(db, folder, upgrade_event(Sizes(**sizes)))


@contextmanager
def worlds_anew(folder: Path) -> Iterator[Callable[[], ShopWorld]]:
    """A shop on SQLite made once; each call gives it back as it was at first, but for its clock, which goes on."""
    database, kept = Database(f"sqlite:///{folder / 'shop.sqlite'}"), folder / "kept.sqlite"
    put_schema(database)
    world = upgrade_world(database, folder)
    _copy(folder / "shop.sqlite", kept)

    def anew() -> ShopWorld:
        _copy(kept, folder / "shop.sqlite")
        world.letterbox.mails.clear()
        world.bank.payments.clear()
        world.bank.refunds.clear()
        return world

    yield anew
    database.close()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def choose(world: ShopWorld, browser: bytes, view: OrderView, key: str = "four_days") -> int:
    """The change of an order's first ticket, put into the basket; its line."""
    return world.shop.upgrades.add(world.catalogue, browser, view.tickets[0].ticket, world.product(key), None)


def change(world: ShopWorld, browser: bytes, view: OrderView, key: str = "four_days") -> OrderView:
    """The first ticket of an order changed, paid and all that follows done; the order of the change."""
    world.clock.advance(60)
    choose(world, browser, view, key)
    made = world.order(browser)
    if made.order.fulfilled_ms is None:
        return world.pay(made, world.start(made))
    world.worker.run_all()
    return world.shop.orders.view(made.order.id)


def products_of(world: ShopWorld, view: OrderView) -> list[int]:
    """What the tickets of an order are by their orders, the first first."""
    with world.db.read() as tx:
        held = [orders.items_of_ticket(tx, world.event.id, one.ticket) for one in view.tickets]
    return [next(row.product_no for row in rows if row.is_ticket) for rows in held]


def check(world: ShopWorld) -> None:
    """The books agree, and each limit has each ticket once."""
    world.taken()
    world.clock.advance(660)
    assert Books(world.db, world.clock).audit(world.event.id).differences == ()


def stated(world: ShopWorld, view: OrderView) -> ticket_store.TicketRow:
    """The first ticket of an order as the statements have it."""
    ticket = view.tickets[0].ticket
    with world.db.read() as tx:
        return ticket_store.by_ids(tx, world.event.id, [ticket])[TicketId(ticket)]


def give_back(world: ShopWorld, view: OrderView, *wanted: Wanted) -> Returned:
    """As staff do it, and all that follows done."""
    request = ReturnRequest(view.order.id, wanted or None, full_price, ReturnWhy.STAFF, f"of {view.order.id}")
    done = world.shop.returns.give_back(request)
    world.worker.run_all()
    return done


def refused(world: ShopWorld, browser: bytes, view: OrderView, key: str = "four_days") -> Reason:
    """Why a change is not put into the basket."""
    with pytest.raises(CannotBuy) as caught:
        choose(world, browser, view, key)
    return caught.value.reason
