"""What kiosks of one LAN say to each other: the exchange, signed by device keys under the event's root.

A request is the one that goes to the server, with the certificate always. The answer travels as the CBOR array
[certificate, signed answer], since the caller may not know the answering device yet. Between kiosks there are no
cursors: the answer's cursor says up to which time of the server the answerer had heard everything (position, in ms),
and its time is 0 where no server has set the answerer's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common import cbor, envelope
from common.certificates import DeviceCertificate, open_certificate
from common.envelope import EnvelopeFault, Typ
from common.errors import UserFacing
from common.exchange import (
    MESSAGE_BYTES_MAX,
    ExchangeAnswer,
    ExchangeRequest,
    MessageFault,
    from_payload,
    to_payload,
)
from common.ids import DeviceId
from common.keys import KeyRing
from common.versions import OURS
from kiosk.sync.errors import Refused, Retry
from kiosk.sync.party import Party

PEER_PATH: Final = "/peer/v1/exchange"
PEER_BYTES_MAX: Final = 2 * 1024 * 1024
ENTRIES_MAX: Final = 500
ENTRY_BYTES_MAX: Final = 1024 * 1024
IsRevoked = Callable[[DeviceId], bool]


class PeerRefusal(UserFacing):
    """What a caller is told instead of an answer; `status` as in HTTP."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """The answer of a device of this event that is in force."""

    certificate: DeviceCertificate
    answer: ExchangeAnswer

    @property
    def device(self) -> DeviceId:
        """Who answers."""
        return self.certificate.device


def open_request(raw: bytes, party: Party, is_revoked: IsRevoked) -> tuple[DeviceCertificate, ExchangeRequest]:
    """Who asks, and what. Raises PeerRefusal for everybody but devices of this event that are in force."""
    loose = envelope.open_unverified(raw, Typ.EXCHANGE, PEER_BYTES_MAX)
    if isinstance(loose, EnvelopeFault):
        raise PeerRefusal(400, f"no exchange ({loose.value})")
    request = from_payload(loose.payload, ExchangeRequest, PEER_BYTES_MAX)
    if isinstance(request, MessageFault):
        raise PeerRefusal(400, f"no exchange ({request.value})")
    if request.event != party.enrolled.event:
        raise PeerRefusal(404, "this kiosk is of another event")
    refusal = OURS.refusal(request.protocol, request.schema, "calling kiosk", "kiosk")
    if refusal is not None:
        raise PeerRefusal(409, refusal)
    certificate = _in_force(request.certificate, party, is_revoked)
    if certificate is None:
        raise PeerRefusal(403, "the event does not know this device, or has revoked it")
    signed = envelope.verify(
        raw, Typ.EXCHANGE, lambda kid: certificate.key if kid == certificate.device else None, PEER_BYTES_MAX
    )
    if isinstance(signed, EnvelopeFault):
        raise PeerRefusal(403, f"the exchange is not signed by its device ({signed.value})")
    return certificate, request


def pack_answer(answer: ExchangeAnswer, party: Party) -> bytes:
    """The answer as it travels, signed by this device."""
    raw = envelope.sign(to_payload(answer), party.key.as_device(), Typ.ANSWER, MESSAGE_BYTES_MAX)
    return cbor.encode([party.enrolled.certificate, raw])


def open_answer(packed: bytes, party: Party, request: ExchangeRequest, is_revoked: IsRevoked) -> PeerAnswer:
    """The answer to exactly this request. Raises Retry for what is none, Refused for a device that is out."""
    match cbor.decode(packed, MESSAGE_BYTES_MAX):
        case [bytes(certificate_raw), bytes(raw)]:
            pass
        case _:
            raise Retry("the peer's answer is none; something else answers at its address")
    certificate = _in_force(certificate_raw, party, is_revoked)
    if certificate is None:
        raise Refused("what answers is no device of this event, or was revoked")
    signed = envelope.verify(
        raw, Typ.ANSWER, lambda kid: certificate.key if kid == certificate.device else None, MESSAGE_BYTES_MAX
    )
    answer = (
        MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeAnswer)
    )
    if isinstance(answer, MessageFault):
        raise Retry(f"the peer's answer is not understood or not signed ({answer.value})")
    if answer.nonce != request.nonce:
        raise Retry("the peer's answer is to another question; something repeats old answers")
    return PeerAnswer(certificate, answer)


def _in_force(raw: bytes | None, party: Party, is_revoked: IsRevoked) -> DeviceCertificate | None:
    ring: KeyRing = party.ring
    certificate = None if raw is None else open_certificate(raw, ring)
    if not isinstance(certificate, DeviceCertificate) or is_revoked(certificate.device):
        return None
    return None if certificate.has_expired(party.device_clock.now_ms() // 1000) else certificate
