"""News carried on a stick: what is for this kiosk is taken, what the file lacks is added. In any order, ever again.

The file needs no trust: every thing in it is checked by its own signature, here as at the server. What is not genuine
is left out when the file is written anew; what this kiosk cannot check yet, for want of a key, stays in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from common.carry_format import NOBODY, SHA_BYTES, CarryKind, CarryWriter, Piece
from common.certificates import DeviceCertificate, open_certificate
from common.envelope import EnvelopeFault, Typ, digest, verify
from common.errors import BadInput
from common.exchange import (
    MESSAGE_BYTES_MAX,
    ExchangeAnswer,
    FileKind,
    Manifest,
    VersionVector,
    from_payload,
)
from common.ids import DeviceId, Digest
from common.keys import KeyUse
from common.signing import VerifyKey
from common.vectors import LackedRange
from kiosk.store.faults import trouble_of_os
from kiosk.store.journal import OwnRow
from kiosk.store.snapshots import file_of, open_manifest
from kiosk.sync.carry_file import CarryFile, CarryTransport, open_carry, replaced_carry
from kiosk.sync.download import STICK, packed_path
from kiosk.sync.errands import Errands
from kiosk.sync.errors import SyncError
from kiosk.sync.held import Held
from kiosk.sync.outbox import Outbox
from kiosk.sync.party import Party
from kiosk.sync.reception import Reception, Voucher, nothing_vouched

CERTIFICATES_MAX: Final = 2_000
WORDS_MAX: Final = 16
KEY_LISTS_MAX: Final = 16
JOINS_MAX: Final = 200
MANIFESTS_MAX: Final = 4
UNKNOWN_MAX: Final = 10_000  # entries of devices whose certificate is not here: kept in the file for the server
ROWS_AT_ONCE: Final = 250


@dataclass(frozen=True, slots=True)
class Carried:
    """What carrying did. `is_whole`: the file was as it had been written; else what was genuine in it was taken."""

    new: int
    waits: int
    took_snapshot: bool
    added: int
    unverified: int
    is_whole: bool


@dataclass
class _Found:
    """What is genuine in the file."""

    certificates: dict[DeviceId, bytes] = field(default_factory=dict)
    keys: dict[DeviceId, VerifyKey] = field(default_factory=dict)
    word: ExchangeAnswer | None = None
    raw_word: bytes = b""
    manifests: dict[bytes, Manifest] = field(default_factory=dict)
    entries: dict[Digest, Piece] = field(default_factory=dict)
    new: int = 0
    waits: int = 0
    unknown: int = 0
    unverified: int = 0
    took_snapshot: bool = False


class Carrying:
    """Takes from carry files and adds to them; one call at a time."""

    def __init__(
        self, party: Party, held: Held, reception: Reception, outbox: Outbox, on_installed: Callable[[], None]
    ) -> None:
        self._party, self._held, self._reception, self._outbox = party, held, reception, outbox
        self._on_installed = on_installed

    def carry(self, path: Path) -> Carried:
        """Take what is in the file and add what it lacks; a path without a file gets a new one.

        Raises BadInput for what is no file of this event, StoreTrouble, SyncError. The file is replaced in one step.
        """
        with open_carry(path) as source:
            found = _Found() if source is None else self._take(source, path)
            with replaced_carry(path, self._party.enrolled.event) as writer:
                added = self._write(writer, source, found)
        is_whole = source is None or source.contents.is_whole
        return Carried(found.new, found.waits, found.took_snapshot, added, found.unverified, is_whole)

    # --- taking -----------------------------------------------------------------------------------

    def _take(self, source: CarryFile, path: Path) -> _Found:
        if source.contents.event not in {None, self._party.enrolled.event}:
            raise BadInput(f"{path}: is of another event; use one file for each event")
        found = _Found()
        for raw in source.all_of(CarryKind.KEY_LIST, KEY_LISTS_MAX):
            self._reception.take_key_list(raw)
        for raw in source.all_of(CarryKind.CERTIFICATE, CERTIFICATES_MAX):
            opened = open_certificate(raw, self._party.ring)
            if isinstance(opened, DeviceCertificate):
                found.certificates[opened.device], found.keys[opened.device] = raw, opened.key
        self._take_word(source, found)
        self._take_snapshots(source, found)
        pieces = source.contents.of(CarryKind.ENTRY)
        for first in range(0, len(pieces), ROWS_AT_ONCE):
            self._take_entries(source, pieces[first : first + ROWS_AT_ONCE], found)
        self._remember(source, found)
        return found

    def _take_word(self, source: CarryFile, found: _Found) -> None:
        """The server's newest word: what it held, and when."""
        for raw in source.all_of(CarryKind.WORD, WORDS_MAX):
            signed = verify(raw, Typ.ANSWER, self._party.ring.own_finder(KeyUse.ONLINE), MESSAGE_BYTES_MAX)
            word = None if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeAnswer)
            if not isinstance(word, ExchangeAnswer) or word.nonce != NOBODY or word.vector is None:
                continue
            if found.word is None or word.time_ms > found.word.time_ms:
                found.word, found.raw_word = word, raw

    def _take_snapshots(self, source: CarryFile, found: _Found) -> None:
        files = source.files()
        for raw in source.all_of(CarryKind.MANIFEST, MANIFESTS_MAX):
            manifest = open_manifest(raw, self._party.ring)
            if isinstance(manifest, Manifest) and manifest.event == self._party.enrolled.event:
                found.manifests[raw] = manifest
        errands = Errands(self._party, CarryTransport(source), self._on_installed, line=STICK)
        for raw, manifest in sorted(found.manifests.items(), key=lambda one: one[1].build_ms, reverse=True):
            admission = file_of(manifest, FileKind.ADMISSION)
            held = {one.signed_manifest for one in self._party.stores.snapshots.in_use}
            if raw in held or admission is None or admission.sha256 not in files:
                continue
            found.took_snapshot = self._fetched(partial(errands.fetch, raw)) or found.took_snapshot
        self._fetched(errands.fetch_search)

    @staticmethod
    def _fetched(fetch: Callable[[], bool]) -> bool:
        """Whether a file came; one that is spoilt is passed over, the rest of the carry file is still good."""
        try:
            return fetch()
        except SyncError:
            return False

    def _take_entries(self, source: CarryFile, pieces: tuple[Piece, ...], found: _Found) -> None:
        at = {digest(raw): (piece, raw) for piece in pieces for raw in [source.content(piece)]}
        fresh = [raw for name, (_, raw) in at.items() if self._held.raw(name) is None]
        done = self._reception.receive(fresh, nothing_vouched, found.keys)
        found.new, found.waits = found.new + done.new, found.waits + done.waits
        unknown = [one.digest for one in done.tray if one.reason == EnvelopeFault.UNKNOWN_KEY]
        kept = set(unknown[: max(0, UNKNOWN_MAX - found.unknown)])
        left_out = {one.digest for one in done.tray} - kept
        found.unknown, found.unverified = found.unknown + len(kept), found.unverified + len(done.tray)
        found.entries.update({name: piece for name, (piece, _) in at.items() if name not in left_out})

    def _remember(self, source: CarryFile, found: _Found) -> None:
        """Signed time, how old the view is, and what the server has of ours: as far as the file shows it."""
        word, learnt = found.word, self._party.stores.learnt
        if word is None:
            return
        self._party.device_clock.seen_signed(word.time_ms)
        notes = [("signed_time_ms", max(word.time_ms, learnt.noted_number("signed_time_ms") or 0))]
        has_all = source.contents.is_whole and not found.waits and self._is_covered(found)
        if has_all:
            notes.append(("heard_ms", max(word.time_ms, learnt.noted_number("heard_ms") or 0)))
        self._reception.receive((), lambda _tray: Voucher(notes=tuple(notes)))
        self._outbox.delivered(self._delivered(word.vector or ()))
        self._outbox.note_sent(learnt).result()

    def _is_covered(self, found: _Found) -> bool:
        """Whether the snapshots of the file are in use here, or others that cover them."""
        snapshots = self._party.stores.snapshots
        held = {one.signed_manifest for one in snapshots.in_use}
        return all(raw in held or snapshots.covered_by_one(manifest) for raw, manifest in found.manifests.items())

    def _delivered(self, theirs: VersionVector) -> int:
        """The position up to which the server has all own entries."""
        journal, lacked = self._party.stores.journal, _Lacked(self._held, theirs)
        position = self._outbox.sent_position
        for row in _rows(journal.after, position):
            if lacked.has(journal.device, row):
                break
            position = row.position
        return position

    # --- adding -----------------------------------------------------------------------------------

    def _write(self, writer: CarryWriter, source: CarryFile | None, found: _Found) -> int:
        """Own entries first; files last, as far as there is room. How many entries were added."""
        writer.add(CarryKind.KEY_LIST, self._party.enrolled.key_list)
        found.certificates[self._party.stores.journal.device] = self._party.enrolled.certificate
        for raw in found.certificates.values():
            writer.add(CarryKind.CERTIFICATE, raw)
        if found.word is not None:
            writer.add(CarryKind.WORD, found.raw_word)
        if source is not None:
            _copy_joins(writer, source)
        added = 0
        for raw in self._lacking(found):
            self._require_room(writer, raw)
            writer.add(CarryKind.ENTRY, raw)
            added += 1
        for piece in found.entries.values() if source is not None else ():
            raw = source.content(piece) if source is not None else b""
            self._require_room(writer, raw)
            writer.add(CarryKind.ENTRY, raw)
        self._write_snapshots(writer, source, found)
        return added

    def _lacking(self, found: _Found) -> Iterator[bytes]:
        """What lies here as bytes, and neither the server nor the file has: own entries and others'."""
        theirs = () if found.word is None or found.word.vector is None else found.word.vector
        own = self._party.stores.journal.device
        for lacked in sorted(self._held.lacked_by(theirs), key=lambda one: one.device != own):
            for raw in self._held.all_raws(lacked):
                if digest(raw) not in found.entries:
                    yield raw

    @staticmethod
    def _require_room(writer: CarryWriter, raw: bytes) -> None:
        if not writer.has_room(len(raw)):
            raise BadInput("the carry file is full: bring it to the server, which takes it in and writes a smaller one")

    def _write_snapshots(self, writer: CarryWriter, source: CarryFile | None, found: _Found) -> None:
        """The file's own snapshots and those in use here, for a server that lost its; with the files there are."""
        mine = {one.signed_manifest: one.file.manifest for one in self._party.stores.snapshots.in_use}
        manifests = {**found.manifests, **mine}
        lying = {} if source is None else source.files()
        written: set[bytes] = set()
        for raw, manifest in list(manifests.items())[:MANIFESTS_MAX]:
            if not writer.has_room(len(raw)):
                return
            writer.add(CarryKind.MANIFEST, raw)
            for offer in manifest.files:
                if offer.sha256 in written or not writer.has_room(SHA_BYTES + offer.size):
                    continue
                path, piece = packed_path(self._party.folder, offer.sha256), lying.get(offer.sha256)
                if path.exists():
                    _add_packed(writer, offer.sha256, path)
                elif piece is not None and source is not None and source.is_genuine(piece):
                    writer.add_file(offer.sha256, offer.size, source.pieces(piece))
                else:
                    continue
                written.add(offer.sha256)


