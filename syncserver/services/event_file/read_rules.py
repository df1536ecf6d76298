"""Rules of admission, windows of use and questions."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from common.ids import EventDay
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, Quantity, Unlimited, UsageRule, Window
from syncserver.services.event_file.fields import NAME_CHARS_MAX, SENTENCE_CHARS_MAX, Fields
from syncserver.services.event_file.model import (
    Admission,
    Ask,
    AskChoice,
    AskDate,
    AskedAt,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    Option,
    Question,
)
from syncserver.services.event_file.moments import event_day_number, parse_date, parse_time_span

USES_MAX = 10_000
MINUTES_MAX = 60 * 24 * 60
WINDOWS_MAX = 60
QUESTIONS_MAX = 20
OPTIONS_MAX = 100
LABEL_CHARS_MAX = 40
ANSWER_CHARS_MAX = 500
NUMBER_MAX = 1_000_000_000


class Use(StrEnum):
    """Words for the usage rules."""

    ONCE = "once"
    ONCE_PER_DAY = "once_per_day"
    IN_OUT = "in_out"
    UNLIMITED = "unlimited"
    LIMITED = "limited"
    QUANTITY = "quantity"


class AskKind(StrEnum):
    """Words for the kinds of questions."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    MAIL = "mail"


def read_admission(product: Fields, kind: ProductKind) -> Admission:
    """`[products.KEY.admission]`; absent, a ticket admits once and an item is redeemed by quantity."""
    default = Once() if kind is ProductKind.TICKET else Quantity()
    fields = product.table_at("admission")
    if fields is None:
        return Admission(default, (), (), (), None, None, per_area=False)
    admission = Admission(
        usage=_usage(fields, kind),
        windows=read_windows(fields, "windows"),
        first_windows=read_windows(fields, "first_windows"),
        later_windows=read_windows(fields, "later_windows"),
        min_gap_minutes=fields.maybe_integer("min_gap_minutes", 1, MINUTES_MAX),
        first_use_minutes=fields.maybe_integer("first_use_minutes", 1, MINUTES_MAX),
        per_area=fields.flag("per_area"),
    )
    fields.close()
    return admission


def _usage(fields: Fields, kind: ProductKind) -> UsageRule:
    use = fields.member("use", Use, Use.ONCE if kind is ProductKind.TICKET else Use.QUANTITY)
    if use is Use.QUANTITY and kind is ProductKind.TICKET:
        fields.refuse("use", "is 'quantity', which is for items: write another rule")
    match use:
        case Use.LIMITED:
            return _limited(fields)
        case Use.QUANTITY:
            return Quantity(fields.maybe_integer("per_day", 1, USES_MAX))
        case Use.ONCE:
            return Once()
        case Use.ONCE_PER_DAY:
            return OncePerDay()
        case Use.IN_OUT:
            return InOut()
        case Use.UNLIMITED:
            return Unlimited()


def _limited(fields: Fields) -> AtMost:
    rule = AtMost(*(fields.maybe_integer(key, 1, USES_MAX) for key in ("total", "per_day", "days")))
    if rule == AtMost():
        fields.refuse("use", "is 'limited' without a limit: add total, per_day or days")
    return rule


# --- windows --------------------------------------------------------------------------------------


def read_windows(fields: Fields, key: str) -> tuple[Window, ...]:
    """A list of windows, or one time span for every day: `windows = "08:00-22:00"`."""
    if isinstance(span := _plain(fields, key), str):
        minutes = _time_span(fields, key, span)
        return (Window(from_minute=minutes[0], until_minute=minutes[1]),)
    return tuple(_window(row) for row in fields.rows(key, WINDOWS_MAX))


def _plain(fields: Fields, key: str) -> object:
    return getattr(fields.node(key), "value", None)


def _time_span(fields: Fields, key: str, text: str) -> tuple[int, int]:
    minutes = parse_time_span(text)
    if minutes is None:
        fields.refuse(key, f'is {text!r}: write two different times, like "10:00-18:00"')
    return minutes or (0, 0)


def _window(fields: Fields) -> Window:
    span = fields.span("from", "until")
    days = tuple(_day(fields, index, text) for index, (_, text) in enumerate(fields.words("days", WINDOWS_MAX)))
    text = fields.maybe_text("time")
    minutes = _time_span(fields, "time", text) if text else (None, None)
    fields.close()
    if not fields.table.nodes:
        fields.known.problems.refuse(fields.table.place, fields.path, "is empty: write from, until, days or time")
    return Window(span.from_ms, span.until_ms, minutes[0], minutes[1], days)


def _day(fields: Fields, index: int, text: str) -> EventDay:
    day = parse_date(text)
    if day is None:
        place = fields.words("days")[index][0]
        fields.known.problems.refuse(place, fields.at("days"), f'holds {text!r}: write dates like "2028-07-06"')
    return EventDay(event_day_number(day or date(1970, 1, 1)))


# --- questions ------------------------------------------------------------------------------------


def read_questions(product: Fields) -> tuple[Question, ...]:
    """`[products.KEY.questions.QUESTION]`, in the file's order."""
    section = product.table_at("questions")
    return tuple(_question(key, fields) for key, fields in section.children(QUESTIONS_MAX)) if section else ()


def _question(key: str, fields: Fields) -> Question:
    question = Question(
        key=key,
        text=fields.texts("text", SENTENCE_CHARS_MAX),
        ask=_ask(fields),
        required=fields.flag("required", default=True),
        asked_at=fields.member("asked_at", AskedAt, AskedAt.PURCHASE),
        label=fields.maybe_texts("label", LABEL_CHARS_MAX),
    )
    fields.close()
    return question


def _ask(fields: Fields) -> Ask:
    match fields.member("kind", AskKind):
        case AskKind.TEXT:
            return AskText(fields.maybe_integer("chars_max", 1, ANSWER_CHARS_MAX) or NAME_CHARS_MAX)
        case AskKind.NUMBER:
            return _ask_number(fields)
        case AskKind.CHOICE:
            return _ask_choice(fields)
        case AskKind.YES_NO:
            return AskYesNo()
        case AskKind.DATE:
            return AskDate()
        case AskKind.TIME:
            return AskTime()
        case AskKind.MAIL:
            return AskMail()


def _ask_number(fields: Fields) -> AskNumber:
    ask = AskNumber(fields.integer("least", -NUMBER_MAX, NUMBER_MAX), fields.integer("most", -NUMBER_MAX, NUMBER_MAX))
    if ask.least > ask.most:
        fields.refuse("most", "is below 'least': raise it")
    return ask


def _ask_choice(fields: Fields) -> AskChoice:
    section = fields.table_at("options")
    options = []
    for key, option in section.children(OPTIONS_MAX) if section else ():
        options.append(Option(key, option.texts("name", NAME_CHARS_MAX)))
        option.close()
    several = fields.flag("several")
    if len(options) < 2:
        fields.refuse("options", "offers no choice: add at least two options")
    return AskChoice(tuple(options), several)
