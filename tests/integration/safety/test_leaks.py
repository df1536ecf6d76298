"""Nobody is given away: after a day's work no file of a kiosk holds a name, plate, mail or answer of a holder.

The same looking finds all of them where nothing is sealed, so it would find them here too.
"""

from __future__ import annotations

import base64
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard

from common import cbor, search_index
from common.sealing import HolderData
from syncserver.services import holder_sealing
from syncserver.services.answers import AnswerBook
from syncserver.services.evidence import open_manifest
from syncserver.services.issue_passes import PassText
from syncserver.stores import snapshots
from tests.support.headless_process import HeadlessProcess
from tests.support.leak_day import (
    a_world_of,
    answered_before,
    guests,
    join_and_fetch,
    note_of,
    person_secrets,
    secrets_of,
    tell_before,
    typed_answers,
)
from tests.support.leak_finder import LeakFinder
from tests.support.served_app import served
from tests.support.server_world import LUNCH, ONE_DAY
from tests.support.whole_world import PIN, Guest, WholeWorld


@dataclass
class Day:
    """What was done, and where it left its files."""

    world: WholeWorld
    guests: list[Guest]
    device: Path
    answers: list[str]  # typed at the gate
    finder: LeakFinder


ANSWERING = range(900, 940)  # these hold one day's tickets, which ask at the gate
LOOKED_AT = range(200, 240)
USED = range(40, 60)  # of those scanned first
FOUND = range(100, 140)
WHY = "Ničemu nerozumím"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day at a gate: scans, answers, refusals, looks at used passes and others, finds, a badge session, a kill."""
    path = tmp_path_factory.mktemp("leaks")
    people = guests()
    with a_world_of(path) as world:
        passes = world.issue(*people[:900], items=((LUNCH, 2),)) + world.issue(*people[900:], product=ONE_DAY)
        tell_before(world, passes)
        badge = world.badge()
        world.build()
        device = path / "device"
        device.mkdir()
        with served(world.app) as address:
            kiosk = HeadlessProcess(device / "kiosk", device / "kiosk.log")
            join_and_fetch(world, kiosk, address, device / "kiosk")
            _scan(kiosk, people, passes)
            _answer(kiosk, people, passes)
            _only_look(kiosk, people, passes)
            assert kiosk.line(passes[3].digits)["outcome"] == "refuse"
            kiosk.line(people[80].name)  # a text that is no code, and a name at that
            _find(kiosk, people, passes, badge.digits)
            kiosk.kill()
            kiosk = HeadlessProcess(device / "kiosk", device / "kiosk.log")
            kiosk.ask(do="exchange")
            world.issue(Guest("Pozdní Příchozí-Žížalová"))
            world.build()
            kiosk.ask(do="status")
            kiosk.close()
        answers = [text for number in ANSWERING for text in typed_answers(number).values()]
        yield Day(world, people, device, answers, LeakFinder([*secrets_of(people), *answers, WHY]))


def _scan(kiosk: HeadlessProcess, people: list[Guest], passes: list[PassText]) -> None:
    for number in range(60):
        shown = kiosk.line(passes[number].digits)
        assert shown["outcome"] == "admit", shown
        assert shown["holder"] == {
            "name": people[number].name, "plate": people[number].plate,
            "attention": note_of(number), "wants_look": False,
        }  # fmt: skip
        assert [(one["names"]["en"], one["answer"]) for one in shown["kept"]] == [
            ("What do you avoid?", answered_before(number))
        ]
    assert kiosk.ask(do="code", text=passes[70].code)["outcome"] == "admit"


def _answer(kiosk: HeadlessProcess, people: list[Guest], passes: list[PassText]) -> None:
    """Asked first, then answered: with an answer that is none, and with one that is taken."""
    for number in ANSWERING:
        asked = kiosk.line(passes[number].digits)
        assert (asked["reason"], asked["holder"]["name"]) == ("questions", people[number].name)
        answers = typed_answers(number)
        assert kiosk.ask(do="again", answers=answers | {"mail": answers["diet"]})["outcome"] == "ask"
        assert kiosk.ask(do="again", answers=answers)["outcome"] == "admit"


def _only_look(kiosk: HeadlessProcess, people: list[Guest], passes: list[PassText]) -> None:
    for number in LOOKED_AT:
        shown = kiosk.ask(do="scan", text=passes[number].digits, info=True)
        assert (shown["info"], shown["outcome"], shown["holder"]["name"]) == (True, "admit", people[number].name)
    for number in USED:
        shown = kiosk.ask(do="scan", text=passes[number].digits, info=True)
        assert (shown["info"], shown["reason"], shown["holder"]["name"]) == (True, "already_today", people[number].name)
        assert (shown["holder"]["attention"], shown["first_use"]["here"]) == (note_of(number), True)
    assert kiosk.ask(do="preflight")["checks"]


def _find(kiosk: HeadlessProcess, people: list[Guest], passes: list[PassText], badge: str) -> None:
    kiosk.ask(do="badge", text=badge)
    kiosk.ask(do="pin", pin="999999")
    assert kiosk.ask(do="pin", pin=PIN)["answer"] == "operator"
    for number in FOUND:
        found = kiosk.ask(do="find", text=people[number].name)
        assert [one["name"] for one in found["tickets"]] == [people[number].name]
    ticket = found["tickets"][0]["ticket"]
    assert kiosk.ask(do="redeem", ticket=ticket, info=True)["info"]
    assert kiosk.ask(do="redeem", ticket=ticket, why=people[139].name)["outcome"] == "admit"
    assert kiosk.ask(do="find", text=people[9].plate)["answer"] == "found"
    overridden = kiosk.ask(do="scan", text=passes[3].digits, override="already_today", why=WHY)
    assert overridden["outcome"] == "admit", overridden


def test_no_file_of_the_device_holds_a_name_plate_mail_or_answer(day: Day) -> None:
    names = {path.name for path in day.device.rglob("*") if path.is_file()}
    assert {"journal.sqlite", "learnt.sqlite", "device.key", "kiosk.log"} <= names
    assert any(name.endswith("-holders.sqlite") for name in names)
    assert any(name.endswith("-search.sqlite") for name in names)
    assert day.finder.in_folder(day.device) == {}


def test_the_same_looking_finds_every_name_and_plate_where_nothing_is_sealed(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same snapshot built with sealing that does nothing, and what a careless program would leave beside it."""
    control = _unsealed_control(day, tmp_path, monkeypatch)
    found = day.finder.in_folder(control)
    for number, person in enumerate(day.guests):
        assert found.keys() >= set(person_secrets(person, number))
    assert found.keys() >= {*day.answers, WHY}
    files = {file for where in found.values() for file in where}
    assert {"kiosk/holders.sqlite", "kiosk/search.sqlite"} <= files


