"""A thief with a kiosk's whole folder, but no pass and no badge: gets nobody's pass or name, and uses up nobody's.

What is tried is what a thief can do with our own code at hand: every key that follows from what lies in the folder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from common import badges, search_index
from common.badges import badge_private, badge_public, open_role_key_with
from common.bodies import Exit, Flag, Override, Redeem, Void
from common.decision import Outcome, Reason, Request
from common.entries import Entry, Stamp, write_entry
from common.ids import BadgeId, DeviceId, Digest, EventDay, RunId, TicketId
from common.sealing import open_holder, open_sealed
from common.search_index import Place
from common.signing import SigningKey, device_id
from common.snapshot_format import ticket_of_key
from common.ticket_code import CODE_BYTES, TicketCode, derive_code
from kiosk.store.enrolled import device_key, read_enrolled
from kiosk.store.folder import Folder
from kiosk.store.snapshots import InUse, Snapshots
from syncserver.db.tables_sync import uses
from syncserver.services import statements
from tests.support.cheap_argon2 import make_argon2_cheap
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS
from tests.support.whole_world import PIN, Guest, make_whole_world

NAMES = ("Řehořová Žofie", "Łukasz Dvořák", "Božena Němcová")


@pytest.fixture(autouse=True)
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least argon2id takes: the thief is given the PINs for nothing, and still has no badge."""
    make_argon2_cheap(monkeypatch)


class Theft:
    """A gate that was at work, its folder taken away, and another gate that goes on."""

    def __init__(self, path: Path) -> None:
        self.world = make_whole_world(path)
        self.badge = self.world.badge()
        self.passes = self.world.issue(*(Guest(name, "1AB 2345") for name in NAMES))
        self.world.build()
        self.stolen, self.south = self.world.gate(), self.world.gate()
        self.stolen.sign_on(self.badge)
        assert self.stolen.front.find("lukasz")
        assert self.stolen.verdict(self.passes[0].digits).outcome is Outcome.ADMIT
        self.stolen.settle()
        self.stolen.front.close()
        self.folder = Folder(path / "thief")
        shutil.copytree(self.stolen.folder.path, self.folder.path)

    @property
    def key(self) -> SigningKey:
        """The stolen device's key."""
        return device_key(self.folder)

    @property
    def event(self) -> bytes:
        return self.world.event.uid

    def secrets(self) -> Iterator[bytes]:
        """Everything in the folder that might serve as a secret: keys, signed papers, every blob of every table."""
        yield self.key.seed()
        enrolled = read_enrolled(self.folder)
        assert enrolled is not None
        yield from (enrolled.root, enrolled.certificate, enrolled.key_list)
        for path in self.folder.path.rglob("*"):
            if path.is_file():
                yield path.read_bytes()
        for one in self.snapshots():
            for entry in enrolled.ring().key_list.keys:
                yield entry.public
            assert one.search is not None
            yield from (sealed for _, sealed in one.search.chunks())

    def snapshots(self) -> tuple[InUse, ...]:
        """What the kiosk held."""
        enrolled = read_enrolled(self.folder)
        assert enrolled is not None
        return Snapshots(self.folder, enrolled.ring()).in_use

    def tickets(self) -> list[TicketId]:
        (one,) = self.snapshots()
        keys = one.file._read("SELECT ticket FROM tickets")
        return [ticket_of_key(key) for (key,) in keys]

    def guesses(self, size: int) -> set[bytes]:
        """Keys of a size that follow from the folder: cut, hashed, and by HMAC with each ticket's id."""
        made: set[bytes] = {bytes(size)}
        for secret in self.secrets():
            made |= {secret[:size].ljust(size, b"\x00"), secret[-size:].rjust(size, b"\x00")}
            made.add(hashlib.sha256(secret).digest()[:size])
            for ticket in self.tickets():
                made.add(hmac.digest(secret, ticket, "sha256")[:size])
                made.add(derive_code(hashlib.sha256(secret).digest(), ticket, 0).ljust(size, b"\x00")[:size])
        return made


@pytest.fixture
def theft(tmp_path: Path) -> Iterator[Theft]:
    theft = Theft(tmp_path)
    yield theft
    theft.world.close()


# --- what he can read -----------------------------------------------------------------------------


