"""From raw bytes of an answer to what may be stored: every entry is checked by its own signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common.bodies import DeviceStated
from common.certificates import DeviceCertificate, open_certificate
from common.entries import Entry, open_entry
from common.envelope import digest
from common.ids import DeviceId, EventUid
from common.keys import KeyRing
from common.signing import VerifyKey
from kiosk.known import server_devices
from kiosk.store.learnt import Tray

FindKey = Callable[[DeviceId], VerifyKey | None]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Verified entries in the order they came, and bytes without an identity."""

    entries: tuple[Entry, ...]
    tray: tuple[Tray, ...]


def sort_out(raws: Iterable[bytes], event: EventUid, ring: KeyRing, find_key: FindKey) -> Sorted:
    """Check each by its device's key. Certificates in device statements of the same batch count at once."""
    server = server_devices(ring)
    fresh: dict[DeviceId, VerifyKey] = {}
    entries: list[Entry] = []
    unverified: list[bytes] = []

    def key_of(device: DeviceId) -> VerifyKey | None:
        return fresh.get(device) or find_key(device)

    for raw in raws:
        entry = open_entry(raw, event, key_of)
        if not isinstance(entry, Entry):
            unverified.append(raw)
            continue
        entries.append(entry)
        if isinstance(entry.body, DeviceStated) and entry.ref.identity.device in server:
            certificate = open_certificate(entry.body.certificate, ring)
            if isinstance(certificate, DeviceCertificate):
                fresh[certificate.device] = certificate.key
    return _second_look(tuple(entries), unverified, event, key_of)


def _second_look(entries: tuple[Entry, ...], unverified: list[bytes], event: EventUid, find_key: FindKey) -> Sorted:
    """An entry may have come before the statement with its device's certificate."""
    late: list[Entry] = []
    tray: list[Tray] = []
    for raw in unverified:
        entry = open_entry(raw, event, find_key)
        if isinstance(entry, Entry):
            late.append(entry)
        else:
            tray.append(Tray(digest(raw), entry.value, raw))
    return Sorted((*entries, *late), tuple(tray))
