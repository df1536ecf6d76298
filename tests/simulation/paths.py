"""Paths beside that to the server: kiosks of one LAN, and sticks. What happens on them, and how they heal."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import requests

from common.bodies import Block
from common.entries import Stamp, write_entry
from common.envelope import Typ
from common.exchange import ExchangeRequest
from common.ids import Cause, RunId
from kiosk.store.enrolled import device_key
from kiosk.sync.messages import sign_request
from kiosk.sync.peer_messages import PEER_PATH
from kiosk.sync.transport import COSE
from tests.simulation.lan import Door, Place
from tests.simulation.network import LAN_WEATHERS, Asked

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.sticks import Stick
    from tests.simulation.story import Step
    from tests.simulation.venue import Venue

Joins = Callable[["Venue", "Device", str, bytes], None]
GATHER_MAX: Final = 25
GATHER_S: Final = 2.5
ON_LAN, LISTENING, WITH_UPLINK, ISOLATED = 0.85, 0.85, 0.6, 0.35
SEGMENTS: Final = 3


def settle(venue: Venue, device: Device) -> None:
    """Where a new device stands: on the LAN or not, with a way to the server or without."""
    if venue.lan is None and venue.sticks is None:
        return
    rng = random.Random(f"place {venue.story.seed} {device.name}")
    if venue.lan is not None and rng.random() < ON_LAN:
        device.lan, device.place = venue.lan, Place(venue.lan.new_address(), listens=rng.random() < LISTENING)
        device.has_uplink = rng.random() < WITH_UPLINK
    elif venue.sticks is not None:
        device.has_uplink = rng.random() >= ISOLATED


def joins_online(_venue: Venue, device: Device, code: str, key: bytes) -> None:
    """The kiosk asks the server itself."""
    device.enrol(code, key)


def joining(venue: Venue) -> Joins:
    """How devices join here: who has no way to the server does so by a stick, where there are sticks."""
    return _joins if venue.sticks is not None else joins_online


def _joins(venue: Venue, device: Device, code: str, key: bytes) -> None:
    sticks = venue.sticks
    assert sticks is not None
    if device.has_uplink:
        device.enrol(code, key)
    else:
        sticks.require_good(sticks.all[0])
        device.enrol_by_file(code, key, sticks.all[0].path, lambda: sticks.to_office(sticks.all[0]))


def first_round(venue: Venue) -> None:
    """Before the doors open the sticks go round once."""
    if venue.sticks is not None:
        carry_around(venue)


# --- the LAN -------------------------------------------------------------------------------------


def _device(venue: Venue, step: Step) -> Device:
    return venue.devices[step.who % len(venue.devices)]


def unplug(venue: Venue, step: Step, _rng: random.Random) -> None:
    """A device loses its way to the server for long, or gets one."""
    device = _device(venue, step)
    if device.place is not None:
        device.has_uplink = not device.has_uplink
        device.way.is_up = device.has_uplink
        venue.way_troubled(device, "plugged in" if device.has_uplink else "unplugged")


def part(venue: Venue, _step: Step, rng: random.Random) -> None:
    """The LAN falls apart, in another way than before; some have their cable out."""
    if venue.lan is None:
        return
    for device in venue.lan.members():
        assert device.place is not None
        before, device.place.segment = device.place.segment, rng.choice((None, *range(SEGMENTS)))
        if device.place.segment != before:
            venue.lan.troubled(device, None)
            venue.report.faults["lan: parted"] += 1
    venue.lan.meet()


def heal_lan(venue: Venue, _step: Step, rng: random.Random) -> None:
    """Most are together again."""
    if venue.lan is None:
        return
    for device in venue.lan.members():
        assert device.place is not None
        if rng.random() < 0.85 and (device.place.segment != 0 or device.place.weather != "calm"):
            device.place.segment, device.place.weather = 0, "calm"
            venue.lan.troubled(device, None)
    venue.lan.meet()


def lan_weather(venue: Venue, step: Step, rng: random.Random) -> None:
    """A bad switch, a bad cable, a full radio channel."""
    device = _device(venue, step)
    if venue.lan is not None and device.place is not None:
        device.place.weather = rng.choice(LAN_WEATHERS)
        venue.lan.troubled(device, None)
        venue.report.faults[f"lan: weather {device.place.weather}"] += 1


def lease(venue: Venue, step: Step, _rng: random.Random) -> None:
    """A device gets another address; the old one answers no more."""
    device = _device(venue, step)
    if venue.lan is not None and device.place is not None:
        device.place.address = venue.lan.new_address()
        venue.lan.troubled(device, None)
        venue.lan.announce(device)
        venue.report.faults["lan: new address"] += 1


def fake(venue: Venue, step: Step, rng: random.Random) -> None:
    """A thief with a kiosk's key says on the LAN that the server had blocked a ticket, or brings a spoilt entry."""
    stolen, holder = _device(venue, step), venue.holders[step.what % len(venue.holders)]
    body = Block(Cause(rng.randbytes(16)), holder.ticket, True, "never said", ())
    stamp = Stamp(venue.office_clock.now_ms(), 0, 1)
    uid, run = venue.office.event.uid, RunId(rng.randbytes(8))
    true = write_entry(venue.office.event_keys.scribe.as_device(), uid, run, 1, None, None, stamp, None, body)
    deliver_on_lan(venue, stolen, true.raw[:-1] + bytes([true.raw[-1] ^ 1]), rng)
    venue.report.faults["lan: faked statement"] += 1


