"""What a scanned or typed text is: pass, ticket code, staff badge, enrolment, or nothing of ours. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from common import cbor
from common.badges import Badge, open_badge
from common.decimal_text import DecimalFault, from_decimal
from common.decision import FoundTicket, NotVerified, Reason, Scan, TypedCode, VerifiedPass
from common.enrolment import Enrolment, parse_enrolment
from common.envelope import EnvelopeFault
from common.ids import EventUid
from common.keys import KeyRing, KeyUse
from common.passes import Pass, PassFault, open_pass
from common.ticket_code import TicketCode, code_hash, parse_code

_REASONS = {
    PassFault.MALFORMED: Reason.MALFORMED,
    PassFault.UNKNOWN_KEY: Reason.UNKNOWN_KEY,
    PassFault.BAD_SIGNATURE: Reason.BAD_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class ExpiredBadge:
    """A staff badge of this event whose time is over."""

    name: str


Content = Scan | Badge | ExpiredBadge | Enrolment


def read_text(text: str, ring: KeyRing, now_s: int) -> Content:
    """What the text is. Never raises; whatever is nothing of ours is `NotVerified` with its reason.

    `now_s` judges badges only: whether a pass is valid now is the decision's business.
    """
    raw = from_decimal(text)
    if not isinstance(raw, DecimalFault):
        return _read_bytes(raw, ring, now_s, text)
    if raw is DecimalFault.TOO_LONG:
        enrolment = parse_enrolment(text)
        return enrolment if isinstance(enrolment, Enrolment) else NotVerified(Reason.MALFORMED)
    code = parse_code(text)
    return TypedCode(code, code_hash(code)) if isinstance(code, bytes) else NotVerified(Reason.MALFORMED)


def is_whole(text: str) -> bool:
    """Whether the text is built like a code of ours from end to end, real or not: of a torn one that never holds."""
    raw = from_decimal(text)
    if isinstance(raw, DecimalFault):
        is_built = raw is DecimalFault.TOO_LONG and isinstance(parse_enrolment(text), Enrolment)
    else:
        is_built = isinstance(cbor.decode(raw, len(raw)), list)
    return is_built or isinstance(parse_code(text), bytes)


def _read_bytes(raw: bytes, ring: KeyRing, now_s: int, text: str) -> Content:
    found = open_pass(raw, ring.finder(KeyUse.PASS))
    if isinstance(found, Pass):
        return _verified(found, ring)
    if found is not PassFault.MALFORMED:
        return NotVerified(_REASONS[found])
    badge = _badge(raw, ring, now_s)
    if badge is not None:
        return badge
    enrolment = parse_enrolment(text)
    if isinstance(enrolment, Enrolment):
        return enrolment
    code = parse_code(text)  # a code may happen to have digits only
    return TypedCode(code, code_hash(code)) if isinstance(code, bytes) else NotVerified(Reason.MALFORMED)


def _badge(raw: bytes, ring: KeyRing, now_s: int) -> Badge | ExpiredBadge | NotVerified | None:
    badge = open_badge(raw, ring.key_list.event_uid, ring.own_finder(KeyUse.BADGE))
    if isinstance(badge, Badge):
        return ExpiredBadge(badge.name) if badge.has_expired(now_s) else badge
    if badge is EnvelopeFault.UNKNOWN_KEY:
        return NotVerified(Reason.UNKNOWN_KEY)
    return NotVerified(Reason.BAD_SIGNATURE) if badge is EnvelopeFault.BAD_SIGNATURE else None


def _verified(found: Pass, ring: KeyRing) -> VerifiedPass | NotVerified:
    entry = ring.entry(KeyUse.PASS, found.kid)
    if found.event != ring.key_list.event_uid:
        return NotVerified(Reason.TEST_PASS if entry is not None and entry.is_test else Reason.WRONG_EVENT)
    return VerifiedPass(
        event=found.event,
        ticket=found.ticket,
        code=found.code,
        code_hash=code_hash(found.code),
        generation=found.generation,
        signed_s=found.signed_s,
        not_before_s=found.not_before_s,
        expires_s=found.expires_s,
        product=found.product,
        items=found.items,
        key_withdrawn=entry is not None and entry.is_withdrawn(),
    )


def code_of(scan: Scan) -> TicketCode | None:
    """The ticket code that was read, the secret of the pass; None where nothing was verified."""
    return None if isinstance(scan, NotVerified | FoundTicket) else TicketCode(scan.code)


def event_of(ring: KeyRing) -> EventUid:
    """The event whose keys these are."""
    return ring.key_list.event_uid
