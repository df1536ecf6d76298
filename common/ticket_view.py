"""The fold of statements about one ticket: what was sold, what is blocked, which code is good.

Time never decides between statements that change a right; it only says which of pass and statement is newer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from common.decision import TicketView
from common.facts import BlockFact, CancelFact, DecideFact, EntitleFact, HandedFact, IssueFact, RedateFact, ReissueFact
from common.ids import Cause, CodeHash, ProductNo, Ref, TicketId

AboutTicket = IssueFact | ReissueFact | EntitleFact | CancelFact | BlockFact
S = TypeVar("S", BlockFact, ReissueFact, DecideFact, RedateFact, HandedFact)

# A cancellation without a quantity takes all there is: no ticket holds more of an item than this.
_ALL = 2**40


def heads(statements: Iterable[S]) -> tuple[S, ...]:
    """The statements of one subject that no known one replaces, by reference.

    Several are in force where their writers had not heard each other (a server restored from a backup). Digests rule
    out circles; should a broken one come, all hold rather than none.
    """
    known = {statement.ref: statement for statement in statements}
    gone = {ref for statement in known.values() for ref in statement.replaces}
    in_force = tuple(known[ref] for ref in sorted(known) if ref not in gone)
    return in_force or tuple(known[ref] for ref in sorted(known))


def view_of(ticket: TicketId, facts: Sequence[AboutTicket]) -> TicketView | None:
    """What the statements make of the ticket; None if there is no statement. Equal sets give equal views."""
    if not facts:
        return None
    issues = [fact for fact in facts if isinstance(fact, IssueFact)]
    reissues = [fact for fact in facts if isinstance(fact, ReissueFact)]
    entitles = [fact for fact in facts if isinstance(fact, EntitleFact)]
    cancels = [fact for fact in facts if isinstance(fact, CancelFact)]
    blocks = [fact for fact in facts if isinstance(fact, BlockFact)]
    # A ticket that is changed is issued once more, with its code and generation and the product it is from then on.
    latest = max(issues, key=lambda fact: (fact.time_ms, fact.ref), default=None)
    code, past = _codes(issues, reissues)
    product = None if latest is None else latest.product
    return TicketView(
        ticket=ticket,
        generation=0 if code is None else code.generation,
        code_hash=None if code is None else code.code_hash,
        past_codes=past,
        product=product,
        product_ms=0 if latest is None else latest.time_ms,
        items=_items(issues, entitles, cancels),
        items_ms=_items_ms(issues, entitles, cancels),
        cancelled=any(fact.product is None or fact.product == product for fact in cancels),
        blocked=any(fact.blocked for fact in heads(blocks)),
        paid=not issues or any(fact.paid for fact in issues),
        formers=() if len(issues) < 2 else tuple(sorted({fact.product for fact in issues} - {product})),
    )


def _codes(
    issues: Sequence[IssueFact], reissues: Sequence[ReissueFact]
) -> tuple[IssueFact | ReissueFact | None, tuple[CodeHash, ...]]:
    """The fact whose code is good, and every other code the ticket ever had.

    The highest (generation, identity, digest) wins, so that of two codes of one generation every device keeps the same.
    """
    in_force: list[IssueFact | ReissueFact] = [*issues, *heads(reissues)]
    if not in_force:
        return None, ()
    winner = max(in_force, key=lambda fact: (fact.generation, fact.ref))
    codes = {fact.code_hash for fact in issues} | {fact.code_hash for fact in reissues}
    codes.discard(winner.code_hash)
    return winner, tuple(sorted(codes))


def _once(rows: Iterable[tuple[Ref, Cause, ProductNo, int]]) -> dict[ProductNo, int]:
    """Quantities by product, each cause counted once.

    A restored server may state a cause a second time. Should the two differ, the least reference holds everywhere.
    """
    chosen: dict[tuple[Cause, ProductNo], tuple[Ref, int]] = {}
    for ref, cause, product, quantity in rows:
        key = (cause, product)
        chosen[key] = min(chosen.get(key, (ref, quantity)), (ref, quantity))
    total: dict[ProductNo, int] = {}
    for (_, product), (_, quantity) in chosen.items():
        total[product] = total.get(product, 0) + quantity
    return total


def _items(
    issues: Sequence[IssueFact], entitles: Sequence[EntitleFact], cancels: Sequence[CancelFact]
) -> tuple[tuple[ProductNo, int], ...]:
    issued = _once((fact.ref, fact.cause, product, n) for fact in issues for product, n in fact.items)
    granted = _once((fact.ref, fact.cause, fact.product, fact.quantity) for fact in entitles)
    taken = _once(
        (fact.ref, fact.cause, fact.product, _ALL if fact.quantity is None else fact.quantity)
        for fact in cancels
        if fact.product is not None
    )
    products = sorted(issued.keys() | granted.keys() | taken.keys())
    return tuple((p, max(0, issued.get(p, 0) + granted.get(p, 0) - taken.get(p, 0))) for p in products)


def _items_ms(
    issues: Sequence[IssueFact], entitles: Sequence[EntitleFact], cancels: Sequence[CancelFact]
) -> tuple[tuple[ProductNo, int], ...]:
    latest: dict[ProductNo, int] = {}
    said = [(product, fact.time_ms) for fact in issues for product, _ in fact.items]
    said += [(fact.product, fact.time_ms) for fact in entitles]
    said += [(fact.product, fact.time_ms) for fact in cancels if fact.product is not None]
    for product, time_ms in said:
        latest[product] = max(latest.get(product, time_ms), time_ms)
    return tuple(sorted(latest.items()))
