"""USB sticks that people carry between stands and office, and what each must tell whoever gets it next."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import BadInput
from common.ids import DeviceId, Digest
from kiosk.store.faults import StoreTrouble
from kiosk.sync.errors import SyncError
from tests.simulation.faults import PowerCut
from tests.simulation.truth import OFFICE

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.venue import Venue

STICKS: Final = 2
EMPTY: Final[frozenset[Digest]] = frozenset()


@dataclass(frozen=True, slots=True)
class Content:
    """What a file must tell whoever carries it now, and whose certificates are in it.

    `has_all`: besides, all that the server's word in it vouches for; a file that was spoilt may have lost that.
    """

    tells: frozenset[Digest] = EMPTY
    authors: frozenset[DeviceId] = frozenset()
    has_all: bool = True


@dataclass
class Stick:
    """One stick, and what is certain about the file on it."""

    path: Path
    content: Content = Content()
    is_spoilt: bool = False
    copies: list[tuple[Path, Content]] = field(default_factory=list)


class Sticks:
    """All sticks of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        folder = venue.folder / "sticks"
        folder.mkdir()
        self.all = [Stick(folder / f"{number}.rallygate") for number in range(STICKS)]
        self._copies = 0

    def to_device(self, stick: Stick, device: Device) -> None:
        """Carry it to a kiosk: what is in it is taken, what it lacks is added."""
        venue = self._venue
        venue.collect(device)
        try:
            done = device.carry(stick.path)
        except PowerCut:
            venue.power_cut(device)
            return
        except BadInput:
            self.require_good(stick)
            return
        except (StoreTrouble, SyncError):
            venue.collect(device)
            device.heard |= device.held()
            return
        venue.collect(device)
        device.heard |= device.held()
        told = self._provable(stick, device.heard) if not done.waits else EMPTY
        venue.report.carries += 1
        venue.checkers.carried(venue, device, told)
        content = Content(has_all=False) if stick.is_spoilt else stick.content
        added = device.held() if content.has_all else set(device.journal_raws()) - venue.office_ever
        stick.content = replace(content, tells=content.tells | added, authors=content.authors | {device.device_id})
        stick.is_spoilt = False

    def to_office(self, stick: Stick) -> None:
        """Carry it to the server, which takes what is in it and writes it anew."""
        venue, office = self._venue, self._venue.office
        if not office.is_up:
            return
        told = self._provable(stick, office.known() | venue.office_holds.keys())
        try:
            office.carry(stick.path)
        except BadInput:
            self.require_good(stick)
            office.carry(stick.path)
        venue.note_snapshot()
        venue.look()
        venue.report.carries += 1
        venue.checkers.carried(venue, None, told)
        stick.content, stick.is_spoilt = Content(frozenset(office.known())), False

    def _provable(self, stick: Stick, heard: set[Digest]) -> frozenset[Digest]:
        """What the file tells, without what is by devices nobody there has a certificate of: it waits in the file."""
        if stick.is_spoilt:
            return EMPTY
        truth, content = self._venue.truth, stick.content
        known = truth.certified(heard | content.tells) | content.authors
        by = {one: truth.made[one] for one in content.tells if one in truth.made}
        return frozenset(
            one for one, made in by.items() if made.by == OFFICE or made.entry.ref.identity.device in known
        )

    def require_good(self, stick: Stick) -> None:
        """What can be read no more is thrown away."""
        if stick.is_spoilt:
            stick.path.unlink()
            stick.content, stick.is_spoilt = Content(), False

    # --- their troubles ---------------------------------------------------------------------------

    def spoil(self, stick: Stick, rng: random.Random) -> None:
        """The file is cut short, or a bit of it changes."""
        if not stick.path.exists():
            return
        raw = bytearray(stick.path.read_bytes())
        if rng.random() < 0.5:
            del raw[rng.randint(0, len(raw)) :]
        elif raw:
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        stick.path.write_bytes(raw)
        stick.is_spoilt = True

    def copy(self, stick: Stick) -> None:
        """Somebody keeps a copy."""
        if stick.path.exists() and not stick.is_spoilt:
            self._copies += 1
            kept = stick.path.with_name(f"copy{self._copies}")
            shutil.copyfile(stick.path, kept)
            stick.copies.append((kept, stick.content))

    def bring_old(self, stick: Stick, rng: random.Random) -> None:
        """Somebody puts an old copy in the file's place: what came into it since is gone from it."""
        if stick.copies:
            kept, stick.content = rng.choice(stick.copies)
            shutil.copyfile(kept, stick.path)
            stick.is_spoilt = False
