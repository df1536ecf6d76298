"""What each kind of step does to the venue."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from common.bodies import Block, Redeem, Reissue, Ruling
from common.days import event_day
from common.decision import Request
from common.entries import Entry, Stamp, write_entry
from common.envelope import Typ
from common.exchange import Cursor, ExchangeRequest
from common.ids import DeviceId, ProductNo, RunId, TicketId
from common.rules import DayRule
from common.signing import device_id
from kiosk.store.enrolled import device_key
from kiosk.sync.messages import sign_request
from kiosk.sync.transport import COSE
from syncserver.jobs.statement_args import CancelWanted, GrantWanted, TicketWanted
from syncserver.services import statements
from syncserver.services.import_event import import_event
from syncserver.services.keys import publish_key_list
from syncserver.services.scribe import Desk
from syncserver.stores import tickets as ticket_store
from tests.simulation import paths
from tests.simulation.device import Device
from tests.simulation.faults import PowerCut
from tests.simulation.network import WEATHERS, Asked, arrive_late
from tests.simulation.story import Step, Story
from tests.simulation.truth import Holder, Made
from tests.support.server_world import BEER, DAY, FOUR_DAYS, GATE, GROUNDS, KITCHEN, LUNCH, ONE_DAY
from tests.support.small_event import small_event

if TYPE_CHECKING:
    from tests.simulation.venue import Venue

Doing = Callable[["Venue", Step, random.Random], None]
DAYS: Final = DayRule("Europe/Prague")
YEAR_MS: Final = 366 * 86_400_000
CLONES_MAX, DEVICES_MAX, DEVICES_MIN = 2, 10, 2
ITEMS: Final[tuple[dict[ProductNo, int], ...]] = ({}, {LUNCH: 2}, {LUNCH: 1, BEER: 3}, {BEER: 1})


def day_at(device: Device) -> int:
    """The event day by a device's own clock."""
    return event_day(device.kiosk.device_clock.now_ms(), DAYS)


def skew_ms(story: Story, rng: random.Random) -> int:
    """How wrong a new device's clock is."""
    if "clocks" not in story.moods:
        return round(rng.uniform(-2_000, 2_000))
    return rng.choice((0, 3_000, -90_000, 3_600_000, -7_200_000, YEAR_MS, -YEAR_MS))


# --- how it begins -------------------------------------------------------------------------------


def open_venue(venue: Venue) -> None:
    """Tickets are sold, a snapshot is built, kiosks join and take it."""
    rng = random.Random(f"opening {venue.story.seed}")
    for _ in range(venue.story.holders):
        venue.holders.append(_new_holder(rng))
    _issue(venue, [one for one in venue.holders if rng.random() < 0.8])
    venue.look()
    venue.work()
    for number in range(venue.story.kiosks):
        venue.add_device(KITCHEN if number % 3 == 2 else GATE, rng, paths.joining(venue))
    venue.advance(2.0)
    paths.first_round(venue)


def sell_the_rest(venue: Venue) -> None:
    """Orders that were under way are stated in the end."""
    _issue(venue, [one for one in venue.holders if not one.is_issued])
    venue.look()


def _new_holder(rng: random.Random) -> Holder:
    items = dict(rng.choice(ITEMS))
    return Holder(TicketId(rng.randbytes(8)), rng.choice((FOUR_DAYS, ONE_DAY, ONE_DAY)), items)


def _issue(venue: Venue, holders: list[Holder]) -> None:
    wanted = [TicketWanted(h.ticket, h.product, tuple(sorted(h.items.items()))) for h in holders]
    for holder in holders:
        holder.is_issued = True
    if wanted:
        key = b"order" + wanted[0].ticket
        venue.office.state(lambda desk: statements.issue(desk, key, wanted))


# --- people at the points ------------------------------------------------------------------------


def _holder(venue: Venue, step: Step) -> Holder:
    return venue.holders[step.what % len(venue.holders)]


def _wish(device: Device, holder: Holder, rng: random.Random) -> Request:
    if device.point != KITCHEN:
        return Request()
    product = rng.choice(sorted(holder.items) or [LUNCH])
    return Request(product=ProductNo(product), quantity=rng.choice((1, 1, 1, 2)))


def _generation(holder: Holder, rng: random.Random) -> int:
    """Mostly the newest pass; sometimes the old paper."""
    return holder.generations[-1] if rng.random() < 0.8 else rng.choice(holder.generations)


