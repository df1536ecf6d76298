"""The status screen: everything the kiosk says of itself, with a dot that says how good it is."""

from __future__ import annotations

from kivy.properties import ObjectProperty

from kiosk.ui.catalogue import Texts
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.status_words import StatusFact, Tone
from kiosk.ui.widgets import Fact

NAME_SHARE = 0.3  # the values are the longer ones


class StatusScreen(KioskScreen):
    """Rows of facts, and an exchange on demand."""

    session = ObjectProperty(None, allownone=True)
    tone = ObjectProperty(Tone.QUIET)  # of the line on the exchange

    def speak(self, texts: Texts) -> None:
        """Title and buttons."""
        ids = self.ids
        ids.title.text, ids.back.text = texts("status"), texts("back")
        ids.history.text, ids.messages.text = texts("history"), texts("messages")
        ids.rules.text = texts("rules")
        ids.preflight.text, ids.exchange.text = texts("preflight"), texts("exchange_now")

    def refresh(self, sync: StatusFact, facts: tuple[StatusFact, ...]) -> None:
        """Show these facts; rows are kept, so that a refresh every second costs nothing."""
        self.ids.sync.text, self.tone = sync.value, sync.tone
        rows = self.ids.facts
        if len(rows.children) != len(facts):
            rows.clear_widgets()
            for _ in facts:
                rows.add_widget(Fact(name_share=NAME_SHARE))
        for row, fact in zip(reversed(rows.children), facts, strict=True):
            row.name, row.value, row.says = fact.name, fact.value, fact.tone
