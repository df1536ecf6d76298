"""Shapes, sounds and sizes, computed."""

from __future__ import annotations

import io
import itertools
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui.emblems import alpha
from kiosk.ui.fitting import LINE_HEIGHT, WORD, fitting_size, shared
from kiosk.ui.picture import Colour, Shape, Sound
from kiosk.ui.status_words import Tone
from kiosk.ui.synthesis import FOLDER, RATE, SCORES, render
from kiosk.ui.theme import (
    BUTTON,
    DARK,
    MAIN_BUTTON,
    MARKS,
    PRACTICE,
    SUNLIGHT,
    THEMES,
    Rgba,
    Theme,
    contrast,
    over,
    scale,
)


def emblem(shape: Shape) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.frombuffer(alpha(shape, 96), dtype=np.uint8).reshape(96, 96) / 255


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(Shape, 2)))
def test_emblems_are_told_apart_without_colour(one: Shape, other: Shape) -> None:
    assert np.abs(emblem(one) - emblem(other)).mean() > 0.08


@pytest.mark.parametrize("shape", list(Shape))
def test_emblems_fill_their_place_and_have_smooth_edges(shape: Shape) -> None:
    drawn = emblem(shape)
    assert 0.3 < drawn.mean() < 0.85
    assert 0.005 < ((drawn > 0.02) & (drawn < 0.98)).mean() < 0.1


@pytest.mark.parametrize("sound", list(Sound))
def test_the_sound_files_are_what_the_program_computes(sound: Sound) -> None:
    assert (FOLDER / f"{sound}.wav").read_bytes() == render(SCORES[sound])


@pytest.mark.parametrize("sound", list(Sound))
def test_sounds_are_short_loud_and_do_not_clip(sound: Sound) -> None:
    with wave.open(io.BytesIO(render(SCORES[sound]))) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
        assert (wav.getframerate(), wav.getnchannels()) == (RATE, 1)
    assert len(samples) / RATE < 0.6
    assert 8_000 < np.abs(samples.astype(int)).max() < 32_767


THEMED = list(THEMES.values())
OUTCOMES = (Colour.GREEN, Colour.AMBER, Colour.RED)
# Machado, Oliveira, Fernandes 2009, severity 1: what is left of linear red, green and blue.
COLOUR_BLIND = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
Vector = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def lab(linear: Vector) -> Vector:
    """Lightness and two hues, in steps an eye sees as equal."""
    white = np.array(TO_XYZ).sum(axis=1)
    share = np.array(TO_XYZ) @ np.clip(linear, 0, 1) / white
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def linear(colour: Rgba) -> Vector:
    shares = np.array(colour[:3])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("colour", list(Colour))
@pytest.mark.parametrize(("theme", "least"), [(DARK, 4.5), (SUNLIGHT, 7.0)], ids=list(THEMES))
def test_words_and_buttons_stand_out_from_every_verdict(theme: Theme, least: float, colour: Colour) -> None:
    """WCAG 2.2: 4.5 : 1 is AA; in the sun it is 7 : 1, AAA, for the veil of light takes much of it."""
    ground = theme.verdict[colour]
    assert contrast(theme.ink[colour], ground) > least
    for fill in (MAIN_BUTTON, theme.weak(ground)):
        assert contrast(theme.on(fill), over(ground, fill)) > least


@pytest.mark.parametrize(("theme", "least"), [(DARK, 4.5), (SUNLIGHT, 7.0)], ids=list(THEMES))
def test_every_text_colour_can_be_read_on_every_ground(theme: Theme, least: float) -> None:
    for ground in (theme.night, theme.panel):
        for text in (theme.text, theme.quiet, *theme.tones.values()):
            assert contrast(text, ground) > least
    keys = (theme.raised, theme.pressed, theme.accent, *theme.verdict.values())
    for fill in (*keys, over(PRACTICE, BUTTON)):
        assert contrast(theme.on(fill), fill) > least
    assert min(contrast(text, theme.pressed) for text in (theme.text, theme.quiet)) > 4.5


