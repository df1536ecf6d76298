"""Real kiosk programs that are lost, copied, a year ahead or whose key is stolen, at the real server program."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from common.bodies import Redeem
from common.clock import SystemClock
from common.decision import VerifiedPass
from common.entries import Entry, Stamp, write_entry
from common.envelope import Typ
from common.exchange import Cursor, ExchangeRequest
from common.ids import RunId
from common.scan_text import read_text
from kiosk.export import export_journal
from kiosk.store.enrolled import device_key, read_enrolled
from kiosk.store.folder import Folder
from kiosk.sync.exchange import EXCHANGE_PATH
from kiosk.sync.messages import sign_request
from kiosk.sync.transport import HttpTransport
from syncserver.services.conflicts import Said, Wish
from syncserver.services.staff_actions import Actor
from syncserver.stores import conflicts as conflict_store
from syncserver.stores import staff as staff_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.conflicts import ConflictFilter
from tests.bench.site import manage
from tests.support.faulty_wire import Weather, wire_to
from tests.support.headless_process import HeadlessProcess
from tests.support.real_site import RealKiosk, RealSite, real_site, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
YEAR_S = 366 * 86_400
MINUTE_MS = 60_000
_AHEAD = (
    f"import runpy, time; true = time.time_ns; time.time_ns = lambda: true() + {YEAR_S} * 10**9; "
    "runpy.run_module('kiosk.cli', run_name='__main__')"
)
A_YEAR_AHEAD = ("-c", _AHEAD)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealSite]:
    with real_site(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(scope="module")
def other(site: RealSite) -> Iterator[RealKiosk]:
    """An honest gate at which all of them are tried afterwards."""
    with kiosk_at(site) as one:
        yield one


@contextmanager
def kiosk_at(site: RealSite) -> Iterator[RealKiosk]:
    with ExitStack() as stack:
        made = site.kiosk(stack.enter_context(wire_to(site.served.port)))
        yield made
        site.kiosks.remove(made)
        made.process.close()


@pytest.fixture
def gate(site: RealSite) -> Iterator[RealKiosk]:
    with kiosk_at(site) as one:
        yield one


def test_what_a_lost_kiosk_wrote_since_is_listed_and_decided_together(
    site: RealSite, other: RealKiosk, gate: RealKiosk, tmp_path: Path
) -> None:
    before, *after = (site.passes.pop() for _ in range(3))
    assert gate.admits(before)
    until(lambda: site.states(gate) == ["counted"], "what it wrote before is there")
    lost = ConflictFilter(is_decided=None, device=site.device(gate), from_ms=SystemClock().now_ms())
    gate.wire.turn(Weather.REFUSE)
    for text in after:
        assert gate.admits(text)
    gate.process.close()
    manage(site.folder, "revoke-device", gate.name)
    export_journal(Folder(gate.folder), tmp_path / "found.cbor")
    manage(site.folder, "import-journal", str(tmp_path / "found.cbor"))
    until(lambda: site.states(gate) == ["counted", "waiting", "waiting"], "it was found again; what came later waits")
    with site.services.db.read() as tx:
        listed = conflict_store.uses_listed(tx, site.event.id, lost, None, 10)
    assert [one.state for one in listed] == ["waiting", "waiting"]
    other.hear()
    assert [other.reason(text) for text in after] == ["needs_supervisor"] * 2
    actor = Actor(_account(site), site.event.id, SystemClock().now_ms())
    said = Said(Wish.ACCEPT, "the hostess remembers them", secrets.token_bytes(16))
    assert site.services.admin.deciding.uses(actor, lost, "waiting", said).count == 2
    assert site.states(gate) == ["counted"] * 3, "what the supervisor allowed counts"
    until(lambda: _says(other, after[0]) == "nothing_left", "the other gate hears of it")
    assert [other.reason(text) for text in (before, *after)] == ["nothing_left"] * 3
    gate.start()


def _says(kiosk: RealKiosk, text: str) -> str:
    """What a gate says after an exchange; a web process remembers for 0.2 s where the entries ended."""
    kiosk.hear()
    return kiosk.reason(text)


def _account(site: RealSite) -> int:
    with site.services.db.write() as tx:
        return staff_store.add(tx, "sofia", "", "no password opens this", SystemClock().now_ms(), must_change=False)


def test_two_kiosks_from_one_image_are_found_and_told(site: RealSite, other: RealKiosk, gate: RealKiosk) -> None:
    first, at_gate, at_copy, twice = (site.passes.pop() for _ in range(4))
    assert gate.admits(first)
    until(lambda: len(site.written(gate)) == 1, "what the image holds is on the server")
    gate.process.close()
    folder = gate.folder.with_name(f"{gate.name}-copy")
    shutil.copytree(gate.folder, folder, ignore=shutil.ignore_patterns("lock"))
    gate.start()
    copy = RealKiosk(gate.name, folder, gate.wire, HeadlessProcess(folder, folder.with_suffix(".log")))
    try:
        gate.wire.turn(Weather.REFUSE)
        assert gate.admits(at_gate)
        assert copy.admits(at_copy)
        assert gate.admits(twice)
        assert copy.admits(twice), "it cannot have heard of it"
        gate.wire.turn(Weather.CLEAR)
        until(lambda: len(site.written(gate)) == 5, "all of both is on the server, each once")
        until(lambda: "forked" in _line_of(site, gate), "people are told that its journal has two ends")
        assert "forked" not in _line_of(site, other)
    finally:
        copy.process.close()
    other.hear()
    assert [other.reason(text) for text in (first, at_gate, at_copy, twice)] == ["nothing_left"] * 4
    assert len(_told(site, other, twice)) == 1


def _line_of(site: RealSite, kiosk: RealKiosk) -> str:
    """What `rallygate-server devices` says of a kiosk."""
    name = site.device(kiosk).hex()
    return next(line for line in manage(site.folder, "devices").splitlines() if line.startswith(name))


def test_a_machine_whose_clock_is_a_year_ahead_waits_for_the_server_and_then_writes_the_true_time(
    site: RealSite, other: RealKiosk, gate: RealKiosk
) -> None:
    online, offline = site.passes.pop(), site.passes.pop()
    gate.process.close()
    gate.wire.turn(Weather.REFUSE)
    gate.process = HeadlessProcess(gate.folder, gate.folder.with_suffix(".log"), program=A_YEAR_AHEAD)
    answer = gate.process.line(online)
    assert (answer["answer"], answer.get("code")) == ("fault", "clock_unusable"), answer
    gate.wire.turn(Weather.CLEAR)
    gate.hear()
    assert gate.admits(online)
    gate.process.close()
    gate.wire.turn(Weather.REFUSE)
    gate.process = HeadlessProcess(gate.folder, gate.folder.with_suffix(".log"), program=A_YEAR_AHEAD)
    assert gate.admits(offline), "it remembers by how much its clock is wrong"
    gate.wire.turn(Weather.CLEAR)
    until(lambda: len(site.written(gate)) == 2, "both have arrived")
    for entry in site.written(gate):
        assert entry.stamp.wall_ms - SystemClock().now_ms() > (YEAR_S * 1000) - 10 * MINUTE_MS
        assert abs(entry.stamp.corrected_ms - SystemClock().now_ms()) < 10 * MINUTE_MS
    other.hear()
    assert [other.reason(text) for text in (online, offline)] == ["nothing_left"] * 2


def test_what_a_thief_writes_with_a_stolen_key_uses_up_nobodys_pass(
    site: RealSite, other: RealKiosk, gate: RealKiosk
) -> None:
    seen, text, later = (site.passes.pop() for _ in range(3))
    assert other.admits(seen)
    until(lambda: len(_uses(site, other)) > 0, "the thief knows what a use looks like")
    like = _uses(site, other)[-1]
    forged = [_forged(gate, one, like, proof) for one in (text, later) for proof in (None, b"made-up!", like.proof)]
    _bring(site, gate, forged)
    until(lambda: len(site.written(gate)) == len(forged), "the server keeps what a device of the event has signed")
    other.hear()
    _is_not_refused(other, text)
    until(lambda: bool(_told(site, other, text) & {one.ref.digest for one in forged}), "people are told")
    manage(site.folder, "revoke-device", gate.name)
    _bring(site, gate, [_forged(gate, seen, like, None)])
    until(lambda: len(site.written(gate)) == len(forged) + 1, "also when it is revoked")
    other.hear()
    _is_not_refused(other, later)


def _is_not_refused(kiosk: RealKiosk, text: str) -> None:
    """It is let in, or a person is asked, since a use is claimed that nobody can prove."""
    answer = kiosk.process.line(text)
    assert answer["outcome"] == "admit" or (answer["outcome"], answer["reason"]) == ("ask", "proof_missing"), answer


def _uses(site: RealSite, kiosk: RealKiosk) -> list[Redeem]:
    return [one.body for one in site.written(kiosk) if isinstance(one.body, Redeem)]


def _told(site: RealSite, kiosk: RealKiosk, text: str) -> set[bytes]:
    """The uses of a pass that stand in the supervisor's list."""
    with site.services.db.read() as tx:
        return ticket_store.conflict_digests(tx, site.event.id, _pass(kiosk, text).ticket)


