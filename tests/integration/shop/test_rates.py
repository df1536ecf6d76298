"""How often what may be done: a crowd behind one address gets through, one cookie that hammers does not."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from shop_web import rates
from syncserver.services.rates import Doer, Rate
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.visitors import Buyer, Visitor
from tests.support.shop_world import NOW_MS, ShopWorld

SHOP = "/en/trial/"
README = Path(__file__).resolve().parents[3] / "shop_web" / "README.md"
FEW = Rate("try", 60, own_max=3, network_max=10, newcomers_max=5)
CARRIER, OTHER = "203.0.113.7", "203.0.113.8"


@dataclass(frozen=True)
class Crowd:
    """Forms sent in this order: by whom (a number for each browser, -1: another new one each time), from where."""

    name: str
    sent: tuple[tuple[int, str], ...]
    let_through: int


def times(count: int, who: int, address: str = CARRIER) -> tuple[tuple[int, str], ...]:
    return ((who, address),) * count


CROWDS = (
    Crowd("one cookie that hammers: its first form, then its own bound", times(9, 1), 1 + 3),
    Crowd("its neighbours go on", (*times(9, 1), *times(3, 2)), 1 + 3 + 3),
    Crowd("cookies dropped each time: the bound of newcomers", times(9, -1), 5),
    Crowd("whoever was here before goes on beside them", (*times(2, 1), *times(9, -1), *times(2, 1)), 2 + 4 + 2),
    Crowd("all who were here before: the network's bound", tuple(x for n in range(5) for x in times(4, n)), 5 + 10),
    Crowd("another IPv4 is another network", (*times(9, -1), *times(9, -1, OTHER)), 5 + 5),
    Crowd("one /64 of IPv6 is one network", (*times(4, -1, "2001:db8::1"), *times(4, -1, "2001:db8::ffff:2")), 5),
    Crowd("another /64 is another", (*times(9, -1, "2001:db8:0:1::1"), *times(9, -1, "2001:db8:0:2::1")), 5 + 5),
    Crowd("what is no address is one network", (*times(4, -1, ""), *times(4, -1, "?")), 5),
)


@pytest.mark.parametrize("crowd", CROWDS, ids=lambda crowd: crowd.name)
def test_forms_are_let_through(world: ShopWorld, crowd: Crowd) -> None:
    visitors, known = world.shop.visitors, dict[int, Visitor]()
    told = []
    for who, address in crowd.sent:
        visitor = visitors.new() if who < 0 else known.setdefault(who, visitors.new())
        told.append(answer_to(world, visitor, address))
    assert told.count(None) == crowd.let_through
    assert set(told) <= {None, Reason.TOO_MANY_REQUESTS}


def answer_to(world: ShopWorld, visitor: Visitor, address: str) -> Reason | None:
    """Why a form was refused."""
    try:
        world.shop.visitors.sent_form(visitor, FEW, address)
    except CannotBuy as error:
        return error.reason
    return None


def test_an_account_is_counted_as_one_in_all_its_browsers(world: ShopWorld) -> None:
    buyer = Buyer(1, "a@example.org", "a@example.org", has_password=False, proved_ms=None)
    browsers = [Visitor(f"cookie {n}", b"key", "token", is_new=False, buyer=buyer) for n in range(4)]
    for number, browser in enumerate(browsers):
        if number < FEW.own_max:
            assert world.shop.visitors.sent_form(browser, FEW, f"192.0.2.{number}")
        else:
            with pytest.raises(CannotBuy):
                world.shop.visitors.sent_form(browser, FEW, f"192.0.2.{number}")


@pytest.mark.parametrize("past_s", [0, 1, 59])
def test_one_is_told_when_to_try_again_and_then_it_goes(world: ShopWorld, past_s: int) -> None:
    world.clock.set_wall(NOW_MS // 60_000 * 60_000 + past_s * 1000)
    doer = Doer(b"x", CARRIER, is_known=True)
    for _ in range(FEW.own_max):
        world.shop.visitors.limit(FEW, doer)
    with pytest.raises(CannotBuy) as caught:
        world.shop.visitors.limit(FEW, doer)
    assert caught.value.limit == 60 - past_s
    world.clock.advance(caught.value.limit)
    world.shop.visitors.limit(FEW, doer)


def token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', page)
    assert found is not None
    return found[1]


def buys(app: Flask, address: str) -> str:
    """One buyer's whole way to the bank, by the pages; where it led."""
    client, there = app.test_client(), {"REMOTE_ADDR": address}
    token = token_of(client.get(SHOP, environ_base=there).text)
    form = {"form_token": token, "product": "four_days", "count": 1}
    client.post(f"{SHOP}basket/add", data=form, environ_base=there)
    order = {"name": "Anna Nová", "mail": f"{secrets.token_hex(4)}@example.org", "terms": "yes"}
    order |= {"form_key": secrets.token_hex(12), "form_token": token}
    return client.post(f"{SHOP}checkout", data=order, environ_base=there).headers.get("Location", "")


