"""Calls one kiosk of the LAN: pushes own entries, or compares vectors until neither lacks what the other has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from common.envelope import Typ, digest
from common.exchange import PROTOCOL, SCHEMA, ExchangeRequest, VersionVector
from common.ids import DeviceId, Digest
from kiosk.store.learnt import Tray
from kiosk.sync.held import Held
from kiosk.sync.messages import sign_request
from kiosk.sync.party import Party
from kiosk.sync.peer_desk import page
from kiosk.sync.peer_messages import ENTRIES_MAX, PEER_PATH, IsRevoked, PeerAnswer, open_answer
from kiosk.sync.reception import Reception, Voucher
from kiosk.sync.transport import Transport

PUSHED_AT_ONCE: Final = 200
REST_S: Final = 60.0
RESTING_MAX: Final = 20_000
ROUNDS_MAX: Final = 8  # then others have their turn; what is left follows at once


@dataclass(frozen=True, slots=True)
class Called:
    """What a call brought: who answered, entries new here, whether there is more, a snapshot the other offers."""

    device: DeviceId
    new: int = 0
    more: bool = False
    manifest: bytes | None = None


class PeerCaller:
    """One partner's line. `position`: own entries up to there were given to it; used by one thread at a time."""

    def __init__(
        self, party: Party, held: Held, reception: Reception, is_revoked: IsRevoked, transport: Transport
    ) -> None:
        self._party, self._held, self._reception, self._is_revoked = party, held, reception, is_revoked
        self.transport = transport
        self._position = party.stores.journal.end()
        self._resting: dict[Digest, float] = {}

    def push(self) -> Called:
        """Give it the own entries it was not given. Raises Retry, Refused, StoreTrouble."""
        rows = self._party.stores.journal.after(self._position, PUSHED_AT_ONCE)
        answer = self._ask(tuple(row.raw for row in rows), None)
        self._position = rows[-1].position if rows else self._position
        return Called(answer.device, more=len(rows) == PUSHED_AT_ONCE)

    def reconcile(self) -> Called:
        """Take what is lacking here, give what is lacking there. Raises Retry, Refused, StoreTrouble."""
        position = self._party.stores.journal.end()
        to_give, new, rounds = tuple[bytes, ...](), 0, 0
        while True:
            answer, rounds = self._ask(to_give, self._held.known_vector()), rounds + 1
            came = self._take(answer)
            to_give = self._to_give(answer.answer.vector or (), to_give)
            new, more = new + came, bool(to_give) or (answer.answer.more and came > 0)
            if not more or rounds == ROUNDS_MAX:
                break
        self._position = max(self._position, position)
        return Called(answer.device, new, more, answer.answer.manifest)

    def _to_give(self, theirs: VersionVector, given: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """What to give next. What was given and is lacking still cannot be checked there: it rests for a while."""
        now_s = self._party.monotonic_s()
        self._resting = {name: until_s for name, until_s in self._resting.items() if until_s > now_s}
        raws, _ = page(self._held, self._party, self._held.lacked_by(theirs), self._resting)
        refused = {digest(raw) for raw in given} & {digest(raw) for raw in raws}
        if not refused:
            return raws
        room = RESTING_MAX - len(self._resting)
        self._resting |= dict.fromkeys(list(refused)[: max(0, room)], now_s + REST_S)
        return tuple(raw for raw in raws if digest(raw) not in refused)

    def _ask(self, raws: tuple[bytes, ...], vector: VersionVector | None) -> PeerAnswer:
        party = self._party
        party.give_way()
        signed = tuple(one.signed_manifest for one in party.stores.snapshots.in_use)
        request = ExchangeRequest(
            protocol=PROTOCOL,
            schema=SCHEMA,
            event=party.enrolled.event,
            nonce=os.urandom(16),
            certificate=party.enrolled.certificate,
            entries=raws[:ENTRIES_MAX],
            cursor=None,
            vector=vector,
            status=None,
            manifests=() if vector is None else signed[:8],
            key_list_version=party.ring.key_list.version,
        )
        sent_s = party.monotonic_s()
        packed = self.transport.post(PEER_PATH, sign_request(request, party.key, Typ.EXCHANGE))
        answer = open_answer(packed, party, request, self._is_revoked)
        if answer.answer.time_ms > 0:
            party.device_clock.told_by_peer(answer.device, answer.answer.time_ms, sent_s)
        if answer.answer.key_list is not None:
            self._reception.take_key_list(answer.answer.key_list)
        return answer

    def _take(self, answer: PeerAnswer) -> int:
        """Store what came. Where all of it did, what the other had heard was heard here too."""
        said = answer.answer

        def vouch(tray: tuple[Tray, ...]) -> Voucher:
            if said.cursor is None or said.more or tray:
                return Voucher()
            heard_ms = self._party.stores.learnt.noted_number("heard_ms") or 0
            now_ms = self._party.device_clock.now_ms()
            return Voucher(notes=(("heard_ms", max(heard_ms, min(said.cursor.position, now_ms))),))

        keys = {answer.device: answer.certificate.key}
        return self._reception.receive(said.entries, vouch, keys, is_by_peer=True).new
