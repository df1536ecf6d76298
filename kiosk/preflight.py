"""The check before doors: whatever would make everything invalid at the gate is to be found now, and said.

Camera and sound belong to the window, which adds them. A check never writes to the journal: the disk is tried with a
scratch file beside it, and the sample verdict is decided about a ticket that does not exist.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from common.decide import decide
from common.decision import Fault, Ledger, Moment, NotVerified, Outcome, Reason, Request, TicketView, VerifiedPass
from common.ids import CodeHash, EventUid, ProductNo, TicketId
from common.keys import KeyRing, KeyUse
from common.rules import ProductKind
from common.scan_text import read_text
from kiosk.health import p99, storage_health, tickets_health
from kiosk.root import Kiosk
from kiosk.shown import Check, Health
from kiosk.store.faults import StoreTrouble, trouble_of_os
from kiosk.store.folder import RESERVE_BYTES
from kiosk.surroundings import Here
from kiosk.sync.exchange import Machine

COMMITS: Final = 100
COMMITS_S_MAX: Final = 2.0  # scans wait meanwhile
SCRATCH_BYTES: Final = 4096
CLOCK_OFF_MS: Final = 2_000
BATTERY_LOW_PERCENT: Final = 25
_TIMES: Final = frozenset({Reason.NOT_YET_VALID, Reason.EXPIRED, Reason.WRONG_DAY, Reason.WRONG_TIME})
_FOREIGN: Final = "no pass of this event"
_CODE: Final = CodeHash(bytes(12))


def preflight(kiosk: Kiosk, ring: KeyRing, machine: Machine, *, connected: bool) -> tuple[Check, ...]:
    """Every check, in the order in which they matter. Never raises for what it finds."""
    return (
        _clock(kiosk),
        _storage(kiosk),
        _snapshot(kiosk),
        _keys(ring),
        *_decisions(kiosk, ring),
        _server(connected=connected),
        _battery(machine),
    )


def commit_times_ms(kiosk: Kiosk) -> list[float]:
    """How long each took of appending 4 KiB durably to a scratch file in the kiosk's folder. Raises StoreTrouble."""
    path, taken_ms = kiosk.folder.path / "preflight.scratch", []
    started_s = kiosk.clock.monotonic_s()
    try:
        with path.open("wb") as file:
            for _ in range(COMMITS):
                before_s = kiosk.clock.monotonic_s()
                file.write(bytes(SCRATCH_BYTES))
                file.flush()
                os.fsync(file.fileno())
                after_s = kiosk.clock.monotonic_s()
                taken_ms.append((after_s - before_s) * 1000)
                if after_s - started_s > COMMITS_S_MAX:
                    break
        path.unlink()
    except OSError as error:
        raise trouble_of_os(error, path) from error
    return taken_ms


def _clock(kiosk: Kiosk) -> Check:
    clock = kiosk.device_clock
    offset_ms, now_ms = clock.offset_ms(), clock.now_ms()
    if clock.is_doubtful():
        return Check("clock", "doubtful", Health.BAD, {"now_ms": now_ms})
    if offset_ms is None:
        return Check("clock", "unmeasured", Health.WARN, {"now_ms": now_ms})
    found, health = ("off", Health.WARN) if abs(offset_ms) > CLOCK_OFF_MS else ("right", Health.GOOD)
    return Check("clock", found, health, {"now_ms": now_ms, "offset_ms": offset_ms})


def _storage(kiosk: Kiosk) -> Check:
    """Measured beside what was written so far, so that the status goes on to say the same."""
    try:
        free = kiosk.folder.free_bytes()
        if free < RESERVE_BYTES:
            return Check("storage", "full", Health.BAD, {"free": free})
        kiosk.station.commit_ms.extend(commit_times_ms(kiosk))
    except (StoreTrouble, OSError) as trouble:
        return Check("storage", "broken", Health.BAD, {"what": str(trouble)})
    p99_ms = round(p99(kiosk.station.commit_ms.copy()) or 0.0, 1)
    found, health = storage_health(free, p99_ms)
    return Check("storage", found, health, {"free": free, "p99_ms": p99_ms})


