"""A ticket becomes another one for the difference: paid once, one place each, never more given back than was paid."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from common.conflict_kinds import ConflictKind
from common.ids import TicketId
from syncserver.db.engine import Database
from syncserver.db.tables_sync import conflicts
from syncserver.services.basket import Target
from syncserver.services.import_event import import_event
from syncserver.services.import_refused import ImportRefused
from syncserver.services.orders import PAY_MS, OrderState
from syncserver.services.payment_provider import PaymentState
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import tickets as ticket_store
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import FOUR_DAYS, ONE_DAY, hear
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.upgrade_event import (
    DIFFERENCE,
    FOUR,
    change,
    check,
    choose,
    give_back,
    products_of,
    refused,
    stated,
    upgrade_event,
    upgrade_world,
)

FIVE_DAYS = 6
ONLY_FOUR = 'upgrades_to = ["four_days"]'


def test_the_ticket_keeps_id_code_and_generation_and_becomes_the_other_for_the_difference(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    before, old = world.shop.tickets.shown(view, "en")[0], stated(world, view)
    assert world.taken() == {"people": 0, "grounds": 1, "ones": 1}
    made = change(world, browser, view)
    assert (made.state, made.order.total_minor) == (OrderState.FULFILLED, DIFFERENCE)
    assert world.taken() == {"people": 1, "grounds": 1, "ones": 0}
    now = stated(world, view)
    assert (now.product_no, now.generation, now.code_hash) == (FOUR_DAYS, old.generation, old.code_hash)
    view = world.shop.orders.view(view.order.id)
    (shown,) = world.shop.tickets.shown(view, "en")
    assert before.pass_ is not None
    assert shown.pass_ is not None
    assert (shown.product, shown.pass_.code) == ("Four days", before.pass_.code)
    assert shown.pass_.digits != before.pass_.digits
    assert [one.product for one in world.shop.tickets.shown(made, "en")] == ["Four days"]
    assert len(world.letterbox.mails) == 2
    check(world)


def test_the_line_has_the_rate_of_the_new_product_and_the_difference_as_its_price(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    made = change(world, browser, view)
    (line,) = made.tickets[0].positions
    assert (line.product_no, line.price_minor, line.vat_rate_bp, line.is_upgrade) == (FOUR_DAYS, DIFFERENCE, 2100, True)
    assert not made.tickets[0].is_new
    (first,) = world.shop.orders.view(view.order.id).tickets[0].positions
    assert (first.product_no, first.is_replaced) == (ONE_DAY, True)


def test_the_pass_of_before_is_not_shown_as_the_new_one(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    world.clock.advance(60)
    choose(world, browser, view)
    made = world.order(browser)
    ref = world.start(made)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)  # and nothing is stated yet
    (shown,) = world.shop.tickets.shown(world.shop.orders.view(made.order.id), "en")
    assert (shown.product, shown.pass_) == ("Four days", None)
    assert world.shop.tickets.pdf(world.shop.orders.view(made.order.id)) is None
    world.worker.run_all()
    assert world.shop.tickets.pdf(world.shop.orders.view(made.order.id)) is not None


def test_a_friend_with_the_link_or_the_code_changes_nothing(world: ShopWorld) -> None:
    _, view = world.paid("one_day")
    (shown,) = world.shop.tickets.shown(view, "en")
    friend = world.browser()
    assert refused(world, friend, view) is Reason.NEEDS_TICKET
    assert shown.pass_ is not None
    world.shop.held.show(world.event, friend, shown.pass_.code)
    assert refused(world, friend, view) is Reason.NEEDS_TICKET
    world.add_items(friend, view.tickets[0].ticket, "lunch", 1)
    assert refused(world, friend, view) is Reason.NEEDS_TICKET, "an order for items on it is not the one it came of"


def test_what_was_paid_counts_vouchers_taken_off_and_a_price_that_rose_meanwhile(db: Database, tmp_path: Path) -> None:
    rising = 'price_changes = [{ from = "2028-07-05 12:00", price = 700 }]\nquotas = ["people", "grounds"]\n'
    cheaper = {'opens = ["five_days"]': 'opens = ["five_days"]\npercent = 10'}
    rises = {'quotas = ["people", "grounds"]\n': rising}
    world = make_shop_world(db, tmp_path, upgrade_event(**cheaper, **rises))
    browser = world.browser()
    world.shop.vouchers.enter(world.catalogue, browser, "CLUB55")
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    view = world.order(browser)
    view = world.pay(view, world.start(view))
    assert view.order.total_minor == 33_750
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [view.tickets[0].ticket])
    assert [(one.product.key, one.difference_minor) for one in offer.options] == [("four_days", 28_750)]
    world.clock.advance(86_400)
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [view.tickets[0].ticket])
    assert [one.difference_minor for one in offer.possible] == [36_250]


WHYS = [
    ("products SET sale_until_ms = 1", "products SET sale_until_ms = NULL", Reason.NOT_ON_SALE),
    ("products SET price_minor = 100", "products SET price_minor = 62500", Reason.UPGRADE_CHEAPER),
    ("tickets SET is_blocked = true", "tickets SET is_blocked = false", Reason.TICKET_BLOCKED),
    ("tickets SET is_cancelled = true", "tickets SET is_cancelled = false", Reason.TICKET_BLOCKED),
    ("tickets SET is_issued = false", "tickets SET is_issued = true", Reason.NOT_CHANGEABLE),
    ("products SET pieces = 4", "products SET pieces = 1", Reason.NOT_CHANGEABLE),
    ("quotas SET size = 0 WHERE key = 'people'", "quotas SET size = 9 WHERE key = 'people'", Reason.SOLD_OUT),
    ("product_upgrades SET upgrade_no = 6", "product_upgrades SET upgrade_no = 1", Reason.NOT_CHANGEABLE),
]


def test_why_a_ticket_cannot_become_another_is_said(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, upgrade_event(**{'upgrades_to = ["four_days", "five_days"]': ONLY_FOUR}))
    browser, view = world.paid("one_day")
    ticket = view.tickets[0].ticket
    for planted, mended, reason in WHYS:
        with world.db.write() as tx:
            tx.execute(text(f"UPDATE {planted}"))
        world.clock.advance(10)  # a catalogue is kept for five seconds
        offers = world.shop.upgrades.offers(world.catalogue, browser, [ticket])
        told = [one.why_not.reason for offer in offers for one in offer.options if one.why_not]
        assert told == ([] if "product_upgrades" in planted else [reason]), planted
        assert refused(world, browser, view) is reason, planted
        with world.db.write() as tx:
            tx.execute(text(f"UPDATE {mended}"))
    world.clock.advance(10)
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [ticket])
    assert [one.difference_minor for one in offer.possible] == [DIFFERENCE]
    assert world.taken() == {"people": 0, "grounds": 1, "ones": 1}


def test_an_item_that_does_not_go_with_the_other_ticket_is_in_the_way_until_it_is_given_back(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    camp = world.add_items(browser, view.tickets[0].ticket, "camp", 1)
    with pytest.raises(CannotBuy) as caught:
        choose(world, browser, view)
    assert (caught.value.reason, caught.value.product) == (Reason.UPGRADE_ITEM, "Camp")
    give_back(world, camp)
    target = Target(ticket=view.tickets[0].ticket)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("camp"), None, 1, target)
    ordered = world.order(browser)
    assert refused(world, browser, view) is Reason.UPGRADE_ITEM, "it waits for money"
    world.shop.returns.cancel_unpaid(ordered.order.id)
    assert products_of(world, change(world, browser, view)) == [FOUR_DAYS]
    check(world)


def test_a_product_that_is_secret_needs_its_voucher(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    assert refused(world, browser, view, "five_days") is Reason.NOT_ON_SALE
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [view.tickets[0].ticket])
    assert [one.product.key for one in offer.options] == ["four_days"]
    world.shop.vouchers.enter(world.catalogue, browser, "CLUB55")
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [view.tickets[0].ticket])
    assert [one.product.key for one in offer.options] == ["four_days", "five_days"]
    made = change(world, browser, view, "five_days")
    assert (made.order.total_minor, made.vouchers) == (42_500, (("club", "CLUB55"),))
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
    check(world)


def test_a_difference_of_nothing_needs_no_bank(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, upgrade_event(**{"price = 625": "price = 375"}))
    browser, view = world.paid("one_day")
    made = change(world, browser, view)
    assert (made.order.total_minor, made.state, products_of(world, view)) == (0, OrderState.FULFILLED, [FOUR_DAYS])
    assert len(world.bank.payments) == 1
    check(world)


def test_a_place_is_held_while_it_waits_and_free_again_when_it_lapses_or_is_given_up(
    db: Database, tmp_path: Path
) -> None:
    world = upgrade_world(db, tmp_path, people=1, grounds=2, ones=2)
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    other, theirs = world.paid("one_day")
    assert refused(world, other, theirs) is Reason.SOLD_OUT
    made = world.order(browser)
    assert world.taken() == {"people": 1, "grounds": 2, "ones": 2}
    world.shop.returns.cancel_unpaid(made.order.id)
    assert world.taken() == {"people": 0, "grounds": 2, "ones": 2}
    choose(world, other, theirs)
    world.order(other)
    world.clock.advance(PAY_MS / 1000 + 1)
    assert products_of(world, change(world, browser, view)) == [FOUR_DAYS]
    assert world.taken() == {"people": 1, "grounds": 2, "ones": 1}
    check(world)


def test_a_limit_of_both_that_is_full_is_no_obstacle(db: Database, tmp_path: Path) -> None:
    """The ticket has its place in it already: of what both take from it needs no second one."""
    world = upgrade_world(db, tmp_path, grounds=1)
    browser, view = world.paid("one_day")
    assert products_of(world, change(world, browser, view)) == [FOUR_DAYS]
    assert world.taken() == {"people": 1, "grounds": 1, "ones": 0}
    assert give_back(world, view).amount_minor == FOUR
    assert world.taken() == {"people": 0, "grounds": 0, "ones": 0}
    check(world)


def test_one_change_of_a_ticket_waits_at_a_time(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    made = world.order(browser)
    assert refused(world, browser, view) is Reason.UPGRADE_WAITING
    (offer,) = world.shop.upgrades.offers(world.catalogue, browser, [view.tickets[0].ticket])
    assert (offer.waiting, offer.possible) == (made.order.id, ())
    world.shop.returns.cancel_unpaid(made.order.id)
    choose(world, browser, view)


def test_two_tabs_order_a_change_of_the_same_ticket_once(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    tab = world.browser()
    world.shop.orders.open(view.token, tab)
    choose(world, browser, view)
    choose(world, tab, view)
    assert world.taken()["people"] == 2, "in two baskets"
    world.order(browser)
    with pytest.raises(CannotBuy) as caught:
        world.order(tab)
    assert caught.value.reason is Reason.UPGRADE_WAITING


def test_the_first_to_pay_of_two_changes_wins_and_the_other_gets_its_money_back(world: ShopWorld) -> None:
    """The first lapses, a second is ordered, and then both are paid."""
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    first = world.order(browser)
    first_ref = world.start(first)
    world.clock.advance(PAY_MS / 1000 + 1)
    choose(world, browser, view)
    second = world.order(browser)
    second_ref = world.start(second)
    assert world.pay(first, first_ref).state is OrderState.FULFILLED
    lost = world.pay(second, second_ref)
    assert (lost.state, lost.refund_why, lost.paid_minor) == (OrderState.REFUNDED, "ticket_changed", 0)
    assert products_of(world, view) == [FOUR_DAYS]
    assert world.taken() == {"people": 1, "grounds": 1, "ones": 0}
    check(world)


def test_a_late_payment_finds_its_place_or_goes_back(db: Database, tmp_path: Path) -> None:
    world = upgrade_world(db, tmp_path, people=1)
    browser, view = world.paid("one_day")
    choose(world, browser, view)
    made = world.order(browser)
    ref = world.start(made)
    world.clock.advance(PAY_MS / 1000 + 1)
    world.paid("four_days")
    late = world.pay(made, ref)
    assert (late.state, late.refund_why) == (OrderState.REFUNDED, "sold_out")
    assert products_of(world, view) == [ONE_DAY]
    assert world.taken() == {"people": 1, "grounds": 2, "ones": 1}
    check(world)


def test_uses_before_the_change_are_the_tickets_own_in_every_line_of_time(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    ticket = view.tickets[0].ticket
    pen = kiosk_of(world)
    first = pen.redeem(TicketId(ticket), ONE_DAY)
    hear(pen.server, first)
    change(world, browser, view)
    world.clock.advance(60)
    hear(pen.server, pen.redeem(TicketId(ticket), FOUR_DAYS, (first.ref,)))
    pen.server.projector.catch_up(world.event.id)
    steps = world.shop.timelines.of(world.shop.orders.view(view.order.id))
    kinds = [step.kind.value for step in steps]
    assert kinds[-3:] == ["admitted", "became", "admitted"]
    became = steps[-2]
    assert (became.before_no, became.product_no) == (ONE_DAY, FOUR_DAYS)
    with world.db.read() as tx:
        assert ticket_store.admissions(tx, world.event.id, ticket) == 2
        assert ticket_store.conflict_digests(tx, world.event.id, ticket) == set()
    world.clock.advance(60)
    use(kiosk_of(world), ticket, FOUR_DAYS)  # by another kiosk that had heard of neither
    with world.db.read() as tx:
        (why,) = tx.execute(select(conflicts.c.why)).scalars()
    assert why == ConflictKind.DEVICES.value


def test_a_product_that_a_ticket_was_stays_in_the_event_file(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    change(world, browser, view)
    gone = upgrade_event(
        **{'[products.one_day]\nkind = "ticket"': '[products.day]\nkind = "ticket"', '"one_day"': '"day"'}
    )
    with pytest.raises(ImportRefused, match=r"products\.one_day: is sold"):
        import_event(world.db, world.clock, gone)


def test_a_friends_order_for_items_tells_nothing_of_the_change(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    (shown,) = world.shop.tickets.shown(view, "en")
    friend = world.browser()
    assert shown.pass_ is not None
    world.shop.held.show(world.event, friend, shown.pass_.code)
    items = world.add_items(friend, view.tickets[0].ticket, "lunch", 1)
    change(world, browser, view)
    seen = world.shop.orders.view(items.order.id)
    assert seen.became == ()
    assert "became" not in [step.kind.value for step in world.shop.timelines.of(seen)]
    assert products_of(world, seen) == [FOUR_DAYS], "but the pass is the ticket's"


def test_items_of_the_basket_must_go_with_what_the_ticket_becomes(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    target = Target(ticket=view.tickets[0].ticket)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("camp"), None, 1, target)
    choose(world, browser, view)
    with pytest.raises(CannotBuy) as caught:
        world.order(browser)
    assert caught.value.reason is Reason.WRONG_TICKET


def test_choosing_another_change_takes_the_place_of_the_one_in_the_basket(world: ShopWorld) -> None:
    browser, view = world.paid("one_day")
    world.shop.vouchers.enter(world.catalogue, browser, "CLUB55")
    choose(world, browser, view)
    choose(world, browser, view, "five_days")
    basket = world.shop.baskets.view(world.catalogue, browser)
    ((_, (line,)),) = basket.later
    assert (line.product.key, line.instead_of, line.price_minor, line.is_held) == ("five_days", "One day", 42_500, True)
    assert world.taken() == {"people": 0, "grounds": 1, "ones": 1}
    world.shop.baskets.remove(world.event, browser, line.row.id)
    assert world.shop.baskets.view(world.catalogue, browser).is_empty
