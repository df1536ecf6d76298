"""Snapshots in the background: fetched, installed, handed on, while exchanges go on beside."""

from __future__ import annotations

import base64
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from common.decision import Fault
from common.exchange import SCHEMA, FileKind, Manifest
from kiosk.store.folder import Folder
from kiosk.store.snapshots import InUse, file_of, open_manifest, prunable
from kiosk.sync.download import NETWORK, SNAPSHOT_PATH, download, fetch_search, fetch_snapshot, packed_path
from kiosk.sync.exchange import Party
from kiosk.sync.transport import Transport

LEARNT_MAX: Final = 50_000  # beyond this a snapshot is worth its bytes at once
IDLE_S: Final = 120.0  # nobody scanned for so long, and up to as much again so that kiosks do not ask in step
SMALL_BYTES: Final = 4_000_000  # of all its compressed files: fetched in a second or two, so at once
NEWER_S: Final = 1800.0  # so much newer than what is held, a snapshot is worth its bytes also beside scans
SPREAD_S: Final = 600.0  # within so long after its making all kiosks take it, not at once
IDLE_SPREAD_S: Final = 120.0  # the same of those where nobody scans: a hundred are idle before doors
MANIFEST_HEADER: Final = "Rallygate-Manifest"
MANIFEST_HEADER_BYTES_MAX: Final = 16 * 1024  # longer ones the server has from the exchange anyway
OFFERS_KEPT: Final = 8
UPLOAD_AGAIN_S: Final = 300.0
ROWS_AT_ONCE: Final = 10_000  # of what was learnt, looked at together when it is pruned
_log = logging.getLogger("rallygate.kiosk.sync")


@dataclass(frozen=True, slots=True)
class Quiet:
    """How busy the kiosk is."""

    since_entry_s: float
    learnt: int
    has_snapshot: bool
    is_far: bool = False  # so far behind that the server gives it no entries


