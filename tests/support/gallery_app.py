"""The app that walks through its own screens and takes a picture of each."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from common.clock import ManualClock
from common.decision import Reason
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.input.camera import CameraState, Condition
from kiosk.input.frames import Frame
from kiosk.machine import Lights
from kiosk.rules_here import NO_RULES
from kiosk.shown import (
    CannotFind,
    EnrolmentOffer,
    FindTrouble,
    GateNews,
    GateOutcome,
    PinRefused,
    PinTrouble,
    RealInPractice,
    StatusShown,
)
from kiosk.store.liking import Liking
from kiosk.ui.asking import Form, find_form, place_form, questions_form, why_form
from kiosk.ui.catalogue import Texts
from kiosk.ui.gate import news_picture
from kiosk.ui.launch import ScreenSettings, configure
from kiosk.ui.places import place_rows
from kiosk.ui.practising import sample_rows
from kiosk.ui.presenter import Setting, moved_note, pin_words, present
from kiosk.ui.rows import find_trouble, found_picture, found_rows, shift_rows
from kiosk.ui.settings import setting_rows
from kiosk.ui.theme import THEMES
from kiosk.ui.variants import asking_of, variant_rows
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.camera_stand import draw_code, scene_with
from tests.support.contact_sheets import Sheet
from tests.support.drawn_products import draw_pictures
from tests.support.fake_messages import MESSAGES
from tests.support.fake_names import EVENT
from tests.support.fake_station import (
    ANSWERS,
    CHECKS,
    FOUND,
    HISTORY,
    NOW_MS,
    PEOPLE,
    PLACES,
    REF,
    FakeEnrolment,
    FakeStation,
    at_a_turnstile,
    status_of,
)
from tests.support.fit_checks import faint_texts, faults_of
from tests.support.gallery import SIZES, Wanted, sheet_for
from tests.support.gallery_states import (
    REAL_CHOICES,
    asked_variant,
    every_note,
    every_reason,
    real_names,
    scan_states,
    status_states,
)
from tests.support.longest_texts import longest
from tests.support.sample_questions import QUESTIONS
from tests.support.sample_rules import RULES

REAL_SIZES = ("sizes", "real-sizes", "real-sizes-unknown", "real-choose-sizes")
AT_A_STAND = {
    "hand_out",
    "used_here",
    "choose",
    "choose_many",
    "party",
    "too_many",
    "real-hand-out",
    *REAL_SIZES,
    *REAL_CHOICES,
}
GATE_NEWS = tuple(
    (outcome, annulled) for outcome in (GateOutcome.NOBODY, GateOutcome.FAILED) for annulled in (True, False)
)
PRACTISED = ("admit_holder", "choose", "used", "unpaid")
LOOKED_AT = ("admit_holder", "choose", "used", "wrong_point")
FILLED = {
    "extras": "0,2",
    "club": "Motorkáři Horní Dolní",
    "kilometres": "1250",
    "born": "0607198",
    "back": "1430",
    "mail": "jana@",
}


LIGHT_TROUBLE = (
    "/usr/local/bin/torch ended with 1; try it by hand: /usr/local/bin/torch --level 100 --device white:flash"
)
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
        for language in self.wanted.languages:  # before there is a station, as at the first start
            self.app.speak(language)
        self.app.joined(self.station)
        yield from self._wait()
        for size in self.wanted.sizes:
            yield from self._resize(SIZES[size])
            for theme, language in itertools.product(self.wanted.themes, self.wanted.languages):
                self._size, self._theme, self._language = size, theme, language
                self.app.look = THEMES[theme]
                yield from self._walk_in(language)

    def _walk_in(self, language: str) -> Iterator[str]:
        self.app.session.speak(language)
        for topic, screens in (
            ("joining", self._enrolment),
            ("scanning", self._scanning),
            ("people", self._operators),
            ("asking", self._forms),
            ("lists", self._lists),
            ("finding", self._finding),
            ("verdicts", self._verdicts),
            ("reasons", self._reasons),
            ("turnstile", self._turnstile),
            ("practice", self._practice),
        ):
            self._topic = topic
            yield from screens(language)

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
        self.faults += [f"{whole}: {fault}" for fault in faults_of(self.app.stage.manager.current_screen)]
        self.count += 1
        if self.wanted.is_drawn:
            yield "draw"
            picture = _pixels()
            self.faults += [
                f"{whole}: {fault}" for fault in faint_texts(self.app.stage.manager.current_screen, picture)
            ]
            self._keep(name, whole, picture)
        yield name

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

    def _enrolment(self, language: str) -> Iterator[str]:
        screen = self.app.stage.enrol
        self.app.stage.turn_to("enrol")
        screen.address, screen.code, screen.at_code = "https://gates.rally.example.org", "GOOD-CODE", True
        screen.show_note(Texts(language)("enrol_bad_address"), trouble=True)
        yield from self._shot("enrol")
        screen.show_offer(EnrolmentOffer(EVENT, "gate-7", bytes(range(100, 132)), must_compare=True))
        yield from self._shot("compare")
        screen.answer(same=False)

    def _scanning(self, language: str) -> Iterator[str]:
        self.app.readers.frames.clear()
        self.app.stage.show_scanning()
        self.app.stage.show_camera(CameraState(Condition.UNREADABLE, "http://192.168.1.20/stream"))
        yield from self._shot("camera")
        self.app.readers.frames.put(Frame(self._scene, 0.0, self.count))
        self.app.stage.show_camera(CameraState(Condition.OPEN, "0"))
        for stand in (False, True):
            self._stand_at(status_of(stand=stand, connected=stand))
            yield from self._shot("stand" if stand else "gate")
        self.app.stage.show_cue(Texts(language)("two_codes"))
        yield from self._shot("cue")
        self.app.stage.scan.cue = ""
        yield from self._torch(on=True)
        yield from self._shot("torch-on")
        yield from self._torch(on=False)
        self.app.lamps._say(LIGHT_TROUBLE)
        yield from self._shot("light-trouble")
        self.app.explain_light()
        yield from self._shot("light-explained")
        self._stand_at(replace(status_of(), unread=2))
        self.app.stage.show_scanning()
        self.app.stage.scan.cue = ""
        yield from self._shot("message")
        for name, status in scan_states():
            self._stand_at(status)
            yield from self._shot(name)
        for name, status in status_states():
            self._stand_at(status)
            self.app.open_status()
            yield from self._shot(name)
        self._stand_at(status_of())
        self.app.open_code()
        for char in "5YD8MFE7K2QRTW3N9":
            self.app.typed(char)
        self.app.stage.code.note = Texts(language)("code_bad")
        yield from self._shot("code")

    def _torch(self, *, on: bool) -> Iterator[str]:
        """Touched, and switched by the thread beside the screen; a walk that waits for ever is ended by its test."""
        self.app.switch_torch()
        while self.app.stage.scan.torch.chosen is not on:
            yield "torch"

    def _operators(self, language: str) -> Iterator[str]:
        self._stand_at(status_of())
        for asked in BadgeAsked:
            self.app.stage.show_operator(asked)
            yield from self._shot(f"operator-{asked.value}")
        for name, answer in every_note():
            self.app.stage.show_picture(present(answer, self._setting(language)))
            yield from self._shot(name)
        refused = PinRefused(PinTrouble.RESTING, 0, 272, "")
        self.app.stage.show_pin(PinAsked("Zdeňka Kratochvílová-Nováková", pin_words(refused, Texts(language))))
        for digit in "481516":
            self.app.typed(digit)
        yield from self._shot("pin")

    def _forms(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        form = questions_form(QUESTIONS, texts)
        form = replace(form, entered=tuple(FILLED.get(field.key, "") for field in form.fields))
        for at, field in enumerate(form.fields):
            self.app.stage.show_form(replace(form, at=at))
            yield from self._shot(f"ask-{field.key}")
        self.app.stage.show_form(self._why(texts))
        yield from self._shot("ask-why")

    def _why(self, texts: Texts) -> Form:
        form = why_form(Reason.NEEDS_SUPERVISOR, reason_text(Reason.ALREADY_INSIDE, texts.language).headline, texts)
        return form.chosen(texts("why_3"))

    def _lists(self, language: str) -> Iterator[str]:
        self.app.stage.show_history(HISTORY)
        yield from self._shot("history")
        self.app.stage.show_messages(MESSAGES)
        yield from self._shot("messages")
        self.app.stage.show_preflight(CHECKS)
        yield from self._shot("preflight")
        self.app.stage.show_rules(RULES)
        pages = self.app.stage.pages
        for at in range(len(pages.pages.pages)):
            yield from self._shot(f"rules-{at + 1}")
            pages.leaf(1)
        self.app.stage.show_rules(NO_RULES)
        yield from self._shot("rules-none")

    def _finding(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        self._stand_at(status_of())
        self.app.session.only_look(on=True)
        self.app.stage.show_scanning()
        yield from self._shot("only-look")
        self.app.session.only_look(on=False)
        for trouble in FindTrouble:
            self.app.stage.show_form(find_form(texts, find_trouble(CannotFind(trouble, ""), texts), "Příhoda"))
            yield from self._shot(f"find-{trouble.value}")
        self.app.stage.show_form(find_form(texts))
        yield from self._shot("find")
        for name, found in (("found", FOUND), ("found-none", ())):
            self.app.stage.show_rows(found_rows("Příhoda", found, texts))
            yield from self._shot(name)
        for at in range(3):
            self.app.stage.show_picture(found_picture(FOUND[at], texts))
            yield from self._shot(f"found-{at}")
        for name, people in (("shift", PEOPLE), ("shift-none", ())):
            self.app.stage.show_rows(shift_rows(people, "Jana", texts))
            yield from self._shot(name)

        self.app.stage.show_rows(setting_rows(Liking(camera="", language="pl"), texts, has_brightness=True))
        yield from self._shot("settings")
        liking, place = Liking(camera="", language="pl"), texts.name(longest("stand")[0])
        rows = setting_rows(liking, texts, has_brightness=True, trouble=LIGHT_TROUBLE, place=place)
        self.app.stage.show_rows(rows)
        yield from self._shot("settings-light-trouble")
        yield from self._places(texts)
        self.app.stage.scan.put_tools("left")
        self.app.stage.show_scanning()
        yield from self._shot("left-hand")
        self.app.stage.scan.put_tools("right")

    def _places(self, texts: Texts) -> Iterator[str]:
        """Moving the kiosk: which point, found by a part of its name, done and refused."""
        for name, places in (("places", PLACES), ("places-none", ())):
            self.app.stage.show_rows(place_rows(places, "", texts))
            yield from self._shot(name)
        self.app.stage.show_form(place_form(texts))
        yield from self._shot("place-find")
        setting = self._setting(texts.language)
        self.app.stage.show_picture(moved_note("", texts.name(longest("stand")[0]), setting))
        yield from self._shot("moved")
        trouble = "a kiosk is moved by a supervisor: scan the badge, enter its PIN, then choose the point"
        self.app.stage.show_picture(moved_note(trouble, "", setting))
        yield from self._shot("move-failed")
        asking = asking_of(asked_variant(), texts)
        assert asking is not None
        self.app.stage.show_rows(variant_rows(asking, texts))
        yield from self._shot("variants")

    def _setting(self, language: str) -> Setting:
        return Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE)

    def _stand_at(self, status: StatusShown) -> None:
        self.station.now = status
        self.app.session.desk.status = status
        self.app.stage.refresh()

    def _verdicts(self, language: str) -> Iterator[str]:
        for name, shown in ANSWERS.items():
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            picture = present(shown, replace(self._setting(language), kind=kind))
            self.app.session.desk.picture = picture
            self.app.stage.show_picture(picture)
            self.app.stage.verdict.show_quantity(min(2, picture.quantity_most or 1))
            yield from self._shot(f"verdict-{name}")
        for name in LOOKED_AT:
            self.app.stage.show_picture(present(replace(ANSWERS[name], info=True), self._setting(language)))
            yield from self._shot(f"looked-{name}")

    def _reasons(self, language: str) -> Iterator[str]:
        """Every reason and fault in its own words, and the longest names of a real event."""
        setting = self._setting(language)
        for name, shown in (*every_reason(), *real_names()):
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            self.app.stage.show_picture(present(shown, replace(setting, kind=kind)))
            self.app.stage.verdict.show_quantity(1)
            yield from self._shot(name)

    def _turnstile(self, language: str) -> Iterator[str]:
        setting = Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE, unattended=True)
        for outcome, annulled in GATE_NEWS:
            picture = news_picture(GateNews(REF, outcome, annulled), setting)
            assert picture is not None
            self.app.stage.show_picture(picture)
            yield from self._shot(f"turnstile-{outcome}-{'annulled' if annulled else 'stands'}")
        self._stand_at(at_a_turnstile())
        self.app.stage.show_scanning()
        self.app.stage.show_cue(Texts(language)("gate_busy"))
        yield from self._shot("turnstile-busy")
        self.app.stage.scan.cue = ""
        self._stand_at(status_of())

    def _practice(self, language: str) -> Iterator[str]:
        """The line over a screen of each kind: camera, list, verdict with much to read, keys, the neutral answer."""
        texts, stage = Texts(language), self.app.stage
        setting = Setting(texts, "Europe/Prague", NOW_MS)
        self._stand_at(replace(status_of(), practice=True))
        self.app.session.practising.status_came()
        stage.show_scanning()
        yield from self._shot("practice-gate")
        stage.show_rows(sample_rows(texts))
        yield from self._shot("practice-samples")
        for name in PRACTISED:
            stage.show_picture(present(replace(ANSWERS[name], practice=PointKind.GATE), setting))
            yield from self._shot(f"practice-{name}")
        stage.show_picture(present(RealInPractice(), setting))
        yield from self._shot("practice-real")
        self.app.open_code()
        yield from self._shot("practice-code")
        self._stand_at(status_of())
        self.app.session.practising.status_came()
