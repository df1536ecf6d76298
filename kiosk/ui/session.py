"""What the scan screens do, without Kivy: input and touches in, pictures out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from common.clock import Clock
from common.decision import Direction, Fault, FaultCode, Request
from common.ids import Ref
from common.rules import PointKind
from common.ticket_code import CodeFault, parse_code
from kiosk.input.events import InputEvent, SameAgain, Scanned, Source, TwoCodes
from kiosk.shown import Answer, Shown, StatusShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Action, Choose, Confirm, Override, Picture, Undo
from kiosk.ui.ports import StationPort
from kiosk.ui.presenter import Setting, present
from kiosk.ui.worker import Worker

QUANTITY_MAX = 99
SCREEN_KEPT_FREE_S = 0.3  # no camera picture is drawn while an answer is this near

Deliver = Callable[[Callable[[], None]], None]


class View(Protocol):
    """The screen as the session sees it. Every call comes through `deliver`, so on the screen's own thread."""

    def show_picture(self, picture: Picture) -> None:
        """Fill the screen with a verdict, a fault or a note; replaces one that is there."""
        ...

    def show_scanning(self) -> None:
        """Back to the camera."""
        ...

    def show_cue(self, text: str) -> None:
        """A neutral line and a soft sound; what is on the screen stays."""
        ...

    def refresh(self) -> None:
        """Status, selection or language have changed."""
        ...


@dataclass(frozen=True, slots=True)
class Selection:
    """What the hostess has set on the scan screen."""

    direction: Direction = Direction.IN
    quantity: int = 1
    language: str = "en"


