"""When to exchange: laws of the plan, whatever happens in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync import plan
from kiosk.sync.plan import Answered, Asked, EntryWritten, Exchange, Failed, Happened, SnapshotInstalled, Wait

happenings = st.one_of(
    st.just(EntryWritten()),
    st.just(Asked()),
    st.just(SnapshotInstalled()),
    st.builds(Answered, st.booleans(), st.booleans(), st.booleans(), st.none() | st.floats(0, 60), st.booleans()),
    st.builds(Failed, st.booleans(), st.integers(0, 500), st.none() | st.floats(0, 60)),
)


@given(st.lists(st.tuples(happenings, st.floats(0, 5), st.floats(0, 1)), max_size=60))
def test_the_next_exchange_is_never_far_and_the_truth_never_late(story: list[tuple[Happened, float, float]]) -> None:
    now_s, state = 0.0, plan.started(0.0)
    for happened, passes_s, chance in story:
        state = plan.after(state, happened, now_s, chance)
        now_s += passes_s
        assert state.next_s - now_s <= 60 * (1 + plan.JITTER)
        assert state.truth_due_s - now_s <= plan.TRUTH_EVERY_S + 1e-9  # sums of floats
        assert 0 <= state.batch <= plan.BATCH_MAX


@given(st.integers(1, 40), st.floats(0, 1))
def test_two_gates_hear_of_each_other_within_five_seconds_of_a_healed_network(failures: int, chance: float) -> None:
    """One may wait out its back-off before it sends, the other its poll before it asks."""
    state = plan.started(0.0)
    for _ in range(failures):
        state = plan.after(state, Failed(), 0.0, chance)
    asks_s = plan.after(plan.started(0.0), Answered(by_vector=False, more=False), 0.0, chance).next_s
    assert state.next_s + asks_s < 5.0


def test_a_start_asks_for_the_truth_at_once() -> None:
    assert plan.due(plan.started(5.0), 5.0) == Exchange(by_vector=True, batch=plan.BATCH_MAX)


def test_an_own_entry_goes_at_once_but_not_against_a_dead_server() -> None:
    state = plan.after(plan.started(0.0), Answered(by_vector=True, more=False), 0.0, 0.5)
    assert isinstance(plan.due(state, 0.1), Wait)
    assert isinstance(plan.due(plan.after(state, EntryWritten(), 0.1, 0.5), 0.1), Exchange)
    dead = plan.after(state, Failed(), 0.1, 0.5)
    assert isinstance(plan.due(plan.after(dead, EntryWritten(), 0.2, 0.5), 0.2), Wait)


def test_a_cursor_the_server_does_not_know_leads_to_the_truth() -> None:
    state = plan.after(plan.started(0.0), Answered(by_vector=True, more=False), 0.0, 0.5)
    state = plan.after(state, Answered(by_vector=False, more=False, lost_cursor=True), 1.0, 0.5)
    assert plan.due(state, 1.0) == Exchange(by_vector=True, batch=plan.BATCH_MAX)


@pytest.mark.parametrize("sent", [1, 7, 500])
def test_messages_shrink_to_a_probe_and_grow_again(sent: int) -> None:
    state, steps = plan.started(0.0), 0
    while state.batch:
        state = plan.after(state, Failed(too_much=True, sent=min(sent, state.batch)), 0.0, 0.5)
        steps += 1
    assert steps <= 10
    assert plan.after(state, Answered(by_vector=True, more=True), 0.0, 0.5).batch == 1
