"""Limits per ticket, per person and per order, in one basket, over several orders, and at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from syncserver.db.engine import Database
from syncserver.services.basket import Target
from syncserver.services.catalogue import KEPT_S
from syncserver.services.import_event import import_event
from syncserver.services.orders import PAY_MS, CheckoutForm, OrderState, OrderView
from syncserver.services.return_plan import Wanted, full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.integration.shop.test_stock import at_once, refused_for
from tests.support.shop_pages import app_of
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


def test_what_a_buyer_gave_back_may_be_bought_again(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_person = 2")
    _, view = world.paid(count=2)
    back = ReturnRequest(view.order.id, (Wanted(1, 1),), full_price, ReturnWhy.STAFF, "one of two")
    world.shop.returns.give_back(back)
    again, too_many = world.browser(), world.browser()
    add(world, again, 1)
    order(world, again, view.order.mail)
    add(world, too_many, 1)
    with pytest.raises(CannotBuy) as caught:
        order(world, too_many, view.order.mail)
    assert caught.value.reason is Reason.LIMIT_PERSON


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


def limited_lunches(db: Database, folder: Path) -> tuple[ShopWorld, bytes, bytes, bytes]:
    """Two lunches a ticket at most: (world, ticket, a browser of its owner, one of the friend who holds it)."""
    world = world_with(db, folder, "price = 189", "limit_per_ticket = 2")
    owner, view = world.paid()
    friend = world.browser()
    assert world.shop.orders.open(view.token, friend) is not None
    return world, view.tickets[0].ticket, owner, friend


def put_lunches(world: ShopWorld, browser: bytes, ticket: bytes, count: int) -> None:
    lunch, target = world.product("lunch"), Target(ticket=ticket)
    world.shop.baskets.add_item(world.catalogue, browser, lunch, None, count, target)


def test_a_tickets_limit_holds_over_the_baskets_of_owner_and_friend(db: Database, tmp_path: Path) -> None:
    world, ticket, owner, friend = limited_lunches(db, tmp_path)
    put_lunches(world, owner, ticket, 2)
    put_lunches(world, friend, ticket, 1)
    order(world, owner, "anna@example.org")
    with pytest.raises(CannotBuy) as caught:
        order(world, friend, "jan@example.org")
    assert (caught.value.reason, caught.value.product, caught.value.limit) == (Reason.LIMIT_TICKET_ORDERED, "Lunch", 2)
    assert not world.shop.baskets.view(world.catalogue, friend).is_empty, "the basket stays, to be put right"
    world.clock.advance(PAY_MS / 1000 + 1)
    order(world, friend, "jan@example.org")


def test_the_page_says_of_whose_ticket_too_much_was_put_in_and_what_to_do(db: Database, tmp_path: Path) -> None:
    world, ticket, owner, _ = limited_lunches(db, tmp_path)
    put_lunches(world, owner, ticket, 2)
    client: FlaskClient = app_of(world).test_client()
    client.get(f"/en/trial/order/{world.shop.orders.view(1).token}")
    keys = dict(re.findall(r'name="(form_token)" value="(\w+)"', client.get("/en/trial/item/lunch").text))
    add = {**keys, "product": "lunch", "count": "2", "target": f"ticket-{ticket.hex()}"}
    assert "notice=added" in client.post("/en/trial/basket/add", data=add).location
    order(world, owner, "anna@example.org")
    page = client.get("/en/trial/checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', page))
    form = {**keys, "name": "Jan", "mail": "jan@example.org", "terms": "yes"}
    answer = client.post("/en/trial/checkout", data=form)
    assert answer.status_code == 422
    assert "Lunch (Anna Nová): at most 2 per ticket, and some were ordered for this one already." in answer.text


def test_baskets_ordered_at_once_do_not_pass_a_tickets_limit_together(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 189", "limit_per_ticket = 2")
    _, view = world.paid()
    ticket = view.tickets[0].ticket
    browsers = [world.browser() for _ in range(16)]
    for browser in browsers:
        assert world.shop.orders.open(view.token, browser) is not None
        put_lunches(world, browser, ticket, 1)

    def place(number: int) -> bool:
        try:
            order(world, browsers[number], f"one{number}@example.org")
        except CannotBuy as error:
            return refused_for(error, Reason.LIMIT_TICKET_ORDERED)
        return True

    assert at_once(place, 16) == 2


def test_a_limit_made_smaller_holds_for_what_is_in_a_basket_already(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 189", "limit_per_ticket = 2")
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 2, Target(line_id=line))
    smaller = small_event(**{"price = 189": "price = 189\nlimit_per_ticket = 1"})
    import_event(world.db, world.clock, smaller)
    world.clock.advance(KEPT_S + 1)
    with pytest.raises(CannotBuy) as caught:
        order(world, browser, "anna@example.org")
    assert (caught.value.reason, caught.value.limit) == (Reason.LIMIT_TICKET, 1)


def lapsed_and_had_by_others(db: Database, folder: Path) -> tuple[ShopWorld, OrderView, str]:
    """Two lunches whose time to pay is over, and two that the ticket's friend ordered since: (.., late order, ref)."""
    world, ticket, owner, friend = limited_lunches(db, folder)
    put_lunches(world, owner, ticket, 2)
    late = world.order(owner)
    ref = world.start(late)
    world.clock.advance(PAY_MS / 1000 + 1)
    put_lunches(world, friend, ticket, 2)
    world.order(friend)
    return world, late, ref


