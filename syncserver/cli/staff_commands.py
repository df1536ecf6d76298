"""create-staff, sign-out-buyers, uses: accounts for people, and what the gates and stands did, as lines."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from common.errors import BadInput
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.cli.files import read_secret
from syncserver.services.rights import Role
from syncserver.services.staff import Staff
from syncserver.stores import use_list

USES_DEFAULT, USES_MAX = 100, 100_000


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    staff = commands.add_parser("create-staff", help="make an account for a member of staff, or give it a new password")
    staff.add_argument("login", help="2 to 60 of a-z 0-9 . _ @ + -")
    staff.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    staff.add_argument("--name", default="", help="as shown to colleagues")
    staff.add_argument("--password-file", type=Path, help="where the password stands (default: one is drawn)")
    add_event_option(staff)
    staff.set_defaults(run=_create)
    out = commands.add_parser(
        "sign-out-buyers", help="end the sign-ins of a buyer's account on all devices, or of everybody"
    )
    whose = out.add_mutually_exclusive_group(required=True)
    whose.add_argument("--mail", help="the account's address; links that were mailed to it end too")
    whose.add_argument("--all", action="store_true", help="every account: after cookies may have been stolen")
    out.set_defaults(run=_sign_out)
    uses = commands.add_parser("uses", help="list what gates and stands did, newest first, a line of JSON each")
    uses.add_argument("--limit", type=int, default=USES_DEFAULT, help=f"how many (default {USES_DEFAULT})")
    add_event_option(uses)
    uses.set_defaults(run=_uses)


def _create(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    given = None if chosen.password_file is None else read_secret(chosen.password_file)
    staff = Staff(context.db, context.clock, context.services.secret)
    password = staff.create(chosen.login, chosen.name, event.id, map(Role, chosen.role), given)
    print(f"login:    {chosen.login}")
    if given is None:
        print(f"password: {password}")
    return 0


def _sign_out(context: Context, chosen: argparse.Namespace) -> int:
    buyers = context.services.shop.buyers
    count = buyers.sign_everybody_out() if chosen.all else buyers.sign_out_for(chosen.mail)
    print(f"signed out: {count}")
    return 0


def _uses(context: Context, chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.limit <= USES_MAX:
        raise BadInput(f"--limit: from 1 to {USES_MAX}")
    event = context.event(chosen.event)
    zone = ZoneInfo(event.zone)
    with context.db.read() as tx:
        found = use_list.newest(tx, event.id, chosen.limit)
    for use in found:
        when = datetime.fromtimestamp(use.time_ms / 1000, UTC).astimezone(zone)
        line = {
            "when": when.isoformat(timespec="seconds"),
            "point": use.point,
            "product": use.product,
            "quantity": use.quantity,
            "device": use.device,
            "ticket": use.ticket.hex(),
            "entry": use.digest.hex(),
            "state": use.state,
            "has_order": use.has_order,
        }
        print(json.dumps(line))
    return 0
