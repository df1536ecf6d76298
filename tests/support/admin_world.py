"""A whole server with a small event, accounts of every role, and browsers signed in to its admin."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common.certificates import issue_certificate
from common.clock import ManualClock
from common.entries import Entry
from common.ids import PointNo, TicketId
from syncserver.app import Services, create_app, make_services
from syncserver.config import config_for
from syncserver.jobs.statement_args import TicketWanted
from syncserver.services import statements
from syncserver.services.event_file.model import Loaded
from syncserver.services.import_event import import_event
from syncserver.services.keys import publish_key_list
from syncserver.services.rights import Role
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow
from tests.support.kept_schema import put_schema
from tests.support.server_world import FOUR_DAYS, GATE, NOW_MS, Pen, Server
from tests.support.small_event import small_event

FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
PASSWORD = "the horse of a hostess"


def form_token(reply: TestResponse) -> str:
    """The token of a page's forms."""
    found = FORM_TOKEN.search(reply.text)
    assert found is not None, reply.text
    return found[1]


@dataclass
class Office:
    """The server, its one event, and who is signed in."""

    services: Services
    event: EventRow
    app: Flask
    clients: dict[Role, FlaskClient] = field(default_factory=dict)

    @property
    def clock(self) -> ManualClock:
        clock = self.services.clock
        assert isinstance(clock, ManualClock)
        return clock

    @property
    def world(self) -> Server:
        """The same server, for pens to write to."""
        s = self.services
        return Server(s.db, self.clock, s.keys, s.scribe, s.projector, self.event)

    def at(self, path: str) -> str:
        """The address of a page of the event."""
        return f"/admin/{self.event.key}/{path}"

    def account(self, login: str, roles: Iterable[Role], password: str | None = PASSWORD) -> str:
        """A new account; its password."""
        return self.services.admin.staff.create(login, login.title(), self.event.id, roles, password)

    def sign_in(self, login: str, password: str = PASSWORD) -> FlaskClient:
        """A browser that has signed in."""
        client = self.app.test_client()
        token = form_token(client.get("/admin/login"))
        form = {"login": login, "password": password, "form_token": token}
        reply = client.post("/admin/login", data=form)
        assert reply.status_code == 303, reply.text
        return client

    def as_role(self, role: Role) -> FlaskClient:
        """A browser of someone with this role alone; always the same."""
        if role not in self.clients:
            self.account(role.value, [role])
            self.clients[role] = self.sign_in(role.value)
        return self.clients[role]

    def post(self, client: FlaskClient, page: str, path: str, **form: str) -> TestResponse:
        """Send a form of a page."""
        token = form_token(client.get(self.at(page)))
        return client.post(self.at(path), data={"form_token": token, **form})

    def issue(self, count: int = 1) -> list[TicketId]:
        """Tickets for four days, without an order."""
        wanted = [TicketWanted(secrets.token_bytes(8), FOUR_DAYS) for _ in range(count)]
        with self.services.db.write() as tx:
            statements.issue(self.services.scribe.open(tx, self.event.id), secrets.token_bytes(8), wanted)
        return [TicketId(one.ticket) for one in wanted]

    def join(self, name: str = "North gate", point: PointNo | None = GATE) -> Pen:
        """A kiosk that has enrolled."""
        pen = Pen(self.world)
        with self.services.db.write() as tx:
            desk = self.services.scribe.open(tx, self.event.id)
            public = pen.key.verify_key.raw
            certificate = issue_certificate(desk.keys.scribe, self.event.uid, public, name, NOW_MS // 1000)
            statements.device(desk, pen.device, pen.device, certificate, name, point)
        return pen

    def take(self, *entries: Entry) -> None:
        """Entries arrive and are folded."""
        known = self.services.known.event(self.event.uid)
        self.services.ingest.take(known, [entry.raw for entry in entries], None)
        self.services.projector.catch_up(self.event.id)


def make_office(folder: Path, database_url: str | None = None, loaded: Loaded | None = None) -> Office:
    """A server of its own in a folder, with the small event or another."""
    config = config_for(folder) if database_url is None else config_for(folder, database_url=database_url)
    config.keys.mkdir(parents=True, exist_ok=True)
    config.session_secret.parent.mkdir(parents=True, exist_ok=True)
    config.session_secret.touch(mode=0o600)
    config.session_secret.write_bytes(b"TEST ONLY secret of sessions, 40 bytes..")
    services = make_services(config, ManualClock(NOW_MS))
    put_schema(services.db)
    done = import_event(services.db, services.clock, loaded or small_event())
    services.keys.create(done.uid)
    with services.db.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        assert event is not None
        publish_key_list(tx, services.clock, services.keys, event)
    return Office(services, event, create_app(config, services, testing=True))
