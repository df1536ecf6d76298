"""What a verdict says in lines under its word: who, what to look at, when, where. No Kivy, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from common.bodies import Flag
from common.conflict_kinds import ConflictKind
from common.decide import SUPERVISING
from common.decision import Direction, Outcome, Reason, Verdict
from common.reason_texts import ReasonText, fields_of
from common.rules import PointKind
from common.unbroken import UNBROKEN, told_whole
from kiosk.shown import FirstUse, Handing, Names, Shown, VariantShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.kept_words import kept_lines
from kiosk.ui.picture import Line, Weight
from kiosk.ui.plates import plate_shown

_TOLD_OF = frozenset(Flag) - {Flag.NOT_INSIDE, Flag.DOUBLE_OPEN}  # one stands first, the other is told by its kind
JUST_NOW_MS: Final = 120_000  # after a use here: whoever shows the pass may be the guest before, who still stands there
UNDECIDED_MAX: Final = 2  # lines; all say the same, whom to ask
_NOTHING_TO_ASK = frozenset({ConflictKind.CLOCK, ConflictKind.OVERRIDE})  # the control room's to look at


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the picture is shown: what the words depend on besides the answer."""

    texts: Texts
    zone: str
    now_ms: int
    kind: PointKind = PointKind.GATE
    unattended: bool = False
    roles: tuple[str, ...] = ()  # of the operator
    overriding: Reason | None = None  # what the answer was asked to override
    list_ms: int | None = None  # when the newest list of what was sold was made
    by_pin_alone: bool = False  # the operator came back without a badge: nothing can be unsealed

    @property
    def is_supervised(self) -> bool:
        """Whether who is here may answer for times, places and usage."""
        return not SUPERVISING.isdisjoint(self.roles)


def what_of(shown: Shown, verdict: Verdict, texts: Texts) -> str:
    """The product with how many, and which sizes; those a person noted have a line of their own."""
    name, handing = texts.name(shown.product or {}), shown.handing
    sizes = variant_words(handing.now, texts) if handing is not None and not handing.noted else ""
    name = counted(verdict.quantity, name)
    return texts.pair(name, sizes) if sizes else name


def counted(quantity: int, name: str) -> str:
    """2 × name; one of it is not counted."""
    return f"{quantity}{UNBROKEN}× {name}" if quantity > 1 and name else name


def variant_words(variants: Iterable[VariantShown], texts: Texts) -> str:
    """Sizes or colours with their pieces: L, 2 × XL."""
    return ", ".join(_pieces(variants, texts))


def _pieces(variants: Iterable[VariantShown], texts: Texts) -> list[str]:
    return [counted(one.quantity, texts.name(one.names)) for one in variants]


_SIZE = re.compile(r"(?:\d{0,2}x{0,5}[sml](?![^\W_])|\d{2,3}(?:[./–-]\d+)?$)", re.IGNORECASE)


def variant_key(what: str, handing: Handing) -> str:
    """The text about these variants: what most products have are sizes, and "variant" is nobody's word for those."""
    names = [name for one in handing.offers for name in one.names.values()]
    return f"size_{what}" if names and all(_SIZE.match(name.strip()) for name in names) else f"variant_{what}"


def noted_lines(handing: Handing | None, texts: Texts) -> Iterator[Line]:
    """What a person noted as handed out: nothing else is said of sizes then, above all not that they were bought."""
    if handing is not None and handing.noted:
        yield Line(texts("variant_noted", what=variant_words(handing.now, texts)), Weight.STRONG)


def is_untold(handing: Handing, quantity: int) -> bool:
    """Whether there are variants, and of some piece it is not known here which of them was bought."""
    return bool(handing.offers) and sum(one.quantity for one in handing.now) < quantity


def _is_as_bought(shown: Shown, verdict: Verdict) -> bool:
    """Whether the words of the product hold, such as "the size bought"."""
    handing = shown.handing
    return handing is None or not (handing.noted or is_untold(handing, verdict.quantity))


def _handing_lines(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Line]:
    texts, handing = setting.texts, shown.handing
    yield from noted_lines(handing, texts)
    if handing is not None and handing.either:
        yield Line(texts("variant_either", what=texts.either(_pieces(handing.either, texts))), Weight.STRONG)
    if handing is None or handing.noted or handing.either or not is_untold(handing, verdict.quantity):
        return
    if setting.list_ms is None:
        yield Line(texts(variant_key("unknown", handing)), Weight.STRONG)
    else:
        when = texts.when(setting.list_ms, setting.zone, setting.now_ms)
        yield Line(texts("variant_unlisted", when=when), Weight.STRONG)


