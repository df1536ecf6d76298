"""SQL of devices and enrolment codes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, update

from common.ids import DeviceId
from syncserver.db.tables_sync import devices, enrolment_codes
from syncserver.stores import rows


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as this server knows it. `statement`: the device statement these values come from."""

    device: DeviceId
    public: bytes
    certificate: bytes
    name: str
    point_no: int | None
    is_server: bool
    is_revoked: bool
    is_forked: bool
    is_remembered: bool
    statement: bytes | None
    since_ms: int
    last_seen_ms: int | None
    status: str | None
    heard_position: int | None = None


_COLUMNS = tuple(devices.c[name] for name in DeviceRow.__dataclass_fields__)


def by_id(tx: Connection, event_id: int, device: bytes) -> DeviceRow | None:
    """One device."""
    wanted = select(*_COLUMNS).where(devices.c.event_id == event_id, devices.c.device == device)
    row = tx.execute(wanted).first()
    return None if row is None else DeviceRow(**row._asdict())


def all_devices(tx: Connection, event_id: int) -> tuple[DeviceRow, ...]:
    """Every device of the event, by name."""
    wanted = select(*_COLUMNS).where(devices.c.event_id == event_id).order_by(devices.c.name, devices.c.device)
    return tuple(DeviceRow(**row._asdict()) for row in tx.execute(wanted))


def add(tx: Connection, row: rows.Row) -> None:
    """Add a device, unless it is there."""
    rows.add_missing(tx, devices, ("event_id", "device"), [row])


def change(tx: Connection, event_id: int, device: bytes, values: rows.Row) -> None:
    """Change columns of one device."""
    tx.execute(update(devices).where(devices.c.event_id == event_id, devices.c.device == device).values(values))


def seen(
    tx: Connection, event_id: int, device: bytes, status: str | None, now_ms: int, heard: int | None = None
) -> None:
    """Note a sign of life, how the device fares where it said so, and up to which entry it has everything."""
    values: rows.Row = {"last_seen_ms": now_ms} | ({"status": status} if status is not None else {})
    values |= {"heard_position": heard} if heard is not None else {}
    change(tx, event_id, device, values)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A one-time enrolment code; `device` used it."""

    id: int
    event_id: int
    name: str
    point_no: int | None
    expires_ms: int
    device: bytes | None


def add_code(tx: Connection, row: rows.Row) -> None:
    """Keep a new code's hash."""
    tx.execute(enrolment_codes.insert().values(row))


def code(tx: Connection, code_hash: bytes) -> CodeRow | None:
    """The code with this hash."""
    wanted = select(*(enrolment_codes.c[name] for name in CodeRow.__dataclass_fields__))
    row = tx.execute(wanted.where(enrolment_codes.c.code_hash == code_hash)).first()
    return None if row is None else CodeRow(**row._asdict())


def use_code(tx: Connection, code_id: int, device: bytes, now_ms: int) -> bool:
    """Give the code to a device; False if another one has it. The row count says who won."""
    free = or_(enrolment_codes.c.device.is_(None), enrolment_codes.c.device == device)
    done = tx.execute(
        update(enrolment_codes).where(enrolment_codes.c.id == code_id, free).values(device=device, used_ms=now_ms)
    )
    return done.rowcount == 1
