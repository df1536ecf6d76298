"""What leaves a kiosk by hand: its journal for the server, and a bundle for whoever helps."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import BadInput
from common.ids import Digest
from kiosk.cli import main
from kiosk.export import export_journal
from kiosk.store.enrolled import device_key
from syncserver.services.problems import NotHere
from syncserver.stores import entries as entry_store
from tests.support.leak_finder import LeakFinder, haystacks_of
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

NAMES = ("Žofie Řehořová", "Łukasz Dvořáček")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    world = make_whole_world(tmp_path)
    world.issue(*(Guest(name, "8ZK87654", "nekdo@posta.example") for name in NAMES))
    world.build()
    yield world
    world.close()


def offline_admissions(world: WholeWorld) -> tuple[Gate, list[Digest]]:
    """A gate that admitted two and will never see the network again."""
    gate = world.gate()
    gate.transport.is_down = True
    for pass_ in world.issue(Guest("Dana Krátká"), Guest("Emil Dlouhý")):
        gate.verdict(pass_.digits)
    return gate, [entry.ref.digest for entry in gate.front.kiosk.stores.journal.since(0)]


def held(world: WholeWorld, digests: list[Digest]) -> set[bytes]:
    with world.services.db.read() as tx:
        return entry_store.held(tx, world.event.id, digests)


# --- the journal ----------------------------------------------------------------------------------


def test_a_journal_taken_out_counts_at_the_server_and_at_other_gates(world: WholeWorld, tmp_path: Path) -> None:
    gate, digests = offline_admissions(world)
    assert held(world, digests) == set()
    gate.front.close()
    export_journal(gate.folder, tmp_path / "journal.cbor")
    done = world.services.journals.take(tmp_path / "journal.cbor")
    assert (done.entries, done.rejected, done.is_cut) == (len(digests), 0, False)
    assert held(world, digests) == set(digests)
    again = world.services.journals.take(tmp_path / "journal.cbor")
    assert (again.entries, again.rejected) == (len(digests), 0)


def test_a_journal_cut_short_gives_what_is_whole(world: WholeWorld, tmp_path: Path) -> None:
    gate, digests = offline_admissions(world)
    gate.front.close()
    export_journal(gate.folder, tmp_path / "journal.cbor")
    whole = (tmp_path / "journal.cbor").read_bytes()
    (tmp_path / "cut.cbor").write_bytes(whole[:-10])
    done = world.services.journals.take(tmp_path / "cut.cbor")
    assert (done.entries, done.is_cut) == (len(digests) - 1, True)
    assert held(world, digests) == set(digests[:-1])


def test_an_entry_that_was_changed_lies_in_the_tray_and_hinders_none(world: WholeWorld, tmp_path: Path) -> None:
    gate, digests = offline_admissions(world)
    gate.front.close()
    export_journal(gate.folder, tmp_path / "journal.cbor")
    whole = bytearray((tmp_path / "journal.cbor").read_bytes())
    found = re.search(rb"\x81[\x58\x59]", whole)  # an array of one byte string: the first entry
    assert found is not None
    at = found.start() + 60
    whole[at] ^= 1
    (tmp_path / "changed.cbor").write_bytes(whole)
    done = world.services.journals.take(tmp_path / "changed.cbor")
    assert (done.entries, done.rejected) == (len(digests), 1)
    assert held(world, digests) == set(digests[1:])


@pytest.mark.parametrize("content", [b"", b"{}", b"\x83\x73rallygate journal 2\x44evnt\x40", b"\x00" * 100])
def test_any_other_file_is_told_to_be_none(world: WholeWorld, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadInput, match="export-journal"):
        world.services.journals.take(tmp_path / "x")


def test_a_journal_of_another_servers_event_is_told(world: WholeWorld, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x83\x73rallygate journal 1\x44evnt\x40")
    with pytest.raises(NotHere, match="not on this server"):
        world.services.journals.take(tmp_path / "x")


# --- the bundle -----------------------------------------------------------------------------------


def test_a_bundle_tells_versions_counts_and_logs_and_nothing_of_people_keys_or_passes(
    world: WholeWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    badge = world.badge("Jana Hostesková")
    passes = world.issue(*(Guest(name) for name in NAMES))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    for pass_ in passes:
        gate.verdict(pass_.digits)
    gate.front.find("lukasz")
    (gate.folder.path / "logs").mkdir()
    (gate.folder.path / "logs" / "kiosk.log").write_text("the exchange broke (OSError); see the log\n")
    target = tmp_path / "bundle.zip"
    camera = "http://admin:geheim@2028@10.0.0.9/stream.cgi?usr=admin&pwd=geheim2029"
    monkeypatch.setenv("RALLYGATE_KIOSK_CAMERA", camera)
    assert main(["--folder", str(gate.folder.path), "support-bundle", str(target)]) == 0  # beside the running kiosk
    assert "no names" in capsys.readouterr().out
    with zipfile.ZipFile(target) as bundle:
        counts = json.loads(bundle.read("counts.json"))
        assert counts["journal"]["uses"] == 2
        assert json.loads(bundle.read("versions.json"))["rallygate"]
        assert json.loads(bundle.read("enrolment.json"))["event_name"] == "Trial Rally"
        assert b"exchange broke" in bundle.read("logs/kiosk.log")
        assert json.loads(bundle.read("settings.json"))["camera"] == "http://10.0.0.9/stream.cgi?…"
        plain = tmp_path / "unpacked"
        bundle.extractall(plain)
    finder = LeakFinder([*NAMES, "8ZK87654", "nekdo@posta.example", "Jana Hostesková", *(p.code for p in passes)])
    assert finder.in_folder(plain) == {}
    assert finder.in_file(target) == set()
    secrets = [device_key(gate.folder).seed(), badge.digits.encode(), *(p.digits.encode() for p in passes)]
    secrets += [world.services.keys.of(world.event.uid).code]
    for path in plain.rglob("*.*"):
        for haystack in haystacks_of(path):
            for secret in secrets:
                assert secret not in haystack
                assert secret.hex().encode() not in haystack
                assert base64.b64encode(secret).rstrip(b"=") not in haystack


def test_a_bundle_of_a_damaged_kiosk_says_what_is_wrong(world: WholeWorld, tmp_path: Path) -> None:
    gate = world.gate()
    gate.front.close()
    gate.folder.journal.write_bytes(b"not a database at all" * 200)
    target = tmp_path / "bundle.zip"
    assert main(["--folder", str(gate.folder.path), "support-bundle", str(target)]) == 0
    with zipfile.ZipFile(io.BytesIO(target.read_bytes())) as bundle:
        assert "journal" in json.loads(bundle.read("counts.json"))["journal"]["trouble"]