def _arrive(venue: Venue, step: Step, rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    holder = _holder(venue, step)
    venue.show(device, holder, _generation(holder, rng), _wish(device, holder, rng))


def _twice(venue: Venue, step: Step, rng: random.Random) -> None:
    """The same pass is shown at two points within moments."""
    holder = _holder(venue, step)
    first = venue.devices[step.who % len(venue.devices)]
    others = [one for one in venue.gates(first.point) if one is not first] or [first]
    generation, wish = _generation(holder, rng), _wish(first, holder, rng)
    venue.show(first, holder, generation, wish)
    venue.advance(rng.choice((0.0, 0.1, 0.4, 2.0, 6.0)))
    second = rng.choice([one for one in others if one in venue.devices] or venue.devices[:1])
    venue.show(second, holder, generation, wish if second.point == first.point else Request())


def _undo(venue: Venue, step: Step, _rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    last = device.kiosk.stores.journal.last_use()
    if last is None:
        return
    try:
        with venue.disks.used_by(device.disk):
            device.kiosk.station.undo(last.ref)
    except PowerCut:
        venue.power_cut(device)
    venue.collect(device)


# --- time and network ----------------------------------------------------------------------------


def _pause(venue: Venue, _step: Step, rng: random.Random) -> None:
    venue.advance(rng.uniform(5, 12))


def _night(venue: Venue, _step: Step, rng: random.Random) -> None:
    """All sleep until another day."""
    venue.passes(rng.uniform(13, 20) * 3600)
    for device in venue.devices:
        device.next_s = device.open_since_s = device.well_since_s = venue.now_s
    venue.office_since_s = venue.now_s
    venue.report.faults["night"] += 1


def _jump(venue: Venue, step: Step, rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    by_ms = rng.choice((-3_600_000, -60_000, 5_000, 120_000, 86_400_000, YEAR_MS))
    device.clock.set_wall(device.clock.now_ms() + by_ms)
    venue.report.faults["clock jump"] += 1


def _weather(venue: Venue, step: Step, rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    device.way.weather = rng.choice(WEATHERS)
    venue.way_troubled(device, f"weather {device.way.weather}")


def _partition(venue: Venue, _step: Step, rng: random.Random) -> None:
    for device in venue.devices:
        was_up, device.way.is_up = device.way.is_up, rng.random() < 0.6 and device.has_uplink
        if was_up != device.way.is_up:
            venue.way_troubled(device, "partition")


def _heal(venue: Venue, _step: Step, rng: random.Random) -> None:
    for device in venue.devices:
        if rng.random() < 0.8 and (not device.way.is_up or device.way.weather != "calm"):
            device.way.is_up, device.way.weather = device.has_uplink, "calm"
            device.open_since_s = venue.now_s


def _float(venue: Venue, _step: Step, _rng: random.Random) -> None:
    if venue.office.is_up:
        for device in venue.devices:
            venue.report.faults["late request"] += arrive_late(device.way)
    if venue.lan is not None:
        venue.report.faults["lan: late request"] += venue.lan.arrive_late()


# --- disks ---------------------------------------------------------------------------------------


def _crash(venue: Venue, step: Step, rng: random.Random) -> None:
    """The program will end at one of the next writes."""
    device = venue.devices[step.who % len(venue.devices)]
    device.disk.writes_left = rng.randint(0, 12)
    venue.troubled(device, "crash")


def _power(venue: Venue, step: Step, rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    venue.troubled(device, "power cut")
    venue.power_cut(device, rng)


def _lie(venue: Venue, step: Step, rng: random.Random) -> None:
    """The power fails, and the disk had not kept what it said it had."""
    device = venue.devices[step.who % len(venue.devices)]
    venue.troubled(device, "lost fsync tail")
    venue.power_cut(device, rng, lies=True)


def _restart(venue: Venue, step: Step, _rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    device.disk.writes_left, device.disk.is_full, device.disk.fails_after_commit = None, False, False
    venue.troubled(device, "restart")
    if venue.lan is not None:
        venue.lan.goodbye(device)
    device.restart()
    if venue.lan is not None:
        venue.lan.announce(device)
    venue.collect(device)
    device.next_s = venue.now_s


def _full(venue: Venue, step: Step, _rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    device.disk.is_full = not device.disk.is_full
    venue.troubled(device, "full disk" if device.disk.is_full else "disk freed")


def _late_error(venue: Venue, step: Step, _rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    device.disk.fails_after_commit = True
    venue.troubled(device, "commit that told an error")


# --- thieves -------------------------------------------------------------------------------------


def _forge(venue: Venue, step: Step, rng: random.Random) -> None:
    """A thief has a kiosk's key and writes uses of passes that were never before it."""
    device = venue.devices[step.who % len(venue.devices)]
    holder = _holder(venue, step)
    entry = _forged(venue, device, holder, rng)
    venue.truth.note(Made(entry, "thief", venue.now_s, is_forged=True))
    venue.report.faults["forged entry"] += 1
    if venue.lan is not None and rng.random() < 0.5:
        paths.deliver_on_lan(venue, device, entry.raw, rng)
    elif venue.office.is_up:
        _deliver(venue, device, entry, rng)


def _forged(venue: Venue, device: Device, holder: Holder, rng: random.Random) -> Entry:
    """Without a proof, with a made-up one, or with one copied from a use the thief has seen."""
    seen = [m.entry.body for m in venue.truth.made.values() if isinstance(m.entry.body, Redeem)]
    copied = [use.proof for use in seen if use.ticket == holder.ticket and use.proof is not None]
    proof = rng.choice([None, rng.randbytes(8), *copied])
    product, point = rng.choice([(holder.product, GATE), (LUNCH, KITCHEN)])
    body = Redeem(holder.ticket, holder.generations[-1], product, 1, point, GROUNDS, DAY, (), proof)
    stamp = Stamp(venue.office_clock.now_ms(), 0, 1)
    uid, run = venue.office.event.uid, RunId(rng.randbytes(8))
    return write_entry(device_key(device.folder), uid, run, 1, None, None, stamp, None, body)


def _deliver(venue: Venue, device: Device, entry: Entry, rng: random.Random) -> None:
    """The thief hands it in from a laptop."""
    uid, certificate = venue.office.event.uid, device.kiosk.enrolled.certificate
    request = ExchangeRequest(1, 1, uid, rng.randbytes(16), certificate, (entry.raw,), Cursor(0, 0), None, None)
    body = sign_request(request, device_key(device.folder), Typ.EXCHANGE)
    venue.office.answer(Asked("POST", "/api/sync/v1/exchange", {"Content-Type": COSE}, body))


def _clone(venue: Venue, step: Step, rng: random.Random) -> None:
    """A machine's image is started twice; sometimes resumed in the middle of a run."""
    source = venue.devices[step.who % len(venue.devices)]
    clones = [one for one in venue.devices if "'" in one.name]
    if len(clones) >= CLONES_MAX or len(venue.devices) >= DEVICES_MAX:
        return
    venue.add_clone(source, rng, is_resumed=rng.random() < 0.6)


def _lose(venue: Venue, step: Step, _rng: random.Random) -> None:
    """A device is gone with all it holds."""
    if len(venue.devices) <= DEVICES_MIN:
        return
    device = venue.devices.pop(step.who % len(venue.devices))
    device.disk.is_full, device.disk.writes_left, device.disk.fails_after_commit = False, None, False
    device.close()
    device.is_alive = False
    venue.lost.append(device)
    venue.report.faults["lost device"] += 1


def _revoke(venue: Venue, step: Step, rng: random.Random) -> None:
    device = venue.devices[step.who % len(venue.devices)]
    name = DeviceId(device_id(device_key(device.folder).verify_key.raw))
    _say(venue, lambda desk: statements.revoke(desk, rng.randbytes(8), name, "stolen"))
    venue.report.faults["revoked device"] += 1


def _enrol(venue: Venue, step: Step, rng: random.Random) -> None:
    if len(venue.devices) < DEVICES_MAX and venue.office.is_up:
        venue.add_device(KITCHEN if step.what % 3 == 2 else GATE, rng, paths.joining(venue))


# --- the office ----------------------------------------------------------------------------------


def _say(venue: Venue, say: Callable[[Desk], object]) -> None:
    if venue.office.is_up:
        venue.office.state(say)


def _block(venue: Venue, step: Step, rng: random.Random) -> None:
    ticket = _holder(venue, step).ticket
    _say(venue, lambda desk: statements.block(desk, rng.randbytes(8), ticket, "found"))


def _unblock(venue: Venue, step: Step, rng: random.Random) -> None:
    said = [m.entry.body for m in venue.truth.made.values() if isinstance(m.entry.body, Block)]
    if said:
        ticket = said[step.what % len(said)].ticket
        _say(venue, lambda desk: statements.block(desk, rng.randbytes(8), ticket, "back", blocked=False))


def _reissue(venue: Venue, step: Step, rng: random.Random) -> None:
    holder = _holder(venue, step)
    if not holder.is_issued or not venue.office.is_up:
        return

    def say(desk: Desk) -> None:
        known = desk.ticket(holder.ticket)
        if known is None or known.folded.view is None:
            return
        entry = statements.reissue(desk, rng.randbytes(8), holder.ticket)
        if entry is not None and isinstance(entry.body, Reissue):
            holder.generations.append(entry.body.generation)

    venue.office.state(say)


def _cancel(venue: Venue, step: Step, rng: random.Random) -> None:
    holder = _holder(venue, step)
    if holder.is_issued:
        wanted = [CancelWanted(holder.ticket)]
        _say(venue, lambda desk: statements.cancel(desk, rng.randbytes(8), wanted))


def _entitle(venue: Venue, step: Step, rng: random.Random) -> None:
    holder = _holder(venue, step)
    if not holder.is_issued or not venue.office.is_up:
        return
    _say(venue, lambda desk: statements.entitle(desk, rng.randbytes(8), [GrantWanted(holder.ticket, LUNCH, 1)]))
    venue.report.faults["bought later"] += 1


def _issue_more(venue: Venue, _step: Step, rng: random.Random) -> None:
    """Sold a minute ago: the pass is shown before anybody has heard of it."""
    holder = _new_holder(rng)
    venue.holders.append(holder)
    if venue.office.is_up and rng.random() < 0.7:
        _issue(venue, [holder])


def _decide(venue: Venue, step: Step, rng: random.Random) -> None:
    """A supervisor decides the conflict of a ticket: the later use stands, or never happened."""
    ticket = _holder(venue, step).ticket
    ruling = rng.choice((Ruling.ACCEPT, Ruling.ERROR))

    def say(desk: Desk) -> None:
        found = sorted(ticket_store.conflict_digests(desk.tx, desk.event.id, ticket))
        made = venue.truth.made.get(found[0]) if found else None  # type: ignore[call-overload]
        if made is not None and not made.is_forged:
            statements.decide(desk, rng.randbytes(8), ticket, made.entry.ref, ruling)

    _say(venue, say)


def _catalogue(venue: Venue, _step: Step, rng: random.Random) -> None:
    if venue.office.is_up:
        changed = small_event(**{"price = 60": f"price = {rng.randint(61, 999)}"})
        import_event(venue.office.processes[0].db, venue.office_clock, changed)
        venue.report.faults["catalogue changed"] += 1
        venue.work()


def _keys(venue: Venue, _step: Step, _rng: random.Random) -> None:
    """The key of passes is rotated, once; after that only a newer list is published."""
    if venue.office.is_up and not venue.report.faults["key rotation"]:
        venue.office.processes[0].rotation.rotate(venue.office.event.id, "pass")
        venue.report.faults["key rotation"] += 1
    elif venue.office.is_up:
        with venue.office.processes[0].db.write() as tx:
            publish_key_list(tx, venue.office_clock, venue.office.keys, venue.office.event)
        venue.report.faults["key list"] += 1


def _build(venue: Venue, _step: Step, _rng: random.Random) -> None:
    if venue.office.is_up:
        venue.office.process.builder.build(venue.office.event.id)
        venue.work()


def _backup(venue: Venue, _step: Step, _rng: random.Random) -> None:
    if venue.office.is_up:
        venue.office.backup()
        venue.report.faults["backup"] += 1


def _restore(venue: Venue, step: Step, _rng: random.Random) -> None:
    if venue.office.is_up and venue.office.restore(step.what):
        venue.restored()


def _down(venue: Venue, _step: Step, rng: random.Random) -> None:
    if venue.office.is_up:
        venue.office.stop()
        venue.office_troubled("server down")
        venue.advance(rng.uniform(1, 12))
        venue.office.start()
        venue.office_troubled("server up")


def _bounce(venue: Venue, _step: Step, _rng: random.Random) -> None:
    if venue.office.is_up:
        venue.office.stop()
        venue.office.start()
        venue.office_troubled("server restarted")


DOINGS: Final[dict[str, Doing]] = {
    "arrive": _arrive, "twice": _twice, "undo": _undo, "pause": _pause, "night": _night, "jump": _jump,
    "weather": _weather, "partition": _partition, "heal": _heal, "float": _float, "crash": _crash, "power": _power,
    "lie": _lie, "restart": _restart, "full": _full, "late_error": _late_error, "forge": _forge, "clone": _clone,
    "lose": _lose, "revoke": _revoke, "enrol": _enrol, "block": _block, "unblock": _unblock, "reissue": _reissue,
    "cancel": _cancel, "entitle": _entitle, "issue": _issue_more, "decide": _decide, "catalogue": _catalogue,
    "keys": _keys, "build": _build, "backup": _backup, "restore": _restore, "down": _down, "bounce": _bounce,
    **paths.DOINGS,
}  # fmt: skip
