"""The line protocol: everything the screen can do, and any bytes at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.badges import Role
from common.bodies import Message
from common.clock import SystemClock
from common.decision import Fault
from common.enrolment import enrolment_text
from common.exchange import PROTOCOL
from common.ids import Cause
from common.keys import root_thumbprint
from common.scan_text import is_whole
from common.sealing import HolderData
from common.ticket_code import format_code
from kiosk.cli import main
from kiosk.headless import LINE_BYTES_MAX, Headless, serve
from kiosk.input.serial_port import SerialPort
from kiosk.joining import Joining
from kiosk.machine.lights import Lights, SysfsLight
from kiosk.root import Options
from kiosk.store.folder import Folder
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import GATE, LUNCH, RALLY, STAND, Contents, Event, build_snapshot
from tests.support.serial_stand import SerialStand

CODE = "ABCD-EFGH"


class World:
    """A server that expects a kiosk, and a headless kiosk that has not joined."""

    def __init__(self, path: Path) -> None:
        self.clock = SystemClock()
        self.event = Event(now_ms=self.clock.now_ms())
        self.sold = self.event.make_ticket((LUNCH, 2))
        self.server = FakeServer(self.event, now_ms=self.event.now_ms)
        self.server.say(self.event.issue(self.sold))
        self.server.codes[CODE] = GATE
        holder = HolderData("Łukasz Żółć", None, "", "pl", attention=False)
        contents = Contents(self.server.entries, ((self.sold, holder),), build_ms=self.event.now_ms)
        self.badge = self.event.badge()
        self.server.snapshots.append(build_snapshot(self.event, contents, path))
        self.folder = Folder(path / "kiosk")
        self.joining = Joining(self.folder, "Gate 1", Options(self.clock), lambda _address, _clock: self.server)
        self.headless = Headless(None, self.joining, self.clock)

    def ask(self, line: str | bytes) -> dict[str, object]:
        answer = self.headless.answer(line.encode() if isinstance(line, str) else line)
        assert answer is not None
        return json.loads(json.dumps(answer))  # type: ignore[no-any-return]

    def command(self, **fields: object) -> dict[str, object]:
        return self.ask(json.dumps(fields))

    def history(self) -> list[dict[str, object]]:
        listed = self.command(do="history")["entries"]
        assert isinstance(listed, list)
        return listed

    def join(self) -> dict[str, object]:
        thumbprint = root_thumbprint(self.event.root.verify_key)
        return self.command(do="enrol", text=enrolment_text("http://127.0.0.1:9", CODE, thumbprint))

    def close(self) -> None:
        if self.headless.front is not None:
            self.headless.front.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_kiosk_joins_with_a_scanned_code_and_admits(world: World) -> None:
    assert world.ask(world.sold.text)["answer"] == "error"
    assert world.join()["answer"] == "enrolled"
    admitted = world.ask(world.sold.text)
    assert (admitted["answer"], admitted["outcome"]) == ("verdict", "admit")
    assert admitted["holder"] == {"name": "Łukasz Żółć", "plate": None, "attention": None, "wants_look": False}
    refused = world.command(do="code", text=format_code(world.sold.code))
    assert (refused["outcome"], refused["reason"]) == ("refuse", "nothing_left")


def test_how_many_of_a_party_come_is_asked_where_a_line_says_so(world: World) -> None:
    """As on the screen; a line that says nothing of it is answered as before."""
    world.join()
    family = world.event.make_ticket((RALLY, 4), product=RALLY).text
    asked = world.command(do="scan", text=family, ask_how_many=True)
    assert (asked["outcome"], asked["reason"]) == ("ask", "choose")
    assert isinstance(asked["choices"], list)
    assert [(one["left"], one["bought"]) for one in asked["choices"]] == [(4, 4)]
    three = world.command(do="again", product=RALLY, quantity=3)
    assert (three["outcome"], three["quantity"], three["left"]) == ("admit", 3, 1)
    assert world.ask(family)["outcome"] == "admit"


def test_a_typed_code_is_kept_only_once_the_thumbprint_was_compared(world: World) -> None:
    typed: dict[str, object] = {"do": "enrol", "server": "http://127.0.0.1:9", "code": CODE}
    compare = world.command(**typed)
    assert compare["answer"] == "compare"
    assert not world.folder.enrolled.exists()
    assert world.command(**typed, thumbprint="00" * 32)["answer"] == "compare"
    assert world.command(**typed, thumbprint=compare["thumbprint"])["answer"] == "enrolled"


def test_a_code_of_another_server_is_not_trusted(world: World) -> None:
    answer = world.command(do="enrol", text=enrolment_text("http://127.0.0.1:9", CODE, b"x" * 32))
    assert answer["answer"] == "error"
    assert "root key differs" in str(answer["what"])
    assert not world.folder.enrolled.exists()


def test_the_same_code_and_key_again_give_the_same_and_another_device_gets_no(world: World, tmp_path: Path) -> None:
    world.join()
    other = Joining(Folder(tmp_path / "other"), "Gate 2", Options(world.clock), lambda _address, _clock: world.server)
    second = Headless(None, other, world.clock)
    thumbprint = root_thumbprint(world.event.root.verify_key)
    line = json.dumps({"do": "enrol", "text": enrolment_text("http://127.0.0.1:9", CODE, thumbprint)})
    answer = second.answer(line.encode())
    assert answer is not None
    assert "used" in str(answer["what"])


def test_undo_status_exchange_badge_and_pin(world: World) -> None:
    world.join()
    entry = world.ask(world.sold.text)["entry"]
    assert world.command(do="undo", entry=entry) == {"answer": "undo", "done": True, "why_not": "", "trouble": None}
    exchanged = world.command(do="exchange")
    assert (exchanged["connected"], exchanged["pending"]) == (True, 0)
    assert world.command(do="badge", text=world.badge)["answer"] == "operator"
    assert "wrong" in str(world.command(do="pin", pin="000000")["what"])
    assert world.command(do="pin", pin="123456")["answer"] == "operator"
    status = world.command(do="status")
    assert status["fault"] is None
    sync = status["sync"]
    assert isinstance(sync, dict)
    assert sync["tickets"] == 1


def test_a_kiosk_is_moved_to_another_of_its_places_by_badge_and_pin(world: World) -> None:
    def here() -> list[int]:
        places = world.command(do="places")["places"]
        assert isinstance(places, list)
        return [place["point"] for place in places if place["here"]]

    world.join()
    assert here() == [GATE]
    assert "supervisor" in str(world.command(do="move", point=STAND)["what"])
    world.command(do="badge", text=world.badge)
    world.command(do="pin", pin="123456")
    assert world.command(do="move", point=STAND) == {"answer": "done"}
    assert here() == [STAND]


def test_the_rules_of_where_it_stands_are_told_in_the_language_asked_for(world: World) -> None:
    assert world.command(do="rules")["answer"] == "error"
    world.join()
    told = world.command(do="rules", language="de")
    own, products = told["rules"], told["products"]
    assert isinstance(own, list)
    assert isinstance(products, list)
    assert [one["rule"] for one in own[:2]] == ["gate", "in_and_out"]
    assert own[0]["text"] == "Ein Tor: hier wird eingelassen"
    assert products[0]["product"] == RALLY
    world.command(do="badge", text=world.badge)
    world.command(do="pin", pin="123456")
    world.command(do="move", point=STAND)
    moved = world.command(do="rules")
    assert moved["language"] == "en"
    texts = [one["text"] for one in moved["rules"]] if isinstance(moved["rules"], list) else []
    assert texts[0] == "A stand: things are handed out here"


def test_wrong_pins_say_how_many_tries_are_left_and_then_how_long_the_badge_rests(world: World) -> None:
    world.join()
    assert world.command(do="pin", pin="000000")["why"] == "no_badge"
    world.command(do="badge", text=world.badge)
    told = [world.command(do="pin", pin="000000") for _ in range(6)]
    assert [one["answer"] for one in told] == ["pin_refused"] * 6
    assert [one["tries_left"] for one in told] == [4, 3, 2, 1, 0, 0]
    assert [one["why"] for one in told[3:]] == ["wrong", "resting", "resting"]
    assert 290 <= int(str(told[-1]["wait_s"])) <= 300
    assert world.command(do="pin", pin="123456")["why"] == "resting", "even the right one has to wait"


def test_locked_it_does_nothing_until_a_badge_is_scanned(world: World) -> None:
    world.join()
    world.command(do="badge", text=world.badge)
    entry = world.ask(world.sold.text)["entry"]
    assert world.command(do="lock") == {"answer": "locked"}
    assert world.ask(world.sold.text) == {"answer": "locked"}
    assert world.command(do="again") == {"answer": "locked"}
    assert world.command(do="undo", entry=entry) == {"answer": "locked"}
    device = world.command(do="status")["device"]
    assert isinstance(device, dict)
    assert (device["locked"], device["operator"]) == (True, None)
    assert world.ask(world.badge)["answer"] == "operator"
    assert world.ask(world.sold.text)["reason"] == "nothing_left"


def test_a_badge_that_came_for_one_thing_is_given_back(world: World) -> None:
    world.join()
    world.command(do="badge", text=world.event.badge(name="Hana", roles=(Role.HOSTESS,)))
    world.command(do="badge", text=world.badge)
    assert world.command(do="give_back") == {"answer": "given_back", "operator": "Hana"}
    device = world.command(do="status")["device"]
    assert isinstance(device, dict)
    assert (device["operator"], device["roles"]) == ("Hana", ["hostess"])
    assert world.command(do="give_back") == {"answer": "given_back", "operator": ""}


def test_after_signing_out_entries_name_nobody_and_the_last_code_is_forgotten(world: World) -> None:
    world.join()
    world.command(do="badge", text=world.badge)
    world.ask(world.sold.text)
    assert world.command(do="sign_out") == {"answer": "done"}
    assert world.command(do="again")["answer"] == "fault"
    device = world.command(do="status")["device"]
    assert isinstance(device, dict)
    assert device["operator"] is None


def test_a_badge_that_is_over_is_refused_and_whoever_was_here_stays(world: World) -> None:
    world.join()
    world.command(do="badge", text=world.badge)
    world.event.now_ms -= 3 * 86_400_000
    expired = world.event.badge("Petr")
    answer = world.ask(expired)
    assert (answer["answer"], answer["why"], answer["name"]) == ("badge_refused", "expired", "Petr")
    assert world.command(do="pin", pin="123456")["name"] == "Jana"


def test_the_history_lists_own_entries_newest_first_and_what_was_taken_back(world: World) -> None:
    world.join()
    entry = world.ask(world.sold.text)["entry"]
    world.ask("no code of ours")
    listed = world.history()
    while len(listed) < 2:  # a refusal is written behind its answer
        listed = world.history()
    assert [(row["written"], row["can_undo"]) for row in listed] == [("refused", False), ("admitted", True)]
    assert (listed[1]["entry"], listed[0]["reason"]) == (entry, "malformed")
    world.command(do="undo", entry=entry)
    listed = world.history()
    assert [(row["written"], row["undone"], row["can_undo"]) for row in listed][1] == ("taken_back", True, False)


def test_messages_of_the_control_room_to_this_point_are_told_until_they_were_read(world: World) -> None:
    world.join()
    for point, text in ((None, "to all"), (GATE, "to the gate"), (STAND, "to the stand")):
        world.server.say(world.event.say(Message(Cause(os.urandom(16)), point, text)))
    world.command(do="exchange")
    messages = world.command(do="messages")["messages"]
    assert isinstance(messages, list)
    assert {(one["text"], one["to_all"], one["read"]) for one in messages} == {
        ("to all", True, False),
        ("to the gate", False, False),
    }
    assert world.command(do="status")["unread"] == 2
    world.command(do="read", message=messages[0]["key"])
    assert world.command(do="status")["unread"] == 1


def test_the_check_before_doors_says_how_each_part_is_and_writes_no_entry(world: World) -> None:
    world.join()
    checks = world.command(do="preflight")["checks"]
    assert isinstance(checks, list)
    by_name = {check["name"]: check for check in checks}
    assert list(by_name) == ["clock", "storage", "snapshot", "keys", "verdict", "server", "battery"]
    assert by_name["keys"]["values"]["passes"] == 1
    assert by_name["snapshot"]["found"] == "good"
    assert by_name["snapshot"]["values"]["tickets"] == 1
    assert by_name["storage"]["values"]["p99_ms"] > 0
    assert (by_name["verdict"]["found"], by_name["verdict"]["health"]) == ("good", "good")
    assert world.command(do="history")["entries"] == []
    assert not (world.folder.path / "preflight.scratch").exists()


def test_after_joining_the_check_is_due_until_it_was_done_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.join()
    assert world.command(do="status")["check_due"] is True
    with monkeypatch.context() as broken:
        broken.setattr("kiosk.preflight.is_real_recognised", lambda *_: False)
        world.command(do="preflight")
    assert world.command(do="status")["check_due"] is True
    world.command(do="preflight")
    assert world.command(do="status")["check_due"] is False


def test_once_somebody_was_admitted_nobody_is_sent_to_the_check_any_more(world: World) -> None:
    world.join()
    world.ask("no pass of this event")
    assert world.command(do="status")["check_due"] is True
    assert world.ask(world.sold.text)["outcome"] == "admit"
    assert world.command(do="status")["check_due"] is False


def test_a_kiosk_without_a_snapshot_or_point_finds_out_before_doors(world: World) -> None:
    world.server.snapshots.clear()
    world.join()
    checks = world.command(do="preflight")["checks"]
    assert isinstance(checks, list)
    bad = {check["name"]: check["found"] for check in checks if check["health"] == "bad"}
    assert bad == {"snapshot": "none", "verdict": "fault"}


def test_the_picture_of_what_is_served_comes_after_the_snapshot_and_has_a_path(world: World) -> None:
    picture = b"a picture"
    digest = hashlib.sha256(picture).hexdigest()
    world.server.pictures[bytes.fromhex(digest)] = picture
    world.join()
    front = world.headless.front
    assert front is not None
    here = front.kiosk.around.here()
    assert not isinstance(here, Fault)
    [product] = [one for one in here.catalogue.products if one.rules.product == RALLY]
    object.__setattr__(product, "picture", bytes.fromhex(digest))
    assert front.sync.pictures.fetch() == 1
    assert not front.sync.pictures.are_due()
    path = world.command(do="picture", picture=digest)["path"]
    assert Path(str(path)).read_bytes() == picture
    assert world.command(do="picture", picture="00" * 32)["path"] is None
    assert world.ask(world.sold.text)["picture"] == digest


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"do":"dance"}',
        b'{"do":"scan","quantity":0}',
        b'{"do":"scan","quantity":100000000000000000000}',
        b'{"do":"undo","entry":"nothing"}',
        b'{"do":"scan","more":1}',
        b"\xff\xfe",
        b"x" * (LINE_BYTES_MAX + 1),
        b"{" * 20_000,
    ],
)
def test_bad_lines_get_an_error_that_says_what(world: World, line: bytes) -> None:
    world.join()
    answer = world.ask(line)
    assert answer["answer"] == "error"
    assert len(str(answer["what"])) > 10


def test_lines_of_any_length_and_the_end_of_input(world: World) -> None:
    world.join()
    lines = b"x" * 100_000 + b"\n" + world.sold.text.encode() + b"\r\nlast without end"
    said: list[str] = []
    serve(world.headless, io.BytesIO(lines), said.append)
    answers = [json.loads(line) for line in said]
    assert [answer["answer"] for answer in answers] == ["error", "verdict", "verdict"]
    assert answers[1]["outcome"] == "admit"


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("lines"))
    world.join()
    yield world
    world.close()


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: ("{" + text).encode("utf-8", "replace")))
def test_any_bytes_as_a_line_get_one_answer(joined: World, line: bytes) -> None:
    answer = joined.headless.answer(line.replace(b"\n", b""))
    if answer is None:
        assert b"quit" in line
        return
    assert answer["answer"] in {"error", "verdict", "status", "exchange", "undo", "operator", "fault"}
    assert "\n" not in json.dumps(answer)


def test_commands_explain_themselves_and_say_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "RALLYGATE_KIOSK_FOLDER" in capsys.readouterr().out
    assert main(["--folder", str(tmp_path / "new"), "status"]) == 1
    assert "run rallygate-kiosk enrol" in capsys.readouterr().err


def test_an_unknown_setting_stops_the_start_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RALLYGATE_KIOSK_FLODER", "x")
    assert main(["status"]) == 1
    assert "RALLYGATE_KIOSK_FLODER" in capsys.readouterr().err


def test_the_journal_can_be_taken_out(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world.join()
    world.ask(world.sold.text)
    world.close()
    target = tmp_path / "out.cbor"
    assert main(["--folder", str(world.folder.path), "export-journal", str(target)]) == 0
    assert "1 entries" in capsys.readouterr().out
    assert main(["--folder", str(world.folder.path), "export-journal", str(target)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_a_serial_scanner_scans_beside_the_lines_and_each_answer_is_a_whole_line(world: World, tmp_path: Path) -> None:
    world.join()
    said: list[str] = []
    with SerialStand(tmp_path / "ttyACM0") as stand:
        take, text = world.headless.take_from(said.append), world.sold.text.encode()
        port = SerialPort(str(stand.path), 9600, SystemClock(), take, is_whole=is_whole)
        port.start()
        try:
            wait_until(lambda: port.is_open)
            stand.send(b"]Q1" + text[:100])
            wait_until(lambda: len(said) == 1)
            stand.send(text[100:] + b"\r")
            wait_until(lambda: len(said) == 2)
        finally:
            port.stop()
    assert json.loads(said[0]) == {"answer": "torn"}, "half a pass is no verdict"
    assert json.loads(said[1])["outcome"] == "admit"
    front = world.headless.front
    assert front is not None
    wait_until(lambda: front.not_shown_yet() == ())  # a line that was written is an answer that was shown


def test_as_a_service_it_scans_on_without_standard_input_until_it_is_stopped(tmp_path: Path) -> None:
    with SerialStand(tmp_path / "ttyACM0") as stand:
        command = [sys.executable, "-m", "kiosk.cli", "--verbose", "--folder", str(tmp_path / "kiosk"), "headless"]
        serial = {"RALLYGATE_KIOSK_SERIAL": str(stand.path)}
        pipe, none = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, env=os.environ | serial, stdin=none, stdout=pipe, stderr=pipe) as kiosk:
            assert kiosk.stdout is not None
            assert kiosk.stderr is not None
            try:
                assert any(b"ttyACM0: open" in line for line in kiosk.stderr)
                stand.send(b"12345678\r")
                assert b"has not joined" in kiosk.stdout.readline()
                assert kiosk.poll() is None
            finally:
                kiosk.terminate()
                code = kiosk.wait(20)
    assert code == 0


def test_lights_are_set_where_there_are_some(world: World, tmp_path: Path) -> None:
    assert "no torch set up" in str(world.command(do="light", light="torch", level=100)["what"])
    (tmp_path / "max_brightness").write_text("255")
    world.headless = Headless(None, world.joining, world.clock, Lights(brightness=SysfsLight(tmp_path)))
    assert world.command(do="light", light="brightness", level=100)["answer"] == "done"
    assert (tmp_path / "brightness").read_text() == "255"
    assert "0 to 100" in str(world.command(do="light", light="brightness", level=200)["what"])


def test_a_kiosk_too_old_for_its_server_says_so_and_goes_on_admitting(world: World) -> None:
    world.join()
    world.server.protocol = PROTOCOL + 1
    answer = world.command(do="exchange")
    assert "update it; it goes on admitting" in str(answer["trouble"])
    admitted = world.ask(world.sold.text)
    assert (admitted["answer"], admitted["outcome"]) == ("verdict", "admit")
    world.server.protocol = PROTOCOL
    assert world.command(do="exchange")["pending"] == 0, "once updated it delivers everything"


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(2000):
        if is_so():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen within 20 s")
