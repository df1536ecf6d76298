"""What an account has: orders of its address, and one basket on every device."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncserver.db.engine import Database
from syncserver.services.basket import HOLD_MS, LINES_MAX, Target
from syncserver.services.basket_view import EXTENSIONS_MAX
from syncserver.services.payment_provider import PaymentState
from syncserver.services.visitors import Visitor
from syncserver.stores import baskets, holds
from tests.support.account_pages import ANNA, SHOP, Surfer, link_in, surfer
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event
from tests.support.voucher_event import make_codes, uses_of, voucher_event

TICKET = 'sentence = "All four days."'


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Surfer:
    return surfer(world, app)


@pytest.fixture
def phone(world: ShopWorld, app: Flask) -> Surfer:
    return surfer(world, app)


def paid(world: ShopWorld, count: int = 1) -> str:
    """An order of Anna's, paid; its code."""
    _, view, ref = world.buy(count=count)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref, ref)
    world.worker.run_all()
    return view.order.code


def standing(world: ShopWorld, key: bytes) -> list[int]:
    """How many holds stand for each line of a basket."""
    with world.db.read() as tx:
        basket = baskets.find(tx, world.event.id, key)
        lines = [] if basket is None else baskets.lines(tx, basket.id)
        return [holds.held_lines(tx, [line.id]).get(line.id, 0) for line in lines]


def key_of(world: ShopWorld, browser: Surfer) -> bytes:
    return world.shop.visitors.of_cookie(browser.cookie()).hash


def test_an_account_sees_every_order_of_its_address_and_no_other(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    codes = [paid(world), paid(world)]
    anna.sign_in()
    page = anna.get("account").text
    assert all(code in page for code in codes)
    assert page.count('class="pass slim"') == 2
    phone.sign_in("other@example.org")
    assert not any(code in phone.get("account").text for code in codes)


def test_an_order_made_later_without_signing_in_is_there_too(world: ShopWorld, anna: Surfer) -> None:
    anna.sign_in(ANNA.upper())
    code = paid(world)
    assert code in anna.get("account").text


def test_items_can_be_put_on_every_ticket_of_the_address(world: ShopWorld, anna: Surfer) -> None:
    paid(world)
    assert "ticket-" not in anna.get("item/lunch").text
    anna.sign_in()
    page = anna.get("item/lunch").text
    target = page[page.index("ticket-") :][:23]
    assert anna.send("basket/add", product="lunch", target=target).status_code == 303
    assert anna.count() == 1


def test_the_basket_comes_along_with_its_places(world: ShopWorld, anna: Surfer) -> None:
    anna.add(count=2)
    before = world.taken()
    answer = anna.sign_in()
    assert answer.headers["Location"] == f"{SHOP}basket?notice=signed_in"
    assert anna.count() == 2
    assert world.taken() == before
    assert standing(world, key_of(world, anna)) == [1, 1]


def test_two_devices_have_one_basket(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    anna.add()
    phone.add()
    phone.sign_in()
    assert (anna.count(), phone.count()) == (2, 2)
    phone.add()
    assert anna.count() == 3


def test_an_item_stays_on_its_ticket(world: ShopWorld, anna: Surfer) -> None:
    anna.add()
    line = anna.get("item/lunch").text.partition("line-")[2].partition('"')[0]
    anna.send("basket/add", product="lunch", count=1, target=f"line-{line}")
    anna.sign_in()
    view = world.shop.baskets.view(world.catalogue, key_of(world, anna))
    assert [[item.product.key for item in ticket.items] for ticket in view.tickets] == [["lunch"]]


def test_a_basket_whose_time_is_over_comes_along_and_asks_again(world: ShopWorld, anna: Surfer) -> None:
    anna.add()
    anna.ask()
    world.clock.advance((HOLD_MS - 1) / 1000)
    world.worker.run_all()
    world.clock.advance(0.001)
    anna.sign_in()
    view = world.shop.baskets.view(world.catalogue, key_of(world, anna))
    assert (view.count, view.is_held) == (1, False)


def test_time_won_by_signing_in_counts_as_an_extension(world: ShopWorld, anna: Surfer, app: Flask) -> None:
    anna.sign_in()
    anna.add()
    key = key_of(world, anna)
    for _ in range(9):
        other = surfer(world, app)
        other.add()
        world.clock.advance((6 * 60_000) / 1000)
        other.sign_in()
    assert world.shop.baskets.view(world.catalogue, key).extensions_left == EXTENSIONS_MAX - 9


def test_signing_in_as_somebody_else_takes_nothing_of_the_first(world: ShopWorld, anna: Surfer) -> None:
    paid(world)
    anna.sign_in()
    anna.add()
    anna.sign_in("other@example.org")
    assert anna.count() == 0
    assert "ticket-" not in anna.get("item/lunch").text


@pytest.fixture
def tight(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**{TICKET: f"{TICKET}\nlimit_per_order = 4"}))


def test_what_would_be_over_a_limit_stays_behind_and_its_places_are_free(tight: ShopWorld) -> None:
    app = app_of(tight)
    anna, phone = surfer(tight, app), surfer(tight, app)
    anna.sign_in()
    anna.add(count=3)
    phone.add(count=2)
    answer = phone.sign_in()
    assert answer.headers["Location"] == f"{SHOP}basket?notice=some_left_behind"
    assert "Not everything could come" in phone.get("basket?notice=some_left_behind").text
    assert phone.count() == 4
    assert tight.taken()["people"] == 4


@pytest.fixture
def vouchers(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, voucher_event())


def test_vouchers_come_along_with_what_they_open(vouchers: ShopWorld) -> None:
    visitor, [code] = vouchers.shop.visitors.new(), make_codes(vouchers)
    vouchers.shop.vouchers.enter(vouchers.catalogue, visitor.hash, code)
    vouchers.shop.baskets.add_tickets(vouchers.catalogue, visitor.hash, vouchers.product("press"), None, 1)
    account, left = signed_in(vouchers, visitor, ANNA)
    view = vouchers.shop.baskets.view(vouchers.catalogue, account.hash)
    assert (left, [one.offer.key for one in view.vouchers], view.is_held) == (0, ["press"], True)
    assert [ticket.product.key for ticket in view.tickets] == ["press"]
    assert uses_of(vouchers.db)[code[-4:]] == 1


@pytest.mark.parametrize(("first", "second", "behind"), [("CLUB10", "LUNCH50", 1), ("CLUB10", "CLUB10", 0)])
def test_a_second_discount_stays_behind_and_its_use_is_free(
    vouchers: ShopWorld, first: str, second: str, behind: int
) -> None:
    visits = [vouchers.shop.visitors.new() for _ in range(2)]
    before = uses_of(vouchers.db)
    for visitor, code in zip(visits, (first, second), strict=True):
        vouchers.shop.vouchers.enter(vouchers.catalogue, visitor.hash, code)
        vouchers.shop.baskets.add_tickets(vouchers.catalogue, visitor.hash, vouchers.product("four_days"), None, 1)
    signed_in(vouchers, visits[0], ANNA)
    account, left = signed_in(vouchers, visits[1], ANNA)
    view = vouchers.shop.baskets.view(vouchers.catalogue, account.hash)
    assert (left, len(view.vouchers), view.count) == (behind, 1, 2)
    assert sum(uses_of(vouchers.db).values()) - sum(before.values()) == 1


def test_what_two_baskets_drew_from_one_reserve_is_no_more_than_an_order_may(vouchers: ShopWorld) -> None:
    visits = [vouchers.shop.visitors.new() for _ in range(2)]
    for visitor in visits:
        vouchers.shop.vouchers.enter(vouchers.catalogue, visitor.hash, "GUESTS")
        vouchers.shop.baskets.add_tickets(vouchers.catalogue, visitor.hash, vouchers.product("four_days"), None, 2)
    for visitor in visits:
        account, _ = signed_in(vouchers, visitor, ANNA)
    view = vouchers.shop.baskets.view(vouchers.catalogue, account.hash)
    assert (view.count, len(view.vouchers), view.is_held) == (4, 1, True)
    vouchers.taken()
    assert vouchers.order(account.hash).order.total_minor > 0
    vouchers.taken()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=st.integers(1, 40), other=st.integers(1, 40), items=st.integers(0, 3))
