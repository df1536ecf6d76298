"""issue-passes, block, unblock."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from common.errors import BadInput
from common.ids import TicketId
from common.ticket_code import CodeFault, code_hash, parse_code
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.db.tables_event import products
from syncserver.services import statements
from syncserver.services.issue_passes import Bulk, issue_in_bulk, passes_of, tickets_of_batch
from syncserver.stores import events as event_store
from syncserver.stores import tickets as store
from syncserver.stores.events import EventRow

PASSES_PER_READ = 500


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    bulk = commands.add_parser("issue-passes", help="issue passes in bulk, without orders (to try things at full size)")
    bulk.add_argument("--count", type=int, required=True, metavar="N")
    bulk.add_argument("--product", metavar="KEY", help="the ticket's key (default: the first ticket of the event)")
    bulk.add_argument("--item", action="append", default=[], metavar="KEY=QUANTITY", help="each ticket gets this item")
    bulk.add_argument("--batch", help="a name; the same name again makes no second set (default: a random one)")
    bulk.add_argument("--out", type=Path, help="write the batch's passes here, one per line: digits, code, ticket")
    add_event_option(bulk)
    bulk.set_defaults(run=_bulk)
    for name, what in (("block", "block a ticket"), ("unblock", "take a block back")):
        action = commands.add_parser(name, help=what)
        action.add_argument("ticket", help="the code under its QR, or the ticket's id in hex")
        action.add_argument("--why", default="", help="for colleagues to read")
        add_event_option(action)
        action.set_defaults(run=_block, blocked=name == "block")


def _bulk(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    numbers = _products(context, event)
    product = _ticket_product(numbers, chosen.product)
    items = tuple(_item(numbers, text) for text in chosen.item)
    batch = chosen.batch or secrets.token_hex(8)
    if chosen.out is not None:
        chosen.out.touch(mode=0o600)  # where it cannot be written, nothing is issued either
    for made in issue_in_bulk(context.db, context.services.scribe, event.id, Bulk(chosen.count, product, items, batch)):
        if sys.stderr.isatty():
            print(f"\r{made:,} of {chosen.count:,}", end="", file=sys.stderr, flush=True)
    print(f"issued {chosen.count:,} passes, batch {batch}")
    if chosen.out is not None:
        _write_passes(context, event, batch, chosen.count, chosen.out)
    return 0


def _products(context: Context, event: EventRow) -> dict[str, tuple[int, str]]:
    with context.db.read() as tx:
        found = event_store.product_kinds(tx, event.id)
        order = event_store.numbers(tx, products, event.id)
    return {key: (no, found[key][1]) for key, no in sorted(order.items(), key=lambda one: one[1]) if found[key][2]}


def _ticket_product(numbers: dict[str, tuple[int, str]], key: str | None) -> int:
    for name, (no, kind) in numbers.items():
        if kind == "ticket" and key in {None, name}:
            return no
    raise BadInput(
        f"--product {key}: no such ticket; there are {', '.join(k for k, v in numbers.items() if v[1] == 'ticket')}"
    )


def _item(numbers: dict[str, tuple[int, str]], text: str) -> tuple[int, int]:
    key, _, quantity = text.partition("=")
    if key not in numbers or numbers[key][1] != "item" or not (quantity or "1").isdigit() or int(quantity or "1") < 1:
        raise BadInput(f"--item {text}: write KEY=QUANTITY with the key of an item")
    return numbers[key][0], int(quantity or "1")


def _write_passes(context: Context, event: EventRow, batch: str, count: int, out: Path) -> None:
    """Every pass of the batch as a line; the file holds secrets, so only its owner may read it."""
    with context.db.read() as tx, out.open("w", encoding="ascii") as file:
        out.chmod(0o600)
        tickets = tickets_of_batch(tx, event, batch, count)
        for at in range(0, len(tickets), PASSES_PER_READ):
            for one in passes_of(tx, context.keys, event.id, tickets[at : at + PASSES_PER_READ]):
                file.write(f"{one.digits} {one.code} {one.ticket.hex()}\n")
    print(f"wrote {len(tickets):,} passes to {out}")


def _block(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    ticket = _ticket(context, event, chosen.ticket)
    with context.db.write() as tx:
        desk = context.services.scribe.open(tx, event.id)
        statements.block(desk, secrets.token_bytes(8), ticket, chosen.why, blocked=chosen.blocked)
    print(f"ticket {ticket.hex()} is {'blocked' if chosen.blocked else 'no longer blocked'}")
    return 0


def _ticket(context: Context, event: EventRow, text: str) -> TicketId:
    if len(text) == 16 and set(text.lower()) <= set("0123456789abcdef"):
        return TicketId(bytes.fromhex(text))
    code = parse_code(text)
    if isinstance(code, CodeFault):
        raise BadInput(f"{text}: neither a ticket code nor an id of 16 hex digits ({code.value})")
    with context.db.read() as tx:
        found = store.by_code(tx, event.id, code_hash(code))
    if not found:
        raise BadInput(f"{text}: no ticket of {event.key} has this code")
    return found[0]
