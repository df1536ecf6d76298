"""Decides sample passes by the rules of the real decision, with uses kept in memory alone.

Nothing here knows a journal, a key or the network, so nothing that is practised can leave an entry.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from common.days import event_day
from common.decide import decide
from common.decision import Ledger, Moment, Outcome, Reason, Request, TicketView, Verdict, VerifiedPass
from common.errors import InvariantError
from common.facts import Standing, UseFact, UseKind
from common.handout import is_handed_out
from common.ids import AreaNo, CodeHash, DeviceId, Digest, Identity, PointNo, ProductNo, Ref, RunId, TicketId
from common.rules import PointKind
from common.variants import Bought, Pieces
from kiosk.naming import attention_of, left_after, more_after, offered, questions_of
from kiosk.not_done import NotDone, Why
from kiosk.practice.rally import CAMP, EVENT, GATE, LATER, LUNCH, RIDER, SHIRT, STAND, TICKET, YOUTH, practice_rally
from kiosk.practice.samples import Sample, sample_of
from kiosk.practice.sizes import PractisedSizes
from kiosk.shown import FirstUse, Handing, HistoryRow, Holder, RealInPractice, Shown, Undone, VariantShown, Written
from kiosk.surroundings import point_names, product_names
from kiosk.used_up import used_up

RUN: Final = RunId(b"practice")
USED_BEFORE_MS: Final = 26 * 60_000
_DAY_S: Final = 86_400
_CODE: Final = CodeHash(bytes(12))
_HOLDER: Final = Holder("Jana Nováková", "1AB 2345")


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a sample pass was sold, and where it is shown."""

    product: ProductNo
    point: PointNo = GATE
    items: tuple[tuple[ProductNo, int], ...] = ()
    shirts: tuple[tuple[str, int], ...] = ()  # of its items, so many of each size
    paid: bool = True
    was_used: bool = False


_SCENES: Final[Mapping[Sample, _Scene]] = {
    Sample.ADMIT: _Scene(TICKET),
    Sample.USED: _Scene(TICKET, was_used=True),
    Sample.WRONG_GATE: _Scene(CAMP),
    Sample.UNPAID: _Scene(TICKET, paid=False),
    Sample.WRONG_DAY: _Scene(LATER),
    Sample.CHOOSE: _Scene(TICKET, STAND, ((SHIRT, 2), (LUNCH, 3)), (("l", 1), ("xl", 1))),
    Sample.SIZES: _Scene(TICKET, STAND, ((SHIRT, 2),), (("m", 1), ("l", 1))),
    Sample.QUESTIONS: _Scene(RIDER),
    Sample.ATTENTION: _Scene(YOUTH),
}


@dataclass(frozen=True, slots=True)
class _Change:
    """Another size was handed out by `use` than it had said."""

    ref: Ref
    time_ms: int
    use: UseFact
    variants: tuple[VariantShown, ...]


def is_practice(entry: Ref) -> bool:
    """Whether this names a use that was only practised."""
    return entry.identity.run == RUN


