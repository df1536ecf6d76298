"""What scanners put around a code comes off, and the code stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.framing import Framing, strip_framing

NONE, BOTH = Framing(), Framing("gate:", "#")
DIGITS = "1234567890"


@pytest.mark.parametrize(
    ("sent", "framing", "bare"),
    [
        ("1234567890", NONE, DIGITS),
        ("1234567890\r", NONE, DIGITS),
        ("1234567890\r\n", NONE, DIGITS),
        ("1234567890\t", NONE, DIGITS),
        ("\x021234567890\x03", NONE, DIGITS),
        ("\x021234567890\x03\r\n", NONE, DIGITS),
        ("]Q01234567890", NONE, DIGITS),
        ("]Q11234567890", NONE, DIGITS),
        ("\x02]Q61234567890\x03", NONE, DIGITS),
        ("]q11234567890", NONE, DIGITS),
        ("]Q2\\0000261234567890", NONE, DIGITS),
        ("\\0000261234567890", NONE, DIGITS),
        ("\ufeff1234567890", NONE, DIGITS),
        ("gate:1234567890#", BOTH, DIGITS),
        ("gate:]Q11234567890#\r", BOTH, DIGITS),
        ("]Q1gate:1234567890#", BOTH, DIGITS),
        ("\x02]Q1\\000026gate:1234567890#\x03\r", BOTH, DIGITS),
        ("1234567890", BOTH, DIGITS),
        ("!@#$%^&*()", NONE, DIGITS),
        ("!2345^7890", NONE, DIGITS),
        ("ABCD-EFGH!", NONE, "ABCD-EFGH!"),
        ("5YD8-MFE7", NONE, "5YD8-MFE7"),
        ("]C11234567890", NONE, "]C11234567890"),  # of another kind of code: foreign, and left so
        ("", NONE, ""),
        ("\r\n", NONE, ""),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else ("both" if value == BOTH else "none"),
)
def test_of_what_a_scanner_sends_the_code_stays(sent: str, framing: Framing, bare: str) -> None:
    assert strip_framing(sent, framing) == bare


@given(st.text("0123456789", min_size=1, max_size=365))
def test_no_digits_are_lost_whatever_is_around_them(digits: str) -> None:
    assert strip_framing(f"\x02]Q1\\000026gate:{digits}#\x03\r\n", BOTH) == digits
    assert strip_framing(digits.translate(str.maketrans("1234567890", "!@#$%^&*()")), NONE) == digits
