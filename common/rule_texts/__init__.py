"""Rules in words: what holds at a point and for a product, in six languages, one catalogue each.

Rules become typed statements, a statement becomes a text. Whoever shows them says how moments, days, times of day and
numbers are written, and what things are called: a kiosk and a server have their own ways for that.
"""

from __future__ import annotations

from common.rule_texts.behind import RULES_BEHIND
from common.rule_texts.naming import Called, called_in
from common.rule_texts.statements import Rule, Statement, point_statements, product_statements
from common.rule_texts.telling import CATALOGUES, LANGUAGES, Part, Speaker, told

__all__ = [
    "CATALOGUES",
    "LANGUAGES",
    "RULES_BEHIND",
    "Called",
    "Part",
    "Rule",
    "Speaker",
    "Statement",
    "called_in",
    "point_statements",
    "product_statements",
    "told",
]