class PracticeStation:
    """One practice, from its start to its end. Called from one thread at a time."""

    def __init__(self, now_ms: Callable[[], int], sign: Callable[[Request], Request], zone: str) -> None:
        """`sign` puts in who is at the kiosk: badge and PIN are real in practice too."""
        self._now_ms, self._sign = now_ms, sign
        self._rally = practice_rally(now_ms(), zone)
        self._device = DeviceId(os.urandom(16))
        self._sizes = PractisedSizes(
            self._rally, {_ticket_of(sample): _bought(scene) for sample, scene in _SCENES.items()}
        )
        self._uses: list[UseFact] = []
        self._changes: list[_Change] = []
        self._taken_back, self._used_before = set[Ref](), set[Ref]()
        self._numbers = count(1)
        self._last: Sample | None = None
        for sample, scene in _SCENES.items():
            if scene.was_used:
                self._used_before.add(self._write(sample, now_ms() - USED_BEFORE_MS, scene.product, 1))

    def scan(self, text: str, request: Request) -> Shown | RealInPractice:
        """The verdict of a sample; anything else is not looked at."""
        sample = sample_of(text)
        if sample is None:
            return RealInPractice()
        self._last = sample
        return self._decide(sample, request)

    def again(self, request: Request) -> Shown | RealInPractice:
        """The last sample with another request."""
        return RealInPractice() if self._last is None else self._decide(self._last, request)

    def undo(self, entry: Ref) -> Undone:
        """Take a practised use back; any of them, as often as one likes."""
        if any(use.ref == entry for use in self._uses):
            self._taken_back.add(entry)
        self._uses = [use for use in self._uses if use.ref != entry]
        self._changes = [change for change in self._changes if change.use.ref != entry]
        done = entry in self._taken_back
        return Undone(done, "" if done else "nothing was used by this entry in this practice; show the sample again")

    @property
    def can_undo(self) -> bool:
        """Whether anything was used that could be taken back."""
        return self._last_use() is not None

    def last_use(self) -> Shown | None:
        """What was used last, to be looked at once more; None where all was taken back."""
        use, rally = self._last_use(), self._rally
        if use is None:
            return None
        return Shown(
            Verdict(Outcome.ADMIT, Reason.OK, product=use.product, quantity=use.quantity),
            product=product_names(rally, use.product),
            first_use=self._used(use, use.time_ms),
            entry=use.ref,
            is_last=True,
            handing=self._sizes.told(use),
            practice=PointKind.STAND if use.point == STAND else PointKind.GATE,
        )

    def _last_use(self) -> UseFact | None:
        return next((use for use in reversed(self._uses) if use.ref not in self._used_before), None)

    def hand_out(self, entry: Ref, given: Pieces) -> Handing:
        """Other sizes were handed out than a practised use says. Raises BadInput."""
        use = next((one for one in self._uses if one.ref == entry), None)
        if use is None:
            raise NotDone("nothing was handed out by this entry in this practice; show the sample again", Why.USE_GONE)
        others = [one for one in self._counted(use.ticket) if one.ref != entry]
        handing = self._sizes.put_right(use, given, others)
        self._changes.append(_Change(self._next_ref(), self._now_ms(), use, handing.now))
        return handing

    def history(self) -> tuple[HistoryRow, ...]:
        """What was practised, newest first."""
        rows = sorted(self._rows(), key=lambda row: row.entry.identity.number, reverse=True)
        return tuple(rows)

    def _rows(self) -> Iterator[HistoryRow]:
        last = self._last_use()
        for use in self._uses:
            written = Written.HANDED_OUT if use.point == STAND else Written.ADMITTED
            names, is_last = product_names(self._rally, use.product), use is last
            row = HistoryRow(use.time_ms, written, names, use.quantity, None, use.ref, can_undo=is_last)
            yield replace(row, variants=self._sizes.shown(use))
        for change in self._changes:
            names, pieces = product_names(self._rally, change.use.product), change.use.quantity
            row = HistoryRow(change.time_ms, Written.CHANGED, names, pieces, None, change.ref)
            yield replace(row, variants=change.variants)

    def _counted(self, ticket: TicketId) -> tuple[UseFact, ...]:
        return tuple(use for use in self._uses if use.ticket == ticket)

    def _decide(self, sample: Sample, request: Request) -> Shown:
        scene, now_ms = _SCENES[sample], self._now_ms()
        place = self._rally.place(scene.point)
        if place is None:
            raise InvariantError(f"the practice rally has no point {scene.point}")
        ticket = _ticket_of(sample)
        counted = self._counted(ticket)
        scan, heard = _pass_of(scene, ticket, now_ms)
        signed = self._sign(request)
        verdict = decide(scan, heard, Ledger(counted), signed, place, Moment(now_ms, 0))
        found = None if verdict.product is None else self._rally.product_by_no.get(verdict.product)
        used = used_up(verdict, scan, heard, Ledger(counted), found)
        shown = replace(self._shown(verdict, scene, counted, info=request.info), used_up=used)
        handing = self._sizes.of(verdict, ticket, counted)
        choices = self._sizes.offered(shown.choices, verdict, ticket, counted)
        entry = None
        if verdict.outcome is Outcome.ADMIT and not request.info:
            entry = self._write(sample, now_ms, verdict.product or scene.product, verdict.quantity)
            self._sizes.used(entry, handing)
        return replace(shown, entry=entry, handing=handing, choices=choices)

    def _write(self, sample: Sample, time_ms: int, product: ProductNo, quantity: int) -> Ref:
        ref, ticket, day = self._next_ref(), _ticket_of(sample), event_day(time_ms, self._rally.days)
        point = _SCENES[sample].point
        use = UseFact(
            ref, ticket, UseKind.REDEEM, 0, product, quantity, point, AreaNo(0), day, time_ms, (), Standing.PROVEN
        )
        self._uses.append(use)
        return ref

    def _next_ref(self) -> Ref:
        return Ref(Identity(self._device, RUN, next(self._numbers)), Digest(os.urandom(16)))

    def _first_use(self, verdict: Verdict) -> FirstUse | None:
        earlier = verdict.earlier
        if earlier is None:
            return None
        return self._used(earlier.use, earlier.time_ms)

    def _used(self, use: UseFact, time_ms: int) -> FirstUse:
        """What was practised was used here just now; what a sample was used for before, elsewhere."""
        here, ago_ms = use.ref not in self._used_before, self._now_ms() - time_ms
        return FirstUse(time_ms, point_names(self._rally, use.point), "", here, ago_ms)

    def _shown(self, verdict: Verdict, scene: _Scene, counted: tuple[UseFact, ...], *, info: bool) -> Shown:
        rally, product = self._rally, verdict.product
        found = None if product is None else rally.product_by_no.get(product)
        return Shown(
            verdict=verdict,
            product=None if product is None else product_names(rally, product),
            ticket=product_names(rally, scene.product),
            choices=offered(verdict, rally),
            left=left_after(verdict),
            more=more_after(verdict, found),
            holder=_HOLDER,
            first_use=self._first_use(verdict),
            points=tuple(point_names(rally, point) for point in verdict.hint.points),
            hand_out=found.handouts if found and is_handed_out(found, counted, verdict.day) else {},
            attention=attention_of(found, _HOLDER),
            questions=questions_of(verdict, found),
            info=info,
            practice=PointKind.STAND if scene.point == STAND else PointKind.GATE,
        )


def _ticket_of(sample: Sample) -> TicketId:
    return TicketId(sample.encode()[:8].ljust(8, b"."))


def _bought(scene: _Scene) -> tuple[Bought, ...]:
    return tuple(Bought(SHIRT, size, pieces) for size, pieces in scene.shirts)


def _pass_of(scene: _Scene, ticket: TicketId, now_ms: int) -> tuple[VerifiedPass, TicketView]:
    now_s = now_ms // 1000
    scan = VerifiedPass(
        EVENT, ticket, bytes(10), _CODE, 0, now_s - _DAY_S, None, now_s + _DAY_S, scene.product, scene.items
    )
    times = tuple((product, now_ms - 1000 * _DAY_S) for product, _ in scene.items)
    heard = TicketView(
        ticket, 0, _CODE, (), scene.product, now_ms - 1000 * _DAY_S, scene.items, times,
        cancelled=False, blocked=False, paid=scene.paid,
    )  # fmt: skip
    return scan, heard
