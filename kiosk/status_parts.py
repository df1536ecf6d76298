"""Two parts of the status: how this kiosk and the others stand, and how the device itself does."""

from __future__ import annotations

from kiosk.health import p99
from kiosk.root import Kiosk
from kiosk.shown import DeviceShown, SyncShown
from kiosk.station import Station
from kiosk.store.faults import StoreTrouble
from kiosk.sync.exchange import VERSION, Machine
from kiosk.sync.peers import Peers
from kiosk.sync.worker import Sync


def sync_shown(kiosk: Kiosk, sync: Sync, peers: Peers) -> SyncShown:
    """How this kiosk and the others stand. Raises StoreTrouble."""
    state, met, stores = sync.state, peers.state, kiosk.stores
    refused = tuple(sync.exchanger.outbox.refused().values())
    built = [one.file.build_ms for one in stores.snapshots.in_use]
    return SyncShown(
        connected=state.connected,
        last_contact_ms=state.last_contact_ms or stores.learnt.noted_number("heard_ms"),
        pending=sync.exchanger.outbox.pending(),
        server=kiosk.enrolled.address,
        snapshot_built_ms=max(built) if built else None,
        tickets=kiosk.known.ticket_count(),
        learnt=stores.learnt.count(),
        why="" if state.why is None else state.why.value,
        lan_whys=tuple(why.value for why in met.whys),
        trouble="; ".join(filter(None, (state.trouble, met.trouble))),
        refused=len(refused),
        peers=met.met,
        refused_why=max(sorted(set(refused)), key=refused.count, default=""),
        failures=state.failures,
        unlisted=kiosk.unlisted.count(),
    )


def device_shown(kiosk: Kiosk, machine: Machine, *, locked: bool) -> DeviceShown:
    """The device's own state, and who is at it."""
    station = kiosk.station
    person = station.operators.person
    return DeviceShown(
        device=kiosk.stores.journal.device.hex(),
        version=VERSION,
        battery_percent=machine.battery_percent,
        charging=machine.is_charging,
        storage_free=kiosk.folder.free_bytes(),
        commit_ms=p99(station.commit_ms.copy()),
        clock_offset_ms=kiosk.device_clock.offset_ms(),
        clock_doubtful=kiosk.device_clock.is_doubtful(),
        operator=None if person is None else person.name,
        roles=() if person is None else person.roles,
        pin_good=_is_pin_good(station),
        locked=locked,
    )


def _is_pin_good(station: Station) -> bool:
    """Where the files cannot say whether the badge was blocked since, nothing is open."""
    try:
        return station.operators.is_pin_good
    except StoreTrouble:
        return False
