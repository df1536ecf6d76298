"""A list to leaf through: history, messages, the check before doors, the rules here."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.ui.catalogue import Texts
from kiosk.ui.pages import Pages
from kiosk.ui.picture import Button, Undo
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.status_words import StatusFact, Tone
from kiosk.ui.widgets import Fact

NAME_SHARE = 0.26


class PagesScreen(KioskScreen):
    """Shows one page; `chosen` is called with the action of its button."""

    chosen = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    place = StringProperty("")
    at = NumericProperty(0)
    tone = ObjectProperty(Tone.QUIET)  # of the summary
    takes_back = BooleanProperty(defaultvalue=False)  # what the button does: then it does not lead on
    pages: Pages | None = None
    rows = 1
    _button: Button | None = None
    texts = Texts("en")

    def speak(self, texts: Texts) -> None:
        """Buttons; the pages' own words came with them."""
        self.texts, ids = texts, self.ids
        ids.back.text = texts("back")
        self._name_leafing()

    def show(self, pages: Pages, rows: int) -> None:
        """These pages from the first one on, with room for so many rows on each."""
        self.pages, self.rows, self.title = pages, rows, pages.title
        self._name_leafing()
        self._turn_to(0)

    def leaf(self, change: int) -> None:
        """Some pages on or back."""
        self._turn_to(int(self.at) + change)

    def touched(self) -> None:
        """The page's own button."""
        button = self.pages and self.pages.pages[int(self.at)].button
        if button and self.chosen is not None:
            self.chosen(button.action)

    def _name_leafing(self) -> None:
        is_newest_first = self.pages is None or self.pages.is_newest_first
        before, after = ("page_before", "page_after") if is_newest_first else ("row_before", "row_after")
        self.ids.before.text, self.ids.after.text = self.texts(before), self.texts(after)

    def _turn_to(self, at: int) -> None:
        pages = self.pages.pages if self.pages else ()
        if not 0 <= at < len(pages):
            return
        self.at, ids, button = at, self.ids, pages[at].button
        self.place = f"{at + 1} / {len(pages)}" if len(pages) > 1 else ""
        ids.before.disabled, ids.after.disabled = at == 0, at == len(pages) - 1
        ids.before.gone = ids.after.gone = len(pages) == 1
        ids.does.disabled, ids.does.text = button is None, button.label if button else ""
        ids.does.opacity = 1 if button else 0
        if button != self._button:
            ids.does.comes_up()
        self._button, self.takes_back = button, button is not None and isinstance(button.action, Undo)
        self._show_facts(pages[at].facts)
        summary = self.pages.summary if self.pages else None
        ids.summary.text = summary.value if summary else ""
        self.tone = summary.tone if summary else Tone.QUIET

    def _show_facts(self, facts: tuple[StatusFact, ...]) -> None:
        box = self.ids.facts
        box.clear_widgets()
        for fact in facts:
            row = Fact(name=fact.name, value=fact.value, says=fact.tone, name_share=NAME_SHARE if fact.name else 0)
            row.is_large = self.rows == 1  # a message is read from afar
            row.is_heading = fact.is_heading
            box.add_widget(row)
