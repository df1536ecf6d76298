"""Several processes on one PostgreSQL: real programs, real HTTP, each request to a chosen process."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.certificates import issue_certificate
from common.clock import ManualClock, SystemClock
from common.exchange import Cursor
from common.ids import TicketId
from common.vectors import lines_of, vector_of
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.services import statements
from syncserver.services.rights import Role
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from tests.support.running_server import Browser, Line, Programs, running, set_up
from tests.support.server_world import GATE, Pen, Server
from tests.support.small_event import TOML

KIOSKS, EACH, BATCH = 4, 60, 6
PASSWORD = "the horse of a hostess"
FOLDED_S_MAX = 30.0
STOP_S_MAX = 15.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@dataclass
class Site:
    """The data the programs work on, seen from this process."""

    services: Services
    server: Server
    programs: Programs
    pens: list[Pen]


@pytest.fixture(scope="module")
def site(module_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with _site(tmp_path_factory.mktemp("site"), module_postgres_url) as one:
        yield one


@pytest.fixture
def passing_site(postgres_url: str, tmp_path: Path) -> Iterator[Site]:
    """One that a test may stop."""
    with _site(tmp_path, postgres_url) as one:
        yield one


@contextmanager
def _site(folder: Path, url: str) -> Iterator[Site]:
    (folder / "event.toml").write_text(TOML)
    set_up(folder, url, folder / "event.toml")
    services = make_services(config_for(folder, database_url=url))
    with services.db.read() as tx:
        [event] = event_store.all_events(tx)
    s = services
    clock = ManualClock(SystemClock().now_ms())  # as the programs have it: entries from years ahead are conflicts
    server = Server(s.db, clock, s.keys, s.scribe, s.projector, event)
    with running(folder, url) as programs:
        yield Site(services, server, programs, [_joined(server) for _ in range(KIOSKS + 1)])
    services.db.close()


def _joined(server: Server) -> Pen:
    pen = Pen(server)
    with server.db.write() as tx:
        desk = server.scribe.open(tx, server.event.id)
        public = pen.key.verify_key.raw
        certificate = issue_certificate(
            desk.keys.scribe, server.event.uid, public, "Gate", server.clock.now_ms() // 1000
        )
        statements.device(desk, pen.device, pen.device, certificate, "Gate", GATE)
    return pen


def _batches(raws: list[bytes]) -> list[tuple[bytes, ...]]:
    return [tuple(raws[at : at + BATCH]) for at in range(0, len(raws), BATCH)]


@dataclass
class Reader:
    """A kiosk that only listens, asking one process after the other."""

    pen: Pen
    lines: list[Line]
    cursor: Cursor | None = None
    seen: list[bytes] = field(default_factory=list)

    def join(self) -> None:
        """Start behind everything there is."""
        self.cursor = self.lines[0].exchange(self.pen, vector=self.pen.server.vector()).cursor

    def hear(self, count: int) -> None:
        """Listen until so many entries have come."""
        end_s = time.monotonic() + FOLDED_S_MAX
        while len(self.seen) < count and time.monotonic() < end_s:
            self.lines.reverse()
            answer = self.lines[0].exchange(self.pen, cursor=self.cursor)
            assert answer.vector is None, "a good cursor was refused"
            self.seen += answer.entries
            self.cursor = answer.cursor


def test_entries_brought_to_both_processes_at_once_are_each_there_once_and_fold_without_conflict(site: Site) -> None:
    tickets = site.server.issue(KIOSKS * EACH)
    raws = [[pen.redeem(tickets.pop()).raw for _ in range(EACH)] for pen in site.pens[:KIOSKS]]
    every = sorted(raw for some in raws for raw in some)
    reader = Reader(site.pens[KIOSKS], site.programs.one_line_each())
    reader.join()

    def deliver(pen: Pen, some: list[bytes], line: Line) -> int:
        return sum(line.exchange(pen, batch).taken for batch in _batches(some))

    with ThreadPoolExecutor(2 * KIOSKS + 1) as pool:
        lines = [site.programs.one_line_each() for _ in range(KIOSKS)]
        work = [pool.submit(deliver, site.pens[at], raws[at], line) for at in range(KIOSKS) for line in lines[at]]
        listening = pool.submit(reader.hear, len(every))
        assert [one.result() for one in work] == [EACH] * (2 * KIOSKS)
        listening.result()
    assert sorted(reader.seen) == every
    assert len({line.process for line in reader.lines}) == 2
    assert site.server.positions() == list(range(1, len(site.server.positions()) + 1))
    _wait_until_folded(site)
    with site.services.db.read() as tx:
        event_id = site.server.event.id
        used = ticket_store.use_states(tx, event_id, _tickets_of(site))
        assert sum(state == "counted" for state, _, _ in used.values()) == len(every)
        assert not any(ticket_store.conflict_digests(tx, event_id, ticket) for ticket in _tickets_of(site))


def _tickets_of(site: Site) -> list[TicketId]:
    with site.services.db.read() as tx:
        return sorted(ticket_store.generations(tx, site.server.event.id))


def _wait_until_folded(site: Site) -> None:
    """The worker's projector does it: nobody here folds."""
    end_s = time.monotonic() + FOLDED_S_MAX
    while time.monotonic() < end_s:
        progress = site.services.projector.progress(site.server.event.id)
        if progress.position == progress.head:
            return
        time.sleep(0.1)
    pytest.fail(f"not folded: {progress}")


