"""Conflicts as a supervisor works through them: listed, shown with both uses, decided one by one or many at once.

A decision is a statement about one use. It can be revised: the new one names what it replaces, and takes back the
block that the former had brought. Deciding many at once writes one statement each, some to a transaction, so that
kiosks that bring entries wait for none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from common.bodies import Ruling
from common.conflicts import RULINGS_OF_PEOPLE, is_by_people
from common.errors import BadInput
from common.facts import BlockFact, DecideFact
from common.ids import DeviceId, Digest, Identity, Ref, RunId, TicketId
from common.ticket_view import heads
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import BLOCK, DECIDE, cause_of
from syncserver.services import statements
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.services.statements import RunPart
from syncserver.services.ticket_fold import KnownTicket
from syncserver.stores import conflicts as store
from syncserver.stores.conflicts import ConflictFilter, ConflictRow, UseOfDevice

AT_ONCE, ALTOGETHER_MAX = 50, 2_000
NOTE_CHARACTERS_MAX = 180

AUse: TypeAlias = ConflictRow | UseOfDevice


class Wish(StrEnum):
    """What a supervisor can say of a use."""

    ACCEPT = "accept"  # it stands; of a use that waits: it counts
    BLOCK = "block"  # it stands, and the ticket is blocked
    ERROR = "error"  # it never happened
    NOTE = "note"  # nothing is ruled, only said


@dataclass(frozen=True, slots=True)
class Said:
    """A decision as the form gives it. `key` names the form: sent twice, it is decided once."""

    wish: Wish
    note: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """How many were decided, and how many are left because it were too many for one form."""

    count: int
    left: int


class Deciding:
    """Decides uses; who may is the caller's business."""

    def __init__(self, db: Database, scribe: Scribe) -> None:
        self._db, self._scribe = db, scribe

    def one(self, actor: Actor, digest: bytes, said: Said) -> bool:
        """Decide one use; False where this form was sent before. Raises BadInput."""
        _check(said)
        with self._db.read() as tx:
            found = store.uses_by_digest(tx, actor.event_id, [digest])
        if not found:
            raise BadInput("this use is no longer known here")
        return self._some(actor, list(found.values()), said) > 0

    def conflicts(self, actor: Actor, wanted: ConflictFilter, said: Said) -> Done:
        """Decide every open conflict of a list. Raises BadInput."""
        _check(said)
        with self._db.read() as tx:
            found = store.listed(tx, actor.event_id, wanted, None, ALTOGETHER_MAX)
            total = store.count(tx, actor.event_id, wanted)
        return Done(self._many(actor, list(found), said), total - len(found))

    def uses(self, actor: Actor, wanted: ConflictFilter, state: str | None, said: Said) -> Done:
        """Decide every use of a device's list, whether it is a conflict or not. Raises BadInput."""
        _check(said)
        with self._db.read() as tx:
            found = store.uses_listed(tx, actor.event_id, wanted, state, ALTOGETHER_MAX + 1)
        return Done(self._many(actor, list(found[:ALTOGETHER_MAX]), said), max(0, len(found) - ALTOGETHER_MAX))

    def redate(self, actor: Actor, span: RunPart, seconds: int, key: bytes) -> None:
        """Correct the times of entries of a run by so many seconds; 0 takes a correction back. Raises BadInput."""
        if not 1 <= span.first <= span.last:
            raise BadInput("the last entry comes before the first: give the numbers as the list of runs has them")
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            if statements.redate(desk, key, span, seconds) is not None:
                what = f"{span.run.hex()} {span.first}-{span.last}: {seconds:+d} s"
                record(tx, actor, Action.REDATE, span.device.hex(), what)

    def _many(self, actor: Actor, found: list[AUse], said: Said) -> int:
        return sum(self._some(actor, found[at : at + AT_ONCE], said) for at in range(0, len(found), AT_ONCE))

    def _some(self, actor: Actor, found: list[AUse], said: Said) -> int:
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            ruled = [use for use in found if _rule(desk, use, said)]
            for use in ruled:
                record(tx, actor, Action.DECIDE, use.digest.hex(), f"{said.wish.value}: {said.note}")
            return len(ruled)


def _check(said: Said) -> None:
    if len(said.note) > NOTE_CHARACTERS_MAX:
        raise BadInput(f"the note is longer than {NOTE_CHARACTERS_MAX} characters: shorten it")
    if said.wish is Wish.NOTE and not said.note:
        raise BadInput("a note without words says nothing: write it, or choose a decision")


def _rule(desk: Desk, use: AUse, said: Said) -> bool:
    """Write the statement about one use, and what follows of it for the ticket."""
    ticket, ref = TicketId(use.ticket), _ref(use)
    known = desk.ticket(ticket)
    if known is None or _was_decided_meanwhile(known, use):
        return False
    key = said.key + ref.digest
    if statements.decide(desk, key, ticket, ref, _ruling(known, ref, said.wish), said.note) is None:
        return False
    cause = cause_of(DECIDE, key)
    if said.wish is not Wish.NOTE:
        _settle_block(desk, known, ref, cause, said)
    return True


def _was_decided_meanwhile(known: KnownTicket, use: AUse) -> bool:
    """Whether a use out of a list of open conflicts is open no more: who decided it looked at this one alone."""
    is_open = isinstance(use, ConflictRow) and use.ruling is None
    return is_open and any(map(is_by_people, _rulings(known, _ref(use))))


def _ref(use: AUse) -> Ref:
    return Ref(Identity(DeviceId(use.device), RunId(use.run), use.number), Digest(use.digest))


def _ruling(known: KnownTicket, ref: Ref, wish: Wish) -> Ruling:
    """A use past its device's revocation counts only by being allowed; so does one that had been."""
    is_late = any(use.ref == ref for use in known.folded.ledger.waiting)
    was_allowed = any(
        fact.ruling == Ruling.ALLOW for fact in heads(_rulings(known, ref)) if fact.ruling in RULINGS_OF_PEOPLE
    )
    if wish in {Wish.ACCEPT, Wish.BLOCK} and (is_late or was_allowed):
        return Ruling.ALLOW
    return {Wish.ACCEPT: Ruling.ACCEPT, Wish.BLOCK: Ruling.BLOCK, Wish.ERROR: Ruling.ERROR, Wish.NOTE: Ruling.NOTE}[
        wish
    ]


def _rulings(known: KnownTicket, ref: Ref) -> list[DecideFact]:
    return [fact for fact in known.facts if isinstance(fact, DecideFact) and fact.target == ref]


def _settle_block(desk: Desk, known: KnownTicket, ref: Ref, cause: bytes, said: Said) -> None:
    """Block the ticket, or take back the blocks that earlier decisions about this use had brought; no other."""
    ticket = known.facts[0].ticket
    if said.wish is Wish.BLOCK:
        statements.block(desk, cause, ticket, said.note)
        return
    by_decisions = {cause_of(BLOCK, fact.cause) for fact in _rulings(known, ref)}
    blocks = [fact for fact in known.facts if isinstance(fact, BlockFact)]
    ours = [fact.ref for fact in heads(blocks) if fact.blocked and fact.cause in by_decisions]
    if ours:
        statements.lift_block(desk, cause, ticket, ours)
