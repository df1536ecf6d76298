"""Every kind of conflict at the next scan of its ticket: at who heard the entries, at who has a snapshot, online.

The real server, real kiosks; the entries are of devices of which the server sees no more than their keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from common.bodies import Note, Override, Redeem
from common.certificates import issue_certificate
from common.clock import ManualClock
from common.conflict_kinds import ConflictKind
from common.decision import Outcome, Reason, Request, Verdict
from common.entries import Entry, Stamp, write_entry
from common.envelope import Signed, Typ, sign, verify
from common.exchange import PROTOCOL, DecideAnswer, DecideRequest, from_payload, to_payload
from common.facts import ForkedFact
from common.ids import EventDay, EventUid, ProductNo, TicketId
from common.ticket_code import derive_code, proof_of_scan
from kiosk.input.events import Scanned, Source
from kiosk.shown import Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from syncserver.jobs.statement_args import CancelWanted
from syncserver.services import statements, use_conflicts
from syncserver.services.conflicts import Said, Wish
from syncserver.services.scribe import Desk
from syncserver.services.staff_actions import Actor
from syncserver.stores import conflicts as store
from syncserver.stores.conflicts import ConflictFilter
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS, KITCHEN, LUNCH, Pen, Server
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

YESTERDAY = EventDay(DAY - 1)
ONLY_LOOK = Request(info=True)


@dataclass
class Scene:
    """One ticket with a lunch, devices that write about it, and a kiosk that was there before they did."""

    world: WholeWorld
    keys: Iterator[bytes] = field(default_factory=lambda: (bytes([no]) * 16 for no in range(1, 250)))

    def __post_init__(self) -> None:
        self.text = self.sell()
        self.ticket = self.passes[0].ticket
        self.asker = self.join()
        self.world.build()
        self.heard = self.world.gate()

    def sell(self) -> str:
        """A ticket; the text of its pass."""
        self.passes = self.world.issue(Guest("Jana"), items=((LUNCH, 1),))
        return self.passes[0].digits

    def state(self, what: Callable[[Desk, bytes], object]) -> None:
        """The server says something."""
        with self.world.services.db.write() as tx:
            what(self.world.services.scribe.open(tx, self.world.event.id), next(self.keys))

    def join(self) -> Pen:
        """A device that has enrolled."""
        s, event = self.world.services, self.world.event
        assert isinstance(self.world.clock, ManualClock)
        pen = Pen(Server(s.db, self.world.clock, s.keys, s.scribe, s.projector, event))

        def certify(desk: Desk, key: bytes) -> None:
            public = pen.key.verify_key.raw
            certificate = issue_certificate(desk.keys.scribe, EventUid(event.uid), public, "Pen", 0)
            statements.device(desk, key, pen.device, certificate, "Pen", GATE)

        self.state(certify)
        return pen

    def proof(self, pen: Pen, ticket: TicketId | None = None) -> bytes:
        """Of the next entry a device writes."""
        keys, uid = self.world.services.keys.of(self.world.event.uid), EventUid(self.world.event.uid)
        code = derive_code(keys.code, ticket or self.ticket, 0)
        return proof_of_scan(code, uid, pen.device, pen.run, pen.number + 1)

    def use(self, pen: Pen, day: EventDay = YESTERDAY, product: ProductNo = FOUR_DAYS, proof: bytes = b"") -> Redeem:
        """What a device writes that admits, or hands out a lunch."""
        point = KITCHEN if product == LUNCH else GATE
        return Redeem(self.ticket, 0, product, 1, point, GROUNDS, day, (), proof or self.proof(pen))

    def take(self, *entries: Entry) -> None:
        """Entries come in and are folded, their proofs are judged."""
        s = self.world.services
        s.ingest.take(s.known.event(self.world.event.uid), [entry.raw for entry in entries], None)
        self.world.tick()
        self.world.advance(60)

    def listed(self) -> list[tuple[str, bytes]]:
        """The supervisor's list: what is open of the ticket."""
        with self.world.services.db.read() as tx:
            rows = store.listed(tx, self.world.event.id, ConflictFilter(), None, 100)
        return [(row.why, row.digest) for row in rows if row.ticket == self.ticket]

    def decide(self, digest: bytes, wish: Wish) -> None:
        """A supervisor decides a use."""
        self.world.advance(1)
        actor = Actor(None, self.world.event.id, self.world.clock.now_ms())
        assert self.world.services.admin.deciding.one(actor, digest, Said(wish, "looked at", next(self.keys)))
        self.world.tick()

    # --- who tells it -----------------------------------------------------------------------------

    def everywhere(self) -> dict[str, tuple[str, str, tuple[str, ...]]]:
        """Outcome, reason and what is told: by who heard the entries, by a kiosk that has them as rows, online."""
        self.heard.settle(6)
        self.world.build()
        rows = self.world.gate()
        learnt = rows.front.kiosk.stores.learnt
        learnt.prune([one.position for one in learnt.rows()]).result()
        rows.front.sync.exchanger.held.rebuild()
        assert learnt.of_ticket(self.ticket) == ()
        told = {"heard": _said(look(self.heard, self.text)), "snapshot": _said(look(rows, self.text))}
        return {**told, "online": self.online()}

    def online(self) -> tuple[str, str, tuple[str, ...]]:
        """The server's answer to a device."""
        fields = {"text": self.text, "point": str(GATE)}
        raw = sign(
            to_payload(DecideRequest(PROTOCOL, self.world.event.uid, bytes(16), fields)),
            self.asker.key.as_device(),
            Typ.DECIDE,
        )
        reply = self.world.app.test_client().post("/api/v1/decide", data=raw)
        key = self.world.services.keys.of(self.world.event.uid).online.verify_key
        signed = verify(reply.data, Typ.ANSWER, lambda kid: key if kid == key.kid else None)
        assert isinstance(signed, Signed)
        answer = from_payload(signed.payload, DecideAnswer)
        assert isinstance(answer, DecideAnswer)
        verdict = json.loads(answer.verdict)
        return verdict["outcome"], verdict["reason"], tuple(verdict["undecided"])


