"""The kiosk's state in words: honest, in the operator's language, with a tone. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from common.decision import FaultCode
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.checks_shown import Health
from kiosk.health import storage_health, tickets_health
from kiosk.input.camera import CameraState, Condition
from kiosk.input.serial_port import ScannerState
from kiosk.shown import DamageShown, DeviceShown, StatusShown, SyncShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.refused_words import refused_words

MESSAGE_CHARS = 60
_GOES_ON = " \u00a0:;,–"  # nothing follows in that line
BATTERY_LOW_PERCENT = 25
CLOCK_OFF_MS = 2_000
DEVICE_SHOWN_CHARS = 8


class Tone(StrEnum):
    """How good it is."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    QUIET = "quiet"


HEALTH_TONES = {Health.GOOD: Tone.GOOD, Health.WARN: Tone.WARN, Health.BAD: Tone.BAD}


@dataclass(frozen=True, slots=True)
class StatusFact:
    """One row: what, how it is, how good that is. `share`: how many rows' room it takes."""

    name: str
    value: str
    tone: Tone = Tone.QUIET
    share: int = 1
    is_heading: bool = False  # of the rows below it


def scan_hint(status: StatusShown, texts: Texts, *, sees: bool = True) -> str:
    """What to do; and that entries name nobody, where nobody has signed in: after a start it still admits.

    A code is held before a camera only where it `sees`: else it is scanned, or typed by whoever is there.
    Before doors what to do is the check, until it was done: a touch on the words opens it.
    """
    is_attended = status.point is None or not status.point.unattended
    nobody = texts("hint_nobody") if is_attended and status.device.operator is None else ""
    blind = "scan_hint_typed" if is_attended or status.device.operator is not None else "scan_hint_scanner"
    if status.point is None:  # a code held before it would only end in this
        return reason_text(FaultCode.NO_POINT, texts.language).sentence
    what = "check_due" if status.check_due else "scan_hint" if sees else blind
    return "\n".join(filter(None, (texts(what), nobody)))


_UNWRITTEN = frozenset({FaultCode.JOURNAL_UNWRITABLE, FaultCode.DISK_FULL})


def sees_codes(state: CameraState | None) -> bool:
    """Whether a code may be held before the camera: it works, or is about to."""
    return state is not None and state.condition in {Condition.OPEN, Condition.STARTING}


def own_trouble(status: StatusShown, texts: Texts) -> str:
    """What keeps the kiosk from admitting; else what a damaged journal makes of every guest, for as long as it does.

    Where nobody stands, guests read it: they are sent elsewhere.
    """
    fault, is_open = status.fault, status.damage is not None and status.damage.is_open
    is_unattended = status.point is not None and status.point.unattended
    if is_unattended and (is_open or fault is not None) and (fault is None or fault.code is not FaultCode.OUT_OF_ORDER):
        return texts("fault_to_guest")
    if fault is not None:
        return reason_text(fault.code, texts.language).sentence
    if status.point is None:  # every scan would end in this
        return reason_text(FaultCode.NO_POINT, texts.language).sentence
    return texts("damage_line") if is_open and not status.unread else ""


def sync_line(status: StatusShown, texts: Texts) -> StatusFact:
    """Whether the kiosk works with the others or alone, for how long, and what waits."""
    sync, pending = status.sync, texts.number(status.sync.pending)
    if sync.connected:
        key = "sync_sending" if sync.pending else "sync_connected"
        return StatusFact("", texts(key, pending=pending), Tone.GOOD)
    harmed = is_harmed(status)
    if sync.last_contact_ms is None:
        key = "sync_never_harmed" if harmed else "sync_never"
        return StatusFact("", texts(key, pending=pending), Tone.WARN)
    key, age = "sync_alone_harmed" if harmed else "sync_alone", texts.age(status.now_ms - sync.last_contact_ms)
    return StatusFact("", texts(key, age=age, pending=pending), Tone.WARN)


