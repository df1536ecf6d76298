"""A hand that touches twice before it has looked: `python -m tests.support.quick_hand FOLDER`, without a display.

Walks the real app through its screens and prints, one line of JSON each, what every case of `CASES` has seen.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from common.clock import SystemClock
from kiosk.input.events import Scanned, Source
from kiosk.ui.catalogue import Texts
from kiosk.ui.launch import ScreenSettings, configure
from kiosk.ui.pages import messages_pages
from kiosk.ui.picture import ChangeSetting, LookForPlace, OpenAllSettings, OpenCameras, OpenPlaces, SettingName
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.fake_messages import MESSAGES
from tests.support.fake_station import FakeEnrolment, FakeStation, status_of
from tests.support.gallery_states import note, real_names
from tests.support.hand_going_back import SUPERVISOR, a_scanner_in_place_of_a_camera, going_back
from tests.support.sample_questions import QUESTIONS

WAIT_S_MAX = 30.0
SEEN_S = 0.7  # more than what has just come up needs until it can be touched
SIZE = (1280, 800)

Steps = Iterator[None]


class QuickHand:
    """The app, and a hand on it; every method that yields goes on with the next frame."""

    def __init__(self, folder: Path) -> None:
        wide, high = SIZE
        settings = ScreenSettings(folder, None, width=wide, height=high, sound=False)
        configure(settings)
        from kiosk.ui.app import KioskApp  # noqa: PLC0415 - importing Kivy opens a window

        self.station = FakeStation(status_of(connected=True))
        self.app = KioskApp(settings, SystemClock(), None, FakeEnrolment(self.station))
        self.failed = False
        self._steps = self._walk()

    def run(self) -> None:
        """Every case, then close the window."""
        from kivy.clock import Clock  # noqa: PLC0415 - the window is open by now

        Clock.schedule_interval(self._step, 0)
        self.app.run()

    @property
    def stage(self) -> Any:  # noqa: ANN401 - its screens are Kivy's, which have no types
        """What is shown."""
        return self.app.stage

    def touch(self, widget: Any) -> Steps:  # noqa: ANN401 - as above
        """A short touch in the middle of a widget, wherever that is now."""
        yield from self.touch_at(widget.to_window(*widget.center))

    def touch_at(self, place: tuple[float, float]) -> Steps:
        """A short touch at a place."""
        finger = self.down(place)
        yield
        finger.touch_up()
        yield

    def down(self, place: tuple[float, float]) -> Any:  # noqa: ANN401 - as above
        """A finger put down; whoever asks lifts it."""
        from kivy.tests.common import UnitTestTouch  # noqa: PLC0415 - the window is open by now

        finger = UnitTestTouch(*place)
        finger.touch_down()
        return finger

    def look(self) -> Steps:
        """Long enough to have seen what is shown."""
        end_s = time.monotonic() + SEEN_S
        while time.monotonic() < end_s:
            yield

    def until(self, is_so: Callable[[], bool]) -> Steps:
        """Until it is so."""
        end_s = time.monotonic() + WAIT_S_MAX
        while not is_so():
            if time.monotonic() > end_s:
                raise TimeoutError(f"not so within {WAIT_S_MAX} s, on {self.stage.current}")
            yield

    def scan(self, text: str, word: str) -> Steps:
        """A code, until the verdict of that word is there."""
        session = self.app.session
        assert session is not None
        session.on_input(Scanned(text, Source.SERIAL, time.monotonic()))
        yield from self.until(lambda: self.stage.current == "verdict" and Texts("en")(word) == self.stage.verdict.word)

    def place_of(self, widget: Any) -> tuple[float, float]:  # noqa: ANN401 - as above
        """Its middle on the window."""
        x, y = widget.to_window(*widget.center)
        return float(x), float(y)

    def _step(self, _elapsed_s: float) -> None:
        try:
            next(self._steps)
        except StopIteration:
            self.app.stop()
        except Exception:  # noqa: BLE001 - the app would go on without us, for ever
            traceback.print_exc()
            self.failed = True
            self.app.stop()

    def _walk(self) -> Steps:
        yield from self.look()
        for case in CASES:
            seen: dict[str, Any] = {}
            yield from case(self, seen)
            print(json.dumps({case.__name__: seen}), flush=True)


def left_alone(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """Whether the display stays lit while nobody touches it."""
    from kiosk.machine.display import _sdl  # noqa: PLC0415 - asked once the window is open

    seen["goes_dark"] = bool(_sdl().SDL_IsScreenSaverEnabled())
    seen["screen"] = hand.stage.current
    yield


def joining(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """Twice on the key that sends the code, again on the one that says the thumbprint is right, then on a language."""
    enrol, stage = hand.stage.enrol, hand.stage
    seen["hint_without_camera"] = enrol.ids.hint.text
    enrol.address, enrol.code, enrol.at_code = "gates.example.org", "GOOD-CODE", True
    for language in ("de", "cs", "en"):
        yield from hand.touch(language_button(enrol, language))
    seen["languages"] = stage.language
    yield from hand.touch(enrol.ids.go)
    yield from hand.until(lambda: enrol.offer is not None)
    yield from hand.touch(enrol.ids.same)
    seen["accepted_unread"] = enrol.offer is None
    yield from hand.look()
    last_key = hand.place_of(enrol.ids.same)
    yield from hand.touch_at(last_key)
    yield from hand.until(lambda: stage.current == "scan")
    languages = [hand.place_of(button) for button in stage.scan.ids.languages.children]
    for place in (last_key, *languages):
        yield from hand.touch_at(place)
    seen["language_after"] = stage.language
    yield from hand.look()
    yield from hand.touch(language_button(stage.scan, "pl"))
    seen["language_wanted"] = stage.language
    yield from hand.touch(language_button(stage.scan, "en"))
    seen["language_wanted_again"] = stage.language


def every_screen(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """What can be pressed on each screen at once, and what once it has been seen. Nothing is let go on it."""
    for name in ("scan", "verdict", "status", "code", "operator", "pin", "ask", "pages", "rows"):
        hand.stage.turn_to("enrol")
        yield from hand.look()
        yield from OPENED[name](hand)
        seen[name] = [len(list(pressed_on(hand))), 0]
        yield from hand.look()
        seen[name][1] = len(list(pressed_on(hand)))
    hand.stage.show_scanning()
    yield from hand.look()


def pressed_on(hand: QuickHand) -> Iterator[Any]:
    """Everything on the screen that a finger presses down now."""
    from kiosk.ui.guarding import Pressed  # noqa: PLC0415 - importing Kivy opens a window

    screen = hand.stage.manager.current_screen
    for widget in [one for one in screen.walk() if isinstance(one, Pressed) and not one.disabled and one.height > 1]:
        finger = hand.down(hand.place_of(widget))
        if widget.state == "down":
            yield widget
        finger.touch_move(-5000, -5000)
        finger.touch_up()


def _open_ask(hand: QuickHand) -> Steps:
    from kiosk.ui.asking import questions_form  # noqa: PLC0415 - beside the others of this walk

    hand.stage.show_form(questions_form(QUESTIONS, Texts("en")))
    yield


def _open_pages(hand: QuickHand) -> Steps:
    session = hand.app.session
    assert session is not None
    session.lists.open_messages()
    yield from hand.until(lambda: hand.stage.current == "pages")


def _open_rows(hand: QuickHand) -> Steps:
    session = hand.app.session
    assert session is not None
    session.places.look("")
    yield from hand.until(lambda: hand.stage.current == "rows")


def _open_by(open_it: Callable[[QuickHand], None]) -> Callable[[QuickHand], Steps]:
    def opened(hand: QuickHand) -> Steps:
        open_it(hand)
        yield

    return opened


OPENED: dict[str, Callable[[QuickHand], Steps]] = {
    "scan": _open_by(lambda hand: hand.stage.show_scanning()),
    "verdict": lambda hand: hand.scan("used", "word_refuse"),
    "status": _open_by(lambda hand: hand.app.open_status()),
    "code": _open_by(lambda hand: hand.app.open_code()),
    "operator": _open_by(lambda hand: hand.app.open_operator()),
    "pin": _open_by(lambda hand: hand.app.session.people.ask_pin() if hand.app.session else None),
    "ask": _open_ask,
    "pages": _open_pages,
    "rows": _open_rows,
}


def a_verdict_after_another(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """Its key for the next guest is touched as the next verdict comes, and a finger is down while it comes."""
    verdict = hand.stage.verdict
    yield from hand.scan("admit", "word_admit")
    yield from hand.look()
    going_on = hand.place_of(verdict.ids.buttons.children[-1])
    yield from hand.scan("used", "word_refuse")
    yield from hand.touch_at(going_on)
    seen["gone_unread"] = hand.stage.current != "verdict"
    yield from hand.scan("confirm", "word_ask")
    yield from hand.look()
    finger = hand.down(hand.place_of(verdict.ids.buttons.children[-2]))  # "Confirm", right of the corner
    yield from hand.scan("used", "word_refuse")
    finger.touch_up()
    yield from hand.look()
    seen["confirmed"] = len(hand.station.agains)
    yield from hand.touch(verdict.ids.buttons.children[0])
    yield from hand.until(lambda: hand.stage.current == "scan")
    yield from hand.look()


def a_long_note(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """It is touched to be read whole, closed, and opened again as the next code comes."""
    verdict, lines = hand.stage.verdict, hand.stage.verdict.ids.lines
    setting = Setting(Texts("en"), "Europe/Prague", 0)
    hand.stage.show_picture(present(dict(real_names())["real-note"], setting))
    yield from hand.look()
    seen["is_cut"] = any(label.text.endswith("…") and label.text != note(500) for label in lines.children)
    yield from hand.touch(lines)
    seen["whole"] = verdict.note == note(500)
    seen["goes_by_itself"] = hand.stage._left_s > 0
    going_on = hand.place_of(verdict.ids.buttons.children[-1])
    yield from hand.touch_at(going_on)
    seen["closed_by_the_same_hand"] = not verdict.note
    yield from hand.look()
    yield from hand.touch_at(going_on)
    seen["closed"] = (verdict.note, hand.stage.current)
    yield from hand.look()
    yield from hand.touch(lines)
    yield from hand.scan("used", "word_refuse")
    seen["over_the_next"] = bool(verdict.note)
    yield from hand.look()
    yield from hand.touch(verdict.ids.buttons.children[0])
    yield from hand.until(lambda: hand.stage.current == "scan")
    yield from hand.look()


def on_one_screen(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """Quick touches that are all meant: keys, leafing, a setting, how many; another question's answer is not."""
    stage = hand.stage
    hand.app.open_code()
    yield from hand.look()
    keys = {touch.text: touch for touch in stage.code.walk() if getattr(touch, "text", "") in {"7", "K"}}
    for key in "7K77":
        yield from hand.touch(keys[key])
    seen["keys"] = stage.code.entry.text
    yield from _open_rows(hand)
    yield from hand.look()
    for way in ("after", "before", "after"):
        yield from hand.touch(stage.rows.ids[way])
    seen["page"] = int(stage.rows.at)
    first = stage.rows.ids.rows.children[-1]
    yield from hand.touch(first)
    seen["moved"] = [int(point) for point in hand.station.moves]
    yield from _settings(hand, seen)
    yield from _questions(hand, seen)
    yield from _messages(hand, seen)


