"""The screen's side of practice: who may begin, the samples to touch, and nothing of it left behind. No Kivy."""

from __future__ import annotations

from collections.abc import Callable

from common.decide import SUPERVISING
from kiosk.input.events import Scanned, Source
from kiosk.practice.samples import Sample, text_of
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Desk
from kiosk.ui.people import People, Wanted
from kiosk.ui.picture import Practise, ShowSample, ShowSamples
from kiosk.ui.rows import Row, Rows
from kiosk.ui.settings import may_change
from kiosk.ui.views import BadgeAsked


def sample_rows(texts: Texts) -> Rows:
    """One row for each sample pass."""
    rows = tuple(Row(ShowSample(one), texts(f"sample_{one}"), texts(f"sample_{one}_what")) for one in Sample)
    return Rows(texts("practice_samples"), rows, are_short=True)


class Practising:
    """Belongs to one session; called on the screen's thread. `clear` drops what the session remembers of scans."""

    def __init__(self, desk: Desk, people: People, scan: Callable[[Scanned], None], clear: Callable[[], None]) -> None:
        self._desk, self._people, self._scan, self._clear = desk, people, scan, clear
        self.is_on = False

    def act(self, action: Practise | ShowSamples | ShowSample) -> None:
        """A button of practice was touched."""
        match action:
            case Practise(on=True):
                self._people.want(Wanted(BadgeAsked.TO_PRACTISE, self._begin, SUPERVISING, self._go_back))
            case Practise():
                self._desk.submit(lambda: self._turn(on=False))
            case ShowSample(sample):
                self._scan(Scanned(text_of(sample), Source.CAMERA, self._desk.clock.monotonic_s()))
            case _:
                self._desk.view.show_rows(sample_rows(self._desk.texts))

    def status_came(self) -> None:
        """Begun or ended since the last status, by a touch or because nobody practised any more."""
        is_now = self._desk.status is not None and self._desk.status.practice
        if is_now is not self.is_on:
            self.is_on = is_now
            self._clear()

    def _begin(self) -> None:
        if may_change(self._desk.device):
            self._people.want_nothing()
            self._desk.submit(lambda: self._turn(on=True))
        else:
            self._desk.view.show_operator(BadgeAsked.TO_PRACTISE)

    def _go_back(self) -> None:
        """To where practice was asked for: who is at the kiosk, or the settings beside it."""
        self._desk.view.show_operator(BadgeAsked.NOT)

    def _turn(self, *, on: bool) -> None:
        """From the worker."""
        self._desk.station.practise(on=on)
        self._desk.take_status()
        if on:
            self._desk.deliver(lambda: self.act(ShowSamples()))