class _Lacked:
    """Whether the server lacks an own entry, by the vector it gave."""

    def __init__(self, held: Held, theirs: VersionVector) -> None:
        self._ranges: dict[tuple[DeviceId, bytes], list[tuple[int, int]]] = {}
        self._digests: set[Digest] = set()
        for lacked in held.lacked_by(theirs):
            if isinstance(lacked, LackedRange):
                self._ranges.setdefault((lacked.device, lacked.run), []).append((lacked.first, lacked.last))
            else:
                self._digests.update(lacked.digests)

    def has(self, device: DeviceId, row: OwnRow) -> bool:
        spans = self._ranges.get((device, row.run), ())
        return row.digest in self._digests or any(first <= row.number <= last for first, last in spans)


def _rows(after: Callable[[int, int], tuple[OwnRow, ...]], position: int) -> Iterator[OwnRow]:
    while rows := after(position, ROWS_AT_ONCE):
        yield from rows
        position = rows[-1].position


def _copy_joins(writer: CarryWriter, source: CarryFile) -> None:
    """Others' requests to join, and the answers: only they and the server can tell what these are worth."""
    for kind in (CarryKind.JOIN, CarryKind.JOINED):
        for raw in source.all_of(kind, JOINS_MAX):
            writer.add(kind, raw)


def _add_packed(writer: CarryWriter, sha256: bytes, path: Path) -> None:
    try:
        with path.open("rb") as file:
            writer.add_file(sha256, path.stat().st_size, iter(lambda: file.read(256 * 1024), b""))
    except OSError as error:
        raise trouble_of_os(error, path) from error
