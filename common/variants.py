"""Sizes, colours, departures: which variants of an item were bought, handed out, and are left.

They never bear on a verdict: rights are counted per product. What is said here tells a hostess which one to hand out.
Where entries do not say which of several went before, nothing is chosen for them: any of those may be left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cbor2

from common import cbor
from common.bodies import HandedLine
from common.decision import Ledger
from common.facts import UseKind
from common.ids import ProductNo

Pieces = tuple[tuple[str, int], ...]  # (variant's key, pieces), in the catalogue's order
_BOUGHT_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True)
class Bought:
    """So many pieces of one variant, bought with a ticket."""

    product: ProductNo
    variant: str
    quantity: int


def pack_bought(lines: Iterable[tuple[int, int]]) -> bytes:
    """The bytes for `purchases.lines`: number of a variant and how many pieces, one after the other."""
    return cbor2.dumps([part for line in lines for part in line])


def bought_of(packed: bytes, variants: Mapping[int, tuple[int, str]]) -> tuple[Bought, ...] | None:
    """What `pack_bought` packed; `variants` gives product and key of a number. None where it cannot be read."""
    plain = cbor.decode(packed, _BOUGHT_BYTES_MAX)
    parts = [part for part in plain if isinstance(part, int)] if isinstance(plain, list) else []
    if not isinstance(plain, list) or len(parts) != len(plain) or len(parts) % 2 or any(part < 1 for part in parts):
        return None
    pairs = zip(parts[::2], parts[1::2], strict=True)
    found = ((variants.get(no), quantity) for no, quantity in pairs)
    return tuple(Bought(ProductNo(known[0]), known[1], quantity) for known, quantity in found if known is not None)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a product: of each variant so many at most, and how many together."""

    most: Pieces = ()
    total: int = 0

    @property
    def is_known(self) -> bool:
        """Whether `most` is what is left; else it is some of these, and nobody noted which of them went."""
        return sum(pieces for _, pieces in self.most) == self.total

    def without(self, taken: Iterable[tuple[str, int]]) -> Left:
        """What is left after these were handed out."""
        there, total = dict(self.most), self.total
        for variant, pieces in taken:
            there[variant] = there.get(variant, 0) - pieces
            total -= pieces
        return _left_of(there, total)


def left_by_variant(bought: Iterable[Bought], product: ProductNo, ledger: Ledger, order: Sequence[str]) -> Left:
    """How many of each variant of a product are left to be handed out, in the catalogue's order.

    A use that does not say what it handed out took any of what is left beside the others.
    """
    left = _counted(bought, product, order)
    handed, untold = dict(ledger.handed), 0
    for use in ledger.counted:
        if use.product != product or use.kind is UseKind.EXIT:
            continue
        lines = handed.get(use.ref.digest, ())
        told = sum(line.quantity for line in lines) - sum(_take(left, line) for line in lines)
        untold += max(0, use.quantity - told)  # an entry may say more pieces than its use has
    return _left_of(left, sum(left.values()) - untold)


def _left_of(there: Mapping[str, int], total: int) -> Left:
    most = ((variant, min(pieces, total)) for variant, pieces in there.items())
    return Left(tuple((variant, pieces) for variant, pieces in most if pieces > 0), max(0, total))


def first_of(left: Pieces, quantity: int) -> Pieces:
    """So many pieces of the first variants there are, as far as they go: handed out unless a person chooses."""
    taken: list[tuple[str, int]] = []
    for variant, there in left:
        now = min(there, quantity)
        if now > 0:
            taken.append((variant, now))
            quantity -= now
    return tuple(taken)


def lines_for(given: Sequence[str], left: Pieces) -> tuple[HandedLine, ...]:
    """What an entry says of pieces handed out: each stands for a variant left of its own, else for the first left."""
    there = dict(left)
    strange: list[str] = []
    lines: dict[tuple[str, str | None], int] = {}
    for variant in given:
        if there.get(variant, 0) > 0:
            there[variant] -= 1
            lines[variant, None] = lines.get((variant, None), 0) + 1
        else:
            strange.append(variant)
    for variant in strange:
        bought = next((key for key, quantity in there.items() if quantity > 0), None)
        if bought is not None:
            there[bought] -= 1
        lines[variant, bought] = lines.get((variant, bought), 0) + 1
    return tuple(HandedLine(variant, quantity, bought) for (variant, bought), quantity in lines.items())


def _counted(bought: Iterable[Bought], product: ProductNo, order: Sequence[str]) -> dict[str, int]:
    """Pieces bought by variant: those the catalogue has in its order, then any others by their key."""
    total: dict[str, int] = {}
    for one in bought:
        if one.product == product:
            total[one.variant] = total.get(one.variant, 0) + one.quantity
    place = {key: at for at, key in enumerate(order)}
    return {key: total[key] for key in sorted(total, key=lambda key: (place.get(key, len(place)), key))}


def _take(left: dict[str, int], line: HandedLine) -> int:
    """Take what a line handed out; how many pieces of it stand for no variant that is left."""
    key = line.bought or line.variant
    now = min(left.get(key, 0), line.quantity)
    if now:
        left[key] -= now
    return line.quantity - now
