"""Every way a payment can be told of, in every order, ends the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from syncserver.db.engine import Database
from syncserver.db.tables_shop import movements, refunds, stray_payments
from syncserver.services.basket import EXTENSION_MS
from syncserver.services.orders import PAY_MS, OrderState
from syncserver.services.payment_provider import PaymentState, ProviderPayment, ProviderUnreachable
from syncserver.services.payments import ATTEMPTS_MAX, Returned
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import payments as payment_store
from tests.support.shop_world import NOW_MS, ShopWorld, make_shop_world
from tests.support.small_event import small_event

PRICE = 62_500


def money(world: ShopWorld) -> list[int]:
    with world.db.read() as tx:
        return list(tx.scalars(select(movements.c.amount_minor).order_by(movements.c.id)))


def state(world: ShopWorld, order_id: int) -> OrderState:
    return world.shop.orders.view(order_id).state


def test_a_paid_webhook_fulfils_the_order_once(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    assert [world.tell(ref), world.tell(ref), world.tell(ref, "ev2")] == ["APPLIED", "SEEN", "APPLIED"]
    assert state(world, view.order.id) is OrderState.FULFILLED
    assert money(world) == [PRICE]
    world.worker.run_all()
    assert len(world.letterbox.mails) == 1
    assert world.taken() == {"people": 1}


@pytest.mark.parametrize("way", ["webhook", "return", "poller", "order page", "reconciler"])
def test_every_way_leads_to_the_same_end(world: ShopWorld, way: str) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    pay = world.shop.payments
    match way:
        case "webhook":
            world.tell(ref)
        case "return":
            with world.db.read() as tx:
                key = payment_store.of_order(tx, view.order.id)[0].key
            assert pay.returned(pay._at.return_key(key)) == Returned(view.order.id, view.order.event_id, has_heard=True)
        case "poller":
            world.clock.advance(21)
            world.worker.run_all()
        case "order page":
            pay.check_order(view.order.id)
        case "reconciler":
            assert pay.reconcile(0).updated == 1
    assert state(world, view.order.id) is OrderState.FULFILLED
    assert money(world) == [PRICE]


def test_news_out_of_order_cannot_undo_a_payment(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref, "ev2")
    world.bank.decide(ref, PaymentState.PENDING)  # a stale answer of a bank's replica
    world.tell(ref, "ev1")
    assert state(world, view.order.id) is OrderState.FULFILLED


def test_a_pending_payment_is_looked_at_until_it_is_decided(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PENDING)
    world.clock.advance(21)
    world.worker.run_all()
    assert state(world, view.order.id) is OrderState.CHECKING
    world.bank.decide(ref, PaymentState.PAID)
    world.clock.advance(41)
    world.worker.run_all()
    assert state(world, view.order.id) is OrderState.FULFILLED


def test_a_declined_payment_can_be_tried_again(world: ShopWorld) -> None:
    _, view, first = world.buy()
    world.bank.decide(first, PaymentState.FAILED)
    world.tell(first)
    assert state(world, view.order.id) is OrderState.AWAITING
    second = world.start(view)
    assert second != first
    world.bank.decide(second, PaymentState.PAID)
    world.tell(second, "ev2")
    assert state(world, view.order.id) is OrderState.FULFILLED


def test_pressing_pay_twice_makes_one_payment(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    assert world.start(view) == ref
    assert len(world.bank.payments) == 1


def test_a_bank_that_is_down_keeps_the_order_and_the_places(world: ShopWorld) -> None:
    world.bank.is_down = True
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 2)
    view = world.order(browser)
    with pytest.raises(CannotBuy) as caught:
        world.shop.payments.start(view.order.id, "x")
    assert caught.value.reason is Reason.PAYMENT_UNREACHABLE
    world.bank.is_down = False
    world.bank.decide(world.start(view), PaymentState.PAID)
    world.shop.payments.check_order(view.order.id)
    assert state(world, view.order.id) is OrderState.FULFILLED
    assert world.taken() == {"people": 2}


def test_a_payment_that_is_paid_is_not_asked_about_again(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    world.bank.is_down = True
    assert world.tell(ref, "told again") == "APPLIED"
    with world.db.read() as tx:
        (payment,) = payment_store.of_order(tx, view.order.id)
    assert world.shop.payments.check(payment.id) is PaymentState.PAID
    assert money(world) == [PRICE]


def test_a_webhook_that_cannot_be_looked_up_is_not_swallowed(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.bank.decide(ref, PaymentState.PAID)
    world.bank.is_down = True
    with pytest.raises(ProviderUnreachable):
        world.tell(ref)
    world.bank.is_down = False
    assert world.tell(ref) == "APPLIED"
    assert state(world, view.order.id) is OrderState.FULFILLED


@pytest.mark.parametrize(("amount", "currency"), [(PRICE - 1, "CZK"), (PRICE + 1, "CZK"), (PRICE, "EUR")])
def test_another_amount_or_currency_buys_nothing_and_goes_back(world: ShopWorld, amount: int, currency: str) -> None:
    _, view, ref = world.buy()
    wrong = replace(world.bank.payments[ref], amount_minor=amount, currency=currency, state=PaymentState.PAID)
    world.bank.payments[ref] = wrong
    world.tell(ref)
    world.worker.run_all()
    assert view.order.fulfilled_ms is None
    assert state(world, view.order.id) is OrderState.REFUNDED
    assert money(world) == [amount, -amount]
    assert world.bank.payments[ref].refunded_minor == amount
    assert "Your money goes back" in str(world.letterbox.mails[0]["Subject"])


def test_a_late_payment_gets_its_place_back_if_there_is_one(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    world.clock.advance(PAY_MS / 1000 + 1)
    assert state(world, view.order.id) is OrderState.LAPSED
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    assert state(world, view.order.id) is OrderState.FULFILLED
    assert world.taken() == {"people": 1}


def test_a_late_payment_for_a_place_that_is_gone_is_refunded_and_the_buyer_is_told(
    db: Database, tmp_path: Path
) -> None:
    world = make_shop_world(db, tmp_path, small_event(**{"size = 1000": "size = 1"}))
    _, late, ref = world.buy()
    world.clock.advance(PAY_MS / 1000 + 1)
    _, quick, other = world.buy()  # takes the only place once the first one's time is over
    world.bank.decide(other, PaymentState.PAID)
    world.tell(other)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref, "ev2")
    world.worker.run_all()
    assert state(world, quick.order.id) is OrderState.FULFILLED
    assert state(world, late.order.id) is OrderState.REFUNDED
    assert money(world) == [PRICE, PRICE, -PRICE]
    told = [str(mail["Subject"]) for mail in world.letterbox.mails]
    assert len(told) == 2
    assert any("goes back" in subject for subject in told)
    assert world.taken() == {"people": 1}


def one_place(db: Database, folder: Path) -> ShopWorld:
    return make_shop_world(db, folder, small_event(**{"size = 1000": "size = 1"}))


@pytest.mark.parametrize("attempt", [PaymentState.CREATED, PaymentState.PENDING, PaymentState.FAILED, None])
def test_nobody_is_sent_to_pay_for_what_went_to_others_meanwhile(
    db: Database, tmp_path: Path, attempt: PaymentState | None
) -> None:
    """Whatever became of the first attempt; None: the bank did not answer when it was begun."""
    world = one_place(db, tmp_path)
    world.bank.is_down = attempt is None
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    late = world.order(browser)
    if attempt is None:
        with pytest.raises(CannotBuy):
            world.start(late)
        world.bank.is_down = False
    else:
        ref = world.start(late)
        world.bank.decide(ref, attempt)
        world.tell(ref)
    world.clock.advance(PAY_MS / 1000 + 1)
    _, quick, _ = world.buy()
    for _ in range(2):
        with pytest.raises(CannotBuy) as caught:
            world.start(late)
        assert caught.value.reason is Reason.PLACES_GONE
    assert state(world, late.order.id) in {OrderState.LAPSED, OrderState.CHECKING}
    world.clock.advance(PAY_MS / 1000 + 1)
    world.bank.decide(world.start(late), PaymentState.PAID)
    with pytest.raises(CannotBuy):
        world.start(quick)
    world.shop.payments.check_order(late.order.id)
    assert state(world, late.order.id) is OrderState.FULFILLED
    assert world.taken() == {"people": 1}


def test_who_failed_to_pay_too_often_is_told_that_and_not_that_the_places_went(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    for _ in range(ATTEMPTS_MAX - 1):
        world.bank.decide(ref, PaymentState.FAILED)
        world.shop.payments.check_order(view.order.id)
        ref = world.start(view)
    world.bank.decide(ref, PaymentState.FAILED)
    world.shop.payments.check_order(view.order.id)
    with pytest.raises(CannotBuy) as caught:
        world.start(view)
    assert (caught.value.reason, caught.value.limit) == (Reason.PAID_TOO_OFTEN, ATTEMPTS_MAX)
    assert world.taken() == {"people": 1}, "its place is its own until its time is over"


def test_who_goes_on_with_a_payment_after_its_time_has_the_places_held_again(db: Database, tmp_path: Path) -> None:
    world = one_place(db, tmp_path)
    _, late, ref = world.buy()
    world.clock.advance(PAY_MS / 1000 + 1)
    assert world.start(late) == ref, "the same payment, so that it cannot be paid twice"
    assert state(world, late.order.id) is OrderState.AWAITING
    with pytest.raises(CannotBuy):
        world.buy()
    world.clock.advance(EXTENSION_MS / 1000 + 1)
    world.buy()


def test_an_order_paid_twice_gives_the_second_payment_back(world: ShopWorld) -> None:
    _, view, first = world.buy()
    world.bank.decide(first, PaymentState.FAILED)
    world.tell(first)
    second = world.start(view)
    world.bank.decide(second, PaymentState.PAID)
    world.tell(second, "ev2")
    with world.db.write() as tx:  # as if our own record of the first had been lost
        payment = payment_store.of_order(tx, view.order.id)[0]
        payment_store.set_state(tx, payment.id, PaymentState.CREATED, 0)
    world.bank.decide(first, PaymentState.PAID)
    world.tell(first, "ev3")
    world.worker.run_all()
    assert money(world) == [PRICE, PRICE, -PRICE]
    assert state(world, view.order.id) is OrderState.FULFILLED


def test_a_refund_whose_answer_was_lost_is_made_once(world: ShopWorld) -> None:
    _, _, ref = world.buy()
    world.bank.payments[ref] = replace(world.bank.payments[ref], amount_minor=1, state=PaymentState.PAID)
    world.tell(ref)
    world.bank.is_down = True
    world.worker.run_all()
    world.bank.is_down = False
    world.clock.advance(3600)
    world.worker.run_all()
    assert world.bank.payments[ref].refunded_minor == 1
    with world.db.read() as tx:
        assert tx.execute(select(refunds.c.made_ms)).scalar_one() is not None


def test_the_reconciler_lists_payments_whose_order_is_not_here(world: ShopWorld) -> None:
    world.bank.payments["refX"] = ProviderPayment("refX", "k", "LOST01", PaymentState.PAID, 99, "CZK", 0, NOW_MS)
    for _ in range(2):
        found = world.shop.payments.reconcile(0)
        assert [stray.order_code for stray in found.strays] == ["LOST01"]
    with world.db.read() as tx:
        assert len(tx.execute(select(stray_payments)).all()) == 1


def test_what_was_paid_is_what_orders_cost(world: ShopWorld) -> None:
    for number, count in enumerate((1, 3, 2)):
        _, _, ref = world.buy(count=count)
        world.bank.decide(ref, PaymentState.PAID)
        world.tell(ref, f"ev{number}")
    with world.db.read() as tx:
        sums = payment_store.movement_sums(tx, world.event.id)
    assert sorted(paid for _, paid, _ in sums) == [PRICE, 2 * PRICE, 3 * PRICE]
    assert all(paid == wanted for _, paid, wanted in sums)
