"""The shop's side of the sandbox gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from common.cutting import cut_after
from syncserver.integrations.sandbox.wire import (
    IDEMPOTENCY_HEADER,
    SIGNATURE_HEADER,
    WEBHOOK_BYTES_MAX,
    NewPayment,
    NewRefund,
    PaymentOut,
    PaymentPage,
    RefundOut,
    WebhookBody,
    api_key,
    verify,
    webhook_key,
)
from syncserver.services.payment_provider import (
    ProviderPayment,
    ProviderRefused,
    ProviderUnreachable,
    Refunded,
    Started,
    StartPayment,
    WebhookEvent,
    WebhookRejected,
)

TIMEOUT_S = 5.0  # of one wait
WHOLE_S = 10.0  # of a call, however slowly its answer drips; pages wait less (`services/bank_window`)
ANSWER_BYTES_MAX = 1024 * 1024

Answer = TypeVar("Answer")


class _Reply(NamedTuple):
    status: int
    content: bytes  # a byte more than is allowed at most


class SandboxProvider:
    """A PaymentProvider over HTTP. `base_url` has no trailing slash."""

    name = "sandbox"

    def __init__(self, base_url: str, secret: str) -> None:
        self._base = urlsplit(base_url.rstrip("/"))
        self._api_key = api_key(secret)
        self._webhook_key = webhook_key(secret)

    @property
    def page_origin(self) -> str:
        """Where the payment page lives."""
        return f"{self._base.scheme}://{self._base.netloc}"

    def start(self, request: StartPayment) -> Started:
        """Make the payment, or find the one made before with the same key."""
        body = NewPayment(
            order_code=request.order_code,
            amount_minor=request.amount_minor,
            currency=request.currency,
            description=request.description,
            language=request.language,
            return_url=request.return_url,
            notify_url=request.notify_url,
        )
        made = self._call("POST", "/api/payments", PaymentOut, body, request.key)
        return Started(ref=made.id, redirect_url=made.url)

    def fetch(self, ref: str) -> ProviderPayment:
        """The payment as the gateway has it now."""
        return _payment(self._call("GET", f"/api/payments/{_safe(ref)}", PaymentOut))

    def refund(self, ref: str, amount_minor: int, currency: str, key: str) -> Refunded:
        """Give money back; the same key again gives the same refund."""
        body = NewRefund(amount_minor=amount_minor, currency=currency)
        made = self._call("POST", f"/api/payments/{_safe(ref)}/refunds", RefundOut, body, key)
        return Refunded(ref=made.id)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, now_s: int) -> WebhookEvent:
        """The event, if the gateway signed these bytes just now."""
        if len(body) > WEBHOOK_BYTES_MAX:
            raise WebhookRejected(f"{len(body)} bytes, {WEBHOOK_BYTES_MAX} at most")
        verify(self._webhook_key, headers.get(SIGNATURE_HEADER, ""), body, now_s)
        try:
            said = msgspec.json.decode(body, type=WebhookBody)
        except msgspec.DecodeError as error:
            raise WebhookRejected(f"signed, but not a webhook of this version: {error}") from error
        return WebhookEvent(event_id=said.id[:100], ref=_safe(said.payment))

    def list_payments(self, since_ms: int) -> Iterator[ProviderPayment]:
        """All payments since then, page by page."""
        position: int | None = 0
        while position is not None:
            page = self._call("GET", f"/api/payments?since_ms={since_ms}&after={position}", PaymentPage)
            yield from map(_payment, page.payments)
            position = page.next

    def _call(
        self, method: str, path: str, answer: type[Answer], body: msgspec.Struct | None = None, key: str | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"}
        if key is not None:
            headers[IDEMPOTENCY_HEADER] = key
        data = None if body is None else msgspec.json.encode(body)
        try:
            reply = self._ask(method, path, data, headers)
        except (OSError, HTTPException) as error:
            raise ProviderUnreachable(f"{method} {path}: {type(error).__name__}; is the gateway running?") from error
        return _read(reply, f"{method} {path}", answer)

    def _ask(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> _Reply:
        # By the library's own client: requests looked for proxies, a netrc and cookies at each call, 3 ms of CPU.
        kind = HTTPSConnection if self._base.scheme == "https" else HTTPConnection
        with closing(kind(self._base.netloc, timeout=TIMEOUT_S)) as connection:
            connection.connect()
            with cut_after(WHOLE_S, connection.sock):
                connection.request(method, self._base.path + path, data, headers)
                answer = connection.getresponse()
                return _Reply(answer.status, answer.read(ANSWER_BYTES_MAX + 1))


def _read(reply: _Reply, what: str, answer: type[Answer]) -> Answer:
    if 400 <= reply.status < 500 and reply.status != 429:
        raise ProviderRefused(f"{what}: {reply.status} {reply.content[:200].decode(errors='replace')}")
    if reply.status >= 300 or len(reply.content) > ANSWER_BYTES_MAX:
        raise ProviderUnreachable(f"{what}: {reply.status}, {len(reply.content)} bytes")
    try:
        return msgspec.json.decode(reply.content, type=answer)
    except msgspec.DecodeError as error:
        raise ProviderUnreachable(f"{what}: {reply.status} with an answer that is none: {error}") from error


def _payment(out: PaymentOut) -> ProviderPayment:
    return ProviderPayment(
        ref=out.id,
        key=out.key,
        order_code=out.order_code,
        state=out.state,
        amount_minor=out.amount_minor,
        currency=out.currency,
        refunded_minor=out.refunded_minor,
        created_ms=out.created_ms,
    )


def _safe(ref: str) -> str:
    """A payment's name goes into a path: letters, digits and underscores only."""
    if not (0 < len(ref) <= 64 and ref.isascii() and ref.replace("_", "").isalnum()):
        raise WebhookRejected(f"{ref[:70]!r} is no name of a payment")
    return ref
