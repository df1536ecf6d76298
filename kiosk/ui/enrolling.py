"""Joining an event, without Kivy: an enrolment scanned or typed, the thumbprint compared, the station as the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from common.enrolment import Enrolment, EnrolmentFault, parse_enrolment, typed_enrolment
from kiosk.shown import EnrolmentOffer
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Deliver
from kiosk.ui.failures import failure_words
from kiosk.ui.ports import EnrolPort, StationPort
from kiosk.ui.worker import Worker

GROUP = 4  # a thumbprint is compared in groups of four characters


class EnrolView(Protocol):
    """The enrol screen. Every call comes on the screen's own thread."""

    def show_note(self, text: str, *, trouble: bool) -> None:
        """One line under the fields; a trouble can be tried again."""
        ...

    def show_offer(self, offer: EnrolmentOffer) -> None:
        """Event name and thumbprint, and the question whether it is the same."""
        ...

    def joined(self, station: StationPort) -> None:
        """Done: go on with this station."""
        ...


class Enrolling:
    """One attempt after the other until the kiosk has joined. Calls from the screen's thread, except `scanned`."""

    def __init__(self, port: EnrolPort, view: EnrolView, deliver: Deliver) -> None:
        self._port, self._view, self._deliver = port, view, deliver
        self._worker = Worker(self._failed)
        self._busy = False
        self.texts = Texts("en")

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def stop(self) -> None:
        """End the worker."""
        self._worker.stop()

    def scanned(self, text: str) -> None:
        """A code was held before the camera or came from a scanner; from any thread."""
        enrolment = parse_enrolment(text)
        self._deliver(lambda: self._begin(enrolment))

    def typed(self, address: str, code: str) -> None:
        """Address and code were typed."""
        self._begin(typed_enrolment(address, code))

    def accept(self, offer: EnrolmentOffer) -> None:
        """The person says the thumbprint is the same."""
        self._run("enrol_joining", lambda: self._join(offer))

    def _begin(self, enrolment: Enrolment | EnrolmentFault) -> None:
        if isinstance(enrolment, EnrolmentFault):
            self._view.show_note(self.texts(_TROUBLE.get(enrolment, "enrol_not")), trouble=True)
            return
        self._run("enrol_asking", lambda: self._ask(enrolment))

    def _run(self, note: str, job: Callable[[], None]) -> None:
        if self._busy:
            return
        self._busy = True
        self._view.show_note(self.texts(note), trouble=False)
        self._worker.submit(job)

    def _ask(self, enrolment: Enrolment) -> None:
        offer = self._port.enrol(enrolment)
        if offer.must_compare:
            self._deliver(lambda: self._offer(offer))
        else:
            self._join(offer)

    def _join(self, offer: EnrolmentOffer) -> None:
        station = self._port.accept(offer)
        self._deliver(lambda: self._view.joined(station))

    def _offer(self, offer: EnrolmentOffer) -> None:
        self._busy = False
        self._view.show_offer(offer)

    def _failed(self, failure: Exception) -> None:
        why = failure_words(failure, self.texts)
        self._deliver(lambda: self._tell(self.texts("enrol_failed", why=why)))

    def _tell(self, text: str) -> None:
        self._busy = False
        self._view.show_note(text, trouble=True)


_TROUBLE = {EnrolmentFault.BAD_ADDRESS: "enrol_bad_address", EnrolmentFault.BAD_CODE: "enrol_bad_code"}


def thumbprint_rows(thumbprint: bytes, groups_per_row: int = 8) -> tuple[str, ...]:
    """A thumbprint in rows of groups of four hexadecimal digits, as the admin page shows it."""
    digits = thumbprint.hex()
    groups = [digits[i : i + GROUP] for i in range(0, len(digits), GROUP)]
    return tuple(" ".join(groups[i : i + groups_per_row]) for i in range(0, len(groups), groups_per_row))
