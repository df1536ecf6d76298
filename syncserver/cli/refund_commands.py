"""refund, refund-event."""

from __future__ import annotations

import argparse
import secrets
import sys

from common.errors import BadInput
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.services.admin_refunds import refusal
from syncserver.services.event_refund import EventRefund, Progress
from syncserver.services.return_plan import Plan, Wanted, full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.translations import translator
from syncserver.stores import orders as store
from syncserver.stores.events import EventRow
from syncserver.stores.orders import OrderRow

PER_SECOND = 5.0
PER_SECOND_MAX = 1_000.0
PLACE_MAX = 10_000


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    one = commands.add_parser("refund", help="give an order's money back, all that was not used or lines of it")
    one.add_argument("order", metavar="ORDER", help="the order's code, like ABC234")
    one.add_argument(
        "--line", action="append", default=[], metavar="N[=HOW_MANY]", help="only this line (from 1), or so many of it"
    )
    one.add_argument("--dry-run", action="store_true", help="say what would go back, and change nothing")
    add_event_option(one)
    one.set_defaults(run=_refund)
    whole = commands.add_parser("refund-event", help="a cancelled event: give every order back; run again it goes on")
    whole.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    whole.add_argument("--yes", action="store_true", help="do not ask")
    whole.add_argument(
        "--per-second",
        type=float,
        default=PER_SECOND,
        metavar="N",
        help="orders a second at most (default %(default)s)",
    )
    add_event_option(whole)
    whole.set_defaults(run=_refund_event)


def _refund(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    order = _order(context, event, chosen.order)
    wanted = tuple(_line(text) for text in chosen.line) or None
    returns = context.services.shop.returns
    try:
        plan = returns.plan(order.id, wanted, full_price)
        _tell(context, order, plan)
        if chosen.dry_run:
            print("nothing was changed")
            return 0
        key = f"command-{order.id}-{secrets.token_hex(8)}"
        shown = plan.amount_minor
        returns.give_back(ReturnRequest(order.id, wanted, full_price, ReturnWhy.STAFF, key, shown_minor=shown))
    except CannotBuy as error:
        raise refusal(error) from error
    print("it goes back: the worker asks the payment provider, tells the kiosks and writes to the buyer")
    return 0


def _order(context: Context, event: EventRow, code: str) -> OrderRow:
    wanted = code.strip().lstrip("#").upper()
    with context.db.read() as tx:
        found = store.by_code(tx, event.id, wanted) if wanted.isascii() and wanted.isalnum() else None
    if found is None:
        raise BadInput(f"{code}: {event.key} has no order of this code")
    return found


def _line(text: str) -> Wanted:
    place, _, count = text.partition("=")
    good = [one.isascii() and one.isdigit() and 1 <= int(one) <= PLACE_MAX for one in (place, count or "1")]
    if not all(good):
        raise BadInput(f"--line {text}: write the line's number, or number=how many, like 2=1")
    return Wanted(int(place), int(count or "1"))


def _tell(context: Context, order: OrderRow, plan: Plan) -> None:
    money = translator("en").money
    with context.db.read() as tx:
        codes = {one: store.get(tx, one).code for one in plan.order_ids}
    for line in plan.lines:
        amount = money(line.amount_minor, order.currency)
        print(f"{codes[line.order_id]} line {line.row.place}: {line.quantity} of {line.row.quantity}, {amount}")
    print(f"together {money(plan.amount_minor, order.currency)}")


def _refund_event(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    if not 0 < chosen.per_second <= PER_SECOND_MAX:
        raise BadInput(f"--per-second: more than 0, at most {PER_SECOND_MAX:.0f}")
    _confirm(event, chosen)
    refund, done = EventRefund(context.db, context.services.shop.returns), Progress()
    for done in refund.run(event.id, lambda: context.clock.sleep(1 / chosen.per_second), is_dry=chosen.dry_run):
        if sys.stderr.isatty():
            print(f"\r{done.orders:,} orders", end="", file=sys.stderr, flush=True)
    money = translator("en").money
    verb = "would go" if chosen.dry_run else "went"
    print(f"{done.given_back:,} orders {verb} back, {money(done.amount_minor, event.currency)}")
    print(f"{done.given_up:,} unpaid orders {'would be' if chosen.dry_run else 'were'} given up")
    print(f"{done.kept:,} orders keep what was used")
    if done.failed:
        print(f"{len(done.failed):,} orders were busy: run it again", file=sys.stderr)
    return 1 if done.failed else 0


def _confirm(event: EventRow, chosen: argparse.Namespace) -> None:
    if chosen.dry_run or chosen.yes:
        return
    if not sys.stdin.isatty():
        raise BadInput("this gives every order of the event back: look at --dry-run first, then say --yes")
    if input(f"give every order of {event.key} back? type the event's key: ").strip() != event.key:
        raise BadInput("nothing was changed")
