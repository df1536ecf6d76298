"""Keys leave the memory of the real kiosk: looked for in the program's own memory, from outside."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.badges import Badge, Role, badge_private, badge_proof_key, open_role_key_with
from common.clock import SystemClock
from common.keys import KeyUse
from common.scan_text import read_text
from kiosk import operators
from syncserver.services.badges import IssuedBadge
from tests.support.headless_process import HeadlessProcess
from tests.support.leak_day import a_world_of, join_and_fetch
from tests.support.memory_of import places_in_memory
from tests.support.served_app import served
from tests.support.whole_world import PIN, Guest, WholeWorld, make_whole_world

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read by /proc")
WITHIN_S = 30.0


@dataclass
class Stand:
    """A kiosk that runs, a supervisor's badge, and all that badge and PIN open."""

    kiosk: HeadlessProcess
    badge: IssuedBadge
    secrets: dict[str, bytes]

    def sign_on(self) -> None:
        """Badge, PIN and a look-up: every key is made and used."""
        assert self.kiosk.line(self.badge.digits)["answer"] == "operator"
        assert self.kiosk.ask(do="pin", pin=PIN)["pin_good"] is True
        (found,) = self.kiosk.ask(do="find", text="dvoracek")["tickets"]
        assert self.kiosk.ask(do="redeem", ticket=found["ticket"])["answer"] == "verdict"

    def in_memory(self) -> dict[str, list[str]]:
        """Which of the secrets stand there."""
        found = {name: places_in_memory(self.kiosk.process_id, one) for name, one in self.secrets.items()}
        return {name: places for name, places in found.items() if places}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    path = tmp_path_factory.mktemp("memory")
    with a_world_of(path) as world, served(world.app) as address:
        world.issue(Guest("Łukasz Dvořáček"))
        badge, folder = world.badge(), path / "kiosk"
        world.build()
        kiosk = HeadlessProcess(folder, path / "kiosk.log")
        join_and_fetch(world, kiosk, address, folder)
        yield Stand(kiosk, badge, secrets_of(world, badge, folder))
        kiosk.close()


def secrets_of(world: WholeWorld, badge: IssuedBadge, folder: Path) -> dict[str, bytes]:
    """What the kiosk makes of badge and PIN, made here, in another process."""
    ring = world.services.known.event(world.event.uid).ring.ring
    opened = read_text(badge.digits, ring, SystemClock().now_ms() // 1000)
    assert isinstance(opened, Badge)
    private = badge_private(opened.secret, PIN)
    (search,) = (folder / "snapshots").glob("*-search.sqlite")
    with closing(sqlite3.connect(search)) as connection:
        text = "SELECT sealed FROM role_keys WHERE badge = ? AND role = ?"
        ((sealed,),) = connection.execute(text, (opened.badge, Role.SUPERVISOR.value)).fetchall()
    role_key = open_role_key_with(private, sealed, world.event.uid, opened.badge, Role.SUPERVISOR)
    proof = badge_proof_key(private, ring.entries_of(KeyUse.SEAL)[0].public, world.event.uid, opened.badge)
    assert role_key is not None
    assert proof is not None
    return {"private key": private, "role key": bytes(role_key), "proof key": bytes(proof)}


@pytest.mark.parametrize("leaving", ["lock", "sign_out", "another badge"])
def test_keys_are_in_memory_while_somebody_is_here_and_gone_when_they_leave(stand: Stand, leaving: str) -> None:
    stand.sign_on()
    assert "private key" in stand.in_memory(), "what is looked for can be found"
    if leaving == "another badge":
        stand.kiosk.line(stand.badge.digits)
    else:
        stand.kiosk.ask(do=leaving)
    assert stand.in_memory() == {}


def test_role_and_proof_keys_do_not_outlive_the_question_they_were_made_for(stand: Stand) -> None:
    stand.sign_on()
    assert set(stand.in_memory()) == {"private key"}
    stand.kiosk.ask(do="lock")


def test_a_key_is_wiped_when_its_time_is_over_though_nobody_touches_the_kiosk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a timer: the clock is moved, nothing is asked, and the key goes."""
    world = make_whole_world(tmp_path)
    badge = world.badge()
    world.build()
    gate = world.gate()
    monkeypatch.setattr(operators, "PIN_GOOD_FOR_S", 1.0)
    gate.sign_on(badge)
    session = gate.front.kiosk.station.operators._session
    assert session is not None
    assert any(session.private)
    world.advance(1.0)
    until_s = time.monotonic() + WITHIN_S
    while any(session.private) and time.monotonic() < until_s:
        threading.Event().wait(0.05)
    assert not any(session.private)
    world.close()
