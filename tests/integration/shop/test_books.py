"""The books agree after whatever was done, and each thing that can be wrong with them is named."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from syncserver.services.books import Audit, Books, Check
from syncserver.services.orders import OrderView
from syncserver.services.payment_provider import PaymentState, ProviderPayment
from syncserver.services.return_plan import Wanted, full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from tests.support.shop_world import NOW_MS, ShopWorld


@pytest.fixture
def sold(world: ShopWorld) -> OrderView:
    """Two tickets with a lunch on one; the other was given back. Beside it an order unpaid and one given up."""
    browser, view = world.paid(count=2)
    world.add_items(browser, view.tickets[0].ticket, "lunch", 1)
    request = ReturnRequest(view.order.id, (Wanted(2, 1),), full_price, ReturnWhy.STAFF, "one")
    world.shop.returns.give_back(request)
    world.buy()
    _, unwanted, _ = world.buy()
    world.shop.returns.cancel_unpaid(unwanted.order.id)
    world.worker.run_all()
    world.clock.advance(660)
    return world.shop.orders.view(view.order.id)


def audit(world: ShopWorld) -> Audit:
    return Books(world.db, world.clock).audit(world.event.id)


def plant(world: ShopWorld, *statements: str) -> None:
    with world.db.write() as tx:
        for one in statements:
            tx.execute(text(one))


def test_a_shop_at_work_has_books_that_agree(world: ShopWorld, sold: OrderView) -> None:
    assert sold.refunded_minor == 62_500
    assert audit(world).differences == ()
    world.bank.is_down = True
    world.shop.returns.give_back(ReturnRequest(sold.order.id, None, full_price, ReturnWhy.STAFF, "two"))
    world.worker.run_all()
    assert audit(world).differences == (), "a refund under way is no difference"


@pytest.mark.parametrize(
    ("check", "planted", "expected", "found"),
    [
        (Check.TAKEN, "UPDATE quotas SET taken = taken + 1", 2, 3),
        (Check.SIZE, "UPDATE quotas SET size = 1", 1, 2),
        (Check.CLOSED, "UPDATE orders SET closed_ms = 1 WHERE id = 1", 0, 1),
        (Check.PAYMENTS, "UPDATE payments SET state = 'failed' WHERE id = 1", 125_000, 125_000),
        (Check.PAYMENTS, "DELETE FROM movements WHERE kind = 'payment' AND order_id = 1", 125_000, 0),
        (Check.ORDERS, "UPDATE orders SET total_minor = total_minor - 1 WHERE id = 1", 124_999, 125_000),
        (Check.ORDERS, "UPDATE movements SET amount_minor = 1 WHERE kind = 'payment' AND order_id = 2", 18_900, 1),
        (Check.REFUNDS, "UPDATE refunds SET amount_minor = 125001", 125_000, 125_001),
        (Check.GIVEN, "DELETE FROM movements WHERE kind = 'refund'", 62_500, 0),
        (Check.GIVEN, "UPDATE movements SET amount_minor = -1 WHERE kind = 'refund'", 62_500, 1),
        (Check.RETURNS, "UPDATE returns SET amount_minor = 1", 1, 62_500),
        (Check.POSITIONS, "UPDATE order_positions SET returned = 0", 1, 0),
        (Check.POSITIONS, "UPDATE order_positions SET returned = 1 WHERE order_id = 2", 0, 1),
        (Check.NEITHER, "UPDATE orders SET fulfilled_ms = NULL WHERE id = 2", 18_900, 0),
        (Check.ISSUED, "UPDATE tickets SET is_issued = false", 2, 0),
        (Check.STUCK, "UPDATE refunds SET made_ms = NULL, refused_ms = 1", 62_500, 0),
        (Check.STUCK, "UPDATE refunds SET made_ms = NULL, asked_ms = 1", 62_500, 0),
    ],
)
@pytest.mark.usefixtures("sold")
def test_each_thing_that_is_wrong_is_named(
    world: ShopWorld, check: Check, planted: str, expected: int, found: int
) -> None:
    plant(world, planted)
    named = [one for one in audit(world).differences if one.check is check]
    assert [(one.expected, one.found) for one in named] == [(expected, found)]
    codes = {"people"} if check in {Check.TAKEN, Check.SIZE} else set(told_of(world))
    assert named[0].subject in codes


def told_of(world: ShopWorld) -> list[str]:
    """Codes of orders and keys of payments."""
    with world.db.read() as tx:
        return [*tx.scalars(text("SELECT code FROM orders")), *tx.scalars(text("SELECT key FROM payments"))]


@pytest.mark.usefixtures("sold")
def test_a_difference_is_remembered_with_its_beginning_and_forgotten_when_mended(world: ShopWorld) -> None:
    books = Books(world.db, world.clock)
    assert books.latest(world.event.id) is None
    plant(world, "UPDATE quotas SET taken = taken + 1")
    first = books.audit(world.event.id)
    world.clock.advance(60)
    second = books.audit(world.event.id)
    assert (first.since_ms, second.since_ms) == (first.made_ms, first.made_ms)
    assert books.latest(world.event.id) == second
    plant(world, "UPDATE quotas SET taken = taken - 1")
    books.audit(world.event.id)
    latest = books.latest(world.event.id)
    assert latest is not None
    assert (latest.since_ms, latest.differences) == (None, ())


@pytest.mark.usefixtures("sold")
def test_the_loop_compares_until_it_is_stopped(world: ShopWorld) -> None:
    books, stop = Books(world.db, world.clock), threading.Event()
    loop = threading.Thread(target=books.run, args=(stop,))
    loop.start()
    try:
        waiting = threading.Event()
        for _ in range(600):
            if books.latest(world.event.id) is not None:
                break
            waiting.wait(0.05)
        assert books.latest(world.event.id) is not None
    finally:
        stop.set()
        loop.join(30)
    assert not loop.is_alive()


def test_a_provider_that_gave_back_otherwise_is_told(world: ShopWorld, sold: OrderView) -> None:
    pay = world.shop.payments
    assert pay.reconcile(0).refunded_otherwise == ()
    ref = next(ref for ref, one in world.bank.payments.items() if one.order_code == sold.order.code)
    for amount in (0, 62_499, 62_501):
        world.bank.payments[ref] = replace(world.bank.payments[ref], refunded_minor=amount)
        assert [one.ref for one in pay.reconcile(0).refunded_otherwise] == [ref]
    stray = ProviderPayment("refX", "k", "LOST01", PaymentState.PAID, 99, "CZK", 0, NOW_MS)
    world.bank.payments = {"refX": stray}
    assert pay.reconcile(0).refunded_otherwise == ()
