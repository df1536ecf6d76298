"""A server of the exchange in memory, built on `common` alone, with weather: what tests of kiosk sync talk to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from common import envelope
from common.certificates import DeviceCertificate, open_certificate
from common.entries import Entry, open_entry
from common.envelope import EnvelopeFault, Typ, digest
from common.exchange import (
    Cursor,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Rejected,
    VersionVector,
    from_payload,
    to_payload,
)
from common.ids import DeviceId, Digest, PointNo
from common.signing import VerifyKey, device_id
from common.vectors import LackedRange, Link, lacking
from kiosk.sync.errors import Refused, Retry, TooMuch
from kiosk.sync.transport import Part
from tests.support.kiosk_world import EVENT, NOW_MS, Built, Event, vector_of_entries

PER_ANSWER_MAX = 50


@dataclass
class _Row:
    tag: int
    entry: Entry


@dataclass
class FakeServer:
    """Implements `Transport`. `weather` is called before each answer and may raise; `poison` kills it by name."""

    event: Event
    now_ms: int = NOW_MS
    rows: list[_Row] = field(default_factory=list)
    keys: dict[DeviceId, VerifyKey] = field(default_factory=dict)
    snapshots: list[Built] = field(default_factory=list)
    pictures: dict[bytes, bytes] = field(default_factory=dict)
    uploads: list[bytes] = field(default_factory=list)
    wanted: tuple[bytes, ...] = ()
    poison: set[Digest] = field(default_factory=set)
    tray: set[Digest] = field(default_factory=set)
    weather: Callable[[str], None] = lambda _path: None
    after_answer: Callable[[bytes], bytes] = lambda raw: raw
    requests: list[ExchangeRequest] = field(default_factory=list)
    codes: dict[str, PointNo | None] = field(default_factory=dict)
    enrolled_keys: dict[str, bytes] = field(default_factory=dict)
    key_list: bytes | None = None
    pieces_before_break: int | None = None
    protocol: int = 1
    behind_max: int | None = None  # further behind, who does not hold the snapshot gets no entries
    ranges: list[int] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    # --- Transport --------------------------------------------------------------------------------

    def post(self, path: str, body: bytes) -> bytes:
        """Enrol or exchange."""
        self.weather(path)
        answer = self._enrol(body) if path.endswith("/enrol") else self._exchange(body)
        raw = envelope.sign(to_payload(answer), self.event.online, Typ.ANSWER, 8 * 1024 * 1024)
        return self.after_answer(raw)

    def get(self, path: str, first: int) -> Part:
        """A file of a snapshot, or a picture, by its hash."""
        self.weather(path)
        self.ranges.append(first)
        wanted = bytes.fromhex(path.rpartition("/")[2])
        if wanted in self.pictures:
            return Part(first, self._pieces(self.pictures[wanted][first:]))
        for built in self.snapshots:
            if wanted in built.files:
                return Part(first, self._pieces(built.files[wanted][first:]))
        raise Refused("no such file")

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Take back a file."""
        self.weather(path)
        assert "Rallygate-Manifest" in headers
        self.uploads.append(body)

    def _pieces(self, rest: bytes) -> Iterator[bytes]:
        for count, at in enumerate(range(0, len(rest), 1000)):
            if self.pieces_before_break is not None and count >= self.pieces_before_break:
                raise Retry("the line broke")
            yield rest[at : at + 1000]

    # --- the server -------------------------------------------------------------------------------

    def say(self, *entries: Entry) -> None:
        """The server holds these."""
        held = {row.entry.ref.digest for row in self.rows}
        for entry in entries:
            if entry.ref.digest not in held:
                self.rows.append(_Row(self.rng.getrandbits(48), entry))

    def restore(self, keep: int) -> None:
        """A backup with only the first rows comes back; their tags stay, later ones are new."""
        self.rows = self.rows[:keep]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All it holds."""
        return tuple(row.entry for row in self.rows)

    def find_key(self, device: DeviceId) -> VerifyKey | None:
        """The key of a device whose certificate was shown, or the scribe's."""
        scribe = VerifyKey.of_device(self.event.scribe.verify_key.raw)
        return scribe if device == scribe.kid else self.keys.get(device)

    def links_at(self, device: DeviceId, run: bytes, number: int) -> list[Link]:
        """What is held at a number of a run."""
        return [link for at, link in self._links() if at == (device, run) and link.number == number]

    def links_of(self, device: DeviceId, run: bytes) -> list[Link]:
        """What is held of a run."""
        return [link for at, link in self._links() if at == (device, run)]

    def _links(self) -> Iterator[tuple[tuple[DeviceId, bytes], Link]]:
        for entry in self.entries:
            name = entry.ref.identity
            yield (name.device, name.run), Link(name.number, entry.ref.digest, entry.previous)

    def _enrol(self, body: bytes) -> EnrolAnswer:
        signed = envelope.open_unverified(body, Typ.ENROLMENT)
        assert not isinstance(signed, EnvelopeFault)
        request = from_payload(signed.payload, EnrolRequest)
        assert isinstance(request, EnrolRequest)
        if (
            request.code not in self.codes
            or self.enrolled_keys.setdefault(request.code, request.public) != request.public
        ):
            raise Refused("the code is unknown or used; ask for a new one")
        self.keys[device_id(request.public)] = VerifyKey.of_device(request.public)
        from common.certificates import issue_certificate  # noqa: PLC0415 - a server's tool, used here only

        certificate = issue_certificate(self.event.scribe, EVENT, request.public, request.name, self.now_ms // 1000)
        root, point = self.event.root.verify_key.raw, self.codes[request.code]
        return EnrolAnswer(EVENT, request.nonce, self.now_ms, certificate, root, self.event.key_list(), point, "Rally")

    def _exchange(self, body: bytes) -> ExchangeAnswer:
        request = self._open(body)
        self.requests.append(request)
        taken, rejected = self._ingest(request)
        known_cursor = request.cursor if request.cursor is not None and self._is_known(request.cursor) else None
        fresh, cursor, more = self._news(request, known_cursor)
        asks_truth = request.vector is not None or known_cursor is None
        return ExchangeAnswer(
            protocol=self.protocol,
            schema=1,
            nonce=request.nonce,
            time_ms=self.now_ms,
            taken=taken,
            entries=fresh,
            cursor=cursor,
            vector=self.vector() if asks_truth else None,
            more=more,
            rejected=rejected,
            wants_snapshots=self.wanted,
            manifest=self.snapshots[-1].signed if self.snapshots else None,
            key_list=self.key_list,
        )

    def vector(self) -> VersionVector:
        """What it holds."""
        return vector_of_entries(self.entries)

    def _open(self, body: bytes) -> ExchangeRequest:
        signed = envelope.open_unverified(body, Typ.EXCHANGE, 8 * 1024 * 1024)
        assert not isinstance(signed, EnvelopeFault), signed
        request = from_payload(signed.payload, ExchangeRequest)
        assert isinstance(request, ExchangeRequest), request
        if request.certificate is not None:
            certificate = open_certificate(request.certificate, self.event.ring())
            assert isinstance(certificate, DeviceCertificate)
            self.keys[certificate.device] = certificate.key
        verified = envelope.verify(body, Typ.EXCHANGE, lambda kid: self.find_key(DeviceId(kid)), 8 * 1024 * 1024)
        assert not isinstance(verified, EnvelopeFault), verified
        return request

    def _ingest(self, request: ExchangeRequest) -> tuple[int, tuple[Rejected, ...]]:
        rejected: list[Rejected] = []
        for raw in request.entries:
            if digest(raw) in self.poison:
                raise TooMuch("500: this entry kills the server")
            entry = open_entry(raw, EVENT, self.find_key)
            if digest(raw) in self.tray or not isinstance(entry, Entry):
                rejected.append(Rejected(digest(raw), "not_allowed"))
            else:
                self.say(entry)
        return len(request.entries), tuple(rejected)

    def _is_known(self, cursor: Cursor) -> bool:
        if cursor.position == 0:
            return True
        return cursor.position <= len(self.rows) and self.rows[cursor.position - 1].tag == cursor.tag

    def _news(self, request: ExchangeRequest, cursor: Cursor | None) -> tuple[tuple[bytes, ...], Cursor | None, bool]:
        if self._is_far(request, cursor):
            return (), None, False
        if request.vector is not None:
            lacked = [raw for one in lacking(self.vector(), request.vector, self) for raw in self._raws(one)]
            is_whole = len(lacked) <= PER_ANSWER_MAX
            first = next((place for place, row in enumerate(self.rows) if row.entry.raw in lacked), 0)
            cursor = self._cursor(len(self.rows) if is_whole else first)
            return tuple(lacked[:PER_ANSWER_MAX]), cursor, not is_whole
        if cursor is None:
            return (), None, False
        end = min(len(self.rows), cursor.position + PER_ANSWER_MAX)
        rows = self.rows[cursor.position : end]
        return tuple(row.entry.raw for row in rows), self._cursor(end), end < len(self.rows)

    def _is_far(self, request: ExchangeRequest, cursor: Cursor | None) -> bool:
        held = self.snapshots[-1].signed in request.manifests if self.snapshots else True
        if self.behind_max is None or held:
            return False
        if request.vector is None:
            return cursor is not None and len(self.rows) - cursor.position > self.behind_max
        ranges = lacking(self.vector(), request.vector, self)
        return sum(len(self._raws(one)) for one in ranges) > self.behind_max

    def _cursor(self, position: int) -> Cursor:
        return Cursor(position, self.rows[position - 1].tag if position else 0)

    def _raws(self, lacked: object) -> list[bytes]:
        by_name = {}
        if isinstance(lacked, LackedRange):
            for entry in self.entries:
                name = entry.ref.identity
                if (name.device, name.run) == (
                    lacked.device,
                    lacked.run,
                ) and lacked.first <= name.number <= lacked.last:
                    by_name[name.number] = entry.raw
            return [by_name[number] for number in sorted(by_name)]
        digests = getattr(lacked, "digests", ())
        return [entry.raw for entry in self.entries if entry.ref.digest in digests]
