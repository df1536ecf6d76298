"""Evidence: a server that was restored takes back the rows of snapshots it once signed itself.

Kiosks show the manifests of the snapshots they hold. Where one of our own claims entries that neither bytes nor rows
here cover, its admission file is asked for; its rows then join the fold, flagged as recovered.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog
import zstandard
from sqlalchemy import Connection

from common.clock import Clock
from common.envelope import EnvelopeFault, Typ, open_unverified, verify
from common.exchange import FileKind, Manifest, MessageFault, from_payload
from common.fact_rows import DamagedRows
from common.ids import TicketId
from common.keys import KeyUse
from common.snapshot_format import PLAIN_BYTES_MAX, SNAPSHOT_SCHEMA
from common.vectors import covers, merge
from syncserver.db.engine import Database
from syncserver.services.known_events import KnownEvent
from syncserver.services.problems import NotHere, NotUnderstood, Refused
from syncserver.services.recovered_rows import take_rows
from syncserver.services.snapshot_queue import ask_for_snapshot
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as store
from syncserver.stores.entries import HeldEntries
from syncserver.stores.locks import Lock, hold
from syncserver.stores.snapshot_rows import SnapshotRows, SnapshotUnreadable

log = structlog.get_logger(__name__)

COVERED_KNOWN_MAX = 10_000
MANIFEST_BYTES_MAX = 4 * 1024 * 1024


class Evidence:
    """Looks at manifests shown, takes files uploaded."""

    def __init__(self, db: Database, clock: Clock, folder: Path) -> None:
        self._db, self._clock, self._folder = db, clock, folder
        self._covered: set[bytes] = set()

    def wanted(self, known: KnownEvent, manifests: Sequence[bytes]) -> list[bytes]:
        """SHA-256 of the admission files whose rows are lacking here; others' manifests are passed over."""
        wanted: list[bytes] = []
        for raw in manifests:
            name = hashlib.sha256(raw).digest()
            if name in self._covered:
                continue
            manifest = open_manifest(known, raw)
            admission = _admission(manifest) if manifest else None
            if manifest is None or admission is None or self._is_covered(known, raw, manifest):
                self._remember(name)
                continue
            with self._db.write() as tx:
                store.want(tx, known.event.id, admission, raw, self._clock.now_ms())
            wanted.append(admission)
        return wanted

    def _remember(self, name: bytes) -> None:
        if len(self._covered) >= COVERED_KNOWN_MAX:
            self._covered.clear()
        self._covered.add(name)

    def _is_covered(self, known: KnownEvent, raw: bytes, manifest: Manifest) -> bool:
        with self._db.read() as tx:
            if store.has_manifest(tx, known.event.id, raw):
                return True
            return _knows(tx, known.event.id, manifest)

    def require_wanted(self, sha256: bytes) -> None:
        """Whether a file is asked for: told before it is read, so that nobody fills the memory. Raises NotHere."""
        with self._db.read() as tx:
            if store.wanted_manifest(tx, sha256) is None:
                raise NotHere("this snapshot is not asked for")

    def take_back(self, sha256: bytes, compressed: bytes) -> int:
        """Rows of a wanted file become known and a new snapshot is asked for; how many tickets they touch.

        Raises Problem.
        """
        if hashlib.sha256(compressed).digest() != sha256:
            raise NotUnderstood("the file is not the one its address names: send it again")
        with self._db.read() as tx:
            found = store.wanted_manifest(tx, sha256)
            event = event_store.by_id(tx, found[0]) if found else None
        if found is None or event is None:
            raise NotHere("this snapshot is not asked for")
        manifest = _manifest_of(found[1])
        plain = _plain(compressed, manifest, sha256)
        with tempfile.TemporaryDirectory(dir=self._folder_made()) as folder:
            path = Path(folder) / "admission.sqlite"
            path.write_bytes(plain)
            touched = self._take_file(event.id, sha256, manifest, path)
        log.warning("snapshot_rows_recovered", event_id=event.id, tickets=touched)
        return touched

    def _folder_made(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def _take_file(self, event_id: int, sha256: bytes, manifest: Manifest, path: Path) -> int:
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            hold(tx, Lock.PROJECTION, event_id)
            event = event_store.by_id(tx, event_id)
            if event is None:
                raise NotHere(f"event {event_id} is not on this server")
            try:
                with SnapshotRows(path) as rows:
                    touched: set[TicketId] = take_rows(tx, event, rows, now_ms)
            except (SnapshotUnreadable, DamagedRows) as fault:
                raise Refused(f"the snapshot cannot be read: {fault}") from fault
            before = store.cover(tx, event_id)
            store.put_cover(tx, event_id, merge(before, manifest.vector, HeldEntries(tx, event_id)))
            store.taken(tx, event_id, sha256, now_ms, None)
            ask_for_snapshot(tx, event_id, f"recovered:{sha256.hex()}", now_ms)
        return len(touched)


def open_manifest(known: KnownEvent, raw: bytes) -> Manifest | None:
    """The manifest, if our own scribe signed it for this event."""
    signed = verify(raw, Typ.MANIFEST, known.ring.ring.own_finder(KeyUse.SCRIBE), MANIFEST_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return None
    manifest = from_payload(signed.payload, Manifest)
    if isinstance(manifest, MessageFault) or manifest.event != known.event.uid:
        return None
    return manifest if manifest.schema <= SNAPSHOT_SCHEMA else None


def _manifest_of(raw: bytes) -> Manifest:
    """The manifest of a row that was verified before it was written."""
    signed = open_unverified(raw, Typ.MANIFEST, MANIFEST_BYTES_MAX)
    manifest = MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, Manifest)
    if isinstance(manifest, MessageFault):
        raise Refused("the manifest noted for this snapshot cannot be read")
    return manifest


def _knows(tx: Connection, event_id: int, manifest: Manifest) -> bool:
    held = HeldEntries(tx, event_id)
    ours = merge(entry_store.vector(tx, event_id), store.cover(tx, event_id), held)
    return covers(ours, manifest.vector, held)


def _admission(manifest: Manifest) -> bytes | None:
    return next((file.sha256 for file in manifest.files if file.kind == FileKind.ADMISSION), None)


def _plain(compressed: bytes, manifest: Manifest, sha256: bytes) -> bytes:
    file = next(file for file in manifest.files if file.sha256 == sha256)
    if file.plain_size > PLAIN_BYTES_MAX:
        raise Refused(f"the snapshot is larger than {PLAIN_BYTES_MAX} bytes")
    try:
        plain = zstandard.ZstdDecompressor().decompress(compressed, max_output_size=file.plain_size)
    except zstandard.ZstdError as fault:
        raise NotUnderstood(f"the snapshot cannot be decompressed: {fault}") from fault
    if hashlib.sha256(plain).digest() != file.plain_sha256:
        raise NotUnderstood("the snapshot is not the one its manifest names")
    return plain
