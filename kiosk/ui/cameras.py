"""Another camera for this kiosk: chosen from a list, looked through, and kept only when somebody says so. No Kivy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from common.clock import Clock
from kiosk.config import without_credentials
from kiosk.input.camera import CameraState, Condition
from kiosk.input.events import InputEvent, Scanned, Source, Torn
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import DropCamera, KeepCamera, OpenCameras, OpenSettings, TryCamera
from kiosk.ui.rows import Row, Rows, brief
from kiosk.ui.status_words import camera_message

NUMBERS: Final = ("0", "1", "2")
TRIAL_S: Final = 30.0
NO_PICTURE_S: Final = 10.0  # longer than a network camera may take to open


@dataclass(frozen=True, slots=True)
class TrialShown:
    """What the screen says of the camera that is tried."""

    title: str
    name: str
    hint: str
    read: str  # whether a code was read through it
    is_read: bool
    left: str
    keep: str  # on the button that keeps it
    may_keep: bool


class Through(Protocol):
    """What cameras are read through: the readers."""

    camera_state: CameraState | None

    def open_camera(self, camera: str) -> None:
        """Read from this one."""
        ...

    def close_camera(self) -> None:
        """Read from none."""
        ...


class TrialView(Protocol):
    """The screen as the choice of a camera sees it."""

    @property
    def current(self) -> str:
        """The name of the screen that is shown."""
        ...

    @property
    def language(self) -> str:
        """In which it speaks."""
        ...

    def show_rows(self, rows: Rows) -> None:
        """A list to touch."""
        ...

    def show_trial(self, trial: TrialShown) -> None:
        """The picture of the camera that is tried."""
        ...

    def show_camera(self, state: CameraState | None) -> None:
        """How the camera stands."""
        ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which camera is in use: as set up at the start, and what a supervisor chose since, as `Liking.camera` says."""

    configured: str | None
    liked: str | None

    @property
    def source(self) -> str | None:
        """What is read; None: no camera."""
        return source_of(self.liked, self.configured)


@dataclass(slots=True)
class _Trial:
    camera: str | None  # as `Liking.camera`
    source: str | None
    until_s: float
    seen_s: float  # when it last gave a picture
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What becomes of a choice: kept for good, back to the settings, or not changed for this reason."""

    keep: Callable[[str | None], None]
    settle: Callable[[], None]
    fail: Callable[[str], None]


class Cameras:
    """Belongs to the window; called on the screen's thread, `takes` from any."""

    def __init__(self, through: Through, view: TrialView, clock: Clock, chosen: Chosen, outcomes: Outcomes) -> None:
        self._through, self._view, self._clock, self._chosen, self._outcomes = through, view, clock, chosen, outcomes
        self._trial: _Trial | None = None

    def open(self) -> None:
        """Read from the camera that is in use, or from none."""
        source = self._chosen.source if self._trial is None else self._trial.source
        self._through.close_camera()
        if source is None:
            self._view.show_camera(None)
        else:
            self._through.open_camera(source)

    def act(self, action: OpenCameras | TryCamera | KeepCamera | DropCamera) -> None:
        """A row or a button was touched."""
        match action:
            case OpenCameras():
                self._view.show_rows(camera_rows(self._chosen, Texts(self._view.language)))
            case TryCamera(camera):
                self._try(camera)
            case KeepCamera():
                self._keep()
            case DropCamera():
                self._go_back()
                self.act(OpenCameras())

    def takes(self, event: InputEvent) -> bool:
        """Whether a code was held before a camera that is only tried: it is read, and decided by nobody."""
        trial = self._trial
        is_scanners = isinstance(event, Torn) or (isinstance(event, Scanned) and event.source is not Source.CAMERA)
        if trial is None or is_scanners:
            return False
        trial.is_read = True
        return True

    def tick(self) -> None:
        """Often: what the tried camera shows, and the end of its time. Whoever turned away from it has not kept it."""
        trial, now_s = self._trial, self._clock.monotonic_s()
        if trial is None:
            return
        texts = Texts(self._view.language)
        if _works(self._through.camera_state) or trial.source is None:
            trial.seen_s = now_s
        if self._view.current != "camera":
            self._go_back()
        elif now_s - trial.seen_s >= NO_PICTURE_S:
            said = camera_message(self._through.camera_state, texts).split("\n")[0]
            self._go_back()
            self._outcomes.fail(said)
        elif now_s >= trial.until_s:
            self._go_back()
            self._outcomes.fail(texts("camera_not_kept"))
        else:
            self._show(trial, now_s)

    def _try(self, camera: str | None) -> None:
        source, now_s = source_of(camera, self._chosen.configured), self._clock.monotonic_s()
        self._trial = _Trial(camera, source, now_s + TRIAL_S, now_s)
        self.open()
        self._show(self._trial, now_s)

    def _show(self, trial: _Trial, now_s: float) -> None:
        texts, works = Texts(self._view.language), _works(self._through.camera_state)
        has_camera = trial.source is not None
        self._view.show_trial(
            TrialShown(
                texts("camera_try" if has_camera else "camera_try_none"),
                camera_name(trial.source, texts),
                texts("camera_try_what" if has_camera else "camera_try_off"),
                texts("camera_try_read" if trial.is_read else "camera_try_unread") if has_camera else "",
                trial.is_read,
                texts("camera_try_left", n=max(1, round(trial.until_s - now_s))),
                texts("camera_keep" if has_camera else "camera_keep_none"),
                works or not has_camera,
            )
        )

    def _keep(self) -> None:
        trial = self._trial
        if trial is None or (trial.source is not None and not _works(self._through.camera_state)):
            return
        self._trial, self._chosen = None, Chosen(self._chosen.configured, trial.camera)
        self._outcomes.keep(trial.camera)
        self._outcomes.settle()

    def _go_back(self) -> None:
        if self._trial is not None:
            self._trial = None
            self.open()


def source_of(liked: str | None, configured: str | None) -> str | None:
    """The camera that a choice stands for: as set up for None, none at all for ""."""
    return configured if liked is None else liked or None


def camera_name(source: str | None, texts: Texts) -> str:
    """Which camera, for people; an address without its password."""
    if source is None:
        return texts("setting_no_camera")
    return texts("setting_camera_no", n=source) if source.isdigit() else without_credentials(source)


def chosen_words(chosen: Chosen, texts: Texts) -> str:
    """The camera in use, and whether it is the one set up at the start."""
    name = brief(camera_name(chosen.source, texts))
    return texts("setting_as_set_up", value=name) if chosen.source == chosen.configured else name


def camera_rows(chosen: Chosen, texts: Texts) -> Rows:
    """Every camera there is to choose, the one in use marked; the one set up at the start comes first."""
    configured = chosen.configured
    others = (*(number for number in NUMBERS if number != configured), *(("",) if configured is not None else ()))
    found = (Chosen(configured, camera) for camera in (None, *others))
    rows = (Row(TryCamera(one.liked), chosen_words(one, texts), chosen=one.source == chosen.source) for one in found)
    return Rows(texts("camera_choose"), tuple(rows), are_short=True, back=OpenSettings())


def _works(state: CameraState | None) -> bool:
    return state is not None and state.condition is Condition.OPEN
