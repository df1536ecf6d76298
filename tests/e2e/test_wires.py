"""Real kiosk programs, the real server program, and between them wires that lose, tear, repeat and reorder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from common.bodies import Redeem
from kiosk.export import export_journal
from kiosk.store.folder import Folder
from tests.bench.site import manage
from tests.support.faulty_wire import Weather, Wire, wire_to
from tests.support.real_site import RealKiosk, RealSite, real_site, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealSite]:
    with real_site(tmp_path_factory.mktemp("site")) as one:
        yield one


@contextmanager
def kiosks(site: RealSite, count: int) -> Iterator[list[RealKiosk]]:
    """So many new ones, each on a wire of its own."""
    with ExitStack() as stack:
        wires: list[Wire] = [stack.enter_context(wire_to(site.served.port)) for _ in range(count)]
        made = [site.kiosk(wire) for wire in wires]
        yield made
        for one in made:
            site.kiosks.remove(one)
            one.process.close()


def test_whatever_the_wire_does_the_gate_admits_and_each_admission_arrives_once(site: RealSite) -> None:
    with kiosks(site, 2) as (gate, other):
        used = []
        for weather in Weather:
            gate.wire.turn(weather)
            used.append(site.passes.pop())
            assert gate.admits(used[-1]), f"the scan does not wait for a wire that is {weather}"
            assert gate.wire.met(), f"nothing was sent over a wire that is {weather}"
            gate.wire.turn(Weather.CLEAR)
            until(lambda: len(site.written(gate)) == len(used), f"the admission arrives after {weather}")
        digests = [one.ref.digest for one in site.written(gate)]
        assert len(set(digests)) == len(digests) == len(Weather)
        other.hear()
        assert {other.reason(text) for text in used} == {"nothing_left"}


def test_admissions_of_an_outage_keep_the_point_where_they_were_made(site: RealSite) -> None:
    """The office moves a gate that cannot hear it: what it writes until then happened where it stood."""
    with kiosks(site, 1) as (gate,):
        gate.wire.turn(Weather.REFUSE)
        assert gate.admits(site.passes.pop())
        former = gate.process.ask(do="status")["point"]
        point = site.move(gate, "side_gate")
        assert gate.admits(site.passes.pop())
        gate.wire.turn(Weather.CLEAR)
        until(lambda: gate.process.ask(do="status")["point"] != former, "the kiosk knows where it stands")
        assert gate.admits(site.passes.pop())
        until(lambda: len(site.written(gate)) == 3, "all has arrived")
        points = [one.body.point for one in site.written(gate) if isinstance(one.body, Redeem)]
        assert points[:2] == [points[0]] * 2
        assert points[0] != points[2] == point


def test_a_revoked_kiosk_delivers_its_journal_and_what_it_writes_then_waits(site: RealSite) -> None:
    with kiosks(site, 2) as (lost, other):
        before, after = site.passes.pop(), site.passes.pop()
        assert lost.admits(before)
        until(lambda: len(site.written(lost)) == 1, "what it wrote before is there")
        lost.wire.turn(Weather.REFUSE)
        manage(site.folder, "revoke-device", lost.name)
        assert lost.admits(after), "it has not heard of it"
        lost.wire.turn(Weather.CLEAR)
        until(lambda: site.states(lost) == ["counted", "waiting"], "the journal is delivered, the later entry waits")
        other.hear()
        assert other.reason(after) == "needs_supervisor"
        assert other.reason(before) == "nothing_left"


def test_a_corrupt_snapshot_is_a_fault_and_costs_no_entry(site: RealSite) -> None:
    with kiosks(site, 1) as (gate,):
        gate.wire.turn(Weather.REFUSE)
        assert gate.admits(site.passes.pop())
        gate.process.kill()
        for path in (gate.folder / "snapshots").glob("snapshot-*.sqlite"):
            os.truncate(path, 4096)
        gate.start()
        answer = gate.process.line(site.passes.pop())
        assert (answer["answer"], answer.get("code")) == ("fault", "snapshot_unreadable"), answer
        gate.wire.turn(Weather.CLEAR)
        until(lambda: len(site.written(gate)) == 1, "its journal is delivered")
        until(lambda: gate.process.line(site.passes[-1]).get("outcome") == "admit", "a fresh snapshot is there")
        site.passes.pop()


def test_a_damaged_export_is_told_and_its_readable_part_counts(site: RealSite, tmp_path: Path) -> None:
    with kiosks(site, 1) as (gate,):
        gate.wire.turn(Weather.REFUSE)
        for _ in range(3):
            assert gate.admits(site.passes.pop())
        gate.process.close()
        assert export_journal(Folder(gate.folder), tmp_path / "whole.cbor").count == 3
        whole = (tmp_path / "whole.cbor").read_bytes()
        (tmp_path / "cut.cbor").write_bytes(whole[: len(whole) - 40])
        with pytest.raises(Exception, match="damaged or cut short"):
            manage(site.folder, "import-journal", str(tmp_path / "cut.cbor"))
        until(lambda: site.states(gate) == ["counted", "counted"], "what could be read counts")
        manage(site.folder, "import-journal", str(tmp_path / "whole.cbor"))
        until(lambda: site.states(gate) == ["counted"] * 3, "and the rest, once it came whole")
        gate.start()
