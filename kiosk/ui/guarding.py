"""What has just come up under a finger is not pressed by it: a quick second touch was meant for what was there before.

The one rule for all screens. A screen, list, keypad or button says `comes_up()` whenever it shows something else than
before; what stays where it was is pressed as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kivy.clock import Clock as KivyClock
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.widget import Widget

GUARD_S = 0.4  # from the first frame that shows it; two touches of one hand come 0.1 to 0.3 s apart


class Guarded:
    """Mixed into a widget: swallows touches on it, and on all within it, until it has been seen for a moment."""

    is_new = False

    def comes_up(self) -> None:
        """Something else than before is shown here. Time runs from the next frame: one that stalls shows nothing."""
        self.is_new = True
        for step in (self._is_drawn, self._is_seen):
            KivyClock.unschedule(step)
        KivyClock.schedule_once(self._is_drawn, 0)

    def on_touch_down(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy's touch has no type
        """A touch that began before anybody could see this presses nothing, here or below."""
        if self.is_new and self.collide_point(*touch.pos):  # type: ignore[attr-defined]  # a widget's
            return True
        return bool(super().on_touch_down(touch))  # type: ignore[misc]  # a widget's

    def _is_drawn(self, _elapsed_s: float) -> None:
        KivyClock.schedule_once(self._is_seen, GUARD_S)

    def _is_seen(self, _elapsed_s: float) -> None:
        self.is_new = False


class Pressed(Guarded, ButtonBehavior):
    """Mixed into whatever is touched: let go, it does what it was pressed for only if that is still there."""

    def on_touch_up(self, touch: Any) -> bool:  # noqa: ANN401 - Kivy's touch has no type
        """Something else came up while the finger was down: what it would do now nobody has asked for."""
        if touch.grab_current is self and (self.get_root_window() is None or any(_new_around(self))):
            touch.ungrab(self)
            self.state = "normal"
            return True
        return bool(super().on_touch_up(touch))


def _new_around(widget: Any) -> Iterator[bool]:  # noqa: ANN401 - Kivy's widgets have no types
    """Of the widget and each that it stands in, whether it has just come up."""
    while isinstance(widget, Widget):
        yield isinstance(widget, Guarded) and widget.is_new
        widget = widget.parent
