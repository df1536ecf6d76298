"""What the real window showed lies in none of its files: those of Kivy, logs and write-ahead logs included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.search_index import fold_text
from common.unbroken import UNBROKEN
from kiosk.ui.picture import Colour
from kiosk.ui.plates import plate_shown
from kiosk.ui.theme import VERDICT_HEX
from syncserver.services.issue_passes import PassText
from tests.support.camera_stand import CameraStand
from tests.support.headless_process import HeadlessProcess
from tests.support.leak_day import (
    a_world_of,
    answered_before,
    guests,
    join_and_fetch,
    note_of,
    secrets_of,
    tell_before,
)
from tests.support.leak_finder import LeakFinder
from tests.support.served_app import served
from tests.support.server_world import ONE_DAY
from tests.support.virtual_screen import VirtualScreen
from tests.support.whole_world import PIN, Guest

pytestmark = [pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(480)]  # 36 s on two free cores

ROOT = Path(__file__).parents[3]
NIGHT = "#0d1117"
GREEN, AMBER, BLUE, RED = (VERDICT_HEX[one] for one in (Colour.GREEN, Colour.AMBER, Colour.BLUE, Colour.RED))
TYPED = "bezlepkovaprilohaorechy"
CURSOR = "|"  # behind what is typed
ANSWER, FIND, ONLY_LOOK, FIRST_ROW, CLOSE = (
    (640, 724),
    (960, 663),
    (1160, 663),
    (330, 250),
    (1105, 724),
)  # at 1280x800
WAIT_S = 60.0
UNUSED, USED_BEFORE = 7, 12  # whose passes are only looked at


@dataclass(frozen=True, slots=True)
class Seen:
    """What was in the device's folder when the window was killed, and what had been on its screen."""

    device: Path
    witness: Path
    shown: list[str]  # secrets that were on the screen
    finder: LeakFinder


class Hand:
    """A hostess at the window."""

    def __init__(self, screen: VirtualScreen, stand: CameraStand, witness: Path) -> None:
        self.screen, self.stand, self.witness = screen, stand, witness

    def hold(self, text: str, colour: str) -> None:
        """Hold a code before the camera until the window turns to its colour."""
        self.stand.show_codes(text)
        self.screen.wait_for(colour, WAIT_S)
        self.stand.clear()
        time.sleep(0.5)

    def touch(self, at: tuple[int, int]) -> None:
        time.sleep(0.5)
        self.screen.touch_until_taken(*at)
        time.sleep(0.5)

    def type(self, text: str) -> None:
        """Key by key, each once the last one is shown: keys that a busy screen reads in one go look like a scan."""
        time.sleep(0.5)
        for at, char in enumerate(text, start=1):
            self.screen.press_key(char)
            self.until_shown(text[:at].capitalize() + CURSOR)

    def type_pin(self, pin: str) -> None:
        """Slower than any scanner."""
        for char in pin:
            time.sleep(0.5)
            self.screen.press_key(char)

    def enter(self) -> None:
        time.sleep(0.5)
        self.screen.press_enter()

    def until_shown(self, *texts: str) -> None:
        until(lambda: all(text in self.witness.read_text() for text in texts), f"on the screen: {texts}")


