"""The fold and the vectors against the executable model of the exchange, in random worlds it plays itself.

The model lies outside this project: RALLYGATE_SHARED names its folder. It plays kiosks, restores, forks, lost tails and
revocations; what each of its replicas knows in the end is given to both folds, and both must say the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from common.bodies import Ruling
from common.facts import (
    BlockFact,
    DecideFact,
    EntitleFact,
    EventFacts,
    Fact,
    IssueFact,
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
from common.ledger import fold
from common.vectors import LackedRange, Link, NothingHeld, lacking, lines_by_run, lines_of, vector_of

SEEDS = range(60)
SERVER = "srv"
ITEM = ProductNo(2)
MS = 1000  # the model counts time in seconds


@pytest.fixture(scope="module")
def model(shared_folder: Path) -> ModuleType:
    path = shared_folder / "model" / "exchange_model.py"
    if not path.is_file():
        pytest.skip(f"no model of the exchange: {path} is no file; set RALLYGATE_SHARED to the folder above model/")
    spec = importlib.util.spec_from_file_location("exchange_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["exchange_model"] = module
    spec.loader.exec_module(module)
    return module


def played(model: ModuleType, seed: int) -> Any:  # noqa: ANN401 - the model has no types
    """The world of a seed after its hours of traffic, before its links are healed."""
    world = model.World(seed, set(model.FIXES))
    for _ in range(world.rng.randint(30, 260)):
        world.step()
    return world


def digest(uid: int) -> Digest:
    """Sorts like the model's uids, which stand for digests there."""
    return Digest(uid.to_bytes(16, "big"))


def device(name: str) -> DeviceId:
    """Sorts like the model's names of devices."""
    return DeviceId(name.encode().ljust(16, b"\0"))


def ref(entry: Any) -> Ref:  # noqa: ANN401 - the model's entry
    return Ref(Identity(device(entry.dev), RunId(entry.run.encode().ljust(8, b"\0")), entry.num), digest(entry.uid))


def cause(value: object) -> Cause:
    return Cause(hashlib.sha256(repr(value).encode()).digest()[:16])


def code(value: int) -> CodeHash:
    return CodeHash(value.to_bytes(12, "big"))


@dataclass(frozen=True)
class Mapped:
    """The model's entries of one ticket in our words."""

    facts: tuple[Fact, ...]
    event: EventFacts


def mapped(world: Any, known: Mapping[int, Any], ticket: str) -> Mapped:  # noqa: ANN401 - the model's world
    """What a replica knows of a ticket: the issue with as many items as its name says, then the model's entries.

    The model knows no revised rulings, and there an error always strikes: here each replaces the allowances of its use.
    """
    name = TicketId(hashlib.sha256(ticket.encode()).digest()[:8])
    issue = Ref(Identity(device("aaa"), RunId(bytes(8)), 1), Digest(bytes(16)))
    facts: list[Fact] = [
        IssueFact(
            issue, name, cause("issue"), code(0), 1, ProductNo(1), ((ITEM, int(ticket[-1])),), paid=True, time_ms=0
        )
    ]
    for entry in known.values():
        if entry.sub == ticket:
            facts += _facts(world, entry, name)
    return Mapped(tuple(facts), EventFacts(revokes=tuple(_revokes(world, known))))


def _facts(world: Any, entry: Any, name: TicketId) -> Iterable[Fact]:  # noqa: ANN401 - the model's
    replaces = tuple(ref(world.all[uid]) for uid in entry.rep)
    if entry.kind == "use":
        yield _use(entry, name)
    elif entry.kind == "void":
        yield VoidFact(ref(entry), name, ref(world.all[entry.arg[0]]))
    elif entry.kind in ("block", "unblock"):
        yield BlockFact(ref(entry), name, cause(entry.uid), entry.kind == "block", "", replaces)
    elif entry.kind == "entitle":
        yield EntitleFact(ref(entry), name, cause(entry.arg), ITEM, 1, 0)
    elif entry.kind == "reissue":
        generation, new = entry.arg
        yield ReissueFact(ref(entry), name, cause(entry.uid), code(new), generation, (), replaces, 0)
    elif entry.kind in ("error", "allow"):
        target = ref(world.all[entry.arg[0]])
        allowances = (e for e in world.all.values() if e.kind == "allow" and e.arg == entry.arg)
        replaced = tuple(ref(e) for e in allowances) if entry.kind == "error" else ()
        ruling = Ruling.ERROR if entry.kind == "error" else Ruling.ALLOW
        yield DecideFact(ref(entry), name, cause(entry.uid), target, int(ruling), replaced)


def _use(entry: Any, name: TicketId) -> UseFact:  # noqa: ANN401 - the model's entry
    return UseFact(
        ref=ref(entry),
        ticket=name,
        kind=UseKind.REDEEM,
        generation=1,
        product=ITEM,
        quantity=1,
        point=PointNo(1),
        area=AreaNo(1),
        day=EventDay(1),
        time_ms=entry.time * MS,
        seen=tuple(digest(uid) for uid, _ in entry.seen),
        standing=Standing.PROVEN,
    )


def _revokes(world: Any, known: Mapping[int, Any]) -> Iterable[RevokeFact]:  # noqa: ANN401 - the model's world
    """A cut by entries becomes the end of each line of that device."""
    for entry in known.values():
        if entry.kind == "revoke":
            name, uids = entry.arg
            lines = _lines(world, uids)
            cut = tuple((run, line.last, line.digest) for (_, run), found in lines.items() for line in found)
            yield RevokeFact(ref(entry), device(name), cut)


