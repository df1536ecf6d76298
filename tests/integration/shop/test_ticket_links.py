"""A friend's ticket: one link, one ticket, nothing of the order, and items of one's own on it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from icalendar import Calendar
from pypdfium2 import PdfDocument
from sqlalchemy import select

from syncserver.db.tables_buyers import ticket_links
from syncserver.services.orders import OrderView
from syncserver.services.payment_provider import PaymentState
from tests.support.account_pages import SHOP, Surfer, surfer
from tests.support.shop_world import ShopWorld


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Surfer:
    """Who bought."""
    return surfer(world, app)


@pytest.fixture
def bob(world: ShopWorld, app: Flask) -> Surfer:
    """Whom a ticket is for."""
    return surfer(world, app)


@pytest.fixture
def order(world: ShopWorld) -> OrderView:
    """Two tickets, paid."""
    _, view, ref = world.buy(count=2)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    world.worker.run_all()
    return world.shop.orders.view(view.order.id)


def share(anna: Surfer, order: OrderView, number: int = 1, do: str = "make") -> str:
    """The path of the link the buyer sees for a ticket; empty for none."""
    ticket = order.tickets[number].ticket.hex()
    assert anna.send(f"order/{order.token}/share", ticket=ticket, do=do).status_code == 303
    found = re.search(r"http://shop\.test/en/trial/(ticket/[\w-]+)", anna.get(f"order/{order.token}").text)
    return found[1] if found else ""


def test_a_link_shows_one_ticket_and_nothing_of_the_order(anna: Surfer, bob: Surfer, order: OrderView) -> None:
    page = bob.get(share(anna, order))
    assert page.status_code == 200
    assert page.text.count('class="pass"') == 1
    told = (order.order.code, order.order.mail, order.token, order.tickets[0].ticket.hex())
    assert not [one for one in told if one in page.text]


def test_its_code_and_its_paper_are_those_of_the_ticket(
    world: ShopWorld, anna: Surfer, bob: Surfer, order: OrderView
) -> None:
    link = share(anna, order)
    code = world.shop.tickets.shown(order, "en")[1].pass_
    assert code is not None
    assert code.code in bob.get(link).text
    assert bob.get(f"{link}/code.svg").mimetype == "image/svg+xml"
    document = PdfDocument(bob.get(f"{link}/ticket.pdf").data)
    try:
        assert len(document) == 1
        assert code.code in document[0].get_textpage().get_text_bounded()
    finally:
        document.close()


@pytest.mark.parametrize(("language", "offered"), [("cs", "Do kalendáře"), ("en", "Into my calendar")])
def test_the_event_goes_into_the_friends_calendar_in_their_language_and_nothing_of_the_order(
    world: ShopWorld, anna: Surfer, bob: Surfer, order: OrderView, language: str, offered: str
) -> None:
    path = f"/{language}/trial/{share(anna, order)}"
    page = bob.client.get(path).text
    (address,) = re.findall(rf'href="([^"]+/event\.ics)">{offered}<', page)
    answer = bob.client.get(address)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/calendar", "no-store")
    (entry,) = Calendar.from_ical(answer.text).walk("VEVENT")
    catalogue, ticket = world.shop.catalogues.of(world.event, language), order.tickets[1]
    assert (str(entry["SUMMARY"]), entry["SUMMARY"].params["LANGUAGE"]) == (catalogue.name, language)
    assert catalogue.products[world.product("four_days").no].name in str(entry["DESCRIPTION"])
    assert str(entry["UID"]).startswith(ticket.ticket.hex())
    told, secrets = answer.text.replace("\r\n ", ""), (order.order.code, order.token, order.order.uid.hex(), path[-20:])
    assert not [one for one in secrets if one in told]
    assert answer.data == bob.client.get(address).data


def test_a_friend_buys_items_for_it_as_an_order_of_their_own(
    world: ShopWorld, anna: Surfer, bob: Surfer, order: OrderView
) -> None:
    ticket = order.tickets[1].ticket
    assert "ticket-" not in bob.get("item/lunch").text
    bob.get(share(anna, order))
    offered = re.findall(r"ticket-(\w{16})", bob.get("item/lunch").text)
    assert offered == [ticket.hex()]
    bob.send("basket/add", product="lunch", target=f"ticket-{ticket.hex()}")
    view = world.order(world.shop.visitors.of_cookie(bob.cookie()).hash)
    ref = world.start(view)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref, "ev2")
    world.worker.run_all()
    assert world.shop.orders.view(view.order.id).order.id != order.order.id
    assert "Lunch" in bob.get(share(anna, order)).text


def test_a_friend_cannot_put_items_on_the_buyers_other_ticket(anna: Surfer, bob: Surfer, order: OrderView) -> None:
    bob.get(share(anna, order))
    other = order.tickets[0].ticket.hex()
    answer = bob.send("basket/add", product="lunch", target=f"ticket-{other}")
    assert "notice=needs_ticket" in answer.headers["Location"]


@pytest.mark.parametrize("do", ["make", "end"])
def test_a_new_link_or_none_ends_the_one_before_also_where_it_was_opened(
    anna: Surfer, bob: Surfer, order: OrderView, do: str
) -> None:
    link = share(anna, order)
    assert bob.get(link).status_code == 200
    assert share(anna, order, do=do) != link
    assert bob.get(link).status_code == 404
    assert "ticket-" not in bob.get("item/lunch").text


def test_a_received_ticket_is_in_the_friends_account(anna: Surfer, bob: Surfer, app: Flask, order: OrderView) -> None:
    link = share(anna, order)
    bob.get(link)
    bob.sign_in("bob@example.org")
    assert link in bob.get("account").text
    phone = surfer(bob.world, app)
    phone.sign_in("bob@example.org")
    assert link in phone.get("account").text
    assert "ticket-" in phone.get("item/lunch").text


def test_ones_own_ticket_is_no_gift(world: ShopWorld, anna: Surfer, order: OrderView) -> None:
    anna.get(share(anna, order))
    anna.sign_in(order.order.mail)
    assert "received by link" not in anna.get("account").text


def test_only_the_order_makes_links_and_only_for_its_own_tickets(
    world: ShopWorld, anna: Surfer, bob: Surfer, order: OrderView
) -> None:
    _, other, _ = world.buy()
    stolen = {"ticket": order.tickets[0].ticket.hex(), "do": "make"}
    assert bob.send(f"order/{other.token}/share", **stolen).status_code == 404
    assert bob.send(f"order/{'a' * 22}/share", **stolen).status_code == 404
    assert bob.client.post(f"{SHOP}order/{order.token}/share", data=stolen).status_code == 403


def test_an_unpaid_ticket_has_no_link(world: ShopWorld, anna: Surfer) -> None:
    _, view, _ = world.buy()
    form = {"ticket": view.tickets[0].ticket.hex(), "do": "make"}
    assert anna.send(f"order/{view.token}/share", **form).status_code == 404


def test_a_copy_of_the_database_opens_no_ticket(world: ShopWorld, anna: Surfer, order: OrderView) -> None:
    token = share(anna, order).rpartition("/")[2]
    with world.db.read() as tx:
        assert token not in repr(list(tx.execute(select(ticket_links))))


def test_guessing_links_is_slowed_down(bob: Surfer) -> None:
    codes = [bob.get(f"ticket/{n:022}").status_code for n in range(70)]
    assert (codes[0], codes[-1]) == (404, 429)
