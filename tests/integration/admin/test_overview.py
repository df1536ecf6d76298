"""The overview says what is so, how old it is, and what hinders the opening."""

from __future__ import annotations

import re

import pytest

from common.exchange import DeviceStatus
from syncserver.services import backup
from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.busy_office import Busy, tell_status
from tests.support.small_event import small_event


def figures(page: str) -> dict[str, str]:
    """Label -> number, of the figures on a page."""
    found = re.findall(r"<b>([^<]+)</b><span>([^<]+)</span>", page)
    return {label: number for number, label in found}


def test_figures_count_what_was_written_today(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    found = figures(page)
    assert (found["let in"], found["handed out"], found["turned away"]) == ("3", "1", "1")
    assert found["uses a minute"] == "0.4"
    assert (found["devices in touch"], found["devices silent"], found["entries still at kiosks"]) == ("1", "1", "3")
    assert (found["conflicts"], found["entries not accepted"], found["jobs that failed"]) == ("2", "3", "1")
    assert "3 tickets, 4 uses" in page
    assert "Times are those of Europe/Prague" in page
    assert busy.order.order.code not in page


def test_yesterday_is_not_today(any_office: Office, busy: Busy) -> None:
    any_office.clock.advance(24 * 3600)
    found = figures(any_office.as_role(Role.ADMIN).get(any_office.at("")).text)
    assert (found["let in"], found["handed out"], found["turned away"]) == ("0", "0", "0")
    assert found["conflicts"] == "2"
    assert busy.gate.device


def test_an_empty_event_says_what_is_to_be_done(any_office: Office) -> None:
    page = any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    assert "No kiosk has joined yet" in page
    assert "The signing keys were never exported" in page
    assert "There is no backup" in page
    assert "No snapshot was built" in page
    assert "No entry has come yet" in page


def test_what_is_done_leaves_the_launch_list(any_office: Office) -> None:
    s = any_office.services
    s.keys.note_export(any_office.event.uid, s.clock.now_ms())
    s.snapshots.build(any_office.event.id)
    s.config.backups.mkdir(parents=True, exist_ok=True)
    if s.db.dialect == "sqlite":
        backup.make(s.db, s.config.backups, s.clock)
    any_office.join()
    page = any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    for gone in ("never exported", "No kiosk has joined", "No snapshot was built"):
        assert gone not in page
    assert ("There is no backup" in page) == (s.db.dialect != "sqlite")


def test_devices_that_stand_nowhere_or_whose_clock_is_off_are_named(any_office: Office) -> None:
    lost = any_office.join("Tablet seven", None)
    off = any_office.join("Tablet nine")
    tell_status(any_office, off, DeviceStatus("0.1.0", 0, 0, clock_offset_ms=-90_000))
    page = any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    assert re.search(r"stand nowhere yet:.*Tablet seven", page)
    assert re.search(r"clock is off by more than a minute:.*Tablet nine", page)
    assert lost.device != off.device


def test_a_turnstile_out_of_order_is_named_and_marked_until_staff_has_looked(any_office: Office) -> None:
    pen = any_office.join("Turnstile three")
    client = any_office.as_role(Role.ADMIN)
    for why, seen in (("the arm is jammed", True), ("", False)):
        tell_status(any_office, pen, DeviceStatus("0.1.0", 0, 0, out_of_order=why))
        page = client.get(any_office.at("")).text
        assert bool(re.search(r"out of order until staff has looked:.*Turnstile three", page)) is seen
        assert ("turnstile out of order" in client.get(any_office.at("devices")).text) is seen
        assert ("the arm is jammed" in client.get(any_office.at(f"devices/{pen.device.hex()}")).text) is seen


def test_whoever_may_not_open_a_page_gets_the_figure_without_a_link(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.HOSTESS).get(any_office.at("")).text
    assert figures(page)["entries not accepted"] == "3"
    assert any_office.at("tray") not in page
    assert any_office.at("points") in page
    assert busy.tickets[0].hex() not in page


def test_points_show_their_day_and_one_point_its_rules(any_office: Office, busy: Busy) -> None:
    client = any_office.as_role(Role.ADMIN)
    listed = client.get(any_office.at("points")).text
    assert "Main gate" in listed
    assert "North gate, South gate" in re.sub(r"\s+", " ", listed)
    gate = client.get(any_office.at("points/main_gate")).text
    assert "Once a day for each one bought" in gate
    assert "In and out" in gate
    assert "Area: Grounds" in gate
    assert busy.tickets[0].hex() in gate
    kitchen = client.get(any_office.at("points/kitchen")).text
    assert figures(kitchen)["handed out today"] == "1"
    assert client.get(any_office.at("points/nowhere")).status_code == 404


def test_a_hostess_sees_a_point_without_its_entries(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.HOSTESS).get(any_office.at("points/main_gate")).text
    assert "Latest entries" not in page
    assert busy.tickets[0].hex() not in page


def test_texts_that_lack_a_language_stand_on_the_launch_list(any_office: Office) -> None:
    said = "Texts of products or points are missing"
    assert said not in any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    half = small_event(**{'name = "Lunch"': 'name = { cs = "Oběd" }', '"Kitchen"': '{ cs = "Kuchyň" }'})
    import_event(any_office.services.db, any_office.clock, half)
    page = any_office.as_role(Role.ADMIN).get(any_office.at("")).text
    assert re.search(rf"{said}.*en 2<", page)


@pytest.mark.parametrize("page", ["", "entries"])
def test_a_page_refreshes_itself_until_it_is_asked_to_keep_still_and_is_never_loaded_anew(
    office: Office, page: str
) -> None:
    client = office.as_role(Role.SUPERVISOR)
    moving, still = client.get(office.at(page)).text, client.get(office.at(f"{page}?still=yes")).text
    assert 'http-equiv="refresh"' not in moving + still
    assert re.search(r'<div id="live" data-every="\d+"', moving)
    assert re.search(r'href="[^"]*\?still=yes">Stop refreshing', moving)
    assert "data-every" not in still
    assert re.search(r'href="[^"?]*">Refresh every', still)
    for text in (moving, still):
        assert re.search(r'<a href="[^"]*">Refresh</a>', text), "for who has no scripts, or will not wait"
