"""The provider against the real gateway process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from syncserver.integrations.sandbox.provider import SandboxProvider
from syncserver.services.payment_provider import (
    PaymentState,
    ProviderRefused,
    ProviderUnreachable,
    StartPayment,
)
from tests.support.sandbox_bank import SECRET, RunningBank, running_bank


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[RunningBank]:
    with running_bank(tmp_path / "bank.jsonl") as running:
        yield running


@pytest.fixture
def provider(bank: RunningBank) -> SandboxProvider:
    return SandboxProvider(bank.url, SECRET)


def wanted(key: str = "k1", amount_minor: int = 62_500) -> StartPayment:
    return StartPayment(
        key=key,
        order_code="ABC12",
        amount_minor=amount_minor,
        currency="CZK",
        description="Two tickets",
        language="en",
        return_url="http://127.0.0.1:9/return",
        notify_url="http://127.0.0.1:9/webhook",
    )


def test_the_same_key_makes_one_payment(provider: SandboxProvider) -> None:
    assert provider.start(wanted()) == provider.start(wanted())
    assert len(list(provider.list_payments(0))) == 1


def test_the_same_key_with_another_amount_is_refused(provider: SandboxProvider) -> None:
    provider.start(wanted())
    with pytest.raises(ProviderRefused, match="409"):
        provider.start(wanted(amount_minor=1))


@pytest.mark.parametrize(
    ("do", "state"),
    [("pay", PaymentState.PAID), ("decline", PaymentState.FAILED), ("abandon", PaymentState.CREATED)],
)
def test_the_page_decides(bank: RunningBank, provider: SandboxProvider, do: str, state: PaymentState) -> None:
    started = provider.start(wanted())
    bank.act(started.redirect_url, do)
    assert provider.fetch(started.ref).state is state


def test_a_late_payment_is_pending_and_then_paid(bank: RunningBank, provider: SandboxProvider) -> None:
    started = provider.start(wanted())
    bank.act(started.redirect_url, "late")
    assert provider.fetch(started.ref).state is PaymentState.PENDING
    deadline = time.monotonic() + 10
    while provider.fetch(started.ref).state is not PaymentState.PAID:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_refunds_never_exceed_what_was_paid_and_repeat_harmlessly(bank: RunningBank, provider: SandboxProvider) -> None:
    started = provider.start(wanted(amount_minor=1000))
    with pytest.raises(ProviderRefused):
        provider.refund(started.ref, 1, "CZK", "before it was paid")
    bank.act(started.redirect_url, "pay")
    assert provider.refund(started.ref, 600, "CZK", "r1") == provider.refund(started.ref, 600, "CZK", "r1")
    with pytest.raises(ProviderRefused):
        provider.refund(started.ref, 500, "CZK", "r2")
    assert provider.fetch(started.ref).refunded_minor == 600


def test_a_stranger_is_refused(bank: RunningBank) -> None:
    with pytest.raises(ProviderRefused, match="401"):
        SandboxProvider(bank.url, "not the secret").start(wanted())
    assert requests.post(f"{bank.url}/api/payments", timeout=5).status_code == 401


def test_nobody_listening_is_unreachable_not_refused() -> None:
    with pytest.raises(ProviderUnreachable):
        SandboxProvider("http://127.0.0.1:9", SECRET).start(wanted())


def test_the_book_survives_a_restart_and_a_torn_last_line(tmp_path: Path) -> None:
    book = tmp_path / "bank.jsonl"
    with running_bank(book) as bank:
        provider = SandboxProvider(bank.url, SECRET)
        started = provider.start(wanted())
        bank.act(started.redirect_url, "pay")
    with book.open("a", encoding="utf-8") as file:
        file.write('{"do": "refu')
    with running_bank(book) as bank:
        provider = SandboxProvider(bank.url, SECRET)
        assert provider.fetch(started.ref).state is PaymentState.PAID
        assert provider.start(wanted("k2")).ref != started.ref


def test_the_list_goes_on_where_a_page_ends(provider: SandboxProvider) -> None:
    for number in range(205):
        provider.start(wanted(f"key {number}"))
    listed = list(provider.list_payments(0))
    assert len({payment.ref for payment in listed}) == len(listed) == 205


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "Diese Zahlung ist nicht mehr möglich."), ("fr", "Ce paiement n&#39;est plus possible.")],
)
def test_a_payment_that_is_not_there_is_a_page_for_people(bank: RunningBank, language: str, said: str) -> None:
    answer = requests.get(f"{bank.url}/pay/none", headers={"Accept-Language": language}, timeout=10)
    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.text
    assert said in answer.text
