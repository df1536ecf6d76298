"""Bugs in the exchange, on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

from common.bodies import Redeem
from common.entries import Entry, stored_entry
from common.exchange import Line, VersionVector
from common.ids import DeviceId
from kiosk.sync import held as held_module
from kiosk.sync import plan
from kiosk.sync.held import Held
from kiosk.sync.outbox import Outbox
from syncserver.services import append as append_module
from syncserver.services import exchange as server_exchange
from syncserver.services import ingest as ingest_module
from syncserver.services.ingest import Ingest
from syncserver.stores import entries as entry_store
from tests.simulation.swapping import all_swapped, real_of, swapped

Plant = Callable[[], AbstractContextManager[None]]


def some_entries_dropped_at_intake() -> AbstractContextManager[None]:
    """The server says it took an entry in, and every eighth is gone."""
    real = real_of(ingest_module, "append_entries")

    def append(tx: Any, event: Any, ring: Any, found: Any, now_ms: int) -> Any:  # noqa: ANN401 - as the real one
        return real(tx, event, ring, [e for e in found if e.ref.digest[0] % 8], now_ms)

    return swapped(ingest_module, "append_entries", append)


def entry_bytes_changed() -> AbstractContextManager[None]:
    """The server keeps other bytes than came."""
    real = append_module._row

    def row(event: Any, ring: Any, entry: Any, position: int, now_ms: int) -> Any:  # noqa: ANN401 - as the real one
        made = real(event, ring, entry, position, now_ms)
        return {**made, "raw": entry.raw + b"\x00"} if isinstance(entry.body, Redeem) else made

    return swapped(append_module, "_row", row)


def sent_before_answered() -> AbstractContextManager[None]:
    """What was put into a message counts as sent, and a vector is not believed to show otherwise."""
    real = Outbox.batch

    def batch(self: Outbox, most: int) -> Any:  # noqa: ANN401 - a batch
        made = real(self, most)
        positions = [item.position for item in made.items if item.position is not None]
        self.sent_position = max([self.sent_position, *positions])
        return made

    def lacked(_self: Held, _theirs: VersionVector) -> Iterator[Any]:
        return iter(())

    return all_swapped((Outbox, "batch", batch), (Held, "lacked_by", lacked))


def entries_wait_for_the_poll() -> AbstractContextManager[None]:
    """Polls come every fifteen seconds, also while the point is open, and an entry does not hasten them."""
    real = plan.after

    def after(state: plan.State, happened: plan.Happened, now_s: float, chance: float) -> plan.State:
        return state if isinstance(happened, plan.EntryWritten) else real(state, happened, now_s, chance)

    return all_swapped((plan, "after", after), (plan, "OPEN_EVERY_S", 15.0))


def back_off_without_end() -> AbstractContextManager[None]:
    """After failures a kiosk waits for up to ten minutes."""
    return swapped(plan, "BACKOFF_MAX_S", 600.0)


def cursor_skips_one() -> AbstractContextManager[None]:
    """Of several entries behind a cursor the last is not sent, and the cursor lies behind it."""
    real = server_exchange._page_of

    def page_of(found: Any, cursor: Any, delivered: Any) -> Any:  # noqa: ANN401 - as the real one
        page = real(found, cursor, delivered)
        return replace(page, raws=page.raws[:-1])

    return swapped(server_exchange, "_page_of", page_of)


def hole_bridged_by_kiosk() -> AbstractContextManager[None]:
    """A run's lines are taken from its least to its greatest number."""
    real = real_of(held_module, "lines_of")

    def lines_of(links: Iterable[Any]) -> tuple[Line, ...]:
        lines = real(links)
        return (Line(1, lines[-1].last, lines[-1].digest),) if lines else lines

    def extend(_lines: tuple[Line, ...], link: Any) -> tuple[Line, ...]:  # noqa: ANN401 - a link
        return (Line(1, link.number, link.digest),)

    return all_swapped((held_module, "lines_of", lines_of), (held_module, "extend", extend))


def server_vector_one_ahead() -> AbstractContextManager[None]:
    """The server's vector is brought up to date before what may fail: the last entry of a batch is not there."""
    real = entry_store.append

    def append(tx: Any, new: Any) -> None:  # noqa: ANN401 - as the real one
        kept = [row for row in new if row["kind"] != 4]  # refusals are thought to be no entries
        if kept:
            real(tx, kept)

    return swapped(entry_store, "append", append)


def server_entries_not_taken_back() -> AbstractContextManager[None]:
    """Entries of the server itself that a kiosk brings are thought to be old."""
    return _taken_only(lambda author, _sender, event: author not in event.ring.servers)


def only_the_author_may_bring_entries() -> AbstractContextManager[None]:
    """The server takes from a kiosk what that kiosk wrote, and nothing it heard of others."""
    return _taken_only(lambda author, sender, _event: author == sender)


def _taken_only(is_good: Callable[[Any, Any, Any], bool]) -> AbstractContextManager[None]:
    """The server says it holds all, and keeps what is good."""
    real = Ingest.take

    def take(self: Ingest, event: Any, raws: Any, sender: Any) -> Any:  # noqa: ANN401 - as the real one
        def is_kept(raw: bytes) -> bool:
            entry = stored_entry(raw, event.event.uid)
            return not isinstance(entry, Entry) or is_good(entry.ref.identity.device, sender, event)

        kept = [raw for raw in raws if is_kept(raw)]
        taken = real(self, event, kept, sender)
        return replace(taken, count=len(raws) if taken.count == len(kept) else taken.count)

    return swapped(Ingest, "take", take)


def only_own_entries_given() -> AbstractContextManager[None]:
    """A kiosk gives only what it wrote itself; what it heard of others it keeps."""
    real = Held.lacked_by

    def lacked_by(self: Held, theirs: VersionVector) -> Iterator[Any]:
        mine: DeviceId = self._stores.journal.device
        return (part for part in real(self, theirs) if part.device == mine)

    return swapped(Held, "lacked_by", lacked_by)


BUGS: Final[dict[str, tuple[Plant, ...]]] = {
    "delivered-once": (some_entries_dropped_at_intake, entry_bytes_changed, sent_before_answered),
    "no-double": (entries_wait_for_the_poll, back_off_without_end, cursor_skips_one),
    "honest-vectors": (hole_bridged_by_kiosk, server_vector_one_ahead),
    "remembered": (server_entries_not_taken_back, only_the_author_may_bring_entries, only_own_entries_given),
}
