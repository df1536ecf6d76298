"""Doubles: admissions by devices that had not heard each other. Pure, the same on the server and on every kiosk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from common.facts import UseFact, UseKind
from common.ids import Digest, ProductNo
from common.leaving import leaving
from common.marks import is_in_out, lacked_causes, total_of

USES_COMPARED_MAX = 500  # of one ticket, the latest: who had heard of whom costs their square


@dataclass(frozen=True, slots=True)
class Double:
    """`use` was made without knowing of `earlier`, an admission that was in its way."""

    use: UseFact
    earlier: UseFact


def doubles_among(
    products: Collection[ProductNo] | None, counted: Sequence[UseFact], known: Iterable[UseFact]
) -> tuple[Double, ...]:
    """Admissions that did not know of an earlier one which was in their way.

    That is one in the same area on the same day and, of a ticket good for so many admissions in all, one on any day
    that used it up. Where an exit gives the way back in, as many as went out stand in nobody's way.

    `products` are those the ticket is or was; None where nothing is stated of it (a restored server forgot the sale),
    so that each may be the ticket itself. `counted` in the ledger's order; `known` are all uses, those that do not
    count too: who saw a struck use saw what that one had seen. No rule of the catalogue is asked, as rules of now must
    not judge uses of then: what the rule allowed is marked in the use. A device that had heard of the other admission
    let its own rules decide; one that had not could not.
    """
    moves = [use for use in counted[-USES_COMPARED_MAX:] if products is None or use.product in products]
    if sum(use.kind is not UseKind.EXIT for use in moves) < 2:
        return ()
    causes = {use.ref.digest: use.seen for use in known}
    last: dict[tuple[int, int], UseFact] = {}
    before: list[UseFact] = []
    gone_out: dict[tuple[int, int], int] = {}  # how many since the last admission
    found: list[Double] = []
    for use in moves:
        place = (use.area, use.day)
        if use.kind is UseKind.EXIT:
            gone_out[place] = gone_out.get(place, 0) + leaving(use.flags)
            continue
        if use.kind is UseKind.REDEEM:
            is_way_back = is_in_out(use.flags) and use.quantity <= gone_out.get(place, 0)
            inside = None if is_way_back else last.get(place)
            earlier = _unseen(use, (inside,) if inside else (), causes) or _used_up_by(use, before, causes)
            found += [Double(use, earlier)] if earlier else []
        last[place] = use
        gone_out.pop(place, None)
        before.append(use)
    return tuple(found)


def beyond_bought(
    items: Iterable[tuple[ProductNo, int]], admitting: Collection[ProductNo], counted: Iterable[UseFact]
) -> Iterator[tuple[UseFact, UseFact | None]]:
    """Uses of items past the quantity bought, each with the use of that item before it; `counted` in order.

    What a person answered for is none, but counts. `admitting` are products whose uses admit: others' business.
    """
    left: dict[ProductNo, int] = dict(items)
    before: dict[ProductNo, UseFact] = {}
    for use in counted:
        if use.product in admitting or use.kind is UseKind.EXIT:
            continue
        left[use.product] = left.get(use.product, 0) - use.quantity
        if left[use.product] < 0 and use.kind is UseKind.REDEEM:
            yield use, before.get(use.product)
        before[use.product] = use


def _used_up_by(use: UseFact, before: Sequence[UseFact], causes: Mapping[Digest, tuple[Digest, ...]]) -> UseFact | None:
    """The latest earlier admission its writer had not heard of, if all of them together are more than it allows."""
    allowed = total_of(use.flags)
    if allowed is None:
        return None
    earlier = [one for one in before if not allowed.per_area or one.area == use.area]
    if sum(one.quantity for one in earlier) + use.quantity <= allowed.count:
        return None
    return _unseen(use, earlier, causes)


def _unseen(use: UseFact, earlier: Sequence[UseFact], causes: Mapping[Digest, tuple[Digest, ...]]) -> UseFact | None:
    """The latest of these that the writer of a use had not heard of."""
    return next((one for one in reversed(earlier) if not has_seen(use, one.ref.digest, causes)), None)


def has_seen(use: UseFact, wanted: Digest, causes: Mapping[Digest, tuple[Digest, ...]]) -> bool:
    """Whether the writer knew of an entry: it named it, or, if it lacked nothing, one that had seen it."""
    if lacked_causes(use.flags):
        return wanted in use.seen
    passed: set[Digest] = set()
    ahead = list(use.seen)
    while ahead:
        digest = ahead.pop()
        if digest == wanted:
            return True
        if digest not in passed:
            passed.add(digest)
            ahead.extend(causes.get(digest, ()))
    return False
