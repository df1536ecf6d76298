"""However many choices there are, each can be reached, a page at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import ProductNo
from kiosk.ui.leafing import CHOICES_PER_PAGE, leaf_of
from kiosk.ui.picture import Button, Choose


def choices(count: int) -> list[Button]:
    return [Button(Choose(ProductNo(number)), f"item {number}") for number in range(1, count + 1)]


@given(st.integers(1, 115))
def test_leafing_shows_every_choice_once_in_its_order_and_comes_back_to_the_first(count: int) -> None:
    every = choices(count)
    pages = -(-count // CHOICES_PER_PAGE)
    seen = [button for at in range(pages) for button in leaf_of(every, at).choices]
    assert seen == every
    assert leaf_of(every, pages) == leaf_of(every, 0)


@pytest.mark.parametrize(
    ("count", "at", "others"),
    [(12, 0, ""), (13, 0, "13 / 13"), (13, 1, "1–12 / 13"), (40, 0, "13–24 / 40"), (40, 2, "37–40 / 40")],
)
def test_the_button_names_what_it_leads_to_and_is_absent_where_these_are_all(count: int, at: int, others: str) -> None:
    assert leaf_of(choices(count), at).others == others
