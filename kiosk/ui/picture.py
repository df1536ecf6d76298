"""What a verdict looks and sounds like, as values: no Kivy here, so it is tested in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.decision import Reason
from common.ids import ProductNo, Ref


class Colour(StrEnum):
    """One per outcome, and blue for what is no outcome."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    VIOLET = "violet"
    BLUE = "blue"


class Shape(StrEnum):
    """One per outcome, told apart without colour."""

    TICK = "tick"
    HAND = "hand"
    CROSS = "cross"
    WRENCH = "wrench"
    DOT = "dot"


class Sound(StrEnum):
    """Names of the sound files."""

    ADMIT = "admit"
    ASK = "ask"
    REFUSE = "refuse"
    FAULT = "fault"
    CUE = "cue"


class Weight(StrEnum):
    """How loudly a line speaks."""

    STRONG = "strong"
    PLAIN = "plain"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Line:
    """One line under the headline."""

    text: str
    weight: Weight = Weight.PLAIN


@dataclass(frozen=True, slots=True)
class GoOn:
    """Back to scanning."""


@dataclass(frozen=True, slots=True)
class Choose:
    """The same scan again, for this product."""

    product: ProductNo


@dataclass(frozen=True, slots=True)
class Confirm:
    """The same scan again, confirmed by a person."""


@dataclass(frozen=True, slots=True)
class Override:
    """The same scan again; the operator answers for this reason."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Undo:
    """Take this entry back."""

    entry: Ref


Action = GoOn | Choose | Confirm | Override | Undo


@dataclass(frozen=True, slots=True)
class Button:
    """A label, a smaller second line, and what touching it does. One at most is `main`."""

    action: Action
    label: str
    detail: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A full screen. `auto_advance_s` None: it stays until someone touches it or scans the next code."""

    colour: Colour
    shape: Shape
    sound: Sound
    word: str
    headline: str
    lines: tuple[Line, ...] = ()
    buttons: tuple[Button, ...] = ()
    auto_advance_s: float | None = None
