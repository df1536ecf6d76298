"""The exchange as a file on a stick, the server's side: what kiosks put in is taken, what they lack is written.

Everything in the file is what any sender may bring, and is checked the same way: entries by their authors' keys,
certificates and manifests by our own scribe's, requests to join by their one-time codes. So the file needs no trust,
may come any number of times, and may be cut short.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from common.carry_format import (
    NOBODY,
    SHA_BYTES,
    CarryKind,
    CarryWriter,
    Contents,
    content_of,
    pieces_of,
    read_contents,
    sha_of,
)
from common.catalogue import Catalogue, decode_catalogue
from common.clock import Clock
from common.durable import flush_to_disk, sync_folder
from common.envelope import EnvelopeFault, Typ, digest, sign
from common.errors import BadInput
from common.exchange import (
    MESSAGE_BYTES_MAX,
    PROTOCOL,
    SCHEMA,
    ExchangeAnswer,
    FileKind,
    Manifest,
    VersionVector,
    to_payload,
)
from common.ids import DeviceId, Digest, PointNo
from common.vectors import covers
from syncserver.db.engine import Database
from syncserver.services.enrol import Enrol
from syncserver.services.evidence import Evidence, open_manifest
from syncserver.services.ingest import Ingest
from syncserver.services.keys import KeyStore
from syncserver.services.known_events import KnownEvent, KnownEvents
from syncserver.services.problems import Problem
from syncserver.services.projector import Projector
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as snapshot_store
from syncserver.stores.devices import DeviceRow
from syncserver.stores.entries import HeldEntries
from syncserver.stores.events import EventRow

BATCH: Final = 500
CERTIFICATES_MAX: Final = 2_000
JOINS_MAX: Final = 200
MANIFESTS_MAX: Final = 16
UNKNOWN_MAX: Final = 10_000
BEYOND_MAX: Final = 2_000  # entries behind the newest snapshot; with more of them a new one is built


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file brought.

    `joined`: answers to requests to join; `unknown`: entries whose author is not known here (yet), which stay in the
    file; `troubles`: what was not taken, and why.
    """

    entries: int = 0
    rejected: int = 0
    tickets: int = 0
    joined: tuple[bytes, ...] = ()
    unknown: tuple[bytes, ...] = ()
    troubles: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what the file had brought before."""

    brought: Brought
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class CarryParts:
    """Whom the stick is served by."""

    known: KnownEvents
    ingest: Ingest
    evidence: Evidence
    enrol: Enrol
    projector: Projector
    builder: SnapshotBuilder
    keys: KeyStore
    snapshots: Path


class CarryDesk:
    """Reads and writes carry files."""

    def __init__(self, db: Database, clock: Clock, parts: CarryParts) -> None:
        self._db, self._clock, self._parts = db, clock, parts

    # --- in ---------------------------------------------------------------------------------------

    def take(self, path: Path, event: EventRow) -> Brought:
        """Take in what a file brings. Raises BadInput for what is no carry file of this event."""
        with _opened(path) as file:
            return self._take(file, read_contents(file), path, event)

    def _take(self, file: BinaryIO, contents: Contents, path: Path, event: EventRow) -> Brought:
        if contents.event not in {None, event.uid}:
            raise BadInput(f"{path}: is of another event; say which event with --event KEY")
        known = self._parts.known.event(event.uid)
        sender = None
        for piece in contents.of(CarryKind.CERTIFICATE)[:CERTIFICATES_MAX]:
            admitted = self._parts.ingest.admit(known, content_of(file, piece))
            sender = sender if admitted is None else DeviceId(admitted.device)
        count, rejected, unknown = 0, 0, list[bytes]()
        pieces = contents.of(CarryKind.ENTRY)
        for first in range(0, len(pieces), BATCH):
            batch = [content_of(file, piece) for piece in pieces[first : first + BATCH]]
            count += len(batch)
            refused = self._bring(known, batch, sender)
            rejected += len(refused)
            unknown += [raw for raw in batch if refused.get(digest(raw)) == EnvelopeFault.UNKNOWN_KEY]
        tickets, lost = self._take_rows(file, contents, known)
        joined, not_joined = self._take_joins(file, contents)
        self._parts.projector.catch_up(event.id)
        kept = tuple(unknown[:UNKNOWN_MAX])
        return Brought(count, rejected, tickets, joined, kept, (*lost, *not_joined), contents.is_whole)

    def _bring(self, known: KnownEvent, batch: list[bytes], sender: DeviceId | None) -> dict[Digest, str]:
        """Bring entries as a sender does, waiting where intake makes them wait; those in the tray, and why."""
        refused: dict[Digest, str] = {}
        while batch:
            taken = self._parts.ingest.take(known, batch, sender)
            refused |= {one.digest: one.reason for one in taken.rejected}
            batch = batch[taken.count :]
            if batch:
                self._clock.sleep((taken.retry_after_ms or 1_000) / 1000)
        return refused

    def _take_rows(self, file: BinaryIO, contents: Contents, known: KnownEvent) -> tuple[int, list[str]]:
        """A server that was restored takes back rows of its own snapshots; how many tickets they touch."""
        raws = [content_of(file, piece) for piece in contents.of(CarryKind.MANIFEST)[:MANIFESTS_MAX]]
        lying = {sha_of(file, piece): piece for piece in contents.of(CarryKind.FILE)}
        touched, troubles = 0, list[str]()
        for sha256 in self._parts.evidence.wanted(known, raws):
            piece = lying.get(sha256)
            if piece is None:
                troubles.append("a snapshot whose rows are lacking here came without its file; carry it once more")
                continue
            try:
                touched += self._parts.evidence.take_back(sha256, b"".join(pieces_of(file, piece)))
            except Problem as problem:
                troubles.append(str(problem))
        return touched, troubles

    def _take_joins(self, file: BinaryIO, contents: Contents) -> tuple[tuple[bytes, ...], list[str]]:
        """Answers to those who ask to join; the same question again has the same answer."""
        answers, troubles = list[bytes](), list[str]()
        for piece in contents.of(CarryKind.JOIN)[:JOINS_MAX]:
            try:
                answers.append(self._parts.enrol.answer(content_of(file, piece)))
            except Problem as problem:
                troubles.append(f"a kiosk that asks to join was not taken in: {problem}")
        return tuple(answers), troubles

    # --- out --------------------------------------------------------------------------------------

    def write(self, path: Path, event: EventRow, devices: Sequence[DeviceRow]) -> Written:
        """Take in what lies there, then replace it by what kiosks lack: so nothing that was put in is lost.

        `devices` are those the file is for, which decides whether holders' data goes along. Raises BadInput.
        """
        brought = self.take(path, event) if path.exists() else Brought()
        self._build_if_far(event)
        beside = path.with_name(path.name + ".new")
        beside.unlink(missing_ok=True)  # of a crash; or a link, put there so that another file is written over
        try:
            with beside.open("xb") as file:
                writer = CarryWriter(file, event.uid)
                count = self._write(writer, event, devices, brought)
                writer.finish()
                flush_to_disk(file)
            beside.replace(path)
            sync_folder(path.parent)
        finally:
            beside.unlink(missing_ok=True)
        return Written(brought, count, writer.size)

    def _build_if_far(self, event: EventRow) -> None:
        """A new snapshot, where the newest lies far behind or lacks rows that were taken back."""
        known = self._parts.known.event(event.uid)
        with self._db.read() as tx:
            newest, head = snapshot_store.newest(tx, event.id), entry_store.head(tx, event.id)
            manifest = None if newest is None else open_manifest(known, newest.manifest)
            back = snapshot_store.cover(tx, event.id)
            has_rows = manifest is not None and covers(manifest.vector, back, HeldEntries(tx, event.id))
        if newest is None or not has_rows or head.position - newest.position > BEYOND_MAX:
            self._parts.builder.build(event.id)

    def _write(self, writer: CarryWriter, event: EventRow, devices: Sequence[DeviceRow], brought: Brought) -> int:
        known = self._parts.known.event(event.uid)
        with self._db.read_moment() as tx:
            newest = snapshot_store.newest(tx, event.id)
            vector = entry_store.vector(tx, event.id)
            position = 0 if newest is None else newest.position
            beyond = entry_store.after(tx, event.id, position, BATCH * BEYOND_MAX)
        writer.add(CarryKind.KEY_LIST, known.ring.body)
        writer.add(CarryKind.WORD, self._word(known, vector))
        for raw in brought.joined:
            writer.add(CarryKind.JOINED, raw)
        if newest is not None:
            writer.add(CarryKind.MANIFEST, newest.manifest)
        for one in beyond:
            writer.add(CarryKind.ENTRY, one.raw)
        for raw in brought.unknown:
            writer.add(CarryKind.ENTRY, raw)
        manifest = None if newest is None else open_manifest(known, newest.manifest)
        if manifest is not None:
            self._write_files(writer, manifest, self._kinds(event, devices))
        return len(beyond)

    def _word(self, known: KnownEvent, vector: VersionVector) -> bytes:
        """What is held here, and when: an answer to nobody, so that kiosks know what need not be carried back."""
        word = ExchangeAnswer(
            protocol=PROTOCOL,
            schema=SCHEMA,
            nonce=NOBODY,
            time_ms=self._clock.now_ms(),
            taken=0,
            entries=(),
            cursor=None,
            vector=vector,
            more=False,
        )
        return sign(to_payload(word), self._parts.keys.of(known.event.uid).online, Typ.ANSWER, MESSAGE_BYTES_MAX)

    def _write_files(self, writer: CarryWriter, manifest: Manifest, wanted: AbstractSet[str]) -> None:
        for offer in manifest.files:
            path = self._parts.snapshots / offer.sha256.hex()
            if offer.kind not in wanted:
                continue
            if not path.is_file() or not writer.has_room(SHA_BYTES + offer.size):
                raise BadInput(f"{path}: the snapshot's file is not here; run `rallygate-server build-snapshot`")
            with path.open("rb") as file:
                writer.add_file(offer.sha256, offer.size, iter(lambda: file.read(256 * 1024), b""))

    def _kinds(self, event: EventRow, devices: Sequence[DeviceRow]) -> set[str]:
        """Which files the points of these devices need; a device without a point, and nobody's file, need all."""
        with self._db.read() as tx:
            kept = event_store.newest_catalogue(tx, event.id)
        found = None if kept is None else decode_catalogue(kept[1])
        by_no = found.point_by_no if isinstance(found, Catalogue) else {}
        points = [by_no.get(PointNo(device.point_no or 0)) for device in devices]
        if not points or None in points:
            return {FileKind.ADMISSION, FileKind.HOLDERS, FileKind.SEARCH}
        kinds: set[str] = {FileKind.ADMISSION}
        if any(point is not None and point.wants_holders for point in points):
            kinds.add(FileKind.HOLDERS)
        if any(point is not None and point.wants_search for point in points):
            kinds.add(FileKind.SEARCH)
        return kinds


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput(f"{path}: is no file; name the file on the stick")
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