class Session:
    """One per station. `on_input` may be called from any thread, the rest from the screen's."""

    def __init__(self, station: StationPort, view: View, deliver: Deliver, clock: Clock, language: str) -> None:
        self._station, self._view, self._deliver = station, view, deliver
        self._clock = clock
        self._worker = Worker(self.failed)
        self._request = Request()
        self._forget: Callable[[], None] = lambda: None
        self._asked_s: float | None = None
        self._unseen: deque[tuple[Picture, Ref | None]] = deque()
        self.selection = Selection(language=language)
        self.status: StatusShown | None = None
        self.last_entry: Ref | None = None

    @property
    def is_deciding(self) -> bool:
        """Whether an answer is about to come, so that the screen had better be free to draw it."""
        return self._asked_s is not None and self._clock.monotonic_s() - self._asked_s < SCREEN_KEPT_FREE_S

    @property
    def texts(self) -> Texts:
        """The words of the language in use."""
        return Texts(self.selection.language)

    def start(self, forget: Callable[[], None]) -> None:
        """Begin; answers nobody saw before a crash come first. `forget` lets the camera take the same code again."""
        self._forget = forget
        self._worker.start()
        self.ask_status()
        self._worker.submit(self._take_unseen)

    def stop(self) -> None:
        """Finish what was begun and end the worker."""
        self._worker.stop()

    def on_input(self, event: InputEvent) -> None:
        """A scan, or a cue about one."""
        match event:
            case Scanned():
                self._ask(lambda request: self._station.scan(event, request))
            case SameAgain():
                self._cue("same_again")
            case TwoCodes():
                self._cue("two_codes")

    def type_code(self, text: str) -> bool:
        """A ticket code typed by hand; False, and nothing done, if its check character says it is mistyped."""
        if isinstance(parse_code(text), CodeFault):
            return False
        self.on_input(Scanned(text, Source.TYPED, self._clock.monotonic_s()))
        return True

    def act(self, action: Action) -> None:
        """A button of a picture was touched."""
        match action:
            case Choose(product):
                self._again(replace(self._request, product=product))
            case Confirm():
                self._again(replace(self._request, confirmed=True))
            case Override(reason):
                self._again(replace(self._request, override=reason, override_why=str(reason)))
            case Undo(entry):
                self.undo(entry)
            case _:
                self.go_on()

    def go_on(self) -> None:
        """Back to the camera, or to the next answer nobody saw before a crash."""
        if self._unseen:
            self._show(*self._unseen.popleft())
        else:
            self._view.show_scanning()

    def undo(self, entry: Ref) -> None:
        """Take an entry back."""
        self.last_entry = None
        self._submit(lambda: self._answered(self._station.undo(entry)))

    def turn(self, direction: Direction) -> None:
        """Let in or let out from now on."""
        self._select(replace(self.selection, direction=direction))

    def count(self, change: int) -> None:
        """More or fewer of the next item; 1 to 99."""
        quantity = min(QUANTITY_MAX, max(1, self.selection.quantity + change))
        self._select(replace(self.selection, quantity=quantity))

    def speak(self, language: str) -> None:
        """Another language, at once."""
        self.selection = replace(self.selection, language=language)
        self._view.refresh()

    def ask_status(self) -> None:
        """Fetch the status; the view is refreshed when it has come."""
        self._worker.submit(self._take_status)

    def exchange_now(self) -> None:
        """Send and fetch at once."""
        self._submit(self._station.exchange_now)

    def was_seen(self, entry: Ref) -> None:
        """The picture of this entry has been on the screen."""
        self._worker.submit(lambda: self._station.was_shown(entry))

    def failed(self, failure: Exception) -> None:
        """Something of the kiosk itself went wrong: a fault, never a bad ticket. From any thread."""
        fault = Fault(FaultCode.INTERNAL, f"{type(failure).__name__}: {failure}"[:200])
        picture = present(Shown(fault), self._setting())
        self._deliver(lambda: self._view.show_picture(picture))

    def _select(self, selection: Selection) -> None:
        self.selection = selection
        self._forget()
        self._view.refresh()

    def _ask(self, decide: Callable[[Request], Answer]) -> None:
        chosen = self.selection
        self._request = Request(direction=chosen.direction, quantity=chosen.quantity)
        self._asked_s = self._clock.monotonic_s()
        request = self._request
        self._submit(lambda: self._answered(decide(request)))

    def _again(self, request: Request) -> None:
        self._request = request
        self._submit(lambda: self._answered(self._station.again(request)))

    def _submit(self, job: Callable[[], None]) -> None:
        if not self._worker.submit(job):
            self._cue("busy")

    def _answered(self, answer: Answer) -> None:
        picture = present(answer, self._setting())
        entry = answer.entry if isinstance(answer, Shown) else None
        self._deliver(lambda: self._show(picture, entry))

    def _take_unseen(self) -> None:
        unseen = [(present(shown, self._setting()), shown.entry) for shown in self._station.not_shown_yet()]
        self._deliver(lambda: self._begin_with(unseen))

    def _begin_with(self, unseen: list[tuple[Picture, Ref | None]]) -> None:
        self._unseen.extend(unseen)
        if unseen:
            self.go_on()

    def _show(self, picture: Picture, entry: Ref | None) -> None:
        if entry is not None:
            self.last_entry = entry
            self.selection = replace(self.selection, quantity=1)
        self._asked_s = None
        self._view.show_picture(picture)
        if entry is not None:
            self._deliver(lambda: self.was_seen(entry))
        self._deliver(self.ask_status)  # in the frame after: the answer is drawn before anything else is computed

    def _take_status(self) -> None:
        status = self._station.status()
        self._deliver(lambda: self._have_status(status))

    def _have_status(self, status: StatusShown) -> None:
        self.status = status
        self._view.refresh()

    def _cue(self, key: str) -> None:
        self._deliver(lambda: self._view.show_cue(self.texts(key)))

    def _setting(self) -> Setting:
        status, now_ms = self.status, self._clock.now_ms()
        if status is None:
            return Setting(self.texts, "UTC", now_ms)
        kind = status.point.kind if status.point else PointKind.GATE
        unattended = status.point is not None and status.point.unattended
        return Setting(self.texts, status.zone, status.now_ms, kind, unattended)
