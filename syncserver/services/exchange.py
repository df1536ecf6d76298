"""The one exchange, the server's side: takes what a device brings, gives it what it lacks, tells it the time.

By cursor (fast) or by vector (truth). A cursor is a position and that row's random tag; a strange tag means that one
of us is not who we were, and is answered with this server's vector and no cursor: "use your vector".
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from common.clock import Clock
from common.envelope import EnvelopeFault, Typ, digest, open_unverified, sign, verify
from common.exchange import (
    ENTRIES_PER_MESSAGE_MAX,
    ENTRY_BYTES_PER_MESSAGE_MAX,
    MESSAGE_BYTES_MAX,
    Cursor,
    DeviceStatus,
    ExchangeAnswer,
    ExchangeRequest,
    MessageFault,
    VersionVector,
    from_payload,
    to_payload,
)
from common.ids import DeviceId, Digest
from common.signing import VerifyKey
from common.vectors import Lacked, LackedRange, lacking
from common.versions import OURS, Versions, protocol_told
from syncserver.db.engine import Database
from syncserver.services.evidence import Evidence
from syncserver.services.ingest import Ingest, Taken
from syncserver.services.keys import KeyStore
from syncserver.services.known_events import KnownEvent, KnownEvents
from syncserver.services.problems import NotSigned, NotUnderstood
from syncserver.services.served import require_served
from syncserver.stores import devices as device_store
from syncserver.stores import entries as store
from syncserver.stores.entries import Head, HeldEntries, StoredEntry

STATUS_EVERY_MS = 30_000
BEHIND_MAX = 50_000  # further behind, a snapshot is cheaper than entries


@dataclass(frozen=True, slots=True)
class _Page:
    """What is sent, and where the caller is then. `vector` is ours, where it was asked for."""

    raws: tuple[bytes, ...] = ()
    cursor: Cursor | None = None
    vector: VersionVector | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks, of which event."""

    known: KnownEvent
    device: DeviceId


