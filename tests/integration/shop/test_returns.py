"""What is given back: never more than was paid, never what was handed out, once however often and by whomever asked."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from common.ids import TicketId
from syncserver.db.engine import Database, DatabaseBusy
from syncserver.db.tables_shop import movements, payments, refunds
from syncserver.db.tables_sync import conflicts
from syncserver.services.basket import Target
from syncserver.services.books import Check, differences_of
from syncserver.services.event_refund import EventRefund, Progress
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.payment_provider import PaymentState, ProviderRefused
from syncserver.services.return_plan import Wanted, full_price, terms_of
from syncserver.services.returns import Returned, ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import tickets as ticket_store
from tests.integration.shop.test_stock import at_once
from tests.support.crashes import Died, failing_at
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import BEER, LUNCH
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event
from tests.support.voucher_event import uses_of, voucher_event

TICKET, LUNCHES, BEERS = 62_500, 18_900, 6_000


def with_items(world: ShopWorld, count: int = 1) -> tuple[bytes, OrderView]:
    """Tickets with two lunches and three beers on the first, in one order: 1250 + 378 + 180 for two tickets."""
    browser = world.browser()
    lines = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, count)
    for key, number in (("lunch", 2), ("beer", 3)):
        world.shop.baskets.add_item(
            world.catalogue, browser, world.product(key), None, number, Target(line_id=lines[0])
        )
    view = world.order(browser)
    return browser, world.pay(view, world.start(view))


def give_back(
    world: ShopWorld, view: OrderView, *wanted: tuple[int, int], key: str = "one", shown: int | None = None
) -> Returned:
    """As staff do it."""
    chosen = tuple(Wanted(place, number) for place, number in wanted) or None
    request = ReturnRequest(view.order.id, chosen, full_price, ReturnWhy.STAFF, key, "boss", shown)
    return world.shop.returns.give_back(request)


def place_of(view: OrderView, product: int) -> int:
    return next(row.place for ticket in view.tickets for row in ticket.positions if row.product_no == product)


def again(world: ShopWorld, view: OrderView) -> OrderView:
    world.worker.run_all()
    return world.shop.orders.view(view.order.id)


def items(world: ShopWorld, ticket: bytes) -> dict[int, int]:
    """What the fold of statements says the ticket holds."""
    with world.db.read() as tx:
        return dict(ticket_store.items_of(tx, world.event.id, [ticket]).get(TicketId(ticket), ()))


def is_cancelled(world: ShopWorld, ticket: bytes) -> bool:
    with world.db.read() as tx:
        return ticket_store.by_ids(tx, world.event.id, [ticket])[TicketId(ticket)].is_cancelled


def check_books(world: ShopWorld) -> None:
    """Of no payment more is asked back than came, nor given back than was asked; the bank says the same."""
    world.taken()
    with world.db.read() as tx:
        for payment_id, ref, amount in tx.execute(select(payments.c.id, payments.c.ref, payments.c.amount_minor)):
            mine = movements.c.payment_id == payment_id
            kept = tx.execute(select(func.coalesce(func.sum(movements.c.amount_minor), 0)).where(mine)).scalar_one()
            asked = select(func.coalesce(func.sum(refunds.c.amount_minor), 0)).where(refunds.c.payment_id == payment_id)
            assert 0 <= tx.execute(asked).scalar_one() <= amount
            assert 0 <= kept <= amount
            if ref:
                assert world.bank.payments[ref].refunded_minor <= amount
        named = differences_of(tx, world.event.id, world.clock.now_ms())
    assert [one for one in named if one.check is not Check.STUCK] == []


def refused(world: ShopWorld, view: OrderView, *wanted: tuple[int, int]) -> Reason:
    with pytest.raises(CannotBuy) as caught:
        give_back(world, view, *wanted, key=f"refused {wanted}")
    return caught.value.reason


def test_a_whole_order_goes_back_with_its_places_its_rights_and_all_its_money(world: ShopWorld) -> None:
    _, view = with_items(world, 2)
    assert give_back(world, view) == Returned(2 * TICKET + 2 * LUNCHES + 3 * BEERS, is_new=True)
    view = again(world, view)
    assert (view.state, view.paid_minor) == (OrderState.REFUNDED, 0)
    assert world.taken() == {"people": 0}
    assert all(is_cancelled(world, ticket.ticket) for ticket in view.tickets)
    assert world.shop.tickets.shown(view, "en") == ()
    assert world.shop.tickets.pdf(view) is None
    check_books(world)
    mail = world.letterbox.mails[-1]
    assert str(mail["Subject"]) == f"Given back: order {view.order.code}"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "2 × Lunch" in body.get_content()


def test_a_line_goes_back_and_the_rest_stays_good(world: ShopWorld) -> None:
    _, view = with_items(world)
    give_back(world, view, (place_of(view, BEER), 2))
    view = again(world, view)
    assert view.state is OrderState.FULFILLED
    assert view.paid_minor == view.order.total_minor - 2 * BEERS
    (shown,) = world.shop.tickets.shown(view, "en")
    assert [(item.name, item.quantity) for item in shown.items] == [("Lunch", 2), ("Beer", 1)]
    assert shown.pass_ is not None
    assert items(world, shown.ticket) == {LUNCH: 2, BEER: 1}
    assert not is_cancelled(world, shown.ticket)
    assert refused(world, view, (place_of(view, BEER), 2)) is Reason.NOT_RETURNABLE


def test_the_same_key_gives_back_once(world: ShopWorld) -> None:
    _, view = with_items(world)
    first = give_back(world, view, (place_of(view, BEER), 1))
    assert give_back(world, view, (place_of(view, BEER), 1)) == replace(first, is_new=False)
    assert again(world, view).refunded_minor == BEERS


def test_a_ticket_takes_its_items_along_those_of_later_orders_too(world: ShopWorld) -> None:
    browser, view = world.paid()
    ticket = view.tickets[0].ticket
    later = world.add_items(browser, ticket, "lunch", 2)
    assert give_back(world, view).amount_minor == TICKET + 2 * LUNCHES
    for order, cost in ((view, TICKET), (later, 2 * LUNCHES)):
        now = again(world, order)
        assert (now.state, now.paid_minor, now.refunded_minor) == (OrderState.REFUNDED, 0, cost)
    assert is_cancelled(world, ticket)
    assert items(world, ticket) == {}
    assert len(world.letterbox.mails) == 4, "two orders paid, two given back"


def test_what_was_handed_out_stays(world: ShopWorld) -> None:
    _, view = with_items(world)
    ticket, pen = view.tickets[0].ticket, kiosk_of(world)
    use(pen, ticket, BEER)
    use(pen, ticket, BEER)
    assert refused(world, view, (place_of(view, BEER), 2)) is Reason.USED_ALREADY
    assert give_back(world, view).amount_minor == TICKET + 2 * LUNCHES + BEERS
    view = again(world, view)
    assert view.paid_minor == 2 * BEERS
    assert items(world, ticket)[BEER] == 2
    check_books(world)


def test_a_ticket_that_was_used_stays_and_its_items_can_go(world: ShopWorld) -> None:
    _, view = with_items(world)
    use(kiosk_of(world), view.tickets[0].ticket)
    assert refused(world, view, (1, 1)) is Reason.USED_ALREADY
    assert give_back(world, view).amount_minor == 2 * LUNCHES + 3 * BEERS
    assert again(world, view).state is OrderState.FULFILLED
    assert refused(world, view) is Reason.NOTHING_TO_RETURN


def test_a_use_that_arrives_after_the_refund_is_a_conflict(world: ShopWorld) -> None:
    _, view = world.paid()
    pen = kiosk_of(world)
    give_back(world, view)
    again(world, view)
    world.clock.advance(60)
    use(pen, view.tickets[0].ticket)
    with world.db.read() as tx:
        assert list(tx.scalars(select(conflicts.c.why))) == ["after_cancel"]


def test_a_payment_for_an_item_of_a_ticket_given_back_meanwhile_goes_back(world: ShopWorld) -> None:
    browser, view = world.paid()
    target = Target(ticket=view.tickets[0].ticket)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)
    later = world.order(browser)
    ref = world.start(later)
    give_back(world, view)
    later = world.pay(later, ref)
    assert (later.state, later.paid_minor, later.refund_why) == (OrderState.REFUNDED, 0, "ticket_gone")
    assert world.taken() == {"people": 0}
    with pytest.raises(CannotBuy):
        world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)


def test_an_order_not_paid_is_given_up_and_a_payment_that_still_comes_goes_back(world: ShopWorld) -> None:
    _, view, ref = world.buy()
    assert refused(world, view) is Reason.NOTHING_TO_RETURN
    assert world.shop.returns.cancel_unpaid(view.order.id)
    assert not world.shop.returns.cancel_unpaid(view.order.id)
    assert world.taken() == {"people": 0}
    view = world.pay(view, ref)
    assert (view.state, view.paid_minor, view.refund_why) == (OrderState.REFUNDED, 0, "closed")


def test_an_amount_that_is_no_longer_the_one_shown_changes_nothing(world: ShopWorld) -> None:
    _, view = with_items(world)
    with pytest.raises(CannotBuy) as caught:
        give_back(world, view, shown=1)
    assert caught.value.reason is Reason.RETURN_CHANGED
    assert again(world, view).refunded_minor == 0


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        ("{ percent = 100 }", TICKET),
        ("{ percent = 50, fee = 25 }", TICKET // 2 - 2_500),
        ("{ percent = 10, fee = 100 }", 0),
        ('{ until = "2028-07-05 10:00", percent = 100 }', None),
        ('{ until = "2028-07-05 12:00", percent = 100 }', TICKET),
    ],
)
def test_a_buyer_gets_what_the_organisers_rule_says(
    db: Database, tmp_path: Path, rule: str, shares: int | None
) -> None:
    """It is 10:53 in Prague on the day before the event."""
    ruled = {'price = 625\nvat = "standard"': f'price = 625\nvat = "standard"\nrefund = {rule}'}
    world = make_shop_world(db, tmp_path, small_event(**ruled))
    _, view = with_items(world)
    terms = terms_of(world.catalogue, world.clock.now_ms())
    offers = {offer.row.product_no: offer for offer in world.shop.returns.offers(view.order.id, terms)}
    assert offers[LUNCH].why_not is Reason.NOT_RETURNABLE
    if shares is None:
        assert offers[1].why_not is Reason.NOT_RETURNABLE
        return
    assert (offers[1].amount_minor, offers[1].quantity) == (shares, 1)
    plan = world.shop.returns.plan(view.order.id, [Wanted(1, 1)], terms)
    percent = {TICKET: 100, 0: 10}.get(shares, 50)
    with_it = sum(amount * percent // 100 for amount in (2 * LUNCHES, 3 * BEERS))
    assert plan.amount_minor == shares + with_it, "items go along by the share of their ticket"


def test_two_hundred_returns_at_once_give_back_each_thing_once(world: ShopWorld) -> None:
    _, view = with_items(world, 3)
    beers = place_of(view, BEER)

    def one(number: int) -> bool:
        try:
            wanted = ((), ((1, 1),), ((beers, 1),), ((beers, 2),))[number % 4]
            return give_back(world, view, *wanted, key=f"key {number}").is_new
        except CannotBuy:
            return False

    assert at_once(one, 64) >= 1
    view = again(world, view)
    assert (view.state, view.paid_minor) == (OrderState.REFUNDED, 0)
    assert view.refunded_minor == view.order.total_minor
    check_books(world)


def test_returns_and_later_items_on_the_same_tickets_at_once_keep_the_books(
    world: ShopWorld, rng: random.Random
) -> None:
    """Whatever wins: a ticket given back holds nothing that was paid and kept."""
    sold = [world.paid() for _ in range(6)]
    seeds = [rng.random() for _ in range(36)]

    def one(number: int) -> bool:
        mine = random.Random(seeds[number])
        browser, view = sold[number % len(sold)]
        try:
            if mine.random() < 0.4:
                return give_back(world, view, key=f"key {number}").is_new
            target = Target(ticket=view.tickets[0].ticket)
            world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, target)
            later = world.order(browser)
            ref = world.start(later)
            world.bank.decide(ref, PaymentState.PAID)
            world.tell(ref, f"ev {number}")
        except (CannotBuy, DatabaseBusy):
            return False
        return True

    at_once(one, len(seeds))
    world.worker.run_all()
    check_books(world)
    for _, view in sold:
        held = world.shop.orders.view(view.order.id).tickets[0]
        if held.everything:
            assert held.is_good, "items were kept of a ticket that was given back"


def test_a_crash_at_any_step_of_a_return_leaves_all_or_nothing(world: ShopWorld) -> None:
    browser, view = with_items(world, 2)
    world.add_items(browser, view.tickets[0].ticket, "lunch", 1)
    paid, step, died = view.order.total_minor, 0, 0
    while True:
        step += 1
        try:
            with failing_at(world.db, step):
                give_back(world, view)
            break
        except Died:
            died += 1
            now = again(world, view)
            assert (now.state, now.paid_minor, now.refunded_minor) == (OrderState.FULFILLED, paid, 0)
            assert world.taken() == {"people": 2}
    assert died > 20
    assert again(world, view).paid_minor == 0
    check_books(world)


def test_a_crash_at_any_step_of_the_refund_gives_the_money_back_once(world: ShopWorld) -> None:
    _, view = with_items(world)
    give_back(world, view)
    for step in range(1, 14):
        with suppress(Died), failing_at(world.db, step):
            world.worker.run_all()
        world.clock.advance(3600)  # the lease runs out, and the job's pause
    view = again(world, view)
    assert (view.paid_minor, view.refunded_minor) == (0, view.order.total_minor)
    assert sum(amount for _, amount in world.bank.refunds.values()) == view.order.total_minor
    check_books(world)


def test_a_bank_that_is_down_for_a_day_still_gives_the_money_back(world: ShopWorld) -> None:
    _, view = world.paid()
    world.bank.is_down = True
    give_back(world, view)
    for _ in range(30):
        world.worker.run_all()
        world.clock.advance(3600)
    assert again(world, view).paid_minor == TICKET
    world.bank.is_down = False
    world.clock.advance(6 * 3600)
    assert again(world, view).paid_minor == 0


def test_a_refund_the_bank_refuses_is_marked_and_can_be_tried_again(
    world: ShopWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, view = world.paid()

    def refuse(*_: object) -> None:
        raise ProviderRefused("the account is closed")

    monkeypatch.setattr(world.bank, "refund", refuse)
    give_back(world, view)
    assert again(world, view).paid_minor == TICKET
    with world.db.read() as tx:
        assert tx.execute(select(refunds.c.refused_ms)).scalar_one() is not None


def test_a_cancelled_event_goes_on_after_any_crash_and_gives_each_order_back_once(world: ShopWorld) -> None:
    sold = [world.paid(count=1 + number % 2) for number in range(5)]
    world.add_items(sold[0][0], sold[0][1].tickets[0].ticket, "lunch", 2)
    _, unpaid, _ = world.buy()
    refund, done, step = EventRefund(world.db, world.shop.returns), Progress(), 0
    while not done.orders:
        step += 7
        with suppress(Died), failing_at(world.db, step):
            done = list(refund.run(world.event.id, lambda: None))[-1]
    assert list(refund.run(world.event.id, lambda: None)) == [], "nothing is left open"
    for _, view in sold:
        assert again(world, view).paid_minor == 0
    assert again(world, unpaid).order.closed_why == "closed"
    assert world.taken() == {"people": 0}
    assert sum(amount for _, amount in world.bank.refunds.values()) == 7 * TICKET + 2 * LUNCHES
    check_books(world)


def test_money_of_two_payments_goes_back_to_both(world: ShopWorld) -> None:
    """As after an order that was paid twice and whose second payment was given back already."""
    _, view, first = world.buy()
    world.bank.decide(first, PaymentState.FAILED)
    world.tell(first, "ev1")
    view = world.pay(view, world.start(view))
    assert give_back(world, view).amount_minor == TICKET
    view = again(world, view)
    assert view.paid_minor == 0
    assert world.bank.payments[first].refunded_minor == 0
    check_books(world)


def test_what_a_voucher_took_off_is_not_given_back_and_its_use_is(db: Database, tmp_path: Path) -> None:
    """Line by line it comes to what was paid, to the last minor unit; the last line frees the voucher."""
    world = make_shop_world(db, tmp_path, voucher_event())
    code, browser = "CLUB10", world.browser()
    world.shop.vouchers.enter(world.catalogue, browser, code)
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 7, Target(line_id=line))
    view = world.order(browser)
    assert view.order.total_minor < TICKET + 7 * LUNCHES
    view = world.pay(view, world.start(view))
    back = [give_back(world, view, (place_of(view, LUNCH), 2), key=f"{n}").amount_minor for n in range(3)]
    assert sum(uses_of(world.db).values()) == 1
    back.append(give_back(world, view).amount_minor)
    assert sum(back) == view.order.total_minor
    view = again(world, view)
    assert (view.state, view.paid_minor) == (OrderState.REFUNDED, 0)
    assert sum(uses_of(world.db).values()) == 0
    check_books(world)
