"""Vouchers open, set aside and take off exactly what they say, and never more often than they may."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from syncserver.db.engine import Database, DatabaseBusy
from syncserver.services.basket import HOLD_MS, Target
from syncserver.services.books import Check, Difference, differences_of
from syncserver.services.import_event import import_event
from syncserver.services.import_refused import ImportRefused
from syncserver.services.orders import PAY_MS, CheckoutForm, OrderState
from syncserver.services.payment_provider import PaymentState
from syncserver.services.shop_errors import CannotBuy, Reason
from tests.integration.shop.test_stock import at_once, refused_for
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.voucher_event import make_codes, uses_of, voucher_event

USES = 7


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, voucher_event())


def enter(world: ShopWorld, browser: bytes, code: str) -> None:
    world.shop.vouchers.enter(world.catalogue, browser, code)


def add(world: ShopWorld, browser: bytes, key: str = "four_days", count: int = 1) -> list[int]:
    return world.shop.baskets.add_tickets(world.catalogue, browser, world.product(key), None, count)


def reason_of(work: object, *args: object) -> Reason:
    with pytest.raises(CannotBuy) as caught:
        work(*args)  # type: ignore[operator]
    return caught.value.reason


def total(world: ShopWorld, browser: bytes) -> int:
    return world.shop.baskets.view(world.catalogue, browser).total_minor


# --- what is secret -------------------------------------------------------------------------------


def test_a_secret_ticket_is_bought_with_its_voucher_and_not_without(world: ShopWorld) -> None:
    browser = world.browser()
    assert reason_of(add, world, browser, "press") is Reason.NOT_ON_SALE
    [code] = make_codes(world)
    enter(world, browser, code)
    add(world, browser, "press")
    view = world.order(browser)
    assert view.state is OrderState.FULFILLED, "it costs nothing, and so needs no payment"
    assert view.vouchers == (("press", code[-4:]),)
    assert uses_of(world.db)[code[-4:]] == 1


def test_a_secret_item_goes_on_a_ticket_while_its_voucher_is_there(world: ShopWorld) -> None:
    browser, lounge = world.browser(), world.product("lounge")
    [line] = add(world, browser)
    target, add_item = Target(line_id=line), world.shop.baskets.add_item
    assert reason_of(add_item, world.catalogue, browser, lounge, None, 1, target) is Reason.NOT_ON_SALE
    enter(world, browser, make_codes(world)[0])
    add_item(world.catalogue, browser, lounge, None, 1, target)
    assert total(world, browser) == 62_500 + 9_900


def test_no_more_of_what_a_voucher_opens_than_it_says(world: ShopWorld) -> None:
    browser = world.browser()
    enter(world, browser, make_codes(world)[0])
    assert reason_of(add, world, browser, "press", 3) is Reason.LIMIT_VOUCHER
    add(world, browser, "press", 2)
    assert reason_of(add, world, browser, "press") is Reason.LIMIT_VOUCHER


def test_taking_a_voucher_out_takes_out_what_only_it_had_opened(world: ShopWorld) -> None:
    browser = world.browser()
    first, second = make_codes(world, count=2)
    enter(world, browser, first)
    enter(world, browser, second)
    add(world, browser)
    add(world, browser, "press")
    view = world.shop.baskets.view(world.catalogue, browser)
    assert [world.shop.vouchers.take_out(world.catalogue, browser, one.claim.id) for one in view.vouchers] == [0, 1]
    left = world.shop.baskets.view(world.catalogue, browser)
    assert [line.product.key for line in left.lines] == ["four_days"]
    assert set(uses_of(world.db).values()) == {0}


def test_what_a_lapsed_voucher_had_opened_cannot_be_ordered_once_another_has_its_use(world: ShopWorld) -> None:
    browser, other, [code] = world.browser(), world.browser(), make_codes(world)
    enter(world, browser, code)
    add(world, browser, "press")
    world.clock.advance(HOLD_MS / 1000 + 1)
    enter(world, other, code)
    assert reason_of(world.order, browser) is Reason.VOUCHER_USED_UP
    assert world.shop.baskets.view(world.catalogue, browser).opened == frozenset()


# --- how often ------------------------------------------------------------------------------------


def test_no_more_uses_than_there_are_whoever_enters_at_once(world: ShopWorld) -> None:
    [code] = make_codes(world, "press", 1, USES)

    def use(_: int) -> bool:
        try:
            enter(world, world.browser(), code)
        except CannotBuy as error:
            return refused_for(error, Reason.VOUCHER_USED_UP)
        return True

    assert at_once(use, 120) == USES
    assert uses_of(world.db)[code[-4:]] == USES


def test_a_use_comes_back_when_the_basket_lapses_or_the_voucher_is_taken_out(world: ShopWorld) -> None:
    first, second, third, [code] = world.browser(), world.browser(), world.browser(), make_codes(world)
    enter(world, first, code)
    assert reason_of(enter, world, second, code) is Reason.VOUCHER_USED_UP
    [one] = world.shop.baskets.view(world.catalogue, first).vouchers
    world.shop.vouchers.take_out(world.catalogue, first, one.claim.id)
    enter(world, second, code)
    world.clock.advance(HOLD_MS / 1000 + 1)
    enter(world, third, code)
    assert uses_of(world.db)[code[-4:]] == 1


def test_the_same_code_twice_in_one_basket_is_one_use(world: ShopWorld) -> None:
    browser = world.browser()
    enter(world, browser, "club10")
    enter(world, browser, " Club-10 ")
    assert uses_of(world.db)["CLUB10"] == 1


def test_any_mix_of_entering_ordering_paying_and_lapsing_keeps_the_count(
    db: Database, tmp_path: Path, rng: random.Random
) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 30", "uses = 100\n": "uses = 6\n"}))
    seeds = [rng.random() for _ in range(60)]

    def live(number: int) -> bool:
        mine = random.Random(seeds[number])
        try:
            one_life(world, mine, number)
        except (CannotBuy, DatabaseBusy):  # a deadlock would be an OperationalError, and fail the test
            return False
        return True

    assert at_once(live, len(seeds)) > 0
    world.worker.run_all()
    assert world.taken()["people"] <= 30
    assert uses_of(db)["GUESTS"] <= 6
    assert differences(world) == []


def differences(world: ShopWorld) -> list[Difference]:
    with world.db.read() as tx:
        return list(differences_of(tx, world.event.id, world.clock.now_ms()))


def test_the_books_name_a_voucher_whose_count_is_not_that_of_its_claims(world: ShopWorld) -> None:
    enter(world, world.browser(), "CLUB10")
    assert differences(world) == []
    with world.db.write() as tx:
        tx.execute(text("UPDATE vouchers SET used = used + 1 WHERE hint = 'CLUB10'"))
    assert differences(world) == [Difference(Check.VOUCHERS, "CLUB10", 1, 2)]


def one_life(world: ShopWorld, mine: random.Random, number: int) -> None:
    browser = world.browser()
    if mine.random() < 0.7:
        enter(world, browser, "GUESTS")
    add(world, browser, "four_days", mine.randint(1, 3))
    if mine.random() < 0.5:
        enter(world, browser, "CLUB10")
    if mine.random() < 0.3:
        world.clock.advance(HOLD_MS / 1000)
    if mine.random() < 0.3:
        for one in world.shop.baskets.view(world.catalogue, browser).vouchers:
            world.shop.vouchers.take_out(world.catalogue, browser, one.claim.id)
    form = CheckoutForm(f"the form of buyer {number}", "Anna Nová", f"buyer{number}@example.org", has_agreed=True)
    ref = world.start(world.shop.orders.view(world.shop.orders.place(world.catalogue, browser, form)))
    if mine.random() < 0.3:
        world.clock.advance(PAY_MS / 1000)
    world.bank.decide(ref, mine.choice((PaymentState.PAID, PaymentState.FAILED)))
    world.tell(ref, f"event of {number}")


# --- a late payment -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_late_payment_takes_the_vouchers_use_again_or_is_refunded(world: ShopWorld, *, is_taken: bool) -> None:
    browser, [code] = world.browser(), make_codes(world)
    enter(world, browser, code)
    add(world, browser)
    view = world.order(browser)
    ref = world.start(view)
    world.clock.advance(PAY_MS / 1000 + 1)
    if is_taken:
        enter(world, world.browser(), code)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    world.worker.run_all()
    state = world.shop.orders.view(view.order.id).state
    assert state is (OrderState.REFUNDED if is_taken else OrderState.FULFILLED)
    assert uses_of(world.db)[code[-4:]] == 1
    assert world.taken()["people"] == 4 + (0 if is_taken else 1)


# --- money ----------------------------------------------------------------------------------------


def test_a_percentage_is_off_the_order_and_stands_at_its_positions(world: ShopWorld) -> None:
    browser = world.browser()
    [line] = add(world, browser)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, Target(line_id=line))
    enter(world, browser, "CLUB10")
    assert total(world, browser) == 62_500 + 18_900 - 8_140
    view = world.order(browser)
    positions = [one for ticket in view.tickets for one in ticket.positions]
    assert [one.off_minor for one in positions] == [6_250, 1_890]
    assert sum(one.total_minor for one in positions) == view.order.total_minor == 73_260
    assert world.bank.payments[world.start(view)].amount_minor == 73_260


def test_an_amount_is_off_what_it_is_for_and_never_more_than_that_costs(world: ShopWorld) -> None:
    browser = world.browser()
    enter(world, browser, "LUNCH50")
    [line] = add(world, browser)
    assert total(world, browser) == 62_500
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 2, Target(line_id=line))
    assert total(world, browser) == 62_500 + 2 * 18_900 - 5_000


def test_one_order_takes_one_discount(world: ShopWorld) -> None:
    browser = world.browser()
    enter(world, browser, "CLUB10")
    assert reason_of(enter, world, browser, "LUNCH50") is Reason.VOUCHER_ONE_DISCOUNT


def test_one_person_uses_a_discount_as_often_as_it_says(world: ShopWorld) -> None:
    for expected in (None, Reason.VOUCHER_PERSON):
        browser = world.browser()
        add(world, browser)
        enter(world, browser, "CLUB10")
        if expected is None:
            world.order(browser)
        else:
            assert reason_of(world.order, browser) is expected


def test_one_person_at_once_uses_a_discount_as_often_as_it_says(world: ShopWorld) -> None:
    browsers = [world.browser() for _ in range(16)]
    for browser in browsers:
        add(world, browser)
        enter(world, browser, "CLUB10")

    def place(number: int) -> bool:
        try:
            world.order(browsers[number])
        except CannotBuy as error:
            return refused_for(error, Reason.VOUCHER_PERSON)
        return True

    assert at_once(place, 16) == 1


def test_an_order_is_not_placed_for_another_total_than_was_shown(world: ShopWorld) -> None:
    browser = world.browser()
    add(world, browser)
    form = CheckoutForm("a key of the form", "Anna Nová", "anna@example.org", has_agreed=True, total_minor=62_499)
    with pytest.raises(CannotBuy) as caught:
        world.shop.orders.place(world.catalogue, browser, form)
    assert caught.value.reason is Reason.PRICE_CHANGED


# --- places set aside -----------------------------------------------------------------------------


def test_places_set_aside_are_nobodys_but_the_vouchers(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 5"}))
    add(world, world.browser())
    assert reason_of(add, world, world.browser()) is Reason.SOLD_OUT
    guest, second = world.browser(), world.browser()
    enter(world, guest, "GUESTS")
    add(world, guest, "four_days", 2)
    assert reason_of(add, world, guest) is Reason.SOLD_OUT, "two an order come from what is set aside"
    enter(world, second, "GUESTS")
    add(world, second, "four_days", 2)
    assert world.taken()["people"] == 5


def test_what_was_drawn_goes_back_to_where_it_came_from(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 4"}))
    guest = world.browser()
    enter(world, guest, "GUESTS")
    add(world, guest, "four_days", 2)
    world.clock.advance(HOLD_MS / 1000 + 1)
    assert reason_of(add, world, world.browser()) is Reason.SOLD_OUT
    assert world.taken()["people"] == 4
    other = world.browser()
    enter(world, other, "GUESTS")
    add(world, other, "four_days", 2)
    third = world.browser()
    enter(world, third, "GUESTS")
    add(world, third, "four_days", 2)
    assert world.taken()["people"] == 4


def test_taking_the_voucher_out_frees_what_it_drew(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 5"}))
    guest = world.browser()
    enter(world, guest, "GUESTS")
    add(world, guest, "four_days", 2)
    [one] = world.shop.baskets.view(world.catalogue, guest).vouchers
    world.shop.vouchers.take_out(world.catalogue, guest, one.claim.id)
    view = world.shop.baskets.view(world.catalogue, guest)
    assert [line.is_held for line in view.lines] == [True, False], "there was one place for everyone"
    assert world.taken()["people"] == 5


def test_places_set_aside_are_everyones_once_the_offer_is_over(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, voucher_event(**{"size = 1000": "size = 4"}))
    over_ms = world.catalogue.offers["guests"].until_ms
    assert over_ms is not None
    world.clock.advance((over_ms - world.clock.now_ms()) / 1000)
    assert world.shop.catalogues.left(world.event)["people"].free == 4
    add(world, world.browser(), "four_days", 4)
    assert world.taken()["people"] == 4


def test_setting_aside_more_than_there_is_changes_nothing(world: ShopWorld) -> None:
    add(world, world.browser(), "four_days", 2)
    with pytest.raises(ImportRefused, match="has no room to set 999 places aside"):
        import_event(world.db, world.clock, voucher_event(**{"size = 4 ": "size = 999 "}))
    assert world.taken()["people"] == 6
    import_event(world.db, world.clock, voucher_event(**{"size = 4 ": "size = 9 "}))
    assert world.taken()["people"] == 11
    import_event(world.db, world.clock, voucher_event(**{'reserve = [{ quota = "people", size = 4 }]': "percent = 5"}))
    assert world.taken()["people"] == 2


def test_a_quota_and_what_is_set_aside_of_it_are_made_smaller_together(world: ShopWorld) -> None:
    add(world, world.browser(), "four_days", 2)
    with pytest.raises(ImportRefused, match="6 are sold or held"):
        import_event(world.db, world.clock, voucher_event(**{"size = 1000": "size = 5"}))
    assert world.taken()["people"] == 6
    import_event(world.db, world.clock, voucher_event(**{"size = 1000": "size = 3", "size = 4 ": "size = 1 "}))
    assert world.taken()["people"] == 3
    fewer = {"size = 1000": "size = 1", 'reserve = [{ quota = "people", size = 4 }]': "percent = 5"}
    with pytest.raises(ImportRefused, match="2 are sold or held"):
        import_event(world.db, world.clock, voucher_event(**fewer))
    assert world.taken()["people"] == 3, "an import that is refused gives nothing back"


# --- when it is good ------------------------------------------------------------------------------


def test_a_code_is_good_from_and_until_and_while_it_is_in_the_file(world: ShopWorld) -> None:
    assert reason_of(enter, world, world.browser(), "LATER") is Reason.VOUCHER_EARLY
    assert reason_of(enter, world, world.browser(), "NO-SUCH") is Reason.VOUCHER_UNKNOWN
    assert reason_of(enter, world, world.browser(), "") is Reason.VOUCHER_UNKNOWN
    import_event(world.db, world.clock, voucher_event(**{'code = "CLUB10"': 'code = "CLUB20"'}))
    assert reason_of(enter, world, world.browser(), "CLUB10") is Reason.VOUCHER_OVER
    enter(world, world.browser(), "CLUB20")


def test_a_voucher_withdrawn_from_a_basket_stops_its_order(world: ShopWorld) -> None:
    browser = world.browser()
    add(world, browser)
    enter(world, browser, "CLUB10")
    import_event(world.db, world.clock, voucher_event(**{'code = "CLUB10"': 'code = "CLUB20"'}))
    assert reason_of(world.order, browser) is Reason.VOUCHER_OVER
    [one] = world.shop.baskets.view(world.catalogue, browser).vouchers
    world.shop.vouchers.take_out(world.catalogue, browser, one.claim.id)
    assert world.order(browser).order.total_minor == 62_500