def worst_line(told: tuple[StatusFact, ...], texts: Texts) -> StatusFact | None:
    """The gravest row as the headline of all: who reads no more than that must not miss it. None: nothing is red."""
    worst = next((row for row in told if row.tone is Tone.BAD), None)
    return None if worst is None else StatusFact("", texts.pair(worst.name, worst.value), Tone.BAD)


def is_harmed(status: StatusShown) -> bool:
    """Whether nobody can say that nothing is lost: the journal lacks something, or cannot be written."""
    damage = status.damage
    is_damaged = damage is not None and (damage.is_open or damage.missing > 0 or damage.is_end_unknown)
    return is_damaged or (status.fault is not None and status.fault.code in _UNWRITTEN)


def last_counter(status: StatusShown) -> tuple[str, int | None]:
    """Where people come and go, how many are inside; where they only go, how many went; else what waits.

    Alone the kiosk knows its own and what it heard before, and says so. None: not counted yet.
    """
    point = status.point
    if point is None or not point.lets_out:
        return "pending", status.sync.pending
    if not point.lets_in:
        return "let_out", status.let_out_today
    return "inside" if status.sync.connected else "inside_known", status.inside


def message_line(status: StatusShown, texts: Texts) -> str:
    """As much of the newest message as is read in passing."""
    line = (texts("news_head") if status.tells_conflicts else status.message).strip().split("\n", maxsplit=1)[0]
    cut = line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 1]
    return cut.rstrip(_GOES_ON) + ("" if cut == line else "…")


def point_line(status: StatusShown, texts: Texts) -> tuple[str, str]:
    """The point's name, and what it is: gate or stand, lanes."""
    point = status.point
    if point is None:
        return texts("no_point"), texts.name(status.event)
    kind = texts("gate" if point.kind is PointKind.GATE else "stand")
    lanes = ", ".join(texts(f"lane_{lane}") for lane in point.lanes) if point.kind is PointKind.GATE else ""
    return texts.name(point.names), " · ".join(filter(None, (kind, lanes, texts.name(status.event))))


def camera_message(state: CameraState | None, texts: Texts, otherwise: str = "camera_else") -> str:
    """What stands where the picture should be: which camera, what to do, what works meanwhile. Empty while it works.

    `otherwise` names the text of what works meanwhile: where a badge is waited for, nothing can be typed.
    """
    if state is None:
        return f"{texts('camera_none')}\n{texts(otherwise)}"
    if state.condition is Condition.OPEN:
        return ""
    said = texts(f"camera_{state.condition}", source=state.source)
    if state.condition not in {Condition.LOST, Condition.UNREADABLE, Condition.UNREAD}:
        return said
    remedy = "camera_do_unread" if state.condition is Condition.UNREAD else _camera_remedy(state.source)
    return f"{said}\n{texts(remedy)}\n{texts(otherwise)}"


def camera_said(
    state: CameraState | None, texts: Texts, otherwise: str = "camera_else", *, has_scanner: bool
) -> tuple[str, bool]:
    """The same, and whether it is no trouble: where a scanner reads the codes nobody misses a camera.

    Status and check tell of a camera that should read and does not, all the same.
    """
    if has_scanner and not sees_codes(state):
        return texts("camera_by_scanner"), True
    return camera_message(state, texts, otherwise), False


@dataclass(frozen=True, slots=True)
class ReadersShown:
    """What reads codes here, and how it stands; None: there is no such thing."""

    camera: CameraState | None
    scanner: ScannerState | None = None


def facts(
    status: StatusShown, readers: ReadersShown, texts: Texts, *, is_unanswered: bool = False
) -> tuple[StatusFact, ...]:
    """All rows of the status screen, what is red first. `is_unanswered`: somebody asked, and none came."""
    told = (
        *_damage(status, texts),
        *_sync_facts(status, texts, is_unanswered=is_unanswered),
        _clock(status, texts),
        *reader_facts(readers, texts),
        *_device_facts(status.device, texts),
    )
    return tuple(sorted(told, key=lambda row: row.tone is not Tone.BAD))  # else in their order


