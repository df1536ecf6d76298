"""enrolment-code, issue-badge, revoke-device, devices."""

from __future__ import annotations

import argparse
import getpass
import secrets
from pathlib import Path

from common.badges import PIN_DIGITS_MIN, Badge, Role, badge_public, is_badge_name, new_badge_secret, sign_badge
from common.badges import sorted_roles as in_order
from common.decimal_text import to_decimal
from common.errors import BadInput
from common.ids import DeviceId
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.cli.files import read_secret
from syncserver.services import statements
from syncserver.services.enrol import CODE_MINUTES
from syncserver.stores import devices as store
from syncserver.stores import events as event_store

BADGE_AFTER_EVENT_S = 24 * 3600


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    code = commands.add_parser("enrolment-code", help="make a one-time code with which a kiosk joins")
    code.add_argument("name", help="how people call the kiosk")
    code.add_argument("--point", metavar="KEY", help="the point it stands at")
    code.add_argument("--minutes", type=int, default=CODE_MINUTES, help=f"how long it is good (default {CODE_MINUTES})")
    add_event_option(code)
    code.set_defaults(run=_code)
    badge = commands.add_parser("issue-badge", help="make a staff badge: digits for its QR code")
    badge.add_argument("name", help="as shown to colleagues")
    badge.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    badge.add_argument("--pin-file", type=Path, help=f"where the PIN of {PIN_DIGITS_MIN} digits or more stands")
    add_event_option(badge)
    badge.set_defaults(run=_badge)
    revoke = commands.add_parser("revoke-device", help="withdraw a device; what it wrote until now counts")
    revoke.add_argument("device", help="its id in hex, or its name")
    revoke.add_argument("--why", default="", help="for colleagues to read")
    add_event_option(revoke)
    revoke.set_defaults(run=_revoke)
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


def _badge(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    if not is_badge_name(chosen.name):
        raise BadInput(f"{chosen.name!r}: a name on a badge has 1 to 24 printable characters")
    pin = read_secret(chosen.pin_file) if chosen.pin_file else getpass.getpass("PIN: ")
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS_MIN <= len(pin) <= 12):
        raise BadInput(f"the PIN needs {PIN_DIGITS_MIN} to 12 digits")
    roles = in_order(Role(role) for role in chosen.role)
    expires_s = event.ends_ms // 1000 + BADGE_AFTER_EVENT_S
    made = Badge(event.uid, chosen.name, roles, new_badge_secret(), expires_s)
    signed = sign_badge(made, context.keys.of(event.uid).badge)
    row = {
        "event_id": event.id, "badge": made.badge, "name": made.name, "roles": ",".join(roles),
        "public": badge_public(made.secret, pin), "made_ms": context.clock.now_ms(),
        "expires_ms": expires_s * 1000, "is_withdrawn": False,
    }  # fmt: skip
    with context.db.write() as tx:
        store.add_badge(tx, row)
    print(to_decimal(signed))
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