def test_a_sign_in_and_the_count_of_tries_hold_whichever_process_answers(site: Site) -> None:
    one, other = site.programs.one_line_each()
    staff, event = site.services.admin.staff, site.server.event
    staff.create("eva", "Eva", event.id, [Role.SUPERVISOR], PASSWORD)
    browser = Browser({})
    status, page, _ = browser.sign_in(one, other, "eva", PASSWORD)
    assert status == 303, page
    for line in (one, other, one):
        status, page, _ = browser.ask(line, "GET", f"/admin/{event.key}/entries")
        assert status == 200, page
    tried = [Browser({}).sign_in(*pair, "eva", "not the horse of hers") for pair in ((one, other), (other, one)) * 5]
    assert [status for status, _, _ in tried] == [403] * len(tried)
    assert "too many tries" in tried[-1][1]
    assert "too many tries" in Browser({}).sign_in(one, one, "eva", PASSWORD)[1]
    assert "too many tries" in Browser({}).sign_in(other, other, "eva", PASSWORD)[1]


def test_a_stop_in_the_midst_of_deliveries_is_quick_and_leaves_nothing_half_done(passing_site: Site) -> None:
    """What was answered is there, the rest can be sent again, the vector says what is held."""
    site = passing_site
    tickets = site.server.issue(KIOSKS * EACH)
    raws = [[pen.redeem(tickets.pop()).raw for _ in range(EACH)] for pen in site.pens[:KIOSKS]]
    lines = [line for _ in range(KIOSKS // 2) for line in site.programs.one_line_each()]
    answered: list[bytes] = []

    def deliver(pen: Pen, some: list[bytes], line: Line) -> None:
        try:
            for raw in some:
                assert line.exchange(pen, (raw,)).taken == 1
                answered.append(raw)
        except (OSError, http.client.HTTPException):
            return  # the server has gone

    with ThreadPoolExecutor(KIOSKS) as pool:
        work = [pool.submit(deliver, site.pens[at], raws[at], lines[at]) for at in range(KIOSKS)]
        while len(answered) < KIOSKS * EACH // 8:
            time.sleep(0.01)
        took_s = site.programs.stop()
        for one in work:
            one.result()
    assert max(took_s) < STOP_S_MAX
    with site.services.db.read() as tx:
        stored = entry_store.after(tx, site.server.event.id, 0, 1_000_000)
        held = entry_store.HeldEntries(tx, site.server.event.id)
        vector = entry_store.vector(tx, site.server.event.id)
        rebuilt = vector_of({(run.device, run.run): lines_of(held.links_of(run.device, run.run)) for run in vector})
    assert set(answered) <= {one.raw for one in stored}
    assert [one.position for one in stored] == list(range(1, len(stored) + 1))
    assert len(stored) == sum(line.last - line.first + 1 for run in rebuilt for line in run.lines)
    assert vector == rebuilt
    site.services.projector.catch_up(site.server.event.id)
    with site.services.db.read() as tx:
        used = ticket_store.use_states(tx, site.server.event.id, _tickets_of(site))
    assert {state for state, _, _ in used.values()} == {"counted"}