def _damage(status: StatusShown, texts: Texts) -> Iterator[StatusFact]:
    if status.damage is not None:
        tone = Tone.BAD if status.damage.is_open else Tone.WARN
        yield StatusFact(texts("journal"), damage_words(status.damage, status.zone, status.now_ms, texts), tone)


def damage_words(damage: DamageShown, zone: str, now_ms: int, texts: Texts) -> str:
    """When it was found, what was saved, what is missing."""
    values = {"saved": texts.number(damage.saved), "missing": texts.number(damage.missing)}
    over = "damage_given_up" if damage.missing else "damage_end_unknown" if damage.is_end_unknown else "damage_over"
    key = "damage_open" if damage.is_open else over
    return texts(key, when=texts.when(damage.found_ms, zone, now_ms), **values)


def open_losses(status: StatusShown | None, texts: Texts) -> str:
    """How much is missing, so that every guest is asked about; empty where nobody is. The status says the rest."""
    if status is None or status.damage is None or not status.damage.is_open:
        return ""
    return texts("damage_missing", missing=texts.number(status.damage.missing))


def _sync_facts(status: StatusShown, texts: Texts, *, is_unanswered: bool) -> Iterator[StatusFact]:
    sync = status.sync
    waiting = texts("entries", n=texts.number(sync.pending))
    yield StatusFact(
        texts("server"), _contact(status, texts), Tone.GOOD if sync.connected and not is_unanswered else Tone.WARN
    )
    tone = Tone.WARN if sync.pending and not sync.connected else Tone.GOOD
    yield StatusFact(texts("pending"), waiting, tone)
    if sync.refused:
        count = texts("entries", n=texts.number(sync.refused))
        why = refused_words(sync.refused_why, texts)
        yield StatusFact(texts("refused_entries"), f"{count} ({why})" if why else count, Tone.WARN)
    yield _snapshot(status, texts)
    if sync.unlisted and sync.snapshot_built_ms is not None:
        yield StatusFact(texts("unlisted"), texts("unlisted_of", n=texts.number(sync.unlisted)))
    yield StatusFact(texts("learnt"), texts("learnt_of", n=texts.number(sync.learnt)))
    if sync.trouble:
        yield StatusFact(texts("trouble"), _trouble(sync, texts), Tone.WARN)


def _trouble(sync: SyncShown, texts: Texts) -> str:
    """With the server, else with the other kiosks of the LAN: one at a time has room. The log has all of it."""
    if sync.why:
        return texts(f"sync_why_{sync.why}")
    return texts(f"lan_why_{sync.lan_whys[0]}" if sync.lan_whys else "not_done_unknown")


def _contact(status: StatusShown, texts: Texts) -> str:
    server, last_ms = status.sync.server, status.sync.last_contact_ms
    if last_ms is None:
        return texts("no_contact", server=server)
    return texts("last_contact", server=server, age=texts.age(status.now_ms - last_ms))


def _snapshot(status: StatusShown, texts: Texts) -> StatusFact:
    """Of when the list is, and up to when all that came since was heard: two times, where one age said neither."""
    sync, now_ms = status.sync, status.now_ms
    if sync.snapshot_built_ms is None:
        return StatusFact(texts("snapshot"), texts("snapshot_none"), Tone.BAD)
    found, health = tickets_health(sync.tickets, now_ms - sync.snapshot_built_ms)
    heard_ms = max(sync.snapshot_built_ms, sync.last_contact_ms or 0)
    built, heard = (texts.when(time_ms, status.zone, now_ms) for time_ms in (sync.snapshot_built_ms, heard_ms))
    key = "check_snapshot_empty" if found == "empty" else "snapshot_age"
    value = texts(key, built=built, heard=heard, tickets=texts.number(sync.tickets))
    tone = HEALTH_TONES[health]
    # Who bought since is not on it: nothing is wrong, and yet not everybody is known by name.
    return StatusFact(texts("snapshot"), value, Tone.QUIET if sync.unlisted and tone is Tone.GOOD else tone)


