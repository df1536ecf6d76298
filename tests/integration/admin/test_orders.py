"""Orders and payments are told as they are; who may not see people sees none; mails can be sent again."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from syncserver.db.tables_event import product_upgrades
from syncserver.services.invoice import Invoice
from syncserver.services.orders import CheckoutForm
from syncserver.services.payment_provider import PaymentState
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.busy_office import Busy, sell, shop_of
from tests.support.server_world import FOUR_DAYS, ONE_DAY
from tests.support.upgrade_event import change


def test_an_order_shows_positions_money_and_mails(any_office: Office, busy: Busy) -> None:
    client, code = any_office.as_role(Role.SUPPORT), busy.order.order.code
    assert code in client.get(any_office.at("orders")).text
    page = client.get(any_office.at(f"orders/{code}")).text
    for part in ("Anna Nová", "anna@example.org", "Four days", "Attempt 1 at bank", "The tickets", "CZK\u00a01,875"):
        assert part in page, part


def test_accounting_sees_the_money_and_nobodys_name(any_office: Office, busy: Busy) -> None:
    client, code = any_office.as_role(Role.ACCOUNTANT), busy.order.order.code
    for page in ("orders", f"orders/{code}", "payments"):
        text = client.get(any_office.at(page)).text
        assert code in text
        assert "Anna" not in text
        assert "anna@" not in text
    assert "No order fits" in client.get(any_office.at("orders?q=nova")).text
    assert "No order fits" in client.get(any_office.at("orders?q=anna@example.org")).text


def test_accounting_sees_which_company_an_invoice_is_for(any_office: Office) -> None:
    shop = shop_of(any_office)
    browser = shop.browser()
    shop.shop.baskets.add_tickets(shop.catalogue, browser, shop.product("four_days"), None, 1)
    firm = Invoice("Motor s.r.o.", "Dlouhá 1", "Praha 1", "110 00", "CZ", "12345678", "CZ12345678")
    form = CheckoutForm("a form of the test", "Anna Nová", "anna@example.org", has_agreed=True, invoice=firm)
    code = shop.shop.orders.view(shop.shop.orders.place(shop.catalogue, browser, form)).order.code
    page = any_office.as_role(Role.ACCOUNTANT).get(any_office.at(f"orders/{code}")).text
    for part in ("Motor s.r.o.", "Dlouhá 1", "110 00 Praha 1", "CZ12345678"):
        assert part in page, part


@pytest.mark.parametrize("said", ["{code}", " #{code} ", "anna@example.org", "nová"])
def test_an_order_is_found_and_shown_at_once(any_office: Office, busy: Busy, said: str) -> None:
    text = said.format(code=busy.order.order.code.lower())
    reply = any_office.as_role(Role.SUPPORT).get(any_office.at("orders"), query_string={"q": text})
    assert reply.location == any_office.at(f"orders/{busy.order.order.code}")


def test_the_tickets_are_sent_again_but_not_twice_in_a_minute(any_office: Office) -> None:
    shop = shop_of(any_office)
    code = sell(shop).order.code
    client, at = any_office.as_role(Role.SUPPORT), f"orders/{code}"
    assert "less than a minute ago" in any_office.post(client, at, f"{at}/resend").text
    any_office.clock.advance(61)
    assert any_office.post(client, at, f"{at}/resend").status_code == 303
    shop.worker.run_all()
    assert len(shop.letterbox.mails) == 2


def test_an_order_that_is_not_paid_has_nothing_to_send(any_office: Office) -> None:
    shop = shop_of(any_office)
    _, view, _ = shop.buy()
    at = f"orders/{view.order.code}"
    client = any_office.as_role(Role.SUPPORT)
    assert "Send the tickets again" not in client.get(any_office.at(at)).text
    token = any_office.post(client, "devices", f"{at}/resend")
    assert token.status_code in {400, 403}


def test_payments_are_listed_by_state_and_paged(any_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncserver.services.admin_orders.PER_PAGE", 2)
    shop = shop_of(any_office)
    paid = [sell(shop).order.code for _ in range(3)]
    _, begun, ref = shop.buy()
    shop.bank.decide(ref, PaymentState.FAILED)
    client = any_office.as_role(Role.ACCOUNTANT)
    first = client.get(any_office.at("payments")).text
    assert begun.order.code in first
    assert paid[2] in first
    assert paid[0] not in first
    cursor = first.partition("cursor=")[2].partition('"')[0]
    second = client.get(any_office.at(f"payments?cursor={cursor}")).text
    assert paid[0] in second
    assert paid[1] in second
    only = client.get(any_office.at("payments?state=paid")).text
    assert begun.order.code not in only
    assert client.get(any_office.at("payments?state=nonsense")).status_code == 404


def test_a_comparison_with_the_providers_is_remembered(any_office: Office) -> None:
    shop = shop_of(any_office)
    sell(shop)
    shop.shop.payments.reconcile(0)
    any_office.clock.advance(300)
    page = any_office.as_role(Role.ACCOUNTANT).get(any_office.at("payments")).text
    assert "Compared with the providers 5 minutes ago." in page
    assert "0 payments had no order on this server" in page


def test_a_ticket_that_became_another_one_is_told_on_its_order_its_page_and_before_a_refund(any_office: Office) -> None:
    shop = shop_of(any_office)
    with any_office.services.db.write() as tx:
        row = {"event_id": any_office.event.id, "product_no": ONE_DAY, "upgrade_no": FOUR_DAYS, "position": 0}
        tx.execute(insert(product_upgrades).values(row))
    browser, view = shop.paid("one_day")
    made = change(shop, browser, view)
    client = any_office.as_role(Role.SUPPORT)
    assert "Changed to Four days" in client.get(any_office.at(f"orders/{view.order.code}")).text
    assert "Changed from One day" in client.get(any_office.at(f"orders/{made.order.code}")).text
    ticket = client.get(any_office.at(f"tickets/{view.tickets[0].ticket.hex()}")).text
    assert "Changed into another ticket" in ticket
    assert "One day → Four days" in ticket
    assert "goes back with its ticket" in client.get(any_office.at(f"orders/{made.order.code}/refund")).text
    plan = client.get(any_office.at(f"orders/{view.order.code}/refund?p1=1")).text
    assert "Together: CZK\u00a0625" in plan
    assert "the change of the ticket: CZK\u00a0250" in plan
    alone = client.get(any_office.at(f"orders/{made.order.code}/refund?p1=1"))
    assert alone.status_code == 400
    assert "give back the ticket by its own order" in alone.text
    assert any_office.services.books.audit(any_office.event.id).differences == ()
