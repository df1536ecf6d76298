"""The line over every screen while the kiosk practises: nobody can take a sample for an admission."""

from __future__ import annotations

from collections.abc import Callable

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.catalogue import Texts
from kiosk.ui.guarding import Guarded
from kiosk.ui.picture import Action, Practise, ShowSamples


class PracticeBanner(Guarded, BoxLayout):
    """Takes no room until it is shown."""

    is_shown = BooleanProperty(defaultvalue=False)
    says = StringProperty("")
    chosen: Callable[[Action], None] = staticmethod(lambda _action: None)

    def speak(self, texts: Texts) -> None:
        """Its words."""
        self.says = texts("practice_banner")
        self.ids.samples.text, self.ids.leave.text = texts("practice_show"), texts("practice_leave")

    def open_samples(self) -> None:
        """The list of sample passes."""
        self.chosen(ShowSamples())

    def leave(self) -> None:
        """End the practice."""
        self.chosen(Practise(on=False))
