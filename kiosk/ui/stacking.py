"""Boxes that give each text the room it takes, all at one share of their sizes: none shrinks beside a longer one."""

from __future__ import annotations

import functools
from typing import Any, Final

from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.fitting import SCALE_LEAST, SLACK, STEP, Sized, stack_scale
from kiosk.ui.guarding import Pressed
from kiosk.ui.widgets import Fact, FitLabel, word_width

ROW_GAP: Final = 22  # between rows at most, at scale 1; what more there is stays below them
NAME_SIZE, VALUE_SIZE, HEADING_SIZE, LARGE_SIZE = 23, 24, 28, 36  # as the layout of a row has them
_SIGN, _SPACING = 30, 14
SHARE_MAX, SHARE_ROUNDING = 0.7, 0.01  # of the names' column, beside 1 for the values


def sized(label: FitLabel) -> Sized:
    """A label's text at its full size."""
    return Sized(label.text, label.full, functools.partial(word_width, bold=label.bold))


class Stack(BoxLayout):
    """Labels one below the other, none over `at_most` pixels. `above`: the share of the room left above them."""

    alike = ObjectProperty(None, allownone=True)
    above = NumericProperty(0.5)
    at_most = NumericProperty(0)  # 0: whatever they would have

    def on_at_most(self, *_changed: Any) -> None:  # noqa: ANN401 - Kivy's own
        """What stands above them is smaller or larger now."""
        self._trigger_layout()

    def add_widget(self, widget: Any, *where: Any, **options: Any) -> None:  # noqa: ANN401 - Kivy's own
        """What it says and how large decides where all of them stand."""
        super().add_widget(widget, *where, **options)
        for name in ("text", "full", "bold"):
            widget.fbind(name, self._trigger_layout)

    def do_layout(self, *_changed: Any) -> None:  # noqa: ANN401 - Kivy's own
        """From top to bottom."""
        labels = list(reversed(self.children))
        told = [label for label in labels if label.text.strip() and label.full]
        left, top, right, bottom = self.padding
        width, height = self.width - left - right, self.height - top - bottom
        if width <= 1 or height <= 1 or not told:
            return
        scale = self._scale([sized(label) for label in told], width, height)
        heights = {label: sized(label).height(width, scale) for label in told}
        at = self.top - top - max(0.0, height - sum(heights.values())) * self.above
        for label in labels:
            label.largest = max(1.0, label.full * scale)
            label.size = (width, min(height, heights.get(label, 0)))
            at -= label.height
            label.pos = (self.x + left, at)

    def settle_again(self) -> None:
        """The others of its grid are smaller or larger now."""
        self._trigger_layout()

    def _scale(self, texts: list[Sized], width: float, height: float) -> float:
        own = stack_scale(texts, width, height)
        if self.at_most:
            own = min(own, self.at_most / max(text.size for text in texts))
        return own if self.alike is None else min(own, self.alike.settle(self, own))


class TouchedStack(Pressed, Stack):
    """Labels one below the other that are touched together."""


class FactList(BoxLayout):
    """Rows of facts: a long one takes two lines of the same size rather than one that is smaller."""

    unit = NumericProperty(1.0)  # the scale of the window

    def add_widget(self, widget: Any, *where: Any, **options: Any) -> None:  # noqa: ANN401 - Kivy's own
        """What it says decides how high all of them are."""
        super().add_widget(widget, *where, **options)
        for name in ("name", "value", "name_share", "is_large", "is_heading"):
            widget.fbind(name, self._trigger_layout)

    def do_layout(self, *_changed: Any) -> None:  # noqa: ANN401 - Kivy's own
        """From top to bottom."""
        facts = list(reversed(self.children))
        if self.width <= 1 or self.height <= 1 or not facts:
            return
        self._widen(facts)
        scale = 1.0
        while scale > SCALE_LEAST and sum(self._need(fact, scale) for fact in facts) > self.height:
            scale *= STEP
        heights = [min(self.height, self._need(fact, scale)) for fact in facts]
        gap = min(max(0.0, self.height - sum(heights)) / len(facts), self.unit * ROW_GAP)
        at = self.top
        for fact, height in zip(facts, heights, strict=True):
            fact.scale, fact.size = scale, (self.width, height + gap)
            at -= fact.height
            fact.pos = (self.x, at)

    def _widen(self, facts: list[Fact]) -> None:
        """One long word of a name gets a wider column, rather than smaller letters for the whole table."""
        beside = [fact for fact in facts if fact.name_share]
        words = [word for fact in beside for word in fact.name.split()]
        if not words:
            return
        width = self.width - self.unit * (_SIGN + 2 * _SPACING)
        longest = max(word_width(word, bold=False) for word in words) * NAME_SIZE * self.unit * SLACK
        share = min(SHARE_MAX, longest / max(1.0, width - longest) + SHARE_ROUNDING)
        for fact in beside:
            fact.name_share = max(fact.name_share, share)

    def _need(self, fact: Fact, scale: float) -> float:
        unit, share = self.unit, fact.name_share
        width = self.width - (0 if fact.is_heading else unit * (_SIGN + 2 * _SPACING))
        size = LARGE_SIZE if fact.is_large else HEADING_SIZE if fact.is_heading else VALUE_SIZE
        # Beside a long message the time of it stays as large as ever.
        told = ((fact.name, NAME_SIZE, share, False, not fact.is_large), (fact.value, size, 1, fact.is_heading, True))
        return max(
            Sized(text, unit * own, functools.partial(word_width, bold=bold)).height(
                width * part / (1 + share), scale if shrinks else 1.0
            )
            for text, own, part, bold, shrinks in told
            if text and part
        )
