"""A small event with keys, passes and snapshots, for tests of the kiosk; no server."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from common import envelope
from common.badges import Badge, Role, badge_public, new_badge_secret, sign_badge
from common.beside import in_buckets, pack_numbers
from common.bodies import Issue, IssuedTicket, KioskBody, Statement
from common.catalogue import (
    Catalogue,
    CatalogueArea,
    CataloguePoint,
    CatalogueProduct,
    CatalogueVariant,
    QuestionWords,
    encode_catalogue,
)
from common.certificates import issue_certificate
from common.clock import ManualClock
from common.decimal_text import to_decimal
from common.entries import Entry, Stamp, write_entry
from common.envelope import Typ
from common.exchange import FileKind, Manifest, SnapshotFile, VersionVector, to_payload
from common.expand import facts_of
from common.fact_rows import pack_facts
from common.facts import Fact, Standing
from common.ids import AreaNo, Cause, EventUid, PointNo, ProductNo, Ref, RunId, TicketId
from common.keys import KeyList, KeyRing, KeyUse, key_entry, open_key_list, sign_key_list
from common.passes import Pass, sign_pass
from common.questions import AskChoice, AskText, Question
from common.rules import (
    DayRule,
    InOut,
    Once,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
)
from common.sealing import HolderData, new_seal_key, seal_holder, seal_public
from common.signing import SigningKey, device_id
from common.snapshot_format import (
    ADMISSION_PRAGMAS,
    ADMISSION_TABLES,
    CATALOGUE_PART,
    HOLDERS_PRAGMAS,
    HOLDERS_TABLES,
    KEYS_PART,
    Base,
    code_rows,
    ticket_key,
)
from common.ticket_code import TicketCode, code_hash, derive_code
from common.vectors import Link, RunKey, lines_of, vector_of
from kiosk.store.enrolled import Enrolled, device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.store.snapshots import Snapshots, stem_of

NOW_MS = 1_782_900_000_000  # 2026-07-01, noon in Prague or so
EVENT = EventUid(b"rly1")
RALLY, LUNCH, CAMP, SHIRT = ProductNo(1), ProductNo(2), ProductNo(3), ProductNo(4)
GATE, STAND, WILD = PointNo(1), PointNo(2), PointNo(3)
GROUNDS, CAMPSITE = AreaNo(0), AreaNo(1)


@dataclass(frozen=True, slots=True)
class Sold:
    """A ticket with its code and pass."""

    ticket: TicketId
    code: TicketCode
    issued: IssuedTicket
    text: str


@dataclass
class Event:
    """The event's keys, its server's run, and what it has said."""

    root: SigningKey = field(default_factory=SigningKey.generate)
    scribe: SigningKey = field(default_factory=SigningKey.generate)
    passes: SigningKey = field(default_factory=SigningKey.generate)
    badges: SigningKey = field(default_factory=SigningKey.generate)
    online: SigningKey = field(default_factory=SigningKey.generate)
    code_key: bytes = field(default_factory=lambda: os.urandom(32))
    run: RunId = field(default_factory=lambda: RunId(os.urandom(8)))
    now_ms: int = NOW_MS
    said: list[Entry] = field(default_factory=list)
    seal: bytes = field(default_factory=new_seal_key)
    foreign: SigningKey = field(default_factory=SigningKey.generate)
    pins: dict[bytes, bytes] = field(default_factory=dict)

    def key_list(self, version: int = 1) -> bytes:
        """The signed key list; it knows the pass key of a test event too."""
        entries = [
            key_entry(KeyUse.PASS, self.passes.verify_key.raw, EVENT),
            key_entry(KeyUse.BADGE, self.badges.verify_key.raw, EVENT),
            key_entry(KeyUse.SCRIBE, self.scribe.verify_key.raw, EVENT),
            key_entry(KeyUse.ONLINE, self.online.verify_key.raw, EVENT),
            key_entry(KeyUse.SEAL, seal_public(self.seal), EVENT),
            key_entry(KeyUse.PASS, self.foreign.verify_key.raw, EventUid(b"test"), is_test=True),
        ]
        return sign_key_list(KeyList(version, EVENT, self.now_ms // 1000, tuple(entries)), self.root)

    def ring(self) -> KeyRing:
        """The key ring of the list."""
        opened = open_key_list(self.key_list(), self.root.verify_key)
        assert isinstance(opened, KeyList)
        return KeyRing(opened)

    def say(self, body: Statement) -> Entry:
        """A statement of the server."""
        last = self.said[-1] if self.said else None
        number = len(self.said) + 1
        previous = None if last is None else last.ref.digest
        entry = write_entry(self.scribe, EVENT, self.run, number, previous, None, Stamp(self.now_ms), None, body)
        self.said.append(entry)
        return entry

    def make_ticket(self, *items: tuple[ProductNo, int], product: ProductNo = RALLY, generation: int = 0) -> Sold:
        """A ticket nobody has heard of yet: only its pass says that it was sold."""
        ticket = TicketId(os.urandom(8))
        return self.pass_for(ticket, items, product, generation)

    def pass_for(
        self, ticket: TicketId, items: tuple[tuple[ProductNo, int], ...], product: ProductNo, generation: int
    ) -> Sold:
        """A pass for a ticket id."""
        code = derive_code(self.code_key, ticket, generation)
        now_s = self.now_ms // 1000
        pass_ = Pass(
            EVENT, ticket, code, generation, now_s - 3600, now_s + 86_400, None, product, items, self.passes.kid
        )
        issued = IssuedTicket(ticket, code_hash(code), generation, product, items)
        return Sold(ticket, code, issued, to_decimal(sign_pass(pass_, self.passes)))

    def issue(self, *sold: Sold) -> Entry:
        """The statement that these were sold."""
        return self.say(Issue(Cause(os.urandom(16)), tuple(one.issued for one in sold)))

    def badge(self, name: str = "Jana", roles: tuple[Role, ...] = (Role.SUPERVISOR,), pin: str = "123456") -> str:
        """The text of a staff badge."""
        secret = new_badge_secret()
        badge = Badge(EVENT, name, roles, secret, self.now_ms // 1000 + 86_400)
        self.pins[badge.badge] = badge_public(secret, pin)
        return to_decimal(sign_badge(badge, self.badges))

    def certificate(self, device: SigningKey, name: str = "Gate 1") -> bytes:
        """A device's certificate."""
        return issue_certificate(self.scribe, EVENT, device.verify_key.raw, name, self.now_ms // 1000)


SHIRT_QUESTIONS = (Question("size", AskChoice(("s", "l"))), Question("wish", AskText(20), required=False))
SHIRT_RULES = ProductRules(SHIRT, ProductKind.ITEM, Quantity(), questions=SHIRT_QUESTIONS, asks_questions=True)
SHIRT_WORDS = (
    QuestionWords("size", {"en": "Size", "cs": "Velikost"}, {"s": {"en": "Small"}, "l": {"en": "Large"}}),
    QuestionWords("wish", {"en": "Any wish?"}),
)


SHIRT_SIZES = ("m", "l", "xl")
SHIRT_VARIANTS = tuple(CatalogueVariant(key, {"en": key.upper()}) for key in SHIRT_SIZES)


def catalogue(version: int = 1) -> Catalogue:
    """A gate (in and out), a stand for lunches, and a gate to a camp."""
    return Catalogue(
        version=version,
        event=EVENT,
        names={"en": "Rally", "cs": "Sraz"},
        languages=("cs", "en"),
        default_language="en",
        days=DayRule("Europe/Prague"),
        starts_ms=NOW_MS - 86_400_000,
        ends_ms=NOW_MS + 3 * 86_400_000,
        products=(
            CatalogueProduct(ProductRules(RALLY, ProductKind.TICKET, Once()), {"en": "Rally pass", "cs": "Vstupenka"}),
            CatalogueProduct(ProductRules(LUNCH, ProductKind.ITEM, Quantity()), {"en": "Lunch", "cs": "Oběd"}),
            CatalogueProduct(
                ProductRules(CAMP, ProductKind.TICKET, InOut()),
                {"en": "Camp", "cs": "Kemp"},
                {"en": "Give the wristband"},
            ),
            CatalogueProduct(
                SHIRT_RULES, {"en": "Shirt", "cs": "Tričko"}, questions=SHIRT_WORDS, variants=SHIRT_VARIANTS
            ),
        ),
        points=(
            CataloguePoint(PointRules(GATE, PointKind.GATE, GROUNDS, (RALLY,), lets_out=True), {"en": "North gate"}),
            CataloguePoint(PointRules(STAND, PointKind.STAND, GROUNDS, (LUNCH, SHIRT)), {"en": "Kitchen"}),
            CataloguePoint(PointRules(WILD, PointKind.GATE, CAMPSITE, (CAMP,), lets_out=True), {"en": "Camp gate"}),
        ),
        areas=(CatalogueArea(GROUNDS, {"en": "Grounds"}), CatalogueArea(CAMPSITE, {"en": "Camp"})),
    )


@dataclass(frozen=True, slots=True)
class Built:
    """A snapshot as it travels: signed manifest and the compressed files by their hash."""

    manifest: Manifest
    signed: bytes
    files: dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """What to put into a snapshot."""

    entries: tuple[Entry, ...]
    holders: tuple[tuple[Sold, HolderData], ...] = ()
    devices: tuple[tuple[bytes, bytes, str, int | None], ...] = ()  # device, certificate, name, point
    safe: VersionVector | None = None
    build_ms: int = NOW_MS
    families: tuple[tuple[TicketId, ...], ...] = ()  # by rising size
    bought: Mapping[TicketId, bytes] = field(default_factory=dict)  # common.variants.pack_bought of SHIRT_SIZES
    catalogue: Catalogue | None = None  # None: the usual one


def build_snapshot(event: Event, contents: Contents, folder: Path) -> Built:
    """A snapshot of these entries, written by the format's own tables and rows."""
    admission, holders = folder / "build-admission.sqlite", folder / "build-holders.sqlite"
    _write_admission(event, contents, admission)
    _write_holders(contents, holders)
    files: dict[bytes, bytes] = {}
    offers = tuple(
        _offer(kind, path, files) for kind, path in ((FileKind.ADMISSION, admission), (FileKind.HOLDERS, holders))
    )
    vector = vector_of_entries(contents.entries)
    manifest = Manifest(
        1, EVENT, contents.build_ms, 1, offers, vector, contents.safe if contents.safe is not None else ()
    )
    signed = envelope.sign(to_payload(manifest), event.scribe, Typ.MANIFEST, 8 * 1024 * 1024)
    return Built(manifest, signed, files)


def vector_of_entries(entries: Iterable[Entry]) -> VersionVector:
    """The vector of a set of entries."""
    runs: dict[RunKey, list[Link]] = {}
    for entry in entries:
        name = entry.ref.identity
        runs.setdefault((name.device, name.run), []).append(Link(name.number, entry.ref.digest, entry.previous))
    return vector_of({key: lines_of(links) for key, links in runs.items()})


def _offer(kind: FileKind, path: Path, files: dict[bytes, bytes]) -> SnapshotFile:
    plain = path.read_bytes()
    path.unlink()
    packed = zstandard.ZstdCompressor(level=3).compress(plain)
    sha = hashlib.sha256(packed).digest()
    files[sha] = packed
    return SnapshotFile(kind.value, sha, len(packed), hashlib.sha256(plain).digest(), len(plain))


def _write_admission(event: Event, contents: Contents, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for text in (*ADMISSION_PRAGMAS, "BEGIN", *ADMISSION_TABLES):
        connection.execute(text)
    runs: dict[tuple[bytes, bytes], int] = {}
    statements: dict[Ref, int] = {}
    by_ref = {entry.ref: entry for entry in contents.entries}

    def run_of(device: bytes, run: bytes) -> int:
        return runs.setdefault((device, run), len(runs) + 1)

    def statement_of(ref: Ref) -> int:
        return statements.setdefault(ref, len(statements) + 1)

    tickets: dict[TicketId, list[Fact]] = {}
    for entry in contents.entries:
        facts = facts_of(entry, Standing.PROVEN)
        for fact in facts:
            tickets.setdefault(fact.ticket, []).append(fact)
        if not facts:
            name = entry.ref.identity
            row = (run_of(name.device, name.run), name.number, entry.ref.digest, entry.raw)
            connection.execute("INSERT INTO others VALUES (?, ?, ?, ?)", row)
    base = Base(contents.build_ms, 20_000)
    for ticket, facts_here in tickets.items():
        packed = pack_facts(facts_here, base, run_of, statement_of)
        connection.execute("INSERT INTO tickets VALUES (?, ?)", (ticket_key(ticket), packed))
    pairs = [
        (fact.code_hash, fact.ticket)
        for facts_here in tickets.values()
        for fact in facts_here
        if hasattr(fact, "code_hash")
    ]
    connection.executemany("INSERT INTO codes VALUES (?, ?)", code_rows(pairs))
    for ref, no in statements.items():
        name, said = ref.identity, by_ref[ref]
        cause = getattr(said.body, "cause", b"")
        stated = (no, run_of(name.device, name.run), name.number, ref.digest, cause, said.stamp.corrected_ms)
        connection.execute("INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?)", stated)
    connection.executemany(
        "INSERT INTO runs VALUES (?, ?, ?)", [(no, device, run) for (device, run), no in runs.items()]
    )
    _write_beside(connection, contents, tickets)
    connection.executemany("INSERT INTO devices VALUES (?, ?, ?, ?, 0)", contents.devices)
    connection.executemany("INSERT INTO badges VALUES (?, ?, 0)", event.pins.items())
    meta = {
        "schema": 1,
        "event": EVENT,
        "build_ms": contents.build_ms,
        "base_ms": base.ms,
        "base_day": base.day,
        "catalogue": 1,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    parts = [(CATALOGUE_PART, encode_catalogue(contents.catalogue or catalogue())), (KEYS_PART, event.key_list())]
    connection.executemany("INSERT INTO catalogue VALUES (?, ?)", parts)
    connection.execute("COMMIT")
    connection.close()


def _write_beside(connection: sqlite3.Connection, contents: Contents, tickets: Iterable[TicketId]) -> None:
    """What stands beside the facts: which sizes were bought, and who with whom."""
    sizes = [(no, SHIRT, key) for no, key in enumerate(SHIRT_SIZES, start=1)]
    connection.executemany("INSERT INTO variants VALUES (?, ?, ?)", sizes)
    connection.executemany("INSERT INTO purchases VALUES (?, ?)", enumerate(contents.bought.values(), start=1))
    numbers = {ticket_key(ticket): no for no, ticket in enumerate(contents.bought, start=1)}
    families = {ticket_key(t): no for no, family in enumerate(contents.families, start=1) for t in family}
    for bucket, keys in in_buckets(sorted(map(ticket_key, tickets))):
        columns = [pack_numbers([of_key.get(key, 0) for key in keys]) for of_key in (numbers, families)]
        connection.execute("INSERT INTO beside VALUES (?, ?, ?)", (bucket, *columns))
    sizes_of = {len(family): no for no, family in reversed(list(enumerate(contents.families, start=1)))}
    connection.executemany("INSERT INTO family_sizes VALUES (?, ?)", sizes_of.items())


def _write_holders(contents: Contents, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for text in (*HOLDERS_PRAGMAS, *HOLDERS_TABLES):
        connection.execute(text)
    for sold, data in contents.holders:
        sealed = seal_holder(sold.code, EVENT, sold.ticket, sold.issued.generation, data)
        connection.execute(
            "INSERT INTO holders VALUES (?, ?, ?)", (ticket_key(sold.ticket), sold.issued.generation, sealed)
        )
    meta = {"schema": 1, "event": EVENT, "build_ms": contents.build_ms}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    connection.close()


@dataclass
class OtherDevice:
    """Another kiosk of the event, as far as others see it: it writes entries."""

    event: Event
    name: str = "Gate 9"
    key: SigningKey = field(default_factory=SigningKey.generate)
    run: RunId = field(default_factory=lambda: RunId(os.urandom(8)))
    written: list[Entry] = field(default_factory=list)

    @property
    def device(self) -> bytes:
        """Its id."""
        return device_id(self.key.verify_key.raw)

    def write(self, body: KioskBody) -> Entry:
        """Its next entry."""
        last = self.written[-1] if self.written else None
        number, previous = len(self.written) + 1, None if last is None else last.ref.digest
        entry = write_entry(self.key, EVENT, self.run, number, previous, None, Stamp(NOW_MS), None, body)
        self.written.append(entry)
        return entry

    def row(self, point: int | None = GATE) -> tuple[bytes, bytes, str, int | None]:
        """Its row in a snapshot."""
        return (self.device, self.event.certificate(self.key, self.name), self.name, point)


def clock_at_noon() -> ManualClock:
    """A clock that stands at the world's noon."""
    return ManualClock(NOW_MS)


def enrol(event: Event, path: Path, point: PointNo | None = GATE, address: str = "http://127.0.0.1:1") -> Folder:
    """A folder of a kiosk that has joined, as enrolment leaves it."""
    folder = Folder(path)
    folder.make()
    key = device_key(folder)
    certificate = event.certificate(key)
    papers = Enrolled(EVENT, "Rally", address, certificate, event.root.verify_key.raw, event.key_list(), point)
    write_enrolled(folder, papers)
    return folder


def put_snapshot(folder: Folder, event: Event, built: Built) -> None:
    """Install a snapshot in the folder of a kiosk that does not run."""
    snapshots = Snapshots(folder, event.ring())
    install_snapshot(snapshots, folder, built)
    snapshots.close()


def install_snapshot(snapshots: Snapshots, folder: Folder, built: Built) -> None:
    """Install a snapshot from its bytes, as sync does after downloading."""
    stem = stem_of(built.manifest)
    paths = {}
    for file in built.manifest.files:
        ending = ".sqlite" if file.kind == FileKind.ADMISSION else "-holders.sqlite"
        paths[file.kind] = folder.snapshots / f"{stem}{ending}"
        plain = zstandard.ZstdDecompressor().decompress(built.files[file.sha256], max_output_size=file.plain_size)
        paths[file.kind].write_bytes(plain)
    snapshots.install(paths[FileKind.ADMISSION.value], paths.get(FileKind.HOLDERS.value), built.signed)
