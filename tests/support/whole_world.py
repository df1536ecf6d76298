"""The real server and real kiosks in one process: they speak the real protocol, without a network between them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from common.badges import Role
from common.clock import Clock, ManualClock
from common.decision import Reason, Request, Verdict
from common.enrolment import parse_enrolment
from common.ids import PointNo, ProductNo, TicketId
from kiosk.front import Front, open_front
from kiosk.input.events import Scanned, Source
from kiosk.joining import Joining
from kiosk.root import Options
from kiosk.shown import OperatorTaken, Shown
from kiosk.store.folder import Folder
from kiosk.sync.errors import Refused, Retry
from kiosk.sync.transport import Part
from syncserver.app import Services, create_app, make_services
from syncserver.config import config_for
from syncserver.db.tables_shop import holders, order_positions, orders
from syncserver.jobs.statement_args import SCRIBE_QUEUE, TicketWanted
from syncserver.jobs.worker import Worker
from syncserver.services import statements
from syncserver.services.badges import IssuedBadge
from syncserver.services.event_file.model import Loaded
from syncserver.services.import_event import import_event
from syncserver.services.issue_passes import PassText, passes_of
from syncserver.services.keys import publish_key_list
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.snapshot_jobs import snapshot_handlers
from syncserver.services.snapshot_queue import SNAPSHOT_QUEUE
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow
from tests.support.kept_schema import put_schema
from tests.support.server_world import FOUR_DAYS, GATE, NOW_MS
from tests.support.small_event import small_event

PIN = "271828"


@dataclass(frozen=True, slots=True)
class Guest:
    """A holder as an order names them. `mail` and the order stay on the server."""

    name: str
    plate: str = ""
    mail: str = "nobody@example.org"


def event_that_searches(**replaced: str) -> Loaded:
    """The small event, with other texts in its file replaced too; at its gate people can be looked up."""
    return small_event(**{"lets_out = true": "lets_out = true\nfinds_people = true"}, **replaced)


@dataclass
class AppTransport:
    """Hands messages to the server's application as the network would."""

    client: FlaskClient
    is_down: bool = False

    def post(self, path: str, body: bytes) -> bytes:
        """The answer to a message."""
        self._check()
        reply = self.client.post(path, data=body, content_type="application/cose")
        if reply.status_code != 200:
            raise Refused(f"{reply.status_code}: {reply.text[:300]}")
        return bytes(reply.data)

    def get(self, path: str, first: int) -> Part:
        """A file from a byte on."""
        self._check()
        with self.client.get(path) as reply:
            if reply.status_code != 200:
                raise Refused(f"{reply.status_code}")
            return Part(first, iter([reply.data[first:]]))

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Upload a file."""
        self._check()
        reply = self.client.put(path, data=body, headers=dict(headers))
        assert reply.status_code == 204, reply.text

    def _check(self) -> None:
        if self.is_down:
            raise Retry("the network is down")


class Gate:
    """A kiosk that has joined, driven step by step."""

    def __init__(self, world: WholeWorld, folder: Folder, front: Front, transport: AppTransport) -> None:
        self.world, self.folder, self.front, self.transport = world, folder, front, transport

    def settle(self, rounds: int = 30) -> None:
        """Exchange and fetch until nothing is under way any more."""
        self.front.sync.exchange_now()
        for _ in range(rounds):
            self.front.sync.step()
            self.front.sync.run_errands()
            self.world.advance(1.5)

    def idle(self) -> None:
        """Long enough that a newer snapshot is taken."""
        self.world.advance(400)
        self.settle()

    def scan(self, text: str, request: Request | None = None) -> Shown | OperatorTaken:
        """Hold something before the camera."""
        answer = self.front.scan(Scanned(text, Source.CAMERA, 0.0), request or Request())
        assert isinstance(answer, Shown | OperatorTaken), answer
        return answer

    def verdict(self, text: str, request: Request | None = None) -> Verdict:
        """What a scan is answered."""
        shown = self.scan(text, request)
        assert isinstance(shown, Shown)
        assert isinstance(shown.verdict, Verdict), shown.verdict
        return shown.verdict

    def reason(self, text: str) -> Reason:
        """Why."""
        return self.verdict(text).reason

    def sign_on(self, badge: IssuedBadge, pin: str = PIN) -> None:
        """Badge and PIN."""
        assert isinstance(self.scan(badge.digits), OperatorTaken)
        taken = self.front.enter_pin(pin)
        assert isinstance(taken, OperatorTaken), taken

    def restart(self) -> None:
        """As after a power cut that lost nothing."""
        self.front.close()
        self.front = self.world.open(self.folder, self.transport)


@dataclass
class WholeWorld:
    """Server, clock and gates. `tick()` does what the background loops do."""

    path: Path
    services: Services
    event: EventRow
    app: Flask
    clock: Clock
    gates: list[Gate] = field(default_factory=list)
    orders: int = 0

    # --- the server -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Workers, projector, proofs."""
        services = self.services
        services.projector.catch_up(self.event.id)
        while services.housekeeping._errands.proofs.step(self.event.id):
            pass

    def build(self) -> None:
        """A snapshot of now."""
        self.services.snapshots.build(self.event.id)

    def work(self) -> None:
        """Carry out the jobs that wait: statements, snapshots asked for."""
        s = self.services
        handlers = {**scribe_handlers(s.scribe), **snapshot_handlers(s.snapshots)}
        worker = Worker(s.db, s.clock, (SCRIBE_QUEUE, SNAPSHOT_QUEUE), handlers)
        worker.run_all()

    def issue(
        self, *guests: Guest, items: tuple[tuple[int, int], ...] = (), product: ProductNo = FOUR_DAYS
    ) -> list[PassText]:
        """Paid orders, one each, and their passes."""
        wanted = [TicketWanted(secrets.token_bytes(8), product, items) for _ in guests]
        with self.services.db.write() as tx:
            statements.issue(self.services.scribe.open(tx, self.event.id), secrets.token_bytes(8), wanted)
            for guest, one in zip(guests, wanted, strict=True):
                self.orders += 1
                rows = self._order(guest, one.ticket, product)
                for table, row in zip((orders, order_positions, holders), rows, strict=True):
                    tx.execute(table.insert().values(row))
        with self.services.db.read() as tx:
            return passes_of(tx, self.services.keys, self.event.id, [one.ticket for one in wanted])

    def order_code(self, number: int) -> str:
        """What the buyer of the nth order reads out."""
        return f"K{number:05d}"

    def _order(self, guest: Guest, ticket: bytes, product: ProductNo) -> tuple[dict[str, object], ...]:
        at_ms, number, event_id = self.event.created_ms, self.orders, self.event.id
        order: dict[str, object] = {
            "id": number, "event_id": event_id, "uid": secrets.token_bytes(16), "code": self.order_code(number),
            "link_hash": secrets.token_bytes(32), "form_key": f"form-{number}", "language": "cs", "name": guest.name,
            "mail": guest.mail, "currency": "CZK", "total_minor": 62_500, "channel": "web",
            "placed_ms": at_ms, "pay_until_ms": at_ms, "fulfilled_ms": at_ms,
        }  # fmt: skip
        position: dict[str, object] = {
            "event_id": event_id, "order_id": number, "place": 1, "product_no": product, "quantity": 1,
            "pieces": 1, "is_ticket": True, "ticket": ticket, "price_minor": 62_500, "currency": "CZK",
            "vat_rate_bp": 1200, "channel": "web",
        }  # fmt: skip
        holder: dict[str, object] = {
            "event_id": event_id, "ticket": ticket, "order_id": number, "name": guest.name, "plate": guest.plate,
            "language": "cs",
        }  # fmt: skip
        return order, position, holder

    def badge(self, name: str = "Jana", roles: tuple[Role, ...] = (Role.SUPERVISOR,), pin: str = PIN) -> IssuedBadge:
        """A staff badge."""
        return self.services.badges.issue(self.event.id, name, roles, pin)

    def block_ticket(self, ticket: TicketId) -> None:
        """The control room blocks a ticket."""
        with self.services.db.write() as tx:
            statements.block(self.services.scribe.open(tx, self.event.id), secrets.token_bytes(8), ticket, "lost")

    # --- kiosks -----------------------------------------------------------------------------------

    def gate(self, point: PointNo = GATE, name: str | None = None) -> Gate:
        """A new kiosk, joined, with the newest snapshot."""
        name = name or f"Gate {len(self.gates)}"
        code = self.services.enrol.make_code(self.event.id, name, point, 30)
        folder = Folder(self.path / f"kiosk{len(self.gates)}")
        transport = AppTransport(self.app.test_client())
        joining = Joining(folder, name, Options(self.clock), lambda _address, _clock: transport)
        enrolment = parse_enrolment(code.text)
        offer = joining.enrol(enrolment)  # type: ignore[arg-type]
        joining.accept(offer).close()
        gate = Gate(self, folder, self.open(folder, transport), transport)
        self.gates.append(gate)
        gate.settle()
        return gate

    def open(self, folder: Folder, transport: AppTransport) -> Front:
        """The kiosk of a folder, its sync not started."""
        return open_front(folder, Options(self.clock), lambda _address, _clock: transport)

    def advance(self, seconds: float) -> None:
        """Time passes, where it is ours to move."""
        if isinstance(self.clock, ManualClock):
            self.clock.advance(seconds)

    def close(self) -> None:
        """Close every kiosk and the database."""
        for gate in self.gates:
            gate.front.close()
        self.services.db.close()


def make_whole_world(
    path: Path, loaded: Loaded | None = None, clock: Clock | None = None, **settings: object
) -> WholeWorld:
    """A server of its own in a folder, with an event where people can be looked up, and no kiosk yet."""
    clock = clock or ManualClock(NOW_MS)
    config = config_for(path / "server", **settings)
    config.keys.mkdir(parents=True, exist_ok=True)
    config.session_secret.touch(mode=0o600)
    config.session_secret.write_bytes(b"TEST ONLY secret of sessions, 40 bytes..")
    services = make_services(config, clock)
    put_schema(services.db)
    done = import_event(services.db, clock, loaded or event_that_searches())
    services.keys.create(done.uid)
    with services.db.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        assert event is not None
        publish_key_list(tx, clock, services.keys, event)
    return WholeWorld(path, services, event, create_app(config, services, testing=True), clock)
