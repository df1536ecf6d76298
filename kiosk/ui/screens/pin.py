"""The keypad for the operator's PIN: large digits, never shown, tries and waits told."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from common.badges import PIN_DIGITS_MAX, PIN_DIGITS_MIN
from kiosk.ui.catalogue import Texts
from kiosk.ui.people import pin_title
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.views import BadgeAsked, PinAsked

MASK = "•"
KEYS = "123456789"


class PinScreen(KioskScreen):
    """Digits are kept here until they are sent, and forgotten at every turn."""

    session = ObjectProperty(None, allownone=True)
    who = StringProperty("")
    note = StringProperty("")
    cue = StringProperty("")
    busy = BooleanProperty(defaultvalue=False)
    count = NumericProperty(0)
    mask = MASK
    digits = ""
    texts = Texts("en")
    asked = BadgeAsked.NOT

    def speak(self, texts: Texts) -> None:
        """Title and buttons."""
        ids = self.ids
        self.texts, ids.back.text = texts, texts("back")
        ids.delete.text, ids.check.text = texts("delete"), texts("pin_check")
        ids.title.text = pin_title(self.asked, texts)

    def show(self, asked: PinAsked) -> None:
        """An empty field for this operator."""
        self._set("")
        self.asked, self.ids.title.text = asked.asked, pin_title(asked.asked, self.texts)
        self.who, self.note, self.busy = asked.name, asked.note, asked.busy
        self._allow()

    def typed(self, char: str) -> None:
        """One more digit."""
        if char.isascii() and char.isdigit() and len(self.digits) < PIN_DIGITS_MAX and not self.busy:
            self._set(self.digits + char)

    def erased(self) -> None:
        """The last one away."""
        self._set(self.digits[:-1])

    def entered(self) -> None:
        """Check it, unless it is too short or the badge rests."""
        digits = self.digits
        if not self.ids.check.disabled:
            self.session.people.enter_pin(digits)

    def wait(self, seconds: int) -> None:
        """How long the badge must still rest; called every second."""
        if seconds:
            self.note = self.session.desk.texts("pin_rest", wait=self.session.desk.texts.age(seconds * 1000))
        self._allow()

    def _set(self, digits: str) -> None:
        self.digits, self.count = digits, len(digits)
        self._allow()

    def _allow(self) -> None:
        rests = self.session is not None and self.session.people.pin_wait_s() > 0
        self.ids.check.disabled = self.busy or rests or len(self.digits) < PIN_DIGITS_MIN
