"""A pass that nobody bought, tried before doors: is a real one recognised, and what becomes of one of each product.

Nothing of it is written down: it is signed by a key that is thrown away, and decided about with no journal at hand.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from nacl.exceptions import CryptoError

from common.decide import decide
from common.decimal_text import to_decimal
from common.decision import (
    Direction,
    Ledger,
    Moment,
    NotVerified,
    Outcome,
    Place,
    Reason,
    Request,
    TicketView,
    Verdict,
    VerifiedPass,
)
from common.errors import InvariantError
from common.ids import EventUid, ProductNo, TicketId
from common.keys import KeyList, KeyRing, KeyUse, SigningKey, key_entry
from common.passes import Pass, sign_pass
from common.rules import ProductKind
from common.scan_text import read_text
from common.ticket_code import TicketCode, code_hash

log = logging.getLogger(__name__)
PRODUCTS_MAX: Final = 200  # a point serves some ten; each takes a tenth of a millisecond
STEPS_MAX: Final = 16  # openings of a product that are looked at until one admits
FOR_EVER_S: Final = 10 * 365 * 86_400
_TIMES: Final = frozenset({Reason.WRONG_DAY, Reason.WRONG_TIME})
_TICKET: Final = TicketId(bytes(8))
_CODE: Final = TicketCode(bytes(10))


@dataclass(frozen=True, slots=True)
class Tried:
    """What becomes of a pass with this product: `now`, and at the next moment that is no wrong day or hour, if any."""

    product: ProductNo
    now: Verdict
    last: Verdict  # at the last moment that was looked at
    at_ms: int  # that moment, ms UTC

    @property
    def is_refused(self) -> bool:
        """Whether it is refused at a moment when it should be good."""
        return self.last.outcome is Outcome.REFUSE and self.last.reason not in _TIMES

    @property
    def opens_ms(self) -> int | None:
        """When it is admitted or asked about: the moment of the check, or a later one; None: never again."""
        return None if self.last.outcome is Outcome.REFUSE else self.at_ms

    @property
    def ended_ms(self) -> int | None:
        """Since when its time is over, as far as that is known."""
        return self.last.hint.until_ms


def is_real_recognised(event: EventUid, now_s: int) -> bool:
    """Whether a pass that was really signed reads as what it is, and one with another signature as a fake."""
    try:
        key = SigningKey.generate()
        entry = key_entry(KeyUse.PASS, key.verify_key.raw, event)
        ring = KeyRing(KeyList(1, event, now_s, (entry,)))
        raw = sign_pass(_unsigned(event, now_s, key.kid), key)
        real, forged = (read_text(to_decimal(one), ring, now_s) for one in (raw, _with_other_signature(raw)))
    except (CryptoError, InternalError, UnsupportedAlgorithm, InvariantError, RuntimeError, ValueError) as error:
        log.warning("signatures cannot be made or checked here: %s: %s", type(error).__name__, error)
        return False
    return real == _read(event, now_s, ProductNo(1), ()) and forged == NotVerified(Reason.BAD_SIGNATURE)


def try_products(place: Place, event: EventUid, now: Moment) -> Iterator[Tried]:
    """What becomes of a pass with each product that this place serves, in its order."""
    point = place.point
    direction = Direction.IN if point.lets_in or not point.lets_out else Direction.OUT
    for product in point.serves[:PRODUCTS_MAX]:
        scan, heard = _sample(place, event, product, now.now_ms)
        yield _try(place, scan, heard, Request(direction=direction, product=product), now)


def _try(place: Place, scan: VerifiedPass, heard: TicketView, request: Request, now: Moment) -> Tried:
    """Decide now, and as long as it is the wrong day or hour at the next opening that the verdict names."""
    first = last = decide(scan, heard, Ledger(), request, place, now)
    at_ms = now.now_ms
    for _ in range(STEPS_MAX):
        next_ms = last.hint.from_ms
        if last.outcome is not Outcome.REFUSE or last.reason not in _TIMES or next_ms is None or next_ms <= at_ms:
            break
        at_ms = next_ms
        last = decide(scan, heard, Ledger(), request, place, replace(now, now_ms=at_ms))
    return Tried(request.product or ProductNo(0), first, last, at_ms)


def _sample(place: Place, event: EventUid, product: ProductNo, now_ms: int) -> tuple[VerifiedPass, TicketView]:
    """A paid ticket that was heard of, with one piece of the product; an item goes with any ticket."""
    rules = place.products.get(product)
    is_ticket = rules is not None and rules.kind is ProductKind.TICKET
    tickets = (no for no, one in place.products.items() if one.kind is ProductKind.TICKET)
    admits = product if is_ticket else next(tickets, ProductNo(0))
    items = () if is_ticket else ((product, 1),)
    scan = _read(event, now_ms // 1000, admits, items)
    times = tuple((no, now_ms) for no, _ in items)
    heard = TicketView(
        _TICKET, 0, scan.code_hash, (), admits, now_ms, items, times, cancelled=False, blocked=False, paid=True
    )
    return scan, heard


def _unsigned(event: EventUid, now_s: int, kid: bytes) -> Pass:
    return Pass(event, _TICKET, _CODE, 0, now_s, now_s + FOR_EVER_S, None, ProductNo(1), (), kid)


def _read(event: EventUid, now_s: int, product: ProductNo, items: tuple[tuple[ProductNo, int], ...]) -> VerifiedPass:
    """The pass as a kiosk reads it."""
    hashed = code_hash(_CODE)
    return VerifiedPass(event, _TICKET, _CODE, hashed, 0, now_s, None, now_s + FOR_EVER_S, product, items)


def _with_other_signature(raw: bytes) -> bytes:
    """The signature stands last."""
    return raw[:-1] + bytes([raw[-1] ^ 1])
