"""Devices as the fold of statements about them: enrolled, moved, renamed, revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from common.bodies import DeviceStated, Revoke
from common.certificates import DeviceCertificate, open_certificate
from common.entries import Entry, stored_entry
from common.ids import DeviceId
from syncserver.services.keys import EventRing
from syncserver.stores import devices as store
from syncserver.stores import entries as entry_store
from syncserver.stores.events import EventRow


def apply_device_statements(
    tx: Connection, event: EventRow, ring: EventRing, stated: Sequence[Entry], now_ms: int
) -> None:
    """Bring the devices that these statements speak of to what is in force."""
    moved = {entry.body.device: entry for entry in stated if isinstance(entry.body, DeviceStated)}
    for device, entry in moved.items():
        add_certified(tx, event, ring, entry.body.certificate, now_ms, is_remembered=True)  # type: ignore[union-attr]
        in_force = _in_force(_statements_about(tx, event, device))
        if in_force is not None:
            _write(tx, event, device, *in_force)
    for entry in stated:
        if isinstance(entry.body, Revoke):
            store.change(tx, event.id, entry.body.device, {"is_revoked": True})


def add_certified(
    tx: Connection, event: EventRow, ring: EventRing, certificate: bytes, now_ms: int, *, is_remembered: bool
) -> DeviceCertificate | None:
    """Know a device by its certificate; None if our own scribe did not sign it."""
    opened = open_certificate(certificate, ring.ring)
    if not isinstance(opened, DeviceCertificate):
        return None
    row = {
        "event_id": event.id,
        "device": opened.device,
        "public": opened.key.raw,
        "certificate": certificate,
        "name": opened.name,
        "point_no": None,
        "is_server": opened.device in ring.servers,
        "is_revoked": False,
        "is_forked": False,
        "is_remembered": is_remembered,
        "statement": None,
        "since_ms": now_ms,
    }
    store.add(tx, row)
    return opened


def _statements_about(tx: Connection, event: EventRow, device: DeviceId) -> list[tuple[Entry, DeviceStated]]:
    found = (stored_entry(raw, event.uid) for raw in entry_store.raws_of_kind(tx, event.id, 38))
    return [
        (entry, entry.body)
        for entry in found
        if isinstance(entry, Entry) and isinstance(entry.body, DeviceStated) and entry.body.device == device
    ]


def _in_force(stated: Iterable[tuple[Entry, DeviceStated]]) -> tuple[Entry, DeviceStated] | None:
    """The statement that no known one replaces; of several the highest identity and digest."""
    known = {entry.ref: (entry, body) for entry, body in stated}
    gone = {ref for _, body in known.values() for ref in body.replaces}
    heads = [ref for ref in known if ref not in gone] or list(known)
    return known[max(heads)] if heads else None


def _write(tx: Connection, event: EventRow, device: DeviceId, entry: Entry, body: DeviceStated) -> None:
    values = {"name": body.name, "point_no": body.point, "statement": entry.ref.digest, "is_remembered": True}
    store.change(tx, event.id, device, values)
