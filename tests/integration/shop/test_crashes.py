"""A process that dies at any step of buying: the books agree, and the next try ends fulfilled or refunded, once.

The buyer does what people do: looks whether it worked, and if not does it once more. The bank calls until it is heard.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from syncserver.db.engine import Database
from syncserver.db.tables_shop import movements
from syncserver.services.basket import Target
from syncserver.services.books import Books
from syncserver.services.orders import PAY_MS, OrderState, OrderView
from syncserver.services.payment_provider import PaymentState
from tests.support.crashes import Died, dying_at
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event

TOTAL = 62_500 + 18_900
PRICE = 62_500
LEASE_S = 600  # longer than any lease and pause of a job

Done = TypeVar("Done")


def check(world: ShopWorld) -> None:
    world.taken()
    assert Books(world.db, world.clock).audit(world.event.id).differences == ()


def again(world: ShopWorld, act: Callable[[], Done]) -> Done:
    """Do it; if the process died, compare the books, start it anew and do it once more."""
    try:
        return act()
    except Died:
        check(world)
        return act()


def test_a_crash_at_any_step_of_buying_ends_with_one_order_that_is_paid_once_and_delivered(
    db: Database, tmp_path: Path
) -> None:
    world, number = make_shop_world(db, tmp_path), 0
    while True:
        number += 1
        world.letterbox.mails.clear()
        with dying_at(db, number) as steps:
            view, ref = buy(world, number)
        check_bought(world, view, ref)
        assert world.taken() == {"people": number}
        if not steps.is_over:
            break
    assert number > 60


def buy(world: ShopWorld, number: int) -> tuple[OrderView, str]:
    """Tickets and lunches, from the first look to the mail, with a buyer who tries again; (order, the bank's ref)."""
    browser = again(world, world.browser)
    line = again(world, lambda: put_ticket_in(world, browser))
    again(world, lambda: put_lunch_in(world, browser, line))
    form_key = secrets.token_hex(12)
    view = again(world, lambda: world.order(browser, form_key))
    ref = again(world, lambda: world.start(view))
    world.bank.decide(ref, PaymentState.PAID)
    again(world, lambda: world.tell(ref, f"event {number}"))
    work(world)
    return view, ref


def put_ticket_in(world: ShopWorld, browser: bytes) -> int:
    """Unless the basket shows that it is there."""
    there = world.shop.baskets.view(world.catalogue, browser).tickets
    if there:
        return there[0].row.id
    return world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)[0]


def put_lunch_in(world: ShopWorld, browser: bytes, line: int) -> None:
    if world.shop.baskets.view(world.catalogue, browser).count == 1:
        target = Target(line_id=line)
        world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)


def work(world: ShopWorld) -> None:
    """The worker does all there is; one that died has others after it."""
    try:
        world.worker.run_all()
    except Died:
        check(world)
        world.clock.advance(LEASE_S)
        world.worker.run_all()


def check_bought(world: ShopWorld, view: OrderView, ref: str) -> None:
    check(world)
    view = world.shop.orders.view(view.order.id)
    assert (view.state, view.paid_minor, view.refunded_minor) == (OrderState.FULFILLED, TOTAL, 0)
    assert [one.order_code for one in world.bank.payments.values()].count(view.order.code) == 1
    assert world.bank.payments[ref].refunded_minor == 0
    (shown,) = world.shop.tickets.shown(view, "en")
    assert shown.pass_ is not None
    assert [item.name for item in shown.items] == ["Lunch"]
    numbers = {str(one["Message-ID"]) for one in world.letterbox.mails}
    assert len(numbers) == 1, "sent again where nobody knows whether it went out, it is still one mail"


def test_a_crash_at_any_step_of_a_payment_that_came_too_late_gives_the_money_back_once(
    db: Database, tmp_path: Path
) -> None:
    world, number = make_shop_world(db, tmp_path, small_event(**{"size = 1000": "size = 1"})), 0
    while True:
        number += 1
        _, late, ref = world.buy()
        world.clock.advance(PAY_MS / 1000 + 1)
        other = world.browser()
        line = put_ticket_in(world, other)
        world.bank.decide(ref, PaymentState.PAID)
        with dying_at(db, number) as steps:
            again(world, lambda: world.tell(ref, f"event {number}"))  # noqa: B023 - called at once
            work(world)
        check_given_back(world, late, ref)
        world.shop.baskets.remove(world.event, other, line)
        if not steps.is_over:
            break
    assert number > 20


def check_given_back(world: ShopWorld, late: OrderView, ref: str) -> None:
    check(world)
    view = world.shop.orders.view(late.order.id)
    assert (view.state, view.paid_minor, view.refunded_minor) == (OrderState.REFUNDED, 0, PRICE)
    assert [amount for whose, amount in world.bank.refunds.values() if whose == ref] == [PRICE]
    with world.db.read() as tx:
        mine = select(movements.c.amount_minor).where(movements.c.order_id == late.order.id)
        assert list(tx.scalars(mine.order_by(movements.c.id))) == [PRICE, -PRICE]
    assert world.taken() == {"people": 1}, "the place is with whoever has it in the basket"
