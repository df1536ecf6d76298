"""issue-badge, block-badge, badges."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from common.badges import PIN_DIGITS_MIN, Role
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.cli.files import read_secret, typed_secret


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    issue = commands.add_parser("issue-badge", help="make a staff badge: digits for its QR code")
    issue.add_argument("name", help="as shown to colleagues")
    issue.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])
    issue.add_argument("--pin-file", type=Path, help=f"where the PIN of {PIN_DIGITS_MIN} digits or more stands")
    add_event_option(issue)
    issue.set_defaults(run=_issue)
    block = commands.add_parser("block-badge", help="block a staff badge for good: lost, stolen, or its holder left")
    block.add_argument("badge", help="its id in hex, or its name")
    add_event_option(block)
    block.set_defaults(run=_block)
    badges = commands.add_parser("badges", help="list the event's staff badges")
    add_event_option(badges)
    badges.set_defaults(run=_list)


def _issue(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    pin = _pin(chosen.pin_file)
    roles = [Role(role) for role in chosen.role]
    print(context.services.badges.issue(event.id, chosen.name, roles, pin).digits)
    return 0


def _pin(path: Path | None) -> str:
    return typed_secret("PIN: ", "--pin-file") if path is None else read_secret(path)


def _block(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    blocked = context.services.badges.block(event.id, chosen.badge)
    print(f"the badge of {blocked.name or blocked.badge.hex()} is blocked; kiosks hear of it with their next exchange")
    return 0


def _list(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    zone = ZoneInfo(event.zone)
    for badge in context.services.badges.all(event.id):
        until = datetime.fromtimestamp(badge.expires_ms / 1000, UTC).astimezone(zone)
        mark = "blocked" if badge.is_withdrawn else f"until {until:%Y-%m-%d %H:%M}"
        print(f"{badge.badge.hex()}  {badge.roles}  {badge.name or '(name not known here)'}  {mark}")
    return 0
