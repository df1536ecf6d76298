"""Vouchers for the organiser: made once a form, their codes as a file again and again, found, used, withdrawn."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from syncserver.db.tables_vouchers import vouchers
from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.integration.shop.test_vouchers import reason_of
from tests.support.admin_world import Office
from tests.support.busy_office import shop_of
from tests.support.voucher_event import voucher_event

KEY = "a1" * 8


@pytest.fixture
def office(own_office: Office) -> Office:
    import_event(own_office.services.db, own_office.services.clock, voucher_event())
    return own_office


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.as_role(Role.ADMIN)


def make(office: Office, client: FlaskClient, key: str = KEY, **form: str) -> int:
    asked = {"offer": "press", "count": "3", "uses": "", "note": "Evening paper", **form}
    return office.post(client, "vouchers", "vouchers/make", key=key, **asked).status_code


def codes(office: Office, client: FlaskClient, key: str = KEY) -> list[dict[str, str]]:
    reply = client.get(office.at(f"vouchers/batches/{key}.csv"))
    assert reply.mimetype == "text/csv"
    assert reply.headers["Cache-Control"] == "no-store"
    return list(csv.DictReader(io.StringIO(reply.get_data().decode("utf-8-sig"))))


def test_a_batch_is_made_once_a_form_and_its_codes_can_be_had_again(office: Office, admin: FlaskClient) -> None:
    for _ in range(2):
        assert make(office, admin) == 303
    first = codes(office, admin)
    assert [row["number"] for row in first] == ["1", "2", "3"]
    assert first == codes(office, admin)
    page = admin.get(office.at("vouchers")).text
    assert page.count("Evening paper") == 1
    assert "made vouchers of the offer" in admin.get(office.at("staff")).text


def test_no_code_is_kept_in_the_database_or_shown_on_a_page(office: Office, admin: FlaskClient) -> None:
    make(office, admin)
    [code, *_] = [row["code"] for row in codes(office, admin)]
    with office.services.db.read() as tx:
        kept = repr(tx.execute(select(vouchers)).all())
    for text in (kept, admin.get(office.at("vouchers")).text, admin.get(office.at("staff")).text):
        assert code not in text
        assert code.replace("-", "") not in text


def test_a_voucher_is_found_by_its_code_and_shows_who_uses_it(office: Office, admin: FlaskClient) -> None:
    make(office, admin)
    code = codes(office, admin)[0]["code"]
    shop = shop_of(office)
    browser = shop.browser()
    shop.shop.vouchers.enter(shop.catalogue, browser, code)
    shop.shop.baskets.add_tickets(shop.catalogue, browser, shop.product("press"), None, 1)
    found = office.post(admin, "vouchers", "vouchers/find", code=code.lower())
    assert found.status_code == 303
    assert code not in found.headers["Location"]
    assert "In a basket" in admin.get(found.headers["Location"]).text
    order = shop.order(browser)
    page = admin.get(found.headers["Location"]).text
    assert order.order.code in page
    assert ">used<" in page
    assert f"…{code[-4:]}" in admin.get(office.at(f"orders/{order.order.code}")).text
    assert codes(office, admin)[0]["used"] == "1"


def test_a_withdrawn_voucher_and_a_withdrawn_batch_are_good_no_more(office: Office, admin: FlaskClient) -> None:
    make(office, admin)
    shop, (one, two, three) = shop_of(office), (row["code"] for row in codes(office, admin))
    found = office.post(admin, "vouchers", "vouchers/find", code=one).headers["Location"]
    number = re.search(r"vouchers/(\d+)", found)
    assert number is not None
    office.post(admin, f"vouchers/{number[1]}", f"vouchers/{number[1]}/withdraw")
    enter = shop.shop.vouchers.enter
    assert reason_of(enter, shop.catalogue, shop.browser(), one) is Reason.VOUCHER_OVER
    enter(shop.catalogue, shop.browser(), two)
    office.post(admin, "vouchers", f"vouchers/batches/{KEY}/withdraw")
    assert reason_of(enter, shop.catalogue, shop.browser(), three) is Reason.VOUCHER_OVER
    assert {row["withdrawn"] for row in codes(office, admin)} == {"yes"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"count": "0"}, "make 1 to 5000 vouchers at once"),
        ({"count": "5001"}, "make 1 to 5000 vouchers at once"),
        ({"count": "many"}, "make 1 to 5000 vouchers at once"),
        ({"uses": "0"}, "a voucher may have 1 to 1000000 uses"),
        ({"offer": "no_such"}, "there is no such offer in the event file"),
    ],
    ids=["none", "too many", "no number", "no use", "no offer"],
)
def test_a_form_that_asks_for_what_cannot_be_is_told_so(
    office: Office, admin: FlaskClient, form: dict[str, str], told: str
) -> None:
    asked = {"offer": "press", "count": "3", "uses": "", "note": "", **form}
    reply = office.post(admin, "vouchers", "vouchers/make", key=KEY, **asked)
    assert reply.status_code == 400
    assert told in reply.text


def test_what_is_not_there_is_not_there(office: Office, admin: FlaskClient) -> None:
    assert admin.get(office.at("vouchers/999")).status_code == 404
    assert admin.get(office.at("vouchers/batches/zz.csv")).status_code == 404
    assert office.post(admin, "vouchers", "vouchers/find", code="NO-SUCH").status_code == 404


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.SUPPORT])
def test_who_may_only_look_gets_no_codes(office: Office, admin: FlaskClient, role: Role) -> None:
    make(office, admin)
    reader = office.as_role(role)
    page = reader.get(office.at("vouchers")).text
    assert "Evening paper" in page
    assert ".csv" not in page
    assert reader.get(office.at(f"vouchers/batches/{KEY}.csv")).status_code == 403


def test_each_batch_has_as_many_uses_as_was_asked_for(office: Office, admin: FlaskClient) -> None:
    make(office, admin, count="1", uses="2")
    shop, [row] = shop_of(office), codes(office, admin)
    for _ in range(2):
        shop.shop.vouchers.enter(shop.catalogue, shop.browser(), row["code"])
    with pytest.raises(CannotBuy):
        shop.shop.vouchers.enter(shop.catalogue, shop.browser(), row["code"])
