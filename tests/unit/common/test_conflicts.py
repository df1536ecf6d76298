"""What is a conflict: a function of the facts alone, every kind by its name, what was decided kept and revised."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import marks
from common.bodies import Flag, Ruling
from common.conflict_kinds import ConflictKind
from common.conflicts import Circumstances, Conflict, conflicts_of
from common.doubles import doubles_among
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EventFacts,
    Fact,
    ForkedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import Cause, CodeHash, DeviceId, Digest, EventDay, EventUid, Identity, ProductNo, Ref, RunId
from common.leaving import leaving_marks
from common.ledger import fold, proof_checker
from common.ticket_code import TicketCode
from common.undecided import by_run
from tests.support.fact_worlds import device, digest_of, ref_of, use_of, world_of

NOON = 1_000_000_000
A, B = device(1), device(2)
FIRST, SECOND = use_of(ref_of(A, 1), NOON), use_of(ref_of(B, 1), NOON + 60_000)
TICKET, ITEM = FIRST.ticket, ProductNo(9)
SERVER = device(99)
NO_EVENT = EventFacts()


def said(number: int, run: bytes = b"srv-0001") -> Ref:
    return ref_of(SERVER, number, run=run)


def issue(items: tuple[tuple[ProductNo, int], ...] = ()) -> IssueFact:
    cause, code = Cause(b"c" * 16), CodeHash(b"h" * 12)
    return IssueFact(said(1), TICKET, cause, code, 0, FIRST.product, items, paid=True, time_ms=NOON - 9_000)


def decide(number: int, target: Ref, ruling: int, replaces: tuple[Ref, ...] = ()) -> DecideFact:
    return DecideFact(said(number), TICKET, Cause(number.to_bytes(16)), target, ruling, replaces)


def found(
    *facts: Fact, event: EventFacts = NO_EVENT, around: Circumstances | None = None
) -> dict[Ref, tuple[ConflictKind, Ruling | None]]:
    return {one.use.ref: (one.kind, one.ruling) for one in conflicts(facts, event, around)}


def conflicts(facts: tuple[Fact, ...], event: EventFacts, around: Circumstances | None) -> tuple[Conflict, ...]:
    folded = fold(TICKET, facts, event, NOON * 2)
    return conflicts_of(TICKET, facts, folded, event, NOON * 2, around or Circumstances())


def only(*facts: Fact, **more: object) -> dict[Ref, ConflictKind]:
    return {ref: kind for ref, (kind, _) in found(*facts, **more).items()}  # type: ignore[arg-type]


def test_two_admissions_that_had_not_heard_each_other_name_each_other() -> None:
    (one,) = conflicts((issue(), SECOND, FIRST), NO_EVENT, None)
    assert (one.use.ref, one.kind, one.other) == (SECOND.ref, ConflictKind.DEVICES, FIRST.ref.digest)


def test_who_saw_a_struck_use_saw_what_that_one_had_seen() -> None:
    """C saw B, which had seen A. B was a slip and was taken back: C still knew of A."""
    b = replace(SECOND, seen=(FIRST.ref.digest,))
    c = use_of(ref_of(A, 2), NOON + 120_000, (b.ref,))
    void = VoidFact(ref_of(B, 2), TICKET, b.ref)
    assert only(issue(), FIRST, b, c, void) == {}


def test_a_pass_whose_sale_nobody_remembers_can_be_used_twice_and_is_listed() -> None:
    """The server was restored to before the sale, and each gate knew no more than the pass itself."""
    first, second = marked(FIRST, Flag.HISTORY_INCOMPLETE), marked(SECOND, Flag.HISTORY_INCOMPLETE)
    assert only(second, first) == {second.ref: ConflictKind.DEVICES}
    proven = [replace(use, standing=Standing.PROVEN) for use in (first, second)]
    assert fold(TICKET, proven, NO_EVENT, NOON * 2).ledger.doubles == (second.ref.digest,)


def test_who_heard_only_of_a_later_use_did_not_know_the_one_before_it() -> None:
    """C heard of B's use, which had seen A's, but not of A's: it could not refuse, so the double is for a person."""
    b = use_of(ref_of(B, 1), NOON + 60_000, (FIRST.ref,), product=ITEM)
    ledger = fold(TICKET, (issue(((ITEM, 1),)), b), NO_EVENT, NOON * 2).ledger
    assert ledger.lacks_causes
    c = replace(use_of(ref_of(A, 2), NOON + 120_000, ledger.heads), flags=(marks.LACKED_CAUSES,))
    (one,) = conflicts((issue(((ITEM, 1),)), FIRST, b, c), NO_EVENT, None)
    assert (one.use.ref, one.kind, one.other) == (c.ref, ConflictKind.DEVICES, FIRST.ref.digest)


