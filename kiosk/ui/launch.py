"""Starts the window. Importing Kivy opens one, so every setting is made here first."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import Clock
from kiosk.input.framing import Framing
from kiosk.machine.display import display_size
from kiosk.machine.lights import Lights
from kiosk.machine.processes import when_told_to_end
from kiosk.pauses import settle
from kiosk.store.liking import Liking
from kiosk.ui.display import window_size
from kiosk.ui.ports import EnrolPort, StationPort

SIZE = (1280, 800)  # of a window on a display that has room for it
SETTLED_S = 3.0  # after the start: every screen was drawn, and nobody was let in yet


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """How the window is opened and what it listens to. `camera` as OpenCV takes it: number, path or address.

    `serial` is the line of a serial scanner, empty for none; `lights` are those this machine has.
    """

    folder: Path  # of the device; Kivy keeps its own files below it
    camera: str | None = "0"
    mirrored: bool = False
    language: str = "en"
    framing: Framing = field(default_factory=Framing)
    fullscreen: bool = False
    width: int | None = None  # None: what fits the display, as height
    height: int | None = None
    sound: bool = True
    serial: str = ""
    baud: int = 9600
    lights: Lights = field(default_factory=Lights)
    liking: Liking = field(default_factory=Liking)  # what was chosen here before


def configure(settings: ScreenSettings) -> None:
    """Set everything Kivy reads while it is imported. Does nothing to what is imported already."""
    home = settings.folder / "kivy"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("KIVY_HOME", str(home))
    os.environ["KIVY_NO_ARGS"] = "1"  # otherwise it takes our command line apart
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")  # else it takes over every logger of the program
    os.environ.setdefault("KIVY_CLIPBOARD", "sdl2")  # else it looks for xclip and complains
    os.environ.setdefault("KIVY_AUDIO", "sdl2")
    from kivy.config import Config

    # Software rendering is about three times faster without it; our shapes are smooth by themselves.
    Config.set("graphics", "multisamples", "0")
    _size(settings)
    Config.set("kivy", "exit_on_escape", "0")
    # At a gate nobody touches keys or screen for minutes, and it has to be read all the same.
    Config.set("graphics", "allow_screensaver", "0")
    Config.set("kivy", "log_level", "warning")
    Config.set("kivy", "desktop", "0")
    # Kivy's own reader of Linux touch screens sees each touch a second time.
    Config.remove_option("input", "%(name)s")
    Config.set("input", "mouse", "mouse,disable_multitouch")


def _size(settings: ScreenSettings) -> None:
    """As set, else what fits the display; a window that fills it has no frame, which would push it off."""
    from kivy.config import Config

    width, height, is_filling = settings.width, settings.height, False
    if width is None or height is None:
        display = display_size()
        width, height = window_size(SIZE, display, fullscreen=settings.fullscreen)
        is_filling = (width, height) == display
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "borderless", str(int(is_filling and not settings.fullscreen)))
    Config.set("graphics", "fullscreen", "auto" if settings.fullscreen else "0")


def run(
    settings: ScreenSettings,
    clock: Clock,
    station: StationPort | None = None,
    enrolling: EnrolPort | None = None,
) -> None:
    """Show the window until it is closed. Without a station it begins with the enrol screen."""
    configure(settings)
    from kivy.clock import Clock as KivyClock

    from kiosk.ui.app import KioskApp

    app = KioskApp(settings, clock, station, enrolling)
    KivyClock.schedule_once(lambda _: settle(), SETTLED_S)
    # A service manager's or demo's "stop" ends the camera's thread and finishes what is being written. At the next
    # frame: layouts that are just being built break if the app they belong to is gone.
    when_told_to_end(lambda: KivyClock.schedule_once(lambda _: app.stop(), 0), by_keyboard=True)
    app.run()
