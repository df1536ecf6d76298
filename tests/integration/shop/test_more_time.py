"""Whatever button is pressed, what was typed stays: more time, a code, something taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from syncserver.db.engine import Database
from syncserver.services.basket import EXTENSION_MS, HOLD_MS
from syncserver.services.basket_view import EXTENSIONS_MAX
from tests.support.asking_event import asking_event
from tests.support.kept_schema import put_schema
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.voucher_event import voucher_event

SHOP = "/en/trial/"
LATE_S = (HOLD_MS - EXTENSION_MS) / 1000 + 60  # nine minutes are left
TYPED = {
    "name": "Řehoř Žluťoučký", "mail": "rehor@example.org", "terms": "yes", "company": "Kolo & syn", "city": "Praha",
    "vat_id": "CZ123", "country": "SK",
}  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """One kind of database does: pages are asked here."""
    database = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    put_schema(database)
    yield database
    database.close()


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, voucher_event())


def fields_of(text: str) -> dict[str, str]:
    """What stands in the fields of a page: name -> value, as a browser would send it but for buttons."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", text):
        at = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in at and (at.get("type") not in {"checkbox", "radio"} or " checked" in tag):
            found[at["name"]] = unescape(at.get("value", ""))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', text, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return found


def with_ticket(client: FlaskClient, product: str = "four_days") -> None:
    token = re.findall(r'name="form_token" value="(\w+)"', client.get(SHOP).text)[0]
    assert client.post(f"{SHOP}basket/add", data={"form_token": token, "product": product}).status_code == 303


def test_more_time_in_the_checkout_keeps_all_that_was_typed_and_stays_there(
    world: ShopWorld, client: FlaskClient
) -> None:
    with_ticket(client)
    world.clock.advance(LATE_S)
    before = fields_of(client.get(f"{SHOP}checkout").text) | TYPED
    answer = client.post(f"{SHOP}checkout", data=before | {"more_time": "yes"})
    assert answer.status_code == 200
    assert "You have ten minutes more." in answer.text
    assert fields_of(answer.text) == before
    assert '<details class="invoice" open>' in answer.text
    placed = client.post(
        f"{SHOP}checkout", data=fields_of(answer.text) | {"street": "Ulica 1", "postcode": "1", "vat_id": ""}
    )
    assert placed.location is not None, placed.text
    assert placed.location.startswith("http://bank.test/")


@pytest.mark.parametrize("at", ["checkout", "basket/extend"])
def test_more_time_says_only_what_is_true(world: ShopWorld, client: FlaskClient, at: str) -> None:
    with_ticket(client)
    form = fields_of(client.get(f"{SHOP}{at.partition('/')[0]}").text) | {"more_time": "yes"}
    early = client.post(SHOP + at, data=form, follow_redirects=True)
    assert "You still have more than ten minutes." in early.text
    for _ in range(EXTENSIONS_MAX):
        world.clock.advance(LATE_S)
        late = client.post(SHOP + at, data=form, follow_redirects=True)
        assert "You have ten minutes more." in late.text
    world.clock.advance(LATE_S)
    last = client.post(SHOP + at, data=form, follow_redirects=True)
    assert "cannot be extended any further" in last.text


def test_more_time_where_a_place_is_gone_says_so_and_keeps_what_was_typed(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 5"}))
    client = app_of(world).test_client()
    with_ticket(client)
    form = fields_of(client.get(f"{SHOP}checkout").text) | TYPED
    world.clock.advance(HOLD_MS / 1000 + 1)
    world.shop.baskets.add_tickets(world.catalogue, world.browser(), world.product("four_days"), None, 1)
    answer = client.post(f"{SHOP}checkout", data=form | {"more_time": "yes"})
    assert answer.status_code == 422
    assert "Four days" in answer.text.partition('class="notice problem"')[2].partition("</p>")[0]
    assert fields_of(answer.text) == form


@pytest.mark.parametrize(
    ("path", "code"), [("extend", ""), ("voucher", "club10"), ("voucher", "wrong"), ("voucher/remove", "")]
)
def test_each_button_of_the_basket_keeps_the_names(world: ShopWorld, client: FlaskClient, path: str, code: str) -> None:
    with_ticket(client)
    world.clock.advance(LATE_S)
    form = fields_of(client.get(f"{SHOP}basket").text)
    (holder,) = [name for name in form if name.startswith("holder-")]
    answer = client.post(f"{SHOP}basket/{path}", data=form | {holder: "Anna Nová", "code": code, "claim": "1"})
    assert answer.location.startswith(f"{SHOP}basket?notice=")
    assert fields_of(client.get(answer.location).text)[holder] == "Anna Nová"


def test_a_code_typed_and_not_used_yet_stays_in_its_field(world: ShopWorld, client: FlaskClient) -> None:
    with_ticket(client)
    world.clock.advance(LATE_S)
    form = fields_of(client.get(f"{SHOP}basket").text) | {"code": "CLUB10"}
    answer = client.post(f"{SHOP}basket/extend", data=form)
    assert "You have ten minutes more." in answer.text
    assert fields_of(answer.text)["code"] == "CLUB10"
    assert 'href="/cs/trial/basket" lang="cs"' in answer.text, "the language changes where one is"


def test_the_enter_key_at_a_code_uses_it_and_leads_nowhere_else(world: ShopWorld, client: FlaskClient) -> None:
    with_ticket(client)
    form = fields_of(client.get(f"{SHOP}basket").text) | {"then": "checkout", "code": "club10"}
    answer = client.post(f"{SHOP}basket/holders", data=form)
    assert answer.location == f"{SHOP}basket?notice=voucher_entered&offer=club#vouchers"
    assert client.post(f"{SHOP}basket/holders", data=form | {"code": " "}).location == f"{SHOP}checkout"


def test_no_code_at_all_is_no_guess_at_one(client: FlaskClient) -> None:
    with_ticket(client)
    form = fields_of(client.get(f"{SHOP}basket").text)
    for _ in range(31):
        assert "notice=voucher_unknown" in client.post(f"{SHOP}basket/voucher", data=form).location
    assert "notice=voucher_entered" in client.post(f"{SHOP}basket/voucher", data=form | {"code": "CLUB10"}).location


def test_an_answer_that_will_not_do_is_not_lost_to_more_time(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, asking_event())
    client = app_of(world).test_client()
    with_ticket(client, "one_day")
    world.clock.advance(LATE_S)
    form = fields_of(client.get(f"{SHOP}basket").text)
    (nights,) = [name for name in form if name.endswith("-nights")]
    answer = client.post(f"{SHOP}basket/extend", data=form | {nights: "many"})
    assert (answer.status_code, fields_of(answer.text)[nights]) == (200, "many")
    assert "You have ten minutes more." in answer.text
    assert 'class="fault"' not in answer.text, "nobody has said yet that this is all"


def test_the_enter_key_in_the_checkout_orders_and_asks_for_no_time(client: FlaskClient) -> None:
    with_ticket(client)
    text = client.get(f"{SHOP}checkout").text
    of_form = [tag for tag in re.findall(r"<button[^>]*>", text) if 'form="checkout"' in tag]
    assert of_form[0] == '<button form="checkout" hidden>'
    assert 'name="more_time"' in of_form[1]