def test_who_lacked_something_names_all_it_knew_so_nothing_it_knew_is_held_against_it() -> None:
    lost, b = ref_of(A, 7), use_of(ref_of(B, 1), NOON, (ref_of(A, 7),))
    c = use_of(ref_of(device(3), 1), NOON + 1, (b.ref,))
    ledger = fold(TICKET, (issue(), b, c), NO_EVENT, NOON * 2).ledger
    assert set(ledger.heads) == {b.ref, c.ref}
    d = replace(use_of(ref_of(device(4), 1), NOON + 2, ledger.heads), flags=(marks.LACKED_CAUSES,))
    assert named(b, c, d) == {}
    assert fold(TICKET, (issue(), use_of(lost, NOON - 1), b, c), NO_EVENT, NOON * 2).ledger.lacks_causes is False


@pytest.mark.parametrize("change", ["area", "day", "product"])
def test_another_area_day_or_product_is_no_double(change: str) -> None:
    changes: dict[str, object] = {change: ITEM if change == "product" else 77}
    other = use_of(SECOND.ref, SECOND.time_ms, (), **changes)
    assert doubles_among({FIRST.product}, (FIRST, other), (FIRST, other)) == ()


ONCE, TWICE, ONCE_IN_AREA = marks.TOTAL + 1, marks.TOTAL + 2, marks.TOTAL_IN_AREA + 1


def marked(use: UseFact, *flags: int, **changes: object) -> UseFact:
    return replace(use, flags=flags, **changes)  # type: ignore[arg-type]


def named(*uses: UseFact) -> dict[Ref, Digest]:
    found = doubles_among({FIRST.product}, uses, uses)
    return {one.use.ref: one.earlier.ref.digest for one in found}


@pytest.mark.parametrize("change", ["area", "day"])
def test_a_ticket_good_once_used_in_two_places_or_on_two_days_unheard_is_a_double(change: str) -> None:
    other = marked(SECOND, ONCE, **{change: 77})
    assert named(marked(FIRST, ONCE), other) == {other.ref: FIRST.ref.digest}
    knew = replace(other, seen=(FIRST.ref.digest,))
    assert named(marked(FIRST, ONCE), knew) == {}


def test_once_in_each_area_is_once_in_each_area() -> None:
    elsewhere, later = marked(SECOND, ONCE_IN_AREA, area=77), marked(SECOND, ONCE_IN_AREA, day=77)
    assert named(marked(FIRST, ONCE_IN_AREA), elsewhere) == {}
    assert named(marked(FIRST, ONCE_IN_AREA), later) == {later.ref: FIRST.ref.digest}


def test_of_two_in_all_the_third_is_the_double_and_quantities_count() -> None:
    days = [marked(use_of(ref_of(device(n), 1), NOON + n), TWICE, day=n) for n in (1, 2, 3)]
    assert named(*days) == {days[2].ref: days[1].ref.digest}
    knew_the_last = replace(days[2], seen=(days[1].ref.digest,))
    assert named(days[0], days[1], knew_the_last) == {days[2].ref: days[0].ref.digest}
    both_at_once = replace(days[0], quantity=2)
    assert named(both_at_once, days[1]) == {days[1].ref: days[0].ref.digest}


