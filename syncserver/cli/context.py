"""What every command is given: settings, database, and services built only when they are asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, TypeAlias

from common.clock import Clock, SystemClock
from common.errors import BadInput
from syncserver.app import Services, make_services
from syncserver.config import ServerConfig
from syncserver.db.engine import Database
from syncserver.db.migrate import check_current
from syncserver.services.keys import KeyStore
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow

Command: TypeAlias = "Callable[[Context, argparse.Namespace], int]"
Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - the type has no public name


@dataclass
class Context:
    """One run of the command."""

    config: ServerConfig
    clock: Clock = field(default_factory=SystemClock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give back the connections of what was opened."""
        opened = vars(self)  # a cached property that was asked for stands there
        if "services" in opened:
            self.services.db.close()
        if "database" in opened:
            self.database.close()

    @cached_property
    def database(self) -> Database:
        """The database, its schema not looked at."""
        return Database(self.config.database_url)

    @property
    def db(self) -> Database:
        """The database with this version's schema. Raises BadInput where it has another."""
        check_current(self.database)
        return self.database

    @cached_property
    def keys(self) -> KeyStore:
        """The folder of keys."""
        return KeyStore(self.config.keys)

    @cached_property
    def services(self) -> Services:
        """All services. Raises BadInput where the server is not set up."""
        check_current(self.database)
        return make_services(self.config, self.clock)

    def event(self, key: str | None) -> EventRow:
        """The event of a key, or the only one there is. Raises BadInput naming those there are."""
        with self.db.read() as tx:
            events = event_store.all_events(tx)
        fitting = [event for event in events if key in {None, event.key}]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(event.key for event in events) or "none"
        wanted = f"no event {key!r}" if key else "say which event with --event KEY"
        raise BadInput(f"{wanted}; there are: {names}")


def add_event_option(parser: argparse.ArgumentParser) -> None:
    """--event KEY, needed only where there are several."""
    parser.add_argument("--event", metavar="KEY", help="the event's key (not needed where there is only one)")
