"""Turns an answer of the station into a picture: colour, shape, word, sound, lines, buttons. No Kivy, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.decision import Direction, Fault, Outcome, Reason, Verdict
from common.reason_texts import ReasonText, placeholders, reason_text
from common.rules import PointKind
from kiosk.shown import Answer, FirstUse, Names, OfferedChoice, OperatorTaken, Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import (
    Button,
    Choose,
    Colour,
    Confirm,
    GoOn,
    Line,
    Override,
    Picture,
    Shape,
    Sound,
    Undo,
    Weight,
)

ADMIT_S = 3.0
ATTENTION_S = 8.0  # there is something to read before the next guest
REFUSE_S = 20.0
NOTE_S = 4.0
CHOICES_MAX = 12  # buttons of a size a glove can hit
LINES_MAX = 6

_LOOK = {
    Outcome.ADMIT: (Colour.GREEN, Shape.TICK, Sound.ADMIT),
    Outcome.ASK: (Colour.AMBER, Shape.HAND, Sound.ASK),
    Outcome.REFUSE: (Colour.RED, Shape.CROSS, Sound.REFUSE),
}
_CONFIRMED = frozenset({Reason.CONFIRM, Reason.HISTORY_INCOMPLETE, Reason.QUESTIONS})
_OVERRIDDEN = frozenset({Reason.UNPAID, Reason.PROOF_MISSING, Reason.NEEDS_SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the picture is shown: what the words depend on besides the answer."""

    texts: Texts
    zone: str
    now_ms: int
    kind: PointKind = PointKind.GATE
    unattended: bool = False


def present(answer: Answer, setting: Setting) -> Picture:
    """The picture of any answer of the station."""
    if isinstance(answer, Shown):
        return _shown(answer, answer.verdict, setting)
    if isinstance(answer, OperatorTaken):
        return _note(setting.texts("operator_taken", name=answer.name), "", setting)
    key = "undone" if answer.done else "undo_failed"
    return _note(setting.texts(key), setting.texts(f"{key}_what"), setting)


def _shown(shown: Shown, verdict: Verdict | Fault, setting: Setting) -> Picture:
    if isinstance(verdict, Fault):
        return _fault(verdict, setting)
    if verdict.outcome is Outcome.ADMIT:
        return _admit(shown, verdict, setting)
    return _not_admitted(shown, verdict, setting)


def _fault(fault: Fault, setting: Setting) -> Picture:
    texts = setting.texts
    said = reason_text(fault.code, texts.language)
    lines = (Line(texts("fault_not_guest"), Weight.STRONG), Line(said.sentence))
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    return Picture(Colour.VIOLET, Shape.WRENCH, Sound.FAULT, texts("word_fault"), said.headline, lines, buttons)


