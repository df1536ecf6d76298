"""A rule decides a case if the answer would be another without it; that it is there is not enough."""

from __future__ import annotations

from dataclasses import replace

from common.decision import Direction, Reason, Request
from common.ids import AreaNo, PointNo, ProductNo
from common.questions import AskText, Question
from common.rules import DayRule, InOut, LaneKind, Once, PointKind, PointRules, ProductKind, ProductRules, Window
from tests.support.differential import naive
from tests.support.differential.chance import HOUR
from tests.support.differential.decides import Decides
from tests.support.differential.told import Case, Event, Pass, Ticket, Use

NOW = 20_000 * 24 * HOUR
TICKET = ProductRules(ProductNo(1), ProductKind.TICKET, Once(), needs_paid=False)
GATE = PointRules(PointNo(1), PointKind.GATE, AreaNo(1), (ProductNo(1),), lets_out=True)


def told(rules: ProductRules, point: PointRules = GATE) -> Event:
    return Event(DayRule("UTC", 0), {1: rules}, {1: point}, NOW)


def case(*uses: Use, bought: int = 1, quantity: int = 1) -> Case:
    ticket = Ticket(bytes(8), 1, {1: bought} if bought > 1 else {}, issued_ms=NOW - 48 * HOUR, uses=list(uses))
    shown = Pass("pass", signed_ms=NOW - 48 * HOUR, until_ms=NOW + 48 * HOUR, product=1)
    return Case(ticket, shown, 1, NOW, Request(quantity=quantity), "")


def use(kind: str = "redeem", quantity: int = 1) -> Use:
    return Use(kind, 1, quantity, 1, 1, 20_000, NOW, "a", 0, "good", late=False)


def deciding(event: Event, asked: Case) -> set[str]:
    return Decides(event).of(asked, naive.decide(event, asked), ())


def test_an_open_window_decides_nothing_and_a_closed_one_does() -> None:
    is_open, closed = (Window(from_ms=NOW - 1),), (Window(until_ms=NOW),)
    assert "windows" not in deciding(told(replace(TICKET, windows=is_open)), case())
    assert "windows" in deciding(told(replace(TICKET, windows=closed)), case())
    used_up = case(use())
    assert deciding(told(replace(TICKET, lane=LaneKind.WALKING)), used_up) & {"Once", "lane"} == {"Once"}


def test_a_party_decides_where_one_alone_would_hear_something_else() -> None:
    event = told(replace(TICKET, usage=InOut()))
    three_inside = case(use(quantity=3), bought=4)
    assert naive.decide(event, three_inside) == ("admit", "ok")
    assert {"party", "party_in_out"} <= deciding(event, three_inside)
    two_left = case(use(quantity=4), use("exit", 2), bought=4, quantity=2)
    assert "exit_of_several" in deciding(event, two_left)


def test_who_answers_decides_only_if_it_was_in_question() -> None:
    closed = told(replace(TICKET, windows=(Window(until_ms=NOW),)))
    by_chief = replace(case(), role="supervisor")
    answers = Request(answered_for=(Reason.WRONG_DAY, Reason.WRONG_TIME), override_why="known")
    assert "answered_for" in deciding(closed, replace(by_chief, request=answers))
    assert "answered_for" not in deciding(told(TICKET), replace(by_chief, request=answers))
    out = replace(case(use()), request=Request(direction=Direction.OUT))
    assert {"exit", "lets_out"} <= deciding(told(TICKET), out)


def test_a_ticket_found_by_name_is_asked_about_where_only_its_code_would_have_proved_or_opened_something() -> None:
    late = replace(use(), late=True)
    looked_up = replace(case(late), shown=Pass("found"), role="supervisor")
    assert naive.decide(told(TICKET), looked_up) == ("ask", "proof_missing")
    assert "found" in deciding(told(TICKET), looked_up)
    assert "found" not in deciding(told(TICKET), replace(looked_up, ticket=case().ticket))
    asks = replace(TICKET, purchase_questions=(Question("diet", AskText(10), required=True),))
    answered = replace(case().ticket, kept={1: {"diet": "none"}})
    looked_up = replace(looked_up, ticket=answered)
    assert naive.decide(told(asks), looked_up) == ("ask", "questions")
    assert "found" in deciding(told(asks), looked_up)