class Errands:
    """Decides about snapshots and carries them. `fetch` and `upload` may take minutes; one thread runs them."""

    def __init__(
        self,
        party: Party,
        transport: Transport,
        on_installed: Callable[[], None],
        *,
        only_admission: bool = False,
        line: str = NETWORK,
    ) -> None:
        """With `only_admission` holders' data is not asked for: a peer may not have it. `line`: as in `download`."""
        self._party, self._transport, self._on_installed = party, transport, on_installed
        self._only_admission, self._line = only_admission, line
        self._useless: set[bytes] = set()
        self._uploaded_s: dict[bytes, float] = {}
        chance = random.Random().random()  # noqa: S311 - spreads load, guards nothing
        self._idle_s, self._spread_s = IDLE_S * (1 + chance), SPREAD_S * chance
        self._idle_spread_s = IDLE_SPREAD_S * chance
        self._offered_s: dict[bytes, float] = {}  # since when; server and LAN may offer different ones

    def is_worth_taking(self, signed: bytes, quiet: Quiet) -> bool:
        """Whether to fetch the offered snapshot now."""
        held = {one.signed_manifest for one in self._party.stores.snapshots.in_use}
        if signed in held or signed in self._useless:
            return False
        is_idle = self._has_waited_its_turn(signed) and quiet.since_entry_s > self._idle_s
        if quiet.is_far or not quiet.has_snapshot or quiet.learnt > LEARNT_MAX or is_idle:
            return True
        manifest = open_manifest(signed, self._party.ring)
        return isinstance(manifest, Manifest) and self._is_much_newer(manifest)

    def _has_waited_its_turn(self, signed: bytes) -> bool:
        """Counted from the first offer on the clock nobody sets: a doubtful one does not know how old a list is."""
        now_s = self._party.monotonic_s()
        since_s = self._offered_s.setdefault(signed, now_s)
        for old in list(self._offered_s)[:-OFFERS_KEPT]:
            self._offered_s.pop(old, None)
        return now_s - since_s >= self._idle_spread_s

    def _is_much_newer(self, offered: Manifest) -> bool:
        """Names, plates and sizes of what was sold since come in no statement: also a busy gate has them in the end."""
        in_use = [one.file.manifest for one in self._party.stores.snapshots.in_use]
        if offered.catalogue > max(one.catalogue for one in in_use):
            return True
        if sum(one.size for one in offered.files) <= SMALL_BYTES:
            return True
        since_ms = offered.build_ms - max(one.build_ms for one in in_use)
        lying_ms = self._party.device_clock.now_ms() - offered.build_ms
        return since_ms >= NEWER_S * 1000 and lying_ms >= self._spread_s * 1000

    def fetch(self, signed: bytes) -> bool:
        """Fetch, verify and use a snapshot; whether it is in use now. Raises SyncError, StoreTrouble."""
        party, snapshots = self._party, self._party.stores.snapshots
        manifest = open_manifest(signed, party.ring)
        if not isinstance(manifest, Manifest) or manifest.event != party.enrolled.event:
            _log.warning("a snapshot was offered that no scribe of this event signed: %s", manifest)
            self._useless.add(signed)
            return False
        if snapshots.has_better(manifest):
            self._useless.add(signed)
            return False
        if manifest.schema <= SCHEMA:
            kinds = (FileKind.ADMISSION, FileKind.HOLDERS) if self._wants_holders() else (FileKind.ADMISSION,)
            download(manifest, kinds, party.folder, self._transport, line=self._line)
        with party.shelf:
            return self._install(manifest, signed)

    def _install(self, manifest: Manifest, signed: bytes) -> bool:
        """Put what was downloaded into use, unless a stick has brought it meanwhile."""
        party, snapshots = self._party, self._party.stores.snapshots
        if signed in {one.signed_manifest for one in snapshots.in_use}:
            return False
        admission, holders = fetch_snapshot(
            manifest, party.folder, self._transport, wants_holders=self._wants_holders(), line=self._line
        )
        snapshots.install(admission, holders, signed)
        party.device_clock.seen_signed(manifest.build_ms)
        _sweep_packed(party.folder, snapshots.in_use)
        self.prune()
        self._on_installed()
        return True

    def lacks_search(self) -> InUse | None:
        """The newest snapshot in use, if this point looks people up and its search file is not here."""
        newest = next(reversed(self._party.stores.snapshots.in_use), None)
        if newest is None or newest.search is not None or file_of(newest.file.manifest, FileKind.SEARCH) is None:
            return None
        here = self._party.around.here()
        if isinstance(here, Fault) or not here.catalogue.point_by_no[here.point].wants_search:
            return None
        return newest

    def fetch_search(self) -> bool:
        """Fetch the search file that is lacking; whether one came. Raises SyncError, StoreTrouble."""
        party, newest = self._party, self.lacks_search()
        if newest is None:
            return False
        download(newest.file.manifest, (FileKind.SEARCH,), party.folder, self._transport, line=self._line)
        with party.shelf:
            if self.lacks_search() is not newest:
                return False
            found = fetch_search(newest.file.manifest, party.folder, self._transport, line=self._line)
            if found is None:
                return False
            party.stores.snapshots.add_search(newest, found)
            _sweep_packed(party.folder, party.stores.snapshots.in_use)
            return True

    def prune(self) -> int:
        """Drop learnt entries that a snapshot in use and every backup hold; how many."""
        stores, positions = self._party.stores, list[int]()
        files, every = [one.file for one in stores.snapshots.in_use], stores.learnt.rows()
        while rows := list(islice(every, ROWS_AT_ONCE)):
            named = [((row.device, row.run), row.number, row.digest) for row in rows]
            gone = prunable(files, named)
            positions += [row.position for row in rows if row.digest in gone]
        return stores.learnt.prune(positions).result() if positions else 0

    def upload(self, wanted: bytes) -> bool:
        """Hand on the admission file the server wants back. Raises SyncError; False where it is not here."""
        now_s = self._party.monotonic_s()
        if now_s - self._uploaded_s.get(wanted, -UPLOAD_AGAIN_S) < UPLOAD_AGAIN_S:
            return False
        for one in self._party.stores.snapshots.in_use:
            offer = file_of(one.file.manifest, FileKind.ADMISSION)
            path = packed_path(self._party.folder, wanted)
            if offer is not None and offer.sha256 == wanted and path.exists():
                self._transport.put(SNAPSHOT_PATH + wanted.hex(), path.read_bytes(), _manifest_header(one))
                self._uploaded_s[wanted] = now_s
                return True
        return False

    def _wants_holders(self) -> bool:
        """Whether the point's role needs holders' data; before the point is known they are taken."""
        if self._only_admission:
            return False
        here = self._party.around.here()
        catalogue = getattr(here, "catalogue", None)
        point = catalogue.point_by_no.get(getattr(here, "point", None)) if catalogue else None
        return point is None or bool(point.wants_holders)


def _manifest_header(one: InUse) -> dict[str, str]:
    if len(one.signed_manifest) > MANIFEST_HEADER_BYTES_MAX:
        return {}
    return {MANIFEST_HEADER: base64.b64encode(one.signed_manifest).decode("ascii")}


def _sweep_packed(folder: Folder, in_use: tuple[InUse, ...]) -> None:
    """Compressed files stay while their snapshot is in use, to be handed on to peers and sticks."""
    kept = {packed_path(folder, offer.sha256).name for one in in_use for offer in one.file.manifest.files}
    for path in folder.snapshots.glob("packed-*.zst"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