def admit_lines(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Line]:
    """What is said with an admission, an exit, or what was handed out."""
    texts = setting.texts
    if setting.unattended:  # the guest reads it: all the rest is for staff, some of it private
        yield from _name_lines(shown, texts)
        yield from _left_lines(shown, setting)
        return
    if verdict.direction is Direction.OUT:
        yield from (Line(texts(f"flag_{flag}"), Weight.STRONG) for flag in verdict.flags if flag == Flag.NOT_INSIDE)
    yield from _undecided_lines(verdict, setting)
    yield from _holder_lines(shown, setting)
    yield from _handing_lines(shown, verdict, setting)
    yield from _product_lines(shown, verdict, texts)
    yield from kept_lines(shown.kept, texts)
    if verdict.overridden is not None:
        yield Line(texts("overridden"), Weight.STRONG)
    yield from (Line(texts(f"flag_{flag}")) for flag in verdict.flags if flag in _TOLD_OF)
    yield from _left_lines(shown, setting)


def _left_lines(shown: Shown, setting: Setting) -> Iterator[Line]:
    """What is left; of what a stand could hand out more of at once, what to do: guests walk off without it."""
    tells_more = shown.more and setting.kind is PointKind.STAND and not setting.unattended and not shown.info
    if tells_more and shown.left != 0:  # alone: of two numbers for one thing the one that says what to do
        yield Line(_more(shown, setting.texts), Weight.STRONG)
        return
    if shown.left is not None and (shown.left or setting.kind is PointKind.STAND):  # at a gate, once is the rule
        yield Line(_left(shown, shown.left, setting.texts))


def _more(shown: Shown, texts: Texts) -> str:
    """Sizes wait to be taken along. What has none may be for later, such as a drink, so it is for the guest to say."""
    left = () if shown.handing is None else shown.handing.left
    if not left or sum(one.quantity for one in left) != shown.more:
        return texts("left_more", n=shown.more)
    return texts("left_more_sizes", n=shown.more, sizes=variant_words(left, texts))


def _left(shown: Shown, left: int, texts: Texts) -> str:
    if not left:
        return texts("left_none")
    sizes = variant_words(shown.handing.left, texts) if shown.handing is not None else ""
    return f"{texts('left', left=left)} ({sizes})" if sizes else texts("left", left=left)


def _product_lines(shown: Shown, verdict: Verdict, texts: Texts) -> Iterator[Line]:
    """What to look at, and what to hand out in words of its own (size, colour): of who comes in, not of who leaves."""
    if verdict.direction is Direction.OUT:
        return
    # Once it is decided; "the size bought" says nothing where nobody here knows it, or where another was handed out.
    says = verdict.outcome is not Outcome.ASK and _is_as_bought(shown, verdict)
    hand_out = shown.hand_out if says else {}
    for names in (shown.attention, hand_out):
        if names:
            yield Line(texts.name(names), Weight.STRONG)


def refuse_lines(shown: Shown, verdict: Verdict, said: ReasonText, setting: Setting) -> Iterator[Line]:
    """What is said with a question or a refusal."""
    texts, values = setting.texts, _values(shown, verdict, setting)
    if setting.overriding is not None and setting.overriding is verdict.reason:
        yield Line(texts("override_not_allowed"), Weight.STRONG)
    asks = verdict.outcome is Outcome.ASK
    if asks:
        yield from _ask_lines(shown, verdict, setting)
    # What the detail tells (when, where, how many) needs no line of its own any more.
    told = fields_of(said.detail) if fields_of(said.detail) <= values.keys() else frozenset[str]()
    if verdict.reason is not Reason.CHOOSE and said.sentence:  # its buttons say more, and need the room
        yield Line(told_whole(said.told(values)), Weight.STRONG)  # what to do is read before who it is
    if shown.first_use is not None and "time" not in told:
        yield Line(_first_use(shown.first_use, setting), Weight.STRONG)
    yield from _undecided_lines(verdict, setting)
    yield from _hint_lines(shown, verdict, setting, told)
    if shown.product:
        yield Line(what_of(shown, verdict, texts))
    if not setting.unattended:
        yield from kept_lines(shown.kept, texts)
    if not asks:
        yield from _holder_lines(shown, setting)


def _undecided_lines(verdict: Verdict, setting: Setting) -> Iterator[Line]:
    """Conflicts of the ticket that a supervisor has yet to decide: staff's to settle, a guest alone cannot."""
    if setting.unattended:
        return
    kinds = sorted(verdict.undecided, key=lambda kind: kind in _NOTHING_TO_ASK)  # what is to be asked comes first
    told = kinds if len(kinds) <= UNDECIDED_MAX else kinds[: UNDECIDED_MAX - 1]
    for kind in told:
        yield Line(setting.texts(f"undecided_{kind}"), Weight.STRONG)
    if told != kinds:
        yield Line(setting.texts("undecided_more", n=len(kinds) - len(told)), Weight.STRONG)