def _pass(kiosk: RealKiosk, text: str) -> VerifiedPass:
    enrolled = read_enrolled(Folder(kiosk.folder))
    assert enrolled is not None
    found = read_text(text, enrolled.ring(), SystemClock().now_ms() // 1000)
    assert isinstance(found, VerifiedPass)
    return found


def _forged(kiosk: RealKiosk, text: str, like: Redeem, proof: bytes | None) -> Entry:
    """A use of a pass that was never shown there, signed with the key that lies in the kiosk's folder."""
    of = _pass(kiosk, text)
    body = Redeem(of.ticket, of.generation, like.product, 1, like.point, like.area, like.day, (), proof)
    stamp = Stamp(SystemClock().now_ms(), 0, 1)
    key = device_key(Folder(kiosk.folder))
    return write_entry(key, of.event, RunId(secrets.token_bytes(8)), 1, None, None, stamp, None, body)


def _bring(site: RealSite, kiosk: RealKiosk, entries: list[Entry]) -> None:
    """From a laptop, straight to the server."""
    folder, clock = Folder(kiosk.folder), SystemClock()
    enrolled = read_enrolled(folder)
    assert enrolled is not None
    raws, nonce = tuple(one.raw for one in entries), secrets.token_bytes(16)
    request = ExchangeRequest(1, 1, enrolled.event, nonce, enrolled.certificate, raws, Cursor(0, 0), None, None)
    laptop = HttpTransport(f"http://127.0.0.1:{site.served.port}", clock)
    laptop.post(EXCHANGE_PATH, sign_request(request, device_key(folder), Typ.EXCHANGE))
    laptop.close()
