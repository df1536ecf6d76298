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
class Rest:
    """What was found out at the end: entries that came before their device's certificate, bytes without an identity."""

    entries: tuple[Entry, ...]
    tray: tuple[Tray, ...]


class Sorter:
    """Checks what came by each device's key, in portions, one after the other, each by whatever thread.

    Certificates in device statements of the same message count at once.
    """

    def __init__(self, event: EventUid, ring: KeyRing, find_key: FindKey, give_way: Callable[[], object]) -> None:
        """`give_way` is called before each, since one thread that computes for a second would hold up a scan."""
        self._event, self._find_key, self._give_way = event, find_key, give_way
        self._ring, self._server = ring, server_devices(ring)
        self._fresh: dict[DeviceId, VerifyKey] = {}
        self._unverified: list[Tray] = []

    def portion(self, raws: Iterable[bytes]) -> tuple[Entry, ...]:
        """Those that verify by what is known here and came before them."""
        return tuple(entry for raw in raws if (entry := self._verified(raw)) is not None)

    def rest(self) -> Rest:
        """To be asked once all portions were checked."""
        late = self._second_look()
        verified = {entry.ref.digest for entry in late}
        return Rest(tuple(late), tuple(one for one in self._unverified if one.digest not in verified))

    def _verified(self, raw: bytes) -> Entry | None:
        self._give_way()
        entry = open_entry(raw, self._event, self._key_of)
        if not isinstance(entry, Entry):
            self._unverified.append(Tray(digest(raw), entry.value, raw))
            return None
        if isinstance(entry.body, DeviceStated) and entry.ref.identity.device in self._server:
            certificate = open_certificate(entry.body.certificate, self._ring)
            if isinstance(certificate, DeviceCertificate):
                self._fresh[certificate.device] = certificate.key
        return entry

    def _key_of(self, device: DeviceId) -> VerifyKey | None:
        return self._fresh.get(device) or self._find_key(device)

    def _second_look(self) -> list[Entry]:
        fresh = self._fresh
        opened = (open_entry(one.raw, self._event, fresh.get) for one in self._unverified) if fresh else ()
        return [entry for entry in opened if isinstance(entry, Entry)]