def look(gate: Gate, text: str) -> Verdict:
    """A scan that writes nothing."""
    return gate.verdict(text, ONLY_LOOK)


def _said(verdict: Verdict) -> tuple[str, str, tuple[str, ...]]:
    return verdict.outcome.value, verdict.reason.value, tuple(kind.value for kind in verdict.undecided)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    world = make_whole_world(tmp_path)
    yield Scene(world)
    world.close()


# --- the table ------------------------------------------------------------------------------------


def _forged(scene: Scene) -> None:
    thief = scene.join()
    scene.take(thief.write(scene.use(thief, proof=b"forgery!")))


def _forged_today(scene: Scene) -> None:
    thief = scene.join()
    scene.take(thief.write(scene.use(thief, DAY, proof=b"forgery!")))


def _forked(scene: Scene) -> None:
    pen = scene.join()
    clone = copy(pen)
    scene.take(pen.write(scene.use(pen)))
    scene.take(clone.write(Note(None, b"sealed")))


def _forked_today(scene: Scene) -> None:
    pen = scene.join()
    clone = copy(pen)
    scene.take(clone.write(Note(None, b"sealed")), pen.write(scene.use(pen, DAY)))


def _forked_about_it_twice(scene: Scene) -> None:
    """Both branches' uses are of the same ticket, on different days."""
    pen = scene.join()
    clone = copy(pen)
    first, second = pen.write(scene.use(pen)), clone.write(scene.use(clone, EventDay(DAY - 2)))
    scene.take(first, second)


def _after_block(scene: Scene) -> None:
    pen = scene.join()
    scene.state(lambda desk, key: statements.block(desk, key, scene.ticket, "lost"))
    scene.world.advance(60)
    scene.take(pen.write(scene.use(pen)))


def _after_block_lifted(scene: Scene) -> None:
    _after_block(scene)
    scene.state(lambda desk, key: statements.block(desk, key, scene.ticket, "found", blocked=False))


def _after_cancel(scene: Scene) -> None:
    pen = scene.join()
    scene.state(lambda desk, key: statements.cancel(desk, key, [CancelWanted(scene.ticket)]))
    scene.world.advance(60)
    scene.take(pen.write(scene.use(pen)))


def _item_after_cancel(scene: Scene) -> None:
    pen = scene.join()
    scene.state(lambda desk, key: statements.cancel(desk, key, [CancelWanted(scene.ticket, LUNCH, 1)]))
    scene.world.advance(60)
    scene.take(pen.write(scene.use(pen, product=LUNCH)), pen.write(scene.use(pen, product=LUNCH)))


