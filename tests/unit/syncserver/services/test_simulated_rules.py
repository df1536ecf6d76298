"""Beside a simulated verdict stand the rules, and those behind its reason are marked; no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.catalogue import Catalogue
from common.decide import explain
from common.decision import Moment, NotVerified, Outcome, Request
from common.facts import UseKind
from common.ids import EventDay, EventUid, ProductNo
from common.ledger import Folded
from common.questions import AskText, Question
from common.rights import rights_of
from common.rule_texts import RULES_BEHIND
from common.rules import ConfirmMode, LaneKind, OfflinePolicy, Window
from syncserver.services.decider import Decided, Wish
from syncserver.services.simulated_rules import told_rules
from syncserver.services.simulator import deciding_check
from syncserver.services.translations import translator
from tests.support.decision_cases import CASES, EVENING, MORNING
from tests.support.fact_worlds import TICKET
from tests.support.scans import DAYS, ENTRY, HERE, LUNCH, NOON, SHIRT, TODAY, Scene, ledger, use

EN = translator("en")
LATER = Window(days=(EventDay(TODAY + 1),))


def decided(scene: Scene) -> Decided:
    place = scene.place()
    moment = Moment(scene.now_ms, scene.view_age_ms)
    found = explain(scene.scan, scene.view, scene.uses, scene.request, place, moment)
    known = Catalogue(1, EventUid(b"evnt"), {}, ("en",), "en", DAYS, 0, 1, (), (), ())
    wish = Wish("text", HERE, scene.now_ms, scene.request, view_age_ms=scene.view_age_ms)
    return Decided(found, scene.scan, TICKET, known, wish, place, Folded(scene.view, scene.uses))


def marked(scene: Scene) -> list[tuple[ProductNo | None, str]]:
    """The rules behind the verdict, with whose they are."""
    case = decided(scene)
    deciding = deciding_check(case.explanation)
    sections = told_rules(case, deciding.product if deciding else None, EN)
    return [(section.product, rule.text) for section in sections for rule in section.rules if rule.decides]


def sections(scene: Scene) -> list[ProductNo | None]:
    return [one.product for one in told_rules(decided(scene), None, EN)]


def is_more_than_was_bought(scene: Scene) -> bool:
    """Then it is the purchase that says no, whatever the rule."""
    scan = scene.scan
    return not isinstance(scan, NotVerified) and scene.request.quantity > max(rights_of(scan, scene.view).values())


@pytest.mark.parametrize("name", [name for name, (scene, _, _) in CASES.items() if scene.policy is None])
def test_wherever_a_rule_stands_behind_the_reason_it_is_marked_and_nowhere_else(name: str) -> None:
    scene, outcome, reason = CASES[name]
    case = decided(scene)
    is_by_rule = reason in RULES_BEHIND and outcome is not Outcome.ADMIT and not is_more_than_was_bought(scene)
    if is_by_rule and case.explanation.verdict.product in case.place.products:
        assert marked(scene)
    if reason not in RULES_BEHIND:
        assert marked(scene) == []


def test_point_first_then_the_tickets_own_product_then_its_items_then_what_was_asked_for() -> None:
    assert sections(Scene()) == [None, ENTRY, SHIRT]
    assert sections(Scene().asking(product=LUNCH)) == [None, ENTRY, SHIRT, LUNCH]
    assert sections(Scene().asking(product=ProductNo(99))) == [None, ENTRY, SHIRT]


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        (Scene().ruled(ENTRY, windows=(EVENING,)), [(ENTRY, "Times: 18:00–23:00")]),
        (Scene().at_point(windows=(MORNING,)), [(None, "Open: 08:00–11:00")]),
        (
            Scene().ruled(ENTRY, windows=(EVENING,)).at_point(windows=(MORNING,)),
            [(None, "Open: 08:00–11:00"), (ENTRY, "Times: 18:00–23:00")],
        ),
        (  # the day is wrong before the hour is
            Scene().ruled(ENTRY, windows=(LATER,)).at_point(windows=(MORNING,)),
            [(ENTRY, "Times: 7 July 2028")],
        ),
        (  # nothing was used: what binds later uses binds nobody yet
            Scene().ruled(ENTRY, first_windows=(EVENING,), later_windows=(MORNING,)),
            [(ENTRY, "The first use: 18:00–23:00")],
        ),
        (
            replace(Scene(), uses=ledger(use(1, kind=UseKind.REDEEM))).ruled(
                ENTRY, first_windows=(EVENING,), later_windows=(MORNING,)
            ),
            [(ENTRY, "After the first use: 08:00–11:00")],
        ),
        (replace(Scene(), uses=ledger(use(1))), [(ENTRY, "Once for each one bought")]),
        (Scene(request=Request(lane=LaneKind.RIDING)), [(None, "Lanes: on foot")]),
        (
            Scene().ruled(ENTRY, lane=LaneKind.RIDING),
            [(None, "Lanes: on foot"), (ENTRY, "Only with a motorcycle")],
        ),
        (
            Scene(request=Request(lane=LaneKind.WALKING))
            .ruled(ENTRY, lane=LaneKind.RIDING)
            .at_point(lanes=tuple(LaneKind)),
            [(ENTRY, "Only with a motorcycle")],
        ),
        (Scene().at_point(serves=(SHIRT, LUNCH)).asking(product=ENTRY), [(None, "Served here: #2, #3")]),
        (
            replace(Scene(), view=None).at_point(offline=OfflinePolicy.ASK),
            [(None, "If earlier uses may be unknown here: a person decides")],
        ),
        (
            replace(Scene(), view=None).at_point(offline=OfflinePolicy.ASK).ruled(ENTRY, offline=OfflinePolicy.REFUSE),
            [(ENTRY, "If earlier uses may be unknown here: the pass is refused")],
        ),
        (
            replace(Scene(), view_age_ms=7_200_000).at_point(offline=OfflinePolicy.ASK, view_age_minutes_max=60),
            [
                (None, "If earlier uses may be unknown here: a person decides"),
                (None, "Earlier uses count as unknown after 1 h without news"),
            ],
        ),
        (
            Scene().at_point(confirm=ConfirmMode.CONFIRM).ruled(ENTRY, attention=True),
            [
                (None, "A person looks and confirms each time"),
                (ENTRY, "A person looks at it and confirms each time"),
            ],
        ),
        (
            Scene(request=Request(answers=(("name", "Jan"),))).ruled(
                ENTRY, questions=(Question("name", AskText(20)), Question("song", AskText(20)))
            ),
            [(ENTRY, "To be asked: song (text, characters: 20 at most)")],
        ),
        (Scene(), []),
        (Scene().showing(expires_s=NOON // 1000 - 1), []),
    ],
)
def test_of_several_rules_only_those_at_work_are_marked(scene: Scene, said: list[tuple[ProductNo | None, str]]) -> None:
    assert marked(scene) == said