def test_whatever_comes_together_is_in_one_basket_or_free_again(
    world: ShopWorld, mine: int, other: int, items: int
) -> None:
    before, first, second = world.taken().get("people", 0), world.shop.visitors.new(), world.shop.visitors.new()
    for visitor, count in ((first, mine), (second, other)):
        lines = world.shop.baskets.add_tickets(world.catalogue, visitor.hash, world.product("four_days"), None, count)
        for line in lines[:items]:
            lunch = world.product("lunch")
            world.shop.baskets.add_item(world.catalogue, visitor.hash, lunch, None, 1, Target(line_id=line))
    mail = f"{secrets.token_hex(8)}@example.org"
    visitor, _ = signed_in(world, first, mail)
    both, left = signed_in(world, second, mail)
    assert both.hash == visitor.hash
    view = world.shop.baskets.view(world.catalogue, both.hash)
    wanted = sum(count + min(items, count) for count in (mine, other))
    assert view.count + left == wanted
    assert (left > 0) == (wanted > LINES_MAX)
    assert view.is_held
    assert world.taken()["people"] - before == len(view.tickets)


def signed_in(world: ShopWorld, visitor: Visitor, mail: str) -> tuple[Visitor, int]:
    """The visitor after a press of the button, and what stayed behind."""
    world.shop.buyers.ask_link(world.event, "en", mail)
    world.worker.run_all()
    done = world.shop.buyers.use_link(link_in(world).rpartition("/")[2], visitor)
    assert done is not None
    return done.visitor, done.left_behind