def _after_reissue(scene: Scene) -> None:
    pen = scene.join()
    scene.state(lambda desk, key: statements.reissue(desk, key, scene.ticket))
    scene.world.advance(60)
    scene.take(pen.write(scene.use(pen)))
    scene.text = scene.world.services.admin.simulator._decider.text_of(scene.world.event, scene.ticket) or ""


def _beyond(scene: Scene) -> None:
    for pen in (scene.join(), scene.join()):
        scene.take(pen.write(scene.use(pen, product=LUNCH)))


def _devices(scene: Scene) -> None:
    for pen in (scene.join(), scene.join()):
        scene.take(pen.write(scene.use(pen)))


def _waiting(scene: Scene) -> None:
    pen = scene.join()
    scene.state(lambda desk, key: statements.revoke(desk, key, pen.device, "lost"))
    scene.take(pen.write(scene.use(pen)))


def _clock(scene: Scene) -> None:
    pen = scene.join()
    body, stamp = scene.use(pen), Stamp(scene.world.clock.now_ms() + 3_600_000, 0, 1)
    scene.take(write_entry(pen.key, EventUid(scene.world.event.uid), pen.run, 1, None, None, stamp, None, body))


def _override(scene: Scene) -> None:
    pen = scene.join()
    said = ("already_today", "known to me")
    scene.take(
        pen.write(Override(scene.ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, YESTERDAY, (), scene.proof(pen), *said))
    )


ADMITTED, USED = ("admit", "ok"), ("refuse", "already_today")
Row = tuple[Callable[[Scene], None], tuple[str, str], ConflictKind]
TABLE: dict[str, Row] = {
    "forged": (_forged, ADMITTED, ConflictKind.PROOF_FAILED),
    "forged today": (_forged_today, ("ask", "proof_missing"), ConflictKind.PROOF_FAILED),
    "forked": (_forked, ADMITTED, ConflictKind.FORKED),
    "forked today": (_forked_today, USED, ConflictKind.FORKED),
    "forked about it twice": (_forked_about_it_twice, ADMITTED, ConflictKind.FORKED),
    "after a block": (_after_block, ("refuse", "blocked"), ConflictKind.AFTER_BLOCK),
    "after a block that was lifted": (_after_block_lifted, ADMITTED, ConflictKind.AFTER_BLOCK),
    "after a cancellation": (_after_cancel, ("refuse", "cancelled"), ConflictKind.AFTER_CANCEL),
    "an item after its cancellation": (_item_after_cancel, ADMITTED, ConflictKind.AFTER_CANCEL),
    "after a reissue": (_after_reissue, ADMITTED, ConflictKind.AFTER_REISSUE),
    "more than bought": (_beyond, ADMITTED, ConflictKind.BEYOND),
    "two devices": (_devices, ADMITTED, ConflictKind.DEVICES),
    "after a revocation": (_waiting, ("ask", "needs_supervisor"), ConflictKind.WAITING),
    "clock": (_clock, ADMITTED, ConflictKind.CLOCK),
    "override": (_override, ADMITTED, ConflictKind.OVERRIDE),
}


def test_the_table_has_every_kind() -> None:
    assert {kind for _, _, kind in TABLE.values()} == set(ConflictKind)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_next_scan_tells_what_is_open_wherever_it_is_and_changes_nothing(scene: Scene, row: Row) -> None:
    happen, verdict, kind = row
    happen(scene)
    assert {why for why, _ in scene.listed()} == {kind.value}
    told = (*verdict, (kind.value,))
    assert scene.everywhere() == {"heard": told, "snapshot": told, "online": told}


ONE_EACH = {kind.value: next(row for row in TABLE.values() if row[2] is kind) for kind in ConflictKind}


