"""Facts as compact rows: how a snapshot holds what is known of one ticket, and back.

A ticket's facts are one CBOR array of rows, uses first. A use is
[code, product, point, area, day, run, number, time, digest, seen, generation, quantity, flags, proof]
with code = kind + 4 * (standing - 1), day and time counted from the file's base, defaults at the end left out. What
many uses share comes first and what is random last: in one piece each, zstd packs a file a tenth smaller than mixed.
What names a use of the same ticket gives its place in the array instead of its name. Rows of statements name them by
number; their identity, digest, cause and time stand once in the table `statements`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

import cbor2

from common import cbor
from common.bodies import HandedLine
from common.errors import InvariantError, RallygateError
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    EventFact,
    Fact,
    ForkedFact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import (
    AreaNo,
    Cause,
    CodeHash,
    DeviceId,
    Digest,
    EventDay,
    Identity,
    PointNo,
    ProductNo,
    Ref,
    RunId,
    TicketId,
)
from common.snapshot_format import Base, StatementRow

FACTS_BYTES_MAX = 4 * 1024 * 1024

RunOf = Callable[[DeviceId, RunId], int]  # the small number of a run; the caller makes new ones
StatementOf = Callable[[Ref], int]  # the number in `statements` of the statement with this reference
Runs = Mapping[int, tuple[bytes, bytes]]  # number -> (device, run)
Row = list[Any]


_USE_DEFAULTS: Row = [[], 0, 1, [], None]  # seen, generation, quantity, flags, proof
_USE_AREA, _USE_DAY_END = 3, 5  # area and day of a use stand together
_USE_DIGEST, _VOID_DIGEST = 8, 3  # places of the digest in a row


class RowKind(IntEnum):
    """First element of a row; 1 to 11 are uses."""

    LAST_USE = 11
    VOID = 13
    HANDED = 14  # begins as a void does, so that 0.1.0 finds its digest and passes over it
    ISSUE = 16
    REISSUE = 17
    ENTITLE = 18
    CANCEL = 19
    BLOCK = 20
    DECIDE = 21


class DamagedRows(RallygateError):
    """Rows of a snapshot cannot be read: the file is not what its manifest says, or its disk is damaged."""


# --- writing ------------------------------------------------------------------------------------


def pack_facts(facts: Iterable[Fact], base: Base, run_of: RunOf, statement_of: StatementOf) -> bytes:
    """The bytes for `tickets.facts`. Uses keep their order; a proof is kept until it was found to hold."""
    every = list(facts)
    uses = [fact for fact in every if isinstance(fact, UseFact)]
    places = {use.ref.digest: place for place, use in enumerate(uses)}
    rows = [_use_row(use, base, run_of, places) for use in uses]
    rows += [_other_row(fact, run_of, statement_of, places) for fact in every if not isinstance(fact, UseFact)]
    return cbor2.dumps(rows)  # plain values in arrays only, for which the library's encoding is deterministic


def _use_row(use: UseFact, base: Base, run_of: RunOf, places: Mapping[Digest, int]) -> Row:
    name = use.ref.identity
    row: Row = [
        use.kind.value + 4 * (use.standing.value - 1), use.product, use.point, use.area, use.day - base.day,
        run_of(name.device, name.run), name.number, use.time_ms - base.ms, use.ref.digest,
        [places.get(digest, digest) for digest in use.seen], use.generation, use.quantity, list(map(int, use.flags)),
        use.proof if use.standing is not Standing.PROVEN else None,
    ]  # fmt: skip
    defaults: tuple[Any, ...] = (None, [], 1, 0, [])
    for default in defaults:
        if row[-1] != default:
            break
        row.pop()
    return row


def _other_row(fact: Fact, run_of: RunOf, statement_of: StatementOf, places: Mapping[Digest, int]) -> Row:
    def named(ref: Ref) -> int | Row:
        place = places.get(ref.digest)
        return place if place is not None else _ref_row(ref, run_of)

    match fact:
        case VoidFact():
            return [RowKind.VOID.value, *_ref_row(fact.ref, run_of), named(fact.target)]
        case HandedFact():
            lines = [[line.variant, line.quantity, line.bought] for line in fact.lines]
            head = [RowKind.HANDED.value, *_ref_row(fact.ref, run_of), named(fact.target)]
            return [*head, lines, _ref_rows(fact.replaces, run_of)]
        case IssueFact():
            items = [list(item) for item in fact.items]
            head = [RowKind.ISSUE.value, statement_of(fact.ref), fact.code_hash, fact.product]
            return [*head, items, fact.generation, fact.paid]
        case ReissueFact():
            accepted, replaces = [named(ref) for ref in fact.accepted], _ref_rows(fact.replaces, run_of)
            head = [RowKind.REISSUE.value, statement_of(fact.ref), fact.code_hash]
            return [*head, fact.generation, accepted, replaces]
        case EntitleFact():
            return [RowKind.ENTITLE.value, statement_of(fact.ref), fact.product, fact.quantity]
        case CancelFact():
            return [RowKind.CANCEL.value, statement_of(fact.ref), fact.product, fact.quantity]
        case BlockFact():
            head = [RowKind.BLOCK.value, statement_of(fact.ref), fact.blocked]
            return [*head, fact.why, _ref_rows(fact.replaces, run_of)]
        case DecideFact():
            head = [RowKind.DECIDE.value, statement_of(fact.ref), named(fact.target)]
            return [*head, fact.ruling, _ref_rows(fact.replaces, run_of)]
    raise InvariantError(f"no row for {type(fact).__name__}")


def _ref_row(ref: Ref, run_of: RunOf) -> Row:
    return [run_of(ref.identity.device, ref.identity.run), ref.identity.number, ref.digest]


def _ref_rows(refs: Iterable[Ref], run_of: RunOf) -> list[Row]:
    return [_ref_row(ref, run_of) for ref in refs]


def pack_event_fact(fact: EventFact) -> bytes:
    """The bytes for `event_facts.fact`: names in full, since they are few."""
    if isinstance(fact, ForkedFact):
        return cbor2.dumps(["forked", fact.device, fact.run, [list(span) for span in fact.spans]])
    if isinstance(fact, RedateFact):
        span = [fact.device, fact.run, fact.first, fact.last, fact.seconds]
        return cbor2.dumps(["redate", _full(fact.ref), *span, [_full(ref) for ref in fact.replaces]])
    return cbor2.dumps(["revoke", _full(fact.ref), fact.device, [list(cut) for cut in fact.cut]])


def _full(ref: Ref) -> Row:
    return [ref.identity.device, ref.identity.run, ref.identity.number, ref.digest]


# --- reading ------------------------------------------------------------------------------------


def rows_of(packed: bytes) -> list[Row]:
    """The rows in `tickets.facts`. Raises DamagedRows."""
    rows = cbor.decode(packed, FACTS_BYTES_MAX)
    if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
        raise DamagedRows("facts of a ticket are no array of rows: install the snapshot anew")
    return rows  # type: ignore[return-value]


def trusted_rows(packed: bytes) -> list[Row]:
    """The rows in `tickets.facts` from where nobody else writes: the strict decoder's checks are left out.

    For our own database, and for passes over a whole file whose hash was verified. Raises DamagedRows.
    """
    try:
        rows = cbor2.loads(packed)
    except (cbor2.CBORDecodeError, ValueError) as error:
        raise DamagedRows(f"facts of a ticket are no array of rows ({error}): install the snapshot anew") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
        raise DamagedRows("facts of a ticket are no array of rows: install the snapshot anew")
    return rows


def own_digests(packed: bytes) -> Iterator[Digest]:
    """Digests of uses, voids and what was handed out, read as `trusted_rows` does. Raises DamagedRows."""
    try:
        for row in trusted_rows(packed):
            if row[0] < RowKind.ISSUE:
                yield own_digest(row)
    except (IndexError, TypeError) as error:
        raise DamagedRows(f"facts of a ticket are no rows ({error!r}): install the snapshot anew") from error


def own_digest(row: Row) -> Digest:
    """The digest in the row of a use, of a void, or of variants handed out."""
    digest: Digest = row[_USE_DIGEST if row[0] <= RowKind.LAST_USE else _VOID_DIGEST]
    return digest


def is_used_on(packed: bytes, area: AreaNo, day: EventDay, base: Base) -> bool:
    """Whether a use in an area on an event day is among these rows, read as `trusted_rows` does. Raises DamagedRows."""
    wanted = [area, day - base.day]
    try:
        return any(row[0] <= RowKind.LAST_USE and row[_USE_AREA:_USE_DAY_END] == wanted for row in trusted_rows(packed))
    except TypeError as error:
        raise DamagedRows(f"facts of a ticket are no rows ({error!r}): install the snapshot anew") from error


def standing_of(row: Row) -> Standing:
    """How far the use in a row is believed; a void needs no belief."""
    return Standing(1 + (row[0] >> 2)) if row[0] <= RowKind.LAST_USE else Standing.PROVEN


def statement_numbers(rows: Sequence[Row]) -> tuple[int, ...]:
    """Which rows of `statements` are needed to read these."""
    return tuple({row[1] for row in rows if len(row) > 1 and row[0] >= RowKind.ISSUE})


def run_numbers(rows: Sequence[Row]) -> tuple[int, ...]:
    """Which rows of `runs` the uses and voids among these name (references inside statements may name more)."""
    uses = {row[5] for row in rows if len(row) > 5 and row[0] <= RowKind.LAST_USE}
    return tuple(uses | {row[1] for row in rows if len(row) > 1 and row[0] in {RowKind.VOID, RowKind.HANDED}})


def facts_of_rows(
    rows: Sequence[Row], ticket: TicketId, base: Base, runs: Runs, statements: Mapping[int, StatementRow]
) -> tuple[Fact, ...]:
    """The facts these rows hold. Rows of kinds not known here are passed over. Raises DamagedRows."""
    try:
        reader = _Reader(ticket, base, runs, statements)
        reader.read_uses(rows)
        others = [reader.read_other(row) for row in rows if row[0] > RowKind.LAST_USE]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedRows(
            f"facts of ticket {ticket.hex()} cannot be read ({error!r}): install the snapshot anew"
        ) from error
    return (*reader.uses, *(fact for fact in others if fact is not None))


class _Reader:
    """Reads the rows of one ticket, uses first, so that places can be resolved."""

    def __init__(self, ticket: TicketId, base: Base, runs: Runs, statements: Mapping[int, StatementRow]) -> None:
        self._ticket, self._base, self._runs, self._statements = ticket, base, runs, statements
        self.uses: list[UseFact] = []

    def read_uses(self, rows: Sequence[Row]) -> None:
        own = [row for row in rows if row[0] <= RowKind.LAST_USE]
        digests = [row[_USE_DIGEST] for row in own]
        self.uses = [self._use(row, digests) for row in own]

    def _use(self, row: Row, digests: Sequence[bytes]) -> UseFact:
        seen, generation, quantity, flags, proof = row[9:14] + _USE_DEFAULTS[len(row) - 9 :]
        return UseFact(
            ref=self._ref(row[5], row[6], row[8]),
            ticket=self._ticket,
            kind=UseKind(row[0] & 3),
            generation=generation,
            product=ProductNo(row[1]),
            quantity=quantity,
            point=PointNo(row[2]),
            area=AreaNo(row[3]),
            day=EventDay(row[4] + self._base.day),
            time_ms=row[7] + self._base.ms,
            seen=tuple(Digest(digests[one] if isinstance(one, int) else one) for one in seen),
            standing=Standing(1 + (row[0] >> 2)),
            proof=proof,
            flags=tuple(flags),
        )

    def read_other(self, row: Row) -> Fact | None:
        if row[0] == RowKind.VOID:
            return VoidFact(self._ref(*row[1:4]), self._ticket, self._named(row[4]))
        if row[0] == RowKind.HANDED:
            return self._handed(row)
        readers: dict[int, Callable[[Row, Ref, Cause, int], Fact]] = {
            RowKind.ISSUE: self._issue,
            RowKind.REISSUE: self._reissue,
            RowKind.ENTITLE: self._entitle,
            RowKind.CANCEL: self._cancel,
            RowKind.BLOCK: self._block,
            RowKind.DECIDE: self._decide,
        }
        if row[0] not in readers:
            return None  # from a later version: folds as nothing here
        _, run, number, digest, cause, time_ms = self._statements[row[1]]
        return readers[row[0]](row, self._ref(run, number, digest), Cause(cause), time_ms)

    def _handed(self, row: Row) -> Fact:
        lines = tuple(HandedLine(variant, quantity, bought) for variant, quantity, bought in row[5])
        return HandedFact(self._ref(*row[1:4]), self._ticket, self._named(row[4]), lines, self._refs(row[6]))

    def _issue(self, row: Row, ref: Ref, cause: Cause, time_ms: int) -> Fact:
        items = tuple((ProductNo(product), int(quantity)) for product, quantity in row[4])
        return IssueFact(ref, self._ticket, cause, CodeHash(row[2]), row[5], ProductNo(row[3]), items, row[6], time_ms)

    def _reissue(self, row: Row, ref: Ref, cause: Cause, time_ms: int) -> Fact:
        accepted = tuple(self._named(one) for one in row[4])
        return ReissueFact(ref, self._ticket, cause, CodeHash(row[2]), row[3], accepted, self._refs(row[5]), time_ms)

    def _entitle(self, row: Row, ref: Ref, cause: Cause, time_ms: int) -> Fact:
        return EntitleFact(ref, self._ticket, cause, ProductNo(row[2]), row[3], time_ms)

    def _cancel(self, row: Row, ref: Ref, cause: Cause, time_ms: int) -> Fact:
        product = None if row[2] is None else ProductNo(row[2])
        return CancelFact(ref, self._ticket, cause, product, row[3], time_ms)

    def _block(self, row: Row, ref: Ref, cause: Cause, time_ms: int) -> Fact:
        return BlockFact(ref, self._ticket, cause, row[2], row[3], self._refs(row[4]), time_ms)

    def _decide(self, row: Row, ref: Ref, cause: Cause, _time_ms: int) -> Fact:
        return DecideFact(ref, self._ticket, cause, self._named(row[2]), row[3], self._refs(row[4]))

    def _ref(self, run_no: int, number: int, digest: bytes) -> Ref:
        device, run = self._runs[run_no]
        return Ref(Identity(DeviceId(device), RunId(run), number), Digest(digest))

    def _refs(self, rows: Sequence[Row]) -> tuple[Ref, ...]:
        return tuple(self._ref(*row) for row in rows)

    def _named(self, one: int | Row) -> Ref:
        return self.uses[one].ref if isinstance(one, int) else self._ref(*one)


def unpack_event_fact(packed: bytes) -> EventFact | None:
    """The fact, or None for a kind of a later version. Raises DamagedRows."""
    row: Any = cbor.decode(packed, FACTS_BYTES_MAX)
    try:
        match row:
            case ["redate", ref, device, run, first, last, seconds, replaces]:
                whole = tuple(_full_ref(one) for one in replaces)
                return RedateFact(_full_ref(ref), DeviceId(device), RunId(run), first, last, seconds, whole)
            case ["revoke", ref, device, cut]:
                cuts = tuple((RunId(run), last, Digest(end)) for run, last, end in cut)
                return RevokeFact(_full_ref(ref), DeviceId(device), cuts)
            case ["forked", device, run, spans]:
                return ForkedFact(DeviceId(device), RunId(run), tuple((int(first), int(last)) for first, last in spans))
    except (TypeError, ValueError) as error:
        raise DamagedRows(f"a fact about the event cannot be read ({error!r}): install the snapshot anew") from error
    if isinstance(row, list):
        return None
    raise DamagedRows("a fact about the event is no array: install the snapshot anew")


def _full_ref(row: Any) -> Ref:  # noqa: ANN401 - decoded bytes; a wrong shape raises and is reported by the caller
    device, run, number, digest = row
    return Ref(Identity(device, run, number), digest)
