"""Shapes, sounds and sizes, computed."""

from __future__ import annotations

import io
import itertools
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui import theme
from kiosk.ui.emblems import alpha
from kiosk.ui.fitting import LINE_HEIGHT, fitting_size
from kiosk.ui.picture import Colour, Shape, Sound
from kiosk.ui.synthesis import FOLDER, RATE, SCORES, render


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


def luminance(rgba: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", list(Colour))
def test_words_stand_out_from_every_verdict_by_more_than_45_to_10(colour: Colour) -> None:
    """The contrast of WCAG 2.2 AA, 4.5 : 1, which sunlight needs at least."""
    lighter, darker = sorted((luminance(theme.INK[colour]), luminance(theme.VERDICT[colour])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) > 4.5


@pytest.mark.parametrize("text", [theme.TEXT, theme.QUIET, theme.WARN, theme.GOOD, theme.BAD])
@pytest.mark.parametrize("ground", [theme.NIGHT, theme.PANEL])
def test_every_text_colour_can_be_read_on_every_ground(text: tuple[float, ...], ground: tuple[float, ...]) -> None:
    assert (luminance(text) + 0.05) / (luminance(ground) + 0.05) > 4.5


def test_everything_is_drawn_at_full_size_on_the_large_screens_and_smaller_on_the_small_one() -> None:
    assert theme.scale(1280, 800) == theme.scale(800, 1280) == 1.0
    assert theme.scale(1024, 600) == 0.75


words = st.text("abcdefgh ěščř\n", max_size=60)


@given(words, st.floats(20, 900), st.floats(20, 500))
def test_a_text_at_its_fitting_size_fits_or_is_at_the_smallest(text: str, width: float, height: float) -> None:
    size = fitting_size(text, width, height, 80, 6, lambda word: 0.6 * len(word))
    assert 6 <= size <= 80
    if size > 6:
        longest = max((len(word) for word in text.split()), default=0)
        assert longest * 0.6 * size <= width
        assert text.count("\n") * LINE_HEIGHT * size <= height


def test_a_short_text_keeps_its_largest_size() -> None:
    assert fitting_size("OK", 400, 100, 40, 8, lambda word: 0.6 * len(word)) == 40
