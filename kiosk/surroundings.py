"""Where the kiosk stands and what is true there: point, catalogue, age of what was heard, devices' names."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from common.bodies import DeviceStated
from common.catalogue import Catalogue
from common.certificates import DeviceCertificate, open_certificate
from common.decision import Fault, FaultCode, Place
from common.entries import Entry
from common.ids import DeviceId, Digest, PointNo, ProductNo
from common.keys import KeyRing, KeyUse
from common.signing import VerifyKey
from kiosk.known import Stores, server_devices
from kiosk.placement import Placement, Said
from kiosk.shown import Names
from kiosk.store.learnt import OF_DEVICE
from kiosk.store.snapshot_file import KnownDevice
from kiosk.store.snapshots import InUse

_NO_NAMES: Names = {}


@dataclass(frozen=True, slots=True)
class Here:
    """The point this kiosk stands at, with all the decision needs."""

    point: PointNo
    place: Place
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class _Seen:
    in_use: tuple[InUse, ...]
    here: Here | Fault


class Surroundings:
    """Finds point and catalogue anew only when a snapshot or a device statement came. May be asked by any thread."""

    def __init__(self, stores: Stores, ring: KeyRing, enrolled_point: PointNo | None) -> None:
        self._stores, self._ring, self._enrolled_point = stores, ring, enrolled_point
        self._placement = Placement(stores.learnt)
        self._seen: _Seen | None = None
        self._keys: dict[DeviceId, VerifyKey] = {}
        self._stated: tuple[Entry, ...] | None = None
        self._lock = threading.RLock()

    def use_ring(self, ring: KeyRing) -> None:
        """A newer key list is in force."""
        with self._lock:
            self._ring = ring
            self._keys.clear()
            self.heard_of_devices()

    def heard_of_devices(self) -> None:
        """A device statement arrived: this kiosk may have been moved."""
        with self._lock:
            self._seen, self._stated = None, None

    def here(self) -> Here | Fault:
        """Point and place, or what is missing. Raises StoreTrouble."""
        in_use = self._stores.snapshots.in_use
        with self._lock:
            if self._seen is None or self._seen.in_use is not in_use:
                self._seen = _Seen(in_use, self._look(in_use))
            return self._seen.here

    def point(self) -> PointNo | None:
        """Where this kiosk stands; None: nowhere yet. Raises StoreTrouble."""
        with self._lock:
            return self._point(self._stores.snapshots.in_use)

    def catalogue(self) -> Catalogue | None:
        """The newest one there is, wherever this kiosk stands. Raises StoreTrouble."""
        return _newest_catalogue(self._stores.snapshots.in_use)

    def place(self, point: PointNo) -> None:
        """People set this kiosk up at another point. Raises StoreTrouble."""
        with self._lock:
            self._placement.choose(point, self._said(self._stores.snapshots.in_use))
            self.heard_of_devices()

    def heard_ms(self) -> int | None:
        """Up to when everything was heard: the last complete exchange or the newest snapshot, ms UTC."""
        times = [one.file.build_ms for one in self._stores.snapshots.in_use]
        contact_ms = self._stores.learnt.remembered("heard_ms")
        return max([*times, *([contact_ms] if isinstance(contact_ms, int) else [])], default=None)

    # --- devices ----------------------------------------------------------------------------------

    def key_of(self, device: DeviceId) -> VerifyKey | None:
        """The key a device's entries are checked with: a scribe's, or that of a certificate of this event."""
        with self._lock:
            if device not in self._keys and (key := self._find_key(device)) is not None:
                self._keys[device] = key
            return self._keys.get(device)

    def device_name(self, device: DeviceId) -> str:
        """What people call a device; a few characters of its id where it has no name here."""
        for entry in reversed(self._statements_about(device)):
            if isinstance(entry.body, DeviceStated):
                return entry.body.name
        for one in self._stores.snapshots.in_use:
            if (known := one.file.device(device)) is not None:
                return known.name
        return device.hex()[:8]

    def _find_key(self, device: DeviceId) -> VerifyKey | None:
        for entry in self._ring.entries_of(KeyUse.SCRIBE):
            if (key := VerifyKey.of_device(entry.public)).kid == device:
                return key
        for raw in self._certificates(device):
            certificate = open_certificate(raw, self._ring)
            if isinstance(certificate, DeviceCertificate) and certificate.device == device:
                return certificate.key
        return None

    def _certificates(self, device: DeviceId) -> list[bytes]:
        stated = [e.body.certificate for e in self._statements_about(device) if isinstance(e.body, DeviceStated)]
        found = (one.file.device(device) for one in self._stores.snapshots.in_use)
        return [*stated, *(known.certificate for known in found if known is not None)]

    def _statements_about(self, device: DeviceId) -> list[Entry]:
        with self._lock:
            if self._stated is None:
                self._stated = self._stores.learnt.of_sort(OF_DEVICE)
            server = server_devices(self._ring)
            by_server = (entry for entry in self._stated if entry.ref.identity.device in server)
            return [e for e in by_server if isinstance(e.body, DeviceStated) and e.body.device == device]

    # --- the point --------------------------------------------------------------------------------

    def _look(self, in_use: tuple[InUse, ...]) -> Here | Fault:
        catalogue = _newest_catalogue(in_use)
        if catalogue is None:
            troubles = self._stores.snapshots.troubles
            if troubles:
                return Fault(FaultCode.SNAPSHOT_UNREADABLE, str(troubles[0]))
            return Fault(
                FaultCode.NO_SNAPSHOT, "no snapshot yet: connect this kiosk to its server once, then scan again"
            )
        point = self._point(in_use)
        place = None if point is None else catalogue.place(point)
        if point is None or place is None:
            where = "no point" if point is None else f"point {point}, which the catalogue does not have"
            what = f"this kiosk stands at {where}: assign it a point in the admin, then exchange"
            return Fault(FaultCode.NO_POINT, what)
        return Here(point, place, catalogue)

    def _point(self, in_use: tuple[InUse, ...]) -> PointNo | None:
        """Where people of this kiosk set it up, until the server has a newer word about it."""
        chosen = self._placement.point(self._said(in_use))
        return self._point_said(in_use) if chosen is None else chosen

    def _said(self, in_use: tuple[InUse, ...]) -> Said:
        own = self._stores.journal.device
        stated = frozenset(entry.ref.digest for entry in self._statements_about(own))
        known = _in_snapshot(in_use, own)
        return Said(stated, None if known is None else known.point)

    def _point_said(self, in_use: tuple[InUse, ...]) -> PointNo | None:
        """What newer statements say; else the snapshot; else what enrolment said."""
        own = self._stores.journal.device
        stated = [(entry.ref.digest, entry) for entry in self._statements_about(own)]
        for one in in_use:
            held = one.file.held_others({digest for digest, _ in stated})
            stated = [(digest, entry) for digest, entry in stated if digest not in held]
        if stated:
            return _in_force([entry for _, entry in stated])
        known = _in_snapshot(in_use, own)
        return self._enrolled_point if known is None else known.point


def _in_snapshot(in_use: tuple[InUse, ...], own: DeviceId) -> KnownDevice | None:
    newest_first = sorted(in_use, key=lambda one: one.file.build_ms, reverse=True)
    return next((known for one in newest_first if (known := one.file.device(own)) is not None), None)


def _in_force(stated: list[Entry]) -> PointNo | None:
    """The point of the statement that no other replaces; of several the one with the highest reference."""
    replaced: set[Digest] = set()
    for entry in stated:
        if isinstance(entry.body, DeviceStated):
            replaced |= {ref.digest for ref in entry.body.replaces}
    heads = [entry for entry in stated if entry.ref.digest not in replaced] or stated
    last = max(heads, key=lambda entry: entry.ref)
    return last.body.point if isinstance(last.body, DeviceStated) else None


def _newest_catalogue(in_use: tuple[InUse, ...]) -> Catalogue | None:
    ordered = sorted(in_use, key=lambda one: (one.file.manifest.catalogue, one.file.build_ms), reverse=True)
    return next((found for one in ordered if (found := one.file.catalogue()) is not None), None)


def point_names(catalogue: Catalogue, point: PointNo) -> Names:
    """What a point is called; no names where the catalogue does not have it."""
    found = catalogue.point_by_no.get(point)
    return found.names if found is not None else _NO_NAMES


def product_names(catalogue: Catalogue, product: ProductNo) -> Names:
    """What a product is called; no names where the catalogue does not have it."""
    found = catalogue.product_by_no.get(product)
    return found.names if found is not None else _NO_NAMES