class Exchange:
    """Answers exchange requests. Safe to call from many threads."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: KeyStore,
        known: KnownEvents,
        ingest: Ingest,
        evidence: Evidence,
        versions: Versions = OURS,
    ) -> None:
        self._versions = versions
        self._db, self._clock, self._keys = db, clock, keys
        self._known, self._ingest, self._evidence = known, ingest, evidence
        self._status_ms: dict[DeviceId, int] = {}
        self._out_of_order: dict[DeviceId, str] = {}  # as last written
        self._heard: dict[DeviceId, int] = {}  # the last cursor that was good
        self._lock = threading.Lock()

    def answer(self, raw: bytes) -> bytes:
        """The signed answer to a signed request. Raises Problem, saying what the caller should do."""
        request = _parsed(raw, self._versions)
        caller = self._caller(raw, request)
        taken = self._ingest.take(caller.known, request.entries, caller.device)
        self._note_status(caller, request.status)
        page = self._page(caller.known, request, taken)
        if request.cursor is not None and page.vector is None:
            self._heard[caller.device] = request.cursor.position
        wanted = self._evidence.wanted(caller.known, request.manifests)
        return self._signed(caller.known, request, taken, page, wanted)

    def _caller(self, raw: bytes, request: ExchangeRequest) -> Caller:
        """Whose signature it is: a device known here, or one whose certificate our own scribe signed."""
        known = self._known.event(request.event)

        def find(kid: bytes) -> VerifyKey | None:
            key = self._known.key(known, DeviceId(kid))
            if key is None and request.certificate is not None:
                admitted = self._ingest.admit(known, request.certificate)
                key = admitted.key if admitted and admitted.device == kid else None
            return key

        signed = verify(raw, Typ.EXCHANGE, find, MESSAGE_BYTES_MAX)
        if signed is EnvelopeFault.UNKNOWN_KEY:
            raise NotSigned("this device is not known here: send its certificate along, or enrol it anew")
        if isinstance(signed, EnvelopeFault):
            raise NotSigned(f"the exchange is not signed as it should be: {signed.value}")
        return Caller(known, DeviceId(signed.kid))

    # --- what is sent -----------------------------------------------------------------------------

    def _page(self, known: KnownEvent, request: ExchangeRequest, taken: Taken) -> _Page:
        if request.vector is not None:
            with self._db.read() as tx:
                return self._by_vector(tx, known, request.vector, request.manifests)
        if request.cursor is None:
            return self._hello(known)
        at = Head(request.cursor.position, request.cursor.tag)
        if taken.appended is not None and taken.appended.before == at:
            # All that lies behind the caller's cursor is what it has just delivered.
            return _Page(cursor=Cursor(taken.appended.after.position, taken.appended.after.tag))
        if self._known.head(known.event.id) == at:
            return _Page(cursor=request.cursor)
        delivered = {digest(raw) for raw in request.entries}
        found = self._known.behind(known.event.id, request.cursor, ENTRIES_PER_MESSAGE_MAX)
        if found is not None:
            return _page_of(found, request.cursor, delivered)
        with self._db.read() as tx:
            return self._by_cursor(tx, known, request.cursor, delivered, request.manifests)

    def _hello(self, known: KnownEvent) -> _Page:
        with self._db.read() as tx:
            return _Page(vector=store.vector(tx, known.event.id))

    def _by_cursor(
        self,
        tx: Connection,
        known: KnownEvent,
        cursor: Cursor,
        delivered: AbstractSet[Digest],
        manifests: Sequence[bytes],
    ) -> _Page:
        """Entries behind the cursor but those just delivered; the new cursor lies behind both.

        No cursor: the caller is so far behind that it should take the snapshot first, and has not heard all.
        """
        event_id = known.event.id
        if cursor.position > 0 and store.tag_at(tx, event_id, cursor.position) != cursor.tag:
            return _Page(vector=store.vector(tx, event_id))
        found = store.after(tx, event_id, cursor.position, ENTRIES_PER_MESSAGE_MAX)
        is_all = len(found) < ENTRIES_PER_MESSAGE_MAX  # then there is nothing far ahead to ask for
        if not is_all and self._is_far(known, store.head(tx, event_id).position - cursor.position, manifests):
            return _Page()
        return _page_of(found, cursor, delivered)

    def _by_vector(self, tx: Connection, known: KnownEvent, theirs: VersionVector, manifests: Sequence[bytes]) -> _Page:
        """What a partner with this vector lacks, run by run.

        Where something is left out, the cursor lies before all that is lacked: to read on where one device's wait.
        """
        event_id = known.event.id
        head = store.head(tx, event_id)  # read first: what comes after it is behind the cursor
        ours = store.vector(tx, event_id)
        servers = known.ring.servers  # statements first: they hold the certificates the rest is checked with
        lacked = sorted(lacking(ours, theirs, HeldEntries(tx, event_id)), key=lambda part: part.device not in servers)
        if self._is_far(known, _count(lacked), manifests):
            return _Page(vector=ours)
        found = store.raws_of(tx, event_id, lacked, ENTRIES_PER_MESSAGE_MAX + 1)
        fitting = _fitting([len(raw) for _, raw in found[:ENTRIES_PER_MESSAGE_MAX]])
        more = fitting < len(found)
        at = store.before_all(tx, event_id, lacked) if more else head
        return _Page(tuple(raw for _, raw in found[:fitting]), Cursor(at.position, at.tag), ours, more)

    @staticmethod
    def _is_far(known: KnownEvent, behind: int, manifests: Sequence[bytes]) -> bool:
        """Whether a snapshot, which the caller does not hold yet, is the shorter way."""
        snapshot = known.snapshot
        return behind > BEHIND_MAX and snapshot is not None and snapshot.manifest not in manifests

    # --- around it --------------------------------------------------------------------------------

    def _note_status(self, caller: Caller, status: DeviceStatus | None) -> None:
        """Write how a device fares at most once in 30 s, but at once what it says of its turnstile."""
        now_ms = self._clock.now_ms()
        with self._lock:
            is_fresh = now_ms - self._status_ms.get(caller.device, -STATUS_EVERY_MS) < STATUS_EVERY_MS
            is_news = status is not None and status.out_of_order != self._out_of_order.get(caller.device, "")
            if is_fresh and not is_news:
                return
            self._status_ms[caller.device] = now_ms
            heard = self._heard.get(caller.device)
            if status is not None:
                self._out_of_order[caller.device] = status.out_of_order
        told = None if status is None else msgspec.json.encode(msgspec.structs.asdict(status)).decode()
        with self._db.write() as tx:
            device_store.seen(tx, caller.known.event.id, caller.device, told, now_ms, heard)

    def _signed(
        self, known: KnownEvent, request: ExchangeRequest, taken: Taken, page: _Page, wanted: Iterable[bytes]
    ) -> bytes:
        snapshot = known.snapshot
        offered = snapshot.manifest if snapshot and snapshot.manifest not in request.manifests else None
        answer = ExchangeAnswer(
            protocol=request.protocol,
            schema=self._versions.schema_for(request.schema),
            nonce=request.nonce,
            time_ms=self._clock.now_ms(),
            taken=taken.count,
            entries=page.raws,
            cursor=page.cursor,
            vector=page.vector,
            more=page.more,
            rejected=taken.rejected,
            wants_snapshots=tuple(wanted),
            manifest=offered,
            key_list=known.ring.body if known.ring.version > request.key_list_version else None,
            retry_after_ms=taken.retry_after_ms,
        )
        online = self._keys.of(known.event.uid).online
        return sign(to_payload(answer), online, Typ.ANSWER, MESSAGE_BYTES_MAX)


def _parsed(raw: bytes, versions: Versions) -> ExchangeRequest:
    loose = open_unverified(raw, Typ.EXCHANGE, MESSAGE_BYTES_MAX)
    if isinstance(loose, EnvelopeFault):
        raise NotUnderstood(f"the exchange cannot be read: {loose.value}")
    request = from_payload(loose.payload, ExchangeRequest)
    if isinstance(request, MessageFault):
        require_served(versions, protocol_told(loose.payload))
        raise NotUnderstood(f"the exchange cannot be read: {request.value}")
    require_served(versions, request.protocol, request.schema)
    return request


def _page_of(found: Sequence[StoredEntry], cursor: Cursor, delivered: AbstractSet[Digest]) -> _Page:
    """Entries behind a cursor but those just delivered; full pages are followed by another."""
    fitting = _fitting([len(one.raw) for one in found])
    sent = found[:fitting]
    raws = tuple(one.raw for one in sent if one.digest not in delivered)
    at = Cursor(sent[-1].position, sent[-1].tag) if sent else cursor
    return _Page(raws, at, None, fitting < len(found) or len(found) == ENTRIES_PER_MESSAGE_MAX)


def _fitting(sizes: Sequence[int]) -> int:
    """How many of the first stay within the bytes of one message."""
    total = 0
    for at, size in enumerate(sizes):
        total += size
        if total > ENTRY_BYTES_PER_MESSAGE_MAX:
            return max(at, 1)
    return len(sizes)


def _count(lacked: Iterable[Lacked]) -> int:
    return sum(part.last - part.first + 1 if isinstance(part, LackedRange) else len(part.digests) for part in lacked)