def _own_settings(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """A hostess, without her PIN: what the light asks for, nothing else, and a supervisor's badge for the rest."""

    def row(action: object) -> Any:  # noqa: ANN401 - a tile of Kivy
        return next(one for one in hand.stage.rows.ids.rows.children if getattr(one, "action", None) == action)

    hand.app.open_settings()
    yield from hand.look()
    theme = ChangeSetting(SettingName.THEME)
    yield from hand.touch(row(theme))
    hand.app.act(ChangeSetting(SettingName.HAND))
    seen["set_by_hostess"] = {"theme": hand.app.liking.theme, "hand": hand.app.liking.hand}
    yield from hand.look()
    yield from hand.touch(row(theme))
    yield from hand.touch(row(OpenAllSettings()))
    seen["all_settings"] = hand.stage.current
    yield from hand.look()
    yield from hand.touch(hand.stage.operator.ids.back)
    seen["back_from_all"] = hand.stage.current


def _settings(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    yield from _own_settings(hand, seen)
    hand.station.now = replace(hand.station.now, device=SUPERVISOR)
    session = hand.app.session
    assert session is not None
    session.ask_status()
    yield from hand.until(lambda: session.desk.device == SUPERVISOR)
    hand.app.open_settings()
    yield from hand.look()
    names = [getattr(one.action, "name", None) for one in hand.stage.rows.ids.rows.children if hasattr(one, "action")]
    at, before, volumes = names.index(SettingName.VOLUME), hand.app.liking.volume, []
    for _ in range(3):
        rows = [one for one in hand.stage.rows.ids.rows.children if hasattr(one, "action")]
        yield from hand.touch(rows[at])
        volumes.append(hand.app.liking.volume)
    seen["volumes"] = [before, *volumes]
    settings, seen["back_from"] = hand.stage.rows.title, {}
    for action in (OpenPlaces(), OpenCameras()):
        rows = [one for one in hand.stage.rows.ids.rows.children if getattr(one, "action", None) == action]
        yield from hand.touch(rows[0])
        yield from hand.until(lambda: hand.stage.rows.title != settings)
        yield from hand.look()
        left = hand.stage.rows.title
        yield from hand.touch(hand.stage.rows.ids.back)
        yield from hand.look()
        seen["back_from"][left] = (hand.stage.current, hand.stage.rows.title == settings)
    hand.app.act(LookForPlace())
    yield from hand.until(lambda: hand.stage.current == "ask")
    yield from hand.look()
    yield from hand.touch(hand.stage.ask.ids.back)
    yield from hand.until(lambda: hand.stage.current == "rows")
    seen["back_from_looking"] = hand.stage.rows.title in seen["back_from"]


def _questions(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    from kiosk.ui.asking import questions_form  # noqa: PLC0415 - as above

    yes_or_no = QUESTIONS[2]
    hand.stage.show_form(questions_form((yes_or_no, replace(yes_or_no, key="again")), Texts("en")))
    yield from hand.look()
    place = hand.place_of(hand.stage.ask.ids.options.children[-1])
    yield from hand.touch_at(place)
    yield from hand.touch_at(place)
    form = hand.stage.ask.form
    seen["entered"] = [] if form is None else list(form.entered)


def _messages(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    session = hand.app.session
    assert session is not None
    unread = [replace(one, key=f"{at}", read=False) for at, one in enumerate(MESSAGES)]
    hand.stage._show_pages(messages_pages(unread, session.desk.setting()), 1)
    yield from hand.look()
    does = hand.place_of(hand.stage.pages.ids.does)
    hand.stage._show_pages(messages_pages(unread[1:], session.desk.setting()), 1)
    yield from hand.touch_at(does)
    seen["read"] = list(hand.station.read)


def a_check_that_is_due(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """A touch on what the scan screen says: before the check was done, with a message beside it, and after."""
    session, told = hand.app.session, dict[str, str]()
    assert session is not None
    hints = {"due": (True, ""), "message": (True, "Gate 3 closes"), "done": (False, "")}
    for name, (is_due, message) in hints.items():
        hand.station.now = replace(status_of(), check_due=is_due, unread=int(bool(message)), message=message)
        session.ask_status()
        yield from hand.until(lambda: session.desk.status == hand.station.status())
        hand.stage.show_scanning()
        yield from hand.until(lambda: not hand.stage.scan.cue)  # while a cue is read the line leads nowhere
        yield from hand.look()
        yield from hand.touch(hand.stage.scan.ids.says)
        yield from hand.look()
        told[name] = hand.stage.pages.title if hand.stage.current == "pages" else hand.stage.current
    seen["opened"] = told


def language_button(screen: Any, language: str) -> Any:  # noqa: ANN401 - as above
    """The button for a language."""
    return next(one for one in screen.ids.languages.children if one.action == language)


CASES: tuple[Callable[[QuickHand, dict[str, Any]], Steps], ...] = (
    left_alone,
    joining,
    every_screen,
    a_verdict_after_another,
    a_long_note,
    on_one_screen,
    a_check_that_is_due,
    going_back,
    a_scanner_in_place_of_a_camera,
)


def main() -> int:
    """Walk; ends with 1 if the walk broke."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    hand = QuickHand(Path(sys.argv[1]))
    hand.run()
    return int(hand.failed)


if __name__ == "__main__":
    sys.exit(main())