def until(is_so: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A pass, a question answered by key, refusals, a find with badge and PIN, looks at used passes and at another.

    Then the power is cut.
    """
    path = tmp_path_factory.mktemp("window")
    people = guests()
    device, witness = path / "device", path / "witness"
    device.mkdir()
    with a_world_of(path) as world, served(world.app) as address:
        passes = world.issue(*people[:500]) + world.issue(*people[500:], product=ONE_DAY)
        tell_before(world, passes)
        badge = world.badge()
        world.build()
        kiosk = HeadlessProcess(device / "kiosk", device / "kiosk.log")
        join_and_fetch(world, kiosk, address, device / "kiosk")
        assert kiosk.line(passes[USED_BEFORE].digits)["outcome"] == "admit"  # the window has not shown them yet
        kiosk.close()
        with VirtualScreen() as screen, CameraStand() as stand:
            process = _window(device, witness, screen, stand)
            try:
                _work(Hand(screen, stand, witness), people, passes, badge.digits)
            finally:
                process.kill()
                process.wait(WAIT_S)
    told = ((people[at].name, plate_on_screen(people[at]), answered_before(at), note_of(at)) for at in (0, 500, UNUSED))
    shown = [text for one in told for text in one]
    shown += [people[9].name, plate_on_screen(people[9]), *_told_of_used(people)]
    secrets = [*secrets_of(people), *map(plate_on_screen, people), TYPED.capitalize()]
    return Seen(device, witness, [*shown, TYPED.capitalize()], LeakFinder(secrets))


def plate_on_screen(person: Guest) -> str:
    """In the groups in which every screen shows it."""
    return plate_shown(person.plate).replace(" ", UNBROKEN)


def _window(device: Path, witness: Path, screen: VirtualScreen, stand: CameraStand) -> subprocess.Popen[bytes]:
    """The program as it is, KIVY_HOME where it puts it itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KIVY", "SDL"))}
    environment |= {"DISPLAY": screen.name, "SDL_AUDIODRIVER": "dummy", "HOME": str(device), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.watched_window", str(witness)]
    command += ["--verbose", "--folder", str(device / "kiosk"), "run", "--camera", stand.url, "--language", "en"]
    with (device / "window.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=device, stdout=log, stderr=subprocess.STDOUT)
    screen.wait_for(NIGHT, 120)
    return process


def _work(hand: Hand, people: list[Guest], passes: list[PassText], badge: str) -> None:
    hand.hold(passes[0].digits, GREEN)
    hand.until_shown(people[0].name, plate_on_screen(people[0]), answered_before(0), note_of(0))
    hand.hold(passes[500].digits, AMBER)
    hand.touch(ANSWER)
    hand.type(TYPED)
    hand.until_shown(people[500].name)
    hand.enter()
    hand.enter()  # the second question may be skipped
    hand.screen.wait_for(GREEN, WAIT_S)
    hand.screen.wait_for(NIGHT, WAIT_S)
    hand.hold(people[80].name, RED)  # a text that is no code, and a name at that
    hand.screen.wait_for(NIGHT, WAIT_S)
    hand.hold(passes[0].digits, RED)  # who was here already
    _find(hand, people[9], badge)
    hand.touch(FIRST_ROW)
    hand.screen.wait_for(BLUE, WAIT_S)
    hand.touch(CLOSE)
    hand.screen.wait_for(NIGHT, WAIT_S)
    _only_look(hand, people, passes)


def _only_look(hand: Hand, people: list[Guest], passes: list[PassText]) -> None:
    """A pass that would be good; at once, as looking ends by itself, one that was used before the window opened."""
    hand.touch(ONLY_LOOK)
    # Only looking has a blue frame before anything is read: what is told of the pass says that it was.
    hand.stand.show_codes(passes[UNUSED].digits)
    hand.until_shown("WOULD BE GOOD", people[UNUSED].name, plate_on_screen(people[UNUSED]), answered_before(UNUSED))
    hand.stand.show_codes(passes[USED_BEFORE].digits)
    hand.until_shown("WOULD BE REFUSED", *_told_of_used(people))
    hand.stand.clear()


def _told_of_used(people: list[Guest]) -> tuple[str, ...]:
    """What only the look at a used pass says of its holder: they were on no other screen of the window."""
    return people[USED_BEFORE].name, plate_on_screen(people[USED_BEFORE]), note_of(USED_BEFORE)


def _find(hand: Hand, wanted: Guest, badge: str) -> None:
    """Asked for a name, the window wants the badge and its PIN first."""
    hand.screen.wait_for(NIGHT, WAIT_S)
    hand.touch(FIND)
    hand.type(fold_text(wanted.name.split()[1]))
    hand.enter()
    time.sleep(1)
    hand.stand.show_codes(badge)
    hand.until_shown("Jana")
    hand.stand.clear()
    hand.type_pin(PIN)
    hand.enter()
    hand.until_shown(wanted.name)


def test_no_file_of_the_window_holds_what_it_showed(seen: Seen) -> None:
    names = {path.name for path in seen.device.rglob("*") if path.is_file()}
    assert {"config.ini", "window.log", "kiosk.log", "journal.sqlite-wal"} <= names
    assert seen.finder.in_folder(seen.device) == {}


def test_the_same_looking_finds_all_of_it_in_what_the_witness_wrote(seen: Seen) -> None:
    """So it was on the screen, and would have been found in any file."""
    assert seen.finder.in_file(seen.witness) >= set(seen.shown)
