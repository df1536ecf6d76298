"""Device certificates: the scribe's word that a key belongs to a device of this event.

A CWT (RFC 8392) with the key in `cnf` (RFC 8747). Claims: 2 device id in hex, 6 issued at, 4 expires at (optional),
8 {1: COSE_Key}, and the private label with [event uid, name]. The id must be the thumbprint of the key, so a
certificate cannot lend one device's name to another's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common import cbor, envelope
from common.cwt import CLAIM_CNF, CLAIM_EXP, CLAIM_IAT, CLAIM_PRIVATE, CLAIM_SUB, Claims, is_seconds, open_claims
from common.envelope import EnvelopeFault, Typ
from common.errors import require
from common.ids import EVENT_UID_BYTES, DeviceId, EventUid
from common.keys import KeyRing, KeyUse
from common.signing import (
    CRV_ED25519,
    KTY_OKP,
    SigningKey,
    VerifyKey,
    device_id,
    is_sound_public_key,
)

NAME_CHARACTERS_MAX: Final = 60
CERTIFICATE_BYTES_MAX: Final = 512
_CLAIMS = frozenset({CLAIM_SUB, CLAIM_EXP, CLAIM_IAT, CLAIM_CNF, CLAIM_PRIVATE})


class CertificateFault(StrEnum):
    """A signature that holds around what is no certificate of this event."""

    MALFORMED = "malformed"
    WRONG_EVENT = "wrong_event"


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    """A device of an event. Times are seconds since 1970; expires_s None means as long as the event."""

    event: EventUid
    device: DeviceId
    key: VerifyKey  # called by the device id
    name: str  # 1 to 60 characters, as people call the kiosk
    issued_s: int
    expires_s: int | None

    def has_expired(self, now_s: int) -> bool:
        """Whether it is over at that second. Entries count by their certificate at all times; new sessions do not."""
        return self.expires_s is not None and now_s >= self.expires_s


def issue_certificate(
    scribe: SigningKey, event: EventUid, public: bytes, name: str, issued_s: int, expires_s: int | None = None
) -> bytes:
    """The signed certificate of a device's public key.

    The public key must have passed `is_sound_public_key`. Raises InvariantError for values out of range.
    """
    claims: Claims = {
        CLAIM_SUB: device_id(public).hex(),
        CLAIM_IAT: issued_s,
        CLAIM_CNF: {1: _cose_key(public)},
        CLAIM_PRIVATE: [event, name],
    }
    if expires_s is not None:
        claims[CLAIM_EXP] = expires_s
    payload = cbor.encode(claims)
    require(_read(payload) is not None, f"the certificate of {name!r} breaks the limits of certificates")
    return envelope.sign(payload, scribe, Typ.CERTIFICATE)


def open_certificate(raw: bytes, ring: KeyRing) -> DeviceCertificate | EnvelopeFault | CertificateFault:
    """The certificate, if a scribe of the ring's own event signed it. Whether it has expired is not judged here."""
    signed = envelope.verify(raw, Typ.CERTIFICATE, ring.own_finder(KeyUse.SCRIBE), CERTIFICATE_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return signed
    certificate = _read(signed.payload)
    if certificate is None:
        return CertificateFault.MALFORMED
    if certificate.event != ring.key_list.event_uid:
        return CertificateFault.WRONG_EVENT
    return certificate


def _read(payload: bytes) -> DeviceCertificate | None:
    claims = open_claims(payload, CERTIFICATE_BYTES_MAX, _CLAIMS)
    if claims is None:
        return None
    issued_s, expires_s = claims.get(CLAIM_IAT), claims.get(CLAIM_EXP)
    if not is_seconds(issued_s) or not (CLAIM_EXP not in claims or is_seconds(expires_s)):
        return None
    match [claims.get(CLAIM_SUB), claims.get(CLAIM_CNF), claims.get(CLAIM_PRIVATE)]:
        case [str(subject), {1: dict(cose_key), **other}, [bytes(event), str(name)]] if not other:
            public = _public_of(cose_key)
        case _:
            return None
    if public is None or subject != device_id(public).hex() or len(event) != EVENT_UID_BYTES:
        return None
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        return None
    return DeviceCertificate(
        EventUid(event),
        device_id(public),
        VerifyKey.of_device(public),
        name,
        issued_s,
        expires_s if is_seconds(expires_s) else None,
    )


def _public_of(cose_key: Claims) -> bytes | None:
    """The Ed25519 key of a COSE_Key with exactly the three parameters it needs."""
    public = cose_key.get(-2)
    if not isinstance(public, bytes) or not is_sound_public_key(public):
        return None
    is_exact = cbor.encode(cose_key) == cbor.encode(_cose_key(public))  # bytes, since in Python true equals 1
    return public if is_exact else None


def _cose_key(public: bytes) -> Claims:
    return {1: KTY_OKP, -1: CRV_ED25519, -2: public}