@pytest.mark.parametrize("theme", THEMED, ids=list(THEMES))
@pytest.mark.parametrize("colour", list(Colour))
def test_the_key_that_leads_on_is_the_darkest_on_every_verdict(theme: Theme, colour: Colour) -> None:
    ground = theme.verdict[colour]
    strong, weak = (over(ground, fill) for fill in (MAIN_BUTTON, theme.weak(ground)))
    assert contrast(strong, weak) > 1.15
    assert sum(strong[:3]) < sum(weak[:3])


@pytest.mark.parametrize("theme", THEMED, ids=list(THEMES))
def test_what_a_key_would_do_is_read_while_it_cannot_be_touched_and_it_looks_unlike_the_others(theme: Theme) -> None:
    """Nothing is asked of such keys by WCAG 2.2; 3 : 1 is what it asks of large letters."""
    grounds = [(theme.night, fill) for fill in (theme.raised, theme.accent)]
    grounds += [(below, fill) for below in theme.verdict.values() for fill in (MAIN_BUTTON, theme.weak(below))]
    for below, fill in grounds:
        key = theme.off(fill)
        ground = over(below, key.ground)
        assert 3 < contrast(over(ground, key.ink), ground) < contrast(theme.on(fill), over(below, fill))


@pytest.mark.parametrize("theme", THEMED, ids=list(THEMES))
def test_what_is_chosen_stands_out_from_what_is_not(theme: Theme) -> None:
    """The contrast WCAG 2.2 asks of parts that are no text, and of neighbours told apart by colour alone."""
    assert contrast(theme.accent, theme.raised) > 3
    assert contrast(theme.accent, theme.night) > 3


@pytest.mark.parametrize("theme", THEMED, ids=list(THEMES))
@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(Colour, 2)))
def test_colour_blind_people_tell_every_verdict_from_every_other(theme: Theme, one: Colour, other: Colour) -> None:
    """10 is a difference seen at a glance; for the three outcomes it is more, and in grey there is one as well."""
    first, second = linear(theme.verdict[one]), linear(theme.verdict[other])
    least = 15 if {one, other} <= set(OUTCOMES) else 10
    for matrix in COLOUR_BLIND.values():
        seen = [lab(np.array(matrix) @ colour) for colour in (first, second)]
        assert np.linalg.norm(seen[0] - seen[1]) > least
    if {one, other} <= set(OUTCOMES):
        assert abs(lab(first)[0] - lab(second)[0]) > 5


def test_everything_is_drawn_at_full_size_on_the_large_screens_and_smaller_on_the_small_one() -> None:
    assert scale(1280, 800) == scale(800, 1280) == 1.0
    assert scale(1024, 600) == 0.75


words = st.text("abcdefgh ěščř\n", max_size=60)


@given(words, st.floats(20, 900), st.floats(20, 500))
def test_a_text_at_its_fitting_size_fits_or_is_at_the_smallest(text: str, width: float, height: float) -> None:
    size = fitting_size(text, width, height, 80, 6, lambda word: 0.6 * len(word))
    assert 6 <= size <= 80
    if size > 6:
        longest = max((len(word) for word in text.split()), default=0)
        assert longest * 0.6 * size <= width
        assert text.count("\n") * LINE_HEIGHT * size <= height


def test_what_a_headline_of_one_row_leaves_is_for_the_lines_and_the_word_stands_where_it_always_does() -> None:
    size = (670.0, 400.0)
    for loud in (1.0, 0.8, 0.55):
        one, two = (shared(size, rows, loud) for rows in (1, 2))
        assert one.loud + one.lines == pytest.approx(two.loud + two.lines)
        assert one.lines > two.lines
        assert one.loud > WORD * loud
        assert shared(size, None, loud) == two, "a word of it is too wide for a row"


def test_a_short_text_keeps_its_largest_size() -> None:
    assert fitting_size("OK", 400, 100, 40, 8, lambda word: 0.6 * len(word)) == 40


def test_what_is_not_good_has_a_shape_of_its_own_and_not_a_colour_alone() -> None:
    assert MARKS.keys() == {Tone.WARN, Tone.BAD}
    assert len(set(MARKS.values())) == len(MARKS)
    assert {Shape(mark) for mark in MARKS.values()}.isdisjoint({Shape.DOT, Shape.TICK})
