"""The scan screen: live picture, point, direction, quantity, counters, and how the kiosk stands."""

from __future__ import annotations

from kivy.properties import ObjectProperty, StringProperty

from common.decision import Direction
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.shown import StatusShown
from kiosk.ui import theme
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.session import Selection, Session
from kiosk.ui.status_words import point_line, sync_line
from kiosk.ui.widgets import Touch

CUE_S = 1.5


class ScanScreen(KioskScreen):
    """Shows what the session says; touches go to the session. A cue or the kiosk's own trouble outranks the hint."""

    session = ObjectProperty(None, allownone=True)
    cue = StringProperty("")
    trouble = StringProperty("")
    hint = StringProperty("")

    def build_languages(self) -> None:
        """One button per language; called once, after the layout is there."""
        for language in LANGUAGES:
            button = Touch(text=language.upper())
            button.bind(on_release=lambda _, chosen=language: self.session.speak(chosen))
            self.ids.languages.add_widget(button)

    def speak(self, texts: Texts) -> None:
        """Words that do not depend on the state."""
        ids = self.ids
        ids.type_code.text, ids.undo.text, ids.status.text = texts("type_code"), texts("undo_last"), texts("status")
        ids.inward.text, ids.outward.text = texts("direction_in"), texts("direction_out")
        ids.quantity_name.text, self.hint = texts("quantity"), texts("scan_hint")
        for button, language in zip(reversed(ids.languages.children), LANGUAGES, strict=True):
            button.chosen = language == texts.language

    def refresh(self, session: Session) -> None:
        """Show the session's status and selection."""
        self.session = session
        self._show_selection(session.selection)
        self.ids.undo.disabled = session.last_entry is None
        if session.status is not None:
            self._show_status(session.status, session.texts)

    def _show_selection(self, selection: Selection) -> None:
        self.ids.inward.chosen = selection.direction is Direction.IN
        self.ids.outward.chosen = selection.direction is Direction.OUT
        self.ids.quantity.text = str(selection.quantity)

    def _show_status(self, status: StatusShown, texts: Texts) -> None:
        ids, point = self.ids, status.point
        ids.point.text, ids.what.text = point_line(status, texts)
        ids.clock.text = texts.clock(status.now_ms, status.zone)
        ids.operator.text = status.device.operator or ""
        self.trouble = "" if status.fault is None else reason_text(status.fault.code, texts.language).sentence
        line = sync_line(status, texts)
        ids.sync.text, ids.sync.color = line.value, theme.TONES[line.tone]
        stand = point is not None and point.kind is PointKind.STAND
        self._show_counters(status, texts, stand=stand)
        show(ids.quantity_row, shown=stand)
        show(ids.directions, shown=point is not None and point.lets_in and point.lets_out)

    def _show_counters(self, status: StatusShown, texts: Texts, *, stand: bool) -> None:
        done, refused = self.ids.done, self.ids.refused
        done.name = texts("handed_out" if stand else "admitted")
        done.number = texts.number(status.handed_out_today if stand else status.admitted_today)
        refused.name, refused.number = texts("refused"), texts.number(status.refused_today)


def show(widget: object, *, shown: bool) -> None:
    """Take a row out of its layout without removing it, or bring it back."""
    widget.shown = shown  # type: ignore[attr-defined]  # a property of the row, declared in the layout