def test_who_pays_too_late_has_the_money_back_where_others_had_what_a_ticket_may(db: Database, tmp_path: Path) -> None:
    world, late, ref = lapsed_and_had_by_others(db, tmp_path)
    with pytest.raises(CannotBuy) as caught:
        world.start(late)
    assert caught.value.reason is Reason.LIMIT_MEANWHILE
    view = world.pay(late, ref)
    assert (view.state, view.refund_why, view.paid_minor) == (OrderState.REFUNDED, "over_limit", 0)
    body = world.letterbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert "as one ticket or one person may have" in " ".join(body.get_content().split())


def test_what_lapsed_elsewhere_too_can_still_be_paid(db: Database, tmp_path: Path) -> None:
    world, late, ref = lapsed_and_had_by_others(db, tmp_path)
    world.clock.advance(PAY_MS / 1000 + 1)
    assert world.start(late) == ref
    assert world.pay(late, ref).state is OrderState.FULFILLED


def test_who_pays_too_late_has_no_more_tickets_than_a_person_may(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_person = 3")
    _, late, ref = world.buy(count=2)
    world.clock.advance(PAY_MS / 1000 + 1)
    world.paid(count=2)
    with pytest.raises(CannotBuy) as caught:
        world.start(late)
    assert caught.value.reason is Reason.LIMIT_MEANWHILE
    assert world.pay(late, ref).refund_why == "over_limit"
    assert world.taken() == {"people": 2}


def test_orders_taken_up_again_at_once_do_not_pass_a_tickets_limit_together(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 189", "limit_per_ticket = 2")
    _, view = world.paid()
    late = []
    for _ in range(8):
        browser = world.browser()
        assert world.shop.orders.open(view.token, browser) is not None
        put_lunches(world, browser, view.tickets[0].ticket, 1)
        late.append(world.order(browser))
        world.start(late[-1])
        world.clock.advance(PAY_MS / 1000 + 1)

    def start(number: int) -> bool:
        try:
            world.start(late[number % 8])
        except CannotBuy as error:
            return refused_for(error, Reason.LIMIT_MEANWHILE)
        return True

    at_once(start, 16)
    now_ms = world.clock.now_ms()
    alive = [one for one in late if world.shop.orders.view(one.order.id).order.pay_until_ms > now_ms]
    assert len(alive) == 2


def test_an_orders_limit_is_of_all_its_tickets_together(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, "price = 625", "limit_per_order = 3")
    browser = world.browser()
    add(world, browser, 3)
    with pytest.raises(CannotBuy) as caught:
        add(world, browser, 1)
    assert (caught.value.reason, caught.value.limit) == (Reason.LIMIT_ORDER, 3)
