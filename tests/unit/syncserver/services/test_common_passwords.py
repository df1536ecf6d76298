"""Passwords that thieves try first are known, whatever is put around them; what people think of themselves is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.common_passwords import HASH_BYTES, TABLE, is_common, is_guessable, table_of

WORDS = ("anna@example.org", "Trial Rally", "Riders z.s.")
GOOD = ("three horses on the road", "prvni velka motorka", "correct horse battery", "my first rally in prague",
        "  žluťoučký kůň 🐎 ", "vT9-kq2L-x0Zw", "384619203847")  # fmt: skip


@pytest.mark.parametrize(
    "password",
    ["1qaz2wsx3edc", "123456789012", "PasswordPassword", "qwerty123456", "iloveyou1234", "Sunshine2024!",
     "P@ssw0rd12345", "!!! m0nkey 2024", "ｌｅｔｍｅｉｎ12345", "leavemealone", "geheim123456", "motdepasse1234"],
)  # fmt: skip
def test_what_thieves_try_first_is_known(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    ["Rallygate2028!", "Trial-Rally-2028", "heslo12345678", "Harley-Davidson!", "riders-riders-1", "anna-example-1",
     "praha1praha1", "aaaaaabbbbbbcccc", "qwertzuiop??", "mojeheslo2028"],
)  # fmt: skip
def test_what_follows_from_the_person_the_event_or_the_keyboard_is_guessable(password: str) -> None:
    assert is_guessable(password, WORDS)


@pytest.mark.parametrize("password", GOOD)
def test_what_people_think_of_themselves_is_neither(password: str) -> None:
    assert not is_common(password)
    assert not is_guessable(password, WORDS)


def test_the_table_has_more_than_the_standard_asks_for() -> None:
    """At least 3,000 of those as long as ours must be; it has 12,000 of them and the 30,000 commonest."""
    data = TABLE.read_bytes()
    rows = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    assert len(rows) > 40_000
    assert rows == sorted(set(rows))


def test_a_table_is_made_of_the_first_of_any_length_and_of_all_long_ones() -> None:
    few = table_of(["abc", "horse", "Horse", "a very long one indeed"], 12)
    assert len(few) == 2 * HASH_BYTES
    many = table_of([f"word{number}" for number in range(40_000)], 12)
    assert len(many) == 30_000 * HASH_BYTES


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(password: str) -> None:
    assert is_common(password) in {True, False}
    assert is_guessable(password, WORDS) in {True, False}
