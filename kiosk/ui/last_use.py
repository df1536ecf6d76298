"""The last use, looked at once more: what it was, whose as far as known, when and where. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from common.decision import Direction, Verdict
from kiosk.shown import Answer, FirstUse, Shown, Undone
from kiosk.ui.picture import Button, Colour, GoOn, Line, Picture, Shape, Sound, Undo, Weight
from kiosk.ui.telling import Setting, noted_lines, what_of
from kiosk.ui.which_size import other_variant


def last_use_picture(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    """No green: nobody is let in by it. It stays while somebody thinks, and the next code takes its place."""
    texts = setting.texts
    take_back = () if shown.entry is None else (Button(Undo(shown.entry), texts("undo")),)
    # What is habitually touched after an admission stands where "next" does there: it takes nothing back.
    buttons = (Button(GoOn(), texts("close"), main=True), *other_variant(shown, texts), *take_back)
    return Picture(
        Colour.BLUE,
        Shape.DOT,
        Sound.CUE,
        texts("word_last"),
        what_of(shown, verdict, texts),
        tuple(_lines(shown, verdict, setting)),
        () if setting.unattended else buttons,
        product_picture=shown.picture,
    )


def _lines(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Line]:
    """Whose it was comes first: with ten equal tickets nothing else tells them apart."""
    texts, use = setting.texts, shown.first_use
    if shown.holder is not None:
        yield Line(shown.holder.name, Weight.STRONG)
    if shown.code_end:
        yield Line(texts("undone_code", end=shown.code_end), Weight.STRONG)
    out = texts("written_let_out") if verdict.direction is Direction.OUT else ""
    said = () if use is None else (texts.when(use.time_ms, setting.zone, setting.now_ms), _ago(use, setting))
    where = "" if use is None else texts.name(use.point)
    yield Line(" · ".join(filter(None, (out, *said, where))), Weight.STRONG)
    yield from noted_lines(shown.handing, texts)


def _ago(use: FirstUse, setting: Setting) -> str:
    """Nothing where the clock was set back since: it would be no time ago."""
    if use.ago_ms is None or use.ago_ms < 0:
        return ""
    return setting.texts("ago", age=setting.texts.age(use.ago_ms))


def with_holder(answer: Answer, holder: str) -> Answer:
    """What was taken back, with whose it was."""
    if isinstance(answer, Undone) and answer.use is not None:
        return replace(answer, use=replace(answer.use, holder=holder))
    return answer
