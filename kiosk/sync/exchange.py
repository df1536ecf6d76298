"""One exchange: what I have for you, what I lack, and what comes back stored in one transaction with its cursor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from common.envelope import Typ
from common.exchange import (
    OUT_OF_ORDER_CHARACTERS_MAX,
    PROTOCOL,
    SCHEMA,
    Cursor,
    DeviceStatus,
    ExchangeAnswer,
    ExchangeRequest,
)
from kiosk.machine.names import system_name
from kiosk.store.learnt import Tray
from kiosk.sync.held import Held
from kiosk.sync.messages import open_exchange_answer, sign_request
from kiosk.sync.outbox import Batch, Outbox
from kiosk.sync.party import Machine, Party
from kiosk.sync.plan import Answered
from kiosk.sync.reception import Reception, Voucher
from kiosk.sync.transport import Transport

__all__ = ["VERSION", "Exchanger", "Machine", "Outcome", "Party", "status_of"]

EXCHANGE_PATH: Final = "/api/sync/v1/exchange"
STATUS_EVERY_S: Final = 30.0
VERSION: Final = "0.1.0"
MANIFESTS_MAX: Final = 8
DECLINED_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an exchange brought, beside what it stored."""

    answered: Answered
    manifest: bytes | None
    wanted: tuple[bytes, ...]
    waits: int = 0
    is_far: bool = False  # the server held entries back: its snapshot is the shorter way
    heard_all: bool = True  # nothing was left out: what is known here is as new as the answer


