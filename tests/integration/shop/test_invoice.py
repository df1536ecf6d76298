"""Invoice data from the checkout to the order's page, the mail and the control room."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from syncserver.services.payment_provider import PaymentState
from tests.support.shop_world import ShopWorld

SHOP = "/en/trial/"
FIRM = {
    "company": "Motor s.r.o.", "street": "Dlouhá 1", "city": "Praha 1", "postcode": "110 00", "country": "CZ",
    "company_id": "12345678", "vat_id": "12345678",
}  # fmt: skip


def check_out(client: FlaskClient, **more: str) -> tuple[int, str, str]:
    """(status, where it leads, page) of a checkout with a ticket in the basket."""
    token = re.search(r'name="form_token" value="(\w+)"', client.get(SHOP).text)
    assert token is not None
    client.post(f"{SHOP}basket/add", data={"form_token": token[1], "product": "four_days"})
    page = client.get(f"{SHOP}checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key|total)" value="([\w-]+)"', page))
    form = {**keys, "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes", **more}
    answer = client.post(f"{SHOP}checkout", data=form)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_a_company_stands_on_the_order_and_in_the_mail(world: ShopWorld, client: FlaskClient) -> None:
    status, where, _ = check_out(client, **FIRM)
    assert status == 303
    ref = where.rpartition("/")[2]
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    world.worker.run_all()
    [mail] = world.letterbox.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Invoice for: Motor s.r.o., Dlouhá 1, 110 00 Praha 1, Czechia, VAT number CZ12345678" in body.get_content()
    link = re.search(r"http://shop.test(/en/trial/order/\S+)", body.get_content())
    assert link is not None
    page = client.get(link[1]).text
    assert "Motor s.r.o., Dlouhá 1, 110 00 Praha 1, Czechia" in page
    assert "CZ12345678" in page


def test_a_private_buyer_is_asked_for_nothing(world: ShopWorld, client: FlaskClient) -> None:
    status, _, _ = check_out(client, country="CZ")
    assert status == 303
    assert world.shop.orders.view(1).invoice is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"vat_id": "123"}, "one looks like CZ12345678"),
        ({"company": ""}, "For an invoice we need the company&#39;s name"),
        ({"city": ""}, "For an invoice we need street, town and postcode"),
        ({"country": "XX"}, "Please choose the company&#39;s country"),
    ],
    ids=["number", "name", "address", "country"],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(client: FlaskClient, wrong: dict[str, str], told: str) -> None:
    status, _, page = check_out(client, **{**FIRM, **wrong})
    assert status == 422
    assert told in page
    assert '<details class="invoice" open>' in page
    assert 'value="Dlouhá 1"' in page
