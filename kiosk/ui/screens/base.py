"""What every screen shares: its layout file, and words that follow the language."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.uix.screenmanager import Screen

from kiosk.ui.catalogue import Texts

_FOLDER = Path(__file__).parent


class KioskScreen(Screen):
    """A screen whose texts are set by `speak`, at the start and whenever the language changes."""

    def speak(self, texts: Texts) -> None:
        """Put all words in this language."""


def load_layout(name: str) -> None:
    """Load a screen's layout; again if a test builds a second app."""
    path = str(_FOLDER / f"{name}.kv")
    Builder.unload_file(path)
    Builder.load_file(path)
