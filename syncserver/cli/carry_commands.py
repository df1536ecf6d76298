"""carry, take: news of an event on a stick, for kiosks that have no network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from common.errors import BadInput
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.services.carry import Brought
from syncserver.stores import devices as store
from syncserver.stores.devices import DeviceRow
from syncserver.stores.events import EventRow


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    carry = commands.add_parser(
        "carry", help="write a file that a stick carries to kiosks without a network (what it brings is taken first)"
    )
    carry.add_argument("file", type=Path, help="on the stick; made if it is not there")
    carry.add_argument(
        "--for",
        dest="devices",
        nargs="+",
        default=[],
        metavar="DEVICE",
        help="ids or names of the kiosks it goes to: only the files that their points need go along",
    )
    add_event_option(carry)
    carry.set_defaults(run=_carry)
    take = commands.add_parser("take", help="take in what a carry file brings; the file stays as it is")
    take.add_argument("file", type=Path, help="that a stick brought back")
    add_event_option(take)
    take.set_defaults(run=_take)


def _carry(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    devices = _devices(context, event, chosen.devices)
    written = context.services.carry.write(chosen.file, event, devices)
    _tell(chosen.file, written.brought)
    joined = len(written.brought.joined)
    answers = f", answers to {joined} kiosks that asked to join" if joined else ""
    print(f"{chosen.file}: {written.bytes:,} bytes, the newest snapshot, {written.entries} entries behind it{answers}")
    return 0


def _take(context: Context, chosen: argparse.Namespace) -> int:
    brought = context.services.carry.take(chosen.file, context.event(chosen.event))
    _tell(chosen.file, brought)
    if brought.joined:
        print(f"{len(brought.joined)} kiosks asked to join: run `rallygate-server carry {chosen.file}` to answer them")
    return 0


def _tell(file: Path, brought: Brought) -> None:
    print(f"{file}: brought {brought.entries} entries, {brought.rejected} of them lie in the tray")
    if brought.tickets:
        print(f"rows of an older snapshot were taken back; they touch {brought.tickets} tickets")
    if not brought.is_whole:
        print(f"{file} had been cut short or changed; what was genuine in it was taken", file=sys.stderr)
    for trouble in brought.troubles:
        print(trouble, file=sys.stderr)


def _devices(context: Context, event: EventRow, wanted: Sequence[str]) -> list[DeviceRow]:
    """The devices named; all in force where none is named. Raises BadInput naming the one there is not."""
    with context.db.read() as tx:
        in_force = [one for one in store.all_devices(tx, event.id) if not one.is_server and not one.is_revoked]
    if not wanted:
        return in_force
    found = [[one for one in in_force if name in {one.device.hex(), one.name}] for name in wanted]
    for name, fitting in zip(wanted, found, strict=True):
        if len(fitting) != 1:
            known = f"{len(fitting)} devices in force have that name or id"
            raise BadInput(f"--for {name}: {known}; `rallygate-server devices` lists them")
    return [fitting[0] for fitting in found]
