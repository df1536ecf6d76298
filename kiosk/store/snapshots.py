"""The snapshots in use: one or more, read as a union, named by a pointer file.

A new one is taken unless one held covers its vector; one goes only when another covers it. Build time decides nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec

from common import envelope
from common.envelope import EnvelopeFault, Typ
from common.exchange import MESSAGE_BYTES_MAX, FileKind, Line, Manifest, MessageFault, from_payload
from common.exchange import SnapshotFile as FileOffer
from common.ids import DeviceId, Digest, RunId
from common.keys import KeyRing, KeyUse
from common.vectors import Link, RunKey, covers, is_forked, lines_by_run
from kiosk.failpoints import Failpoints
from kiosk.store.faults import DamagedFile, DamagedSnapshot, StoreTrouble, trouble_of_os
from kiosk.store.folder import Folder, write_whole
from kiosk.store.search_file import SearchFile
from kiosk.store.snapshot_file import SnapshotFile

SNAPSHOTS_HELD_MAX = 8  # more than one only while the server lacks rows of an older one
TROUBLES_MAX = 8
_POINTER_BYTES_MAX = 64 * 1024
_FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+\.(sqlite|manifest)$", max_length=100)]


class _Held(msgspec.Struct, frozen=True):
    admission: _FileName
    manifest: _FileName
    holders: _FileName | None = None
    search: _FileName | None = None


class _Pointer(msgspec.Struct, frozen=True):
    version: int
    held: Annotated[tuple[_Held, ...], msgspec.Meta(max_length=64)]


@dataclass(frozen=True, slots=True)
class InUse:
    """A snapshot in use, with the manifest as it was signed."""

    file: SnapshotFile
    signed_manifest: bytes
    names: _Held
    search: SearchFile | None = None


def open_manifest(raw: bytes, ring: KeyRing) -> Manifest | EnvelopeFault | MessageFault:
    """The manifest, if a scribe of the event signed it."""
    signed = envelope.verify(raw, Typ.MANIFEST, ring.own_finder(KeyUse.SCRIBE), MESSAGE_BYTES_MAX)
    return signed if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, Manifest)


def file_of(manifest: Manifest, kind: FileKind) -> FileOffer | None:
    """The file of that kind which a manifest names."""
    return next((file for file in manifest.files if file.kind == kind), None)


def stem_of(manifest: Manifest) -> str:
    """How the files of a snapshot are called here: by build time, and by hash since two may share it."""
    admission = file_of(manifest, FileKind.ADMISSION)
    return f"snapshot-{manifest.build_ms}-{admission.sha256.hex()[:16] if admission else 'none'}"


class Snapshots:
    """All snapshots in use. `in_use` may be read by any thread at any time; it is swapped whole."""

    def __init__(self, folder: Folder, ring: KeyRing, failpoints: Failpoints | None = None) -> None:
        """Opens what the pointer names; what cannot be opened is in `troubles`."""
        self._folder, self._ring = folder, ring
        self._failpoints = failpoints or Failpoints()
        self._changing = threading.Lock()
        self._retired: list[SnapshotFile] = []
        self.troubles: tuple[StoreTrouble, ...] = ()
        self.in_use: tuple[InUse, ...] = ()
        self._open_all()

    def use_ring(self, ring: KeyRing) -> None:
        """A newer key list is in force."""
        self._ring = ring

    def covered_by_one(self, manifest: Manifest) -> bool:
        """Whether a snapshot in use has all entries that this one has."""
        return any(_covers(one.file, manifest) for one in self.in_use)

    def has_better(self, manifest: Manifest) -> bool:
        """Whether taking this one would bring nothing: one in use covers it, and is no older.

        Names, plates, sizes and notes are in no entry: a later one of the same entries may have others.
        """
        return any(
            manifest.build_ms <= one.file.manifest.build_ms and _covers(one.file, manifest) for one in self.in_use
        )

    def install(
        self, admission: Path, holders: Path | None, signed_manifest: bytes, search: Path | None = None
    ) -> tuple[InUse, ...]:
        """Use a snapshot whose files lie verified in the folder; returns what went. Raises StoreTrouble."""
        manifest = open_manifest(signed_manifest, self._ring)
        if not isinstance(manifest, Manifest):
            raise DamagedFile(f"{admission}: its manifest is not signed by the event's scribe ({manifest}); not used")
        signed_path = self._folder.snapshots / f"{stem_of(manifest)}.manifest"
        write_whole(signed_path, signed_manifest)
        names = _Held(admission.name, signed_path.name, _name_of(holders), _name_of(search))
        new = self._in_use(names, holders, manifest, signed_manifest)
        with self._changing:
            gone = tuple(one for one in self.in_use if _covers(new.file, one.file.manifest))
            kept = (*(one for one in self.in_use if one not in gone), new)
            self._failpoints.reach("before-pointer")
            self._write_pointer(kept)
            self.in_use = kept
            self._close_retired()
            self._retired = [one.file for one in gone]
            self._sweep()
        return gone

    def report(self, trouble: StoreTrouble) -> None:
        """A file in use turned out to be unreadable; told once, with what to do."""
        with self._changing:
            if str(trouble) not in {str(one) for one in self.troubles}:
                self.troubles = (*self.troubles, trouble)[-TROUBLES_MAX:]

    def add_search(self, to: InUse, search: Path) -> None:
        """The search file of a snapshot in use has come too. Raises StoreTrouble."""
        with self._changing:
            names = msgspec.structs.replace(to.names, search=search.name)
            more = replace(to, names=names, search=SearchFile(search, to.file.manifest.build_ms))
            kept = tuple(more if one is to else one for one in self.in_use)
            self._write_pointer(kept)
            self.in_use = kept

    def close(self) -> None:
        """Close all files. May be called twice."""
        with self._changing:
            for one in self.in_use:
                one.file.close()
            self.in_use = ()
            self._close_retired()

    def _open_all(self) -> None:
        opened: list[InUse] = []
        troubles: list[StoreTrouble] = []
        try:
            pointed = self._read_pointer()
        except StoreTrouble as trouble:
            pointed, troubles = self._all_lying_here(), [trouble]
        for names in pointed:
            try:
                opened.append(self._open_one(names))
            except StoreTrouble as trouble:
                troubles.append(trouble)
        self.in_use, self.troubles = tuple(opened), (*self.troubles, *troubles)

    def _open_one(self, names: _Held) -> InUse:
        folder = self._folder.snapshots
        try:
            signed = (folder / names.manifest).read_bytes()
        except OSError as error:
            raise trouble_of_os(error, folder / names.manifest) from error
        manifest = open_manifest(signed, self._ring)
        if not isinstance(manifest, Manifest):
            raise DamagedSnapshot(f"{folder / names.manifest}: {manifest}; the snapshot is fetched anew")
        _require_signed(folder / names.admission, file_of(manifest, FileKind.ADMISSION))
        return self._in_use(names, self._holders(names, manifest), manifest, signed)

    def _holders(self, names: _Held, manifest: Manifest) -> Path | None:
        """The holders' file; one that is not the signed one costs the names on the screen, not the snapshot."""
        if names.holders is None:
            return None
        path = self._folder.snapshots / names.holders
        try:
            _require_signed(path, file_of(manifest, FileKind.HOLDERS))
        except StoreTrouble as trouble:
            self.report(trouble)
            return None
        return path

    def _in_use(self, names: _Held, holders: Path | None, manifest: Manifest, signed: bytes) -> InUse:
        folder = self._folder.snapshots
        search = None if names.search is None else SearchFile(folder / names.search, manifest.build_ms)
        return InUse(SnapshotFile(folder / names.admission, holders, manifest), signed, names, search)

    def _read_pointer(self) -> tuple[_Held, ...]:
        path = self._folder.pointer
        try:
            raw = path.read_bytes()[:_POINTER_BYTES_MAX]
            return msgspec.json.decode(raw, type=_Pointer).held
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise trouble_of_os(error, path) from error
        except msgspec.MsgspecError as error:
            raise DamagedFile(f"{path}: damaged ({error}); the snapshots that lie in the folder are used") from error

    def _all_lying_here(self) -> tuple[_Held, ...]:
        """Without a pointer every complete snapshot is used: a union never knows less than one of them."""
        manifests = sorted(self._folder.snapshots.glob("snapshot-*.manifest"))[-SNAPSHOTS_HELD_MAX:]
        return tuple(_Held(path.with_suffix(".sqlite").name, path.name) for path in manifests)

    def _write_pointer(self, held: Iterable[InUse]) -> None:
        pointer = _Pointer(1, tuple(one.names for one in held))
        write_whole(self._folder.pointer, msgspec.json.encode(pointer))

    def _close_retired(self) -> None:
        """A scan may still be reading what went at the last change; what went before that is read by nobody."""
        for file in self._retired:
            file.close()
        self._retired = []

    def _sweep(self) -> None:
        """Delete files nobody points at any more; those a system cannot delete yet go the next time."""
        kept = {Path(name).stem for one in self.in_use for name in (one.names.admission, one.names.manifest)}
        kept |= {Path(one.names.holders).stem for one in self.in_use if one.names.holders}
        kept |= {file.admission.stem for file in self._retired}
        for path in self._folder.snapshots.glob("snapshot-*"):
            if not any(path.name.startswith(stem) for stem in kept):
                _delete(path)


