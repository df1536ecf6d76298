"""Changes of tickets by many at once, and in any order: no limit oversold, no place lost, all money accounted for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from syncserver.db.engine import Database, DatabaseBusy
from syncserver.db.tables_shop import orders
from syncserver.services.books import Check, differences_of
from syncserver.services.orders import PAY_MS, OrderState, OrderView
from syncserver.services.payment_provider import PaymentState
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.integration.shop.test_stock import at_once, refused_for
from tests.support.kept_schema import put_schema
from tests.support.server_world import FOUR_DAYS
from tests.support.shop_world import ShopWorld
from tests.support.upgrade_event import choose, products_of, upgrade_world

pytestmark = pytest.mark.usefixtures("patient_pages")

TICKETS, PLACES = 24, 10


def books_agree(world: ShopWorld) -> None:
    world.taken()
    with world.db.read_moment() as tx:
        named = differences_of(tx, world.event.id, world.clock.now_ms() + 660_000)
    assert [one for one in named if one.check is not Check.STUCK] == []


def pay(world: ShopWorld, view: OrderView) -> OrderView:
    ref = world.start(view)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref, f"event of {ref}")
    return world.shop.orders.view(view.order.id)


def all_views(world: ShopWorld) -> list[OrderView]:
    with world.db.read() as tx:
        ids = list(tx.scalars(select(orders.c.id)))
    return [world.shop.orders.view(one) for one in ids]


def test_many_who_change_to_the_last_places_get_exactly_these(db: Database, tmp_path: Path) -> None:
    world = upgrade_world(db, tmp_path, people=PLACES, grounds=TICKETS)
    _, view = world.paid("one_day", TICKETS)
    world.clock.advance(60)
    tabs = [world.browser() for _ in range(TICKETS)]
    for tab in tabs:
        world.shop.orders.open(view.token, tab)
    product = world.product("four_days")

    def upgrade(number: int) -> bool:
        tab, ticket = tabs[number], view.tickets[number].ticket
        try:
            world.shop.upgrades.add(world.catalogue, tab, ticket, product, None)
            return pay(world, world.order(tab)).state is OrderState.FULFILLED
        except CannotBuy as error:
            return refused_for(error, Reason.SOLD_OUT)

    assert at_once(upgrade, TICKETS) == PLACES
    world.worker.run_all()
    assert products_of(world, view).count(FOUR_DAYS) == PLACES
    assert world.taken() == {"people": PLACES, "grounds": TICKETS, "ones": TICKETS - PLACES}
    books_agree(world)


def test_one_ticket_changed_in_many_tabs_at_once_is_paid_once(db: Database, tmp_path: Path) -> None:
    world = upgrade_world(db, tmp_path)
    _, view = world.paid("one_day")
    world.clock.advance(60)
    tabs = [world.browser() for _ in range(16)]
    for tab in tabs:
        world.shop.orders.open(view.token, tab)
        choose(world, tab, view)

    def upgrade(number: int) -> bool:
        try:
            return pay(world, world.order(tabs[number])).state is OrderState.FULFILLED
        except CannotBuy as error:
            if error.reason is Reason.NOT_CHANGEABLE:
                return False  # it is changed already
            return refused_for(error, Reason.UPGRADE_WAITING)

    assert at_once(upgrade, len(tabs)) == 1
    world.worker.run_all()
    made = [one for one in all_views(world) if one.became and one.order.id != view.order.id]
    assert [one.state for one in made] == [OrderState.FULFILLED], "nobody else was let to pay"
    assert products_of(world, view) == [FOUR_DAYS]
    books_agree(world)


def test_changes_returns_and_other_sales_at_once_keep_the_books(
    db: Database, tmp_path: Path, rng: random.Random
) -> None:
    world = upgrade_world(db, tmp_path, people=8, grounds=14, ones=12)
    sold = [world.paid("one_day", 2) for _ in range(4)]
    world.clock.advance(60)
    seeds = [rng.random() for _ in range(48)]

    def live(number: int) -> bool:
        mine = random.Random(seeds[number])
        try:
            one_deed(world, mine, *sold[number % len(sold)], number)
        except (CannotBuy, DatabaseBusy):  # a deadlock would be an OperationalError, and fail the test
            return False
        return True

    assert at_once(live, len(seeds)) > 5
    world.worker.run_all()
    books_agree(world)
    for view in all_views(world):
        assert 0 <= view.paid_minor <= view.order.total_minor


def one_deed(world: ShopWorld, mine: random.Random, browser: bytes, view: OrderView, number: int) -> None:
    kind = mine.random()
    if kind < 0.6:
        tab = world.browser()
        world.shop.orders.open(view.token, tab)
        ticket = mine.choice(view.tickets).ticket
        world.shop.upgrades.add(world.catalogue, tab, ticket, world.product("four_days"), None)
        made = world.order(tab)
        if mine.random() < 0.2:
            world.clock.advance(PAY_MS / 1000)
        if mine.random() < 0.8:
            pay(world, made)
    elif kind < 0.8:
        request = ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, f"return {number}")
        world.shop.returns.give_back(request)
    else:
        pay(world, world.buy(mine.choice(["four_days", "one_day"]))[1])


# --- any order of deeds, one after the other --------------------------------------------------------

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "change", "change", "order", "order", "pay", "pay", "lapse", "give up", "return", "late"]
        ),
        st.integers(0, 5),
    ),
    min_size=4,
    max_size=18,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopWorld]:
    folder = tmp_path_factory.mktemp("small")
    database = Database(f"sqlite:///{folder / 'shop.sqlite'}")
    put_schema(database)
    yield upgrade_world(database, folder, people=2, grounds=4, ones=3)
    database.close()


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(DEEDS)
def test_after_any_deeds_the_books_agree_and_giving_all_back_frees_every_place(
    small: ShopWorld, deeds: list[tuple[str, int]]
) -> None:
    life = _Life(small)
    for kind, which in deeds:
        with suppress(CannotBuy):
            life.do(kind, which)
        small.worker.run_all()
        books_agree(small)
    life.give_all_back()
    books_agree(small)
    assert small.taken() == {"people": 0, "grounds": 0, "ones": 0}
    assert sum(view.paid_minor for view in all_views(small)) == 0, "nothing was used, so everything goes back"


class _Life:
    """What happens in one example; earlier examples have given everything back."""

    def __init__(self, world: ShopWorld) -> None:
        self.world = world
        self.tickets: list[tuple[bytes, OrderView]] = []
        self.orders: list[OrderView] = []

    def do(self, kind: str, which: int) -> None:
        """One deed; with nothing to do it to, nothing."""
        world = self.world
        world.clock.advance(1)
        if kind == "buy":
            self.tickets.append(world.paid("one_day"))
        elif kind == "lapse":
            world.clock.advance(PAY_MS / 1000 + 1)
        elif kind in {"change", "order", "return"} and self.tickets:
            self._with_ticket(kind, *self.tickets[which % len(self.tickets)])
        elif self.orders:
            self._with_order(kind, self.orders[which % len(self.orders)])

    def _with_ticket(self, kind: str, browser: bytes, view: OrderView) -> None:
        if kind == "change":
            choose(self.world, browser, view)
        elif kind == "order":
            self.orders.append(self.world.order(browser))
        else:
            key = f"{view.order.id} at {self.world.clock.now_ms()}"
            self.world.shop.returns.give_back(ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, key))

    def _with_order(self, kind: str, made: OrderView) -> None:
        if kind == "give up":
            self.world.shop.returns.cancel_unpaid(made.order.id)
        elif kind == "late":  # somebody pays on the bank's page whatever became of the order
            for ref, payment in list(self.world.bank.payments.items()):
                if payment.order_code == made.order.code:
                    self.world.bank.decide(ref, PaymentState.PAID)
                    self.world.tell(ref, f"late {ref}")
        else:
            page = self.world.shop.payments.start(made.order.id, "test")
            if page.url is not None and self.world.clock.now_ms() % 3:
                self.world.bank.decide(page.url.rpartition("/")[2], PaymentState.PAID)
                self.world.tell(page.url.rpartition("/")[2], f"paid {page.url} {self.world.clock.now_ms()}")

    def give_all_back(self) -> None:
        """Baskets are emptied, orders that wait given up, and what was bought is given back."""
        for browser, _ in self.tickets:
            basket = self.world.shop.baskets.view(self.world.catalogue, browser)
            for line in basket.lines:
                self.world.shop.baskets.remove(self.world.event, browser, line.row.id)
        for view in all_views(self.world):
            self.world.shop.returns.cancel_unpaid(view.order.id)
            with suppress(CannotBuy):
                key = f"end of {view.order.id}"
                self.world.shop.returns.give_back(ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, key))
        self.world.worker.run_all()