def _admit(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    texts = setting.texts
    lines = tuple(_admit_lines(shown, verdict, setting))[:LINES_MAX]
    undo = () if shown.entry is None else (Button(Undo(shown.entry), texts("undo")),)
    calls = any(line.weight is Weight.STRONG for line in lines) or verdict.flags or shown.from_before
    return Picture(
        *_LOOK[Outcome.ADMIT],
        texts(_admit_word(verdict, setting.kind)),
        _what(shown, verdict, texts),
        lines,
        _attended(setting, Button(GoOn(), texts("next"), main=True), *undo),
        ATTENTION_S if calls else ADMIT_S,
    )


def _not_admitted(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    texts = setting.texts
    said = reason_text(verdict.reason, texts.language)
    lines = tuple(_refuse_lines(shown, verdict, said, setting))[:LINES_MAX]
    asks = verdict.outcome is Outcome.ASK
    word = "word_ask" if asks else "word_refuse_stand" if setting.kind is PointKind.STAND else "word_refuse"
    buttons = _attended(setting, *_answers(shown, verdict, texts), Button(GoOn(), texts("close")))
    wait_s = None if asks else REFUSE_S
    return Picture(*_LOOK[verdict.outcome], texts(word), said.headline, lines, buttons, wait_s)


def _note(headline: str, sentence: str, setting: Setting) -> Picture:
    texts = setting.texts
    lines = (Line(sentence),) if sentence else ()
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    return Picture(Colour.BLUE, Shape.DOT, Sound.CUE, texts("word_noted"), headline, lines, buttons, NOTE_S)


def _attended(setting: Setting, *buttons: Button) -> tuple[Button, ...]:
    return () if setting.unattended else buttons


def _admit_word(verdict: Verdict, kind: PointKind) -> str:
    if verdict.direction is Direction.OUT:
        return "word_let_out"
    return "word_hand_out" if kind is PointKind.STAND else "word_admit"


def _what(shown: Shown, verdict: Verdict, texts: Texts) -> str:
    name = texts.name(shown.product or {})
    return f"{verdict.quantity} × {name}" if verdict.quantity > 1 else name


def _admit_lines(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Line]:
    texts = setting.texts
    if shown.from_before:
        yield Line(texts("from_before"), Weight.STRONG)
    yield from _holder_lines(shown, texts)
    for names in (shown.attention, shown.hand_out):
        if names:
            yield Line(texts.name(names), Weight.STRONG)
    if verdict.overridden is not None:
        yield Line(texts("overridden"), Weight.STRONG)
    yield from (Line(texts(f"flag_{flag}")) for flag in verdict.flags if 1 <= flag <= 6)
    if shown.left is not None:
        yield Line(texts("left", left=shown.left) if shown.left else texts("left_none"))


def _refuse_lines(shown: Shown, verdict: Verdict, said: ReasonText, setting: Setting) -> Iterator[Line]:
    texts, values = setting.texts, _values(shown, verdict, setting)
    # What the detail tells (when, where, how many) needs no line of its own any more.
    told = placeholders(said.detail) if placeholders(said.detail) <= values.keys() else frozenset[str]()
    yield Line(said.told(values), Weight.STRONG if told else Weight.PLAIN)
    if shown.first_use is not None and "time" not in told:
        yield Line(_first_use(shown.first_use, setting), Weight.STRONG)
    yield from _hint_lines(shown, verdict, setting, told)
    yield from _holder_lines(shown, texts)


def _hint_lines(shown: Shown, verdict: Verdict, setting: Setting, told: frozenset[str]) -> Iterator[Line]:
    texts, hint = setting.texts, verdict.hint
    if hint.from_ms is not None and "time" not in told:
        yield Line(texts("from_when", when=texts.when(hint.from_ms, setting.zone, setting.now_ms)))
    if hint.until_ms is not None:
        yield Line(texts("until_when", when=texts.when(hint.until_ms, setting.zone, setting.now_ms)))
    if shown.points and ("point" not in told or shown.first_use is not None):
        yield Line(texts("go_to", points=_joined(shown.points, texts)), Weight.STRONG)
    if hint.left_today is not None and "left" not in told:
        yield Line(texts("left_today", left=hint.left_today))


def _holder_lines(shown: Shown, texts: Texts) -> Iterator[Line]:
    if shown.holder is None:
        return
    # A plate is read as a whole: its blanks must not become line breaks.
    plate = (shown.holder.plate or "").replace(" ", "\u00a0")
    plate = f" · {texts('plate', plate=plate)}" if plate else ""
    yield Line(shown.holder.name + plate, Weight.STRONG if plate else Weight.PLAIN)
    if shown.holder.attention:
        yield Line(shown.holder.attention, Weight.STRONG)


def _first_use(use: FirstUse, setting: Setting) -> str:
    when = setting.texts.when(use.time_ms, setting.zone, setting.now_ms)
    return setting.texts("first_use", when=when, where=_where(use, setting.texts))


def _where(use: FirstUse, texts: Texts) -> str:
    if use.here:
        return texts("first_use_here")
    return texts("first_use_device", point=texts.name(use.point), device=use.device)


def _answers(shown: Shown, verdict: Verdict, texts: Texts) -> Iterator[Button]:
    if verdict.reason is Reason.CHOOSE:
        open_here = [offer for offer in shown.choices if offer.choice.reason is Reason.OK]
        yield from (_choice(offer, texts) for offer in open_here[:CHOICES_MAX])
    elif verdict.outcome is Outcome.ASK and verdict.reason in _CONFIRMED:
        yield Button(Confirm(), texts("confirm"), main=True)
    elif verdict.reason in _OVERRIDDEN:
        yield Button(Override(verdict.reason), texts("allow_anyway"))


def _choice(offer: OfferedChoice, texts: Texts) -> Button:
    left = "" if offer.choice.left is None else texts("left", left=offer.choice.left)
    return Button(Choose(offer.choice.product), texts.name(offer.names), left)


def _values(shown: Shown, verdict: Verdict, setting: Setting) -> dict[str, str]:
    """What a sentence may speak of, as far as it is known."""
    texts, values = setting.texts, dict[str, str]()
    if shown.first_use is not None:
        values["time"] = texts.when(shown.first_use.time_ms, setting.zone, setting.now_ms)
        values["point"] = _where(shown.first_use, texts)
    elif verdict.hint.from_ms is not None:
        values["time"] = texts.when(verdict.hint.from_ms, setting.zone, setting.now_ms)
    if "point" not in values and shown.points:
        values["point"] = _joined(shown.points, texts)
    left = verdict.hint.left_today if verdict.hint.left_today is not None else shown.left
    if left is not None:
        values["left"] = str(left)
    return values


def _joined(points: Iterable[Names], texts: Texts) -> str:
    return ", ".join(map(texts.name, points))
