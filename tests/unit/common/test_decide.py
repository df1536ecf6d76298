"""One row per reason and per rule, and the laws of the fixed order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bodies import Flag
from common.conflict_kinds import ConflictKind
from common.decide import OVERRIDABLE, explain
from common.decision import Choice, Explanation, Moment, Outcome, Passed, Reason, Request
from common.errors import InvariantError
from common.ids import CodeHash, Digest, EventDay, PointNo, ProductNo
from common.questions import AnswerFault
from common.rules import (
    AtMost,
    ConfirmMode,
    InOut,
    LaneKind,
    OfflinePolicy,
    OncePerDay,
    PointKind,
    Quantity,
    Unlimited,
    Window,
)
from tests.support.decision_cases import (
    CASES,
    EVENING,
    OK,
    OTHER_CODE,
    OUT,
    SHIRTS,
    TOMORROW_BORDER,
    YESTERDAY,
    YESTERDAYS,
    entry_rule,
    party_rule,
    shirt_rule,
)
from tests.support.scans import (
    CAMP,
    ELSEWHERE,
    ENTRY,
    GATE,
    HOUR_MS,
    LUNCH,
    MINUTE_MS,
    NOON,
    SHIRT,
    SIGNED_S,
    SUPERVISOR,
    TODAY,
    TYPED,
    Scene,
    at,
    ledger,
    use,
)


@pytest.mark.parametrize(("scene", "outcome", "reason"), CASES.values(), ids=CASES.keys())
def test_every_case_has_its_outcome_and_reason(scene: Scene, outcome: Outcome, reason: Reason) -> None:
    verdict = scene.verdict()
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_every_reason_has_a_case() -> None:
    assert {reason for _, _, reason in CASES.values()} == set(Reason)


@pytest.mark.parametrize("scene", [scene for scene, _, _ in CASES.values()], ids=CASES.keys())
def test_an_unattended_point_never_asks(scene: Scene) -> None:
    attended, alone = scene.verdict(), scene.at_point(unattended=True).verdict()
    assert alone.reason is attended.reason
    assert alone.outcome is (Outcome.ADMIT if attended.outcome is Outcome.ADMIT else Outcome.REFUSE)


@pytest.mark.parametrize("scene", [scene for scene, _, _ in CASES.values()], ids=CASES.keys())
def test_what_is_admitted_says_all_that_is_to_be_written(scene: Scene) -> None:
    verdict = scene.verdict()
    assert (verdict.area, verdict.day) == (scene.point.area, TODAY)
    if verdict.outcome is Outcome.ADMIT:
        assert verdict.product is not None
        assert verdict.quantity >= 1
        assert verdict.direction is scene.request.direction


def test_a_request_for_nothing_is_a_broken_caller() -> None:
    with pytest.raises(InvariantError, match="at least 1"):
        OK.asking(quantity=0).verdict()


# What stands in the way, in the order of checks; each can be added to any scene without touching the others.
OBSTACLES = {
    Reason.REVOKED: lambda scene: scene.showing(key_withdrawn=True, code_hash=CodeHash(b"forged-code-"), generation=9),
    Reason.SUPERSEDED: lambda scene: scene.viewing(generation=9, code_hash=OTHER_CODE, past_codes=(TYPED.code_hash,)),
    Reason.CANCELLED: lambda scene: scene.viewing(cancelled=True),
    Reason.BLOCKED: lambda scene: scene.viewing(blocked=True),
    Reason.NOT_YET_VALID: lambda scene: scene.showing(not_before_s=NOON // 1000 + 60),
    Reason.EXPIRED: lambda scene: scene.showing(expires_s=NOON // 1000 - 60),
    Reason.HISTORY_INCOMPLETE: lambda scene: replace(scene, view_age_ms=None, policy=OfflinePolicy.REFUSE),
    Reason.WRONG_POINT: lambda scene: scene.at_point(lets_in=False),
    Reason.WRONG_LANE: lambda scene: scene.ruled(ENTRY, lane=LaneKind.RIDING),
    Reason.WRONG_DAY: lambda scene: scene.ruled(ENTRY, windows=(Window(days=(YESTERDAY,)),)),
    Reason.WRONG_TIME: lambda scene: scene.at_point(windows=(EVENING,)),
    Reason.NOTHING_LEFT: lambda scene: replace(scene, uses=replace(scene.uses, counted=(use(),))),
    Reason.TOO_SOON: lambda scene: replace(
        scene.ruled(ENTRY, min_gap_minutes=61), uses=replace(scene.uses, counted=(use(),))
    ),
    Reason.UNPAID: lambda scene: scene.viewing(paid=False),
    Reason.QUESTIONS: lambda scene: scene.ruled(ENTRY, asks_questions=True),
    Reason.CONFIRM: lambda scene: scene.at_point(confirm=ConfirmMode.CONFIRM),
    Reason.NEEDS_SUPERVISOR: lambda scene: replace(scene, uses=replace(scene.uses, waiting=(use(9),))),
}
ORDER = list(Reason)


@given(st.sets(st.sampled_from(sorted(OBSTACLES, key=ORDER.index)), min_size=1), st.randoms(use_true_random=False))
def test_of_all_that_stands_in_the_way_the_first_in_order_is_the_reason(
    reasons: set[Reason], rng: random.Random
) -> None:
    scene = OK.at_point(view_age_minutes_max=10)
    for reason in rng.sample(sorted(reasons), len(reasons)):
        scene = OBSTACLES[reason](scene)
    first = min(reasons, key=ORDER.index)
    if first is Reason.TOO_SOON:
        first = Reason.NOTHING_LEFT  # the use that makes it too soon is the one that used it up
    assert scene.verdict().reason is first


@given(st.permutations(list(CASES)), st.data())
def test_a_verdict_depends_on_values_only(names: list[str], data: st.DataObject) -> None:
    scene = CASES[data.draw(st.sampled_from(names))][0]
    assert scene.verdict() == scene.verdict()


def test_a_refusal_for_usage_says_when_where_and_by_which_device() -> None:
    earlier = use()
    scene = replace(OK, uses=replace(ledger(earlier), redated_ms=((earlier.ref.digest, -MINUTE_MS),)))
    found = scene.verdict().earlier
    assert found is not None
    assert (found.use, found.time_ms) == (earlier, NOON - HOUR_MS - MINUTE_MS)
    assert (found.use.point, found.use.ref.identity.device) == (ELSEWHERE, earlier.ref.identity.device)


@pytest.mark.parametrize(
    "name", ["once", "once per day, today", "in and out, back in", "at most per day", "too soon", "only claimed"]
)
def test_refusals_for_earlier_use_name_the_last_one(name: str) -> None:
    scene = CASES[name][0]
    found = scene.verdict().earlier
    assert found is not None
    assert found.use == scene.uses.counted[-1]


@pytest.mark.parametrize(
    ("name", "from_ms", "until_ms", "points"),
    [
        ("not yet valid", NOON + MINUTE_MS, None, ()),
        ("expired", None, NOON, ()),
        ("ticket of another gate", None, None, (ELSEWHERE,)),
        ("riding product in a walking lane", None, None, (ELSEWHERE,)),
        ("before the hour", at("2028-07-06 18:00"), at("2028-07-06 23:00"), ()),
        ("point closed", at("2028-07-06 18:00"), at("2028-07-06 23:00"), ()),
        ("another day's product", None, at("2028-07-06 05:00"), ()),
        ("window over", None, NOON, ()),
        ("once per day, today", TOMORROW_BORDER, None, ()),
        ("at most per day", TOMORROW_BORDER, None, ()),
        ("too soon", NOON + MINUTE_MS, None, ()),
        ("after the window of the first use", None, NOON - MINUTE_MS, ()),
    ],
)
def test_a_refusal_says_what_the_visitor_can_do(
    name: str, from_ms: int | None, until_ms: int | None, points: tuple[PointNo, ...]
) -> None:
    hint = CASES[name][0].verdict().hint
    assert (hint.from_ms, hint.until_ms, hint.points) == (from_ms, until_ms, points)


def test_a_day_to_come_is_open_from_border_to_border() -> None:
    """Midnight ends no event day: who comes at one in the night is still of the day before."""
    hint = OK.ruled(ENTRY, windows=(Window(days=(EventDay(TODAY + 2),)),)).verdict().hint
    assert (hint.from_ms, hint.until_ms) == (at("2028-07-08 05:00"), at("2028-07-09 05:00"))


def test_choices_say_how_many_are_left() -> None:
    scene = shirt_rule(1, use(product=SHIRT, quantity=1), usage=Quantity(per_day=2))
    assert scene.verdict().choices == (Choice(SHIRT, 2, 1, bought=3),)
    assert OK.at_point(serves=(ENTRY, SHIRT)).verdict().choices == (Choice(ENTRY, 1), Choice(SHIRT, 3, bought=3))
    assert entry_rule(OncePerDay()).verdict().choices == (Choice(ENTRY, None, 1),)


def test_too_many_at_once_says_how_many_can_be_had() -> None:
    verdict = shirt_rule(4, use(product=SHIRT, quantity=1)).verdict()
    assert verdict.choices == (Choice(SHIRT, 2, None, Reason.NOTHING_LEFT, bought=3),)
    assert shirt_rule(1, use(product=SHIRT, quantity=3)).verdict().choices == ()


def test_of_several_products_the_one_that_got_furthest_gives_the_reason() -> None:
    both = SHIRTS.at_point(serves=(LUNCH, SHIRT))
    assert replace(both, uses=ledger(use(product=SHIRT, quantity=3))).verdict().reason is Reason.NOTHING_LEFT
    bought = both.viewing(items=((LUNCH, 1), (SHIRT, 1)), items_ms=((LUNCH, NOON), (SHIRT, NOON)))
    used_up = replace(bought, uses=ledger(use(1, product=SHIRT), use(2, product=LUNCH)))
    assert used_up.verdict().product == LUNCH
    unpaid = used_up.viewing(paid=False).ruled(SHIRT, usage=Unlimited())
    assert (unpaid.verdict().reason, unpaid.verdict().product) == (Reason.UNPAID, SHIRT)


def test_a_ticket_admits_one_whatever_quantity_was_typed() -> None:
    verdict = OK.asking(quantity=5).verdict()
    assert (verdict.outcome, verdict.quantity) == (Outcome.ADMIT, 1)


@pytest.mark.parametrize(
    ("scene", "flags"),
    [
        (OK, ()),
        (replace(OK, view=None), (Flag.HISTORY_INCOMPLETE,)),
        (OK.viewing(product=None, code_hash=None), (Flag.HISTORY_INCOMPLETE,)),
        (replace(OK, view_age_ms=None).at_point(view_age_minutes_max=1), (Flag.VIEW_OLD,)),
        (replace(OK, request=OUT), (Flag.NOT_INSIDE,)),
        (replace(OK, uses=replace(ledger(), doubles=(Digest(b"d" * 16),))), (Flag.DOUBLE_OPEN,)),
        (replace(OK, request=OUT, uses=ledger(use())), ()),
        (replace(OK, request=OUT, uses=ledger(YESTERDAYS)), (Flag.NOT_INSIDE,)),
    ],
)
def test_what_people_should_know_is_flagged(scene: Scene, flags: tuple[Flag, ...]) -> None:
    verdict = scene.verdict()
    assert (verdict.outcome, verdict.flags) == (Outcome.ADMIT, tuple(int(flag) for flag in flags))


@pytest.mark.parametrize(("bought", "is_told"), [(1, True), (2, False)])
def test_an_item_used_past_what_was_bought_is_told_unless_the_pass_knows_of_more(bought: int, *, is_told: bool) -> None:
    """What was bought later may stand in the pass alone: then nothing is open."""
    uses = replace(ledger(use(product=SHIRT), use(2, product=SHIRT)), beyond=((SHIRT, ConflictKind.BEYOND),))
    scene = replace(OK.showing(items=((SHIRT, bought),), signed_s=SIGNED_S + 60), uses=uses)
    assert (Flag.DOUBLE_OPEN in scene.verdict().flags) is is_told
    assert (ConflictKind.BEYOND in scene.verdict().undecided) is is_told


def overriding(scene: Scene, reason: Reason, **changes: object) -> Scene:
    request = replace(SUPERVISOR, override=reason, product=scene.request.product)
    request = replace(request, quantity=scene.request.quantity, lane=scene.request.lane)
    return replace(scene, request=replace(request, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [name for name, (scene, _, reason) in CASES.items() if reason in OVERRIDABLE and scene.request is not OUT],
)
def test_a_supervisor_can_answer_for_what_is_about_time_place_and_usage(name: str) -> None:
    scene, _, reason = CASES[name]
    if name in {"nothing served", "used up is said before questions"}:
        return
    verdict = overriding(scene, reason).verdict()
    assert (verdict.outcome, verdict.overridden) == (Outcome.ADMIT, reason)


@pytest.mark.parametrize("name", [name for name, (_, _, reason) in CASES.items() if reason not in OVERRIDABLE])
def test_nobody_can_answer_for_a_pass_that_is_not_good_or_what_was_not_bought(name: str) -> None:
    scene, outcome, reason = CASES[name]
    verdict = overriding(scene, reason).verdict() if scene.request == Request() else scene.verdict()
    assert (verdict.outcome, verdict.reason, verdict.overridden) == (outcome, reason, None)


@pytest.mark.parametrize(
    "lacking",
    [
        {"badge_and_pin": False},
        {"operator": None},
        {"override_why": "  "},
        {"operator_roles": ("hostess", "accountant")},
        {"override": Reason.UNPAID},
    ],
)
def test_an_override_needs_badge_pin_role_and_the_reason_itself(lacking: dict[str, object]) -> None:
    scene = overriding(CASES["once"][0], Reason.NOTHING_LEFT, **lacking)
    assert scene.verdict().reason is Reason.NOTHING_LEFT


def test_an_override_of_one_reason_leaves_the_next_standing() -> None:
    scene = overriding(CASES["once"][0].viewing(paid=False), Reason.NOTHING_LEFT)
    assert (scene.verdict().outcome, scene.verdict().reason) == (Outcome.REFUSE, Reason.UNPAID)


def test_several_reasons_are_answered_for_and_the_entry_names_the_first_that_stood_against_it() -> None:
    scene = overriding(CASES["once"][0].viewing(paid=False), Reason.UNPAID, answered_for=(Reason.NOTHING_LEFT,))
    verdict = scene.verdict()
    assert (verdict.outcome, verdict.overridden) == (Outcome.ADMIT, Reason.NOTHING_LEFT)
    nobody = overriding(scene, Reason.UNPAID, answered_for=(Reason.NOTHING_LEFT,), badge_and_pin=False)
    assert nobody.verdict().reason is Reason.NOTHING_LEFT


def test_unpaid_is_answered_for_by_any_badge_where_the_point_allows_it() -> None:
    scene = overriding(OK.viewing(paid=False), Reason.UNPAID, operator_roles=("hostess",))
    assert scene.verdict().reason is Reason.UNPAID
    verdict = scene.at_point(may_override_unpaid=True).verdict()
    assert (verdict.outcome, verdict.overridden, verdict.flags) == (Outcome.ADMIT, Reason.UNPAID, (Flag.UNPAID,))


def test_there_is_nobody_to_answer_for_anything_at_an_unattended_point() -> None:
    scene = overriding(CASES["once"][0], Reason.NOTHING_LEFT).at_point(unattended=True)
    assert scene.verdict().outcome is Outcome.REFUSE


def test_the_gate_lets_out_the_ticket_and_not_the_items() -> None:
    scene = replace(OK.at_point(serves=(SHIRT, CAMP, ENTRY)), request=OUT)
    assert scene.verdict().product == ENTRY


@given(st.integers(0, 2000))
def test_a_window_over_the_border_is_open_when_its_hint_says_so(minutes: int) -> None:
    """At the instant a hint names, the point is open; a minute before it is not."""
    window = Window(from_minute=3 * 60, until_minute=10 * 60)
    scene = replace(OK.at_point(windows=(window,)), now_ms=NOON + minutes * MINUTE_MS)
    verdict = scene.verdict()
    if verdict.outcome is Outcome.ADMIT:
        return
    opens = verdict.hint.from_ms
    assert opens is not None
    assert replace(scene, now_ms=opens).verdict().outcome is Outcome.ADMIT
    assert replace(scene, now_ms=opens - MINUTE_MS).verdict().reason is Reason.WRONG_TIME


def test_a_product_number_nobody_knows_is_refused_and_never_raises() -> None:
    assert OK.asking(product=ProductNo(999)).verdict().reason is Reason.NOT_BOUGHT
    assert GATE.serves == (ENTRY,)


@pytest.mark.parametrize("scene", [scene for scene, _, _ in CASES.values()], ids=CASES.keys())
def test_an_explanation_is_the_decision_with_its_checks(scene: Scene) -> None:
    """The same verdict; a refusal's reason is the last check that failed, and no check is out of order."""
    told = explained(scene)
    assert told.verdict == scene.verdict()
    failed = [check for check in told.checks if check.passed is Passed.NO]
    if told.verdict.reason in {Reason.OK, Reason.CHOOSE} or scene.point.serves == ():
        return
    assert told.verdict.reason in {check.reason for check in failed}
    for product in {check.product for check in told.checks}:
        ranks = [ORDER.index(check.reason) for check in told.checks if check.product == product]
        # A daily limit is one check with two names, and what is asked begins with the history once more.
        asks = [rank for rank in ranks if rank >= ORDER.index(Reason.PROOF_MISSING)]
        assert asks == sorted(asks)


