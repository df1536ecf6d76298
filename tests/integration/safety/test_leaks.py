"""Nobody is given away: after a day's work no file of a kiosk holds a name, plate, mail or answer of a holder.

The same looking finds all of them where nothing is sealed, so it would find them here too.
"""

from __future__ import annotations

import base64
import random
import shutil
import sqlite3
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import zstandard

from common import cbor, search_index
from common.clock import SystemClock
from common.sealing import HolderData
from syncserver.services import snapshot_builder
from syncserver.services.event_file.model import Loaded
from syncserver.services.event_file.shift import shift_to
from syncserver.services.evidence import open_manifest
from syncserver.stores import snapshots
from tests.support.headless_process import HeadlessProcess, served
from tests.support.leak_finder import LeakFinder
from tests.support.server_world import LUNCH
from tests.support.whole_world import PIN, Guest, WholeWorld, event_that_searches, make_whole_world

HOLDERS = 1_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
ANSWERS = ("Bezlepková příloha", "Ničemu nerozumím")
_SYLLABLES = tuple(
    "žlu ťou čky kůň úpě ďáb els óda řez łod zół ćma ęzy ßel öhr åst ørn hav tře bíč šně nov sak mír pež".split()  # noqa: SIM905
)


def guests() -> list[Guest]:
    """A thousand people nobody else is called like, all with accents, a plate and a mail."""
    rng = random.Random(7)
    made: dict[str, Guest] = {}
    while len(made) < HOLDERS:
        first, last = ("".join(rng.choices(_SYLLABLES, k=3)).capitalize() for _ in range(2))
        number = len(made)
        made.setdefault(
            f"{first} {last}", Guest(f"{first} {last}", f"{number:04d}KWZJ", f"{last}.{number}@pošta.example")
        )
    return list(made.values())


def shifted_to_today() -> Loaded:
    loaded, today = event_that_searches(), date.fromordinal(EPOCH_DAY + SystemClock().now_ms() // 86_400_000)
    return Loaded(shift_to(loaded.event_file, today), loaded.pictures, loaded.warnings)


@dataclass
class Day:
    """What was done, and where it left its files."""

    world: WholeWorld
    guests: list[Guest]
    device: Path
    finder: LeakFinder


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day at a gate: scans, refusals, finds, a found ticket used, a badge session, a kill in the middle of it."""
    path = tmp_path_factory.mktemp("leaks")
    world = make_whole_world(path, shifted_to_today(), SystemClock())
    people = guests()
    passes = world.issue(*people, items=((LUNCH, 2),))
    badge = world.badge()
    world.build()
    device = path / "device"
    device.mkdir()
    with served(world.app) as address:
        kiosk = HeadlessProcess(device / "kiosk", device / "kiosk.log")
        _join(world, kiosk, address)
        kiosk.until(lambda: any((device / "kiosk" / "snapshots").glob("*-search.sqlite")))
        for number in range(60):
            shown = kiosk.ask(do="scan", text=passes[number].digits, answers={"meal": ANSWERS[0]}, why=ANSWERS[1])
            assert shown["outcome"] == "admit", shown
            assert shown["holder"]["name"] == people[number].name
        assert kiosk.line(passes[3].digits)["outcome"] == "refuse"
        assert kiosk.ask(do="code", text=passes[70].code)["outcome"] == "admit"
        kiosk.line(people[80].name)  # a text that is no code, and a name at that
        kiosk.ask(do="badge", text=badge.digits)
        kiosk.ask(do="pin", pin="999999")
        assert kiosk.ask(do="pin", pin=PIN)["answer"] == "operator"
        for number in range(100, 140):
            found = kiosk.ask(do="find", text=people[number].name)
            assert [one["name"] for one in found["tickets"]] == [people[number].name]
        ticket = found["tickets"][0]["ticket"]
        assert kiosk.ask(do="redeem", ticket=ticket, why=people[139].name)["outcome"] == "admit"
        assert kiosk.ask(do="find", text=people[9].plate)["answer"] == "found"
        kiosk.kill()
        kiosk = HeadlessProcess(device / "kiosk", device / "kiosk.log")
        kiosk.ask(do="exchange")
        world.issue(Guest("Pozdní Příchozí-Žížalová"))
        world.build()
        kiosk.ask(do="status")
        kiosk.close()
    world.services.db.close()
    secrets = [text for one in people for text in (one.name, one.name.split()[1], one.plate, one.mail)]
    return Day(world, people, device, LeakFinder([*secrets, *ANSWERS]))


def _join(world: WholeWorld, kiosk: HeadlessProcess, address: str) -> None:
    made = world.services.enrol.make_code(world.event.id, "Gate", 1, 30)
    joined = kiosk.ask(do="enrol", server=address, code=made.code, thumbprint=made.thumbprint)
    assert joined["answer"] == "enrolled", joined


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
    for person in day.guests:
        assert found.keys() >= {person.name, person.plate, person.mail, person.name.split()[1]}
    assert found.keys() >= set(ANSWERS)
    files = {file for where in found.values() for file in where}
    assert {"kiosk/holders.sqlite", "kiosk/search.sqlite"} <= files


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
        return cbor.encode([data.name, data.plate, people[data.name].mail if data.name in people else ""])

    class InTheClear:
        def __init__(self, _key: bytes) -> None:
            pass

        def encrypt(self, _nonce: bytes, plain: bytes, _bound: bytes) -> bytes:
            return plain

    monkeypatch.setattr(snapshot_builder, "seal_holder", holder_in_the_clear)
    monkeypatch.setattr(search_index, "AESGCM", InTheClear)
    world = day.world
    world.build()
    (folder / "kiosk").mkdir()
    with world.services.db.read() as tx:
        newest = snapshots.newest(tx, world.event.id)
    assert newest is not None
    _unpack_all(world, newest.manifest, folder / "kiosk")
    (folder / "kiosk.log").write_text("\n".join(ANSWERS), "utf-16")
    return folder


def _unpack_all(world: WholeWorld, raw: bytes, target: Path) -> None:
    manifest = open_manifest(world.services.known.event(world.event.uid), raw)
    assert manifest is not None
    for file in manifest.files:
        packed = (world.services.config.snapshots / file.sha256.hex()).read_bytes()
        plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=file.plain_size)
        (target / f"{file.kind}.sqlite").write_bytes(plain)
