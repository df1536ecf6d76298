"""Which rules stand behind which reason: what to show beside a verdict.

The other reasons are about the pass, its order or its history; no rule of a point or product stands behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common.decision import Reason
from common.rule_texts.statements import Rule

_TIMES: Final = frozenset({Rule.HOURS, Rule.TIMES, Rule.FIRST_TIMES, Rule.LATER_TIMES})

RULES_BEHIND: Final[Mapping[Reason, frozenset[Rule]]] = {
    Reason.HISTORY_INCOMPLETE: frozenset({Rule.OFFLINE_ASK, Rule.OFFLINE_REFUSE, Rule.VIEW_AGE}),
    Reason.WRONG_POINT: frozenset({Rule.SERVES, Rule.SERVES_NOTHING, Rule.OUT_ONLY, Rule.NO_WAY}),
    Reason.WRONG_LANE: frozenset({Rule.LANES, Rule.NO_LANE, Rule.WALKING, Rule.RIDING}),
    Reason.WRONG_DAY: _TIMES,
    Reason.WRONG_TIME: _TIMES,
    Reason.NO_EXIT_HERE: frozenset({Rule.IN_ONLY, Rule.NO_WAY, Rule.STAND}),
    Reason.NOTHING_LEFT: frozenset({Rule.ONCE, Rule.IN_ALL, Rule.QUANTITY}),
    Reason.ALREADY_TODAY: frozenset({Rule.ONCE_PER_DAY}),
    Reason.LIMIT_TODAY: frozenset({Rule.PER_DAY, Rule.QUANTITY_PER_DAY}),
    Reason.DAYS_USED_UP: frozenset({Rule.ON_DAYS}),
    Reason.ALREADY_INSIDE: frozenset({Rule.IN_OUT}),
    Reason.TOO_SOON: frozenset({Rule.MIN_GAP}),
    Reason.AFTER_FIRST_USE_WINDOW: frozenset({Rule.FIRST_USE}),
    Reason.RULE_UNEVALUABLE: frozenset({Rule.UNKNOWN_RULE, Rule.ASKED_UNKNOWN}),
    Reason.UNPAID: frozenset({Rule.PAID}),
    Reason.QUESTIONS: frozenset({Rule.ASKED, Rule.ASKED_OPTIONAL, Rule.ASKED_BEFORE, Rule.ASKS_SOMETHING}),
    Reason.CONFIRM: frozenset({Rule.CONFIRM, Rule.LOOK}),
}
