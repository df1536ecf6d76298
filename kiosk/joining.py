"""Joining an event: asks the server, by network or by a carry file, and opens the kiosk that a person accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from common.enrolment import Enrolment
from common.errors import require
from kiosk.front import Front, MakeTransport, open_front
from kiosk.not_done import NotDone, Why
from kiosk.root import Options
from kiosk.shown import EnrolmentOffer
from kiosk.store.enrolled import device_key, read_enrolled, write_enrolled
from kiosk.store.folder import Folder
from kiosk.sync.joining import Joined, join
from kiosk.sync.joining_by_file import answer_in, ask_in
from kiosk.sync.transport import HttpTransport


@dataclass
class Joining:
    """Serves the enrol screen: asks the server, keeps what a person accepts, opens the station."""

    folder: Folder
    name: str
    options: Options = field(default_factory=Options)
    make_transport: MakeTransport = HttpTransport
    opened: list[Front] = field(default_factory=list)
    _offered: dict[bytes, Joined] = field(default_factory=dict)

    def enrol(self, enrolment: Enrolment) -> EnrolmentOffer:
        """Ask the server. Raises UserFacing with what to do if it cannot be reached or refuses."""
        self.folder.make()
        transport = self.make_transport(enrolment.address, self.options.clock)
        return self._offer(join(enrolment, device_key(self.folder), self.name, transport))

    def enrol_by_file(self, enrolment: Enrolment, path: Path) -> EnrolmentOffer | None:
        """The answer a carry file brings; None: the question was put into it, for the server to answer there.

        Raises BadInput, StoreTrouble, SyncError.
        """
        self.folder.make()
        key = device_key(self.folder)
        joined = answer_in(path, self.folder, enrolment, key)
        if joined is None:
            ask_in(path, self.folder, enrolment, key, self.name)
            return None
        return self._offer(joined)

    def _offer(self, joined: Joined) -> EnrolmentOffer:
        kept = read_enrolled(self.folder)
        if kept is not None and kept.event != joined.enrolled.event:
            raise NotDone(
                f"{self.folder.path} belongs to the event {kept.event_name}; choose another folder for another event",
                Why.OTHER_EVENT,
            )
        self._offered[joined.thumbprint] = joined
        event, name = joined.enrolled.event_name, joined.name
        return EnrolmentOffer({"en": event}, name, joined.thumbprint, joined.must_compare)

    def accept(self, offer: EnrolmentOffer) -> Front:
        """Keep what was offered, take the snapshot, and return the open kiosk with its sync started."""
        joined = self._offered.get(offer.thumbprint)
        require(joined is not None, "an offer is accepted that was never made")
        if joined is not None:
            write_enrolled(self.folder, joined.enrolled)
        front = open_front(self.folder, self.options, self.make_transport)
        front.sync.step()
        front.sync.run_errands()
        front.start()
        self.opened.append(front)
        return front
