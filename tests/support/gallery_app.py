"""The app that walks through its own screens and takes a picture of each."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from common.clock import ManualClock
from kiosk.input.frames import Frame
from kiosk.machine.lights import Lights
from kiosk.ui.launch import ScreenSettings, configure
from kiosk.ui.theme import THEMES
from tests.support.camera_stand import draw_code, scene_with
from tests.support.contact_sheets import Sheet
from tests.support.corner import corner_faults
from tests.support.drawn_products import draw_pictures
from tests.support.fake_station import NOW_MS, FakeEnrolment, FakeStation
from tests.support.fit_checks import faint_texts, faults_of, sizes_of
from tests.support.gallery import SIZES, Wanted, sheet_for
from tests.support.gallery_answers import Answered
from tests.support.gallery_between import BetweenGuests

FRAMES = 4  # until what was set is laid out and drawn


def _draw_unhurried() -> None:
    """As fast as the machine can, not sixty times a second; read when Kivy's clock is imported."""
    from kivy.config import Config  # noqa: PLC0415 - the environment must be set first

    Config.set("graphics", "maxfps", "0")


def _draw_nothing() -> None:
    """Lay everything out, and leave out the drawing: nobody looks."""
    from kivy.core.window import Window  # noqa: PLC0415 - importing Kivy opens a window

    Window.on_draw = Window.flip = lambda *_: None


def _pixels() -> Image.Image:
    """What the window shows now."""
    from kivy.core.window import Window  # noqa: PLC0415 - the window is open by now
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels  # noqa: PLC0415 - as above

    wide, high = Window.system_size
    pixels = glReadPixels(0, 0, wide, high, GL_RGB, GL_UNSIGNED_BYTE)
    return Image.frombytes("RGB", (wide, high), pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def _app_class() -> Any:  # noqa: ANN401 - the class can only be made after Kivy was configured
    from kiosk.ui.app import KioskApp  # noqa: PLC0415 - importing Kivy opens a window

    return KioskApp


def _stand_still(_elapsed_s: float) -> None:
    """Time does not pass."""


class StillLight:
    """A light that is there, and that nobody switches."""

    def set(self, percent: int) -> None:
        """Nothing changes."""


class GalleryApp:
    """Drives a real KioskApp step by step, one frame after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        # Without a display a window can be made smaller, but what it is drawn on never grows.
        wide, high = (max(SIZES[size][side] for size in wanted.sizes) for side in (0, 1))
        lights = Lights(StillLight(), StillLight())
        settings = ScreenSettings(wanted.folder, None, width=wide, height=high, sound=False, lights=lights)
        configure(settings)
        _draw_unhurried()
        self.station = FakeStation()
        self.station.pictures = draw_pictures(wanted.folder / "pictures")
        self.clock = ManualClock(NOW_MS)
        self.app = _app_class()(settings, self.clock, None, FakeEnrolment(self.station))
        self.app._tick = _stand_still  # on a slow machine the status of the screen before would come late
        self.faults: list[str] = []
        self.count, self._scene = 0, scene_with([draw_code("8" * 300)])
        self._size = self._theme = self._topic = self._language = ""
        self._sheets: dict[str, Sheet] = {}
        self._steps = self._walk()

    def run(self) -> None:
        """Walk through everything, then close the window."""
        from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

        Clock.schedule_interval(self._step, 0)
        if not self.wanted.is_drawn:
            _draw_nothing()
        self.app.run()

    def write_sheets(self) -> Iterator[Path]:
        """The sheets filled so far."""
        for sheet in self._sheets.values():
            yield from sheet.write()

    def _step(self, _elapsed_s: float) -> None:
        try:
            name = next(self._steps, None)
        except Exception as error:  # noqa: BLE001 - the app would go on without us, for ever
            self.faults.append(f"the walk broke: {error!r}")
            name = None
            traceback.print_exc()
        if name is None:
            self.app.stop()

    def _walk(self) -> Iterator[str]:
        yield "settle"
        self._hold_verdicts()
        for language in self.wanted.languages:  # before there is a station, as at the first start
            self.app.speak(language)
        self.app.joined(self.station)
        yield from self._decode_pictures()
        yield from self._wait()
        for size in self.wanted.sizes:
            yield from self._resize(SIZES[size])
            for theme, language in itertools.product(self.wanted.themes, self.wanted.languages):
                self._size, self._theme, self._language = size, theme, language
                self.app.look = THEMES[theme]
                yield from self._walk_in(language)

    def _decode_pictures(self) -> Iterator[str]:
        """All of them before the first is asked for: the screens that show them do not wait."""
        there: list[object] = []
        for digest in self.station.pictures:
            self.app.shelf.want(digest, there.append)
        while len(there) < len(self.station.pictures):
            yield "decode"

    def _hold_verdicts(self) -> None:
        """None gives way to the camera while its picture is taken."""
        from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

        Clock.unschedule(self.app.stage.count_down)

    def _walk_in(self, language: str) -> Iterator[str]:
        self.app.session.speak(language)
        self.app.stage._set_cue("")  # the one on joining; a line's size follows what it says
        before = sizes_of(self._lasting())
        walks = [kind(self.app, self.station, self._shot, self._frame) for kind in (BetweenGuests, Answered)]
        for topic, screens in (topic for walk in walks for topic in walk.topics):
            self._topic = topic
            yield from screens(language)
        for name, after in sizes_of(self._lasting()).items():
            drifted = sorted({f"{was} -> {now}" for was, now in zip(before[name], after, strict=True) if was != now})
            self.faults += [f"{self._size}-{language}: after practice {name} has {one}" for one in drifted]

    def _lasting(self) -> list[Any]:
        """The screens whose widgets stay the same from the first language to the last."""
        stage = self.app.stage
        return [stage.scan, stage.code, stage.enrol, stage.pin, stage.operator]

    def _resize(self, size: tuple[int, int]) -> Iterator[str]:
        from kivy.core.window import Window  # noqa: PLC0415 - the window is open by now

        Window.size = size
        while tuple(Window.size) != size:
            yield "resize"
        yield from self._wait()

    def _wait(self) -> Iterator[str]:
        for _ in range(FRAMES):
            yield "wait"

    def _shot(self, name: str) -> Iterator[str]:
        if self.wanted.only not in name:
            return
        self._hold_code_anew()
        yield from self._wait()
        whole = f"{self._size}-{self._theme}-{self._language}-{name}"
        screen = self.app.stage.manager.current_screen
        found = (*faults_of(screen), *corner_faults(screen, self.app.u))
        self.faults += [f"{whole}: {fault}" for fault in found]
        self.count += 1
        if self.wanted.is_drawn:
            yield "draw"
            picture = _pixels()
            self.faults += [f"{whole}: {fault}" for fault in faint_texts(screen, picture)]
            self._keep(name, whole, picture)
        yield name

    def _frame(self) -> Frame:
        return Frame(self._scene, 0.0, self.count)

    def _hold_code_anew(self) -> None:
        """The camera's picture under a new number: one that was drawn already is not drawn again."""
        if self.app.readers.has_picture():
            self.app.readers.frames.put(Frame(self._scene, 0.0, self.count + 2))
            self.app._preview(0)

    def _keep(self, name: str, whole: str, picture: Image.Image) -> None:
        if self.wanted.single:
            picture.save(self.wanted.folder / f"{whole}.png")
        if self.wanted.sheets:
            key = f"{self._size}-{self._theme}-{self._topic}"
            if key not in self._sheets:
                self._sheets[key] = sheet_for(self.wanted, self._size, self._theme, self._topic)
            self._sheets[key].add(name, self._language, picture)
