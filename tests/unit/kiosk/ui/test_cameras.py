"""Another camera is seen before it is kept, and goes by itself where nobody keeps it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.clock import ManualClock
from kiosk.input.camera import CameraState, Condition
from kiosk.input.events import SameAgain, Scanned, Source, Torn
from kiosk.ui.cameras import NO_PICTURE_S, TRIAL_S, Cameras, Chosen, Outcomes, TrialShown, chosen_words
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import DropCamera, KeepCamera, OpenCameras, TryCamera
from kiosk.ui.rows import NAME_MAX, Rows

CONFIGURED = "http://user:geheim@cam/x"


class Window:
    """What is read, and what a person sees."""

    language = "en"

    def __init__(self, liked: str | None = None) -> None:
        self.camera_state: CameraState | None = None
        self.current = "rows"
        self.opened: list[str | None] = []
        self.kept: list[str | None] = []
        self.failed: list[str] = []
        self.rows: Rows | None = None
        self.trial: TrialShown | None = None
        self.said_read: list[bool] = []
        self.clock = ManualClock(0)
        outcomes = Outcomes(self.kept.append, self.settle, self.failed.append)
        self.cameras = Cameras(self, self, self.clock, Chosen(CONFIGURED, liked), outcomes)
        self.cameras.open()

    def open_camera(self, camera: str) -> None:
        self.opened.append(camera)
        self.camera_state = CameraState(Condition.STARTING, camera)

    def close_camera(self) -> None:
        self.camera_state = None

    def show_camera(self, state: CameraState | None) -> None:
        assert state is None
        self.opened.append(None)

    def show_rows(self, rows: Rows) -> None:
        self.current, self.rows = "rows", rows

    def show_trial(self, trial: TrialShown) -> None:
        self.current, self.trial = "camera", trial
        if trial.is_read not in self.said_read:
            self.said_read.append(trial.is_read)

    def settle(self) -> None:
        self.current = "rows"

    def gives_a_picture(self) -> None:
        assert self.camera_state is not None
        self.camera_state = replace(self.camera_state, condition=Condition.OPEN)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.cameras.tick()


def scan(source: Source = Source.CAMERA) -> Scanned:
    return Scanned("1" * 40, source, 0.0)


def test_a_camera_is_chosen_from_a_list_that_marks_the_one_in_use() -> None:
    window = Window(liked="1")
    window.cameras.act(OpenCameras())
    assert window.rows is not None
    assert [(row.action, row.label, row.chosen) for row in window.rows.rows] == [
        (TryCamera(None), "http://cam/x (as set up)", False),
        (TryCamera("0"), "number 0", False),
        (TryCamera("1"), "number 1", True),
        (TryCamera("2"), "number 2", False),
        (TryCamera(""), "no camera", False),
    ]
    assert window.opened == ["1"]


def test_a_long_address_does_not_shrink_the_names_beside_it() -> None:
    address = "rtsp://camera-of-the-north-gate.example.org/stream1"
    told = chosen_words(Chosen(address, address), Texts("en"))
    assert "rtsp://cam" in told
    assert "m1" in told
    assert max(map(len, told.split())) <= NAME_MAX + 1


def test_a_touch_shows_the_camera_and_keeps_nothing_until_it_is_confirmed() -> None:
    window = Window()
    window.cameras.act(TryCamera("1"))
    assert window.opened == [CONFIGURED, "1"]
    assert window.trial is not None
    assert (window.trial.name, window.trial.may_keep) == ("number 1", False)
    window.cameras.act(KeepCamera())
    assert not window.kept, "without a picture there is nothing to keep"
    window.gives_a_picture()
    window.wait(1)
    assert window.trial.may_keep
    window.cameras.act(KeepCamera())
    window.wait(2 * TRIAL_S)
    assert (window.kept, window.failed, window.opened) == (["1"], [], [CONFIGURED, "1"])
    assert window.current == "rows"


def test_a_camera_without_a_picture_gives_way_to_the_one_before_by_itself() -> None:
    window = Window()
    window.cameras.act(TryCamera("2"))
    assert window.camera_state is not None
    window.camera_state = replace(window.camera_state, condition=Condition.UNREADABLE)
    window.wait(NO_PICTURE_S - 1)
    assert not window.failed
    window.wait(2)
    assert (window.opened, window.kept) == ([CONFIGURED, "2", CONFIGURED], [])
    assert window.failed == ["Camera 2 cannot be read"]


@pytest.mark.parametrize("camera", ["1", ""])
def test_a_camera_that_nobody_keeps_gives_way_in_time_and_the_screen_counts_down(camera: str) -> None:
    window, said = Window(), set()
    window.cameras.act(TryCamera(camera))
    if camera:
        window.gives_a_picture()
    for _ in range(round(TRIAL_S) + 1):
        window.wait(1)
        assert window.trial is not None
        said.add(window.trial.left)
    assert len(said) > TRIAL_S - 3
    assert (window.opened[-1], window.kept, window.failed) == (
        CONFIGURED,
        [],
        ["Nobody kept the new one; the previous one reads again."],
    )


def test_whoever_turns_to_another_screen_has_not_kept_the_camera() -> None:
    window = Window(liked="0")
    window.cameras.act(TryCamera("1"))
    window.gives_a_picture()
    window.current = "verdict"
    window.wait(0.25)
    assert (window.opened, window.kept, window.current) == (["0", "1", "0"], [], "verdict")


def test_back_leads_to_the_list_and_the_camera_before() -> None:
    window = Window()
    window.cameras.act(TryCamera("1"))
    window.cameras.act(DropCamera())
    assert (window.opened, window.current, window.kept) == ([CONFIGURED, "1", CONFIGURED], "rows", [])


def test_a_code_before_a_camera_that_is_tried_is_only_read() -> None:
    window = Window()
    assert not window.cameras.takes(scan()), "a camera in use decides"
    window.cameras.act(TryCamera("1"))
    window.gives_a_picture()
    assert not window.cameras.takes(scan(Source.WEDGE)), "a scanner goes on deciding"
    window.wait(0.25)
    assert window.said_read == [False]
    assert window.cameras.takes(scan())
    assert window.cameras.takes(SameAgain("1" * 40, 0.0))
    assert not window.cameras.takes(Torn(0.0)), "what a scanner tore is told"
    window.wait(0.25)
    assert window.said_read == [False, True]
    window.cameras.act(KeepCamera())
    assert not window.cameras.takes(scan())


def test_the_camera_in_use_may_be_opened_anew() -> None:
    window = Window()
    window.cameras.act(TryCamera(None))
    assert window.opened == [CONFIGURED, CONFIGURED]
    window.gives_a_picture()
    window.cameras.act(KeepCamera())
    assert window.kept == [None]


@pytest.mark.parametrize(
    ("camera", "title", "keep"), [("1", "camera_try", "camera_keep"), ("", "camera_try_none", "camera_keep_none")]
)
def test_no_camera_is_asked_about_in_words_of_its_own(camera: str, title: str, keep: str) -> None:
    window, texts = Window(), Texts("en")
    window.cameras.act(TryCamera(camera))
    assert window.trial is not None
    assert (window.trial.title, window.trial.keep) == (texts(title), texts(keep))
