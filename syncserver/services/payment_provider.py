"""What a payment provider is to us: start, fetch, refund, parse_webhook, list_payments.

Amounts are minor units with their currency. Nothing a browser or a webhook says is believed: both only make us fetch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from common.errors import RallygateError


class PaymentState(StrEnum):
    """How far a payment is, as its provider tells it. Refunds are counted beside it."""

    CREATED = "created"  # the buyer has not acted yet
    PENDING = "pending"  # the buyer has acted, the bank has not answered
    PAID = "paid"
    FAILED = "failed"  # declined or cancelled; another attempt may be made
    EXPIRED = "expired"  # can no longer be paid


class ProviderError(RallygateError):
    """Base of what goes wrong at a provider."""


class ProviderUnreachable(ProviderError):
    """No usable answer: the same call, with the same key, again later."""


class ProviderRefused(ProviderError):
    """The provider understood and said no: repeating will not help."""


class WebhookRejected(ProviderError):
    """The bytes are not a webhook of this provider: bad signature, too old, or not its format."""


@dataclass(frozen=True, slots=True)
class StartPayment:
    """One attempt to have an order paid. `key` makes repeating the call harmless."""

    key: str
    order_code: str
    amount_minor: int
    currency: str
    description: str
    language: str
    return_url: str  # where the buyer's browser comes back to
    notify_url: str  # where the provider's webhook goes


@dataclass(frozen=True, slots=True)
class Started:
    """The provider's name for the payment, and the page to send the buyer to."""

    ref: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider has it now."""

    ref: str
    key: str
    order_code: str
    state: PaymentState
    amount_minor: int
    currency: str
    refunded_minor: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a genuine webhook says: its own id, and the payment to ask about."""

    event_id: str
    ref: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """The provider's name for a refund that was made."""

    ref: str


class PaymentProvider(Protocol):
    """One provider. Calls raise ProviderUnreachable or ProviderRefused."""

    @property
    def name(self) -> str:
        """Stable name, stored with each payment."""
        ...

    @property
    def page_origin(self) -> str:
        """Scheme, host and port of the payment page, for the shop's content security policy."""
        ...

    def start(self, request: StartPayment) -> Started: ...

    def fetch(self, ref: str) -> ProviderPayment: ...

    def refund(self, ref: str, amount_minor: int, currency: str, key: str) -> Refunded: ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, now_s: int) -> WebhookEvent:
        """The event of a genuine webhook; raises WebhookRejected for any other bytes."""
        ...

    def list_payments(self, since_ms: int) -> Iterator[ProviderPayment]:
        """All payments created at or after that instant, oldest first."""
        ...