def test_whoever_went_out_stands_in_nobodys_way_where_exits_give_the_way_back_in() -> None:
    out = replace(use_of(ref_of(A, 2), NOON + 30_000, (FIRST.ref,)), kind=UseKind.EXIT)
    again = marked(SECOND, marks.IN_OUT)
    assert named(FIRST, out, again) == {}
    assert named(FIRST, out, SECOND) == {SECOND.ref: FIRST.ref.digest}, "an exit gives no second entry of other rules"
    assert named(FIRST, again) == {again.ref: FIRST.ref.digest}
    elsewhere, another_day = marked(out, area=77), marked(out, day=77)
    assert named(FIRST, elsewhere, another_day, again) == {again.ref: FIRST.ref.digest}
    third = marked(use_of(ref_of(device(3), 1), NOON + 90_000), marks.IN_OUT)
    assert named(FIRST, out, again, third) == {third.ref: again.ref.digest}, "one exit lets in once"


def test_of_a_party_only_as_many_stand_in_nobodys_way_as_went_out() -> None:
    four = marked(FIRST, marks.IN_OUT, quantity=4)
    out = replace(use_of(ref_of(A, 2), NOON + 30_000, (FIRST.ref,)), kind=UseKind.EXIT)
    one, three = marked(SECOND, marks.IN_OUT), marked(SECOND, marks.IN_OUT, quantity=3)
    assert named(four, out, one) == {}
    assert named(four, out, three) == {three.ref: FIRST.ref.digest}
    assert named(four, replace(out, flags=leaving_marks(3)), three) == {}


def test_items_beyond_what_was_bought() -> None:
    uses = [replace(one, product=ITEM, quantity=2) for one in (FIRST, SECOND)]
    (one,) = conflicts((issue(((ITEM, 3),)), *uses), NO_EVENT, None)
    assert (one.kind, one.other) == (ConflictKind.BEYOND, uses[0].ref.digest)


def test_after_a_cancelled_item_and_after_a_cancelled_ticket() -> None:
    cancel = CancelFact(said(2), TICKET, Cause(b"d" * 16), ITEM, 1, NOON - 10)
    item = replace(FIRST, product=ITEM)
    assert only(issue(((ITEM, 1),)), cancel, item) == {item.ref: ConflictKind.AFTER_CANCEL}
    whole = replace(cancel, product=None, quantity=None, time_ms=NOON + 1)
    known = replace(SECOND, seen=(FIRST.ref.digest,))
    assert only(issue(), whole, FIRST, known) == {SECOND.ref: ConflictKind.AFTER_CANCEL}


def test_after_a_block_but_not_before_it_nor_after_it_was_lifted() -> None:
    block = BlockFact(said(2), TICKET, Cause(b"e" * 16), blocked=True, why="", replaces=(), time_ms=NOON + 1)
    lifted = replace(block, ref=said(3), blocked=False, replaces=(block.ref,), time_ms=NOON + 90_000)
    third = use_of(ref_of(A, 3), NOON + 120_000, (SECOND.ref,))
    second = replace(SECOND, seen=(FIRST.ref.digest,))
    kinds = only(issue(), block, lifted, FIRST, second, third)
    assert kinds == {SECOND.ref: ConflictKind.AFTER_BLOCK}


def test_with_an_old_pass_after_a_new_one_was_made() -> None:
    cause, code = Cause(b"r" * 16), CodeHash(b"n" * 12)
    again = ReissueFact(said(2), TICKET, cause, code, 5, (), (), NOON - 1)
    assert only(issue(), again, FIRST) == {FIRST.ref: ConflictKind.AFTER_REISSUE}
    assert only(issue(), again, replace(FIRST, generation=5)) == {}


def test_a_proof_that_failed_uses_up_nobodys_pass() -> None:
    """The forged use is a conflict of its own; the honest one after it collides with nothing."""
    forged = replace(FIRST, standing=Standing.UNPROVEN, proof=b"forgery!")
    assert only(issue(), forged, SECOND) == {forged.ref: ConflictKind.PROOF_FAILED}
    by_name = replace(FIRST, standing=Standing.UNPROVEN, flags=(int(Flag.FOUND_BY_NAME),))
    assert only(issue(), by_name) == {}