def test_no_key_that_follows_from_the_folder_opens_a_holder(theft: Theft) -> None:
    (one,) = theft.snapshots()
    tickets = theft.tickets()
    assert len(tickets) == len(NAMES)
    guesses = theft.guesses(CODE_BYTES)
    for ticket in tickets:
        sealed = one.file.holder(ticket)
        assert sealed is not None
        right = derive_code(theft.world.services.keys.of(theft.world.event.uid).code, ticket, 0)
        assert open_holder(right, theft.world.event.uid, ticket, 0, sealed.sealed) is not None
        assert right not in guesses
        for guess in guesses:
            assert open_holder(TicketCode(guess), theft.world.event.uid, ticket, 0, sealed.sealed) is None


def test_the_folder_has_no_code_of_a_ticket_that_was_scanned_there(theft: Theft) -> None:
    codes: list[bytes] = [
        derive_code(theft.world.services.keys.of(theft.world.event.uid).code, p.ticket, 0) for p in theft.passes
    ]
    for path in theft.folder.path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert not any(code in raw for code in codes), path.name
            assert not any(p.digits.encode() in raw or p.code.encode() in raw for p in theft.passes), path.name


def test_no_key_that_follows_from_the_folder_opens_the_list_of_names(theft: Theft) -> None:
    (one,) = theft.snapshots()
    assert one.search is not None
    chunks = list(one.search.chunks())
    place = Place(theft.world.event.uid, one.search.build_ms, 1)
    for guess in theft.guesses(32):
        assert search_index.open_chunk(guess, place, chunks[0][1]) is None


def test_every_pin_there_is_opens_no_role_key_without_the_badge(theft: Theft) -> None:
    """The badge's public half and sealed key are there; its 128 secret bits are not, and the PIN alone is no key."""
    (one,) = theft.snapshots()
    assert one.search is not None
    badge, role = BadgeId(theft.badge.badge), badges.Role.SUPERVISOR
    known, sealed = one.file.badge(badge), one.search.role_key(badge, role)
    assert known is not None
    assert sealed is not None
    for secret in (bytes(16), badge + badge, theft.key.seed()[:16], hashlib.sha256(badge).digest()[:16]):
        for pin in ("000000", "123456", PIN):
            assert badge_public(secret, pin) != known.public
            assert open_role_key_with(badge_private(secret, pin), sealed, theft.world.event.uid, badge, role) is None
    for guess in theft.guesses(32):
        assert open_sealed(guess, sealed, badges._role_sealing(theft.world.event.uid, badge, role)) is None


# --- what he can write ----------------------------------------------------------------------------


class Forger:
    """Signs whatever he likes with the stolen key, in a run of his own."""

    def __init__(self, theft: Theft) -> None:
        self.theft, self.run = theft, RunId(os.urandom(8))
        self.number = 0
        self.last: Digest | None = None

    @property
    def device(self) -> DeviceId:
        return device_id(self.theft.key.verify_key.raw)

    def write(self, body: Redeem | Exit | Override | Void, operator: BadgeId | None = None) -> Entry:
        self.number += 1
        stamp = Stamp(self.theft.world.clock.now_ms())
        uid, number, last = self.theft.world.event.uid, self.number, self.last
        entry = write_entry(self.theft.key, uid, self.run, number, last, None, stamp, operator, body)
        self.last = entry.ref.digest
        return entry

    def redeem(self, ticket: TicketId, proof: bytes | None, flags: tuple[int, ...] = (), generation: int = 0) -> Redeem:
        return Redeem(ticket, generation, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), proof, flags)


def deliver(theft: Theft, *entries: Entry) -> None:
    """The thief's tablet exchanges; the server folds and judges; the other gate hears of it."""
    world = theft.world
    known = world.services.known.event(world.event.uid)
    world.services.ingest.take(known, [entry.raw for entry in entries], Forger(theft).device)
    world.tick()
    theft.south.settle()


