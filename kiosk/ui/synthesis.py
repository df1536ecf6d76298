"""Our own sounds, computed: one per outcome, told apart beside loud engines by rhythm and direction, not only pitch.

Run `python -m kiosk.ui.synthesis` to write the files of `sounds/` anew; a test says when they differ.
"""

from __future__ import annotations

import array
import io
import math
import wave
from dataclasses import dataclass
from pathlib import Path

from kiosk.ui.picture import Sound

RATE = 22_050
FOLDER = Path(__file__).parent / "sounds"
_FADE_S = 0.008  # without it each tone begins and ends with a click


@dataclass(frozen=True, slots=True)
class Tone:
    """A frequency in Hz (0 is silence), how long in s, how loud (0 to 1), and how harsh (share of overtones)."""

    hertz: float
    seconds: float
    loudness: float = 0.8
    harshness: float = 0.15


# Admit rises, going out falls in three light steps, refuse falls and buzzes, ask knocks twice on one pitch, a fault
# wails; the cue is a short tick.
SCORES: dict[Sound, tuple[Tone, ...]] = {
    Sound.ADMIT: (Tone(880, 0.09), Tone(1318.5, 0.16)),
    Sound.OUT: tuple(Tone(hertz, 0.08) for hertz in (1318.5, 1046.5, 784)),
    Sound.ASK: (Tone(659.3, 0.10), Tone(0, 0.06), Tone(659.3, 0.10), Tone(0, 0.06), Tone(784, 0.10)),
    Sound.REFUSE: (Tone(233, 0.16, 0.9, 0.8), Tone(0, 0.03), Tone(155, 0.32, 0.9, 0.8)),
    Sound.FAULT: tuple(Tone(hertz, 0.11, 0.85, 0.5) for hertz in (740, 523, 740, 523)),
    Sound.CUE: (Tone(1046.5, 0.04, 0.35, 0.0),),
}


def render(score: tuple[Tone, ...]) -> bytes:
    """A WAV file of 16-bit mono at 22,050 Hz."""
    samples = array.array("h")
    for tone in score:
        samples.extend(_samples(tone))
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return target.getvalue()


def _samples(tone: Tone) -> list[int]:
    count = round(tone.seconds * RATE)
    fade = max(1, round(_FADE_S * RATE))
    return [round(32_000 * tone.loudness * _edge(i, count, fade) * _wave(tone, i / RATE)) for i in range(count)]


def _edge(index: int, count: int, fade: int) -> float:
    return min(1.0, index / fade, (count - index) / fade)


def _wave(tone: Tone, time_s: float) -> float:
    turn = 2 * math.pi * tone.hertz * time_s
    overtones = math.sin(3 * turn) / 3 + math.sin(5 * turn) / 5
    return (math.sin(turn) + tone.harshness * overtones) / (1 + tone.harshness * 0.54)


def main() -> None:
    """Write every sound file."""
    FOLDER.mkdir(exist_ok=True)
    for sound, score in SCORES.items():
        (FOLDER / f"{sound}.wav").write_bytes(render(score))


if __name__ == "__main__":
    main()
