"""Enrolment: a one-time code and a new public key become a device with a certificate."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass

from common.certificates import issue_certificate
from common.clock import Clock
from common.enrolment import enrolment_text
from common.envelope import EnvelopeFault, Typ, open_unverified, sign, verify
from common.errors import BadInput
from common.exchange import EnrolAnswer, EnrolRequest, MessageFault, from_payload, to_payload
from common.ids import PointNo
from common.keys import root_thumbprint
from common.signing import VerifyKey, device_id, grouped_hex, is_sound_public_key
from common.versions import OURS, Versions, protocol_told
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import DEVICE
from syncserver.services import statements
from syncserver.services.problems import CodeUnknown, CodeUsed, NotSigned, NotUnderstood, Refused, TooMany
from syncserver.services.rates import network_of
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.served import require_served
from syncserver.services.snapshot_queue import ask_for_joining
from syncserver.stores import devices as store
from syncserver.stores import events as event_store
from syncserver.stores.devices import CodeRow, DeviceRow

CODE_MINUTES = 10
CODE_MINUTES_MAX = 7 * 24 * 60
CODE_CHARACTERS = 12  # of 32: 60 bits
TRIES_PER_MINUTE_MAX = 60
TRIES_WINDOW_S = 60.0
NETWORKS_MAX = 10_000  # remembered; beyond it those that are quiet are forgotten
REQUEST_BYTES_MAX = 4_096
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What to show: `text` for the QR, `code` and `thumbprint` for typing and comparing."""

    code: str
    text: str
    thumbprint: str
    expires_ms: int


class Enrol:
    """Makes codes and takes devices in."""

    def __init__(self, db: Database, clock: Clock, scribe: Scribe, public_url: str, versions: Versions = OURS) -> None:
        self._versions = versions
        self._db, self._clock, self._scribe, self._url = db, clock, scribe, public_url
        self._tries: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def make_code(self, event_id: int, name: str, point: int | None, minutes: int = CODE_MINUTES) -> EnrolmentCode:
        """A new one-time code for a device that will stand at `point`. Raises BadInput."""
        if not 1 <= len(name) <= 60 or not name.isprintable():
            raise BadInput("the device's name needs 1 to 60 printable characters")
        if not 1 <= minutes <= CODE_MINUTES_MAX:
            raise BadInput(f"minutes: from 1 to {CODE_MINUTES_MAX}")
        code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARACTERS))
        now_ms = self._clock.now_ms()
        row = {
            "event_id": event_id, "code_hash": _hash(code), "name": name, "point_no": point,
            "made_ms": now_ms, "expires_ms": now_ms + minutes * 60_000,
        }  # fmt: skip
        with self._db.write() as tx:
            if point is not None and not event_store.point_exists(tx, event_id, point):
                raise BadInput(f"point {point}: the event has no such point")
            desk = self._scribe.open(tx, event_id)
            store.add_code(tx, row)
            ask_for_joining(tx, event_id, now_ms)
            thumbprint = root_thumbprint(desk.keys.root.verify_key)
        shown = "-".join(code[at : at + 4] for at in range(0, CODE_CHARACTERS, 4))
        text = enrolment_text(self._url, shown, thumbprint)
        return EnrolmentCode(shown, text, grouped_hex(thumbprint), now_ms + minutes * 60_000)

    def answer(self, raw: bytes, address: str = "") -> bytes:
        """The signed answer to an enrolment request. The same code and key again: the same device. Raises Problem."""
        request = _opened(raw, self._versions)
        self._limit(network_of(address))
        now_ms = self._clock.now_ms()
        device = device_id(request.public)
        with self._db.write() as tx:
            code = store.code(tx, _hash(request.code))
            if code is None or (code.expires_ms <= now_ms and code.device != device):
                raise CodeUnknown("this code is unknown or over: have a new one made in the admin, under devices")
            if not store.use_code(tx, code.id, device, now_ms):
                raise CodeUsed("this code was used by another device: have a new one made in the admin, under devices")
            desk = self._scribe.open(tx, code.event_id)
            found = store.by_id(tx, code.event_id, device) or self._join(desk, code, request, now_ms)
            return _answer(desk, request, found, now_ms)

    def _join(self, desk: Desk, code: CodeRow, request: EnrolRequest, now_ms: int) -> DeviceRow:
        ask_for_joining(desk.tx, desk.event.id, now_ms)
        certificate = issue_certificate(desk.keys.scribe, desk.event.uid, request.public, code.name, now_ms // 1000)
        device = device_id(request.public)
        point = None if code.point_no is None else PointNo(code.point_no)
        key = f"{DEVICE}:{code.id}:".encode() + device
        statements.device(desk, key, device, certificate, code.name, point)
        found = store.by_id(desk.tx, desk.event.id, device)
        if found is None:
            raise Refused("the device could not be taken in: its certificate does not verify; call support")
        return found

    def _limit(self, network: str) -> None:
        """At most 60 codes tried a minute from each network: one of 60 bits is then safe for as long as it may last.

        Per network, so that a stranger who tries codes keeps no kiosk of ours from joining. Bytes that try no code
        cost nobody a try.
        """
        now = self._clock.monotonic_s()
        with self._lock:
            tries = [at for at in self._tries.get(network, ()) if now - at < TRIES_WINDOW_S]
            if len(tries) >= TRIES_PER_MINUTE_MAX:
                raise TooMany("too many enrolments at once: try again in a minute")
            if len(self._tries) >= NETWORKS_MAX:
                self._tries = {key: kept for key, kept in self._tries.items() if now - kept[-1] < TRIES_WINDOW_S}
            self._tries[network] = [*tries, now]


def _hash(code: str) -> bytes:
    bare = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(b"rallygate enrolment code\x00" + bare.encode()).digest()


def _opened(raw: bytes, versions: Versions) -> EnrolRequest:
    loose = open_unverified(raw, Typ.ENROLMENT, REQUEST_BYTES_MAX)
    if isinstance(loose, EnvelopeFault):
        raise NotUnderstood(f"the enrolment request cannot be read: {loose.value}")
    request = from_payload(loose.payload, EnrolRequest, REQUEST_BYTES_MAX)
    if isinstance(request, MessageFault):
        require_served(versions, protocol_told(loose.payload, REQUEST_BYTES_MAX))
        raise NotUnderstood(f"the enrolment request cannot be read: {request.value}")
    require_served(versions, request.protocol, request.schema)
    if not is_sound_public_key(request.public):
        raise NotUnderstood("the enrolment request brings no usable public key")
    key = VerifyKey.of_device(request.public)
    signed = verify(raw, Typ.ENROLMENT, lambda kid: key if kid == key.kid else None, REQUEST_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        raise NotSigned(f"the enrolment request is not signed by the key it brings: {signed.value}")
    return request


def _answer(desk: Desk, request: EnrolRequest, found: DeviceRow, now_ms: int) -> bytes:
    name = event_store.name_of(desk.tx, desk.event)
    answer = EnrolAnswer(
        event=desk.event.uid,
        nonce=request.nonce,
        time_ms=now_ms,
        certificate=found.certificate,
        root=desk.ring.root,
        key_list=desk.ring.body,
        point=None if found.point_no is None else PointNo(found.point_no),
        event_name=name[:60],
    )
    return sign(to_payload(answer), desk.keys.online, Typ.ANSWER)
