"""Nobody pays for what cannot be collected: nothing is bought for a blocked ticket; the rest of its order goes on."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from common.ids import TicketId
from syncserver.services import statements
from syncserver.services.basket import Target
from syncserver.services.orders import PAY_MS, OrderState, OrderView
from syncserver.services.scribe import Scribe
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.support.shop_world import ShopWorld

WHY = "This ticket is blocked"


def block(world: ShopWorld, ticket: bytes, *, blocked: bool = True) -> None:
    with world.db.write() as tx:
        desk = Scribe(world.clock, world.keys).open(tx, world.event.id)
        key = world.clock.now_ms().to_bytes(8, "big")
        statements.block(desk, key, TicketId(ticket), "lost", blocked=blocked)
    world.clock.advance(1)


def put_lunch(world: ShopWorld, browser: bytes, ticket: bytes) -> None:
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, Target(ticket=ticket))


def refused(error: pytest.ExceptionInfo[CannotBuy]) -> bool:
    return error.value.reason is Reason.TICKET_BLOCKED


def of_owner(world: ShopWorld, client: FlaskClient, count: int = 1) -> OrderView:
    """A paid order whose address this client has opened."""
    _, view = world.paid(count=count)
    assert client.get(address(view)).status_code == 200
    return view


def address(view: OrderView) -> str:
    return f"/en/trial/order/{view.token}"


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_nothing_goes_into_the_basket_for_a_blocked_ticket_until_it_is_unblocked(world: ShopWorld) -> None:
    browser, view = world.paid()
    ticket = view.tickets[0].ticket
    block(world, ticket)
    with pytest.raises(CannotBuy) as caught:
        put_lunch(world, browser, ticket)
    assert refused(caught)
    block(world, ticket, blocked=False)
    put_lunch(world, browser, ticket)
    assert world.order(browser).order.total_minor == 18_900


def test_what_lay_in_a_basket_is_not_ordered_once_its_ticket_is_blocked(world: ShopWorld) -> None:
    browser, view = world.paid()
    ticket = view.tickets[0].ticket
    put_lunch(world, browser, ticket)
    block(world, ticket)
    ((own, lines),) = world.shop.baskets.view(world.catalogue, browser).later
    assert (own.is_blocked, len(lines)) == (True, 1)
    with pytest.raises(CannotBuy) as caught:
        world.order(browser)
    assert refused(caught)
    block(world, ticket, blocked=False)
    assert world.order(browser).order.total_minor == 18_900


def test_a_friends_basket_is_told_too(world: ShopWorld) -> None:
    _, view = world.paid()
    friend, pass_ = world.browser(), world.shop.tickets.shown(view, "en")[0].pass_
    assert pass_ is not None
    world.shop.held.show(world.event, friend, pass_.code)
    put_lunch(world, friend, view.tickets[0].ticket)
    block(world, view.tickets[0].ticket)
    ((own, _),) = world.shop.baskets.view(world.catalogue, friend).later
    assert (own.is_blocked, own.holder_name) == (True, "")
    with pytest.raises(CannotBuy) as caught:
        world.order(friend)
    assert refused(caught)


@pytest.mark.parametrize("late_s", [0, PAY_MS // 1000 + 1])
def test_nobody_is_sent_to_pay_for_a_ticket_blocked_meanwhile_and_money_that_comes_goes_back(
    world: ShopWorld, late_s: int
) -> None:
    browser, view = world.paid()
    put_lunch(world, browser, view.tickets[0].ticket)
    later = world.order(browser)
    ref = world.start(later)
    block(world, view.tickets[0].ticket)
    world.clock.advance(late_s)
    with pytest.raises(CannotBuy) as caught:
        world.start(later)
    assert refused(caught)
    later = world.pay(later, ref)
    assert (later.state, later.paid_minor, later.refund_why) == (OrderState.REFUNDED, 0, "ticket_blocked")
    body = world.letterbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert "blocked" in body.get_content()
    assert world.taken() == {"people": 1}, "the ticket keeps its place"


def test_the_pages_say_why(world: ShopWorld, client: FlaskClient) -> None:
    view = of_owner(world, client)
    ticket = view.tickets[0].ticket
    item = client.get("/en/trial/item/lunch").text
    form = {"form_token": form_token(item), "product": "lunch", "target": f"ticket-{ticket.hex()}"}
    assert client.post("/en/trial/basket/add", data=form).status_code == 303
    assert WHY not in item
    block(world, ticket)
    for path in ("item/lunch", "basket"):
        assert WHY in client.get(f"/en/trial/{path}").text, path
    assert f'value="ticket-{ticket.hex()}"' not in client.get("/en/trial/item/lunch").text
    refused_to = client.post("/en/trial/basket/add", data=form).headers["Location"]
    assert "notice=ticket_blocked" in refused_to
    assert "notice=ticket_blocked" in client.get("/en/trial/checkout").headers["Location"]


def test_an_order_with_one_ticket_blocked_shows_the_others_and_does_not_wait(
    world: ShopWorld, client: FlaskClient
) -> None:
    view = of_owner(world, client, count=2)
    block(world, view.tickets[0].ticket)
    page = client.get(address(view)).text
    assert "being signed" not in page
    assert page.count('alt="Code for the gate"') == 1
    assert page.count(WHY) == 1
    assert page.count("Add something to this ticket") == 1
    assert client.get(f"{address(view)}/tickets.pdf").data.count(b"/Type /Page\n") == 1
    world.clock.advance(61)
    world.shop.changes.resend(view.order.id)
    world.worker.run_all()
    body = world.letterbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert body.get_content().count(WHY) == 1


def test_a_mail_about_tickets_that_are_all_blocked_says_so_and_brings_no_paper(world: ShopWorld) -> None:
    _, view = world.paid()
    block(world, view.tickets[0].ticket)
    world.clock.advance(61)
    world.shop.changes.resend(view.order.id)
    world.worker.run_all()
    mail = world.letterbox.mails[-1]
    body = mail.get_body(("plain",))
    assert len(world.letterbox.mails) == 2
    assert body is not None
    assert WHY in body.get_content()
    assert [one.get_content_type() for one in mail.iter_attachments()] == ["text/calendar"]


def test_a_friends_link_says_that_the_ticket_is_blocked(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid()
    ticket = view.tickets[0].ticket
    world.shop.ticket_links.make(world.event.id, ticket)
    token = world.shop.ticket_links.tokens(world.event.id, [ticket])[ticket]
    block(world, ticket)
    answer = client.get(f"/en/trial/ticket/{token}")
    assert (answer.status_code, WHY in answer.text) == (200, True)
    assert "Code for the gate" not in answer.text
    assert client.get(f"/en/trial/ticket/{token}/ticket.pdf").status_code == 404
    assert "event.ics" not in answer.text
    assert client.get(f"/en/trial/ticket/{token}/event.ics").status_code == 404
