"""What the gallery's walks share: the app they show, the station behind it, and the taking of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from common.rules import PointKind
from kiosk.input.frames import Frame
from kiosk.shown import StatusShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Cue
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS, FakeStation

Topic = tuple[str, Callable[[str], Iterator[str]]]  # its name, and the walk through its screens in one language


@dataclass(frozen=True)
class Walk:
    """Goes from screen to screen, one frame after the other; what it yields is for whoever reads along."""

    app: Any  # a KioskApp, whose class is there only once Kivy was configured
    station: FakeStation
    shot: Callable[[str], Iterator[str]]  # a picture of what is shown, under this name
    frame: Callable[[], Frame]  # what the camera sees, under a new number

    def setting(self, language: str) -> Setting:
        """Where and when everything is shown."""
        return Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE)

    def stand_at(self, status: StatusShown) -> None:
        """The kiosk's state from now on."""
        self.station.now = status
        self.app.session.desk.status = status
        self.app.stage.refresh()

    def cue(self, text: str, about: Cue = Cue.NEWS) -> None:
        """A line that stays until it is taken away, however long the picture takes."""
        from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

        self.app.stage.show_cue(text, about)
        Clock.unschedule(self.app.stage._end_cue)

    def no_cue(self) -> None:
        """No line over any screen."""
        self.app.stage._set_cue("")