def _require_signed(path: Path, offer: FileOffer | None) -> None:
    """Raises StoreTrouble unless the file is, byte for byte, what its manifest names: one truncated or swapped is not.

    Read once at each start: 0.05 s for 60 MB.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise trouble_of_os(error, path) from error
    if offer is None or found != offer.plain_sha256:
        raise DamagedSnapshot(
            f"{path}: not the file that was signed; let the kiosk reach its server, it fetches another"
        )


def _name_of(path: Path | None) -> str | None:
    return None if path is None else path.name


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:  # Windows, while the file is open somewhere
        return


def _covers(file: SnapshotFile, manifest: Manifest) -> bool:
    """Whether a snapshot surely knows all that another one does."""
    ours = lines_by_run(file.manifest.vector)
    ends = {line.digest for run in manifest.vector for line in run.lines}
    known = {line.digest for lines in ours.values() for line in lines}
    if not all((run.device, run.run) in ours for run in manifest.vector if run.lines):
        return False
    found = file.held_of(ends - known) | (ends & known)
    return covers(file.manifest.vector, manifest.vector, _EndsHeld(manifest, found))


class _EndsHeld:
    """Answers for the ends of another snapshot's lines, as far as they were found in this one."""

    def __init__(self, manifest: Manifest, found: set[Digest]) -> None:
        self._at: dict[tuple[RunKey, int], list[Link]] = {}
        for run in manifest.vector:
            for line in run.lines:
                if line.digest in found:
                    at = self._at.setdefault(((run.device, run.run), line.last), [])
                    at.append(Link(line.last, line.digest, None))

    def links_at(self, device: DeviceId, run: RunId, number: int) -> Sequence[Link]:
        """The end found there."""
        return self._at.get(((device, run), number), [])

    def links_of(self, device: DeviceId, run: RunId) -> Iterable[Link]:
        """All ends found of a run."""
        return [link for (key, _), links in self._at.items() if key == (device, run) for link in links]


def prunable(files: Sequence[SnapshotFile], rows: Sequence[tuple[RunKey, int, Digest]]) -> set[Digest]:
    """Which learnt entries may go: a snapshot in use holds their digest and every backup has them too.

    Of a forked run nothing goes: its safe line may be the other branch's.
    """
    gone: set[Digest] = set()
    for file in files:
        known, safe = lines_by_run(file.manifest.vector), lines_by_run(file.manifest.safe)
        straight = {key: safe.get(key, ()) for key, lines in known.items() if not is_forked(lines)}
        candidates = {digest for key, number, digest in rows if _is_within(straight.get(key, ()), number)}
        gone |= file.held_of(candidates) if candidates else set()
    return gone


def _is_within(lines: Iterable[Line], number: int) -> bool:
    return any(line.first <= number <= line.last for line in lines)
