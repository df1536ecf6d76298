"""How far word and headline give way to the lines below them."""

from __future__ import annotations

from dataclasses import replace

from kiosk.ui.fitting import Shares, Sized, capped, giving_way, smallest_drawn

ROOMY = Shares((600.0, 400.0), 2.0, 1.5)
TEXTS = [Sized(text, size, lambda word: 0.5 * len(word)) for text, size in (("word " * 60, 40.0), ("few words", 24.0))]


def boxes(headline: float) -> list[Shares]:
    return [
        capped(replace(ROOMY, loud=2.0 * share), 0.9 * share, headline * share, 1) for share in (1.0, 0.7, 0.3, 0.1)
    ]


def test_what_is_loud_gives_no_more_way_than_makes_the_lines_larger() -> None:
    """No line is larger than the headline: beyond a step all of them got smaller, above an empty band."""
    drawn = [smallest_drawn(TEXTS, box) for box in boxes(50)]
    assert drawn[giving_way(TEXTS, boxes(50), 1000.0)] == max(drawn)
    assert drawn[-1] < max(drawn)


def test_the_first_step_in_which_the_lines_are_read_is_taken() -> None:
    drawn = [smallest_drawn(TEXTS, box) for box in boxes(200)]
    least = drawn[1]
    assert giving_way(TEXTS, boxes(200), least) == 1
    assert drawn[0] < least
