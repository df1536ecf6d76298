"""The kiosks of one event: each holds the server's own snapshot, byte for byte, and all the server said since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from common.certificates import issue_certificate
from common.clock import ManualClock
from common.exchange import Manifest
from common.ids import PointNo
from kiosk.front import Front
from kiosk.headless import Headless
from kiosk.joining import Joining
from kiosk.root import Options, open_kiosk
from kiosk.store.enrolled import Enrolled, device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.store.learnt import Intake
from kiosk.store.snapshots import Snapshots, open_manifest
from kiosk.sync.download import fetch_search, fetch_snapshot
from tests.support.differential.sold import looked_up
from tests.support.differential.told import Case
from tests.support.differential.world import PIN, World
from tests.support.whole_world import AppTransport

Plain = dict[str, Any]


class Kiosks:
    """One at each point, spoken to through `headless`."""

    def __init__(self, folder: Path, world: World) -> None:
        """Opens them; at points that have a badge its holder signs on."""
        self._folder, self._world, self._late = folder, world, tuple(world.late)
        self._clock = ManualClock(world.told.built_ms)
        self._kiosks = {point: self._open(point) for point in world.told.points}

    def close(self) -> None:
        """Close all of them."""
        for kiosk in self._kiosks.values():
            if kiosk.front is not None:
                kiosk.front.close()

    def answer(self, case: Case, text: str, *, info: bool) -> Plain:
        """What the kiosk at the case's point answers on its line; whoever is to be found is looked up first."""
        kiosk, what = self._kiosks[case.point], case.shown
        self._clock.set_wall(case.now_ms)
        _confirm_the_time(kiosk)
        if what.what != "found":
            return _say(kiosk, {"do": "code" if what.typed else "scan", "text": text, **_asked(case, info=info)})
        listed = _say(kiosk, {"do": "find", "text": looked_up(self._world.sold[case.ticket.id])})
        if [one["ticket"] for one in listed.get("tickets", ())] != [text]:
            return listed
        return _say(kiosk, {"do": "redeem", "ticket": text, **_asked(case, info=info)})

    def _open(self, point: int) -> Headless:
        folder, world = Folder(self._folder / f"kiosk{point}"), self._world
        folder.make()
        self._join(folder, point)
        options, transport = Options(self._clock), AppTransport(world.office.app.test_client(), is_down=True)
        kiosk = open_kiosk(folder, options)
        kiosk.stores.learnt.take(Intake(self._late)).result()
        kiosk.station.heard(self._late)
        headless = Headless(Front(kiosk, transport), Joining(folder, "", options), self._clock)
        if point in world.badges:
            assert _say(headless, {"do": "badge", "text": world.badges[point].digits})["answer"] == "operator"
            assert _say(headless, {"do": "pin", "pin": PIN})["answer"] == "operator"
        return headless

    def _join(self, folder: Folder, point: int) -> None:
        """Its papers and the snapshot, taken and checked as any kiosk does; names only where people are looked up."""
        world, mine = self._world, self._world.keys.own
        public, root = device_key(folder).verify_key.raw, mine.root.verify_key.raw
        certificate = issue_certificate(mine.scribe, world.uid, public, f"Kiosk {point}", world.told.built_ms // 1000)
        papers = Enrolled(world.uid, "Trial", "http://127.0.0.1:9", certificate, root, world.key_list, PointNo(point))
        write_enrolled(folder, papers)
        manifest = open_manifest(world.snapshot.manifest, papers.ring())
        assert isinstance(manifest, Manifest)
        transport, snapshots = AppTransport(world.office.app.test_client()), Snapshots(folder, papers.ring())
        admission, holders = fetch_snapshot(manifest, folder, transport, wants_holders=True)
        search = fetch_search(manifest, folder, transport) if point in world.badges else None
        snapshots.install(admission, holders, world.snapshot.manifest, search)
        snapshots.close()


def _asked(case: Case, *, info: bool) -> Plain:
    request = case.request
    return {
        "info": info,
        "direction": request.direction.value,
        "product": request.product,
        "quantity": request.quantity,
        "lane": request.lane.value if request.lane else None,
        "confirmed": request.confirmed,
        "answers": dict(request.answers),
        "override": request.override.value if request.override else None,
        "answered_for": [one.value for one in request.answered_for],
        "why": request.override_why,
    }


def _confirm_the_time(kiosk: Headless) -> None:
    """After hours without a contact somebody says that the time shown is right: clocks are not what is compared."""
    assert kiosk.front is not None
    device_clock = kiosk.front.kiosk.device_clock
    if not device_clock.is_usable():
        device_clock.doubt_shown()
        assert device_clock.confirm()


def _say(headless: Headless, command: Plain) -> Plain:
    answer = headless.answer(json.dumps(command).encode())
    assert answer is not None
    return answer