def test_what_the_receiver_saw_of_devices_and_clocks() -> None:
    forked, ahead = Circumstances(forked={FIRST.ref.digest}), Circumstances(ahead={FIRST.ref.digest})
    assert only(issue(), FIRST, around=forked) == {FIRST.ref: ConflictKind.FORKED}
    assert only(issue(), FIRST, around=ahead) == {FIRST.ref: ConflictKind.CLOCK}


def test_an_override_is_told_as_one() -> None:
    override = replace(FIRST, kind=UseKind.OVERRIDE)
    assert only(issue(), override) == {override.ref: ConflictKind.OVERRIDE}


def test_a_use_past_a_revocation_waits_until_it_is_allowed() -> None:
    event = EventFacts(revokes=(RevokeFact(said(5), A, ()),))
    assert found(issue(), FIRST, event=event) == {FIRST.ref: (ConflictKind.WAITING, None)}
    allowed = decide(6, FIRST.ref, Ruling.ALLOW)
    assert found(issue(), FIRST, allowed, event=event) == {FIRST.ref: (ConflictKind.WAITING, Ruling.ALLOW)}


@pytest.mark.parametrize("ruling", [Ruling.ACCEPT, Ruling.BLOCK, Ruling.ERROR])
def test_what_was_decided_stays_to_be_read(ruling: Ruling) -> None:
    kinds = found(issue(), FIRST, SECOND, decide(2, SECOND.ref, ruling))
    assert kinds == {SECOND.ref: (ConflictKind.DEVICES, ruling)}


def test_a_decision_is_revised_by_one_that_replaces_it() -> None:
    former = decide(2, SECOND.ref, Ruling.ERROR)
    later = decide(3, SECOND.ref, Ruling.ACCEPT, (former.ref,))
    assert found(issue(), FIRST, SECOND, later, former)[SECOND.ref][1] is Ruling.ACCEPT


def test_striking_the_first_settles_the_second() -> None:
    error = decide(2, FIRST.ref, Ruling.ERROR)
    assert found(issue(), FIRST, SECOND, error) == {}


def test_a_note_and_a_checked_proof_decide_nothing() -> None:
    told = (decide(2, SECOND.ref, Ruling.NOTE), decide(3, SECOND.ref, Ruling.PROVEN))
    assert found(issue(), FIRST, SECOND, *told) == {SECOND.ref: (ConflictKind.DEVICES, None)}


@given(seed=st.integers(0, 2**32))
def test_the_same_facts_in_any_order_give_the_same_conflicts(seed: int) -> None:
    world = world_of(seed, 30)
    dice = random.Random(seed)
    facts = list(world.facts)
    digests = [fact.ref.digest for fact in facts]
    around = Circumstances(frozenset(digests[::5]), frozenset(digests[::7]))
    first = _all(facts, world.event, around)
    dice.shuffle(facts)
    assert _all([*facts, *facts[:3]], world.event, around) == first


def _all(facts: list[Fact], event: EventFacts, around: Circumstances) -> dict[object, tuple[Conflict, ...]]:
    tickets = {fact.ticket for fact in facts}
    return {t: conflicts_of(t, facts, fold(t, facts, event, NOON), event, NOON, around) for t in tickets}


def test_the_ledger_names_proven_doubles_until_they_are_decided() -> None:
    def doubles(*facts: Fact) -> tuple[Digest, ...]:
        return fold(TICKET, (issue(), *facts), NO_EVENT, NOON * 2).ledger.doubles

    unproven: UseFact = replace(SECOND, standing=Standing.UNPROVEN)
    assert doubles(FIRST, SECOND) == (SECOND.ref.digest,)
    assert doubles(FIRST, unproven) == ()
    assert doubles(FIRST, SECOND, decide(2, SECOND.ref, Ruling.ACCEPT)) == ()
    assert doubles(FIRST, SECOND, decide(2, SECOND.ref, Ruling.ERROR)) == ()
    assert digest_of("x") not in doubles(FIRST, SECOND)


