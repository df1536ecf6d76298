"""Taking a snapshot: files by their hash, resumed where they broke off, checked before anything believes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from common.exchange import SCHEMA, FileKind, Manifest
from common.exchange import SnapshotFile as FileOffer
from common.snapshot_format import PLAIN_BYTES_MAX
from kiosk.machine.files import flush_to_disk
from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder
from kiosk.store.snapshots import file_of, stem_of
from kiosk.sync.errors import Refused, Retry
from kiosk.sync.transport import Transport

SNAPSHOT_PATH: Final = "/api/sync/v1/snapshot/"
PACKED_BYTES_MAX: Final = 256 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
NETWORK: Final = ""
STICK: Final = "-stick"
_ENDS: Final = {FileKind.ADMISSION: ".sqlite", FileKind.HOLDERS: "-holders.sqlite", FileKind.SEARCH: "-search.sqlite"}


def fetch_snapshot(
    manifest: Manifest, folder: Folder, transport: Transport, *, wants_holders: bool, line: str = NETWORK
) -> tuple[Path, Path | None]:
    """The admission file and, where wanted, the holders' file, verified, in the folder; not yet in use.

    Raises Retry where it may work later, Refused for a snapshot this version cannot read, StoreTrouble.
    """
    if manifest.schema > SCHEMA:
        raise Refused(f"the snapshot has format {manifest.schema}, this kiosk reads {SCHEMA}: update it")
    admission = file_of(manifest, FileKind.ADMISSION)
    if admission is None:
        raise Refused("the snapshot names no admission file: ask for support")
    holders = file_of(manifest, FileKind.HOLDERS) if wants_holders else None
    fetched = _fetch(admission, manifest, folder, transport, line)
    return fetched, None if holders is None else _fetch(holders, manifest, folder, transport, line)


def download(
    manifest: Manifest, kinds: Iterable[FileKind], folder: Folder, transport: Transport, *, line: str = NETWORK
) -> None:
    """Only bring files here, resumed and checked, which may take long; to fetch them then needs no network.

    Raises as `fetch_snapshot`. `line`: whose the part is that is here so far; two lines never write into one.
    """
    for offer in filter(None, (file_of(manifest, kind) for kind in kinds)):
        target = folder.snapshots / f"{stem_of(manifest)}{_ENDS[FileKind(offer.kind)]}"
        if target.exists() and _sha_of(target) == offer.plain_sha256:
            continue
        _require_sane(offer, folder)
        try:
            _download(offer, folder, transport, line)
        except OSError as error:
            raise trouble_of_os(error, target) from error


def fetch_search(manifest: Manifest, folder: Folder, transport: Transport, *, line: str = NETWORK) -> Path | None:
    """The search file of a snapshot, verified, in the folder; None where it has none. Raises as `fetch_snapshot`."""
    search = file_of(manifest, FileKind.SEARCH)
    return None if search is None else _fetch(search, manifest, folder, transport, line)


def packed_path(folder: Folder, sha256: bytes) -> Path:
    """Where a compressed file is kept once it is complete, to be handed on."""
    return folder.snapshots / f"packed-{sha256.hex()}.zst"


def _fetch(offer: FileOffer, manifest: Manifest, folder: Folder, transport: Transport, line: str) -> Path:
    target = folder.snapshots / f"{stem_of(manifest)}{_ENDS[FileKind(offer.kind)]}"
    if target.exists() and _sha_of(target) == offer.plain_sha256:
        return target
    _require_sane(offer, folder)
    try:
        packed = _download(offer, folder, transport, line)
        _unpack(offer, packed, target)
    except OSError as error:
        raise trouble_of_os(error, target) from error
    return target


def _require_sane(offer: FileOffer, folder: Folder) -> None:
    if not 0 < offer.size <= PACKED_BYTES_MAX or not 0 < offer.plain_size <= PLAIN_BYTES_MAX:
        raise Refused(f"the snapshot's {offer.kind} file claims {offer.plain_size} bytes, too many: ask for support")
    folder.require_room(offer.size + offer.plain_size)


def _download(offer: FileOffer, folder: Folder, transport: Transport, line: str) -> Path:
    done = packed_path(folder, offer.sha256)
    if done.exists() and _sha_of(done) == offer.sha256:
        return done
    partial = folder.snapshots / f"incoming-{offer.sha256.hex()}{line}.part"
    first = partial.stat().st_size if partial.exists() else 0
    if first < offer.size:
        part = transport.get(SNAPSHOT_PATH + offer.sha256.hex(), first)
        with partial.open("r+b" if part.first else "wb") as file:
            file.seek(part.first)
            _append(file, part.first, offer.size, part.pieces)
    have = partial.stat().st_size
    if have != offer.size:
        raise Retry(f"the {offer.kind} file broke off at {have} of {offer.size} bytes; it goes on later")
    if _sha_of(partial) != offer.sha256:
        partial.unlink()
        raise Retry(f"the {offer.kind} file is not the one that was signed: something changed it; fetched anew")
    partial.replace(done)
    return done


def _append(file: BinaryIO, at: int, most: int, pieces: Iterator[bytes]) -> None:
    """Writes what comes, never more than the signed size; what has come is kept even if the rest does not."""
    try:
        for piece in pieces:
            at += len(piece)
            if at > most:
                file.truncate(0)
                raise Retry(f"more than the signed {most} bytes came; fetched anew")
            file.write(piece)
    finally:
        flush_to_disk(file)


def _unpack(offer: FileOffer, packed: Path, target: Path) -> None:
    beside = target.with_name(f"incoming-{offer.plain_sha256.hex()}.sqlite")
    digest, total = hashlib.sha256(), 0
    with packed.open("rb") as source, beside.open("wb") as plain:
        reader = zstandard.ZstdDecompressor(max_window_size=128 * 1024 * 1024).stream_reader(source)
        try:
            while piece := reader.read(_PIECE_BYTES):
                total += len(piece)
                if total > offer.plain_size:
                    break
                digest.update(piece)
                plain.write(piece)
        except zstandard.ZstdError as error:
            raise Refused(f"the {offer.kind} file cannot be unpacked ({error}): ask for support") from error
        flush_to_disk(plain)
    if total != offer.plain_size or digest.digest() != offer.plain_sha256:
        beside.unlink()
        raise Refused(f"the {offer.kind} file unpacks to something else than was signed: ask for support")
    beside.replace(target)


def _sha_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
