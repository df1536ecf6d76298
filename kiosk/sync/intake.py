"""From raw bytes of an answer to what may be stored: every entry is checked by its own signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


def sort_out(
    raws: Iterable[bytes], event: EventUid, ring: KeyRing, find_key: FindKey, give_way: Callable[[], object]
) -> Sorted:
    """Check each by its device's key. Certificates in device statements of the same batch count at once.

    `give_way` is called before each, since one thread that computes for a second would hold up a scan.
    """
    server = server_devices(ring)
    fresh: dict[DeviceId, VerifyKey] = {}
    entries: list[Entry] = []
    unverified: list[Tray] = []

    def key_of(device: DeviceId) -> VerifyKey | None:
        return fresh.get(device) or find_key(device)

    for raw in raws:
        give_way()
        entry = open_entry(raw, event, key_of)
        if not isinstance(entry, Entry):
            unverified.append(Tray(digest(raw), entry.value, raw))
            continue
        entries.append(entry)
        if isinstance(entry.body, DeviceStated) and entry.ref.identity.device in server:
            certificate = open_certificate(entry.body.certificate, ring)
            if isinstance(certificate, DeviceCertificate):
                fresh[certificate.device] = certificate.key
    late = _second_look(unverified, event, fresh)
    verified = {entry.ref.digest for entry in late}
    return Sorted((*entries, *late), tuple(one for one in unverified if one.digest not in verified))


def _second_look(unverified: Iterable[Tray], event: EventUid, fresh: Mapping[DeviceId, VerifyKey]) -> list[Entry]:
    """Those that came before the statement with their device's certificate."""
    opened = (open_entry(one.raw, event, fresh.get) for one in unverified) if fresh else ()
    return [entry for entry in opened if isinstance(entry, Entry)]
