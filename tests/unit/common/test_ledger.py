"""The fold is a pure function of the set of facts, and its rules hold one by one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bodies import HEADS_PER_ENTRY_MAX, HandedLine, Ruling
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
    VoidFact,
)
from common.ids import Cause, CodeHash, ProductNo, Ref, RunId, TicketId
from common.ledger import Folded, fold
from tests.support.fact_worlds import NOW_MS, SERVER, TICKET, device, ref_of, use_of, world_of

NONE = EventFacts()
RUN = RunId(b"run-0001")


def folded(*facts: Fact, event: EventFacts = NONE, now_ms: int = NOW_MS) -> Folded:
    return fold(TICKET, facts, event, now_ms)


def counted(*facts: Fact, event: EventFacts = NONE) -> list[Ref]:
    return [use.ref for use in folded(*facts, event=event).ledger.counted]


def kiosk(number: int, entry: int = 1, branch: str = "") -> Ref:
    return ref_of(device(number), entry, branch)


def stated(entry: int) -> Ref:
    return ref_of(SERVER, entry)


def cause(number: int) -> Cause:
    return Cause(b"cause%011d" % number)


def code(number: int) -> CodeHash:
    return CodeHash(b"code%08d" % number)


def issue(entry: int = 1, items: tuple[tuple[int, int], ...] = (), because: int = 1, **changes: object) -> IssueFact:
    typed = tuple((ProductNo(product), quantity) for product, quantity in items)
    fact = IssueFact(stated(entry), TICKET, cause(because), code(0), 0, ProductNo(1), typed, paid=True, time_ms=10)
    return replace(fact, **changes)  # type: ignore[arg-type]


def reissue(entry: int, generation: int, new: int, *replaces: Ref, accepted: tuple[Ref, ...] = ()) -> ReissueFact:
    return ReissueFact(stated(entry), TICKET, cause(entry), code(new), generation, accepted, replaces, 20)


def block(entry: int, blocked: bool, *replaces: Ref) -> BlockFact:
    return BlockFact(stated(entry), TICKET, cause(entry), blocked, "", replaces)


def decide(entry: int, target: Ref, ruling: int, *replaces: Ref) -> DecideFact:
    return DecideFact(stated(entry), TICKET, cause(entry), target, ruling, replaces)


@given(st.integers(0, 2**32), st.integers(0, 40))
def test_the_fold_does_not_know_in_what_order_facts_came(seed: int, steps: int) -> None:
    world, rng = world_of(seed, steps), random.Random(seed)
    want = fold(TICKET, world.facts, world.event, NOW_MS)
    again = world.facts + rng.sample(world.facts, len(world.facts) // 2)
    rng.shuffle(again)
    redates, revokes = list(world.redates) * 2, list(world.revokes) * 2
    rng.shuffle(redates)
    rng.shuffle(revokes)
    assert fold(TICKET, again, EventFacts(tuple(redates), tuple(revokes)), NOW_MS) == want


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 2**32))
def test_any_split_and_union_folds_to_the_same(seed: int, steps: int, split: int) -> None:
    world, rng = world_of(seed, steps), random.Random(split)
    left = [fact for fact in world.facts if rng.random() < 0.6]
    right = [fact for fact in world.facts if fact not in left or rng.random() < 0.3]
    assert fold(TICKET, right + left, world.event, NOW_MS) == fold(TICKET, world.facts, world.event, NOW_MS)


@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_use_is_in_exactly_one_place_and_after_what_its_writer_had_seen(seed: int, steps: int) -> None:
    world = world_of(seed, steps)
    ledger = fold(TICKET, world.facts, world.event, NOW_MS).ledger
    places = [use.ref for use in (*ledger.counted, *ledger.waiting, *ledger.struck)]
    assert sorted(places) == sorted({fact.ref for fact in world.facts if isinstance(fact, UseFact)})
    position = {use.ref.digest: at for at, use in enumerate(ledger.counted)}
    for use in ledger.counted:
        assert all(position[seen] < position[use.ref.digest] for seen in use.seen if seen in position)


def test_facts_of_other_tickets_do_not_count() -> None:
    other = TicketId(b"ticket-2")
    assert folded(use_of(kiosk(1), 5, ticket=other), replace(issue(), ticket=other)) == folded()
    assert folded().view is None


def test_what_one_had_seen_comes_first_whatever_the_clocks_say() -> None:
    late = use_of(kiosk(1), 900)
    early = use_of(kiosk(2), 100, (late.ref,))
    assert counted(early, late) == [late.ref, early.ref]


def test_who_had_not_heard_each_other_are_ordered_by_time_then_identity() -> None:
    first, second, third = use_of(kiosk(2), 100), use_of(kiosk(1), 200), use_of(kiosk(3), 200)
    assert counted(third, second, first) == [first.ref, second.ref, third.ref]


def test_causality_goes_through_a_voided_use() -> None:
    base = use_of(kiosk(1), 900)
    between = use_of(kiosk(2), 800, (base.ref,))
    last = use_of(kiosk(3), 100, (between.ref,))
    assert counted(base, between, last, VoidFact(kiosk(2, 2), TICKET, between.ref)) == [base.ref, last.ref]


def test_a_stamp_from_the_future_goes_last_until_its_time_has_come() -> None:
    ahead, now = use_of(kiosk(1), NOW_MS + 60_001), use_of(kiosk(2), NOW_MS + 60_000)
    before_all = use_of(kiosk(0), NOW_MS + 90_000)
    facts = (before_all, ahead, now)
    assert [u.ref for u in folded(*facts).ledger.counted] == [now.ref, before_all.ref, ahead.ref]
    later = folded(*facts, now_ms=NOW_MS + 100_000).ledger.counted
    assert [u.ref for u in later] == [now.ref, ahead.ref, before_all.ref]


def test_a_circle_of_forged_facts_ends_and_gives_each_use_once() -> None:
    refs = [kiosk(number) for number in range(4)]
    circle = [use_of(ref, 100 - at, (refs[at - 1],)) for at, ref in enumerate(refs)]
    beside = use_of(kiosk(9), 50, (refs[0],))
    got = counted(*circle, beside)
    assert sorted(got) == sorted([*refs, beside.ref])
    assert counted(beside, *reversed(circle)) == got


def test_a_void_counts_only_from_the_device_that_wrote_the_use() -> None:
    use = use_of(kiosk(1), 5)
    assert counted(use, VoidFact(kiosk(2, 2), TICKET, use.ref)) == [use.ref]
    gone = folded(use, VoidFact(kiosk(1, 2), TICKET, use.ref)).ledger
    assert (gone.counted, [u.ref for u in gone.struck]) == ((), [use.ref])


def test_a_void_names_the_digest_too_so_a_clone_loses_nothing() -> None:
    use, twin = use_of(kiosk(1), 5), use_of(kiosk(1, branch="clone"), 6)
    assert counted(use, twin, VoidFact(kiosk(1, 2), TICKET, use.ref)) == [twin.ref]


def test_a_void_of_a_void_brings_nothing_back() -> None:
    use, void = use_of(kiosk(1), 5), VoidFact(kiosk(1, 2), TICKET, kiosk(1))
    assert counted(use, void, VoidFact(kiosk(1, 3), TICKET, void.ref)) == []


def test_a_use_known_as_row_and_as_entry_counts_once_with_the_better_standing() -> None:
    entry = use_of(kiosk(1), 5, (kiosk(2),), standing=Standing.CLAIMED, proof=b"12345678")
    row = replace(entry, standing=Standing.PROVEN, proof=None)
    for facts in ((entry, row), (row, entry)):
        (use,) = folded(*facts).ledger.counted
        assert (use.standing, use.proof) == (Standing.PROVEN, b"12345678")


@pytest.mark.parametrize(
    ("rulings", "counts"),
    [
        ((Ruling.ERROR,), False),
        ((Ruling.ACCEPT,), True),
        ((Ruling.ERROR, Ruling.ACCEPT), True),
        ((Ruling.ERROR, Ruling.BLOCK), True),
        ((Ruling.ERROR, Ruling.PROVEN), False),
        ((Ruling.ERROR, Ruling.NOTE), False),
        ((Ruling.ERROR, 77), False),
        ((77,), True),
    ],
)
def test_of_several_rulings_in_force_the_stricter_holds(rulings: tuple[int, ...], counts: bool) -> None:
    use = use_of(kiosk(1), 5)
    facts = [decide(entry, use.ref, ruling) for entry, ruling in enumerate(rulings, start=1)]
    assert bool(counted(use, *facts)) is counts


def test_a_ruling_can_be_revised_but_not_by_a_number_of_the_future() -> None:
    use = use_of(kiosk(1), 5)
    error = decide(1, use.ref, Ruling.ERROR)
    assert counted(use, error, decide(2, use.ref, Ruling.ACCEPT, error.ref)) == [use.ref]
    assert counted(use, error, decide(2, use.ref, 77, error.ref)) == []


def test_rulings_and_accepted_uses_are_the_servers_word() -> None:
    claimed = [use_of(kiosk(n), 5, standing=Standing.CLAIMED, proof=b"12345678") for n in range(4)]
    facts: list[Fact] = [
        decide(1, claimed[0].ref, Ruling.PROVEN),
        decide(2, claimed[1].ref, Ruling.ACCEPT),
        reissue(3, 1, 1, accepted=(claimed[2].ref,)),
    ]
    standings = {use.ref: use.standing for use in folded(*claimed, *facts).ledger.counted}
    assert [standings[use.ref] for use in claimed] == [Standing.PROVEN] * 3 + [Standing.CLAIMED]


def test_a_proof_is_asked_for_claimed_uses_only() -> None:
    good = use_of(kiosk(1), 5, standing=Standing.CLAIMED, proof=b"goodgood")
    wrong = use_of(kiosk(2), 5, standing=Standing.CLAIMED, proof=b"badbadba")
    nothing = use_of(kiosk(3), 5, standing=Standing.UNPROVEN)
    own = use_of(kiosk(4), 5)
    asked: list[Ref] = []

    def check(use: UseFact) -> bool:
        asked.append(use.ref)
        return use.proof == b"goodgood"

    uses = fold(TICKET, (good, wrong, nothing, own), NONE, NOW_MS, check).ledger.counted
    assert sorted(asked) == sorted([good.ref, wrong.ref])
    standing = {use.ref: use.standing for use in uses}
    assert [standing[use.ref] for use in (good, wrong, nothing, own)] == [
        Standing.PROVEN,
        Standing.UNPROVEN,
        Standing.UNPROVEN,
        Standing.PROVEN,
    ]


def revoked(*cuts: Ref) -> EventFacts:
    cut = tuple((ref.identity.run, ref.identity.number, ref.digest) for ref in cuts)
    return EventFacts(revokes=(RevokeFact(stated(50), device(1), cut),))


def test_uses_past_the_cut_wait_until_they_are_allowed_by_name() -> None:
    kept, past = use_of(kiosk(1, 1), 5), use_of(kiosk(1, 2), 6)
    ledger = folded(kept, past, event=revoked(kept.ref)).ledger
    assert ([u.ref for u in ledger.counted], [u.ref for u in ledger.waiting]) == ([kept.ref], [past.ref])
    assert counted(kept, past, decide(1, past.ref, Ruling.ALLOW), event=revoked(kept.ref)) == [kept.ref, past.ref]


def test_a_run_the_cut_does_not_name_is_cut_at_nothing_and_other_devices_are_not_touched() -> None:
    here, other = use_of(kiosk(1), 5), use_of(kiosk(2), 6)
    assert counted(here, other, event=revoked()) == [other.ref]


def test_at_the_cut_the_digest_tells_the_branch() -> None:
    kept, clone = use_of(kiosk(1, 3), 5), use_of(kiosk(1, 3, "clone"), 6)
    assert counted(kept, clone, event=revoked(kept.ref)) == [kept.ref]
    assert counted(kept, clone, event=revoked(kept.ref, clone.ref)) == [kept.ref, clone.ref]


def test_several_revocations_are_the_union_of_their_cuts() -> None:
    one, two = use_of(kiosk(1, 1), 5), use_of(kiosk(1, 2), 6)
    both = EventFacts(revokes=(*revoked(one.ref).revokes, *revoked(two.ref).revokes))
    assert counted(one, two, event=both) == [one.ref, two.ref]


def test_a_stolen_device_cannot_give_back_what_it_had_handed_out() -> None:
    kept, past = use_of(kiosk(1, 1), 5), use_of(kiosk(1, 2), 6)
    voids = VoidFact(kiosk(1, 3), TICKET, kept.ref), VoidFact(kiosk(1, 4), TICKET, past.ref)
    ledger = folded(kept, past, *voids, event=revoked(kept.ref)).ledger
    assert [u.ref for u in ledger.counted] == [kept.ref]
    assert [u.ref for u in ledger.struck] == [past.ref]


def test_a_stolen_device_cannot_say_otherwise_what_it_had_handed_out() -> None:
    kept, past = use_of(kiosk(1, 1), 5), use_of(kiosk(1, 3), 6)
    said = HandedFact(kiosk(1, 2), TICKET, kept.ref, (HandedLine("l", 1),), ())
    late = HandedFact(kiosk(1, 4), TICKET, kept.ref, (HandedLine("s", 1),), (said.ref,))
    of_past = HandedFact(kiosk(1, 5), TICKET, past.ref, (HandedLine("m", 1),), ())
    handed = folded(kept, past, said, late, of_past, event=revoked(said.ref)).ledger.handed
    assert dict(handed) == {kept.ref.digest: said.lines, past.ref.digest: of_past.lines}


def redate(entry: int, first: int, last: int, seconds: int, *replaces: Ref) -> RedateFact:
    return RedateFact(stated(entry), device(1), RUN, first, last, seconds, replaces)


def test_a_redate_changes_the_order_and_nothing_else() -> None:
    wrong, right = use_of(kiosk(1, 2), 900_000), use_of(kiosk(2), 500_000)
    event = EventFacts(redates=(redate(60, 1, 2, -600),))
    ledger = folded(wrong, right, event=event).ledger
    assert list(ledger.counted) == [wrong, right]
    assert ledger.redated_ms == ((wrong.ref.digest, -600_000),)
    assert counted(wrong, right, event=EventFacts(redates=(redate(60, 3, 9, -600),))) == [right.ref, wrong.ref]


def test_a_redate_can_be_replaced() -> None:
    wrong, right = use_of(kiosk(1, 2), 900_000), use_of(kiosk(2), 500_000)
    first = redate(60, 1, 2, -600)
    event = EventFacts(redates=(redate(61, 1, 2, 0, first.ref), first))
    assert counted(wrong, right, event=event) == [right.ref, wrong.ref]


def test_heads_are_what_nobody_had_seen_struck_ones_too() -> None:
    base = use_of(kiosk(1), 5)
    tip, other = use_of(kiosk(2), 6, (base.ref,)), use_of(kiosk(3), 7)
    heads = folded(base, tip, other, VoidFact(kiosk(3, 2), TICKET, other.ref)).ledger.heads
    assert heads == tuple(sorted((tip.ref, other.ref)))


def test_heads_stay_within_what_an_entry_may_name_and_keep_the_proven_ones() -> None:
    noise = [use_of(kiosk(1, n), n, standing=Standing.UNPROVEN) for n in range(1, 200)]
    proven = [use_of(kiosk(2, n), n) for n in range(1, 4)]
    heads = folded(*noise, *proven).ledger.heads
    assert len(heads) == HEADS_PER_ENTRY_MAX
    assert {use.ref for use in proven} <= set(heads)


def test_thousands_of_uses_fold_in_order() -> None:
    uses = [use_of(kiosk(1, 1), 1)]
    for number in range(2, 5000):
        uses.append(use_of(kiosk(1, number), 5000 - number, (uses[-1].ref,)))
    assert counted(*reversed(uses)) == [use.ref for use in uses]


def test_blocked_beats_unblocked_where_both_are_in_force() -> None:
    first = block(1, True)
    for facts, blocked in [
        ((first,), True),
        ((first, block(2, False, first.ref)), False),
        ((first, block(2, False)), True),
        ((first, block(2, False, first.ref), block(3, True, first.ref)), True),
    ]:
        view = folded(*facts).view
        assert view is not None
        assert view.blocked is blocked


def test_a_block_heard_before_the_issue_is_known() -> None:
    view = folded(block(1, True)).view
    assert view is not None
    assert (view.blocked, view.product, view.code_hash, view.paid) == (True, None, None, True)


def test_the_highest_generation_wins_and_all_other_codes_are_past() -> None:
    view = folded(issue(), reissue(2, 5, 5), reissue(3, 4, 4)).view
    assert view is not None
    assert (view.generation, view.code_hash, view.past_codes) == (5, code(5), (code(0), code(4)))


def test_of_two_codes_of_one_generation_the_greater_reference_wins() -> None:
    one, two = reissue(2, 5, 7), reissue(3, 5, 6)
    view = folded(two, one).view
    winner = max(one, two, key=lambda fact: fact.ref)
    assert view is not None
    assert view.code_hash == winner.code_hash


def test_a_cause_counts_once_for_issues_entitlements_and_cancellations() -> None:
    def entitle(entry: int, because: int, quantity: int) -> EntitleFact:
        return EntitleFact(stated(entry), TICKET, cause(because), ProductNo(2), quantity, 30)

    def cancel(entry: int, because: int, quantity: int | None) -> CancelFact:
        return CancelFact(stated(entry), TICKET, cause(because), ProductNo(2), quantity, 40)

    def items(*facts: Fact) -> tuple[tuple[ProductNo, int], ...]:
        view = folded(*facts).view
        assert view is not None
        return view.items

    issued = (issue(1, ((2, 1),)), issue(2, ((2, 1),)))
    assert items(*issued) == ((2, 1),)
    assert items(*issued, entitle(3, 5, 2), entitle(4, 5, 2), entitle(5, 6, 1)) == ((2, 4),)
    assert items(*issued, entitle(3, 5, 2), cancel(4, 8, 1), cancel(5, 8, 1)) == ((2, 2),)
    assert items(*issued, cancel(4, 8, 5)) == ((2, 0),)
    assert items(*issued, entitle(3, 5, 2), cancel(4, 8, None)) == ((2, 0),)


def test_a_ticket_is_cancelled_whole_or_by_its_own_product() -> None:
    for product, cancelled in [(None, True), (ProductNo(1), True), (ProductNo(2), False)]:
        gone = CancelFact(stated(2), TICKET, cause(2), product, None, 40)
        view = folded(issue(), gone).view
        assert view is not None
        assert view.cancelled is cancelled


def test_the_latest_issue_gives_the_product_and_any_says_it_is_paid() -> None:
    upgrade = issue(2, because=2, product=ProductNo(9), time_ms=99, paid=False)
    view = folded(upgrade, issue()).view
    assert view is not None
    assert (view.product, view.product_ms, view.paid) == (9, 99, True)
