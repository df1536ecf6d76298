"""The pages as a browser, a forger and a bank's machine see them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_web.blueprint import add_shop
from syncserver.db.engine import Database
from syncserver.services.payment_provider import PaymentState, WebhookEvent
from syncserver.services.shop_errors import CannotBuy
from syncserver.stores import quotas
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event

SHOP = "/en/trial/"


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(SHOP).text)
    assert found is not None
    return found[1]


def add_ticket(client: FlaskClient, count: int = 1) -> None:
    form = {"form_token": token_of(client), "product": "four_days", "count": count}
    assert client.post(f"{SHOP}basket/add", data=form).status_code == 303


def check_out(client: FlaskClient, **changed: str) -> str:
    """The address the checkout leads to."""
    page = client.get(f"{SHOP}checkout").text
    keys = re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', page)
    form = {**dict(keys), "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes", **changed}
    return client.post(f"{SHOP}checkout", data=form).headers.get("Location", "")


@pytest.mark.parametrize(
    "path", ["basket/add", "basket/remove", "basket/holders", "basket/extend", "basket/voucher", "checkout"]
)
@pytest.mark.parametrize("forged", ["", "0" * 32, "ü"])
def test_a_form_without_our_token_is_refused(client: FlaskClient, path: str, forged: str) -> None:
    client.get(SHOP)
    answer = client.post(SHOP + path, data={"form_token": forged, "product": "four_days"})
    assert answer.status_code == 403


def test_another_browsers_token_is_refused(app: Flask, client: FlaskClient) -> None:
    stolen = token_of(app.test_client())
    client.get(SHOP)
    assert client.post(f"{SHOP}basket/add", data={"form_token": stolen, "product": "four_days"}).status_code == 403


def test_a_form_sent_from_another_site_is_refused(client: FlaskClient) -> None:
    form = {"form_token": token_of(client), "product": "four_days"}
    assert client.post(f"{SHOP}basket/add", data=form, headers={"Origin": "http://evil.test"}).status_code == 403
    assert client.post(f"{SHOP}basket/add", data=form, headers={"Origin": "http://localhost"}).status_code == 303


def test_every_page_forbids_inline_scripts_framing_and_foreign_hosts(client: FlaskClient) -> None:
    add_ticket(client)
    for path in ("", "basket", "checkout", "terms", "item/lunch", "item/no-such"):
        answer = client.get(SHOP + path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "same-origin"
        loaded = re.sub(r'<link rel="alternate"[^>]+>', "", answer.text)  # named for search engines, not loaded
        assert not re.search(r'(?:src|href)="(?:https?:)?//', loaded), path
        assert not re.search(r"<[^>]+ (?:style|on\w+)=", answer.text), path
        assert "<style" not in answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get(SHOP).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_purchase_without_scripts_ends_at_the_bank_and_comes_back_to_the_order(
    world: ShopWorld, client: FlaskClient
) -> None:
    add_ticket(client)
    bank = check_out(client)
    assert bank.startswith("http://bank.test/ref1")
    world.bank.decide("ref1", PaymentState.PAID)
    key = world.shop.payments._at.return_key(world.bank.payments["ref1"].key)
    back = client.get(f"/en/paid/{key}")
    assert "/order/" in back.headers["Location"]
    world.worker.run_all()
    page = client.get(back.headers["Location"])
    assert "Paid" in page.text
    codes = re.findall(r'src="([^"]+\.svg)"', page.text)
    assert len(codes) == 1
    assert client.get(codes[0]).mimetype == "image/svg+xml"
    assert client.get(back.headers["Location"].split("?")[0] + "/tickets.pdf").data.startswith(b"%PDF")


def test_another_browser_back_from_the_bank_learns_the_state_but_not_the_address(
    app: Flask, world: ShopWorld, client: FlaskClient
) -> None:
    add_ticket(client)
    check_out(client)
    world.bank.decide("ref1", PaymentState.PAID)
    key = world.shop.payments._at.return_key(world.bank.payments["ref1"].key)
    page = app.test_client().get(f"/en/paid/{key}")
    assert page.status_code == 200
    assert "Paid" in page.text
    assert "/order/" not in page.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mail", "nobody", "check your e-mail"),
        ("mail", "a@b.c\r\nBcc: x@example.org", "check your e-mail"),
        ("name", "   ", "give your name"),
        ("terms", "no", "agree to the terms"),
    ],
)
def test_a_wrong_field_is_said_and_what_was_typed_stays(client: FlaskClient, field: str, value: str, said: str) -> None:
    add_ticket(client)
    page = client.get(f"{SHOP}checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', page))
    form = {**keys, "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes", field: value}
    answer = client.post(f"{SHOP}checkout", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert form["name"].strip() in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_same_checkout_sent_twice_leads_to_the_same_payment(world: ShopWorld, client: FlaskClient) -> None:
    add_ticket(client)
    page = client.get(f"{SHOP}checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', page))
    form = {**keys, "name": "Anna", "mail": "anna@example.org", "terms": "yes"}
    first, second = (client.post(f"{SHOP}checkout", data=form).headers["Location"] for _ in range(2))
    assert first == second
    assert len(world.bank.payments) == 1


def test_a_guessed_order_address_opens_nothing_and_guessing_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.get(f"{SHOP}order/{'A' * 20}{number:02d}").status_code for number in range(70)]
    assert set(answers) == {404, 429}
    assert answers[-1] == 429


def test_an_unpaid_order_shows_no_code_and_no_pdf(world: ShopWorld, client: FlaskClient) -> None:
    add_ticket(client)
    check_out(client)
    view = world.shop.orders.view(1)
    address = f"{SHOP}order/{view.token}"
    assert f"{view.token}/{view.tickets[0].ticket.hex()}" not in client.get(address).text
    assert client.get(f"{address}/tickets.pdf").status_code == 404
    assert client.get(f"{address}/{view.tickets[0].ticket.hex()}.svg").status_code == 404


def test_a_notice_in_the_address_can_say_only_our_sentences(client: FlaskClient) -> None:
    page = client.get(f"{SHOP}?notice=<b>pay+here</b>&item=<i>x</i>&limit=999999999")
    assert "pay here" not in page.text
    assert 'role="status"' not in page.text


def test_a_name_with_markup_is_shown_as_typed(client: FlaskClient) -> None:
    add_ticket(client)
    line = re.search(r"holder-(\d+)", client.get(f"{SHOP}basket").text)
    assert line is not None
    form = {"form_token": token_of(client), f"holder-{line[1]}": "<script>x</script>", "then": "checkout"}
    client.post(f"{SHOP}basket/holders", data=form)
    page = client.get(f"{SHOP}basket").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


@pytest.mark.parametrize(("path", "then"), [("holders", "more"), ("remove", "")])
def test_names_typed_into_the_basket_are_kept_whichever_button_is_pressed(
    client: FlaskClient, path: str, then: str
) -> None:
    add_ticket(client, 2)
    first, second = re.findall(r"holder-(\d+)", client.get(f"{SHOP}basket").text)
    form = {"form_token": token_of(client), "whole": "yes", f"holder-{first}": "Anna Nová", f"holder-{second}": "Bo"}
    pressed = {"then": then} if then else {"line": second}
    answer = client.post(f"{SHOP}basket/{path}", data=form | pressed)
    assert answer.location == (f"{SHOP}#extras" if then else f"{SHOP}basket?notice=removed&item=four_days")
    assert 'value="Anna Nová"' in client.get(f"{SHOP}basket").text


def test_taking_something_out_from_elsewhere_keeps_the_names_given_before(client: FlaskClient) -> None:
    add_ticket(client, 2)
    first, second = re.findall(r"holder-(\d+)", client.get(f"{SHOP}basket").text)
    form = {"form_token": token_of(client), f"holder-{first}": "Anna Nová"}
    client.post(f"{SHOP}basket/holders", data=form)
    client.post(f"{SHOP}basket/remove", data={"form_token": form["form_token"], "line": second})
    assert 'value="Anna Nová"' in client.get(f"{SHOP}basket").text


def test_the_enter_key_in_a_field_of_the_basket_goes_on_to_the_checkout(client: FlaskClient) -> None:
    add_ticket(client)
    form = client.get(f"{SHOP}basket").text.partition('name="whole"')[2].partition("</form>")[0]
    assert re.findall(r"<button[^>]*", form)[0] == '<button name="then" value="checkout" hidden'


def test_a_webhook_over_http_is_applied_seen_or_refused(world: ShopWorld, client: FlaskClient) -> None:
    _, _, ref = world.buy()
    body = msgspec.json.encode(WebhookEvent("ev1", ref))
    assert client.post("/webhooks/bank", data=body).json == {"result": "applied"}
    assert client.post("/webhooks/bank", data=body).json == {"result": "seen"}
    assert client.post("/webhooks/bank", data=b"{}").status_code == 400
    assert client.post("/webhooks/bank", data=b"x" * 70_000).status_code == 413
    world.bank.is_down = True
    assert client.post("/webhooks/bank", data=msgspec.json.encode(WebhookEvent("ev2", ref))).status_code == 503
    assert client.post("/webhooks/nobody", data=body).status_code in {400, 404, 503}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=500))
def test_any_bytes_to_the_webhook_get_a_clear_answer(client: FlaskClient, body: bytes) -> None:
    assert client.post("/webhooks/bank", data=body).status_code in {200, 400, 413}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["product", "count", "variant", "target", "line", "holder-1", "name", "mail", "form_key"]),
        st.text(max_size=40),
    ),
    st.sampled_from(["basket/add", "basket/remove", "basket/holders", "basket/extend", "basket/voucher", "checkout"]),
)
def test_any_form_gets_a_page(client: FlaskClient, form: dict[str, str], path: str) -> None:
    token = token_of(client)
    assert client.post(SHOP + path, data={**form, "form_token": token}).status_code in {303, 400, 404, 422}


def test_pages_of_an_event_not_on_sale_sell_nothing(db: Database, tmp_path: Path) -> None:
    later = {'default_language = "cs"': 'default_language = "cs"\nsale_from = "2028-07-08 10:00"'}
    world = make_shop_world(db, tmp_path, small_event(**later))
    app = app_of(world)
    page = app.test_client().get(SHOP).text
    assert "Nothing is on sale" in page
    assert "basket/add" not in page


def secret_world(db: Database, folder: Path) -> ShopWorld:
    """A shop where the four-day ticket is for invited people alone."""
    return make_shop_world(db, folder, small_event(**{"[products.four_days]": "[products.four_days]\nsecret = true"}))


def test_what_is_not_listed_cannot_be_bought_by_who_knows_its_key(db: Database, tmp_path: Path) -> None:
    """Accreditations cost nothing and admit everywhere: their key stands in the event's file, not in a voucher."""
    world, app = secret_world(db, tmp_path), Flask("test")
    add_shop(app, world.shop)
    client = app.test_client()
    form = {"form_token": token_of(client), "product": "four_days", "count": "1"}
    assert client.post(f"{SHOP}basket/add", data=form).status_code == 404
    browser, product = world.browser(), world.product("four_days")
    with pytest.raises(CannotBuy):
        world.shop.baskets.add_tickets(world.catalogue, browser, product, None, 1)


