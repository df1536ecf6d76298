"""Random small worlds of facts about one ticket, as careless and hostile devices and a restored server make them."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field

from common.bodies import HandedLine
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    EventFacts,
    Fact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import (
    AreaNo,
    Cause,
    CodeHash,
    DeviceId,
    Digest,
    EventDay,
    Identity,
    PointNo,
    ProductNo,
    Ref,
    RunId,
    TicketId,
)
from common.marks import IN_OUT, TOTAL, TOTAL_IN_AREA

TICKET = TicketId(b"ticket-1")
SERVER = DeviceId(b"server".ljust(16, b"-"))
NOW_MS = 1_000_000_000


def digest_of(text: str) -> Digest:
    """A digest that differs for every text."""
    return Digest(hashlib.sha256(text.encode()).digest()[:16])


def device(number: int) -> DeviceId:
    """The id of kiosk `number`."""
    return DeviceId(b"kiosk%d".ljust(17, b"-") % number)


def ref_of(author: DeviceId, number: int, branch: str = "", run: bytes = b"run-0001") -> Ref:
    """The reference of an entry; another branch is another entry of the same identity."""
    identity = Identity(author, RunId(run), number)
    return Ref(identity, digest_of(f"{author!r} {run!r} {number} {branch}"))


def use_of(ref: Ref, time_ms: int, seen: tuple[Ref, ...] = (), **changes: object) -> UseFact:
    """A use valid by default: one admission with product 1 at point 1 in area 1, proven."""
    values: dict[str, object] = {
        "ref": ref,
        "ticket": TICKET,
        "kind": UseKind.REDEEM,
        "generation": 0,
        "product": ProductNo(1),
        "quantity": 1,
        "point": PointNo(1),
        "area": AreaNo(1),
        "day": EventDay(100),
        "time_ms": time_ms,
        "seen": tuple(other.digest for other in seen),
        "standing": Standing.PROVEN,
    }
    return UseFact(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class FactWorld:
    """Facts as they came into being; `facts` and `event_facts` hold all of them once."""

    rng: random.Random
    facts: list[Fact] = field(default_factory=list)
    redates: list[RedateFact] = field(default_factory=list)
    revokes: list[RevokeFact] = field(default_factory=list)
    numbers: dict[DeviceId, int] = field(default_factory=dict)

    @property
    def event(self) -> EventFacts:
        """The facts about devices."""
        return EventFacts(tuple(self.redates), tuple(self.revokes))

    def step(self) -> None:
        """One more fact of some kind."""
        makers = [self.use] * 6 + [
            self.void,
            self.void,
            self.handed,
            self.issue,
            self.reissue,
            self.entitle,
            self.cancel,
        ]
        self.rng.choice([*makers, self.block, self.decide, self.decide, self.redate, self.revoke])()

    def next_ref(self, author: DeviceId) -> Ref:
        """The next reference of an author; now and then a clone writes a number twice."""
        number = self.numbers.get(author, 0) + (0 if author in self.numbers and self.rng.random() < 0.1 else 1)
        self.numbers[author] = number
        return ref_of(author, number, branch=str(self.rng.random()))

    def known(self, kind: type[Fact]) -> list[Ref]:
        """References of facts of a kind some author has heard of."""
        return [fact.ref for fact in self.facts if isinstance(fact, kind) and self.rng.random() < 0.7]

    def use(self) -> None:
        """A use with some of the uses heard of among its causes."""
        rng, author = self.rng, device(self.rng.randrange(3))
        ahead = rng.choice([0, 0, 0, 200_000])
        fact = use_of(
            self.next_ref(author),
            NOW_MS - rng.randrange(100_000) + ahead,
            tuple(self.known(UseFact)),
            kind=rng.choice(list(UseKind)),
            generation=rng.randrange(3),
            standing=rng.choice(list(Standing)),
            product=ProductNo(rng.randrange(1, 3)),
            day=EventDay(rng.choice([100, 100, 101])),
            flags=rng.choice([(), (), (IN_OUT,), (TOTAL + 1,), (2, TOTAL_IN_AREA + 2)]),
        )
        self.facts.append(fact)

    def void(self) -> None:
        """A void of any fact: one's own use, another's, or another void."""
        target = self.rng.choice([fact.ref for fact in self.facts] or [ref_of(device(0), 99)])
        author = target.identity.device if self.rng.random() < 0.7 else device(self.rng.randrange(3))
        self.facts.append(VoidFact(self.next_ref(author), TICKET, target))

    def handed(self) -> None:
        """Which variants some use handed out, said by its own device or by another."""
        target = self.rng.choice(self.known(UseFact) or [ref_of(device(0), 99)])
        author = target.identity.device if self.rng.random() < 0.7 else device(self.rng.randrange(3))
        lines = (HandedLine(self.rng.choice("sml"), self.rng.randrange(1, 3), self.rng.choice([None, "m"])),)
        self.facts.append(HandedFact(self.next_ref(author), TICKET, target, lines, tuple(self.known(HandedFact))))

    def issue(self) -> None:
        """An issue; the same cause may come again."""
        rng = self.rng
        ref, cause = self.next_ref(SERVER), self.cause()
        code = CodeHash(digest_of(str(rng.random()))[:12])
        items = ((ProductNo(2), rng.randrange(1, 4)),)
        fact = IssueFact(
            ref, TICKET, cause, code, 0, ProductNo(1), items, paid=rng.random() < 0.5, time_ms=rng.randrange(9)
        )
        self.facts.append(fact)

    def reissue(self) -> None:
        """A reissue that replaces those heard of and names accepted uses."""
        rng = self.rng
        ref, code = self.next_ref(SERVER), CodeHash(digest_of(str(rng.random()))[:12])
        accepted, replaces = tuple(self.known(UseFact)), tuple(self.known(ReissueFact))
        self.facts.append(
            ReissueFact(ref, TICKET, self.cause(), code, rng.randrange(4), accepted, replaces, rng.randrange(9))
        )

    def entitle(self) -> None:
        """Later items; the same cause may come again."""
        rng = self.rng
        ref = self.next_ref(SERVER)
        self.facts.append(EntitleFact(ref, TICKET, self.cause(), ProductNo(2), rng.randrange(1, 4), rng.randrange(9)))

    def cancel(self) -> None:
        """Something is taken away."""
        rng = self.rng
        product = rng.choice([None, ProductNo(2), ProductNo(2)])
        quantity = None if product is None else rng.choice([None, 1, 2])
        self.facts.append(CancelFact(self.next_ref(SERVER), TICKET, self.cause(), product, quantity, rng.randrange(9)))

    def block(self) -> None:
        """Blocked or unblocked, in knowledge of some of the others."""
        blocked, replaces = self.rng.random() < 0.5, tuple(self.known(BlockFact))
        self.facts.append(BlockFact(self.next_ref(SERVER), TICKET, self.cause(), blocked, "", replaces))

    def decide(self) -> None:
        """A ruling on some use, a number of the future among them."""
        target = self.rng.choice([f.ref for f in self.facts if isinstance(f, UseFact)] or [ref_of(device(0), 99)])
        replaces = tuple(f.ref for f in self.facts if isinstance(f, DecideFact) and f.target == target)
        kept = tuple(ref for ref in replaces if self.rng.random() < 0.7)
        ruling = self.rng.choice([1, 2, 3, 3, 4, 5, 6, 77])
        self.facts.append(DecideFact(self.next_ref(SERVER), TICKET, self.cause(), target, ruling, kept))

    def redate(self) -> None:
        """Some numbers of a run were stamped by a wrong clock."""
        author = device(self.rng.randrange(3))
        replaces = tuple(fact.ref for fact in self.redates if self.rng.random() < 0.5)
        first = self.rng.randrange(1, 5)
        seconds = self.rng.choice([-300, 300])
        run = RunId(b"run-0001")
        self.redates.append(RedateFact(self.next_ref(SERVER), author, run, first, first + 3, seconds, replaces))

    def revoke(self) -> None:
        """A device is out, cut at some entry it wrote."""
        author = device(self.rng.randrange(3))
        own = [fact.ref for fact in self.facts if fact.ref.identity.device == author]
        cut = tuple((ref.identity.run, ref.identity.number, ref.digest) for ref in own if self.rng.random() < 0.3)
        if self.rng.random() < 0.3:
            self.revokes.append(RevokeFact(self.next_ref(SERVER), author, cut))

    def cause(self) -> Cause:
        """One of few causes, so that some come twice."""
        return Cause(b"cause%011d" % self.rng.randrange(12))


def world_of(seed: int, steps: int) -> FactWorld:
    """The world of a seed."""
    world = FactWorld(random.Random(seed))
    for _ in range(steps):
        world.step()
    return world
