"""What a voucher takes off a basket, spread over its lines: pure, in whole minor units.

Each line's share lies at the line's own tax rate, so the tax of what was sold is right without looking at the discount
again. Shares are whole and their sum is exactly what is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import require

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Priced:
    """A line before discounts: its own number, its product, how many, what one costs."""

    line_id: int
    product_no: int
    quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How much is taken off, and of what.

    `products` empty: of everything. `pieces_max`: of so many pieces, the dearest first.
    """

    percent_bp: int
    amount_minor: int
    products: frozenset[int]
    pieces_max: int | None


def spread(lines: Sequence[Priced], terms: Terms) -> dict[int, int]:
    """Line -> what is taken off it (above zero), never more than the line costs.

    A percentage is taken of the sum and rounded half up once; an amount is taken once, at most the sum.
    """
    bases = _bases(lines, terms)
    total = sum(bases.values())
    off = (
        min(terms.amount_minor, total)
        if terms.amount_minor
        else (total * terms.percent_bp * 2 + WHOLE_BP) // (2 * WHOLE_BP)
    )
    shares = _shares(bases, min(off, total))
    require(sum(shares.values()) == min(off, total), "the shares of a discount do not make the whole")
    return {line_id: share for line_id, share in shares.items() if share}


def _bases(lines: Sequence[Priced], terms: Terms) -> dict[int, int]:
    """Line -> the amount of it that is made cheaper."""
    left = terms.pieces_max
    bases: dict[int, int] = {}
    for line in sorted(lines, key=lambda line: (-line.price_minor, line.line_id)):
        if terms.products and line.product_no not in terms.products:
            continue
        pieces = line.quantity if left is None else min(line.quantity, left)
        left = None if left is None else left - pieces
        if pieces and line.price_minor:
            bases[line.line_id] = pieces * line.price_minor
    return bases


def _shares(bases: dict[int, int], off: int) -> dict[int, int]:
    """Shares in proportion, rounded down; the units left over go to the largest remainders."""
    total = sum(bases.values())
    if not total:
        return {}
    shares = {line_id: off * base // total for line_id, base in bases.items()}
    by_remainder = sorted(bases, key=lambda line_id: (-(off * bases[line_id] % total), line_id))
    for line_id in by_remainder[: off - sum(shares.values())]:
        shares[line_id] += 1
    return shares