def _snapshot(kiosk: Kiosk) -> Check:
    in_use = kiosk.stores.snapshots.in_use
    if not in_use:
        return Check("snapshot", "none", Health.BAD)
    try:
        built_ms = max(one.file.build_ms for one in in_use)
        age_ms = kiosk.device_clock.now_ms() - built_ms
        tickets, learnt = kiosk.known.ticket_count(), kiosk.stores.learnt.count()
    except StoreTrouble as trouble:
        return Check("snapshot", "broken", Health.BAD, {"what": str(trouble)})
    found, health = tickets_health(tickets, age_ms)
    values = {"age_ms": age_ms, "built_ms": built_ms, "tickets": tickets, "learnt": learnt}
    return Check("snapshot", found, health, values)


def _keys(ring: KeyRing) -> Check:
    """Without the event's pass keys every pass is of an unknown key; without badge keys nobody can sign in."""
    passes, badges = (len(ring.entries_of(use)) for use in (KeyUse.PASS, KeyUse.BADGE))
    values = {"passes": passes, "badges": badges, "version": ring.key_list.version}
    if not passes:
        return Check("keys", "none", Health.BAD, values)
    return Check("keys", "good", Health.GOOD, values) if badges else Check("keys", "no_badges", Health.WARN, values)


def _decisions(kiosk: Kiosk, ring: KeyRing) -> Iterator[Check]:
    try:
        here = kiosk.around.here()
        if isinstance(here, Fault):
            yield Check("verdict", "fault", Health.BAD, {"what": here.what, "fault": here.code.value})
            return
        yield _sample(kiosk, ring, here)
    except StoreTrouble as trouble:
        yield Check("verdict", "fault", Health.BAD, {"what": str(trouble), "fault": "snapshot_unreadable"})


def _sample(kiosk: Kiosk, ring: KeyRing, here: Here) -> Check:
    """A foreign code must be refused, and a ticket with all that is served here must not be, except for the hour."""
    now_ms = kiosk.device_clock.now_ms()
    moment, event = Moment(now_ms, 0), ring.key_list.event_uid
    foreign = read_text(_FOREIGN, ring, now_ms // 1000)
    if not isinstance(foreign, NotVerified):
        return Check("verdict", "wrong", Health.BAD)
    refused = decide(foreign, None, Ledger(), Request(), here.place, moment)
    scan, heard = _sample_pass(here, event, now_ms)
    verdict = decide(scan, heard, Ledger(), Request(), here.place, moment)
    values = {"reason": verdict.reason.value, "from_ms": verdict.hint.from_ms}
    if refused.outcome is not Outcome.REFUSE:
        return Check("verdict", "wrong", Health.BAD, values)
    if verdict.outcome is not Outcome.REFUSE:
        return Check("verdict", "good", Health.GOOD, values)
    is_closed = verdict.reason in _TIMES
    return Check("verdict", "closed" if is_closed else "refused", Health.WARN if is_closed else Health.BAD, values)


def _sample_pass(here: Here, event: EventUid, now_ms: int) -> tuple[VerifiedPass, TicketView]:
    serves, rules = here.place.point.serves, here.place.products
    kinds = {product: rules[product].kind for product in (*serves, *rules) if product in rules}
    product = next((no for no, kind in kinds.items() if kind is ProductKind.TICKET), ProductNo(0))
    items = tuple(sorted((no, 1) for no in serves if kinds.get(no) is ProductKind.ITEM))
    ticket, now_s = TicketId(bytes(8)), now_ms // 1000
    scan = VerifiedPass(event, ticket, bytes(10), _CODE, 0, now_s, None, now_s + 86_400, product, items)
    times = tuple((no, now_ms) for no, _ in items)
    heard = TicketView(ticket, 0, _CODE, (), product, now_ms, items, times, cancelled=False, blocked=False, paid=True)
    return scan, heard


def _server(*, connected: bool) -> Check:
    return Check("server", "connected" if connected else "alone", Health.GOOD if connected else Health.WARN)


def _battery(machine: Machine) -> Check:
    percent = machine.battery_percent
    if percent is None:
        return Check("battery", "unknown", Health.GOOD)
    if machine.is_charging:
        return Check("battery", "charging", Health.GOOD, {"percent": percent})
    low = percent < BATTERY_LOW_PERCENT
    return Check("battery", "low" if low else "good", Health.WARN if low else Health.GOOD, {"percent": percent})
