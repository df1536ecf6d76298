"""Bugs on the other ways: between kiosks of a LAN, and on sticks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from common.entries import Entry, stored_entry
from common.envelope import digest
from common.facts import Fact, UseFact
from common.ids import Digest, Ref
from kiosk import known as known_module
from kiosk.known import server_devices
from kiosk.sync import peer_desk as peer_desk_module
from kiosk.sync import peer_plan
from kiosk.sync.carry import Carrying
from kiosk.sync.intake import Sorter
from kiosk.sync.outbox import Outbox
from kiosk.sync.reception import Reception
from tests.simulation.swapping import real_of, swapped

Plant = Callable[[], AbstractContextManager[None]]


# --- the LAN -------------------------------------------------------------------------------------


def back_off_of_half_a_minute() -> AbstractContextManager[None]:
    """A partner that failed is left alone for up to half a minute, also when it is back."""
    return swapped(peer_plan, "BACKOFF_MAX_S", 30.0)


def nothing_is_relayed() -> AbstractContextManager[None]:
    """What peers bring is their writers' to send; whoever compares vectors with the server brings it one day."""
    return swapped(Outbox, "_begin_relays", lambda _self: None)


def peers_are_believed() -> AbstractContextManager[None]:
    """Entries that a device of the event brings are taken unseen: it has shown its certificate."""
    real = Reception._sorter

    class Believer(Sorter):
        def portion(self, raws: Iterable[bytes]) -> tuple[Entry, ...]:
            opened = (stored_entry(raw, self._event) for raw in raws)
            return tuple(entry for entry in opened if isinstance(entry, Entry))

    def sorter(self: Reception, more_keys: Any) -> Sorter:  # noqa: ANN401 - as the real one
        found = real(self, more_keys)
        if more_keys:
            found.__class__ = Believer
        return found

    return swapped(Reception, "_sorter", sorter)


def statements_are_not_for_peers() -> AbstractContextManager[None]:
    """Between kiosks go what kiosks wrote; the server's statements are the server's to tell."""
    real = peer_desk_module.page

    def page(held: Any, party: Any, lacked: Any, skipped: Any = ()) -> Any:  # noqa: ANN401 - as the real one
        servers = server_devices(party.ring)
        return real(held, party, (part for part in lacked if part.device not in servers), skipped)

    return swapped(peer_desk_module, "page", page)


# --- sticks --------------------------------------------------------------------------------------


def put_on_a_stick_once() -> AbstractContextManager[None]:
    """What was put on a stick is delivered: it is not put on another one."""
    real = Carrying._lacking
    put: set[tuple[Path, Digest]] = set()

    def lacking(self: Carrying, found: Any) -> Iterator[bytes]:  # noqa: ANN401 - what was found
        home = self._party.folder.path.with_name(self._party.folder.path.name.partition("-")[0])
        for raw in real(self, found):
            if (home, digest(raw)) not in put:
                put.add((home, digest(raw)))
                yield raw

    return swapped(Carrying, "_lacking", lacking)


def others_left_out_of_the_file() -> AbstractContextManager[None]:
    """A kiosk writes the file anew with what it lacks, not with what others had put there for the server."""
    real = Carrying._write

    def write(self: Carrying, writer: Any, source: Any, found: Any) -> int:  # noqa: ANN401 - as the real one
        found.entries.clear()
        return real(self, writer, source, found)

    return swapped(Carrying, "_write", write)


def carried_twice_counts_twice() -> AbstractContextManager[None]:
    """A use that came in a snapshot and once more as an entry of the file is two uses."""
    real = real_of(known_module, "fold")

    def fold(ticket: Any, facts: Any, *more: Any) -> Any:  # noqa: ANN401 - as the real one
        seen: set[Digest] = set()
        return real(ticket, [_as_if_another(fact, seen) for fact in facts], *more)

    return swapped(known_module, "fold", fold)


def _as_if_another(fact: Fact, seen: set[Digest]) -> Fact:
    if not isinstance(fact, UseFact):
        return fact
    name = fact.ref.digest
    if name in seen:
        return replace(fact, ref=Ref(fact.ref.identity, Digest(bytes([name[0] ^ 1]) + name[1:])))
    seen.add(name)
    return fact


BUGS: Final[dict[str, tuple[Plant, ...]]] = {
    "no-double": (back_off_of_half_a_minute, nothing_is_relayed, others_left_out_of_the_file),
    "nobody-refused": (peers_are_believed, carried_twice_counts_twice),
    "same-ledger": (statements_are_not_for_peers,),
    "delivered-once": (put_on_a_stick_once,),
}
