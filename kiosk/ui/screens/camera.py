"""Another camera is tried: its picture, whether it reads, and whether it is to be kept."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from kiosk.ui.cameras import TrialShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import DropCamera, KeepCamera
from kiosk.ui.screens.base import KioskScreen


class CameraScreen(KioskScreen):
    """Says what it is shown; `chosen` is called with what was touched."""

    chosen = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    name_shown = StringProperty("")
    hint = StringProperty("")
    read = StringProperty("")
    is_read = BooleanProperty(defaultvalue=False)
    left_s = StringProperty("")
    may_keep = BooleanProperty(defaultvalue=False)

    def speak(self, texts: Texts) -> None:
        """All words that do not depend on the camera."""
        self.ids.drop.text = texts("camera_back")

    def show(self, trial: TrialShown) -> None:
        """This camera, as it is now."""
        self.title, self.ids.keep.text = trial.title, trial.keep
        self.name_shown, self.hint, self.left_s = trial.name, trial.hint, trial.left
        self.read, self.is_read, self.may_keep = trial.read, trial.is_read, trial.may_keep

    def drop(self) -> None:
        """The one before."""
        self.chosen(DropCamera())

    def keep(self) -> None:
        """This one."""
        self.chosen(KeepCamera())
