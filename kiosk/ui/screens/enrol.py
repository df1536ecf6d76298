"""Joining an event: scan the admin's code, or type address and one-time code and compare the thumbprint."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from common.enrolment import ADDRESS_CHARS_MAX, CODE_CHARS_MAX
from kiosk.shown import EnrolmentOffer
from kiosk.ui.catalogue import Texts
from kiosk.ui.enrolling import thumbprint_rows
from kiosk.ui.entry import Entry
from kiosk.ui.guarding import Pressed
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.widgets import Panel


class Field(Pressed, Panel):
    """A field to type into; a touch makes it the one in hand."""

    current = BooleanProperty(defaultvalue=False)


class EnrolScreen(KioskScreen):
    """Two fields and our own keys; `enrolling` does the work."""

    enrolling = ObjectProperty(None, allownone=True)
    address = StringProperty("")
    code = StringProperty("")
    note = StringProperty("")
    trouble = BooleanProperty(defaultvalue=False)
    at_code = BooleanProperty(defaultvalue=False)
    offer = ObjectProperty(None, allownone=True)
    thumbprint = StringProperty("")
    event_name = StringProperty("")
    texts = Texts("en")
    sees = True  # the camera

    def see(self, *, sees: bool) -> None:
        """Whether there is a camera to hold the code before."""
        self.sees = sees
        self.ids.hint.text = self.texts("enrol_hint" if sees else "enrol_hint_scanner")

    def speak(self, texts: Texts) -> None:
        """All words."""
        ids, self.texts = self.ids, texts
        ids.title.text = texts("enrol_title")
        self.see(sees=self.sees)
        ids.address_name.text, ids.code_name.text = texts("enrol_server"), texts("enrol_code")
        ids.go.text, ids.delete.text = texts("enrol_go"), texts("delete")
        ids.question.text = texts("enrol_compare")
        ids.same.text, ids.other.text = texts("enrol_accept"), texts("enrol_reject")
        self.mark_language(texts)

    def typed(self, char: str) -> None:
        """One more character in the chosen field."""
        self._change(self._field().typed(char))

    def erased(self) -> None:
        """The last one away."""
        self._change(self._field().erased())

    def entered(self) -> None:
        """From the address to the code, from the code to the server."""
        if not self.at_code:
            self.at_code = True
        else:
            self.enrolling.typed(self.address, self.code)

    def show_note(self, text: str, *, trouble: bool) -> None:
        """One line under the fields."""
        self.note, self.trouble = text, trouble

    def show_offer(self, offer: EnrolmentOffer) -> None:
        """Ask whether the thumbprint is the same."""
        self.note = ""
        self.event_name = self.texts.name(offer.event)
        self.thumbprint = "\n".join(thumbprint_rows(offer.thumbprint, groups_per_row=4))
        self.offer = offer
        self.comes_up()

    def answer(self, *, same: bool) -> None:
        """The person has compared."""
        offer, self.offer = self.offer, None
        self.comes_up()
        if same:
            self.enrolling.accept(offer)

    def _field(self) -> Entry:
        text, longest = (self.code, CODE_CHARS_MAX) if self.at_code else (self.address, ADDRESS_CHARS_MAX)
        return Entry(text, longest, is_code=False)

    def _change(self, entry: Entry) -> None:
        self.note = ""
        if self.at_code:
            self.code = entry.text.upper()
        else:
            self.address = entry.text