def test_answers_and_the_cause_of_an_override_are_in_the_journal_for_the_server_alone(day: Day) -> None:
    """So it was there to be found: sealed, it came with the exchange."""
    book = AnswerBook(day.world.services.db, day.world.services.keys).newest(day.world.event)
    opened = {answer for one in book for _, answer in one.given.answers}
    assert opened == {*day.answers, WHY}


def test_each_form_in_which_a_text_may_stand_is_found(day: Day, tmp_path: Path) -> None:
    """Every encoding, packing and hiding place on its own."""
    name = day.guests[5].name
    folded = search_index.fold_text(name)
    around = b"\x00\x07" + name.encode() + b"\xff"
    forms = {
        "utf8": around,
        "utf16le": b"x" + name.encode("utf-16-le"),
        "utf16be": b"x" + name.encode("utf-16-be"),
        "folded": folded.encode(),
        "capitals": folded.upper().encode(),
        "base64": base64.b64encode(b'{"holder":"' + name.encode() + b'"}'),
        "hex": name.encode().hex().encode(),
        "zlib": b"header" + zlib.compress(around * 3),
        "zstd in zlib": zlib.compress(zstandard.ZstdCompressor().compress(around)),
    }
    for form, raw in forms.items():
        (tmp_path / form).write_bytes(raw)
        assert name in day.finder.in_file(tmp_path / form), form
    table = tmp_path / "deleted.sqlite"
    connection = sqlite3.connect(table)
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE people (name TEXT)")
    connection.executemany("INSERT INTO people VALUES (?)", [(name,)] * 10)
    connection.commit()
    connection.execute("DELETE FROM people")
    connection.commit()
    connection.close()
    assert name in day.finder.in_file(table)


def test_a_wal_that_was_never_folded_back_holds_nobody_either(day: Day, tmp_path: Path) -> None:
    """The kill left WAL and shared memory; they were looked through when they lay there."""
    with served(day.world.app):  # the device does not know where: it is offline
        copy = tmp_path / "device"
        shutil.copytree(day.device, copy)
        kiosk = HeadlessProcess(copy / "kiosk", copy / "kiosk.log")
        kiosk.line(day.guests[2].name)
        kiosk.ask(do="status")
        kiosk.kill()
    names = {path.name for path in copy.rglob("*")}
    assert {"journal.sqlite-wal", "learnt.sqlite-shm"} <= names
    assert day.finder.in_folder(copy) == {}


def _unsealed_control(day: Day, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    people = {person.name: person for person in day.guests}

    def holder_in_the_clear(
        _code: object, _event: object, _ticket: object, _generation: object, data: HolderData
    ) -> bytes:
        mail = people[data.name].mail if data.name in people else ""
        return cbor.encode([data.name, data.plate, data.notes, *(one.answer for one in data.answers), mail])

    class InTheClear:
        def __init__(self, _key: bytes) -> None:
            pass

        def encrypt(self, _nonce: bytes, plain: bytes, _bound: bytes) -> bytes:
            return plain

    monkeypatch.setattr(holder_sealing, "seal_holder", holder_in_the_clear)
    monkeypatch.setattr(search_index, "AESGCM", InTheClear)
    world = day.world
    world.build()
    (folder / "kiosk").mkdir()
    with world.services.db.read() as tx:
        newest = snapshots.newest(tx, world.event.id)
    assert newest is not None
    _unpack_all(world, newest.manifest, folder / "kiosk")
    (folder / "kiosk.log").write_text("\n".join([*day.answers, WHY]), "utf-16")
    return folder


def _unpack_all(world: WholeWorld, raw: bytes, target: Path) -> None:
    manifest = open_manifest(world.services.known.event(world.event.uid), raw)
    assert manifest is not None
    for file in manifest.files:
        packed = (world.services.config.snapshots / file.sha256.hex()).read_bytes()
        plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=file.plain_size)
        (target / f"{file.kind}.sqlite").write_bytes(plain)
