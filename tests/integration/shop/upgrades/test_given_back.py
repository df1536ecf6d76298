"""What a changed ticket gives back, and that the books know: all of it with the ticket, nothing alone, once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from syncserver.db.engine import Database
from syncserver.services.basket import Target
from syncserver.services.books import Books, Check
from syncserver.services.event_refund import EventRefund
from syncserver.services.orders import OrderState
from syncserver.services.payment_provider import PaymentState
from syncserver.services.return_plan import Wanted, full_price, terms_of
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import tickets as ticket_store
from tests.support.crashes import Died, failing_at
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import FOUR_DAYS, ONE_DAY
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.upgrade_event import (
    DIFFERENCE,
    FOUR,
    ONE,
    change,
    check,
    choose,
    give_back,
    products_of,
    stated,
    upgrade_event,
)

FIVE_DAYS = 6


def test_a_ticket_given_back_takes_the_difference_along(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    world.add_items(browser, view.tickets[0].ticket, "lunch", 1)
    made = change(world, browser, view)
    with pytest.raises(CannotBuy) as caught:
        give_back(world, made)
    assert caught.value.reason is Reason.WITH_TICKET
    with pytest.raises(CannotBuy) as caught:
        give_back(world, made, Wanted(1, 1))
    assert caught.value.reason is Reason.WITH_TICKET
    assert [(one.quantity, one.why_not) for one in world.shop.returns.offers(made.order.id, full_price)] == [
        (0, Reason.WITH_TICKET)
    ]
    (offer,) = world.shop.returns.offers(view.order.id, full_price)
    assert offer.amount_minor == FOUR
    assert give_back(world, view).amount_minor == FOUR + 18_900
    for one, cost in ((view, ONE), (made, DIFFERENCE)):
        now = world.shop.orders.view(one.order.id)
        assert (now.state, now.paid_minor, now.refunded_minor) == (OrderState.REFUNDED, 0, cost)
    assert stated(world, view).is_cancelled
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
    check(world)


def test_the_rules_of_what_the_ticket_is_now_say_what_is_given_for_it_with_one_fee(
    db: Database, tmp_path: Path
) -> None:
    """The one-day ticket alone could not go back at all."""
    ruled = {'upgrades_to = ["five_days"]': 'upgrades_to = ["five_days"]\nrefund = { percent = 80, fee = 20 }'}
    world = make_shop_world(db, tmp_path, upgrade_event(**ruled))
    browser, view = world.paid("one_day")
    terms = terms_of(world.catalogue, world.clock.now_ms())
    assert [one.why_not for one in world.shop.returns.offers(view.order.id, terms)] == [Reason.NOT_RETURNABLE]
    change(world, browser, view)
    plan = world.shop.returns.plan(view.order.id, None, terms)
    assert [one.amount_minor for one in plan.lines] == [48_000 - DIFFERENCE, DIFFERENCE]


def test_a_ticket_used_before_or_after_the_change_stays_with_its_difference(world: ShopWorld) -> None:
    for number, product in enumerate((ONE_DAY, FOUR_DAYS)):
        browser, view = world.paid("one_day")
        if product == ONE_DAY:
            use(kiosk_of(world), view.tickets[0].ticket, product)
        made = change(world, browser, view)
        if product == FOUR_DAYS:
            use(kiosk_of(world), view.tickets[0].ticket, product)
        with pytest.raises(CannotBuy) as caught:
            give_back(world, view, Wanted(1, 1))
        assert caught.value.reason is Reason.USED_ALREADY, number
        with pytest.raises(CannotBuy):
            give_back(world, made)
    check(world)


def test_a_cancelled_event_gives_tickets_back_with_their_differences_once(world: ShopWorld) -> None:
    sold = [world.paid("one_day") for _ in range(4)]
    changed = [change(world, *one) for one in sold[:3]]
    use(kiosk_of(world), sold[2][1].tickets[0].ticket, ONE_DAY)
    done = list(EventRefund(world.db, world.shop.returns).run(world.event.id, lambda: None))[-1]
    world.worker.run_all()
    # Kept: a ticket that was used and what changed it; the other two changes had gone with their tickets by then.
    assert (done.given_back, done.amount_minor, done.kept) == (3, 2 * FOUR + ONE, 4)
    paid = [world.shop.orders.view(one.order.id).paid_minor for one in (*(view for _, view in sold), *changed)]
    assert paid == [0, 0, ONE, 0, 0, 0, DIFFERENCE]
    assert world.taken() == {"people": 1, "grounds": 1, "ones": 0}
    check(world)


def test_a_ticket_may_be_changed_twice_and_what_was_paid_adds_up(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    change(world, browser, view)
    world.shop.vouchers.enter(world.catalogue, browser, "CLUB55")
    made = change(world, browser, view, "five_days")
    assert made.order.total_minor == 80_000 - FOUR
    assert products_of(world, view) == [FIVE_DAYS]
    assert stated(world, view).product_no == FIVE_DAYS
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
    assert give_back(world, view).amount_minor == 80_000
    check(world)


def test_a_change_and_a_lunch_may_be_one_order(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    world.clock.advance(60)
    choose(world, browser, view)
    target = Target(ticket=view.tickets[0].ticket)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)
    made = world.order(browser)
    world.pay(made, world.start(made))
    assert products_of(world, view) == [FOUR_DAYS]
    assert [(one.quantity, one.why_not) for one in world.shop.returns.offers(made.order.id, full_price)] == [
        (0, Reason.WITH_TICKET), (1, None),
    ]  # fmt: skip
    assert give_back(world, made).amount_minor == 18_900
    assert world.shop.orders.view(made.order.id).state is OrderState.FULFILLED
    assert stated(world, view).product_no == FOUR_DAYS
    assert not stated(world, view).is_cancelled
    check(world)
    with world.db.read() as tx:
        held = ticket_store.items_of(tx, world.event.id, [view.tickets[0].ticket])
    assert held == {}, "the lunch went back"


def test_a_crash_at_any_step_of_the_payment_leaves_all_or_nothing(world: ShopWorld) -> None:
    """Whoever paid gets the change, whatever broke on the way."""
    browser, view = world.paid("one_day")
    world.clock.advance(60)
    choose(world, browser, view)
    made = world.order(browser)
    ref = world.start(made)
    world.bank.decide(ref, PaymentState.PAID)
    step, died = 0, 0
    while True:
        step += 1
        try:
            with failing_at(world.db, step):
                world.tell(ref, f"event {step}")
            break
        except Died:
            died += 1
            assert world.shop.orders.view(made.order.id).paid_minor == 0
            assert world.taken() == {"people": 1, "grounds": 1, "ones": 1}
            assert products_of(world, view) == [ONE_DAY]
    assert died > 10
    for at in range(1, 12):
        with suppress(Died), failing_at(world.db, at):
            world.worker.run_all()
        world.clock.advance(3600)
    world.worker.run_all()
    assert (products_of(world, view), stated(world, view).product_no) == ([FOUR_DAYS], FOUR_DAYS)
    assert world.taken() == {"people": 1, "grounds": 1, "ones": 0}
    check(world)


def test_a_ticket_that_is_not_what_was_paid_is_named_by_the_books(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    made = change(world, browser, view)
    check(world)
    for planted, mended, expected, found in (
        ("order_positions SET is_replaced = true", "order_positions SET is_replaced = false", 1, 0),
        ("tickets SET product_no = 2", "tickets SET product_no = 1", FOUR_DAYS, ONE_DAY),
        ("order_positions SET is_replaced = false", "order_positions SET is_replaced = NOT is_upgrade", 1, 2),
    ):
        with world.db.write() as tx:
            tx.execute(text("UPDATE order_positions SET is_replaced = NOT is_upgrade"))
            tx.execute(text(f"UPDATE {planted}"))
        named = Books(world.db, world.clock).audit(world.event.id).differences
        assert [(one.check, one.expected, one.found) for one in named] == [(Check.BECAME, expected, found)], planted
        assert named[0].subject in {view.order.code, made.order.code}
        with world.db.write() as tx:
            tx.execute(text(f"UPDATE {mended}"))
    check_after_mending(world)


def check_after_mending(world: ShopWorld) -> None:
    with world.db.write() as tx:
        tx.execute(text("UPDATE order_positions SET is_replaced = NOT is_upgrade"))
    check(world)


def test_a_payment_for_a_ticket_that_was_given_back_meanwhile_goes_back(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    made = world.order(browser)
    ref = world.start(made)
    give_back(world, view)
    late = world.pay(made, ref)
    assert (late.state, late.refund_why, late.paid_minor) == (OrderState.REFUNDED, "ticket_gone", 0)
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
    check(world)


def test_what_is_in_a_basket_for_a_ticket_given_back_meanwhile_is_shown_to_be_taken_out(world: ShopWorld) -> None:
    """It counts in the total, so whoever could not see it could neither order nor take it out."""
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    target = Target(ticket=view.tickets[0].ticket)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)
    give_back(world, view)
    basket = world.shop.baskets.view(world.catalogue, browser)
    ((own, lines),) = basket.later
    assert (own.holder_name, [line.product.key for line in lines]) == ("", ["four_days", "lunch"])
    assert sum(line.total_minor for line in basket.lines) == basket.total_minor
    with pytest.raises(CannotBuy) as caught:
        world.order(browser)
    assert caught.value.reason is Reason.NEEDS_TICKET
    for line in lines:
        world.shop.baskets.remove(world.event, browser, line.row.id)
    assert world.shop.baskets.view(world.catalogue, browser).is_empty
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
