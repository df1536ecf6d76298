"""What really happened, as nobody in the venue knows it: every entry ever made, when, by whom, and who has heard it.

Kept by watching from outside; it asks none of the code it is there to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from common.bodies import Block, Cancel, Decide, DeviceStated, Entitle, Redeem, Reissue, Revoke, Ruling, Void
from common.entries import Entry
from common.expand import tickets_of
from common.ids import DeviceId, Digest, ProductNo, TicketId
from tests.support.server_world import FOUR_DAYS, ONE_DAY

OFFICE = "office"
_STANDS: Final = frozenset({Ruling.ACCEPT, Ruling.BLOCK, Ruling.ALLOW})


@dataclass(frozen=True, slots=True)
class Made:
    """One entry: when it was made on the true clock, where, and whether a thief made it."""

    entry: Entry
    by: str  # name of the device as the story calls it; a clone has a name of its own
    at_s: float
    is_forged: bool = False


@dataclass
class Holder:
    """A person with a pass: what the office has ever granted, and the passes handed out."""

    ticket: TicketId
    product: ProductNo
    items: dict[ProductNo, int]
    generations: list[int] = field(default_factory=lambda: [0])
    is_issued: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What follows of a ticket from what one device has heard."""

    uses: tuple[Redeem, ...]  # genuine, not taken back, not waiting
    waiting: tuple[Redeem, ...]  # of a revoked device, past its cut
    doubtful: bool  # something heard may rightly make the station ask
    is_blocked: bool
    is_cancelled: bool
    generation: int
    used_generation: int  # the highest a use was made with: whoever has seen a newer pass refuses the older one

    def used(self, product: ProductNo, day: int, *, with_waiting: bool) -> int:
        """How much of a product is used up, as its rule counts."""
        found = (*self.uses, *self.waiting) if with_waiting else self.uses
        of_product = [use for use in found if use.product == product]
        if product == FOUR_DAYS:
            return sum(1 for use in of_product if use.day == day)
        if product == ONE_DAY:
            return len(of_product)
        return sum(use.quantity for use in of_product)


class Truth:
    """All entries, by digest and by ticket."""

    def __init__(self) -> None:
        self.made: dict[Digest, Made] = {}
        self._of_ticket: dict[TicketId, list[Made]] = {}
        self._revokes: list[Made] = []
        self._certified: list[Made] = []

    @property
    def revoked(self) -> set[DeviceId]:
        """Devices that were ever revoked, heard of or not."""
        return {made.entry.body.device for made in self._revokes if isinstance(made.entry.body, Revoke)}

    def certified(self, heard: AbstractSet[Digest]) -> frozenset[DeviceId]:
        """Devices whose certificate was heard."""
        heard_of = (made.entry.body for made in self._certified if made.entry.ref.digest in heard)
        return frozenset(body.device for body in heard_of if isinstance(body, DeviceStated))

    def note(self, made: Made) -> None:
        """An entry came into the world."""
        if made.entry.ref.digest in self.made:
            return
        self.made[made.entry.ref.digest] = made
        for ticket in tickets_of(made.entry):
            self._of_ticket.setdefault(ticket, []).append(made)
        if isinstance(made.entry.body, Revoke):
            self._revokes.append(made)
        if isinstance(made.entry.body, DeviceStated):
            self._certified.append(made)

    def about(self, ticket: TicketId, heard: set[Digest]) -> list[Made]:
        """What was heard of a ticket, in order of making."""
        return [made for made in self._of_ticket.get(ticket, ()) if made.entry.ref.digest in heard]

    def known(self, ticket: TicketId, heard: set[Digest], generation: int) -> Known:
        """What follows from what was heard, for someone who shows the pass of a generation."""
        about = self.about(ticket, heard)
        late = {m.entry.ref.digest for m in about if self._is_late(m, heard)}
        gone = set(_voided(about, late)) | _ruled_out(about)
        genuine = [m for m in about if isinstance(m.entry.body, Redeem) and not m.is_forged]
        standing = [m for m in genuine if m.entry.ref.digest not in gone]
        forged = any(m.is_forged for m in about)
        others = any(isinstance(m.entry.body, Redeem) and m.entry.body.generation != generation for m in about)
        return Known(
            uses=_bodies(m for m in standing if m.entry.ref.digest not in late),
            waiting=_bodies(m for m in standing if m.entry.ref.digest in late),
            doubtful=forged or others or bool(late),
            is_blocked=_is_blocked(about),
            is_cancelled=_is_cancelled(about, ticket),
            generation=max((g for m in about for g in _generations(m.entry, ticket)), default=0),
            used_generation=max((use.generation for use in _bodies(genuine)), default=0),
        )

    def _is_late(self, made: Made, heard: set[Digest]) -> bool:
        """Whether the device was revoked, as far as heard, with a cut before this entry."""
        name = made.entry.ref.identity
        cuts = [
            m.entry.body.cut
            for m in self._revokes
            if m.entry.ref.digest in heard and isinstance(m.entry.body, Revoke) and m.entry.body.device == name.device
        ]
        lines = [one for cut in cuts for one in cut if one.run == name.run]
        at = made.entry.ref.digest  # at the cut itself the digest tells the branches of a forked run apart
        within = any(name.number < one.last or (name.number == one.last and at == one.digest) for one in lines)
        return bool(cuts) and not within

    def chain(self, digest: Digest) -> Iterator[Digest]:
        """An entry and all before it in its run."""
        at: Digest | None = digest
        while at is not None and at in self.made:
            yield at
            at = self.made[at].entry.previous


