"""Codes are read as people type them, kept as hashes, and drawn wide enough that nobody guesses one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.voucher_codes import ALPHABET, code_hash, derived_code, folded

EVENT, SECRET, BATCH = b"\x01\x02\x03\x04", b"a secret of the tests, long enough", bytes(8)


@pytest.mark.parametrize("typed", ["7K2M-XW4R-10TQ", "7k2m xw4r iOtq", "  7K2MXW4RL0TQ ", "7K2M–XW4R–1o-TQ"])
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    assert folded(typed) == "7K2MXW4R10TQ"


@pytest.mark.parametrize("typed", ["", " - ", "7K2M/XW4R", "ключ", "\x00", "'; --"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert folded(typed) == ""


@given(st.text())
def test_any_text_is_read_without_an_error(typed: str) -> None:
    assert re.fullmatch(r"[0-9A-Z]{0,60}", folded(typed))
    assert len(code_hash(EVENT, typed)) == 32


def test_a_derived_code_is_the_same_again_and_another_for_each_number_batch_event_and_secret() -> None:
    code = derived_code(SECRET, EVENT, BATCH, 1)
    assert re.fullmatch(rf"([{ALPHABET}]{{4}}-){{2}}[{ALPHABET}]{{4}}", code)
    assert derived_code(SECRET, EVENT, BATCH, 1) == code
    others = {
        derived_code(SECRET, EVENT, BATCH, 2),
        derived_code(SECRET, EVENT, b"\x01" * 8, 1),
        derived_code(SECRET, b"\x00" * 4, BATCH, 1),
        derived_code(b"another secret", EVENT, BATCH, 1),
    }
    assert len(others | {code}) == 5


def test_codes_of_a_batch_use_every_character_about_equally() -> None:
    drawn = "".join(derived_code(SECRET, EVENT, BATCH, number).replace("-", "") for number in range(2_000))
    counts = [drawn.count(one) for one in ALPHABET]
    assert min(counts) > 0.8 * len(drawn) / 32
    assert max(counts) < 1.2 * len(drawn) / 32


def test_a_code_of_one_event_is_no_code_of_another() -> None:
    assert code_hash(EVENT, "CLUB10") != code_hash(b"\x00" * 4, "CLUB10")
