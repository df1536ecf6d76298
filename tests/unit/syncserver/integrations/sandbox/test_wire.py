from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.integrations.sandbox.provider import SandboxProvider
from syncserver.integrations.sandbox.wire import SIGNATURE_HEADER, WebhookBody, sign, webhook_key
from syncserver.services.payment_provider import WebhookEvent, WebhookRejected

SECRET = "a secret for tests only"
PROVIDER = SandboxProvider("http://127.0.0.1:9", SECRET)
BODY = msgspec.json.encode(WebhookBody(id="ev_1", payment="sp_1"))


def test_a_signed_webhook_is_understood() -> None:
    headers = {SIGNATURE_HEADER: sign(webhook_key(SECRET), 1000, BODY)}
    assert PROVIDER.parse_webhook(headers, BODY, 1000) == WebhookEvent("ev_1", "sp_1")


@pytest.mark.parametrize("now_s", [1000 - 301, 1000 + 301])
def test_a_webhook_signed_too_long_ago_or_ahead_is_refused(now_s: int) -> None:
    headers = {SIGNATURE_HEADER: sign(webhook_key(SECRET), 1000, BODY)}
    with pytest.raises(WebhookRejected, match="clocks"):
        PROVIDER.parse_webhook(headers, BODY, now_s)


def test_another_secret_signs_nothing_for_us() -> None:
    headers = {SIGNATURE_HEADER: sign(webhook_key("another secret"), 1000, BODY)}
    with pytest.raises(WebhookRejected, match="signature"):
        PROVIDER.parse_webhook(headers, BODY, 1000)


@given(st.binary(max_size=300), st.text(max_size=100))
def test_any_bytes_are_refused_and_never_break(body: bytes, header: str) -> None:
    with pytest.raises(WebhookRejected):
        PROVIDER.parse_webhook({SIGNATURE_HEADER: header}, body, 1000)


@given(st.binary(max_size=300))
def test_signed_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRejected):
        PROVIDER.parse_webhook({SIGNATURE_HEADER: sign(webhook_key(SECRET), 1000, body)}, body, 1000)


@pytest.mark.parametrize("ref", ["", "../x", "a/b", "ü", "a" * 65, "a?b"])
def test_a_payment_name_that_could_change_the_path_is_refused(ref: str) -> None:
    with pytest.raises(WebhookRejected):
        PROVIDER.fetch(ref)
