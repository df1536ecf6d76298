"""What the lists a person leafs through say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.shown import Written
from kiosk.ui.catalogue import Texts
from kiosk.ui.pages import history_pages
from kiosk.ui.telling import Setting
from tests.support.fake_station import HISTORY, NOW_MS

REFUSAL = next(row for row in HISTORY if row.written is Written.REFUSED)


def words(language: str, quantity: int) -> str:
    row = replace(REFUSAL, quantity=quantity, until_ms=NOW_MS)
    pages = history_pages((row,), Setting(Texts(language), "Europe/Prague", NOW_MS), 9)
    return pages.pages[0].facts[0].value.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "3 times until "), ("cs", "3× do "), ("de", "3-mal bis "), ("it", "3 volte fino alle ")],
)
def test_repeats_of_a_refusal_are_told_with_how_often_and_until_when_to_the_second(language: str, said: str) -> None:
    clock = Texts(language).clock_s(NOW_MS, "Europe/Prague").replace("\u202f", " ")
    assert clock.count(":") == 2
    assert words(language, 3).endswith(f" · {said}{clock}")


def test_a_refusal_that_was_one_alone_says_no_number() -> None:
    assert "until" not in words("en", 1)
