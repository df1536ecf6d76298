"""The simulator: a form's fields to a wish, and what was decided to words. Nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from common.catalogue import Catalogue, Names
from common.decision import (
    Check,
    Direction,
    Explanation,
    Passed,
    Reason,
    Request,
    Verdict,
)
from common.errors import BadInput
from common.ids import BadgeId, PointNo, ProductNo, TicketId
from common.reason_texts import ReasonText, not_enough_text, reason_text
from common.rules import LaneKind
from common.verdict_json import Plain, plain, plain_choice, plain_verdict
from syncserver.services.decider import TICKET_HEX, Decided, Decider, Wish
from syncserver.services.simulated_rules import ToldRule, ToldRules, told_rules
from syncserver.services.translations import Translator, local
from syncserver.stores.events import EventRow

QUANTITY_MAX: Final = 1000
ROLES: Final = ("hostess", "supervisor")
_SIMULATED: Final = BadgeId(b"simulate")

Form = Mapping[str, str]
Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ToldCheck:
    """One check in words: how it ended, the reason it stands for, of which product."""

    passed: Passed
    reason: str
    headline: str
    product: str
    decides: bool  # it is the one that gave the reason


@dataclass(frozen=True, slots=True)
class NamedRules:
    """What the rules are of, and the rules in words."""

    name: str
    rules: tuple[ToldRule, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words; what the visitor can act on is empty where there is nothing."""

    outcome: str
    reason: str
    headline: str
    sentence: str
    ticket: str  # hex; empty where none was found
    product: str
    from_when: str
    until_when: str
    points: str
    left_today: str
    first_use: str
    choices: tuple[str, ...]
    questions: tuple[str, ...]
    checks: tuple[ToldCheck, ...]
    rules: tuple[NamedRules, ...]


class Simulator:
    """Decides what a form asks for."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def decide(self, event: EventRow, form: Form, now_ms: int) -> Decided:
        """What a gate would say. Raises BadInput naming the field that cannot be read."""
        return self._decider.decide(event, self._wish(event, form, now_ms))

    def catalogue(self, event: EventRow) -> Catalogue:
        """What can be chosen from. Raises BadInput where nothing was imported."""
        return self._decider.catalogue(event)

    def _wish(self, event: EventRow, form: Form, now_ms: int) -> Wish:
        text = form.get("text", "").strip()
        found = _found(form, text)
        return Wish(
            text="" if found else self._text(event, text),
            found=found,
            point=PointNo(_number(form, "point", 0, 2**32) or 0),
            now_ms=_moment(form, event.zone, now_ms),
            request=_request(form),
            is_typed=form.get("typed", "") == "yes",
            view_age_ms=_number(form, "view_age_ms", 0, 2**53) if "view_age_ms" in form else 0,
        )

    def _text(self, event: EventRow, text: str) -> str:
        """A ticket's id stands for its newest pass; anything else is what was scanned or typed."""
        ticket = _ticket_id(text)
        return text if ticket is None else self._decider.text_of(event, ticket) or text


def plain_decision(decided: Decided) -> Plain:
    """The decision for programs: the verdict as `headless` gives it, and the checks."""
    verdict = decided.explanation.verdict
    return {
        "answer": "verdict",
        **plain_verdict(verdict),
        "ticket": decided.ticket.hex() if decided.ticket else None,
        "choices": [plain_choice(one) for one in verdict.choices],
        "questions": [plain(one) for one in verdict.questions],
        "checks": [plain(one) for one in decided.explanation.checks],
    }


def told(decided: Decided, words: Translator, zone: str) -> Told:
    """The decision in the reader's language, times in the event's zone."""
    verdict, names = decided.explanation.verdict, _Named(decided.catalogue, words.language)
    said, deciding = _said(verdict, words.language), deciding_check(decided.explanation)
    values = _values(verdict, names, words, zone)
    return Told(
        outcome=verdict.outcome.value,
        reason=verdict.reason.value,
        headline=said.headline,
        sentence=said.told(values),
        ticket=decided.ticket.hex() if decided.ticket else "",
        product=names.product(verdict.product),
        from_when=values.get("from", ""),
        until_when=values.get("until", ""),
        points=", ".join(names.point(one) for one in verdict.hint.points),
        left_today="" if verdict.hint.left_today is None else str(verdict.hint.left_today),
        first_use=f"{values['time']}, {values['point']}" if verdict.earlier else "",
        choices=tuple(_choice(names.product(one.product), one.left, one.left_today) for one in verdict.choices),
        questions=tuple(names.question(verdict.product, one.question.key) for one in verdict.questions),
        checks=tuple(
            _told_check(one, names, words.language, decides=one is deciding) for one in decided.explanation.checks
        ),
        rules=_named_rules(decided, names, told_rules(decided, deciding.product if deciding else None, words)),
    )


def _said(verdict: Verdict, language: str) -> ReasonText:
    """The reason's words, as a kiosk says them."""
    if verdict.reason is Reason.NOTHING_LEFT and verdict.fewer:
        return not_enough_text(language)
    return reason_text(verdict.reason, language)


def _named_rules(decided: Decided, names: _Named, rules: tuple[ToldRules, ...]) -> tuple[NamedRules, ...]:
    point = names.point(decided.wish.point)
    return tuple(NamedRules(point if one.product is None else names.product(one.product), one.rules) for one in rules)


def deciding_check(explanation: Explanation) -> Check | None:
    """The check that decided a refusal or a question; None for an admission."""
    verdict = explanation.verdict
    failed = [one for one in explanation.checks if one.passed is Passed.NO and one.reason is verdict.reason]
    return next((one for one in failed if one.product in {None, verdict.product}), failed[0] if failed else None)


