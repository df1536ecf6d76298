"""Our own keys on the screen: large enough for gloves, no keyboard layout, no system keyboard over the fields."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.ui.widgets import Touch, Touches

GAP = " "  # a place in the grid without a key


class Keypad(Touches):
    """A grid of one-character keys; `target` is called with each one touched."""

    keys = StringProperty("")
    size_u = NumericProperty(34)  # of the letters, at scale 1
    target = ObjectProperty(None, allownone=True)

    def on_keys(self, *_: object) -> None:
        """Build the keys anew."""
        self.comes_up()
        self.clear_widgets()
        for key in self.keys:
            if key == GAP:
                self.add_widget(Widget())
                continue
            touch = Touch(text=key, size_u=self.size_u)
            touch.bind(on_release=lambda touched: self._touched(touched.text))
            self.add_widget(touch)

    def on_size_u(self, *_: object) -> None:
        """Larger or smaller letters."""
        for touch in self.children:
            if isinstance(touch, Touch):
                touch.size_u = self.size_u

    def _touched(self, key: str) -> None:
        if self.target is not None:
            self.target(key)


def register() -> None:
    """Make the name known to the layouts."""
    Factory.register("Keypad", cls=Keypad)