def explained(scene: Scene) -> Explanation:
    moment = Moment(scene.now_ms, scene.view_age_ms)
    return explain(scene.scan, scene.view, scene.uses, scene.request, scene.place(), moment, scene.policy)


def test_an_explanation_lists_what_was_checked_before_what_decided() -> None:
    told = explained(entry_rule(OncePerDay(), use()))
    of_the_ticket = [check.reason for check in told.checks if check.product == ENTRY]
    until_time = ORDER[ORDER.index(Reason.HISTORY_INCOMPLETE) : ORDER.index(Reason.WRONG_TIME) + 1]
    assert of_the_ticket == [*until_time, Reason.NOTHING_LEFT, Reason.ALREADY_TODAY]
    of_the_pass = [check.reason for check in told.checks if check.product is None]
    assert of_the_pass == ORDER[1 : ORDER.index(Reason.EXPIRED) + 1]


def test_a_check_a_person_answers_for_is_listed_as_such() -> None:
    told = explained(overriding(CASES["once"][0], Reason.NOTHING_LEFT))
    assert [check.reason for check in told.checks if check.passed is Passed.ANSWERED_FOR] == [Reason.NOTHING_LEFT]


def test_what_is_asked_is_said_question_by_question() -> None:
    found = CASES["a wrong answer"][0].verdict().questions
    assert [(one.question.key, one.fault) for one in found] == [
        ("size", AnswerFault.NO_SUCH_CHOICE),
        ("wish", None),
    ]