@pytest.mark.parametrize(
    ("ruling", "open_ones"), [(None, ((ITEM, ConflictKind.BEYOND),)), (Ruling.ACCEPT, ()), (Ruling.ERROR, ())]
)
def test_the_ledger_names_items_used_past_what_was_bought_until_they_are_decided(
    ruling: Ruling | None, open_ones: tuple[tuple[ProductNo, ConflictKind], ...]
) -> None:
    lunch = use_of(ref_of(A, 1), NOON, product=ITEM)
    second = use_of(ref_of(B, 1), NOON + 60_000, product=ITEM)
    facts: list[Fact] = [issue(((ITEM, 1),)), lunch, second]
    facts += [] if ruling is None else [decide(2, second.ref, ruling)]
    assert fold(TICKET, facts, NO_EVENT, NOON * 2).ledger.beyond == open_ones
    unproven = [replace(one, standing=Standing.UNPROVEN) if isinstance(one, UseFact) else one for one in facts]
    assert fold(TICKET, unproven, NO_EVENT, NOON * 2).ledger.beyond == ()
    assert fold(TICKET, [issue(((ITEM, 2),)), *facts[1:]], NO_EVENT, NOON * 2).ledger.beyond == ()


# --- what the next scan tells ---------------------------------------------------------------------

CLAIM: UseFact = replace(FIRST, standing=Standing.CLAIMED, proof=b"8 bytes!")


def undecided(*facts: Fact, event: EventFacts = NO_EVENT, holds: bool | None = None) -> tuple[ConflictKind, ...]:
    return fold(TICKET, (issue(), *facts), event, NOON * 2, lambda _use: holds).ledger.undecided


@pytest.mark.parametrize(
    ("standing", "holds", "is_told"),
    [
        (Standing.CLAIMED, False, True),
        (Standing.CLAIMED, True, False),
        (Standing.CLAIMED, None, False),  # not to be told with this code
        (Standing.UNPROVEN, None, True),  # the server's word
        (Standing.PROVEN, False, False),
    ],
)
def test_a_proof_is_told_as_failed_only_by_who_can_tell(
    standing: Standing, *, holds: bool | None, is_told: bool
) -> None:
    told = (ConflictKind.PROOF_FAILED,) if is_told else ()
    assert undecided(replace(CLAIM, standing=standing), holds=holds) == told
    assert undecided(replace(CLAIM, standing=standing, proof=None), holds=None) == ()


def test_the_servers_word_that_a_proof_failed_outlives_the_entry_that_claims_it() -> None:
    """As a row of a snapshot it is known to have failed, as an entry it is a claim, and who scans cannot check it."""
    judged = replace(CLAIM, standing=Standing.UNPROVEN)
    for facts in ((judged, CLAIM), (CLAIM, judged)):
        assert undecided(*facts) == (ConflictKind.PROOF_FAILED,)
        assert undecided(*facts, decide(2, CLAIM.ref, Ruling.ACCEPT)) == ()


def test_a_code_says_nothing_of_another_generation_nor_of_badge_and_pin() -> None:
    code, event = TicketCode(b"c" * 10), EventUid(b"evnt")
    name = Identity(DeviceId(b"d" * 16), RunId(b"run-0001"), 1)
    claim = replace(CLAIM, ref=Ref(name, FIRST.ref.digest))
    by_name = replace(claim, flags=(int(Flag.FOUND_BY_NAME),))
    assert proof_checker(code, event, 0)(claim) is False
    assert [proof_checker(code, event, 0)(by_name), proof_checker(code, event, 5)(claim)] == [None, None]
    assert proof_checker(code, event, None)(claim) is None


