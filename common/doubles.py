"""Doubles: admissions by devices that had not heard each other. Pure, the same on the server and on every kiosk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from common.facts import UseFact, UseKind
from common.ids import Digest, ProductNo

USES_COMPARED_MAX = 500  # of one ticket, the latest: who had heard of whom costs their square


@dataclass(frozen=True, slots=True)
class Double:
    """`use` was made without knowing of `earlier`, an admission in the same area on the same day."""

    use: UseFact
    earlier: UseFact


def doubles_among(
    product: ProductNo | None, counted: Sequence[UseFact], known: Iterable[UseFact]
) -> tuple[Double, ...]:
    """Admissions that did not know of an earlier one in the same area on the same day.

    `counted` in the ledger's order; `known` are all uses, those that do not count too: who saw a struck use saw what
    that one had seen. No rule of the catalogue is asked, as rules of now must not judge uses of then. A device that
    had heard of the other admission let its own rules decide; one that had not could not.
    """
    admissions = [
        use for use in counted[-USES_COMPARED_MAX:] if use.product == product and use.kind is not UseKind.EXIT
    ]
    if len(admissions) < 2:
        return ()
    before: dict[tuple[int, int], UseFact] = {}
    found: list[Double] = []
    causes = {use.ref.digest: use.seen for use in known}
    for use in admissions:
        earlier = before.get((use.area, use.day))
        if earlier is not None and use.kind is UseKind.REDEEM and not has_seen(use, earlier.ref.digest, causes):
            found.append(Double(use, earlier))
        before[use.area, use.day] = use
    return tuple(found)


def has_seen(use: UseFact, wanted: Digest, causes: Mapping[Digest, tuple[Digest, ...]]) -> bool:
    """Whether the writer knew of an entry, directly or through one that it named."""
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
