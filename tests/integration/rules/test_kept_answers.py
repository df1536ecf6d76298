"""From the purchase to the stand: answers go sealed with the holder, are shown there, and are not asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert

from common.decision import Outcome, Reason, Request, Verdict
from common.ids import TicketId
from kiosk.input.events import Scanned, Source
from kiosk.shown import AnswerShown, QuestionKind, Shown
from syncserver.db.tables_shop import order_positions
from syncserver.services.answers import AnswerBook
from syncserver.services.event_file.model import Loaded
from syncserver.services.issue_passes import PassText
from syncserver.stores import order_changes, orders, purchase_answers
from tests.support.asking_event import asking_event
from tests.support.server_world import KITCHEN, LUNCH
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

DISH = {"cs": "Jídlo", "en": "Dish"}
MEAT, GREENS = {"cs": "S masem", "en": "With meat"}, {"cs": "Bez masa", "en": "Without meat"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeWorld]:
    with opened(tmp_path_factory.mktemp("kept"), asking_event()) as made:
        yield made


@contextmanager
def opened(path: Path, loaded: Loaded) -> Iterator[WholeWorld]:
    """A world that is closed with the block."""
    world = make_whole_world(path, loaded)
    try:
        yield world
    finally:
        world.close()


def buy(world: WholeWorld, *dishes: str) -> PassText:
    """A ticket with so many lunches; an empty dish was not answered, as where the question came later."""
    (made,) = world.issue(Guest("Jana Nováková"), items=((LUNCH, len(dishes)),))
    answers = {(unit, "dish"): dish for unit, dish in enumerate(dishes, 1) if dish}
    with world.services.db.write() as tx:
        (order,) = orders.by_tickets(tx, world.event.id, [made.ticket], 1)
        row = {
            "event_id": world.event.id, "order_id": order.id, "place": 2, "product_no": LUNCH, "pieces": 1,
            "quantity": len(dishes), "is_ticket": False, "ticket": made.ticket, "price_minor": 0, "currency": "CZK",
            "vat_rate_bp": 0, "channel": "web",
        }  # fmt: skip
        tx.execute(insert(order_positions).values(row))
        purchase_answers.add(tx, world.event.id, order.id, {2: answers})
    return made


def build(world: WholeWorld) -> None:
    """A snapshot of now; a moment later, since the server remembers for one which is the newest."""
    world.build()
    world.advance(60)


def scan(gate: Gate, text: str, request: Request | None = None) -> Shown:
    shown = gate.scan(text, request)
    assert isinstance(shown, Shown)
    return shown


def decided(shown: Shown) -> tuple[Outcome, Reason]:
    assert isinstance(shown.verdict, Verdict)
    return shown.verdict.outcome, shown.verdict.reason


def dishes(shown: Shown) -> list[tuple[str, int]]:
    return [(one.answer, one.units) for one in shown.kept]


def by_the_server(world: WholeWorld, text: str, point: int = KITCHEN) -> tuple[Outcome, Reason]:
    form = {"text": text, "point": str(point)}
    decided = world.services.admin.simulator.decide(world.event, form, world.clock.now_ms())
    return decided.explanation.verdict.outcome, decided.explanation.verdict.reason


def test_answers_are_shown_at_the_stand_and_not_asked_for_again(world: WholeWorld) -> None:
    made = buy(world, "meat", "greens", "meat")
    build(world)
    gate = world.gate(KITCHEN)
    shown = scan(gate, made.digits)
    assert decided(shown) == (Outcome.ADMIT, Reason.OK)
    assert shown.kept == (
        AnswerShown("dish", DISH, QuestionKind.CHOICE, "meat", (("meat", MEAT),), 2),
        AnswerShown("dish", DISH, QuestionKind.CHOICE, "greens", (("greens", GREENS),), 1),
    )
    typed = gate.front.scan(Scanned(made.code, Source.TYPED, 0.0), Request(info=True))
    assert isinstance(typed, Shown)
    assert dishes(typed) == [("meat", 2), ("greens", 1)]


def test_a_dish_nobody_named_is_asked_at_the_stand_and_its_answer_reaches_the_server(world: WholeWorld) -> None:
    made = buy(world, "")
    build(world)
    gate = world.gate(KITCHEN)
    asked = scan(gate, made.digits)
    assert decided(asked) == by_the_server(world, made.digits) == (Outcome.ASK, Reason.QUESTIONS)
    assert [(one.key, one.required) for one in asked.questions] == [("dish", True)]
    again = gate.front.again(Request(answers=(("dish", "greens"),)))
    assert isinstance(again, Shown)
    assert decided(again) == (Outcome.ADMIT, Reason.OK)
    gate.settle()
    given = AnswerBook(world.services.db, world.services.keys).newest(world.event)
    assert [one.given.answers for one in given if one.ticket == made.ticket] == [(("dish", "greens"),)]


def test_the_server_decides_by_the_same_answers(world: WholeWorld) -> None:
    told, untold = buy(world, "meat"), buy(world, "")
    assert by_the_server(world, told.digits) == (Outcome.ADMIT, Reason.OK)
    assert by_the_server(world, told.code) == (Outcome.ADMIT, Reason.OK)
    assert by_the_server(world, untold.digits) == (Outcome.ASK, Reason.QUESTIONS)


def test_a_changed_answer_and_a_note_come_with_the_next_snapshot(world: WholeWorld) -> None:
    made = buy(world, "meat")
    build(world)
    gate = world.gate(KITCHEN)
    assert dishes(scan(gate, made.digits, Request(info=True))) == [("meat", 1)]
    with world.services.db.write() as tx:
        (order,) = orders.by_tickets(tx, world.event.id, [made.ticket], 1)
        purchase_answers.change(tx, world.event.id, order.id, 2, {(1, "dish"): "greens"})
        order_changes.set_gate_note(tx, world.event.id, made.ticket, "Ořechy jen zvlášť")
    buy(world, "meat")  # something happened since, as always
    build(world)
    gate.idle()
    shown = scan(gate, made.digits)
    assert dishes(shown) == [("greens", 1)]
    assert shown.holder is not None
    assert shown.holder.attention == "Ořechy jen zvlášť"


def test_at_an_unattended_stand_a_missing_answer_refuses_nobody(tmp_path: Path) -> None:
    unattended = {'products = ["lunch", "beer"]': 'products = ["lunch"]\nunattended = true'}
    beer = {'products = ["four_days", "one_day"]': 'products = ["four_days", "one_day", "beer"]'}
    with opened(tmp_path, asking_event(**unattended, **beer)) as world:
        made = buy(world, "")
        build(world)
        gate = world.gate(KITCHEN)
        assert decided(scan(gate, made.digits, Request(info=True))) == (Outcome.ADMIT, Reason.OK)
        assert by_the_server(world, made.digits) == (Outcome.ADMIT, Reason.OK)


def test_a_refusal_tells_nothing_of_what_was_answered(world: WholeWorld) -> None:
    made = buy(world, "meat")
    build(world)
    gate = world.gate(KITCHEN)
    assert decided(scan(gate, made.digits)) == (Outcome.ADMIT, Reason.OK)
    again = scan(gate, made.digits)
    assert (decided(again), again.kept) == ((Outcome.REFUSE, Reason.NOTHING_LEFT), ())
    world.block_ticket(TicketId(made.ticket))
    gate.settle()
    assert scan(gate, made.digits).kept == ()
