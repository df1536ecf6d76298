"""Items on a ticket received from a friend: by the code of the pass, and only while that code is good."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common.ids import TicketId
from syncserver.services import statements
from syncserver.services.basket import Target
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.scribe import Scribe
from syncserver.services.shop_errors import CannotBuy, Reason
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