def test_a_nul_in_a_form_is_refused(client: FlaskClient) -> None:
    add_ticket(client)
    page = client.get(f"{SHOP}checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', page))
    good = {**keys, "name": "Anna", "mail": "anna@example.org", "terms": "yes"}
    for field in ("name", "mail", "form_key"):
        reply = client.post(f"{SHOP}checkout", data={**good, field: "a\x00b" * 8})
        assert reply.status_code == 400, field


@pytest.mark.parametrize("mail", ["a\u202eb@example.org", "a\x7fb@example.org"])
def test_a_mail_address_holds_nothing_that_cannot_be_seen(client: FlaskClient, mail: str) -> None:
    add_ticket(client)
    assert check_out(client, mail=mail) == ""


def test_a_shop_without_a_payment_provider_says_so(client: FlaskClient, world: ShopWorld) -> None:
    world.shop.payments._providers = {}
    add_ticket(client)
    assert "notice=payment_unreachable" in check_out(client)


def test_a_newcomer_gets_a_page_that_was_kept_and_a_token_of_its_own(app: Flask) -> None:
    """The list for browsers that were never here is kept for a second; whose forms work must not depend on that."""
    first, second = app.test_client(), app.test_client()
    pages = [one.get(SHOP).text for one in (first, second)]
    tokens = [set(re.findall(r'name="form_token" value="(\w+)"', page)) for page in pages]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    ((own,), (foreign,)) = tokens
    assert own not in pages[1]
    for token, status in ((foreign, 403), (own, 303)):
        form = {"form_token": token, "product": "four_days", "count": "1"}
        assert first.post(f"{SHOP}basket/add", data=form).status_code == status


def test_the_list_of_somebody_known_holds_no_token_but_their_own(app: Flask) -> None:
    """Its parts are kept for everyone: the first who made them must not be found in what the others get."""
    known = [app.test_client() for _ in range(3)]
    for one in known:
        add_ticket(one)
    pages = [one.get(SHOP).text for one in known]
    tokens = [set(re.findall(r'name="form_token" value="([^"]*)"', page)) for page in pages]
    assert [len(found) for found in tokens] == [1, 1, 1]
    assert len(set.union(*tokens)) == 3


def test_a_newcomer_sees_what_is_sold_out_a_second_later(world: ShopWorld, app: Flask) -> None:
    assert "sold out" not in app.test_client().get(SHOP).text
    with world.db.write() as tx:
        (people,) = quotas.of_event(tx, world.event.id, world.clock.now_ms()).values()
        assert quotas.take(tx, people.id, people.free)
    world.clock.advance(1)
    assert "sold out" in app.test_client().get(SHOP).text


def test_a_page_of_somebody_known_is_never_given_to_a_newcomer(app: Flask, client: FlaskClient) -> None:
    add_ticket(client)
    assert 'class="count">1<' in client.get(SHOP).text
    assert 'class="count"' not in app.test_client().get(SHOP).text