def test_a_number_used_twice_is_told_also_where_both_uses_are_of_the_ticket() -> None:
    name = FIRST.ref.identity
    fork = ForkedFact(name.device, name.run, ((name.number, name.number),))
    later = replace(fork, spans=((name.number + 1, name.number + 9),))
    assert undecided(FIRST, event=EventFacts(forks=(by_run([later, fork]),))) == (ConflictKind.FORKED,)
    assert undecided(FIRST, event=EventFacts(forks=({}, by_run([fork])))) == (ConflictKind.FORKED,)
    assert undecided(FIRST, event=EventFacts(forks=(by_run([later]),))) == ()
    assert undecided(FIRST, event=EventFacts(forks=(by_run([replace(fork, device=B)]),))) == ()
    twin = replace(FIRST, ref=Ref(name, digest_of("twin")), day=EventDay(FIRST.day + 1))
    assert undecided(FIRST, twin) == (ConflictKind.FORKED,)
    struck = decide(2, twin.ref, Ruling.ERROR)
    assert undecided(FIRST, twin, struck) == (ConflictKind.FORKED,)
    assert undecided(FIRST, twin, struck, decide(3, FIRST.ref, Ruling.ACCEPT)) == ()


def test_each_use_is_told_by_its_gravest_kind_as_it_is_listed() -> None:
    forged = replace(CLAIM, kind=UseKind.OVERRIDE)
    second = replace(SECOND, kind=UseKind.OVERRIDE)
    assert undecided(forged, holds=False) == (ConflictKind.PROOF_FAILED,)
    assert undecided(forged, second, holds=False) == (ConflictKind.PROOF_FAILED, ConflictKind.OVERRIDE)


def test_a_stamp_ahead_is_told_while_it_is_ahead_or_until_it_is_corrected() -> None:
    ahead = replace(FIRST, time_ms=NOON * 2 + 120_000)
    name = ahead.ref.identity
    back = RedateFact(said(7), name.device, name.run, 1, 9, -600, ())
    assert undecided(ahead) == (ConflictKind.CLOCK,)
    assert undecided(ahead, event=EventFacts(redates=(back,))) == ()
    assert fold(TICKET, (issue(), ahead), NO_EVENT, NOON * 2 + 120_000).ledger.undecided == ()


@given(seed=st.integers(0, 2**32))
def test_what_is_told_besides_doubles_is_on_the_list(seed: int) -> None:
    """Whatever facts there are: of kinds that facts alone tell, who scans hears no more than the supervisor reads."""
    world = world_of(seed, 30)
    facts, now_ms = list(world.facts), 10**15
    folded = fold(TICKET, facts, world.event, now_ms)
    found_ones = conflicts_of(TICKET, facts, folded, world.event, now_ms, Circumstances())
    listed = {one.kind for one in found_ones if one.ruling is None}
    # An item past what was bought is listed as cancelled where it was: graver than that its pass was old.
    hidden = {ConflictKind.AFTER_REISSUE} if ConflictKind.AFTER_CANCEL in listed else set()
    assert {*folded.ledger.undecided} - {ConflictKind.FORKED} - hidden <= listed


class LookedUp(dict[tuple[DeviceId, RunId], ForkedFact]):
    """Forks that are looked up, never gone through."""

    def __iter__(self) -> Iterator[tuple[DeviceId, RunId]]:
        raise AssertionError("a thief forks as many runs as he likes: a scan must not go through all of them")

    values = items = keys = __iter__  # type: ignore[assignment]


def test_a_scan_looks_only_at_forks_of_the_runs_its_uses_are_of() -> None:
    name = FIRST.ref.identity
    mine = ForkedFact(name.device, name.run, ((name.number, name.number),))
    many = (ForkedFact(name.device, RunId(number.to_bytes(8)), ((1, 1),)) for number in range(1000))
    assert undecided(FIRST, event=EventFacts(forks=(LookedUp(by_run([*many, mine])),))) == (ConflictKind.FORKED,)


def test_pieces_of_a_forked_run_are_one() -> None:
    name = FIRST.ref.identity
    pieces = [ForkedFact(name.device, name.run, spans) for spans in (((7, 9), (20, 20)), ((1, 2), (4, 5)), ((5, 7),))]
    (whole,) = by_run(pieces).values()
    assert whole.spans == ((1, 2), (4, 9), (20, 20))
    assert [number for number in range(30) if whole.has(number)] == [1, 2, *range(4, 10), 20]