@pytest.mark.parametrize("row", ONE_EACH.values(), ids=ONE_EACH)
def test_what_was_decided_is_told_no_longer(scene: Scene, row: Row) -> None:
    row[0](scene)
    for _, digest in scene.listed():
        scene.decide(digest, Wish.NOTE)
    scene.heard.settle(6)
    assert look(scene.heard, scene.text).undecided == (row[2],)
    decided = [digest for _, digest in scene.listed()]
    for wish in (Wish.ACCEPT, Wish.ERROR, Wish.BLOCK):
        for digest in decided:
            scene.decide(digest, wish)
        scene.heard.settle(6)
        assert (look(scene.heard, scene.text).undecided, scene.online()[2]) == ((), ())
    assert {where: said[2] for where, said in scene.everywhere().items()} == {"heard": (), "snapshot": (), "online": ()}


def test_a_typed_code_tells_of_a_forged_use_as_its_pass_does(scene: Scene) -> None:
    """Before the server has judged it: only the generation says whether this code can tell."""
    thief, (code,) = scene.join(), [one.code for one in scene.passes]
    forged = thief.write(scene.use(thief, proof=b"forgery!"))
    scene.world.services.ingest.take(scene.world.services.known.event(scene.world.event.uid), [forged.raw], None)
    scene.heard.settle(6)
    shown = scene.heard.front.scan(Scanned(code, Source.TYPED, 0.0), ONLY_LOOK)
    assert isinstance(shown, Shown)
    assert isinstance(shown.verdict, Verdict)
    assert _said(shown.verdict) == (*ADMITTED, ("proof_failed",))


def test_a_number_that_is_used_again_long_after_the_fork_is_told_too(scene: Scene) -> None:
    """The copy goes on, one entry at a time, over numbers that the other branch has used long before."""
    pen = scene.join()
    clone = copy(pen)
    scene.take(pen.write(Note(None, b"sealed")), pen.write(scene.use(pen)), clone.write(Note(None, b"other")))
    scene.heard.settle(6)
    assert look(scene.heard, scene.text).undecided == ()
    scene.take(clone.write(Note(None, b"sealed")))
    told = (*ADMITTED, ("forked_journal",))
    assert scene.everywhere() == {"heard": told, "snapshot": told, "online": told}


def test_a_run_forked_in_very_many_places_is_told_in_pieces(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader takes a fact up to some megabytes: past that no kiosk could read any ticket of the snapshot."""
    monkeypatch.setattr(use_conflicts, "SPANS_AT_ONCE", 1)
    pen = scene.join()
    clone = copy(pen)
    notes = [(pen.write(Note(None, b"sealed")), clone.write(Note(None, b"other"))) for _ in range(4)]
    scene.take(*(entry for pair in notes for entry in pair[:1]), pen.write(scene.use(pen)))
    scene.take(notes[0][1], notes[2][1], clone.write(Note(None, b"sealed")))
    told = (*ADMITTED, ("forked_journal",))
    assert scene.everywhere() == {"heard": told, "snapshot": told, "online": told}
    (held,) = scene.world.gate().front.kiosk.stores.snapshots.in_use
    forks = [fact for fact in held.file.event_facts() if isinstance(fact, ForkedFact)]
    assert sorted(fact.spans for fact in forks) == [((1, 1),), ((3, 3),), ((5, 5),)]


def test_a_double_whose_other_use_is_brought_back_is_told_again(scene: Scene) -> None:
    first, second = scene.join(), scene.join()
    early = first.write(scene.use(first))
    scene.take(early)
    scene.take(second.write(scene.use(second)))
    for wish, told in ((Wish.ERROR, ()), (Wish.ACCEPT, ("devices_had_not_heard",))):
        scene.decide(early.ref.digest, wish)
        assert [why for why, _ in scene.listed()] == list(told)
        assert {said[2] for said in scene.everywhere().values()} == {told}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ConflictKind)
def test_the_hostess_reads_it_in_her_language_and_a_guest_alone_does_not(language: str, kind: ConflictKind) -> None:
    setting = Setting(Texts(language), "Europe/Prague", 0)
    words = setting.texts(f"undecided_{kind}")
    for outcome, reason in (
        (Outcome.ADMIT, Reason.OK),
        (Outcome.ASK, Reason.CONFIRM),
        (Outcome.REFUSE, Reason.BLOCKED),
    ):
        shown = Shown(Verdict(outcome, reason, product=ProductNo(1), quantity=1, undecided=(kind,)))
        assert words in {line.text for line in present(shown, setting).lines}
        alone = present(shown, replace(setting, unattended=True))
        assert words not in {line.text for line in alone.lines}