FAMILY = party_rule(InOut())


@pytest.mark.parametrize(
    ("scene", "expected", "at_once"),
    [
        (FAMILY, 4, 4),
        (party_rule(InOut(), use(quantity=2)), 2, 2),
        (replace(party_rule(InOut(), use(quantity=3)), request=OUT), 3, 4),
        (party_rule(AtMost(total=3), use(quantity=1)), 4, 4),
        (party_rule(Unlimited()), 4, 4),
    ],
    ids=["in", "some-inside", "out", "several-uses-of-each", "unlimited"],
)
def test_how_many_of_a_party_pass_is_asked_of_who_wants_to_be_asked(scene: Scene, expected: int, at_once: int) -> None:
    """Whoever does not gets one of them through, as before."""
    assert (scene.verdict().outcome, scene.verdict().quantity) == (Outcome.ADMIT, 1)
    asking = replace(scene, request=replace(scene.request, asks_how_many=True))
    verdict = asking.verdict()
    assert (verdict.outcome, verdict.reason) == (Outcome.ASK, Reason.CHOOSE)
    assert [(one.expected, one.at_once) for one in verdict.choices] == [(expected, at_once)]


@pytest.mark.parametrize(
    "scene",
    [
        OK,
        entry_rule(AtMost(total=3)),
        entry_rule(Unlimited()),
        replace(OK, request=OUT),
        party_rule(InOut(), use(quantity=3)),
        replace(FAMILY, request=OUT),
        FAMILY.at_point(unattended=True),
        FAMILY.at_point(kind=PointKind.STAND),
    ],
    ids=[
        "one",
        "one-with-three-days",
        "one-any-time",
        "one-out",
        "last-of-four",
        "nobody-inside",
        "turnstile",
        "stand",
    ],
)
def test_nothing_is_asked_where_one_passes_or_nobody_stands_to_count(scene: Scene) -> None:
    verdict = replace(scene, request=replace(scene.request, asks_how_many=True)).verdict()
    assert (verdict.outcome, verdict.quantity) == (Outcome.ADMIT, 1)