class Exchanger:
    """Makes one exchange after the other; used by one thread."""

    def __init__(self, party: Party, transport: Transport) -> None:
        self._party, self._transport = party, transport
        self.held = Held(party.stores, party.on_forked)
        self.reception = Reception(party, self.held)
        sent = party.stores.learnt.noted_number("sent_position") or 0
        self.outbox = Outbox(party.stores.journal, self.held, sent, party.monotonic_s, self.reception.from_peers)
        self._status_sent_s: float | None = None
        self._told_out_of_order = ""
        self._last_batch = self._suspect = Batch(())
        self._declined: dict[bytes, float] = {}
        self._ahead: Cursor | None = None  # read on to here past entries that wait: never stored, vectors name those
        self._waiting = 0

    def exchange(self, batch_max: int, *, by_vector: bool) -> Outcome:
        """One round trip. Raises Retry, TooMuch, Refused, StoreTrouble; whatever was stored stays stored."""
        own_end = self._party.stores.journal.end()
        batch = self._last_batch = self.outbox.batch(batch_max)
        if batch.raws:
            self._suspect = batch
        request = self._request(batch, by_vector=by_vector)
        sent_s = self._party.monotonic_s()
        raw = self._transport.post(EXCHANGE_PATH, sign_request(request, self._party.key, Typ.EXCHANGE))
        answer = open_exchange_answer(raw, self._party.ring, request)
        remembered = self._party.device_clock.heard(answer.time_ms, sent_s)
        if answer.key_list is not None:
            self.reception.take_key_list(answer.key_list)
        self.outbox.taken(batch, answer.taken, answer.rejected)
        self.outbox.came_from_server(answer.entries)
        waits = self._store(answer, request, remembered.offset_ms or 0, remembered.measured_wall_ms or 0)
        if answer.vector is not None:
            self.outbox.lacks(self.held.lacked_by(answer.vector), own_end)
        self.outbox.note_sent(self._party.stores.learnt)
        return self._outcome(answer, request, batch, waits)

    @property
    def sent(self) -> int:
        """How many entries the last message held."""
        return len(self._last_batch.raws)

    def skip_suspect(self) -> None:
        """An empty message went through where one with a single entry did not: let the others pass."""
        self.outbox.skip_first_of(self._suspect)

    def decline(self, manifest: bytes) -> None:
        """For a while, have entries instead of this snapshot, which cannot be taken: a gate must not hear nothing."""
        self._declined = {manifest: self._party.monotonic_s()}

    def _manifests(self, *, by_vector: bool) -> tuple[bytes, ...]:
        """The snapshots here, and what was declined: the server offers neither."""
        held = [one.signed_manifest for one in self._party.stores.snapshots.in_use][:MANIFESTS_MAX] if by_vector else []
        now_s = self._party.monotonic_s()
        declined = [raw for raw, since_s in self._declined.items() if now_s - since_s < DECLINED_S and raw not in held]
        return tuple((*declined, *held)[:MANIFESTS_MAX])

    def _request(self, batch: Batch, *, by_vector: bool) -> ExchangeRequest:
        party = self._party
        cursor = None if by_vector else self._ahead or party.stores.learnt.cursor()
        by_vector = by_vector or cursor is None
        return ExchangeRequest(
            protocol=PROTOCOL,
            schema=SCHEMA,
            event=party.enrolled.event,
            nonce=os.urandom(16),
            certificate=party.enrolled.certificate if by_vector else None,
            entries=batch.raws,
            cursor=cursor,
            vector=self.held.known_vector() if by_vector else None,
            status=self._status(),
            manifests=self._manifests(by_vector=by_vector),
            key_list_version=party.ring.key_list.version,
        )

    def _status(self) -> DeviceStatus | None:
        """Now and then, and at once when a turnstile fails or works again: people wait before it."""
        now_s, out_of_order = self._party.monotonic_s(), self._party.machine().out_of_order
        is_fresh = self._status_sent_s is not None and now_s - self._status_sent_s < STATUS_EVERY_S
        if is_fresh and out_of_order == self._told_out_of_order:
            return None
        self._status_sent_s, self._told_out_of_order = now_s, out_of_order
        return status_of(self._party, self.outbox.pending())

    def _store(self, answer: ExchangeAnswer, request: ExchangeRequest, offset_ms: int, wall_ms: int) -> int:
        """Verify and store what came; how many entries had to wait because their device is at its bound."""
        notes = [("offset_ms", offset_ms), ("measured_wall_ms", wall_ms), ("signed_time_ms", answer.time_ms)]
        strange = request.vector is None and answer.vector is not None and answer.cursor is None

        reads_on = self._ahead is not None and request.vector is None
        is_start = request.vector is not None and answer.more  # its cursor lies before all that is lacking here

        def vouch(tray: tuple[Tray, ...]) -> Voucher:
            heard = [("heard_ms", answer.time_ms)] if _is_whole(answer) and not tray else []
            cursor = None if reads_on or is_start else answer.cursor
            return Voucher(cursor, strange, (*notes, *heard), tray)

        waits = self.reception.receive(answer.entries, vouch).waits
        self._read_on(answer, waits, is_lost=strange, reads_on=reads_on, is_start=is_start)
        return waits

    def _read_on(self, answer: ExchangeAnswer, waits: int, *, is_lost: bool, reads_on: bool, is_start: bool) -> None:
        """Where entries wait, go on behind them all the same: what others wrote after them must not wait too.

        Where nothing of a vector's answer waits there is room again: then all is read from the stored cursor. Without
        a cursor, what one vector's answer leaves out is read from where the server says that all of it begins.
        """
        if is_lost or not (waits or reads_on):
            self._ahead = None
        elif answer.cursor is not None and not (is_start and self._has_cursor()):
            self._ahead = answer.cursor
        self._waiting = waits + (self._waiting if reads_on else 0)

    def _has_cursor(self) -> bool:
        return self._ahead is not None or self._party.stores.learnt.cursor() is not None

    def _outcome(self, answer: ExchangeAnswer, request: ExchangeRequest, batch: Batch, waits: int) -> Outcome:
        by_vector = request.vector is not None
        is_stuck = bool(batch.raws) and answer.taken == 0 and not answer.rejected
        more = (answer.more and (not waits or not by_vector)) or (self.outbox.has_more() and not is_stuck)
        answered = Answered(
            by_vector=by_vector,
            more=more,
            lost_cursor=not by_vector and answer.vector is not None,
            retry_after_s=None if answer.retry_after_ms is None else answer.retry_after_ms / 1000,
        )
        is_far = not _is_whole(answer) and not answer.more and not answered.lost_cursor
        return Outcome(answered, answer.manifest, answer.wants_snapshots, self._waiting, is_far, _is_whole(answer))


def _is_whole(answer: ExchangeAnswer) -> bool:
    """Whether nothing was left out. Far behind, the server sends no entries and no cursor."""
    return answer.cursor is not None and not answer.more


def status_of(party: Party, pending: int) -> DeviceStatus:
    """How the device fares, for the admin's list."""
    machine, stores = party.machine(), party.stores
    built = [one.file.build_ms for one in stores.snapshots.in_use]
    now_ms = party.device_clock.now_ms()
    return DeviceStatus(
        version=f"{VERSION} {system_name()}"[:40],
        pending=pending,
        learnt=stores.learnt.count(),
        snapshot_age_ms=max(0, now_ms - max(built)) if built else None,
        storage_free=party.folder.free_bytes(),
        battery=machine.battery_percent,
        camera=machine.camera[:40],
        clock_offset_ms=party.device_clock.offset_ms(),
        rejected=stores.learnt.tray_count(),
        out_of_order=machine.out_of_order[:OUT_OF_ORDER_CHARACTERS_MAX],
    )
