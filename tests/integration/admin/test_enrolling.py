"""Enrolling a kiosk: a fresh snapshot is asked for by itself, and points are offered by area."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from syncserver.services.snapshot_queue import JOINING_EVERY_MS
from tests.support.admin_world import Office, make_office
from tests.support.small_event import small_event
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


MANY = "".join(
    f'[points.stand_{no}]\nkind = "stand"\nname = "{name}"\narea = "grounds"\nproducts = ["lunch"]\n\n'
    for no, name in enumerate(["Kuchyně u pódia", "Pódium", *(f"Stánek {no}" for no in range(1, 40))], start=1)
)


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An event with more points than anybody reads through."""
    made = make_office(tmp_path_factory.mktemp("fair"))
    import_event(made.services.db, made.services.clock, small_event(**{"[points.kitchen]": f"{MANY}[points.kitchen]"}))
    yield made
    made.services.db.close()


def offered(page: str) -> list[str]:
    """The names in the list, with their numbers."""
    return re.findall(r"<option value=\"\w+\"[^>]*>([^<]* · no\. \d+)</option>", page)


def chosen(page: str) -> list[str]:
    """What is chosen in the list."""
    return re.findall(r'<option value="\w+" selected>([^<]*) · no\. \d+</option>', page)


def number_of(office: Office, name: str) -> int:
    return next(one.no for one in office.services.admin.entries.points(office.event, "en") if one.name == name)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("PODI", ["Kuchyně u pódia", "Pódium"]),
        ("u pódia kuch", ["Kuchyně u pódia"]),
        ("stanek 37", ["Stánek 37"]),
        ("main_gate", ["Main gate"]),
    ],
)
def test_a_point_is_looked_for_whatever_the_accents_and_the_first_that_fits_is_chosen(
    fair: Office, wanted: str, found: list[str]
) -> None:
    page = fair.as_role(Role.ADMIN).get(fair.at("devices/enrol"), query_string={"find": wanted}).text
    assert [one.split(" · ")[0] for one in offered(page)] == found
    assert chosen(page) == found[:1]
    assert "<script" not in page.split("<form", 1)[1]


def test_a_point_is_looked_for_by_its_number(fair: Office) -> None:
    """Stánek 3 has another number than 3; both are told, and both are found."""
    number = number_of(fair, "Stánek 39")
    page = fair.as_role(Role.ADMIN).get(fair.at("devices/enrol"), query_string={"find": str(number)}).text
    assert f"Stánek 39 · no. {number}" in offered(page)
    assert all(str(number) in one for one in offered(page))


def test_without_a_word_or_where_none_fits_all_are_offered_and_nothing_is_chosen(fair: Office) -> None:
    client, at = fair.as_role(Role.ADMIN), fair.at("devices/enrol")
    every = offered(client.get(at).text)
    for wanted in ("", "   ", "<nowhere>"):
        page = client.get(at, query_string={"find": wanted}).text
        assert (offered(page), chosen(page)) == (every, [])
        assert ("No point has this name or number" in page) == ("nowhere" in wanted)
    assert "&lt;nowhere&gt;" in page


def test_looking_for_a_point_on_a_kiosks_page_never_leaves_nowhere_chosen(fair: Office) -> None:
    pen = fair.join("North gate, kiosk to move")
    client, at = fair.as_role(Role.ADMIN), fair.at(f"devices/{pen.device.hex()}")
    assert chosen(client.get(at).text) == ["Main gate"]
    assert chosen(client.get(at, query_string={"find": "stanek 12"}).text) == ["Stánek 12"]
    assert chosen(client.get(at, query_string={"find": "gate"}).text) == ["Main gate"], "where it stands, if that fits"


def test_few_points_are_read_not_searched(office: Office, fair: Office) -> None:
    shown = [one.as_role(Role.ADMIN).get(one.at("devices/enrol")).text for one in (office, fair)]
    assert ['role="search"' in page for page in shown] == [False, True]
