"""Messages as they travel: signed by the device, answered under the event's online key with our nonce."""

from __future__ import annotations

import msgspec

from common import envelope
from common.envelope import EnvelopeFault, Typ
from common.exchange import (
    MESSAGE_BYTES_MAX,
    PROTOCOL,
    SCHEMA,
    ExchangeAnswer,
    ExchangeRequest,
    MessageFault,
    from_payload,
    to_payload,
)
from common.keys import KeyRing, KeyUse
from common.signing import SigningKey
from kiosk.sync.errors import Refused, Retry, SyncWhy


def sign_request(request: msgspec.Struct, key: SigningKey, typ: Typ) -> bytes:
    """The signed message of this device."""
    return envelope.sign(to_payload(request), key.as_device(), typ, MESSAGE_BYTES_MAX)


def open_exchange_answer(raw: bytes, ring: KeyRing, request: ExchangeRequest) -> ExchangeAnswer:
    """The answer to exactly this request. Raises Retry for anything else, Refused where versions do not fit."""
    signed = envelope.verify(raw, Typ.ANSWER, ring.own_finder(KeyUse.ONLINE), MESSAGE_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        raise Retry(
            f"the answer is not signed by the event's server ({signed}); something answers in its place",
            why=SyncWhy.STRANGE,
        )
    answer = from_payload(signed.payload, ExchangeAnswer)
    if isinstance(answer, MessageFault):
        raise Refused(
            f"the server's answer is not understood ({answer}): update this kiosk; it goes on admitting",
            SyncWhy.VERSION,
        )
    if answer.nonce != request.nonce:
        raise Retry("the answer is to another question; something repeats old answers", why=SyncWhy.STRANGE)
    if answer.protocol > PROTOCOL or answer.schema > SCHEMA:
        raise Refused(
            f"the server speaks protocol {answer.protocol}, this kiosk {PROTOCOL}: update it; it goes on admitting",
            SyncWhy.VERSION,
        )
    return answer
