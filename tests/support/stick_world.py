"""A real server, real kiosks without a network, and files on sticks that people carry between them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import ManualClock
from common.decision import Request, Verdict
from common.enrolment import Enrolment, parse_enrolment
from common.entries import Entry
from common.ids import DeviceId, PointNo, TicketId
from kiosk.front import Front, open_front
from kiosk.input.events import Scanned, Source
from kiosk.joining import Joining
from kiosk.root import Options
from kiosk.shown import Shown
from kiosk.store.folder import Folder
from kiosk.sync.errors import Retry
from kiosk.sync.transport import Part
from syncserver.services import statements
from syncserver.services.carry import Brought, Written
from syncserver.services.issue_passes import passes_of
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from tests.support.admin_world import Office, make_office
from tests.support.server_world import GATE

DAY_S = 86_400


class NoNetwork:
    """What a kiosk far from everything reaches."""

    def post(self, path: str, body: bytes) -> bytes:
        """Nobody."""
        raise Retry("no network here")

    def get(self, path: str, first: int) -> Part:
        """Nothing."""
        raise Retry("no network here")

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Nowhere."""
        raise Retry("no network here")


@dataclass
class LonelyKiosk:
    """A kiosk that never has a network."""

    folder: Folder
    front: Front

    @property
    def device(self) -> DeviceId:
        """Its id."""
        return self.front.kiosk.stores.journal.device

    def verdict(self, text: str) -> Verdict:
        """What a scan is answered."""
        shown = self.front.scan(Scanned(text, Source.CAMERA, 0.0), Request())
        assert isinstance(shown, Shown), shown
        assert isinstance(shown.verdict, Verdict), shown.verdict
        self.settle()
        return shown.verdict

    def settle(self) -> None:
        """Wait until what is written behind an answer, a refusal, is written."""
        journal = self.front.kiosk.stores.journal
        last = journal.last()
        if last is not None:
            journal.mark_shown(last.ref).result()

    def own(self) -> tuple[Entry, ...]:
        """All it wrote."""
        return self.front.kiosk.stores.journal.since(0)


@dataclass
class StickWorld:
    """The server's office, the kiosks, the time."""

    path: Path
    office: Office
    clock: ManualClock
    kiosks: list[LonelyKiosk] = field(default_factory=list)

    # --- the server -------------------------------------------------------------------------------

    def carry(self, stick: Path) -> Written:
        """`rallygate-server carry`."""
        with self.office.services.db.read() as tx:
            devices = device_store.all_devices(tx, self.office.event.id)
        in_force = [one for one in devices if not one.is_server and not one.is_revoked]
        return self.office.services.carry.write(stick, self.office.event, in_force)

    def take(self, stick: Path) -> Brought:
        """`rallygate-server take`."""
        return self.office.services.carry.take(stick, self.office.event)

    def tickets(self, count: int) -> list[tuple[TicketId, str]]:
        """Sold tickets with the text of their passes."""
        tickets = self.office.issue(count)
        services = self.office.services
        with services.db.read() as tx:
            found = passes_of(tx, services.keys, self.office.event.id, tickets)
        return [(TicketId(one.ticket), one.digits) for one in found]

    def block(self, ticket: TicketId) -> None:
        """The control room blocks a ticket."""
        services = self.office.services
        with services.db.write() as tx:
            desk = services.scribe.open(tx, self.office.event.id)
            statements.block(desk, secrets.token_bytes(8), ticket, "lost")

    def move(self, kiosk: LonelyKiosk, point: PointNo) -> None:
        """The control room puts a kiosk at another point."""
        services, event_id = self.office.services, self.office.event.id
        with services.db.write() as tx:
            known = device_store.by_id(tx, event_id, kiosk.device)
            assert known is not None
            desk = services.scribe.open(tx, event_id)
            statements.device(desk, secrets.token_bytes(8), kiosk.device, known.certificate, known.name, point)

    def revoke(self, kiosk: LonelyKiosk) -> None:
        """The control room withdraws a kiosk."""
        services = self.office.services
        with services.db.write() as tx:
            desk = services.scribe.open(tx, self.office.event.id)
            statements.revoke(desk, secrets.token_bytes(8), kiosk.device, "stolen")

    def held(self) -> list[bytes]:
        """Digests of what the server holds, as often as it does."""
        with self.office.services.db.read() as tx:
            return [one.digest for one in entry_store.after(tx, self.office.event.id, 0, 1_000_000)]

    # --- kiosks -----------------------------------------------------------------------------------

    def code(self, name: str, point: PointNo = GATE) -> Enrolment:
        """A code that lasts for a week, as one for a stick should."""
        made = self.office.services.enrol.make_code(self.office.event.id, name, point, 7 * 24 * 60)
        enrolment = parse_enrolment(made.text)
        assert isinstance(enrolment, Enrolment)
        return enrolment

    def joining(self, name: str) -> Joining:
        """The enrol screen of a new kiosk."""
        folder = Folder(self.path / name.replace(" ", "-"))
        return Joining(folder, name, Options(self.clock), lambda _address, _clock: NoNetwork())

    def join(self, name: str, stick: Path, point: PointNo = GATE) -> LonelyKiosk:
        """A kiosk that joins by a stick which goes to the server and comes back."""
        joining, enrolment = self.joining(name), self.code(name, point)
        assert joining.enrol_by_file(enrolment, stick) is None
        self.carry(stick)
        offer = joining.enrol_by_file(enrolment, stick)
        assert offer is not None
        joining.accept(offer).close()
        kiosk = LonelyKiosk(joining.folder, self.open(joining.folder))
        self.kiosks.append(kiosk)
        kiosk.front.carry(stick)
        return kiosk

    def open(self, folder: Folder) -> Front:
        """The kiosk of a folder, its sync not started."""
        return open_front(folder, Options(self.clock), lambda _address, _clock: NoNetwork())

    def close(self) -> None:
        """Close all."""
        for kiosk in self.kiosks:
            kiosk.front.close()
        self.office.services.db.close()


def make_stick_world(path: Path) -> StickWorld:
    """A server with an event, and no kiosk yet."""
    office = make_office(path / "server")
    clock = office.services.clock
    assert isinstance(clock, ManualClock)
    return StickWorld(path, office, clock)
