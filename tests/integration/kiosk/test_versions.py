"""Kiosks of today at a server of tomorrow, and of the day after: real kiosks, the real application."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.decision import Outcome, Reason
from common.exchange import PROTOCOL, SCHEMA
from common.versions import Versions
from kiosk.sync.errors import Refused
from tests.support.whole_world import Guest, WholeWorld, make_whole_world

NEXT = Versions(PROTOCOL + 1, SCHEMA + 1)
AFTER_THAT = Versions(PROTOCOL + 2, SCHEMA + 1)


def update_server(world: WholeWorld, versions: Versions) -> None:
    """The server's programs are started anew in another version."""
    world.services.exchange._versions = versions
    world.services.enrol._versions = versions


def test_a_server_of_the_next_protocol_enrols_and_serves_kiosks_of_this_one(tmp_path: Path) -> None:
    world = make_whole_world(tmp_path, versions=NEXT)
    try:
        [anna] = world.issue(Guest("Anna Nová"))
        world.build()
        one, other = world.gate(), world.gate()
        assert one.verdict(anna.digits).outcome is Outcome.ADMIT
        one.settle()
        other.settle()
        assert other.reason(anna.digits) is not Reason.OK
        assert one.front.sync.state.pending == 0
        answer = world.app.test_client().get(f"/api/sync/v1/snapshot/{'0' * 64}")
        assert answer.headers["Rallygate-Protocol"] == f"{NEXT.protocol}.{NEXT.schema}"
    finally:
        world.close()


def test_a_kiosk_two_protocols_behind_is_told_to_be_updated_and_goes_on_admitting(tmp_path: Path) -> None:
    world = make_whole_world(tmp_path)
    try:
        [anna] = world.issue(Guest("Anna Nová"))
        world.build()
        gate = world.gate()
        update_server(world, AFTER_THAT)
        assert gate.verdict(anna.digits).outcome is Outcome.ADMIT
        gate.settle()
        assert "update the kiosk, it goes on admitting" in gate.front.sync.state.trouble
        assert gate.front.status().sync.pending == 1
        with pytest.raises(Refused, match="update the kiosk"):
            world.gate()
        update_server(world, NEXT)
        gate.settle()
        assert (gate.front.sync.state.pending, gate.front.sync.state.trouble) == (0, "")
    finally:
        world.close()
