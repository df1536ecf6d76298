"""Typing a ticket code: seventeen characters in groups of four, checked before anything is asked."""

from __future__ import annotations

from kivy.properties import ObjectProperty, StringProperty

from kiosk.ui.catalogue import Texts
from kiosk.ui.entry import CODE_CHARS, Entry
from kiosk.ui.screens.base import KioskScreen


class CodeScreen(KioskScreen):
    """Keys change the entry; a complete code goes to the session."""

    session = ObjectProperty(None, allownone=True)
    shown = StringProperty("")
    note = StringProperty("")
    entry = Entry()

    def speak(self, texts: Texts) -> None:
        """Title and buttons."""
        ids = self.ids
        ids.title.text, ids.back.text = texts("code_title"), texts("back")
        ids.delete.text, ids.check.text = texts("delete"), texts("code_go")
        self.note = texts("code_bad") if self.note else ""

    def begin(self) -> None:
        """An empty field."""
        self._set(Entry())

    def typed(self, char: str) -> None:
        """One more character."""
        self._set(self.entry.typed(char))

    def erased(self) -> None:
        """The last one away."""
        self._set(self.entry.erased())

    def entered(self) -> None:
        """Check it; a mistyped one stays to be mended."""
        if len(self.entry.text) < CODE_CHARS or not self.session.type_code(self.entry.text):
            self.note = self.session.desk.texts("code_bad")

    def _set(self, entry: Entry) -> None:
        self.entry, self.note = entry, ""
        self.shown = entry.shown
        self.ids.check.disabled = len(entry.text) < CODE_CHARS
