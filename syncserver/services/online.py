"""Online answers: what a device asks the server to decide, signed both ways. Nothing is written."""

from __future__ import annotations

import msgspec

from common.clock import Clock
from common.envelope import EnvelopeFault, Typ, open_unverified, sign, verify
from common.exchange import DecideAnswer, DecideRequest, MessageFault, from_payload, to_payload
from common.ids import DeviceId
from common.versions import OURS, Versions, protocol_told
from syncserver.db.engine import Database
from syncserver.services.keys import KeyStore
from syncserver.services.known_events import KnownEvent, KnownEvents
from syncserver.services.problems import NotSigned, NotUnderstood, Refused
from syncserver.services.served import require_served
from syncserver.services.simulator import Simulator, plain_decision
from syncserver.stores import devices as device_store


class Online:
    """Answers devices' questions. Safe to share between threads."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: KeyStore,
        known: KnownEvents,
        simulator: Simulator,
        versions: Versions = OURS,
    ) -> None:
        self._versions = versions
        self._db, self._clock, self._keys, self._known, self._simulator = db, clock, keys, known, simulator

    def answer(self, raw: bytes) -> bytes:
        """The signed answer to a signed question. Raises Problem, or BadInput naming the field."""
        asked = _parsed(raw, self._versions)
        known = self._known.event(asked.event)
        signed = verify(raw, Typ.DECIDE, lambda kid: self._known.key(known, DeviceId(kid)))
        if isinstance(signed, EnvelopeFault):
            raise NotSigned(f"the question is not signed by a device of this event: {signed.value}")
        self._refuse_revoked(known, DeviceId(signed.kid))
        now_ms = self._clock.now_ms()
        decided = self._simulator.decide(known.event, asked.fields, now_ms)
        answer = DecideAnswer(asked.nonce, now_ms, msgspec.json.encode(plain_decision(decided)))
        return sign(to_payload(answer), self._keys.of(known.event.uid).online, Typ.ANSWER)

    def _refuse_revoked(self, known: KnownEvent, device: DeviceId) -> None:
        """A lost device's entries are still welcome; it has nothing to ask."""
        with self._db.read() as tx:
            row = device_store.by_id(tx, known.event.id, device)
        if row is not None and row.is_revoked:
            raise Refused("this device was revoked: it may deliver what it wrote, and is told nothing more")


def _parsed(raw: bytes, versions: Versions) -> DecideRequest:
    loose = open_unverified(raw, Typ.DECIDE)
    if isinstance(loose, EnvelopeFault):
        raise NotUnderstood(f"the question cannot be read: {loose.value}")
    asked = from_payload(loose.payload, DecideRequest)
    if isinstance(asked, MessageFault):
        require_served(versions, protocol_told(loose.payload))
        raise NotUnderstood(f"the question cannot be read: {asked.value}")
    require_served(versions, asked.protocol)
    return asked
