"""Staff give money back: what and how much first, once per form, written down, and only with the right."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from syncserver.services.orders import OrderState, OrderView
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.busy_office import sell, shop_of
from tests.support.shop_world import ShopWorld


def hidden(reply: TestResponse) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', reply.text.rpartition("<form")[2]))


def test_a_line_is_given_back_after_its_amount_was_shown(any_office: Office) -> None:
    shop = shop_of(any_office)
    view = sell(shop, 2)
    client, at = any_office.as_role(Role.SUPPORT), any_office.at(f"orders/{view.order.code}")
    assert f"{at}/refund" in client.get(at).text
    assert "This goes back" not in client.get(f"{at}/refund").text
    page = client.get(f"{at}/refund?p1=1")
    assert "Together: CZK\u00a0625" in page.text
    form = hidden(page)
    assert (form["p1"], form["shown"]) == ("1", "62500")
    for _ in range(2):
        assert client.post(f"{at}/refund", data=form).status_code == 303
    shop.worker.run_all()
    now = shop.shop.orders.view(view.order.id)
    assert (now.state, now.paid_minor, now.refunded_minor) == (OrderState.FULFILLED, 62_500, 62_500)
    assert "1 given back" in client.get(at).text
    staff = any_office.as_role(Role.ADMIN).get(any_office.at("staff")).text
    assert staff.count("gave money back of the order") == 1


def refused_refund(office: Office) -> tuple[ShopWorld, OrderView]:
    """A paid order whose money the bank would not take back."""
    shop = shop_of(office)
    view = sell(shop)
    client, at = office.as_role(Role.SUPPORT), office.at(f"orders/{view.order.code}/refund")
    form = hidden(client.get(f"{at}?p1=1"))
    shop.bank.refuses_refunds = True
    assert client.post(at, data=form).status_code == 303
    shop.worker.run_all()
    return shop, view


def test_money_the_provider_refuses_is_given_back_by_hand_once_and_the_books_hold(any_office: Office) -> None:
    shop, view = refused_refund(any_office)
    client, at = any_office.as_role(Role.ACCOUNTANT), any_office.at(f"orders/{view.order.code}")
    page = client.get(at)
    assert "refused by the provider" in page.text
    form = hidden(page) | {"how": "bank transfer 2028/114"}
    for _ in range(2):
        assert client.post(f"{at}/refund/by-hand", data=form).status_code == 303
    shop.worker.run_all()
    assert shop.shop.orders.view(view.order.id).paid_minor == 0
    after = client.get(at).text
    assert "by hand: bank transfer 2028/114" in after
    assert "refused by the provider" not in after
    assert any_office.services.books.audit(any_office.event.id).differences == ()
    assert shop.shop.payments.reconcile(0).refunded_otherwise == (), "the bank knows nothing of it, and need not"
    staff = any_office.as_role(Role.ADMIN).get(any_office.at("staff")).text
    assert staff.count("gave money of the order back by hand") == 1


def test_only_what_was_refused_can_be_given_back_by_hand_and_how_must_be_said(any_office: Office) -> None:
    shop, view = refused_refund(any_office)
    client, at = any_office.as_role(Role.ACCOUNTANT), any_office.at(f"orders/{view.order.code}")
    form = hidden(client.get(at))
    for wrong in ({"how": " "}, {"how": "x" * 201}, {"how": "cash", "refund": "0"}, {"how": "cash", "refund": "x"}):
        assert client.post(f"{at}/refund/by-hand", data=form | wrong).status_code == 400
    other = sell(shop)
    elsewhere = any_office.at(f"orders/{other.order.code}/refund/by-hand")
    assert client.post(elsewhere, data=form | {"how": "cash"}).status_code == 400, "a refund of another order"
    assert shop.shop.orders.view(view.order.id).paid_minor == 62_500


def test_a_refund_under_way_cannot_be_given_back_by_hand(any_office: Office) -> None:
    shop = shop_of(any_office)
    view = sell(shop)
    client, at = any_office.as_role(Role.SUPPORT), any_office.at(f"orders/{view.order.code}")
    form = hidden(client.get(f"{at}/refund?p1=1"))
    assert client.post(f"{at}/refund", data=form).status_code == 303
    reply = client.post(f"{at}/refund/by-hand", data=form | {"refund": "1", "how": "cash"})
    assert reply.status_code == 400
    assert "was not refused" in reply.text


def test_another_amount_than_the_one_shown_changes_nothing(any_office: Office) -> None:
    shop = shop_of(any_office)
    view = sell(shop)
    client, at = any_office.as_role(Role.ACCOUNTANT), any_office.at(f"orders/{view.order.code}/refund")
    form = hidden(client.get(f"{at}?p1=1"))
    for shown in ("62499", "", "-1", "9" * 40):
        reply = client.post(at, data={**form, "shown": shown})
        assert reply.status_code == 400
        assert "the amount is another" in reply.text
    shop.worker.run_all()
    assert shop.shop.orders.view(view.order.id).refunded_minor == 0


def test_more_than_there_is_is_refused_in_words(any_office: Office) -> None:
    shop = shop_of(any_office)
    view, (_, unpaid, _) = sell(shop), shop.buy()
    client = any_office.as_role(Role.SUPPORT)
    reply = client.get(any_office.at(f"orders/{view.order.code}/refund?p1=1&p2=5"))
    assert reply.status_code == 200, "positions the order has not are passed over"
    assert client.get(any_office.at(f"orders/{view.order.code}/refund?p1=2")).status_code == 400
    page = client.get(any_office.at(f"orders/{unpaid.order.code}/refund?p1=1"))
    assert page.status_code == 400
    assert "nothing of this order can be given back" in page.text


def test_staff_correct_address_and_names_and_the_code_stays(any_office: Office) -> None:
    shop = shop_of(any_office)
    view = sell(shop)
    (before,) = shop.shop.tickets.shown(view, "en")
    client, at = any_office.as_role(Role.SUPPORT), f"orders/{view.order.code}"
    name = f"name-{view.tickets[0].ticket.hex()}"
    assert name in client.get(any_office.at(f"{at}/correct")).text
    for mail, called in (("no address", "Anna"), ("new@example.org", " ")):
        form = {"mail": mail, name: called}
        assert any_office.post(client, at, f"{at}/correct", **form).status_code == 400
    form = {"mail": "new@example.org", name: "Anna Černá"}
    for _ in range(2):
        assert any_office.post(client, at, f"{at}/correct", **form).status_code == 303
    shop.worker.run_all()
    now = shop.shop.orders.view(view.order.id)
    (after,) = shop.shop.tickets.shown(now, "en")
    assert (now.order.mail, after.holder, after.pass_) == ("new@example.org", "Anna Černá", before.pass_)
    told = [(mail["To"].addresses[0].addr_spec, str(mail["Subject"])[:12]) for mail in shop.letterbox.mails[1:]]
    assert sorted(told) == [("anna@example.org", "Another addr"), ("new@example.org", "Your tickets")]
    staff = any_office.as_role(Role.ADMIN).get(any_office.at("staff")).text
    assert staff.count("corrected address or names of the order") == 1
