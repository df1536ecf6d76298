"""backup, restore, reconcile."""

from __future__ import annotations

import argparse
import sys

from common.errors import BadInput
from syncserver.cli.context import Context, Parsers
from syncserver.db.migrate import newest, version_of
from syncserver.services import backup as service
from syncserver.services.health import Health
from syncserver.services.payment_provider import ProviderError
from syncserver.stores import events as event_store

DAYS = 14
DAYS_MAX = 3660
MS_PER_DAY = 86_400_000


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    make = commands.add_parser("backup", help="copy the database into the folder of backups, while the server runs")
    make.set_defaults(run=_backup)
    back = commands.add_parser("restore", help="put a backup back (stop the server first); kiosks give back the rest")
    back.add_argument("name", nargs="?", help="the backup's folder name (default: the newest)")
    back.add_argument("--yes", action="store_true", help="do not ask")
    back.set_defaults(run=_restore)
    compare = commands.add_parser(
        "reconcile", help="compare the books, ask the payment providers what was paid, list what has no order"
    )
    compare.add_argument("--days", type=int, default=DAYS, help=f"how far back (default {DAYS})")
    compare.add_argument("--books-only", action="store_true", help="compare only what stands here, and ask nobody")
    compare.set_defaults(run=_reconcile)


def _backup(context: Context, _: argparse.Namespace) -> int:
    made = service.make(context.db, context.config.backups, context.clock)
    print(made.folder)
    return 0


def _restore(context: Context, chosen: argparse.Namespace) -> int:
    found = service.find(context.config.backups, chosen.name)
    if not chosen.yes and sys.stdin.isatty():
        answer = input(f"put back {found.folder.name} in place of the database of now? [yes/no] ")
        if answer.strip().lower() != "yes":
            raise BadInput("nothing was changed")
    service.restore(context.database, found)
    for name in service.broken(context.config.backups):
        print(f"passed over {name}: damaged, or none of ours", file=sys.stderr)
    is_older = version_of(context.database) != newest()
    first = "update it with `rallygate-server init`, " if is_older else ""
    print(f"put back {found.folder.name}; now {first}start the server, then run `rallygate-server reconcile`")
    for trouble in Health(context.database, context.keys, ()).troubles():
        print(f"rallygate-server: warning: {trouble.what}: {trouble.detail}", file=sys.stderr)
    return 0


def _reconcile(context: Context, chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.days <= DAYS_MAX:
        raise BadInput(f"--days: from 1 to {DAYS_MAX}")
    agree = _audit(context)
    if chosen.books_only:
        return 0 if agree else 1
    if not context.services.shop.payments.has_providers:
        raise BadInput("no payment provider is set up, so nobody can be asked; set its address (see --help)")
    since_ms = context.clock.now_ms() - chosen.days * MS_PER_DAY
    try:
        found = context.services.shop.payments.reconcile(since_ms)
    except ProviderError as fault:
        raise BadInput(f"the payment provider gave no usable answer: {fault}; try again later") from fault
    print(f"{found.seen} payments looked at, {found.updated} brought up to date")
    print(f"{len(found.strays)} have no order here")
    for stray in found.strays:
        amount = f"{stray.amount_minor / 100:.2f} {stray.currency}"
        print(f"no order: {stray.order_code}  {stray.state.value}  {amount}  {stray.ref}")
    for other in found.refunded_otherwise:
        print(
            f"refunds differ: {other.order_code}  {other.ref}  the provider gave back {other.refunded_minor / 100:.2f}"
        )
    return 0 if agree and not found.refunded_otherwise else 1


def _audit(context: Context) -> bool:
    """Compare the books of all events, and say what does not agree."""
    with context.db.read() as tx:
        events = event_store.all_events(tx)
    agree = True
    for event in events:
        found = context.services.books.audit(event.id).differences
        print(f"books of {event.key}: {len(found) or 'no'} differences")
        for one in found:
            print(f"differs: {one.check.value}  {one.subject}  should be {one.expected}, is {one.found}")
        agree = agree and not found
    return agree
