"""How many of a party pass a gate: up to how many, where the stepper begins, and the words. No Kivy, no I/O."""

from __future__ import annotations

from typing import Final

from common.decision import Direction, Outcome, Reason, Verdict
from common.rules import PointKind
from kiosk.shown import OfferedChoice, Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Button, Choose
from kiosk.ui.telling import Setting

QUANTITY_MAX: Final = 99
CONFIRMED: Final = frozenset({Reason.CONFIRM, Reason.HISTORY_INCOMPLETE})


def quantity_most(shown: Shown, verdict: Verdict, setting: Setting) -> int | None:
    """Up to how many can be asked for, where it is more than one: of a party at a gate, of anything at a stand."""
    wants = verdict.outcome is Outcome.ASK and verdict.reason in {*CONFIRMED, Reason.CHOOSE}
    if not wants or setting.unattended:
        return None
    if setting.kind is PointKind.GATE:
        party = party_of(shown)
        return None if party is None else min(party.choice.at_once, QUANTITY_MAX)
    most = max((offer.choice.most or 1 for offer in shown.choices), default=1)
    return min(most, QUANTITY_MAX) if most > 1 else None


def quantity_first(shown: Shown, setting: Setting) -> int | None:
    """Where the stepper begins at a gate: at all who may come, or who are inside. At a stand at what was asked for."""
    party = party_of(shown) if setting.kind is PointKind.GATE else None
    return None if party is None else min(party.choice.expected, party.choice.at_once, QUANTITY_MAX)


def party_of(shown: Shown) -> OfferedChoice | None:
    """The one thing that can be used here, if it is for several at once; which of several comes first otherwise."""
    only = shown.choices[0] if len(shown.choices) == 1 else None
    return only if only is not None and only.choice.at_once > 1 else None


def asks_how_many(shown: Shown, verdict: Verdict, setting: Setting) -> bool:
    """Whether nothing but the number is open."""
    is_choice = verdict.outcome is Outcome.ASK and verdict.reason is Reason.CHOOSE
    return is_choice and setting.kind is PointKind.GATE and party_of(shown) is not None


def how_many_words(verdict: Verdict, texts: Texts) -> str:
    """What is asked."""
    return texts("how_many_out" if verdict.direction is Direction.OUT else "how_many_in")


def party_button(party: OfferedChoice, verdict: Verdict, texts: Texts) -> Button:
    """All over the screen's width: what is done, and with as many as the stepper says."""
    choice = party.choice
    known = "" if choice.most is None else texts("left", left=choice.most)
    if choice.inside is not None:
        known = texts.pair(texts("inside"), texts.number(choice.inside))
    word = texts("word_let_out" if verdict.direction is Direction.OUT else "word_admit")
    detail = " · ".join(filter(None, (texts.name(party.names), known)))
    return Button(Choose(choice.product), word, detail, most=choice.at_once, counts=True)
