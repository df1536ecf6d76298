"""What shop and sandbox gateway agree on: the signature of webhooks, and the JSON of payments."""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from common.studied import studied
from syncserver.services.payment_provider import PaymentState, WebhookRejected

SIGNATURE_HEADER = "Sandbox-Signature"
IDEMPOTENCY_HEADER = "Idempotency-Key"
WEBHOOK_BYTES_MAX = 16 * 1024
WEBHOOK_AGE_S_MAX = 300
PAGE_MAX = 200  # payments per answer of the list

_SIGNATURE = re.compile(r"\At=([0-9]{1,12}),v1=([0-9a-f]{64})\Z")


class PaymentOut(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """A payment as the gateway tells it."""

    id: str
    key: str
    order_code: str
    state: PaymentState
    amount_minor: int
    currency: str
    refunded_minor: int
    created_ms: int
    url: str


class PaymentPage(msgspec.Struct, frozen=True):
    """A part of the list; `next` is where to go on, None at the end."""

    payments: list[PaymentOut]
    next: int | None


class RefundOut(msgspec.Struct, frozen=True):
    """A refund as the gateway tells it."""

    id: str
    payment: str
    amount_minor: int


class WebhookBody(msgspec.Struct, frozen=True):
    """The gateway's call: an event id and which payment changed, no more. Amounts are fetched, not told."""

    id: str
    payment: str


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the shop asks for."""

    order_code: str
    amount_minor: int
    currency: str
    description: str
    language: str
    return_url: str
    notify_url: str


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refund the shop asks for."""

    amount_minor: int
    currency: str


studied(PaymentOut, PaymentPage, RefundOut, WebhookBody, NewPayment, NewRefund)


def api_key(secret: str) -> str:
    """What the shop shows to the gateway's API, made from the one secret both hold."""
    return hmac.new(secret.encode(), b"sandbox api", hashlib.sha256).hexdigest()


def webhook_key(secret: str) -> bytes:
    """What webhooks are signed with, made from the same secret; neither tells the other."""
    return hmac.new(secret.encode(), b"sandbox webhook", hashlib.sha256).digest()


def sign(secret: bytes, now_s: int, body: bytes) -> str:
    """The signature header's value."""
    return f"t={now_s},v1={_digest(secret, now_s, body)}"


def verify(secret: bytes, header: str, body: bytes, now_s: int) -> None:
    """Raise WebhookRejected unless the signature is right and at most 300 s from now."""
    match = _SIGNATURE.match(header)
    if match is None:
        raise WebhookRejected(f"header {SIGNATURE_HEADER} is missing or not of the form t=...,v1=...")
    made_s = int(match[1])
    if not hmac.compare_digest(_digest(secret, made_s, body), match[2]):
        raise WebhookRejected("the signature does not fit the body: check the webhook secret on both sides")
    if abs(now_s - made_s) > WEBHOOK_AGE_S_MAX:
        raise WebhookRejected(f"signed {now_s - made_s} s ago, {WEBHOOK_AGE_S_MAX} s at most: check the clocks")


def _digest(secret: bytes, now_s: int, body: bytes) -> str:
    return hmac.new(secret, f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()
