"""Who is at the kiosk: badge, role, PIN, leaving; and the screen that waits for a badge, to unlock or to override."""

from __future__ import annotations

from kivy.properties import ObjectProperty, StringProperty

from kiosk.shown import DeviceShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.presenter import role_words
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.session import BadgeAsked

_TITLES = {
    BadgeAsked.NOT: ("operator", "operator_hint"),
    BadgeAsked.TO_UNLOCK: ("locked", "locked_what"),
    BadgeAsked.TO_OVERRIDE: ("badge_wanted", "badge_wanted_what"),
}


class OperatorScreen(KioskScreen):
    """A badge is scanned at any time; the buttons are for whoever is here. Locked, there are none."""

    session = ObjectProperty(None, allownone=True)
    asked = ObjectProperty(BadgeAsked.NOT)
    title = StringProperty("")
    hint = StringProperty("")
    who = StringProperty("")
    roles = StringProperty("")
    pin = StringProperty("")
    texts = Texts("en")
    device: DeviceShown | None = None

    def speak(self, texts: Texts) -> None:
        """All words."""
        ids, self.texts = self.ids, texts
        ids.back.text, ids.enter_pin.text = texts("back"), texts("pin_enter")
        ids.sign_out.text, ids.lock.text = texts("sign_out"), texts("lock")
        self.mark_language(texts)
        self._say()

    def show(self, asked: BadgeAsked, device: DeviceShown | None) -> None:
        """Who is here, and whether a badge is waited for."""
        self.asked, self.device = asked, device
        self._say()

    @property
    def is_locked(self) -> bool:
        """Whether nothing but a badge leads away from here."""
        return self.asked is BadgeAsked.TO_UNLOCK

    def _say(self) -> None:
        texts, device = self.texts, self.device
        title, hint = _TITLES[self.asked]
        here = device is not None and device.operator is not None and not self.is_locked
        self.title, self.hint = texts(title), texts(hint)
        self.who = (device.operator or "") if device and here else "" if self.is_locked else texts("operator_nobody")
        self.roles = role_words(device.roles, texts) if device and here else ""
        self.pin = texts("pin_good" if device.pin_good else "pin_missing") if device and here else ""
        for touch in (self.ids.enter_pin, self.ids.sign_out, self.ids.lock):
            touch.disabled = not here
        self.ids.lock.disabled = self.is_locked