def deliver_on_lan(venue: Venue, stolen: Device, raw: bytes, rng: random.Random) -> None:
    """A thief with a device's key brings an entry to one of the LAN's kiosks, from a laptop."""
    heard = [one for one in (venue.lan.members() if venue.lan else ()) if one.place and one.place.listens]
    if not heard or venue.lan is None:
        return
    certificate = stolen.kiosk.enrolled.certificate
    uid = venue.office.event.uid
    request = ExchangeRequest(1, 1, uid, rng.randbytes(16), certificate, (raw,), None, None, None)
    body = sign_request(request, device_key(stolen.folder), Typ.EXCHANGE)
    callee = rng.choice(heard)
    with suppress(requests.ConnectionError):  # its power failed meanwhile
        Door(venue.lan, None, callee.address).answer(Asked("POST", PEER_PATH, {"Content-Type": COSE}, body))
    callee.heard |= callee.held()


# --- sticks --------------------------------------------------------------------------------------


def _stick(venue: Venue, step: Step) -> Stick:
    assert venue.sticks is not None
    return venue.sticks.all[step.what % len(venue.sticks.all)]


def stick(venue: Venue, step: Step, _rng: random.Random) -> None:
    """A stick is carried to a kiosk."""
    if venue.sticks is not None:
        venue.sticks.to_device(_stick(venue, step), _device(venue, step))


def stick_home(venue: Venue, step: Step, _rng: random.Random) -> None:
    """A stick is carried to the server."""
    if venue.sticks is not None:
        venue.sticks.to_office(_stick(venue, step))


def spoil(venue: Venue, step: Step, rng: random.Random) -> None:
    """A stick was pulled out too early, or is old."""
    if venue.sticks is not None:
        venue.sticks.spoil(_stick(venue, step), rng)
        venue.report.faults["spoilt stick"] += 1


def copy(venue: Venue, step: Step, _rng: random.Random) -> None:
    """Somebody keeps a copy of what is on a stick."""
    if venue.sticks is not None:
        venue.sticks.copy(_stick(venue, step))


def bring_old(venue: Venue, step: Step, rng: random.Random) -> None:
    """Somebody takes the old copy for the new one."""
    if venue.sticks is not None:
        venue.sticks.bring_old(_stick(venue, step), rng)
        venue.report.faults["old copy of a stick"] += 1


# --- healing -------------------------------------------------------------------------------------


def plug_in(venue: Venue) -> None:
    """The LAN is whole; who can be served by nobody there and has no sticks gets a way to the server."""
    if venue.lan is None:
        return
    revoked = venue.truth.revoked
    for device in venue.lan.members():
        assert device.place is not None
        device.place.segment, device.place.weather = 0, "calm"
        venue.lan.troubled(device, None)
        if device.device_id in revoked and venue.sticks is None:
            device.has_uplink = True
    members = [one for one in venue.lan.members() if one.device_id not in revoked and one.place and one.place.listens]
    if not any(one.has_uplink for one in members):
        for one in members[:1] or venue.lan.members():
            one.has_uplink = True
    _plug_in_copies(venue, members)
    venue.lan.meet()


def _plug_in_copies(venue: Venue, members: list[Device]) -> None:
    """Who could be served only by a copy of itself, which it takes for itself, gets a way to the server."""
    serving = [one.device_id for one in members if one.has_uplink]
    for device in venue.lan.members() if venue.lan and venue.sticks is None else ():
        if all(one == device.device_id for one in serving):
            device.has_uplink = True


def gather(venue: Venue) -> None:
    """Let kiosks without a way to the server be served by others and by sticks, until all know all."""
    if venue.lan is None and venue.sticks is None:
        return
    for _ in range(GATHER_MAX):
        if venue.sticks is not None:
            carry_around(venue)
        venue.advance(GATHER_S)
        venue.work()
        venue.exchange_all()
        if not lacking(venue):
            return


def carry_around(venue: Venue) -> None:
    """A stick goes from the office to all who have no way there, and back."""
    assert venue.sticks is not None
    one = venue.sticks.all[0]
    venue.sticks.to_office(one)
    for device in venue.devices:
        if not device.has_uplink:
            venue.sticks.to_device(one, device)
    venue.sticks.to_office(one)


def lacking(venue: Venue) -> bool:
    """Whether anybody lacks anything."""
    known = venue.office.known()
    return any(known - one.heard - set(one.journal_raws()) or one.heard - known for one in venue.devices)


DOINGS: Final[dict[str, Callable[[Venue, Step, random.Random], None]]] = {
    "unplug": unplug, "lan_part": part, "lan_heal": heal_lan, "lan_weather": lan_weather, "lease": lease, "fake": fake,
    "stick": stick, "stick_home": stick_home, "spoil": spoil, "copy": copy, "bring_old": bring_old,
}  # fmt: skip