def _clock(status: StatusShown, texts: Texts) -> StatusFact:
    device, time = status.device, texts.clock(status.now_ms, status.zone)
    if device.clock_doubtful:
        return StatusFact(texts("clock"), texts("clock_doubtful", time=time), Tone.BAD)
    if device.clock_offset_ms is None:
        return StatusFact(texts("clock"), texts("clock_unmeasured", time=time), Tone.WARN)
    off_ms = abs(device.clock_offset_ms)
    is_off = off_ms > CLOCK_OFF_MS
    value = texts("clock_off" if is_off else "clock_right", time=time, ms=texts.number(off_ms))
    return StatusFact(texts("clock"), value, Tone.WARN if is_off else Tone.GOOD)


def camera_fact(state: CameraState | None, texts: Texts, *, advises: bool = False) -> StatusFact:
    """The camera as a row; with what to do about it, where there is room (`advises`)."""
    if state is not None and state.condition is Condition.OPEN:
        return StatusFact(texts("camera"), texts("camera_open", source=state.source), Tone.GOOD)
    # Where there is a picture nobody suspects that a pass held before it is not read.
    tone = Tone.BAD if state is not None and state.condition is Condition.UNREAD else Tone.WARN
    told = camera_message(state, texts).split("\n")
    return StatusFact(texts("camera"), ". ".join(told[: 2 if advises else 1]), tone)


def reader_facts(readers: ReadersShown, texts: Texts, *, advises: bool = False) -> Iterator[StatusFact]:
    """Camera and serial scanner as rows. Without the scanner a kiosk whose camera works goes on, else only by hand."""
    camera, scanner = readers.camera, readers.scanner
    yield camera_fact(camera, texts, advises=advises)
    if scanner is None:
        return
    key = "scanner_open" if scanner.is_open else "scanner_gone"
    sees = camera is not None and camera.condition is Condition.OPEN
    tone = Tone.GOOD if scanner.is_open else Tone.WARN if sees else Tone.BAD
    yield StatusFact(texts("scanner"), texts(key, line=scanner.line.rpartition("/")[2]), tone)


def _device_facts(device: DeviceShown, texts: Texts) -> Iterator[StatusFact]:
    yield _battery(device, texts)
    yield _storage(device, texts)
    yield StatusFact(texts("operator"), device.operator or texts("operator_none"))
    short = device.device[:DEVICE_SHOWN_CHARS]
    yield StatusFact(texts("version"), f"{device.version} · {texts('device')} {short}")


def _battery(device: DeviceShown, texts: Texts) -> StatusFact:
    percent = device.battery_percent
    if percent is None:
        return StatusFact(texts("battery"), texts("unknown"))
    key = "battery_charging" if device.charging else "battery_percent"
    low = percent < BATTERY_LOW_PERCENT and not device.charging
    return StatusFact(texts("battery"), texts(key, n=percent), Tone.WARN if low else Tone.GOOD)


def _storage(device: DeviceShown, texts: Texts) -> StatusFact:
    if device.storage_free is None:
        return StatusFact(texts("storage"), texts("unknown"))
    free, commit_ms = texts.size(device.storage_free), device.commit_ms
    found, health = storage_health(device.storage_free, commit_ms)
    if commit_ms is None and found != "full":
        value = texts("storage_free", free=free)
    else:
        value = texts(f"check_storage_{found}", free=free, p99_ms=texts.number(round(commit_ms or 0.0, 1)))
    return StatusFact(texts("storage"), value, HEALTH_TONES[health])


def _camera_remedy(source: str) -> str:
    if source.isdigit():
        return "camera_do_device"
    return "camera_do_network" if "://" in source else "camera_do_file"