def _lines(world: Any, uids: Iterable[int]) -> dict[Any, Any]:  # noqa: ANN401 - the model's world
    runs: dict[Any, list[Link]] = {}
    for uid in uids:
        entry = world.all[uid]
        identity = ref(entry).identity
        link = Link(entry.num, digest(uid), digest(entry.prev) if entry.num > 1 else None)
        runs.setdefault((identity.device, identity.run), []).append(link)
    return {run: lines_of(links) for run, links in runs.items()}


def as_we_word_it(world: Any, known: Mapping[int, Any]) -> dict[int, Any]:  # noqa: ANN401 - the model's
    """The same knowledge where our entries say less, or our fold says more, than the model's.

    A cut names a run's last number and digest, not each entry. Voids past a cut are left out: the model lets a revoked
    device take back anything, we only what lies past it too. Causes are closed over known uses: the model forgets what
    a struck use had seen, we do not.
    """
    worded = {uid: _with_our_cut(world, entry) if entry.kind == "revoke" else entry for uid, entry in known.items()}
    within: dict[str, set[int]] = {}
    for entry in worded.values():
        if entry.kind == "revoke":
            within.setdefault(entry.arg[0], set()).update(entry.arg[1])
    past = {uid for uid, e in worded.items() if e.kind == "void" and uid not in within.get(e.dev, {uid})}
    causes: dict[int, frozenset[Any]] = {}
    for uid in sorted(worded):  # what was seen has a lower uid
        if worded[uid].kind == "use":
            seen = worded[uid].seen
            causes[uid] = frozenset(seen).union(*(causes.get(name[0], frozenset()) for name in seen))
            worded[uid] = worded[uid].row(keep_seen=True)
            worded[uid].seen = tuple(causes[uid])
    return {uid: entry for uid, entry in worded.items() if uid not in past}


def _with_our_cut(world: Any, entry: Any) -> Any:  # noqa: ANN401 - the model's
    name, uids = entry.arg
    ends = [(run, line) for (_, run), lines in _lines(world, uids).items() for line in lines]
    copy = entry.row(keep_seen=True)
    copy.arg = (name, frozenset(e.uid for e in world.all.values() if e.dev == name and _is_reached(ref(e), ends)))
    return copy


def _is_reached(entry: Ref, ends: Iterable[tuple[RunId, Any]]) -> bool:
    number = entry.identity.number
    return any(
        run == entry.identity.run and (number < line.last or (number == line.last and entry.digest == line.digest))
        for run, line in ends
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_replica_folds_what_it_knows_as_the_model_does(model: ModuleType, seed: int) -> None:
    world = played(model, seed)
    for replica in (world.srv, *world.ks):
        heard = replica.known()
        known = as_we_word_it(world, heard)
        for ticket in world.tickets:
            counted, waiting, _, entitled, is_blocked, winner = model.fold(known, ticket, model.FIXES, now=world.now)
            ours = mapped(world, {uid: heard[uid] for uid in known}, ticket)
            folded = fold(ours.facts[0].ticket, ours.facts, ours.event, world.now * MS)
            assert [use.ref.digest for use in folded.ledger.counted] == [digest(uid) for uid in counted]
            assert sorted(use.ref.digest for use in folded.ledger.waiting) == [digest(uid) for uid in waiting]
            assert folded.view is not None
            assert folded.view.items == ((ITEM, entitled),)
            assert folded.view.blocked is is_blocked
            assert (folded.view.generation, folded.view.code_hash) == (winner[0], code(winner[1]))


class _Held(NothingHeld):
    """The links of one replica's entries."""

    def __init__(self, runs: Mapping[Any, list[Link]]) -> None:
        self.runs = runs

    def links_at(self, device: DeviceId, run: RunId, number: int) -> list[Link]:
        return [link for link in self.runs.get((device, run), []) if link.number == number]

    def links_of(self, device: DeviceId, run: RunId) -> list[Link]:
        return self.runs.get((device, run), [])


def held_of(world: Any, uids: Iterable[int]) -> _Held:  # noqa: ANN401 - the model's world
    runs: dict[Any, list[Link]] = {}
    for uid in uids:
        entry, identity = world.all[uid], ref(world.all[uid]).identity
        link = Link(entry.num, digest(uid), digest(entry.prev) if entry.num > 1 else None)
        runs.setdefault((identity.device, identity.run), []).append(link)
    return _Held(runs)


@pytest.mark.parametrize("seed", SEEDS)
def test_vectors_and_what_is_lacking_are_the_models(model: ModuleType, seed: int) -> None:
    world = played(model, seed)
    replicas = [world.srv, *world.ks]
    for mine in replicas:
        held = held_of(world, mine.ents)
        vector = vector_of({run: lines_of(links) for run, links in held.runs.items()})
        theirs = model.vector(mine.ents.values(), set(), model.FIXES)
        worded = {
            key: {(line.first, line.last, line.digest) for line in lines} for key, lines in lines_by_run(vector).items()
        }
        assert worded == {
            (device(dev), RunId(run.encode().ljust(8, b"\0"))): {(a, b, digest(uid)) for a, b, uid in lines}
            for (dev, run), lines in theirs.items()
        }
        for other in replicas:
            ids = other.ents if other is world.srv else other.knows()
            wanted = {digest(e.uid) for e in model.lacking(mine.ents.values(), other.vec(), model.FIXES)}
            others = held_of(world, ids)
            heard = vector_of({run: lines_of(links) for run, links in others.runs.items()})
            assert _digests(lacking(vector, heard, held), held) == wanted


def _digests(lacked: Iterable[Any], held: _Held) -> set[Digest]:
    found: set[Digest] = set()
    for part in lacked:
        if isinstance(part, LackedRange):
            links = held.links_of(part.device, part.run)
            found |= {link.digest for link in links if part.first <= link.number <= part.last}
        else:
            found |= set(part.digests)
    return found
