"""Lists a person leafs through: history, messages, the check before doors. Words and tones; no Kivy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from common.decision import FaultCode, Reason
from common.reason_texts import reason_text
from kiosk.checks_shown import Check, Health
from kiosk.shown import HistoryRow, MessageShown, Written
from kiosk.ui.catalogue import Texts
from kiosk.ui.news_words import news_lines
from kiosk.ui.picture import Button, CheckAgain, MarkRead, Undo
from kiosk.ui.refused_words import refused_words
from kiosk.ui.status_words import HEALTH_TONES, ReadersShown, StatusFact, Tone, reader_facts
from kiosk.ui.telling import Setting, counted, variant_words

_WRITTEN = {
    Written.ADMITTED: Tone.GOOD,
    Written.HANDED_OUT: Tone.GOOD,
    Written.LET_OUT: Tone.GOOD,
    Written.OVERRIDDEN: Tone.WARN,
    Written.REFUSED: Tone.BAD,
    Written.TAKEN_BACK: Tone.QUIET,
    Written.NOTED: Tone.QUIET,
    Written.CHANGED: Tone.WARN,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One screenful: rows, and what can be done with them."""

    facts: tuple[StatusFact, ...]
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A titled list, cut into pages; `summary` says how it stands as a whole."""

    title: str
    pages: tuple[Page, ...]
    summary: StatusFact | None = None
    is_newest_first: bool = True


def history_pages(rows: Sequence[HistoryRow], setting: Setting, per_page: int) -> Pages:
    """The last entries; the last use can be taken back from any page."""
    texts = setting.texts
    undo = next((Button(Undo(row.entry), _undo_words(row, setting)) for row in rows if row.can_undo), None)
    facts = tuple(_entry(row, setting) for row in rows) or (StatusFact("", texts("history_none")),)
    cut = tuple(Page(facts[at : at + per_page], undo) for at in range(0, len(facts), per_page))
    return Pages(texts("history"), cut)


def messages_pages(messages: Sequence[MessageShown], setting: Setting) -> Pages:
    """One message a page, unread ones first; reading is a touch of its own."""
    texts = setting.texts
    ordered = sorted(messages, key=lambda message: message.read)
    pages = tuple(_message(message, setting) for message in ordered)
    return Pages(texts("messages"), pages or (Page((StatusFact("", texts("messages_none")),)),))


def preflight_pages(
    checks: Sequence[Check], readers: ReadersShown, *, sound: bool | None, setting: Setting, characters: int
) -> Pages:
    """Every check with what to do, camera, scanner and sound among them; `sound` None: switched off.

    What is longer than so many characters gets a second row, or what to do would be too small to read.
    """
    texts = setting.texts
    read = reader_facts(readers, texts, advises=True)
    found = (*(_check(check, setting) for check in checks), *read, _sound(texts, sound=sound))
    facts = tuple(replace(fact, share=min(2, 1 + len(fact.value) // characters)) for fact in found)
    tones = {fact.tone for fact in facts}
    worst = Health.BAD if Tone.BAD in tones else Health.WARN if Tone.WARN in tones else Health.GOOD
    summary = StatusFact("", texts(f"preflight_{worst}"), HEALTH_TONES[worst])
    return Pages(texts("preflight"), (Page(facts, Button(CheckAgain(), texts("check_again"))),), summary)


class Heard(Protocol):
    """What plays the sounds: whether it can, and how loud, from 0 (off) to 100."""

    @property
    def works(self) -> bool:
        """Whether there is a sound device."""
        ...

    @property
    def volume(self) -> int:
        """In percent."""
        ...


def is_heard(player: Heard | None) -> bool | None:
    """Whether sounds can be heard; None where they are switched off."""
    return None if player is None or not player.volume else player.works


def _undo_words(row: HistoryRow, setting: Setting) -> str:
    """Which entry goes: its time and product, and how the code ended as far as it is known."""
    texts = setting.texts
    told = (texts.clock(row.time_ms, setting.zone), counted(row.quantity, texts.name(row.product)))
    what = " · ".join(filter(None, told))
    return texts("undo_which", what=f"{what} · {texts('history_code', end=row.code_end)}" if row.code_end else what)


def _entry(row: HistoryRow, setting: Setting) -> StatusFact:
    texts = setting.texts
    when = texts.when(row.time_ms, setting.zone, setting.now_ms)
    time = texts.clock(row.time_ms, setting.zone)
    when = time if when == texts("today_at", time=time) else when  # most are of today: a column of its own says nothing
    return StatusFact(when, " · ".join(_entry_words(row, setting)), _WRITTEN[row.written])


def _entry_words(row: HistoryRow, setting: Setting) -> Iterator[str]:
    texts = setting.texts
    yield texts(f"written_{row.written}")
    name = texts.name(row.product)
    if name:
        yield counted(row.quantity, name)
    if row.variants:
        yield variant_words(row.variants, texts)
    if row.code_end:
        yield texts("history_code", end=row.code_end)
    if row.reason is not None:
        yield reason_text(row.reason, texts.language).headline
    if row.written is Written.REFUSED and row.quantity > 1 and row.until_ms is not None:
        yield texts("times_until", n=row.quantity, time=texts.clock_s(row.until_ms, setting.zone))
    if row.refused:
        yield texts("not_taken", why=refused_words(row.refused, texts))


def _message(message: MessageShown, setting: Setting) -> Page:
    texts = setting.texts
    to = texts("message_to_all" if message.to_all else "message_to_point")
    when = texts.when(message.time_ms, setting.zone, setting.now_ms)
    button = None if message.read else Button(MarkRead(message.key), texts("message_read"), main=True)
    said = "\n".join(news_lines(message, setting)) if message.conflicts else message.text
    fact = StatusFact(f"{when}\n{to}", said, Tone.QUIET if message.read else Tone.WARN)
    return Page((fact,), button)


def _check(check: Check, setting: Setting) -> StatusFact:
    texts = setting.texts
    key, values = f"check_{check.name}_{check.found}", _values(check, setting)
    return StatusFact(texts(f"check_{check.name}"), texts(key, **values), HEALTH_TONES[check.health])


def _values(check: Check, setting: Setting) -> dict[str, str]:
    """The values of a check as people read them."""
    told = {name: value for name, value in check.values.items() if name != "what"}  # plain English, for the log
    values = dict(_value(name, value, setting) for name, value in told.items())
    return {**values, "product": setting.texts.name(check.product)}


def _value(name: str, value: float | str | None, setting: Setting) -> tuple[str, str]:
    """The name a text knows a value by, and how it reads there."""
    texts = setting.texts
    if name == "fault":
        return "what", reason_text(FaultCode(str(value)), texts.language).sentence
    if name == "reason":
        return name, reason_text(Reason(str(value)), texts.language).headline
    if not isinstance(value, int | float):
        return name, str(value)
    match name:
        case "now_ms":
            return "time", texts.clock(int(value), setting.zone)
        case "offset_ms":
            return name, texts.number(abs(value))
        case "opens_ms":
            return "opens", texts.when(int(value), setting.zone, setting.now_ms)
        case "built_ms":
            return "built", texts.when(int(value), setting.zone, setting.now_ms)
        case "age_ms":
            return "age", texts.age(int(value))
        case "free":
            return name, texts.size(int(value))
    return name, texts.number(value)


def _sound(texts: Texts, *, sound: bool | None) -> StatusFact:
    if sound is None:
        return StatusFact(texts("check_sound"), texts("check_sound_off"), Tone.WARN)
    key, tone = ("check_sound_played", Tone.GOOD) if sound else ("check_sound_broken", Tone.WARN)
    return StatusFact(texts("check_sound"), texts(key), tone)
