"""The check before doors: whatever would make everything invalid at the gate is to be found now, and said.

Camera and sound belong to the window, which adds them. A check never writes to the journal: the disk is tried with a
scratch file beside it, and what is decided about is a ticket that does not exist. It is decided at the next opening
too, since before doors "closed" comes first and would hide whatever refuses everybody once they open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from common.decide import decide
from common.decision import Fault, Ledger, Moment, NotVerified, Outcome, Reason, Request
from common.keys import KeyRing, KeyUse
from common.scan_text import read_text
from kiosk.checks_shown import Check, Health
from kiosk.health import p99, storage_health, tickets_health
from kiosk.machine.files import flush_to_disk
from kiosk.root import Kiosk
from kiosk.sample_pass import Tried, is_real_recognised, try_products
from kiosk.store.faults import StoreTrouble, trouble_of_os
from kiosk.store.folder import RESERVE_BYTES
from kiosk.surroundings import Here, product_names
from kiosk.sync.exchange import Machine

COMMITS: Final = 100
COMMITS_S_MAX: Final = 2.0  # scans wait meanwhile
SCRATCH_BYTES: Final = 4096
CLOCK_OFF_MS: Final = 2_000
BATTERY_LOW_PERCENT: Final = 25
SOON_MS: Final = 36 * 3600 * 1000  # what opens later is no "right before doors"
FAR_MS: Final = 30 * 86_400_000  # and what is so far from now may be another month or year by mistake
_ASKED: Final = frozenset({Reason.QUESTIONS, Reason.CONFIRM})
_NEVER_MS: Final = 2**62
_FOREIGN: Final = "no pass of this event"


def preflight(kiosk: Kiosk, ring: KeyRing, machine: Machine, *, connected: bool) -> tuple[Check, ...]:
    """Every check, in the order in which they matter. Never raises for what it finds."""
    return (
        _clock(kiosk),
        _storage(kiosk),
        _snapshot(kiosk),
        _keys(kiosk, ring),
        _decisions(kiosk, ring),
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
                flush_to_disk(file)
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


def _keys(kiosk: Kiosk, ring: KeyRing) -> Check:
    """Without the event's pass keys every pass is of an unknown key; without badge keys nobody can sign in.

    That a signature is told from another is tried with a key of its own: this kiosk can sign nothing that counts.
    """
    passes, badges = (len(ring.entries_of(use)) for use in (KeyUse.PASS, KeyUse.BADGE))
    values = {"passes": passes, "badges": badges, "version": ring.key_list.version}
    if not passes:
        return Check("keys", "none", Health.BAD, values)
    if not is_real_recognised(ring.key_list.event_uid, kiosk.device_clock.now_ms() // 1000):
        return Check("keys", "broken", Health.BAD, values)
    return Check("keys", "good", Health.GOOD, values) if badges else Check("keys", "no_badges", Health.BAD, values)


def _decisions(kiosk: Kiosk, ring: KeyRing) -> Check:
    try:
        here = kiosk.around.here()
        if isinstance(here, Fault):
            return Check("verdict", "fault", Health.BAD, {"what": here.what, "fault": here.code.value})
        now_ms, heard_ms = kiosk.device_clock.now_ms(), kiosk.around.heard_ms()
    except StoreTrouble as trouble:
        return Check("verdict", "fault", Health.BAD, {"what": str(trouble), "fault": "snapshot_unreadable"})
    if _takes_foreign(ring, here, now_ms):
        return Check("verdict", "wrong", Health.BAD)
    view_age_ms = None if heard_ms is None else max(0, now_ms - heard_ms)
    now = Moment(now_ms, view_age_ms, kiosk.station.losses.are_open)
    tried = tuple(try_products(here.place, ring.key_list.event_uid, now))
    return verdict_check(tried, here, now_ms)


def _takes_foreign(ring: KeyRing, here: Here, now_ms: int) -> bool:
    """Whether a code that is nobody's pass would get anybody in."""
    foreign = read_text(_FOREIGN, ring, now_ms // 1000)
    if not isinstance(foreign, NotVerified):
        return True
    return decide(foreign, None, Ledger(), Request(), here.place, Moment(now_ms, 0)).outcome is not Outcome.REFUSE


def verdict_check(tried: Sequence[Tried], here: Here, now_ms: int) -> Check:
    """The worst of what became of the sample passes. A ticket of another day, while others are good, is nothing bad."""
    if not tried:
        return Check("verdict", "nothing", Health.BAD)
    are_good = any(one.opens_ms is not None for one in tried)
    # Where nobody is who could ask, a product that wants a look is refused by design, as long as others get in.
    asked = [one for one in tried if one.is_refused and one.last.reason in _ASKED and are_good]
    refused = min(
        (one for one in tried if one.is_refused and one not in asked), key=lambda one: one.at_ms, default=None
    )
    if refused is not None:
        found = "unheard" if refused.last.reason is Reason.HISTORY_INCOMPLETE else "refused"
        return _verdict(found, Health.BAD, refused, here)
    return _verdict("one_asked", Health.WARN, asked[0], here) if asked else _opening(tried, here, now_ms)


def _opening(tried: Sequence[Tried], here: Here, now_ms: int) -> Check:
    """When the place opens, as far as nothing is refused for another reason than the time."""
    first = min(tried, key=lambda one: one.opens_ms or _NEVER_MS)
    opens_ms = first.opens_ms
    if opens_ms is None:
        return _verdict("over", Health.BAD, first, here)
    if opens_ms - now_ms > SOON_MS:
        return _verdict("far", Health.BAD if opens_ms - now_ms > FAR_MS else Health.WARN, first, here)
    strange = next((one for one in tried if _is_far_from(one, now_ms)), None)
    if strange is not None:
        return _verdict("one_over" if strange.opens_ms is None else "one_far", Health.WARN, strange, here)
    found, health = ("closed", Health.WARN) if opens_ms > now_ms else ("good", Health.GOOD)
    return _verdict(found, health, first, here)


def _is_far_from(tried: Tried, now_ms: int) -> bool:
    """Whether its time is so long ago or ahead that somebody may have put down another month or year."""
    if tried.opens_ms is not None:
        return tried.opens_ms - now_ms > FAR_MS
    return tried.ended_ms is None or now_ms - tried.ended_ms > FAR_MS


def _verdict(found: str, health: Health, tried: Tried, here: Here) -> Check:
    verdict = tried.last if tried.is_refused else tried.now
    values = {"reason": verdict.reason.value, "opens_ms": tried.opens_ms}
    names = product_names(here.catalogue, tried.product) or {"en": f"#{tried.product}"}
    return Check("verdict", found, health, values, names)


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
