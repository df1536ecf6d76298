"""Whom to call and when, as a pure function."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync import peer_plan
from kiosk.sync.peer_plan import (
    BACKOFF_MAX_S,
    PARTNERS_MAX,
    RECONCILE_ALONE_S,
    RECONCILE_EVERY_S,
    RECONCILE_WITH,
    Action,
    Answered,
    EntryWritten,
    Failed,
    Found,
    Lost,
    Push,
    Reconcile,
    State,
)

A, B, C = "http://a:1", "http://b:1", "http://c:1"


def met(*addresses: str, now_s: float = 100.0) -> State:
    """These were compared with, the next round is due in ten seconds."""
    state = peer_plan.after(peer_plan.started(now_s), Found(addresses), now_s, 0.5)
    return answered(*due_and_begun(state, now_s), now_s=now_s)


def due_and_begun(state: State, now_s: float, *, is_alone: bool = False) -> tuple[State, tuple[Action, ...]]:
    found = peer_plan.due(state, now_s, list(state.partners))
    return peer_plan.begun(state, found.actions, now_s, 0.5, is_alone=is_alone), found.actions


def answered(state: State, actions: tuple[Action, ...], *, now_s: float) -> State:
    for action in actions:
        state = peer_plan.after(state, Answered(action), now_s, 0.5)
    return state


def test_who_is_found_is_compared_with_at_once() -> None:
    state = peer_plan.after(peer_plan.started(0), Found((A, B)), 0, 0.5)
    assert due_and_begun(state, 0)[1] == (Reconcile(A), Reconcile(B))


def test_an_entry_is_pushed_to_everybody_at_once() -> None:
    state = peer_plan.after(met(A, B, C), EntryWritten(), 101, 0.5)
    assert due_and_begun(state, 101)[1] == (Push(A), Push(B), Push(C))


def test_an_entry_written_while_a_call_is_under_way_is_pushed_after_it() -> None:
    state = peer_plan.after(met(A), EntryWritten(), 101, 0.5)
    state, [push] = due_and_begun(state, 101)
    state = peer_plan.after(state, EntryWritten(), 101, 0.5)
    assert peer_plan.due(state, 101, [A]).actions == ()
    state = peer_plan.after(state, Answered(push), 101.1, 0.5)
    assert due_and_begun(state, 101.1)[1] == (Push(A),)


def test_every_ten_seconds_a_few_are_compared_with() -> None:
    state = met(A, B, C)
    assert peer_plan.due(state, 109, [C, A, B]).actions == ()
    assert peer_plan.due(state, 110, [C, A, B]).actions == (Reconcile(C), Reconcile(A))
    assert RECONCILE_WITH == 2


def test_without_the_server_it_is_every_two_seconds() -> None:
    state, actions = due_and_begun(met(A), 110, is_alone=True)
    state = answered(state, actions, now_s=110)
    assert peer_plan.due(state, 110, [A]).wait_s == RECONCILE_ALONE_S
    state, actions = due_and_begun(state, 112)
    state = answered(state, actions, now_s=112)
    assert peer_plan.due(state, 112, [A]).wait_s == RECONCILE_EVERY_S


def test_who_fails_is_left_alone_for_longer_and_longer_and_pushed_nothing() -> None:
    state, waits = met(A), list[float]()
    now_s = 110.0
    for _ in range(6):
        state, [action] = due_and_begun(state, now_s)
        assert isinstance(action, Reconcile)
        state = peer_plan.after(state, Failed(action), now_s, 0.5)
        state = peer_plan.after(state, EntryWritten(), now_s, 0.5)
        assert peer_plan.due(state, now_s, []).actions == ()
        waits.append(state.partners[A].next_s - now_s)
        now_s = state.partners[A].next_s
    assert waits == [1, 2, 3, 3, 3, 3]
    assert waits[-1] == BACKOFF_MAX_S


def test_many_that_fail_are_called_less_often_so_that_pushes_find_a_line() -> None:
    crowd = tuple(f"http://10.0.0.{n}:1" for n in range(100))
    state, now_s = peer_plan.after(peer_plan.started(0), Found(crowd), 0, 0.5), 0.0
    calls = 0
    while now_s < 200:
        state, actions = due_and_begun(state, now_s)
        calls += len(actions) if now_s >= 100 else 0
        for action in actions:
            state = peer_plan.after(state, Failed(action), now_s, 0.5)
        now_s += max(0.01, peer_plan.due(state, now_s, list(crowd)).wait_s)
    assert 200 <= calls <= 300  # in a hundred seconds


def test_who_failed_and_is_announced_again_is_called_at_once() -> None:
    state, now_s = met(A, B), 110.0
    for _ in range(3):
        state, actions = due_and_begun(state, now_s)
        for action in actions:
            state = peer_plan.after(state, Failed(action), now_s, 0.5)
        now_s += 2.0
    assert peer_plan.due(state, now_s - 2.0, [A, B]).actions == ()
    state = peer_plan.after(state, Found((A,)), now_s - 2.0, 0.5)
    assert peer_plan.due(state, now_s - 2.0, [A, B]).actions == (Reconcile(A),)


def test_who_answers_again_is_compared_with_before_anything_is_pushed() -> None:
    state, [action] = due_and_begun(met(A), 110)
    state = peer_plan.after(state, Failed(action), 110, 0.5)
    state = peer_plan.after(state, EntryWritten(), 110, 0.5)
    state, actions = due_and_begun(state, 111)
    assert actions == (Reconcile(A),)
    state = answered(state, actions, now_s=111)
    assert due_and_begun(state, 111)[1] == ()


def test_where_there_is_more_the_comparison_goes_on_at_once() -> None:
    state = peer_plan.after(peer_plan.started(0), Found((A,)), 0, 0.5)
    state, [action] = due_and_begun(state, 0)
    state = peer_plan.after(state, Answered(action, more=True), 3, 0.5)
    assert due_and_begun(state, 3)[1] == (Reconcile(A),)


def test_who_is_lost_is_called_no_more_and_its_late_answer_changes_nothing() -> None:
    state, [action, _] = due_and_begun(met(A, B), 110)
    state = peer_plan.after(state, Lost(A), 111, 0.5)
    assert peer_plan.after(state, Answered(action), 112, 0.5) == state
    assert A not in state.partners


def test_a_crowd_of_addresses_is_bounded() -> None:
    crowd = tuple(f"http://10.0.{n // 256}.{n % 256}:1" for n in range(5_000))
    assert len(peer_plan.after(peer_plan.started(0), Found(crowd), 0, 0.5).partners) == PARTNERS_MAX


EVENTS = st.sampled_from(["entry", "found", "lost", "answered", "more", "failed"])


@given(st.lists(st.tuples(EVENTS, st.sampled_from([A, B, C]), st.floats(0, 20)), max_size=60))
def test_one_call_at_a_time_and_never_a_busy_loop(story: list[tuple[str, str, float]]) -> None:
    state, now_s = peer_plan.started(0), 0.0
    under_way: dict[str, Action] = {}
    for what, address, passes_s in story:
        now_s += passes_s
        state, actions = due_and_begun(state, now_s)
        assert len({action.address for action in actions}) == len(actions)
        assert not {action.address for action in actions} & under_way.keys()
        under_way |= {action.address: action for action in actions}
        again = peer_plan.due(state, now_s, list(state.partners))
        assert again.actions == ()
        assert again.wait_s > 0
        happened: peer_plan.Happened = EntryWritten() if what == "entry" else Found((address,))
        if what == "lost":
            under_way.pop(address, None)
            happened = Lost(address)
        elif what in {"answered", "more", "failed"}:
            action = under_way.pop(address, None)
            if action is None:
                continue
            happened = Failed(action) if what == "failed" else Answered(action, more=what == "more")
        state = peer_plan.after(state, happened, now_s, 0.3)
