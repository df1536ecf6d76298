"""What the device was given when it joined: who it is, whom it trusts, where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from common.exchange import MessageFault, from_payload, to_payload
from common.ids import EventUid, PointNo, WireEvent, WirePoint
from common.keys import KeyList, KeyRing, open_key_list
from common.signing import SigningKey, VerifyKey
from common.studied import studied
from kiosk.store.faults import DamagedFile, NewerFile, trouble_of_os
from kiosk.store.folder import Folder, write_whole

ENROLLED_VERSION = 1
_BYTES_MAX = 256 * 1024


class _EnrolledWire(msgspec.Struct, frozen=True, array_like=True):
    version: int
    event: WireEvent
    event_name: str
    address: str
    certificate: bytes
    root: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    key_list: bytes
    point: WirePoint | None


studied(_EnrolledWire)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The device's papers. `key_list` is the newest one seen, signed by the root."""

    event: EventUid
    event_name: str
    address: str
    certificate: bytes
    root: bytes
    key_list: bytes
    point: PointNo | None

    def ring(self) -> KeyRing:
        """The keys of the list. Raises DamagedFile if the root did not sign it."""
        opened = open_key_list(self.key_list, VerifyKey.of_event(self.root))
        if not isinstance(opened, KeyList):
            raise DamagedFile(f"the key list is not signed by the event's root ({opened}); enrol the kiosk again")
        return KeyRing(opened)


def write_enrolled(folder: Folder, enrolled: Enrolled) -> None:
    """Keep the papers; a crash leaves the old or the new ones. Raises StoreTrouble."""
    wire = _EnrolledWire(
        ENROLLED_VERSION,
        enrolled.event,
        enrolled.event_name,
        enrolled.address,
        enrolled.certificate,
        enrolled.root,
        enrolled.key_list,
        enrolled.point,
    )
    write_whole(folder.enrolled, to_payload(wire))


def read_enrolled(folder: Folder) -> Enrolled | None:
    """The papers; None if the device has not joined. Raises StoreTrouble where they cannot be read."""
    try:
        raw = folder.enrolled.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise trouble_of_os(error, folder.enrolled) from error
    wire = from_payload(raw, _EnrolledWire, _BYTES_MAX)
    if isinstance(wire, MessageFault):
        raise DamagedFile(f"{folder.enrolled}: damaged ({wire}); enrol the kiosk again, its journal is kept")
    if wire.version > ENROLLED_VERSION:
        raise NewerFile(f"{folder.enrolled}: written by a later version; install the later version again")
    return Enrolled(wire.event, wire.event_name, wire.address, wire.certificate, wire.root, wire.key_list, wire.point)


def device_key(folder: Folder) -> SigningKey:
    """The device's own key, made at the first call; the file never leaves the folder. Raises BadInput, StoreTrouble."""
    if not folder.device_key.exists():
        SigningKey.generate().to_pem(folder.device_key)
    return SigningKey.from_pem(folder.device_key)