def _voided(about: list[Made], late: set[Digest]) -> Iterator[Digest]:
    """What its own device took back; a device that was revoked takes back only what lies past its cut too."""
    devices = {m.entry.ref.digest: m.entry.ref.identity.device for m in about}
    for made in about:
        body, name = made.entry.body, made.entry.ref
        if not isinstance(body, Void) or (name.digest in late and body.target.digest not in late):
            continue
        if devices.get(body.target.digest) in {None, name.identity.device}:
            yield body.target.digest


def _ruled_out(about: list[Made]) -> set[Digest]:
    """What the office ruled to have never happened, unless another ruling in force lets it stand."""
    said = [m.entry for m in about if isinstance(m.entry.body, Decide)]
    replaced = {ref.digest for e in said for ref in getattr(e.body, "replaces", ())}
    rulings: dict[Digest, set[int]] = {}
    for entry in said:
        if entry.ref.digest not in replaced and isinstance(entry.body, Decide):
            rulings.setdefault(entry.body.target.digest, set()).add(entry.body.ruling)
    return {target for target, found in rulings.items() if Ruling.ERROR in found and not found & _STANDS}


def _bodies(found: Iterable[Made]) -> tuple[Redeem, ...]:
    return tuple(m.entry.body for m in found if isinstance(m.entry.body, Redeem))


def _is_blocked(about: list[Made]) -> bool:
    said = [m.entry for m in about if isinstance(m.entry.body, Block)]
    replaced = {ref.digest for e in said for ref in getattr(e.body, "replaces", ())}
    return any(getattr(e.body, "blocked", False) for e in said if e.ref.digest not in replaced)


def _is_cancelled(about: list[Made], ticket: TicketId) -> bool:
    return any(
        one.ticket == ticket and one.product is None
        for m in about
        if isinstance(m.entry.body, Cancel)
        for one in m.entry.body.cancelled
    )


def _generations(entry: Entry, ticket: TicketId) -> Iterator[int]:
    if isinstance(entry.body, Reissue) and entry.body.ticket == ticket:
        yield entry.body.generation


def granted(truth: Truth, holder: Holder, product: ProductNo) -> int:
    """All that was ever granted of an item: what the first pass lists, and what was bought later."""
    later = (made.entry.body for made in truth.made.values() if isinstance(made.entry.body, Entitle))
    grants = (grant for body in later for grant in body.grants)
    more = sum(g.quantity for g in grants if g.ticket == holder.ticket and g.product == product)
    return holder.items.get(product, 0) + more
