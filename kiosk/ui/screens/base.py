"""What every screen shares: its layout file, and words that follow the language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kivy.lang import Builder
from kivy.uix.screenmanager import Screen

from kiosk.ui.alike import Alike
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.guarding import Guarded
from kiosk.ui.stacking import FactList, Stack, TouchedStack
from kiosk.ui.widgets import Touch

__all__ = ["FactList", "KioskScreen", "Stack", "TouchedStack", "load_layout"]  # the boxes are named in layouts alone
_FOLDER = Path(__file__).parent


class KioskScreen(Guarded, Screen):
    """A screen whose texts are set by `speak`, at the start and whenever the language changes."""

    def speak(self, texts: Texts) -> None:
        """Put all words in this language."""

    def row(self, name: str) -> Alike:
        """What has one size: the keys of a row, or what stands in one grid."""
        rows: dict[str, Alike] = self.__dict__.setdefault("_rows_alike", {})
        return rows.setdefault(name, Alike())

    def build_languages(self, speak: Callable[[str], None]) -> None:
        """One button per language in the row `languages`; called once, after the layout is there."""
        for language in LANGUAGES:
            button = Touch(text=language.upper(), action=language)
            button.bind(on_release=lambda touched: speak(touched.action))
            self.ids.languages.add_widget(button)

    def mark_language(self, texts: Texts) -> None:
        """Show which language is in use."""
        for button in self.ids.languages.children:
            button.chosen = button.action == texts.language


def load_layout(name: str) -> None:
    """Load a screen's layout; again if a test builds a second app."""
    path = str(_FOLDER / f"{name}.kv")
    Builder.unload_file(path)
    Builder.load_file(path)
