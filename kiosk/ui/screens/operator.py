"""Who is at the kiosk: badge, role, PIN, leaving; and the screen that waits for a badge, to unlock or to override."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from kiosk.shown import DeviceShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.people import PinKey, asked_words, pin_key, pin_line
from kiosk.ui.picture import Practise
from kiosk.ui.presenter import role_words
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.views import BadgeAsked


class OperatorScreen(KioskScreen):
    """A badge is scanned at any time; the buttons are for whoever is here. Locked, there are none."""

    session = ObjectProperty(None, allownone=True)
    locked = BooleanProperty(defaultvalue=False)
    wants_pin = BooleanProperty(defaultvalue=False)
    title = StringProperty("")
    hint = StringProperty("")
    cue = StringProperty("")
    who = StringProperty("")
    roles = StringProperty("")
    pin = StringProperty("")
    texts = Texts("en")
    device: DeviceShown | None = None
    asked = BadgeAsked.NOT

    def speak(self, texts: Texts) -> None:
        """All words."""
        ids, self.texts = self.ids, texts
        ids.back.text, ids.enter_pin.text = texts("back"), texts("pin_enter")
        ids.sign_out.text, ids.lock.text = texts("sign_out"), texts("lock")
        ids.hand_over.text, ids.settings.text = texts("hand_over"), texts("settings")
        ids.practise.text = texts("practise")
        self.mark_language(texts)
        self._say()

    def show(self, asked: BadgeAsked, device: DeviceShown | None) -> None:
        """Who is here, and whether a badge is waited for."""
        if self.locked is not (asked is BadgeAsked.TO_UNLOCK):
            self.comes_up()
        self.asked, self.device, self.locked = asked, device, asked is BadgeAsked.TO_UNLOCK
        self._say()

    def practise(self) -> None:
        """Try sample passes: a supervisor begins, and whoever is none learns who may."""
        self.session.act(Practise(on=True))

    def ask_pin(self) -> None:
        """The keypad; from there "back" leads here."""
        self.session.people.ask_pin(self._show_who)

    def go_back(self) -> None:
        """To what asked for a badge; where that was a key of this screen, to the screen as it was."""
        if self.asked is BadgeAsked.TO_SET and self.session.people.wanted is None:
            self._show_who()
        else:
            self.session.put_off()

    def _show_who(self) -> None:
        self.session.desk.view.show_operator(BadgeAsked.NOT)

    def _say(self) -> None:
        texts, device = self.texts, self.device
        here = None if device is None or device.operator is None or self.locked else device
        self.title, self.hint = asked_words(self.asked, texts, None if here is None else here.operator)
        self.who = "" if self.locked else texts("operator_nobody") if here is None else here.operator or ""
        self.roles = "" if here is None else role_words(here.roles, texts)
        self.pin = "" if here is None else pin_line(self.asked, here, texts)
        key = PinKey.OFF if self.locked else pin_key(self.asked, device)
        self.wants_pin, self.ids.enter_pin.disabled = key is PinKey.STRONG, key is PinKey.OFF
        self.ids.sign_out.disabled = self.ids.lock.disabled = here is None