def test_buyers_of_one_carrier_get_through_when_the_sale_opens(app: Flask) -> None:
    """More of them than one network might order in ten minutes before."""
    assert all("bank.test" in buys(app, CARRIER) for _ in range(40))


def test_the_pages_numbers_let_hundreds_through_behind_one_address() -> None:
    assert rates.FORMS.newcomers_max >= 500
    assert rates.FORMS.network_max >= 2 * rates.FORMS.newcomers_max
    assert rates.ORDERS.network_max >= 500


@pytest.mark.parametrize("rate", rates.ALL, ids=lambda rate: rate.action)
def test_one_browser_is_narrow_and_newcomers_are_narrower_than_their_network(rate: Rate) -> None:
    assert rate.own_max < rate.network_max
    assert rate.newcomers_max < rate.network_max


def test_whoever_orders_too_often_gets_a_page_that_says_when_again(world: ShopWorld, app: Flask) -> None:
    world.clock.set_wall(NOW_MS // 600_000 * 600_000)
    client = app.test_client()
    token = token_of(client.get(SHOP).text)
    client.post(f"{SHOP}basket/add", data={"form_token": token, "product": "four_days", "count": 1})
    for _ in range(rates.ORDERS.own_max):
        client.post(f"{SHOP}checkout", data={"form_token": token})
    world.clock.advance(45)
    answer = client.post(f"{SHOP}checkout", data={"form_token": token, "name": "Anna"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "555")
    assert "Please try again in 10 minutes." in answer.text
    assert 'value="Anna"' in answer.text, "what was typed is kept"


def test_a_form_that_leads_elsewhere_says_it_there(world: ShopWorld, app: Flask) -> None:
    world.clock.set_wall(NOW_MS // 60_000 * 60_000)
    client = app.test_client()
    token = token_of(client.get(SHOP).text)
    form = {"form_token": token, "product": "four_days", "count": 1}
    for _ in range(rates.FORMS.own_max + 1):
        client.post(f"{SHOP}basket/extend", data=form)
    world.clock.advance(20)
    answer = client.post(f"{SHOP}basket/add", data=form, follow_redirects=True)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert "Please try again in 40 seconds." in answer.text


def test_whoever_guesses_addresses_is_told_when_again(world: ShopWorld, app: Flask) -> None:
    world.clock.set_wall(NOW_MS // 60_000 * 60_000)
    client = app.test_client()
    for number in range(rates.LINKS.newcomers_max):
        assert client.get(f"{SHOP}order/{number:022}").status_code == 404
    answer = client.get(f"{SHOP}order/{1:022}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_the_table_in_the_readme_is_what_holds() -> None:
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \|[^|]*\| (\d+) min \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    told = {name: tuple(int(one.replace(",", "")) for one in numbers) for name, *numbers in rows}
    assert told == {
        one.action: (one.window_s // 60, one.own_max, one.network_max, one.newcomers_max) for one in rates.ALL
    }
