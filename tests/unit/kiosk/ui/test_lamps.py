"""Torch and brightness: switched beside the screen, and what fails is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from kiosk.machine.lights import Lights
from kiosk.machine.trouble import MachineTrouble, MachineWhy
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.lamps import Lamps

WAIT_S = 30


class ScriptedLight:
    """Remembers what it was set to; waits while `gate` is shut, and fails while `fails` says how."""

    def __init__(self) -> None:
        self.levels: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fails: Exception | None = None

    def set(self, percent: int) -> None:
        """As scripted."""
        assert self.gate.wait(WAIT_S)
        if self.fails is not None:
            raise self.fails
        self.levels.append(percent)


class Screen:
    """The screen's thread: jobs delivered from others are run by `settle`, one at a time."""

    def __init__(self) -> None:
        self._jobs: list[Callable[[], None]] = []
        self._came = threading.Semaphore(0)
        self.changes = 0

    def deliver(self, job: Callable[[], None]) -> None:
        """From any thread."""
        self._jobs.append(job)
        self._came.release()

    def settle(self) -> None:
        """Wait for one job, and run it."""
        assert self._came.acquire(timeout=WAIT_S)
        self._jobs.pop(0)()

    def changed(self) -> None:
        """Counted."""
        self.changes += 1


@pytest.fixture
def torch() -> ScriptedLight:
    return ScriptedLight()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def lamps(torch: ScriptedLight, screen: Screen) -> Iterator[Lamps]:
    made = Lamps(Lights(torch=torch, brightness=torch), screen.deliver, screen.changed)
    made.start()
    yield made
    torch.gate.set()
    made.stop()


def test_a_torch_counts_as_on_only_once_it_shines(lamps: Lamps, torch: ScriptedLight, screen: Screen) -> None:
    torch.gate.clear()
    lamps.switch_torch(on=True)  # returns at once, though the command hangs
    shone = [lamps.torch_on]
    torch.gate.set()
    screen.settle()
    assert [*shone, lamps.torch_on] == [False, True]
    assert torch.levels == [100]
    assert screen.changes == 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (MachineTrouble("torch ended with 1; try it by hand: torch 100", MachineWhy.COMMAND), MachineWhy.COMMAND),
        (RuntimeError("odd"), MachineWhy.UNKNOWN),
    ],
)
def test_what_a_light_says_of_its_failure_is_told_until_it_works_again(
    lamps: Lamps,
    torch: ScriptedLight,
    screen: Screen,
    failure: Exception,
    said: MachineWhy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In every language by its own words; what the machine says of it is in the log alone."""
    torch.fails = failure
    lamps.switch_torch(on=True)
    screen.settle()
    assert (lamps.trouble, lamps.torch_on) == (said, False)
    words = [lamps.trouble_words(Texts(language)) for language in LANGUAGES]
    assert len(set(words)) == len(LANGUAGES)
    assert not any(str(failure) in text for text in words)
    assert str(failure) in caplog.text
    torch.fails = None
    lamps.set_brightness(50)
    screen.settle()
    assert lamps.trouble is None
    assert lamps.trouble_words(Texts("en")) == ""
    assert torch.levels == [50]


def test_a_torch_that_shines_is_put_out_at_the_end(lamps: Lamps, torch: ScriptedLight, screen: Screen) -> None:
    lamps.switch_torch(on=True)
    screen.settle()
    lamps.stop()
    assert torch.levels == [100, 0]


def test_without_lights_there_is_nothing_to_switch(screen: Screen) -> None:
    lamps = Lamps(Lights(), screen.deliver, screen.changed)
    assert (lamps.has_torch, lamps.has_brightness) == (False, False)
    lamps.switch_torch(on=True)
    lamps.set_brightness(100)
    assert screen.changes == 0
