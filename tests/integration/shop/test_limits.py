"""Limits per ticket, per person and per order, in one basket, over several orders, and at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncserver.db.engine import Database
from syncserver.services.basket import Target
from syncserver.services.orders import PAY_MS, CheckoutForm
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.integration.shop.test_stock import at_once, refused_for
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event


def world_with(db: Database, folder: Path, old: str, limit: str) -> ShopWorld:
    return make_shop_world(db, folder, small_event(**{old: f"{old}\n{limit}"}))


def add(world: ShopWorld, browser: bytes, count: int) -> None:
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, count)


def order(world: ShopWorld, browser: bytes, mail: str) -> None:
    form = CheckoutForm(f"a form {browser.hex()[:20]}", "Anna Nová", mail, has_agreed=True)
    world.shop.orders.place(world.catalogue, browser, form)


def test_one_buyer_has_no_more_tickets_of_a_kind_than_a_person_may(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_person = 3")
    browser = world.browser()
    with pytest.raises(CannotBuy) as caught:
        add(world, browser, 4)
    assert caught.value.reason is Reason.LIMIT_ORDER
    add(world, browser, 2)
    order(world, browser, "anna@example.org")
    second, other = world.browser(), world.browser()
    add(world, second, 2)
    with pytest.raises(CannotBuy) as caught:
        order(world, second, "Anna@Example.org")
    assert (caught.value.reason, caught.value.limit) == (Reason.LIMIT_PERSON, 3)
    add(world, other, 2)
    order(world, other, "jan@example.org")
    world.clock.advance(PAY_MS / 1000 + 1)
    order(world, second, "anna@example.org")


def test_two_orders_of_one_buyer_at_once_do_not_both_pass_the_limit(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_person = 3")
    browsers = [world.browser() for _ in range(16)]
    for browser in browsers:
        add(world, browser, 2)

    def place(number: int) -> bool:
        try:
            order(world, browsers[number], "anna@example.org")
        except CannotBuy as error:
            return refused_for(error, Reason.LIMIT_PERSON)
        return True

    assert at_once(place, 16) == 1


@pytest.mark.parametrize("limit", ["limit_per_ticket = 2", "limit_per_person = 2"])
def test_an_items_limit_is_of_each_ticket_over_its_orders(db: Database, tmp_path: Path, limit: str) -> None:
    world = world_with(db, tmp_path, "price = 189", limit)
    browser, lunch = world.browser(), world.product("lunch")
    lines = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 2)
    for line in lines:
        world.shop.baskets.add_item(world.catalogue, browser, lunch, None, 2, Target(line_id=line))
        with pytest.raises(CannotBuy) as caught:
            world.shop.baskets.add_item(world.catalogue, browser, lunch, None, 1, Target(line_id=line))
        assert (caught.value.reason, caught.value.limit) == (Reason.LIMIT_TICKET, 2)


def test_an_orders_limit_is_of_all_its_tickets_together(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_order = 3")
    browser = world.browser()
    add(world, browser, 3)
    with pytest.raises(CannotBuy) as caught:
        add(world, browser, 1)
    assert (caught.value.reason, caught.value.limit) == (Reason.LIMIT_ORDER, 3)