def _ask_lines(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Line]:
    """Whom it is about, and what to look at before anything is decided."""
    texts = setting.texts
    if verdict.direction is Direction.OUT:
        yield Line(texts("asks_out"), Weight.STRONG)
    yield from (replace(line, weight=Weight.STRONG) for line in _holder_lines(shown, setting))
    if _looks_unsaid(shown, setting):
        yield Line(texts("attend_guest"), Weight.STRONG)
    if not setting.unattended:
        yield from _product_lines(shown, verdict, texts)


def _looks_unsaid(shown: Shown, setting: Setting) -> bool:
    """Whether the ticket asks to look at something that has no words here, of a later version's making.

    Once it was confirmed there is nothing to look at any more, nor at a stand, where the ticket is not the matter.
    """
    holder = shown.holder
    asks = holder is not None and holder.wants_look and not (holder.attention or shown.attention)
    return asks and setting.kind is PointKind.GATE and not setting.unattended


def _hint_lines(shown: Shown, verdict: Verdict, setting: Setting, told: frozenset[str]) -> Iterator[Line]:
    texts, hint = setting.texts, verdict.hint
    if hint.from_ms is not None and told.isdisjoint({"time", "from"}):
        yield Line(texts("from_when", when=texts.when(hint.from_ms, setting.zone, setting.now_ms)))
    if hint.until_ms is not None:
        is_hours = verdict.reason is Reason.WRONG_TIME  # of the point, not of the ticket
        yield Line(
            texts(
                "open_until" if is_hours else "until_when", when=texts.when(hint.until_ms, setting.zone, setting.now_ms)
            )
        )
    if shown.points and ("point" not in told or shown.first_use is not None):
        yield Line(texts("go_to", points=_joined(shown.points, texts)), Weight.STRONG)
    if hint.left_today is not None and "left" not in told:
        yield Line(texts("left_today", left=hint.left_today))
    if setting.unattended and verdict.reason is Reason.ALREADY_INSIDE and verdict.fewer:
        yield Line(texts("left", left=verdict.fewer))


def _name_lines(shown: Shown, texts: Texts) -> Iterator[Line]:
    if shown.holder is not None:
        plate = plate_words(shown.holder.plate, texts)
        plate = f" · {plate}" if plate else ""
        yield Line(shown.holder.name + plate, Weight.STRONG)


def _holder_lines(shown: Shown, setting: Setting) -> Iterator[Line]:
    """Who it is; and what staff noted of them, where staff stands and nobody else reads it."""
    texts = setting.texts
    yield from _name_lines(shown, texts)
    if setting.unattended:
        return
    if shown.holder is None:
        if shown.code_end:  # else each of those sold since the list looks like the one before
            yield Line(texts("undone_code", end=shown.code_end))
        return
    if shown.holder.attention:
        yield Line(shown.holder.attention, Weight.STRONG, is_note=True)


def plate_words(plate: str | None, texts: Texts) -> str:
    """What it is and the plate itself, read as a whole: no blank of it becomes the end of a line."""
    return texts("plate", plate=plate_shown(plate)).replace(" ", UNBROKEN) if plate else ""


def _used_at(use: FirstUse, setting: Setting) -> str:
    """What was used here a moment ago may be of the guest before: then a minute of the clock says too little."""
    if use.here and use.ago_ms is not None and 0 <= use.ago_ms <= JUST_NOW_MS:
        return setting.texts("just_now", age=setting.texts("age_seconds", n=use.ago_ms // 1000))
    return setting.texts.when(use.time_ms, setting.zone, setting.now_ms)


def _first_use(use: FirstUse, setting: Setting) -> str:
    when = _used_at(use, setting)
    return setting.texts("first_use", when=when, where=_where(use, setting.texts))


def _where(use: FirstUse, texts: Texts) -> str:
    if use.here:
        return texts("first_use_here")
    point = texts.name(use.point)
    return texts("first_use_device", point=point, device=use.device) if use.device else point


def _values(shown: Shown, verdict: Verdict, setting: Setting) -> dict[str, str]:
    """What a sentence may speak of, as far as it is known."""
    texts, values = setting.texts, dict[str, str]()
    if shown.first_use is not None:
        values["time"] = _used_at(shown.first_use, setting)
        values["point"] = _where(shown.first_use, texts)
    elif verdict.hint.from_ms is not None:
        values["time"] = texts.when(verdict.hint.from_ms, setting.zone, setting.now_ms)
    if verdict.hint.from_ms is not None:
        values["from"] = texts.when(verdict.hint.from_ms, setting.zone, setting.now_ms)
    if "point" not in values and shown.points:
        values["point"] = _joined(shown.points, texts)
    left = verdict.fewer or (verdict.hint.left_today if verdict.hint.left_today is not None else shown.left)
    if left is not None:
        values["left"] = str(left)
    return values


def _joined(points: Iterable[Names], texts: Texts) -> str:
    return ", ".join(map(texts.name, points))
