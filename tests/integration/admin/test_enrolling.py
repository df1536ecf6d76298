"""Enrolling a kiosk: a fresh snapshot is asked for by itself, and points are offered by area."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncserver.services.rights import Role
from syncserver.services.snapshot_queue import JOINING_EVERY_MS
from tests.support.admin_world import Office
from tests.support.whole_world import Guest, WholeWorld, make_whole_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path)
    yield made
    made.close()


def built(office: Office) -> int:
    """Snapshots that were asked for by now, built."""
    return office.services.workers()["snapshots"].run_all()


def enrol(office: Office) -> None:
    """A code made on the page."""
    page = office.post(office.as_role(Role.ADMIN), "devices/enrol", "devices/enrol", name="North gate", minutes="10")
    assert "The kiosk fetches the tickets by itself" in page.text


def test_enrolling_asks_for_a_snapshot_only_if_something_came_since_the_newest(own_office: Office) -> None:
    built(own_office)
    own_office.services.snapshots.build(own_office.event.id)
    enrol(own_office)
    assert built(own_office) == 0
    own_office.issue(2)
    enrol(own_office)
    assert built(own_office) == 1
    newest = own_office.services.admin.snapshots.page(own_office.event, None).snapshots[0]
    assert newest.row.ticket_count == 2


def test_a_hundred_kiosks_that_join_at_once_build_two_snapshots(own_office: Office) -> None:
    """One at once, one ten minutes later at most, which has what came with and after the first."""
    built(own_office)
    own_office.services.snapshots.build(own_office.event.id)
    for _ in range(4):
        own_office.issue()
        enrol(own_office)
    assert built(own_office) == 1
    own_office.issue()
    enrol(own_office)
    assert built(own_office) == 0
    own_office.clock.advance(JOINING_EVERY_MS / 1000)
    assert built(own_office) == 1
    assert own_office.services.admin.snapshots.page(own_office.event, None).snapshots[0].row.ticket_count == 5


def test_a_kiosk_that_joins_gets_the_names_sold_since_the_newest_snapshot(world: WholeWorld) -> None:
    world.work()
    world.build()
    world.issue(Guest("Jiří Řeřicha"))
    gate = world.gate()
    badge = world.badge()
    world.work()
    gate.idle()
    gate.sign_on(badge)
    assert [found.name for found in gate.front.find("rericha")] == ["Jiří Řeřicha"]


def test_points_are_offered_by_area_gates_first(office: Office) -> None:
    page = office.as_role(Role.ADMIN).get(office.at("devices/enrol")).text
    groups = re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', page)
    areas = office.services.admin.points.by_area(office.event, "en")
    assert [name for name, _ in groups] == [one.name for one in areas]
    kinds = [[point.kind for point in one.points] for one in areas]
    assert kinds == [sorted(one) for one in kinds]  # "gate" comes before "stand"
    assert [one[0] for one in kinds] == sorted(one[0] for one in kinds)
    offered = re.findall(r'value="(\w+)"', "".join(inside for _, inside in groups))
    assert sorted(offered) == sorted(one.key for one in office.services.admin.entries.points(office.event, "en"))
    assert "decides about nobody until it is moved" in page
