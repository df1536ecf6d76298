"""enrolment-code, revoke-device, import-journal, devices."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from common.errors import BadInput
from common.ids import DeviceId
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.services import statements
from syncserver.services.enrol import CODE_MINUTES
from syncserver.stores import devices as store
from syncserver.stores import events as event_store


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    code = commands.add_parser("enrolment-code", help="make a one-time code with which a kiosk joins")
    code.add_argument("name", help="how people call the kiosk")
    code.add_argument("--point", metavar="KEY", help="the point it stands at")
    code.add_argument("--minutes", type=int, default=CODE_MINUTES, help=f"how long it is good (default {CODE_MINUTES})")
    add_event_option(code)
    code.set_defaults(run=_code)
    revoke = commands.add_parser("revoke-device", help="withdraw a device; what it wrote until now counts")
    revoke.add_argument("device", help="its id in hex, or its name")
    revoke.add_argument("--why", default="", help="for colleagues to read")
    add_event_option(revoke)
    revoke.set_defaults(run=_revoke)
    journal = commands.add_parser(
        "import-journal", help="take in the journal of a kiosk that never sees a network again"
    )
    journal.add_argument("file", type=Path, help="what `rallygate-kiosk export-journal` wrote")
    journal.set_defaults(run=_import_journal)
    devices = commands.add_parser("devices", help="list the event's devices")
    add_event_option(devices)
    devices.set_defaults(run=_list)


def _code(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    point = None
    if chosen.point is not None:
        with context.db.read() as tx:
            point = event_store.point_no(tx, event.id, chosen.point)
        if point is None:
            raise BadInput(f"--point {chosen.point}: the event has no such point")
    made = context.services.enrol.make_code(event.id, chosen.name, point, chosen.minutes)
    print(f"address:    {context.config.public_url}")
    print(f"code:       {made.code}   (good for {chosen.minutes} minutes, once)")
    print(f"thumbprint: {made.thumbprint}")
    print(f"qr:         {made.text}")
    return 0


def _revoke(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    with context.db.read() as tx:
        fitting = [
            d for d in store.all_devices(tx, event.id) if chosen.device in {d.device.hex(), d.name} and not d.is_server
        ]
    if len(fitting) != 1:
        raise BadInput(
            f"{chosen.device}: {len(fitting)} devices of that name or id; `rallygate-server devices` lists them"
        )
    with context.db.write() as tx:
        desk = context.services.scribe.open(tx, event.id)
        statements.revoke(desk, secrets.token_bytes(8), DeviceId(fitting[0].device), chosen.why)
    print(f"{fitting[0].name} is revoked; kiosks hear of it with their next exchange")
    return 0


def _import_journal(context: Context, chosen: argparse.Namespace) -> int:
    done = context.services.journals.take(chosen.file)
    print(
        f"{done.entries} entries read, those not known yet are taken in; {done.rejected} verify under no key known here"
    )
    if done.is_cut:
        print("the file is damaged or cut short behind these: export it again if the kiosk still runs", file=sys.stderr)
    return 1 if done.is_cut else 0


def _list(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    with context.db.read() as tx:
        for device in store.all_devices(tx, event.id):
            marks = [
                word
                for word, holds in (
                    ("revoked", device.is_revoked),
                    ("forked", device.is_forked),
                    ("not remembered", not device.is_remembered),
                )
                if holds
            ]
            print(f"{device.device.hex()}  point {device.point_no or '-'}  {device.name}  {' '.join(marks)}")
    return 0
