"""keys export, import, show, list, rotate, withdraw."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from common.errors import BadInput
from common.keys import grouped_hex, root_thumbprint
from common.signing import write_private_file
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.cli.files import read_file, read_secret, typed_secret
from syncserver.services.keys import ROTATED

BUNDLE_BYTES_MAX = 1024 * 1024


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    keys = commands.add_parser(
        "keys", help="export or import an event's signing keys; without them no pass can be made"
    )
    actions = keys.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what, run in (
        ("export", "write all keys of an event into one file under a passphrase", _export),
        ("import", "bring the keys of an event from such a file", _import),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("file", type=Path)
        action.add_argument("--passphrase-file", type=Path, help="where the passphrase stands (else it is asked for)")
        action.set_defaults(run=run)
        if name == "export":
            add_event_option(action)
    _add_rotation(actions)
    show = actions.add_parser("show", help="show the thumbprint that kiosks compare at enrolment")
    add_event_option(show)
    show.set_defaults(run=_show)


def _add_rotation(actions: Parsers) -> None:
    rotate = actions.add_parser("rotate", help="sign with the next key from now on; what the old one signed stays good")
    rotate.add_argument("use", choices=ROTATED, help="what the key is for")
    withdraw = actions.add_parser("withdraw", help="trust a stolen key no more; passes that kiosks heard of stay good")
    withdraw.add_argument("kid", help="the key's id, as `keys list` names it")
    listed = actions.add_parser("list", help="the event's keys, as kiosks are told")
    for action, run in ((rotate, _rotate), (withdraw, _withdraw), (listed, _list)):
        add_event_option(action)
        action.set_defaults(run=run)


def _rotate(context: Context, chosen: argparse.Namespace) -> int:
    kid = context.services.rotation.rotate(context.event(chosen.event).id, chosen.use)
    print(f"{chosen.use} key {kid} signs from now on; export the keys again: rallygate-server keys export FILE")
    return 0


def _withdraw(context: Context, chosen: argparse.Namespace) -> int:
    use = context.services.rotation.withdraw(context.event(chosen.event).id, chosen.kid)
    print(f"{use} key {chosen.kid} is withdrawn; kiosks hear of it with their next exchange. Export the keys again")
    return 0


def _list(context: Context, chosen: argparse.Namespace) -> int:
    for key in context.services.rotation.listed(context.event(chosen.event).id):
        print(f"{key.kid}  {key.use:7}  {key.state}")
    return 0


def _passphrase(path: Path | None, *, twice: bool) -> str:
    if path is not None:
        return read_secret(path)
    first = typed_secret("passphrase: ", "--passphrase-file")
    if twice and typed_secret("again: ", "--passphrase-file") != first:
        raise BadInput("the two passphrases differ; nothing was written")
    return first


def _export(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    bundle = context.keys.export(event.uid, _passphrase(chosen.passphrase_file, twice=True))
    write_private_file(chosen.file, bundle)
    context.keys.note_export(event.uid, context.clock.now_ms())
    print(f"keys of {event.key} are in {chosen.file}; keep it and its passphrase apart, away from this machine")
    return 0


def _import(context: Context, chosen: argparse.Namespace) -> int:
    bundle = read_file(chosen.file, BUNDLE_BYTES_MAX)
    uid = context.keys.import_(bundle, _passphrase(chosen.passphrase_file, twice=False))
    print(f"keys of event {uid.hex()} are in {context.config.keys}")
    return 0


def _show(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    print(grouped_hex(root_thumbprint(context.keys.of(event.uid).root.verify_key)), file=sys.stdout)
    return 0
