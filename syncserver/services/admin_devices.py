"""Devices as people look after them: how each fares, joining by a one-time code, moving, revoking."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from common.clock import Clock
from common.errors import BadInput
from common.exchange import DeviceStatus
from common.ids import DeviceId, PointNo
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.enrol import Enrol, EnrolmentCode
from syncserver.services.problems import NotHere
from syncserver.services.scribe import Scribe
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import devices as store
from syncserver.stores import events as event_store
from syncserver.stores import names, returned
from syncserver.stores.devices import DeviceRow
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named

SILENT_MS = 15 * 60_000  # kiosks exchange every few seconds: whoever is silent for so long has no network, or is off
ENROLMENT_MINUTES = (10, 60, 24 * 60)


class _StoredStatus(msgspec.Struct, frozen=True):
    """The status column: common.exchange.DeviceStatus by names."""

    version: str
    pending: int
    learnt: int
    snapshot_age_ms: int | None = None
    storage_free: int | None = None
    battery: int | None = None
    camera: str = ""
    clock_offset_ms: int | None = None
    rejected: int = 0
    out_of_order: str = ""


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """A device with its point and its last word on itself (None: it has not said)."""

    device: DeviceId
    name: str
    point: Named | None
    status: DeviceStatus | None
    since_ms: int
    last_seen_ms: int | None
    is_silent: bool
    is_revoked: bool
    is_forked: bool
    is_remembered: bool
    returned_ms: int | None  # since when it is known again, after a restore from a backup made before it joined

    @property
    def id(self) -> str:
        """Its id in hex, for addresses."""
        return self.device.hex()


class Devices:
    """Looks after the kiosks of events."""

    def __init__(self, db: Database, clock: Clock, scribe: Scribe, enrol: Enrol) -> None:
        self._db, self._clock, self._scribe, self._enrol = db, clock, scribe, enrol

    def all(self, event: EventRow, language: str) -> tuple[ShownDevice, ...]:
        """Every kiosk by name; those revoked last."""
        with self._db.read() as tx:
            points = names.points_of(tx, event, language)
            rows = [row for row in store.all_devices(tx, event.id) if not row.is_server]
            back = returned.devices_returned(tx, event.id)
        shown = [self._shown(row, points, back.get(row.device)) for row in rows]
        return tuple(sorted(shown, key=lambda one: one.is_revoked))

    def one(self, event: EventRow, device_hex: str, language: str) -> ShownDevice:
        """One kiosk. Raises NotHere."""
        found = next((one for one in self.all(event, language) if one.id == device_hex), None)
        if found is None:
            raise NotHere("this event has no such device")
        return found

    def _shown(self, row: DeviceRow, points: dict[int, Named], returned_ms: int | None) -> ShownDevice:
        silent_ms = self._clock.now_ms() - (row.last_seen_ms or 0)
        return ShownDevice(
            device=row.device,
            name=row.name,
            point=None if row.point_no is None else points.get(row.point_no),
            status=_status(row.status),
            since_ms=row.since_ms,
            last_seen_ms=row.last_seen_ms,
            is_silent=silent_ms > SILENT_MS,
            is_revoked=row.is_revoked,
            is_forked=row.is_forked,
            is_remembered=row.is_remembered,
            returned_ms=returned_ms,
        )

    def make_code(self, actor: Actor, name: str, point_key: str, minutes: int) -> EnrolmentCode:
        """A one-time code for a device that will stand at a point (empty: nowhere yet). Raises BadInput."""
        made = self._enrol.make_code(actor.event_id, name.strip(), self._point_no(actor, point_key), minutes)
        with self._db.write() as tx:
            record(tx, actor, Action.ENROL, name.strip())
        return made

    def move(self, actor: Actor, device: ShownDevice, point_key: str, key: bytes) -> None:
        """State that the device stands at another point. The same `key` again changes nothing. Raises BadInput."""
        point = self._point_no(actor, point_key)
        with self._db.write() as tx:
            known = store.by_id(tx, actor.event_id, device.device)
            if known is None or known.is_revoked:
                raise BadInput(f"{device.name} is revoked or gone: it cannot be moved")
            desk = self._scribe.open(tx, actor.event_id)
            place = None if point is None else PointNo(point)
            if statements.device(desk, key, device.device, known.certificate, known.name, place) is not None:
                record(tx, actor, Action.MOVE, device.id, point_key)

    def revoke(self, actor: Actor, device: ShownDevice, why: str, key: bytes) -> None:
        """Withdraw the device; what it wrote until now counts. The same `key` again changes nothing."""
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            if statements.revoke(desk, key, device.device, why) is not None:
                record(tx, actor, Action.REVOKE, device.id, why)

    def _point_no(self, actor: Actor, point_key: str) -> int | None:
        if not point_key:
            return None
        with self._db.read() as tx:
            found = event_store.point_no(tx, actor.event_id, point_key)
        if found is None:
            raise BadInput(f"{point_key[:40]!r}: the event has no such point")
        return found


def _status(raw: str | None) -> DeviceStatus | None:
    """What the device said last; None for what this version cannot read."""
    if raw is None:
        return None
    try:
        said = msgspec.json.decode(raw, type=_StoredStatus)
    except msgspec.DecodeError:
        return None
    return DeviceStatus(**msgspec.structs.asdict(said))