@dataclass(frozen=True, slots=True)
class _Named:
    catalogue: Catalogue
    language: str

    def best(self, names: Names) -> str:
        """The name in this language, else in the event's own, else in any."""
        return names.get(self.language) or names.get(self.catalogue.default_language) or next(iter(names.values()), "")

    def product(self, product: ProductNo | None) -> str:
        """What a product is called."""
        found = None if product is None else self.catalogue.product_by_no.get(product)
        return self.best(found.names) if found else "" if product is None else f"#{product}"

    def point(self, point: PointNo) -> str:
        """What a point is called."""
        found = self.catalogue.point_by_no.get(point)
        return self.best(found.names) if found else f"#{point}"

    def question(self, product: ProductNo | None, key: str) -> str:
        """What is asked."""
        found = None if product is None else self.catalogue.product_by_no.get(product)
        return self.best(found.words_of(key).names) if found else key


def _values(verdict: Verdict, names: _Named, words: Translator, zone: str) -> dict[str, str]:
    """What sentences may speak of, as far as it is known."""
    values: dict[str, str] = {}
    hint, earlier = verdict.hint, verdict.earlier
    if hint.from_ms is not None:
        values["from"] = values["time"] = words.moment(hint.from_ms, zone)
    if hint.until_ms is not None:
        values["until"] = words.moment(hint.until_ms, zone)
    if hint.points:
        values["point"] = ", ".join(names.point(one) for one in hint.points)
    if verdict.fewer or hint.left_today is not None:
        values["left"] = str(verdict.fewer or hint.left_today)
    if earlier is not None:
        values["time"], values["point"] = words.moment(earlier.time_ms, zone), names.point(earlier.use.point)
    return values


def _choice(name: str, left: int | None, left_today: int | None) -> str:
    counts = [str(one) for one in (left, left_today) if one is not None]
    return f"{name} ({' / '.join(counts)})" if counts else name


def _told_check(check: Check, names: _Named, language: str, *, decides: bool) -> ToldCheck:
    headline = reason_text(check.reason, language).headline
    return ToldCheck(check.passed, check.reason.value, headline, names.product(check.product), decides)


def question_namer(catalogue: Catalogue, language: str) -> Callable[[ProductNo, str], tuple[str, str]]:
    """Puts a product and the key of one of its questions in words; what is no longer asked keeps its key."""
    names = _Named(catalogue, language)
    return lambda product, key: (names.product(product), names.question(product, key) or key)


# --- reading a form -------------------------------------------------------------------------------


def _ticket_id(text: str) -> TicketId | None:
    is_id = len(text) == TICKET_HEX and set(text.lower()) <= set("0123456789abcdef")
    return TicketId(bytes.fromhex(text)) if is_id else None


def _found(form: Form, text: str) -> TicketId | None:
    """The ticket that was found by name, no code of it read; None where something was scanned or typed."""
    if form.get("found", "") != "yes":
        return None
    ticket = _ticket_id(text)
    if ticket is None:
        raise BadInput(f"text: {text[:40]!r} is no ticket's id, and a found ticket has no other name: 16 hex digits")
    return ticket


def _request(form: Form) -> Request:
    role = form.get("role", "")
    if role and role not in ROLES:
        raise BadInput(f"role: {role!r} is none of {', '.join(ROLES)}")
    product = _number(form, "product", 0, 2**32)
    return Request(
        direction=_member(form, "direction", Direction) or Direction.IN,
        product=None if product is None else ProductNo(product),
        quantity=_number(form, "quantity", 1, QUANTITY_MAX) or 1,
        lane=_member(form, "lane", LaneKind),
        confirmed=form.get("confirmed", "") == "yes",
        answers=_answers(form),
        override=_member(form, "override", Reason),
        answered_for=_answered_for(form),
        override_why=form.get("why", ""),
        operator=_SIMULATED if role else None,
        operator_roles=(role,) if role else (),
        badge_and_pin=bool(role),
        info=True,
    )


def _number(form: Form, name: str, least: int, most: int) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not least <= int(text) <= most:
        raise BadInput(f"{name}: {text[:40]!r} is no number from {least} to {most}")
    return int(text)


def _member(form: Form, name: str, kind: type[Member]) -> Member | None:
    text = form.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise BadInput(f"{name}: {text[:40]!r} is none of {', '.join(kind)}") from error


def _answered_for(form: Form) -> tuple[Reason, ...]:
    """The reasons somebody answers for beside the override's, between commas."""
    listed = (one.strip() for one in form.get("answered_for", "").split(","))
    found = (_member({"answered_for": one}, "answered_for", Reason) for one in listed)
    return tuple(one for one in found if one is not None)


def _answers(form: Form) -> tuple[tuple[str, str], ...]:
    text = form.get("answers", "").strip()
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise BadInput('answers: write them as {"question": "answer"}') from error
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise BadInput('answers: write them as {"question": "answer"}')
    return tuple(sorted(found.items()))


def _moment(form: Form, zone: str, now_ms: int) -> int:
    """`at_ms` is an instant, `at` the event's wall clock; neither is now."""
    exact = _number(form, "at_ms", 0, 2**53)
    if exact is not None:
        return exact
    text = form.get("at", "").strip()
    if not text:
        return now_ms
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"at: {text[:40]!r} is no time; write it like 2028-07-06T14:30") from error


def wall_text(at_ms: int, zone: str) -> str:
    """An instant as the form's field for a moment wants it."""
    return f"{local(at_ms, zone):%Y-%m-%dT%H:%M}"
