"""Sent again, found again, put right: codes stay the same, and nobody learns who has ordered."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select
from werkzeug.test import TestResponse

from syncserver.db.engine import Database
from syncserver.db.tables_shop import holder_words, lost_mails
from syncserver.services.orders import OrderView
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.translations import LANGUAGES
from syncserver.stores import holder_words as words_store
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import BEER
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event

BUYER = "anna@example.org"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**ALL_LANGUAGES))


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    token = re.findall(r'name="form_token" value="(\w+)"', client.get("/en/trial/").text)[0]
    return client.post(path, data={"form_token": token, **form})


def at(view: OrderView, rest: str = "") -> str:
    return f"/en/trial/order/{view.token}{rest}"


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def sent(world: ShopWorld, since: int) -> list[tuple[str, str]]:
    """(to, subject) of mails sent after so many."""
    world.worker.run_all()
    return [
        (str(mail["To"].addresses[0].addr_spec), str(mail["Subject"]).partition(":")[0])
        for mail in world.letterbox.mails[since:]
    ]


def test_the_tickets_are_sent_again_once_a_minute_and_five_times_a_day(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid()
    assert "too_many_requests" in post(client, at(view, "/resend")).location
    for _ in range(5):
        world.clock.advance(61)
        assert "notice=resent" in post(client, at(view, "/resend")).location
    world.clock.advance(61)
    assert "too_many_requests" in post(client, at(view, "/resend")).location
    assert sent(world, 1) == [(BUYER, "Your tickets")] * 5


def test_a_mail_about_tickets_given_back_meanwhile_does_not_go_out(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.pay(view, ref)
    world.clock.advance(61)
    world.shop.changes.resend(view.order.id)
    world.shop.returns.give_back(ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, "k"))
    assert sent(world, 1) == [(BUYER, "Given back")]


def test_lost_links_come_to_the_address_and_nowhere_else(world: ShopWorld, client: FlaskClient) -> None:
    views = [world.paid()[1] for _ in range(3)]
    reply = post(client, "/en/trial/lost", mail=" Anna@Example.ORG ")
    assert reply.location.endswith("/en/trial/lost?asked=1")
    assert sent(world, 3) == [(BUYER, "Your orders")]
    body = text_of(world.letterbox.mails[-1])
    for view in views:
        assert f"http://shop.test/en/trial/order/{view.token}" in body


def statements(world: ShopWorld, client: FlaskClient, mail: str) -> list[str]:
    """What the server does in its database for a request about an address."""
    seen: list[str] = []

    def note(_c: Connection, _cur: object, query: str, *_: object) -> None:
        seen.append(query)

    event.listen(world.db.engine, "before_cursor_execute", note)
    try:
        post(client, "/en/trial/lost", mail=mail)
    finally:
        event.remove(world.db.engine, "before_cursor_execute", note)
    return seen


def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(
    world: ShopWorld, client: FlaskClient
) -> None:
    world.paid()
    post(client, "/en/trial/lost", mail="first@example.org")
    known, unknown = (statements(world, client, mail) for mail in (BUYER, "nobody@example.org"))
    assert known == unknown
    answers = {post(client, "/en/trial/lost", mail=mail).location for mail in (BUYER, "nobody@example.org")}
    assert len(answers) == 1
    world.worker.run_all()
    with world.db.read() as tx:
        assert tx.execute(select(lost_mails)).first() is None, "addresses without orders are not kept"


def test_an_address_is_written_to_three_times_an_hour_and_the_answer_does_not_tell(
    world: ShopWorld, client: FlaskClient
) -> None:
    world.paid()
    answers = {post(client, "/en/trial/lost", mail=BUYER).location for _ in range(6)}
    assert len(answers) == 1
    assert sent(world, 1) == [(BUYER, "Your orders")] * 3
    for _ in range(6):
        post(client, "/en/trial/lost", mail="x@example.org")
    assert "too_many_requests" in post(client, "/en/trial/lost", mail="y@example.org").location


def test_what_is_no_address_is_said_so(client: FlaskClient) -> None:
    for nonsense in ("", "x", "a@b", "a b@example.org"):
        assert post(client, "/en/trial/lost", mail=nonsense).status_code == 422


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(
    world: ShopWorld, client: FlaskClient
) -> None:
    _, view = world.paid()
    assert "confirm_asked" in post(client, at(view, "/address"), mail="new@example.org").location
    assert sent(world, 1) == [("new@example.org", "Is this your address? Order " + view.order.code)]
    assert world.shop.orders.view(view.order.id).order.mail == BUYER
    (path,) = re.findall(r"http://shop\.test(/en/trial/new-address/[\w-]+)", text_of(world.letterbox.mails[-1]))
    assert "new@example.org" in client.get(path).text
    assert world.shop.orders.view(view.order.id).order.mail == BUYER, "opening the link is not enough"
    for _ in range(2):
        assert post(client, path).status_code == 303
    assert "Thank you" in client.get(path).text
    assert world.shop.orders.view(view.order.id).order.mail == "new@example.org"
    assert sorted(sent(world, 2)) == [(BUYER, "Another address"), ("new@example.org", "Your tickets")]
    post(client, "/en/trial/lost", mail="new@example.org")
    assert sent(world, 4) == [("new@example.org", "Your orders")]
    assert "E-mail address changed" in client.get(at(view)).text


def test_a_confirmation_ends_after_a_day_and_when_a_newer_one_was_asked_for(
    world: ShopWorld, client: FlaskClient
) -> None:
    _, view = world.paid()
    post(client, at(view, "/address"), mail="one@example.org")
    post(client, at(view, "/address"), mail="two@example.org")
    sent(world, 0)
    first, second = (re.findall(r"/en/trial/new-address/[\w-]+", text_of(m))[0] for m in world.letterbox.mails[1:3])
    for over in (first, "/en/trial/new-address/never"):
        assert "This link is over" in client.get(over).text
        post(client, over)
    world.clock.advance(86_401)
    post(client, second)
    assert world.shop.orders.view(view.order.id).order.mail == BUYER


def test_a_corrected_name_is_on_the_page_and_found_and_the_code_stays(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid()
    ticket = view.tickets[0].ticket
    (before,) = world.shop.tickets.shown(view, "en")
    field = f"name-{ticket.hex()}"
    assert f'name="{field}"' in client.get(at(view, "/names")).text
    assert "renamed" in post(client, at(view, "/names"), **{field: "  Anna   Černá "}).location
    (after,) = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")
    assert after.holder == "Anna Černá"
    assert after.pass_ == before.pass_
    with world.db.read() as tx:
        assert words_store.tickets_of(tx, world.event.id, ["cerna"], 5) == [ticket]
        assert words_store.tickets_of(tx, world.event.id, ["nova"], 5) == []
        assert len(tx.execute(select(holder_words)).all()) == 2
    assert "Name corrected: Anna Černá" in client.get(at(view)).text
    assert "notice" not in post(client, at(view, "/names"), **{field: "Anna Černá"}).location


def test_a_name_is_corrected_three_times_and_not_after_the_first_use(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid(count=2)
    first, second = (one.ticket for one in view.tickets)
    for name in ("A", "B", "C"):
        assert "renamed" in post(client, at(view, "/names"), **{f"name-{first.hex()}": name}).location
    assert "name_fixed" in post(client, at(view, "/names"), **{f"name-{first.hex()}": "D"}).location
    use(kiosk_of(world), second)
    assert "name_fixed" in post(client, at(view, "/names"), **{f"name-{second.hex()}": "D"}).location


def test_an_empty_name_and_a_strangers_ticket_change_nothing(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid()
    _, other = world.paid()
    assert "name_missing" in post(client, at(view, "/names"), **{f"name-{view.tickets[0].ticket.hex()}": " "}).location
    post(client, at(view, "/names"), **{f"name-{other.tickets[0].ticket.hex()}": "Thief"})
    for one in (view, other):
        holder = world.shop.orders.view(one.order.id).tickets[0].holder
        assert holder is not None
        assert holder.name == "Anna Nová"


def test_one_line_of_time_tells_all_of_it_in_order(world: ShopWorld, client: FlaskClient) -> None:
    browser, view = world.paid()
    world.add_items(browser, view.tickets[0].ticket, "beer", 2)
    pen = kiosk_of(world)
    world.clock.advance(60)
    use(pen, view.tickets[0].ticket)
    world.clock.advance(60)
    use(pen, view.tickets[0].ticket, BEER)
    told = re.findall(r"</time> <span>(.+?)</span>", client.get(at(view)).text, re.DOTALL)
    assert [one.strip() for one in told] == [
        "Ordered", "Paid: CZK\u00a0625", "Tickets sent by mail", "Let in: Anna Nová", "Handed out: Beer",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_every_language(world: ShopWorld, client: FlaskClient, language: str) -> None:
    _, view = world.paid()
    for path in ("lost", "lost?asked=1", f"order/{view.token}/names", f"order/{view.token}/address", "new-address/x"):
        page = client.get(f"/{language}/trial/{path}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
