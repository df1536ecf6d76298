"""From a verdict to the body of the entry that is written. No I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from common.answers import WHY_KEY, GivenAnswers, encode_answers
from common.badges import proof_of_badge
from common.bodies import HEADS_PER_ENTRY_MAX, Exit, Flag, KioskBody, Note, Override, Redeem, Refuse
from common.decision import Direction, FoundTicket, Ledger, NotVerified, Request, Scan, TicketView, TypedCode, Verdict
from common.errors import require
from common.ids import AreaNo, DeviceId, Digest, EventDay, EventUid, PointNo, ProductNo, Ref, RunId, TicketId
from common.marks import LACKED_CAUSES
from common.scan_text import code_of
from common.sealing import seal_to_server
from common.ticket_code import proof_of_scan
from kiosk.unsealing import Unsealed

WHY_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """One scan with its verdict and what it was based on."""

    scan: Scan
    text: str
    ticket: TicketId | None
    view: TicketView | None
    ledger: Ledger
    request: Request
    verdict: Verdict
    point: PointNo
    proof_key: bytearray | None = field(default=None, repr=False)  # of badge and PIN, where no code was read
    unsealed: Unsealed | None = field(default=None, repr=False)  # where it was needed to decide
    now_ms: int | None = None  # when it was decided

    @property
    def generation(self) -> int | None:
        """The generation whose code was read."""
        if isinstance(self.scan, TypedCode | FoundTicket):
            return None if self.view is None else self.view.generation
        return None if isinstance(self.scan, NotVerified) else self.scan.generation


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: goes into the proof of scan."""

    event: EventUid
    device: DeviceId


def use_body(judged: Judged, writer: Writer, run: RunId, number: int, *, clock_doubtful: bool) -> KioskBody:
    """The redeem, exit or override that an ADMIT stands for. Raises InvariantError for any other verdict."""
    verdict, ticket, generation = judged.verdict, judged.ticket, judged.generation
    product, area, day = verdict.product, verdict.area, verdict.day
    require(
        ticket is not None and generation is not None and product is not None and area is not None and day is not None,
        "an ADMIT that does not say what is to be written",
    )
    return _use(judged, writer, run, number, _flags(judged, clock_doubtful=clock_doubtful))


def _use(judged: Judged, writer: Writer, run: RunId, number: int, flags: tuple[int, ...]) -> KioskBody:
    verdict, proof = judged.verdict, _proof(judged, writer, run, number)
    ticket, generation = judged.ticket or TicketId(b""), judged.generation or 0
    product, area = verdict.product or ProductNo(0), verdict.area or AreaNo(0)
    day, seen = verdict.day or EventDay(0), judged.ledger.heads[:HEADS_PER_ENTRY_MAX]
    if verdict.direction is Direction.OUT:
        return Exit(ticket, generation, product, judged.point, area, day, seen, proof, flags)
    quantity = verdict.quantity
    if verdict.overridden is not None:
        reason, why = verdict.overridden.value, ""  # why goes along sealed: see why_answered
        return Override(ticket, generation, product, quantity, judged.point, area, day, seen, proof, reason, why, flags)
    return Redeem(ticket, generation, product, quantity, judged.point, area, day, seen, proof, flags)


def _proof(judged: Judged, writer: Writer, run: RunId, number: int) -> bytes | None:
    """That the code was read; of a ticket found by name, that badge and PIN were here, which only the server checks."""
    code = code_of(judged.scan)
    if code is not None:
        return proof_of_scan(code, writer.event, writer.device, run, number)
    if judged.proof_key is None or judged.ticket is None:
        return None
    return proof_of_badge(judged.proof_key, judged.ticket, writer.device, run, number)


def why_answered(judged: Judged) -> tuple[tuple[str, str], ...]:
    """What a person typed who overrode, as an answer: it may name anybody, so it is sealed like one."""
    if judged.verdict.overridden is None:
        return ()
    return ((WHY_KEY, judged.request.override_why[:WHY_CHARACTERS_MAX]),)


def answer_bodies(judged: Judged, use: Ref, answers: tuple[tuple[str, str], ...], seal: bytes) -> tuple[Note, ...]:
    """Notes with the answers given for a use, sealed to the server: nobody else can read them, this kiosk neither."""
    product = judged.verdict.product or ProductNo(0)
    plain = encode_answers(GivenAnswers(use, product, answers))
    return tuple(Note(judged.ticket, seal_to_server(seal, one)) for one in plain)


def refusal_body(judged: Judged) -> Refuse:
    """The refusal. Of a foreign code only the digest is kept."""
    day = judged.verdict.day or EventDay(0)
    content = None
    if judged.ticket is None:
        content = Digest(hashlib.sha256(judged.text.encode("utf-8", "surrogatepass")).digest()[:16])
    return Refuse(judged.ticket, judged.generation, content, judged.verdict.reason.value, judged.point, day)


def _flags(judged: Judged, *, clock_doubtful: bool) -> tuple[int, ...]:
    flags = {int(flag) for flag in (*judged.verdict.flags, *judged.verdict.marks)}
    if judged.ledger.lacks_causes:
        flags.add(LACKED_CAUSES)
    if clock_doubtful:
        flags.add(int(Flag.CLOCK_DOUBTFUL))
    return tuple(sorted(flags))