FORGERIES: dict[str, Callable[[Forger, TicketId], Entry]] = {
    "no proof": lambda forger, ticket: forger.write(forger.redeem(ticket, None)),
    "wrong proof": lambda forger, ticket: forger.write(forger.redeem(ticket, b"\x01" * 8)),
    "said to be found by name": lambda forger, ticket: forger.write(
        forger.redeem(ticket, b"\x02" * 8, (int(Flag.FOUND_BY_NAME),)), BadgeId(forger.theft.badge.badge)
    ),
    "a higher generation": lambda forger, ticket: forger.write(
        forger.redeem(ticket, b"\x03" * 8, generation=9_999_999)
    ),
    "an override": lambda forger, ticket: forger.write(
        Override(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None, "unpaid", "a lie"),
        BadgeId(forger.theft.badge.badge),
    ),
    "another day": lambda forger, ticket: forger.write(
        Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, EventDay(DAY + 1), (), b"\x04" * 8)
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_use_uses_up_nobodys_pass(theft: Theft, name: str) -> None:
    """At the server it counts for nothing; where it was heard it is at most a question, never a refusal."""
    victim = theft.passes[1]
    entry = FORGERIES[name](Forger(theft), victim.ticket)
    deliver(theft, entry)
    verdict = theft.south.verdict(victim.digits)
    assert verdict.outcome is not Outcome.REFUSE, verdict.reason
    if verdict.outcome is Outcome.ASK:
        assert verdict.reason is Reason.PROOF_MISSING
    assert _standing(theft, entry.ref.digest) == "unproven"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_fresh_kiosk_with_a_fresh_snapshot_is_not_fooled_either(theft: Theft, name: str) -> None:
    victim = theft.passes[1]
    deliver(theft, FORGERIES[name](Forger(theft), victim.ticket))
    theft.world.build()
    verdict = theft.world.gate().verdict(victim.digits)
    assert verdict.outcome is Outcome.ADMIT or verdict.reason is Reason.PROOF_MISSING


def test_a_supervisor_lets_the_holder_in_over_a_forged_use(theft: Theft) -> None:
    """The question a forgery raises is answered by a person with badge and PIN, and the holder is in."""
    victim = theft.passes[1]
    forger = Forger(theft)
    deliver(theft, forger.write(forger.redeem(victim.ticket, b"\x01" * 8)))
    assert theft.south.verdict(victim.digits).reason is Reason.PROOF_MISSING
    theft.south.sign_on(theft.badge)
    override = Request(override=Reason.PROOF_MISSING, override_why="his pass is whole")
    assert theft.south.verdict(victim.digits, override).outcome is Outcome.ADMIT
    assert theft.south.verdict(victim.digits).outcome is Outcome.REFUSE


def test_a_thief_takes_back_nothing_that_others_wrote(theft: Theft) -> None:
    """A void of another device's entry folds as nothing."""
    used = theft.passes[0]
    theft.south.settle()
    assert theft.south.verdict(used.digits).outcome is Outcome.REFUSE
    mine = theft.south.verdict(theft.passes[2].digits)
    assert mine.outcome is Outcome.ADMIT
    (own,) = (e for e in theft.south.front.kiosk.stores.journal.since(0) if isinstance(e.body, Redeem))
    forger = Forger(theft)
    deliver(theft, forger.write(Void(theft.passes[2].ticket, own.ref, "undone")))
    assert theft.south.verdict(theft.passes[2].digits).outcome is Outcome.REFUSE


def test_what_a_revoked_tablet_writes_afterwards_waits_for_people(theft: Theft) -> None:
    world, forger = theft.world, Forger(theft)
    with world.services.db.write() as tx:
        statements.revoke(world.services.scribe.open(tx, world.event.id), b"stolen", forger.device, "stolen")
    deliver(theft, forger.write(forger.redeem(theft.passes[1].ticket, b"\x01" * 8)))
    verdict = theft.south.verdict(theft.passes[1].digits)
    assert (verdict.outcome, verdict.reason) == (Outcome.ASK, Reason.NEEDS_SUPERVISOR)
    # What it wrote before, with the pass in the camera, still counts.
    assert theft.south.verdict(theft.passes[0].digits).outcome is Outcome.REFUSE


def _standing(theft: Theft, digest: Digest) -> str:
    with theft.world.services.db.read() as tx:
        found = tx.execute(select(uses.c.standing).where(uses.c.digest == digest)).scalar_one()
    return {1: "proven", 2: "claimed", 3: "unproven"}[found]
