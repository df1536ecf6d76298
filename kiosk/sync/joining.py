"""Joining an event: a one-time code and the device's key for certificate, keys and a point."""

from __future__ import annotations

import os
from dataclasses import dataclass

from common import envelope
from common.certificates import DeviceCertificate, open_certificate
from common.enrolment import Enrolment
from common.envelope import EnvelopeFault, Typ
from common.exchange import MESSAGE_BYTES_MAX, PROTOCOL, SCHEMA, EnrolAnswer, EnrolRequest, MessageFault, from_payload
from common.keys import KeyList, KeyRing, KeyUse, open_key_list, root_thumbprint
from common.signing import SigningKey, VerifyKey, device_id, is_sound_public_key
from kiosk.store.enrolled import Enrolled
from kiosk.sync.errors import Refused, Retry, SyncWhy
from kiosk.sync.messages import sign_request
from kiosk.sync.transport import Transport

ENROL_PATH = "/api/sync/v1/enrol"


@dataclass(frozen=True, slots=True)
class Joined:
    """What the server offers. With `must_compare` a person compares the thumbprint before it is kept."""

    enrolled: Enrolled
    name: str
    thumbprint: bytes
    must_compare: bool
    time_ms: int


def join(enrolment: Enrolment, key: SigningKey, name: str, transport: Transport) -> Joined:
    """Ask the server. Nothing is kept yet; the same code and key again give the same answer.

    Raises Retry where it may work later, Refused where a person must do something else.
    """
    nonce = os.urandom(16)
    request = EnrolRequest(PROTOCOL, SCHEMA, enrolment.code, key.verify_key.raw, name, nonce)
    raw = transport.post(ENROL_PATH, sign_request(request, key, Typ.ENROLMENT))
    unverified = envelope.open_unverified(raw, Typ.ANSWER, MESSAGE_BYTES_MAX)
    if isinstance(unverified, EnvelopeFault):
        raise Retry(
            f"the answer is no answer of our server ({unverified}); check the address and the network",
            why=SyncWhy.STRANGE,
        )
    answer = from_payload(unverified.payload, EnrolAnswer)
    if isinstance(answer, MessageFault):
        raise Refused("the server's answer is not understood: update this kiosk", SyncWhy.VERSION)
    return check_answer(answer, raw, nonce, enrolment, key)


def check_answer(answer: EnrolAnswer, raw: bytes, nonce: bytes, enrolment: Enrolment, key: SigningKey) -> Joined:
    """Trust runs from the thumbprint to the root, then to the key list, then to answer and certificate."""
    if not is_sound_public_key(answer.root):
        raise Refused("the server's root key is no sound key: do not trust this server", SyncWhy.UNTRUSTED)
    root = VerifyKey.of_event(answer.root)
    thumbprint = root_thumbprint(root)
    if enrolment.root is not None and enrolment.root != thumbprint:
        raise Refused(
            "the server is not the one whose code was scanned: its root key differs; ask for a new code",
            SyncWhy.UNTRUSTED,
        )
    key_list = open_key_list(answer.key_list, root)
    if not isinstance(key_list, KeyList) or key_list.event_uid != answer.event:
        raise Refused("the key list is not signed by the event's root: do not trust this server", SyncWhy.UNTRUSTED)
    ring = KeyRing(key_list)
    if isinstance(envelope.verify(raw, Typ.ANSWER, ring.own_finder(KeyUse.ONLINE), MESSAGE_BYTES_MAX), EnvelopeFault):
        raise Refused("the answer is not signed by the event's online key: do not trust this server", SyncWhy.UNTRUSTED)
    if answer.nonce != nonce:
        raise Retry("the answer is to another question; try again", why=SyncWhy.STRANGE)
    certificate = open_certificate(answer.certificate, ring)
    if not isinstance(certificate, DeviceCertificate) or certificate.device != device_id(key.verify_key.raw):
        raise Refused("the certificate is not for this device: ask for a new code", SyncWhy.UNTRUSTED)
    papers = Enrolled(
        answer.event,
        answer.event_name,
        enrolment.address,
        answer.certificate,
        answer.root,
        answer.key_list,
        answer.point,
    )
    return Joined(papers, certificate.name, thumbprint, enrolment.root is None, answer.time_ms)
