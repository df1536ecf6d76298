"""What a pass opens of its own holder: the name and plate for the screen, and what was answered at the purchase."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.catalogue import Catalogue
from common.decision import Direction, Outcome, Scan, Verdict
from common.ids import EventUid, TicketId
from common.kept_answers import KeptAnswer
from common.questions import AskChoice, Question, kind_of
from common.scan_text import code_of
from common.sealing import open_holder
from common.ticket_code import TicketCode
from kiosk.shown import AnswerShown, Holder, QuestionKind
from kiosk.store.faults import StoreTrouble
from kiosk.store.snapshots import InUse, Snapshots


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The holder as front ends show them, and the answers of all their products."""

    holder: Holder
    kept: tuple[KeptAnswer, ...] = field(default=(), repr=False)


def unseal(snapshots: Snapshots, event: EventUid, scan: Scan, ticket: TicketId | None) -> Unsealed | None:
    """What the code that was read opens. A file that cannot be read costs the name on the screen, never more."""
    code = code_of(scan)
    if code is None or ticket is None:
        return None
    try:
        return unsealed(snapshots.in_use, event, ticket, code)
    except StoreTrouble as trouble:
        snapshots.report(trouble)
    return None


def unsealed(in_use: tuple[InUse, ...], event: EventUid, ticket: TicketId, code: TicketCode) -> Unsealed | None:
    """The holder whose data this code opens; None where it opens none. Raises StoreTrouble."""
    for one in in_use:
        sealed = one.file.holder(ticket)
        data = sealed and open_holder(code, event, ticket, sealed.generation, sealed.sealed)
        if data:
            return Unsealed(Holder(data.name, data.plate, data.notes or None, data.attention), data.answers)
    return None


def answers_shown(verdict: Verdict, catalogue: Catalogue, kept: tuple[KeptAnswer, ...]) -> tuple[AnswerShown, ...]:
    """What was answered about what is admitted, handed out or asked, question by question; of others nothing."""
    product = None if verdict.product is None else catalogue.product_by_no.get(verdict.product)
    if product is None or verdict.outcome is Outcome.REFUSE or verdict.direction is Direction.OUT:
        return ()
    mine = [one for one in kept if one.product == verdict.product]
    found = []
    for question in product.rules.purchase_questions:
        words = product.words_of(question.key)
        for answer, units in _counted([one.answer for one in mine if one.question == question.key]):
            options = tuple((key, words.options.get(key, {})) for key in _keys(question, answer))
            kind = QuestionKind.CHOICE if options else _kind(question)
            names = words.labels or words.names
            found.append(AnswerShown(question.key, names, kind, answer, options, units))
    return tuple(found)


def _counted(answers: list[str]) -> list[tuple[str, int]]:
    return [(answer, answers.count(answer)) for answer in dict.fromkeys(answers)]


def _keys(question: Question, answer: str) -> tuple[str, ...]:
    return tuple(answer.split(",")) if isinstance(question.ask, AskChoice) else ()


def _kind(question: Question) -> QuestionKind:
    name = kind_of(question.ask)
    return QuestionKind(name) if name in set(QuestionKind) else QuestionKind.TEXT
