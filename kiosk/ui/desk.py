"""What the parts of a session share: the station and its worker, the screen, and how both stand. No Kivy."""

from __future__ import annotations

from collections.abc import Callable

from common.clock import Clock
from common.decide import OVERRIDABLE, SUPERVISING
from common.decision import Fault, FaultCode, Outcome, Verdict
from common.rules import PointKind
from kiosk.shown import DeviceShown, Shown, StatusShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Cue, Picture
from kiosk.ui.ports import StationPort
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from kiosk.ui.views import Selection, View
from kiosk.ui.worker import Worker

Deliver = Callable[[Callable[[], None]], None]


class Desk:
    """One per session. `submit`, `cue`, `take_status` and `failed` may be called from any thread."""

    def __init__(self, station: StationPort, view: View, deliver: Deliver, clock: Clock, language: str) -> None:
        self.station, self.view, self.deliver, self.clock = station, view, deliver, clock
        self.worker = Worker(self.failed)
        self.selection = Selection(language=language)
        self.status: StatusShown | None = None
        self.shown: Shown | None = None  # what was answered last, while it is on the screen
        self.picture: Picture | None = None  # what forms and keypads go back to
        self.status_came: Callable[[], None] = lambda: None
        self._served: Picture | None = None

    @property
    def texts(self) -> Texts:
        """The words of the language in use."""
        return Texts(self.selection.language)

    @property
    def device(self) -> DeviceShown | None:
        """The kiosk itself, and who is at it; None before the first status."""
        return self.status.device if self.status else None

    def setting(self) -> Setting:
        """Where and when something is shown, in the language in use."""
        status, now_ms = self.status, self.clock.now_ms()
        if status is None:
            return Setting(self.texts, "UTC", now_ms)
        kind = status.point.kind if status.point else PointKind.GATE
        unattended = status.point is not None and status.point.unattended
        roles, list_ms = status.device.roles, status.sync.snapshot_built_ms
        return Setting(self.texts, status.zone, status.now_ms, kind, unattended, roles, list_ms=list_ms)

    def submit(self, job: Callable[[], None]) -> None:
        """Do this in the worker; where too much waits already, say so."""
        if not self.worker.submit(job):
            self.cue("busy")

    def submit_once(self, job: Callable[[], None]) -> None:
        """The same, once for what is on the screen: a touch may land twice before its answer takes the place of it."""
        if self.picture is not None and self.picture is self._served:
            return
        if self.worker.submit(job):
            self._served = self.picture
        else:
            self.cue("busy")

    @property
    def is_asking(self) -> bool:
        """Whether a guest waits for an answer of whoever is here."""
        shown = self.shown
        asks = shown is not None and isinstance(shown.verdict, Verdict) and shown.verdict.outcome is Outcome.ASK
        return asks and shown is not None and not shown.info

    @property
    def is_done(self) -> bool:
        """Whether what is shown was decided and written, whatever is still to be noted of it."""
        verdict = None if self.shown is None else self.shown.verdict
        return isinstance(verdict, Verdict) and verdict.outcome is Outcome.ADMIT

    def may_be_answered_by(self, roles: tuple[str, ...]) -> bool:
        """Whether a guest was refused for what somebody with these roles may answer for."""
        verdict = None if self.shown is None or self.shown.info else self.shown.verdict
        refused = isinstance(verdict, Verdict) and verdict.outcome is Outcome.REFUSE and verdict.reason in OVERRIDABLE
        return refused and not self.setting().unattended and not SUPERVISING.isdisjoint(roles)

    def serve_again(self) -> None:
        """Nothing came of it, and what was touched may still be on the screen."""
        self._served = None

    def cue(self, key: str, about: Cue = Cue.NEWS, **values: str) -> None:
        """A neutral line; what is on the screen stays."""
        self.deliver(lambda: self.view.show_cue(self.texts(key, **values), about))

    def take_status(self) -> None:
        """From the worker: how the kiosk stands now."""
        status = self.station.status()
        self.deliver(lambda: self.have_status(status))

    def have_status(self, status: StatusShown) -> None:
        """On the screen's thread: this is how it stands."""
        self.status = status
        self.status_came()
        self.view.refresh()

    def clear(self) -> None:
        """Nothing of the last guest is looked at any more."""
        self.shown = self.picture = None

    def failed(self, failure: Exception) -> None:
        """Something of the kiosk itself went wrong: a fault, never a bad ticket."""
        fault = Fault(FaultCode.INTERNAL, f"{type(failure).__name__}: {failure}"[:200])
        picture = present(Shown(fault), self.setting())
        self.deliver(lambda: self._show_failed(picture))

    def _show_failed(self, picture: Picture) -> None:
        self.serve_again()
        self.view.show_picture(picture)
