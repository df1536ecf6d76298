"""Items on a ticket received from a friend: by the code of the pass, and only while that code is good."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from common.ids import TicketId
from syncserver.db.tables_shop import browser_tickets
from syncserver.services import statements
from syncserver.services.basket import Target
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import browsers
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld


def code_of(world: ShopWorld, view: OrderView) -> str:
    pass_ = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")[0].pass_
    assert pass_ is not None
    return pass_.code


def refused(world: ShopWorld, browser: bytes, code: str) -> None:
    with pytest.raises(CannotBuy) as caught:
        world.shop.held.show(world.event, browser, code)
    assert caught.value.reason is Reason.TICKET_CODE_WRONG


def test_a_friend_adds_to_the_ticket_by_its_code_and_pays_alone(world: ShopWorld) -> None:
    _, view = world.paid(count=2)
    friend, ticket = world.browser(), view.tickets[0].ticket
    code = code_of(world, view)
    for typed in (code, code.lower().replace("-", " ")):
        world.shop.held.show(world.event, friend, typed)
    assert [one.ticket for one in world.shop.baskets.own_tickets(world.event, friend)] == [ticket]
    later = world.add_items(friend, ticket, "lunch", 1)
    assert (later.state, later.order.total_minor) == (OrderState.FULFILLED, 18_900)
    shown = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")
    assert [[item.name for item in one.items] for one in shown] == [["Lunch"], []]
    assert code_of(world, view) == code, "a fresher pass of the same code"


def test_codes_that_are_not_good_now_open_nothing(world: ShopWorld) -> None:
    _, view = world.paid()
    code, friend = code_of(world, view), world.browser()
    for nonsense in ("", "x", "ü" * 40, "0000-0000-0000-0000-0", code[:-1], "9" * 10_000):
        refused(world, friend, nonsense)
    with world.db.write() as tx:
        desk = Scribe(world.clock, world.keys).open(tx, world.event.id)
        statements.reissue(desk, b"k" * 8, TicketId(view.tickets[0].ticket))
    refused(world, friend, code)
    world.shop.held.show(world.event, friend, code_of(world, view))
    world.shop.returns.give_back(ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, "k"))
    assert world.shop.baskets.own_tickets(world.event, friend) == ()
    target = Target(ticket=view.tickets[0].ticket)
    with pytest.raises(CannotBuy):
        world.shop.baskets.add_item(world.catalogue, friend, world.product("lunch"), None, 1, target)


def stated(world: ShopWorld, tell: Callable[[Desk, TicketId], object], ticket: bytes) -> None:
    with world.db.write() as tx:
        tell(Scribe(world.clock, world.keys).open(tx, world.event.id), TicketId(ticket))


def may_add_to(world: ShopWorld, browser: bytes) -> list[bytes]:
    return [one.ticket for one in world.shop.baskets.own_tickets(world.event, browser)]


def test_a_new_code_ends_what_the_old_one_had_opened(world: ShopWorld) -> None:
    owner, view = world.paid()
    ticket, friend = view.tickets[0].ticket, world.browser()
    world.shop.held.show(world.event, friend, code_of(world, view))
    lunch, target = world.product("lunch"), Target(ticket=ticket)
    world.shop.baskets.add_item(world.catalogue, friend, lunch, None, 1, target)
    stated(world, lambda desk, which: statements.reissue(desk, b"k" * 8, which), ticket)
    assert may_add_to(world, friend) == []
    assert may_add_to(world, owner) == [ticket], "whoever bought it sees its order still"
    with pytest.raises(CannotBuy) as added:
        world.shop.baskets.add_item(world.catalogue, friend, lunch, None, 1, target)
    with pytest.raises(CannotBuy) as ordered:
        world.order(friend)
    assert (added.value.reason, ordered.value.reason) == (Reason.NEEDS_TICKET, Reason.NEEDS_TICKET)
    (line,) = world.shop.baskets.view(world.catalogue, friend).later
    assert line[0].holder_name == "", "nor is the holder's name shown any more"
    world.shop.held.show(world.event, friend, code_of(world, view))
    assert may_add_to(world, friend) == [ticket]
    assert world.order(friend).order.total_minor == 18_900


def test_a_blocked_ticket_opens_nothing_until_it_is_unblocked(world: ShopWorld) -> None:
    _, view = world.paid()
    ticket, friend = view.tickets[0].ticket, world.browser()
    code = code_of(world, view)
    world.shop.held.show(world.event, friend, code)
    stated(world, lambda desk, which: statements.block(desk, b"b" * 8, which, "lost"), ticket)
    assert may_add_to(world, friend) == []
    refused(world, friend, code)
    stated(world, lambda desk, which: statements.block(desk, b"u" * 8, which, "found", blocked=False), ticket)
    assert may_add_to(world, friend) == [ticket]


def test_who_signs_in_brings_the_codes_that_are_good_now_and_no_others(world: ShopWorld) -> None:
    _, view = world.paid()
    ticket, friend, account = view.tickets[0].ticket, world.browser(), world.browser()
    world.shop.held.show(world.event, friend, code_of(world, view))
    stated(world, lambda desk, which: statements.reissue(desk, b"k" * 8, which), ticket)
    world.shop.held.show(world.event, account, code_of(world, view))
    with world.db.write() as tx:
        browsers.hand_over(tx, friend, account)
    assert may_add_to(world, account) == [ticket], "an old code does not take a good one's place"
    other = world.browser()
    with world.db.write() as tx:
        browsers.hand_over(tx, account, other)
    assert may_add_to(world, other) == [ticket]


def test_what_was_remembered_without_its_code_counts_while_the_ticket_has_its_first(world: ShopWorld) -> None:
    _, view = world.paid()
    ticket, friend = view.tickets[0].ticket, world.browser()
    world.shop.held.show(world.event, friend, code_of(world, view))
    with world.db.write() as tx:
        tx.execute(update(browser_tickets).values(code_hash=None))
    assert may_add_to(world, friend) == [ticket]
    stated(world, lambda desk, which: statements.reissue(desk, b"k" * 8, which), ticket)
    assert may_add_to(world, friend) == []


def test_the_item_page_takes_a_code_and_wrong_ones_are_counted(world: ShopWorld) -> None:
    app = app_of(world)
    client: FlaskClient = app.test_client()
    _, view = world.paid()

    def send(code: str) -> TestResponse:
        token = re.findall(r'name="form_token" value="(\w+)"', client.get("/en/trial/item/lunch").text)[0]
        form = {"form_token": token, "product": "lunch", "code": code}
        return client.post("/en/trial/basket/ticket", data=form)

    assert "A ticket from a friend?" in client.get("/en/trial/item/lunch").text
    assert "/en/trial/item/lunch?notice=ticket_code_wrong" in send("1234").location
    assert "notice=ticket_shown" in send(code_of(world, view)).location
    assert f'value="ticket-{view.tickets[0].ticket.hex()}"' in client.get("/en/trial/item/lunch").text
    answers = [send("1234").location for _ in range(40)]
    assert "too_many_requests" in answers[-1]
    assert "too_many_requests" in send(code_of(world, view)).location, "no use to whoever tries codes"
