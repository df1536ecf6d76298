"""The decimal number in the QR code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.decimal_text import BYTES_MAX, DIGITS_MAX, DecimalFault, from_decimal, to_decimal
from common.errors import InvariantError

raws = st.binary(min_size=1, max_size=BYTES_MAX).filter(lambda raw: raw[0] != 0)


@given(raws)
def test_bytes_come_back_from_their_number(raw: bytes) -> None:
    assert from_decimal(to_decimal(raw)) == raw


@given(raws)
def test_a_number_has_digits_only_and_few_enough(raw: bytes) -> None:
    text = to_decimal(raw)
    assert set(text) <= set("0123456789")
    assert not text.startswith("0")
    assert len(text) <= DIGITS_MAX


@given(st.from_regex(r"[1-9][0-9]{0,364}", fullmatch=True))
def test_every_number_within_the_cap_stands_for_bytes(text: str) -> None:
    raw = from_decimal(text)
    assert isinstance(raw, bytes)
    assert int.from_bytes(raw, "big") == int(text)
    assert raw[0] != 0


@given(st.text(max_size=400))
def test_any_text_gives_bytes_or_a_fault(text: str) -> None:
    raw = from_decimal(text)
    assert isinstance(raw, (bytes, DecimalFault))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", DecimalFault.EMPTY),
        ("9" * 366, DecimalFault.TOO_LONG),
        ("x" * 100_000, DecimalFault.TOO_LONG),
        ("0", DecimalFault.LEADING_ZERO),
        ("0123", DecimalFault.LEADING_ZERO),
        ("12 34", DecimalFault.NOT_DIGITS),
        ("1234\n", DecimalFault.NOT_DIGITS),
        ("-1234", DecimalFault.NOT_DIGITS),
        ("+1234", DecimalFault.NOT_DIGITS),
        ("1_234", DecimalFault.NOT_DIGITS),
        ("12.5", DecimalFault.NOT_DIGITS),
        ("\u0661\u0662", DecimalFault.NOT_DIGITS),
        ("1\u00b2", DecimalFault.NOT_DIGITS),
        ("https://example.org", DecimalFault.NOT_DIGITS),
    ],
)
def test_each_refusal_has_its_reason(text: str, fault: DecimalFault) -> None:
    assert from_decimal(text) is fault


@pytest.mark.parametrize("raw", [b"", b"\x00\x01", b"\xff" * 152])
def test_bytes_that_would_not_come_back_are_not_written(raw: bytes) -> None:
    with pytest.raises(InvariantError):
        to_decimal(raw)


def test_the_cap_of_bytes_is_the_largest_that_always_fits() -> None:
    assert len(str(256**BYTES_MAX - 1)) <= DIGITS_MAX < len(str(256 ** (BYTES_MAX + 1) - 1))
