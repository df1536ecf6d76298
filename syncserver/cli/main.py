"""Reads the command line, runs one command, turns errors into one line that says what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from common.errors import UserFacing
from syncserver.cli import (
    backup_commands,
    badge_commands,
    carry_commands,
    device_commands,
    event_commands,
    key_commands,
    refund_commands,
    run_commands,
    staff_commands,
    ticket_commands,
)
from syncserver.cli.context import Context
from syncserver.config import SETTINGS, config_from
from syncserver.db.faults import DATABASE_FAULTS, words_of
from syncserver.logs import set_up_logs

GROUPS = (
    event_commands,
    key_commands,
    device_commands,
    badge_commands,
    staff_commands,
    ticket_commands,
    refund_commands,
    run_commands,
    backup_commands,
    carry_commands,
)

_HINT = "see that it runs, that RALLYGATE_DATABASE_URL names it, and that its disk has room"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `rallygate-server`; the exit code is 0, 1 for an error that is told, 2 for a wrong command line."""
    parser = make_parser()
    chosen = parser.parse_args(arguments)
    try:
        with Context(config_from(os.environ)) as context:
            set_up_logs(context.config.log_level if chosen.command in {"run", "worker"} else "warning")
            result: int = chosen.run(context, chosen)
    except UserFacing as fault:
        print(f"rallygate-server: {fault}", file=sys.stderr)
        return 1
    except DATABASE_FAULTS as fault:
        said = f"the database does not answer as it should: {words_of(fault)}"
        print(f"rallygate-server: {said}; {_HINT}", file=sys.stderr)
        return 1
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        print(f"rallygate-server: {where}{fault.strerror or fault}; mend that, then run it again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return result


def make_parser() -> argparse.ArgumentParser:
    """The command line with all commands."""
    settings = "\n".join(f"  {name}\n      {what}" for name, what in SETTINGS.items())
    parser = argparse.ArgumentParser(
        prog="rallygate-server",
        description="Sells passes, keeps what gates and stands did, and tells them what they lack.",
        epilog=f"settings come from the environment; a secret may also come from a file, <NAME>_FILE:\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_commands(commands)
    return parser
