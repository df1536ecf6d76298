"""Never oversold, never a place lost, whatever happens at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from syncserver.db.engine import Database, DatabaseBusy
from syncserver.db.tables_shop import orders
from syncserver.services.basket import EXTENSION_MS, HOLD_MS, Target
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.payment_provider import PaymentState
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event

pytestmark = pytest.mark.usefixtures("patient_pages")

THREADS = 16
BUYERS = 300
PLACES = 50


def scarce(db: Database, folder: Path, size: int) -> ShopWorld:
    return make_shop_world(db, folder, small_event(**{"size = 1000": f"size = {size}"}))


def at_once(work: Callable[[int], bool], times: int) -> int:
    """How often the work succeeded, started by many threads together."""
    start = Barrier(THREADS)

    def run(number: int) -> bool:
        if number < THREADS:
            start.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(run, range(times)))


def refused_for(error: CannotBuy, reason: Reason) -> bool:
    """Not bought, for this reason and no other."""
    if error.reason is not reason:
        raise error
    return False


def test_hundreds_of_buyers_on_the_last_places_get_exactly_these(db: Database, tmp_path: Path) -> None:
    world = scarce(db, tmp_path, PLACES)
    product = world.product("four_days")

    def buy(_: int) -> bool:
        try:
            world.shop.baskets.add_tickets(world.catalogue, world.browser(), product, None, 1)
        except CannotBuy as error:
            return refused_for(error, Reason.SOLD_OUT)
        return True

    assert at_once(buy, BUYERS) == PLACES
    assert world.taken() == {"people": PLACES}


def test_lapsed_places_are_sold_again_once_each_under_load(db: Database, tmp_path: Path) -> None:
    world = scarce(db, tmp_path, PLACES)
    product = world.product("four_days")
    for _ in range(PLACES // 10):
        world.shop.baskets.add_tickets(world.catalogue, world.browser(), product, None, 10)
    world.clock.advance(HOLD_MS / 1000 + 1)

    def buy(_: int) -> bool:
        try:
            world.shop.baskets.add_tickets(world.catalogue, world.browser(), product, None, 1)
        except CannotBuy:
            return False
        return True

    assert at_once(buy, 2 * PLACES) == PLACES
    assert world.taken() == {"people": PLACES}


def test_any_mix_of_buying_leaving_paying_and_lapsing_keeps_the_books(
    db: Database, tmp_path: Path, rng: random.Random
) -> None:
    """After every kind of thing at once: taken is the sum of holds, sold is never above the size, money fits."""
    world = scarce(db, tmp_path, 12)
    seeds = [rng.random() for _ in range(60)]

    def live(number: int) -> bool:
        mine = random.Random(seeds[number])
        try:
            return one_life(world, mine, number)
        except (CannotBuy, DatabaseBusy):  # a deadlock would be an OperationalError, and fail the test
            return False

    at_once(live, len(seeds))
    world.worker.run_all()
    assert world.taken()["people"] <= 12
    fulfilled = [view for view in views(world) if view.state is OrderState.FULFILLED]
    assert sum(len(view.tickets) for view in fulfilled) <= 12
    for view in views(world):
        assert view.paid_minor in (0, view.order.total_minor), "kept only for what was delivered"
        assert (view.paid_minor > 0) == (view.state is OrderState.FULFILLED)


def one_life(world: ShopWorld, mine: random.Random, number: int) -> bool:
    browser = world.browser()
    lines = world.shop.baskets.add_tickets(
        world.catalogue, browser, world.product("four_days"), None, mine.randint(1, 3)
    )
    world.shop.baskets.add_item(
        world.catalogue, browser, world.product("lunch"), None, 1, Target(line_id=mine.choice(lines))
    )
    if mine.random() < 0.3:
        world.shop.baskets.remove(world.event, browser, mine.choice(lines))
    if mine.random() < 0.3:
        world.clock.advance(HOLD_MS / 1000)
    view = world.order(browser)
    if mine.random() < 0.3:
        world.clock.advance(HOLD_MS / 1000)
    ref = world.start(view)
    if mine.random() < 0.8:
        world.bank.decide(ref, PaymentState.PAID)
        world.tell(ref, f"ev{number}")
    return True


def views(world: ShopWorld) -> list[OrderView]:
    with world.db.read() as tx:
        ids = list(tx.scalars(select(orders.c.id)))
    return [world.shop.orders.view(order_id) for order_id in ids]


def test_two_tabs_cannot_pass_a_limit_together(db: Database, tmp_path: Path) -> None:
    limited = {'price = 60\nvat = "standard"': 'price = 60\nvat = "standard"\nlimit_per_ticket = 3'}
    world = make_shop_world(db, tmp_path, small_event(**limited))
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    beer = world.product("beer")

    def add(_: int) -> bool:
        try:
            world.shop.baskets.add_item(world.catalogue, browser, beer, None, 1, Target(line_id=line))
        except CannotBuy as error:
            return refused_for(error, Reason.LIMIT_TICKET)
        return True

    assert at_once(add, THREADS) == 3


def test_the_same_form_sent_by_many_threads_is_one_order(world: ShopWorld) -> None:
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 2)
    found = set()

    def send(_: int) -> bool:
        found.add(world.order(browser, "one and the same form").order.id)
        return True

    assert at_once(send, THREADS) == THREADS
    assert len(found) == 1
    assert world.taken() == {"people": 2}


def test_taking_a_ticket_out_takes_its_items_and_gives_all_places_back(world: ShopWorld) -> None:
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 2, Target(line_id=line))
    assert world.shop.baskets.remove(world.event, browser, line) == 1
    assert world.shop.baskets.view(world.catalogue, browser).is_empty
    assert world.taken() == {"people": 0}


def test_more_time_brings_lost_places_back_and_ends_after_ten(world: ShopWorld) -> None:
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    world.clock.advance(HOLD_MS / 1000 + 1)
    assert not world.shop.baskets.view(world.catalogue, browser).is_held
    for _ in range(10):
        world.shop.baskets.extend(world.event, browser)
        assert world.shop.baskets.view(world.catalogue, browser).is_held
        world.clock.advance(EXTENSION_MS / 1000 + 1)
    with pytest.raises(CannotBuy) as caught:
        world.shop.baskets.extend(world.event, browser)
    assert caught.value.reason is Reason.NO_MORE_TIME


def test_more_time_asked_for_too_early_is_not_used_up(world: ShopWorld) -> None:
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    before = world.shop.baskets.view(world.catalogue, browser)
    assert not world.shop.baskets.extend(world.event, browser)
    assert world.shop.baskets.view(world.catalogue, browser) == before
    world.clock.advance((HOLD_MS - EXTENSION_MS) / 1000 + 1)
    assert world.shop.baskets.extend(world.event, browser)
    after = world.shop.baskets.view(world.catalogue, browser)
    assert after.extensions_left == before.extensions_left - 1
    assert after.expires_ms == before.expires_ms + 1000


def test_an_item_needs_a_ticket_of_the_basket_or_of_an_order_this_browser_has_opened(world: ShopWorld) -> None:
    lunch = world.product("lunch")
    stranger = world.browser()
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    ticket = view.tickets[0].ticket
    for target in (Target(), Target(line_id=1), Target(ticket=ticket)):
        with pytest.raises(CannotBuy) as caught:
            world.shop.baskets.add_item(world.catalogue, stranger, lunch, None, 1, target)
        assert caught.value.reason is Reason.NEEDS_TICKET
    assert world.shop.orders.open(view.token, stranger) is not None
    world.shop.baskets.add_item(world.catalogue, stranger, lunch, None, 1, Target(ticket=ticket))
    later = world.order(stranger)
    world.bank.decide(world.start(later), PaymentState.PAID)
    world.shop.payments.check_order(later.order.id)
    world.worker.run_all()
    shown = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")
    assert [item.name for item in shown[0].items] == ["Lunch"], "the first order's page shows what was added later"
    assert shown[0].pass_ is not None


def test_baskets_over_the_same_quotas_in_other_orders_do_not_lock_each_other_out(db: Database, tmp_path: Path) -> None:
    """Half take ticket then beer, half beer then ticket; each then loses all places and asks for them again."""
    both = {
        "[quotas.people]\nsize = 1000": "[quotas.barrels]\nsize = 1000\n\n[quotas.people]\nsize = 1000",
        'price = 60\nvat = "standard"': 'price = 60\nvat = "standard"\nquotas = ["people", "barrels"]',
        'price = 189\nvat = "standard"': 'price = 189\nvat = "standard"\nquotas = ["barrels"]',
    }
    world = make_shop_world(db, tmp_path, small_event(**both))

    def fill(number: int) -> bool:
        browser = world.browser()
        (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
        for key in ("beer", "lunch") if number % 2 else ("lunch", "beer"):
            world.shop.baskets.add_item(world.catalogue, browser, world.product(key), None, 1, Target(line_id=line))
        world.clock.advance(HOLD_MS / 1000)
        world.shop.baskets.extend(world.event, browser)
        world.start(world.order(browser))
        return True

    assert at_once(fill, 48) == 48
    world.taken()
