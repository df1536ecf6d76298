"""This kiosk as whoever exchanges sees it: its files, its keys, its clock, and whom to tell what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import RLock

from common.entries import Entry
from common.facts import ForkedFact
from common.keys import KeyRing
from common.signing import SigningKey
from kiosk.device_clock import DeviceClock
from kiosk.known import Stores
from kiosk.machine.power import read_battery
from kiosk.store.enrolled import Enrolled
from kiosk.store.folder import Folder
from kiosk.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine says of itself; None is unknown."""

    battery_percent: int | None = None
    is_charging: bool | None = None
    camera: str = ""
    out_of_order: str = ""  # why its turnstile does not open until staff has looked


def read_machine() -> Machine:
    """What is known of it below the program: the battery. Never raises."""
    battery = read_battery()
    return Machine() if battery is None else Machine(battery.percent, battery.is_charging)


@dataclass
class Party:
    """This kiosk as it takes part in exchanges."""

    folder: Folder
    key: SigningKey
    enrolled: Enrolled
    ring: KeyRing
    stores: Stores
    around: Surroundings
    device_clock: DeviceClock
    monotonic_s: Callable[[], float]
    machine: Callable[[], Machine]
    on_ring: Callable[[KeyRing], None]
    on_learnt: Callable[[tuple[Entry, ...]], None]
    on_forked: Callable[[Iterable[ForkedFact]], None]
    give_way: Callable[[], object]  # returns when no scan is being decided
    shelf: AbstractContextManager[object] = field(default_factory=RLock)  # held while snapshots are put into use
