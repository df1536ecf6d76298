"""One code at a time, each once while it is held before the camera."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.duplicates import CUE_GAP_S, SAME_S, SETTLE_S, DuplicateGate
from kiosk.input.events import SameAgain, Scanned, Source, TwoCodes

FRAME_S = 1 / 30
Sights = list[tuple[float, frozenset[str]]]


def watch(gate: DuplicateGate, codes: tuple[str, ...], from_s: float, to_s: float) -> list[object]:
    steps = round((to_s - from_s) / FRAME_S)
    events = (gate.judge(codes, from_s + i * FRAME_S, from_s + i * FRAME_S) for i in range(steps))
    return [event for event in events if event is not None]


def test_a_new_code_is_taken_at_once_and_says_how_old_its_picture_is() -> None:
    assert DuplicateGate().judge(("a",), 5.0, 5.012) == Scanned("a", Source.CAMERA, 5.012, 12)


def test_a_code_held_for_ten_seconds_is_one_scan_and_a_few_neutral_cues() -> None:
    events = watch(DuplicateGate(), ("a",), 0, 10)
    assert [type(event) for event in events] == [Scanned] + [SameAgain] * (len(events) - 1)
    assert len(events) <= 1 + 10 / CUE_GAP_S


def test_a_code_that_was_away_for_three_seconds_is_a_new_scan() -> None:
    gate = DuplicateGate()
    gate.judge(("a",), 0, 0)
    assert isinstance(gate.judge(("a",), SAME_S - 0.1, SAME_S - 0.1), SameAgain)
    assert isinstance(gate.judge(("a",), 2 * SAME_S, 2 * SAME_S), Scanned)


def test_a_different_code_is_taken_at_once_and_the_first_is_still_the_same_after_it() -> None:
    gate = DuplicateGate()
    assert [type(gate.judge((code,), t, t)) for t, code in ((0, "a"), (0.1, "b"))] == [Scanned, Scanned]
    assert not isinstance(gate.judge(("a",), 0.2, 0.2), Scanned)


def test_of_two_codes_none_is_taken_until_one_has_been_alone_for_a_moment() -> None:
    gate = DuplicateGate()
    assert [type(event) for event in watch(gate, ("a", "b"), 0, 0.5)] == [TwoCodes]
    assert watch(gate, ("a",), 0.5, 0.5 + SETTLE_S - 2 * FRAME_S) == []
    assert isinstance(watch(gate, ("a",), 0.5 + SETTLE_S, 1.0)[0], Scanned)


def test_the_same_code_twice_in_one_picture_is_one_code() -> None:
    assert isinstance(DuplicateGate().judge(("a", "a"), 0, 0), Scanned)


def test_forgetting_lets_the_same_code_in_again() -> None:
    gate = DuplicateGate()
    gate.judge(("a",), 0, 0)
    gate.forget()
    assert isinstance(gate.judge(("a",), 0.1, 0.1), Scanned)


sights = st.lists(st.tuples(st.floats(0.01, 5), st.frozensets(st.sampled_from("abcd"), max_size=3)), max_size=60)


def _times(steps: Sights) -> Sights:
    now_s, timed = 0.0, []
    for step_s, codes in steps:
        now_s += step_s
        timed.append((now_s, codes))
    return timed


@given(sights)
def test_whatever_is_shown_a_scan_is_the_only_code_of_its_picture_and_not_within_three_seconds(steps: Sights) -> None:
    gate, last_seen = DuplicateGate(), dict[str, float]()
    for now_s, codes in _times(steps):
        event = gate.judge(codes, now_s, now_s)
        if isinstance(event, Scanned):
            assert codes == {event.text}
            assert now_s - last_seen.get(event.text, -SAME_S) >= SAME_S
        known = {code for code in codes if now_s - last_seen.get(code, -SAME_S) < SAME_S}
        last_seen.update((code, now_s) for code in (codes if isinstance(event, Scanned) else known))


@given(sights)
def test_a_code_alone_is_never_silently_lost(steps: Sights) -> None:
    """Alone in a settled picture and not seen for three seconds: it is taken, in this very picture."""
    gate, last_seen, crowded_s = DuplicateGate(), dict[str, float](), -SETTLE_S
    for now_s, codes in _times(steps):
        event = gate.judge(codes, now_s, now_s)
        alone = len(codes) == 1 and now_s - crowded_s >= SETTLE_S
        if alone and all(now_s - last_seen.get(code, -SAME_S) >= SAME_S for code in codes):
            assert isinstance(event, Scanned)
        last_seen.update((code, now_s) for code in codes)
        crowded_s = now_s if len(codes) > 1 else crowded_s
