"""init, import-event, texts, build-snapshot."""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import date
from pathlib import Path

from common.errors import BadInput
from common.signing import write_private_file
from syncserver.cli.context import Context, Parsers, add_event_option
from syncserver.db.migrate import migrate
from syncserver.services.event_file.load import load
from syncserver.services.event_file.model import Loaded, Rejected
from syncserver.services.event_file.shift import shift_to
from syncserver.services.import_event import Imported, import_event
from syncserver.services.keys import publish_key_list
from syncserver.services.missing_texts import count_missing, missing_texts
from syncserver.stores import events as event_store
from syncserver.stores import key_lists


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    init = commands.add_parser("init", help="make or update the database and the server's secret; safe to repeat")
    init.set_defaults(run=_init)
    again = commands.add_parser("migrate", help="update the database to this version's schema")
    again.set_defaults(run=_migrate)
    load_ = commands.add_parser("import-event", help="load an event file, or say line by line what is wrong with it")
    load_.add_argument("file", type=Path, help="a .toml or .yaml file")
    load_.add_argument("--starts-on", metavar="DATE", help="move the event so that its first day is this one, or today")
    load_.add_argument("--check", action="store_true", help="only say what is wrong, change nothing")
    load_.set_defaults(run=_import)
    texts = commands.add_parser("texts", help="say in which languages the event's texts are whole")
    texts.add_argument("--missing", action="store_true", help="list each text that lacks a language; 1 if any")
    add_event_option(texts)
    texts.set_defaults(run=_texts)
    build = commands.add_parser("build-snapshot", help="build a snapshot now")
    add_event_option(build)
    build.set_defaults(run=_build)


def _init(context: Context, chosen: argparse.Namespace) -> int:
    config = context.config
    for folder in (config.data, config.snapshots, config.backups, config.keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if config.secret_key is None and not config.session_secret.exists():
        write_private_file(config.session_secret, secrets.token_hex(32).encode())
        print(f"made {config.session_secret}")
    return _migrate(context, chosen)


def _migrate(context: Context, _: argparse.Namespace) -> int:
    print(f"database has schema {migrate(context.database)}")
    return 0


def _import(context: Context, chosen: argparse.Namespace) -> int:
    found = load(chosen.file)
    if isinstance(found, Rejected):
        for problem in found.problems:
            print(problem, file=sys.stderr)
        count = len(found.problems)
        print(f"{count} problem{'s' * (count > 1)}; nothing was changed", file=sys.stderr)
        return 1
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if chosen.check:
        print("nothing is wrong with it")
        return 0
    done = import_event(context.db, context.clock, _moved(context, found, chosen.starts_on))
    _make_keys(context, done)
    change = "new" if done.is_new else "updated" if done.is_changed else "unchanged"
    print(f"event {done.key}: {change}, catalogue version {done.catalogue_version}")
    return 0


def _moved(context: Context, found: Loaded, starts_on: str | None) -> Loaded:
    if starts_on is None:
        return found
    try:
        day = _today(context) if starts_on == "today" else date.fromisoformat(starts_on)
    except ValueError as fault:
        raise BadInput(f"--starts-on {starts_on}: write a date like 2028-07-06, or today") from fault
    return Loaded(shift_to(found.event_file, day), found.pictures, found.warnings)


def _today(context: Context) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + context.clock.now_ms() // 86_400_000)


def _make_keys(context: Context, done: Imported) -> None:
    """Keys and key list of a new event; the pass keys of others go on the list too."""
    if not context.keys.has(done.uid):
        with context.db.read() as tx:
            is_known = key_lists.newest(tx, done.event_id) is not None
        if is_known:
            raise BadInput(
                f"event {done.key} has a key list, but its keys are not in {context.config.keys}: "
                "bring them with `rallygate-server keys import FILE`"
            )
        context.keys.create(done.uid)
        print("made the event's keys; export them now: rallygate-server keys export FILE", file=sys.stderr)
    if done.is_new:
        _publish_all(context)


def _publish_all(context: Context) -> None:
    with context.db.write() as tx:
        for event in reversed(event_store.all_events(tx)):
            if context.keys.has(event.uid):
                publish_key_list(tx, context.clock, context.keys, event)


def _texts(context: Context, chosen: argparse.Namespace) -> int:
    event = context.event(chosen.event)
    with context.db.read() as tx:
        missing = missing_texts(tx, event)
        counts = count_missing(tx, event)
    if not missing:
        print(f"event {event.key}: every text is there in every language")
    elif chosen.missing:
        for one in missing:
            print(f"{one.subject} {one.key} {one.field}: {', '.join(one.languages)}")
    else:
        print(f"event {event.key} lacks texts: " + ", ".join(f"{one} {count}" for one, count in counts.items()))
    return 1 if missing and chosen.missing else 0


def _build(context: Context, chosen: argparse.Namespace) -> int:
    built = context.services.snapshots.build(context.event(chosen.event).id)
    print(f"snapshot of {built.ticket_count} tickets and {built.use_count} uses, built in {built.took_ms / 1000:.1f} s")
    return 0
