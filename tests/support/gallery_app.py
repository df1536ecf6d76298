"""The app that walks through its own screens and takes a picture of each."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.clock import ManualClock
from common.decision import Reason
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.input.camera import CameraState, Condition
from kiosk.input.frames import Frame
from kiosk.shown import CannotFind, EnrolmentOffer, FindTrouble, PinRefused, PinTrouble, StatusShown
from kiosk.store.liking import Liking
from kiosk.ui.asking import Form, find_form, questions_form, why_form
from kiosk.ui.catalogue import Texts
from kiosk.ui.launch import ScreenSettings, configure
from kiosk.ui.presenter import Setting, pin_words, present
from kiosk.ui.rows import find_trouble, found_picture, found_rows, shift_rows
from kiosk.ui.settings import setting_rows
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.camera_stand import draw_code, scene_with
from tests.support.drawn_products import draw_pictures
from tests.support.fake_station import (
    ANSWERS,
    CHECKS,
    EVENT,
    FOUND,
    HISTORY,
    MESSAGES,
    NOW_MS,
    PEOPLE,
    FakeEnrolment,
    FakeStation,
    status_of,
)
from tests.support.gallery import cut_texts
from tests.support.sample_questions import QUESTIONS

AT_A_STAND = {"hand_out", "used_here", "choose", "choose_many", "party", "too_many"}
LOOKED_AT = ("admit_holder", "choose", "used", "wrong_point")
FILLED = {
    "extras": "0,2",
    "club": "Motorkáři Horní Dolní",
    "kilometres": "1250",
    "born": "0607198",
    "back": "1430",
    "mail": "jana@",
}


def _app_class() -> Any:  # noqa: ANN401 - the class can only be made after Kivy was configured
    from kiosk.ui.app import KioskApp  # noqa: PLC0415 - importing Kivy opens a window

    return KioskApp


class GalleryApp:
    """Drives a real KioskApp step by step, one frame after the other."""

    def __init__(self, folder: Path, languages: list[str], size: tuple[int, int], *, pictures: bool) -> None:
        settings = ScreenSettings(folder, None, width=size[0], height=size[1], sound=False)
        configure(settings)
        self.folder, self.languages, self.pictures = folder, languages, pictures
        self.station = FakeStation()
        self.station.pictures = draw_pictures(folder / "pictures")
        self.clock = ManualClock(NOW_MS)
        self.app = _app_class()(settings, self.clock, None, FakeEnrolment(self.station))
        self.cut: list[str] = []
        self.count = 0
        self._steps = self._walk()

    def run(self) -> None:
        """Walk through everything, then close the window."""
        from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

        Clock.schedule_interval(self._step, 0)
        self.app.run()

    def _step(self, _elapsed_s: float) -> None:
        try:
            name = next(self._steps, None)
        except Exception as error:  # noqa: BLE001 - the app would go on without us, for ever
            self.cut.append(f"the walk broke: {error!r}")
            name = None
            traceback.print_exc()
        if name is None:
            self.app.stop()

    def _walk(self) -> Iterator[str]:
        yield "settle"
        for language in self.languages:
            self.app.speak(language)
            yield from self._enrolment(language)
        self.app.joined(self.station)
        yield from self._wait()
        for language in self.languages:
            self.app.session.speak(language)
            yield from self._scanning(language)
            yield from self._operators(language)
            yield from self._forms(language)
            yield from self._lists(language)
            yield from self._finding(language)
            yield from self._verdicts(language)
        yield "done"

    def _wait(self) -> Iterator[str]:
        for _ in range(4):
            yield "wait"

    def _shot(self, name: str) -> Iterator[str]:
        from kivy.core.window import Window  # noqa: PLC0415 - the window is open by now

        yield from self._wait()
        self.cut += [f"{name}: {text}" for text in cut_texts(self.app.stage.manager.current_screen)]
        self.count += 1
        if self.pictures:
            taken = Window.screenshot(str(self.folder / f"{name}.png"))
            Path(taken).rename(self.folder / f"{name}.png")
        yield name

    def _enrolment(self, language: str) -> Iterator[str]:
        screen = self.app.stage.enrol
        screen.address, screen.code, screen.at_code = "https://gates.rally.example.org", "GOOD-CODE", True
        screen.show_note(Texts(language)("enrol_bad_address"), trouble=True)
        yield from self._shot(f"{language}-enrol")
        screen.show_offer(EnrolmentOffer(EVENT, "gate-7", bytes(range(100, 132)), must_compare=True))
        yield from self._shot(f"{language}-compare")
        screen.answer(same=False)

    def _scanning(self, language: str) -> Iterator[str]:
        self.app.readers.frames.clear()
        self.app.stage.show_scanning()
        self.app.stage.show_camera(CameraState(Condition.UNREADABLE, "http://192.168.1.20/stream"))
        yield from self._shot(f"{language}-camera")
        self.app.readers.frames.put(Frame(scene_with([draw_code("8" * 300)]), 0.0, 1))
        self.app.stage.show_camera(CameraState(Condition.OPEN, "0"))
        for stand in (False, True):
            self._stand_at(status_of(stand=stand, connected=stand))
            yield from self._shot(f"{language}-{'stand' if stand else 'gate'}")
        self.app.stage.show_cue(Texts(language)("two_codes"))
        yield from self._shot(f"{language}-cue")
        self._stand_at(replace(status_of(), unread=2))
        self.app.stage.show_scanning()
        self.app.stage.scan.cue = ""
        yield from self._shot(f"{language}-message")
        self._stand_at(status_of())
        self.app.open_status()
        yield from self._shot(f"{language}-status")
        self.app.open_code()
        for char in "5YD8MFE7K2QRTW3N9":
            self.app.typed(char)
        self.app.stage.code.note = Texts(language)("code_bad")
        yield from self._shot(f"{language}-code")

    def _operators(self, language: str) -> Iterator[str]:
        self._stand_at(status_of())
        for asked in BadgeAsked:
            self.app.stage.show_operator(asked)
            yield from self._shot(f"{language}-operator-{asked.value}")
        refused = PinRefused(PinTrouble.RESTING, 0, 272, "")
        self.app.stage.show_pin(PinAsked("Zdeňka Kratochvílová-Nováková", pin_words(refused, Texts(language))))
        for digit in "481516":
            self.app.typed(digit)
        yield from self._shot(f"{language}-pin")

    def _forms(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        form = questions_form(QUESTIONS, texts)
        form = replace(form, entered=tuple(FILLED.get(field.key, "") for field in form.fields))
        for at, field in enumerate(form.fields):
            self.app.stage.show_form(replace(form, at=at))
            yield from self._shot(f"{language}-ask-{field.key}")
        self.app.stage.show_form(self._why(texts))
        yield from self._shot(f"{language}-ask-why")

    def _why(self, texts: Texts) -> Form:
        form = why_form(Reason.NEEDS_SUPERVISOR, reason_text(Reason.ALREADY_INSIDE, texts.language).headline, texts)
        return form.chosen(texts("why_3"))

    def _lists(self, language: str) -> Iterator[str]:
        self.app.stage.show_history(HISTORY)
        yield from self._shot(f"{language}-history")
        self.app.stage.show_messages(MESSAGES)
        yield from self._shot(f"{language}-messages")
        self.app.stage.show_preflight(CHECKS)
        yield from self._shot(f"{language}-preflight")

    def _finding(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        self._stand_at(status_of())
        self.app.session.only_look(on=True)
        self.app.stage.show_scanning()
        yield from self._shot(f"{language}-only-look")
        self.app.session.only_look(on=False)
        for trouble in FindTrouble:
            self.app.stage.show_form(find_form(texts, find_trouble(CannotFind(trouble, ""), texts), "Příhoda"))
            yield from self._shot(f"{language}-find-{trouble.value}")
        self.app.stage.show_form(find_form(texts))
        yield from self._shot(f"{language}-find")
        for name, found in (("found", FOUND), ("found-none", ())):
            self.app.stage.show_rows(found_rows("Příhoda", found, texts))
            yield from self._shot(f"{language}-{name}")
        for at in range(3):
            self.app.stage.show_picture(found_picture(FOUND[at], texts))
            yield from self._shot(f"{language}-found-{at}")
        for name, people in (("shift", PEOPLE), ("shift-none", ())):
            self.app.stage.show_rows(shift_rows(people, "Jana", texts))
            yield from self._shot(f"{language}-{name}")

        self.app.stage.show_rows(setting_rows(Liking(camera="", language="pl"), texts))
        yield from self._shot(f"{language}-settings")
        self.app.stage.scan.put_tools("left")
        self.app.stage.show_scanning()
        yield from self._shot(f"{language}-left-hand")
        self.app.stage.scan.put_tools("right")

    def _stand_at(self, status: StatusShown) -> None:
        self.station.now = status
        self.app.session.desk.status = status
        self.app.stage.refresh()

    def _verdicts(self, language: str) -> Iterator[str]:
        for name, shown in ANSWERS.items():
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            setting = Setting(Texts(language), "Europe/Prague", NOW_MS, kind)
            picture = present(shown, setting)
            self.app.session.desk.picture = picture
            self.app.stage.show_picture(picture)
            self.app.stage.verdict.show_quantity(min(2, picture.quantity_most or 1))
            yield from self._shot(f"{language}-verdict-{name}")
        for name in LOOKED_AT:
            setting = Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE)
            self.app.stage.show_picture(present(replace(ANSWERS[name], info=True), setting))
            yield from self._shot(f"{language}-looked-{name}")
