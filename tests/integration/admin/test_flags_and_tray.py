"""What people should look at: conflicts, what came back, flags; and the tray, saved and tried anew."""

from __future__ import annotations

import re

from common.ids import DeviceId
from syncserver.services.rights import Role
from syncserver.stores import devices as device_store
from syncserver.stores import returned as returned_store
from tests.support.admin_world import Office
from tests.support.busy_office import Busy
from tests.support.server_world import Pen


def forget_and_return(office: Office, pen: Pen) -> None:
    """As after a restore: the statement about a device came back from a kiosk."""
    with office.services.db.write() as tx:
        row = device_store.by_id(tx, office.event.id, pen.device)
        assert row is not None
        assert row.statement is not None
        returned_store.add_statements(tx, office.event.id, [(row.statement, 38)], office.clock.now_ms())


def test_conflicts_and_flags_are_listed_with_their_reason(any_office: Office, busy: Busy) -> None:
    client = any_office.as_role(Role.SUPERVISOR)
    listed = client.get(any_office.at("conflicts")).text
    assert "two devices that had not heard of each other" in listed
    assert "more than was bought" in listed
    page = client.get(any_office.at("flags")).text
    assert "2 uses wait for a decision" in page
    assert "clock was doubtful" in page
    assert busy.tickets[0].hex() in listed
    assert "<button" not in page.partition("<main")[2]


def test_a_device_known_again_after_a_restore_says_so_everywhere(any_office: Office) -> None:
    pen, calm = any_office.join("Tablet seven"), any_office.join("Tablet nine")
    forget_and_return(any_office, pen)
    client = any_office.as_role(Role.SUPERVISOR)
    listed = client.get(any_office.at("devices")).text
    assert listed.count("known again after a restore") == 1
    flags = client.get(any_office.at("flags")).text
    assert re.search(r"Known again after a restore.*Tablet seven", flags, re.DOTALL)
    assert "Tablet nine" not in flags
    assert client.get(any_office.at("flags.json")).get_json()["devices_known_again"] == ["Tablet seven"]
    assert "Known again after a restore, since" in client.get(any_office.at(f"devices/{pen.device.hex()}")).text
    assert "Known again" not in client.get(any_office.at(f"devices/{calm.device.hex()}")).text


def test_a_ticket_that_came_back_without_its_order_is_flagged(any_office: Office) -> None:
    ticket = any_office.issue()[0]
    with any_office.services.db.write() as tx:
        returned_store.add_tickets(tx, any_office.event.id, [(ticket, b"d" * 16)], any_office.clock.now_ms())
    client = any_office.as_role(Role.SUPERVISOR)
    assert ticket.hex() in client.get(any_office.at("flags")).text
    assert "Its order is not on this server" in client.get(any_office.at(f"tickets/{ticket.hex()}")).text


def test_the_tray_says_who_sent_what_and_why_it_is_no_entry(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.SUPERVISOR).get(any_office.at("tray")).text
    assert "not signed as entries are" in page or "no entry at all" in page
    assert "signed by a device not known here" in page
    assert "not allowed: this device may not say such a thing" in page
    assert "North gate" in page
    assert "South gate" in page
    assert busy.gate.device.hex() not in page


def test_bytes_in_the_tray_can_be_saved_as_they_came(any_office: Office, busy: Busy) -> None:
    client = any_office.as_role(Role.SUPERVISOR)
    items = re.findall(r"tray/(\d+)\.bin", client.get(any_office.at("tray")).text)
    saved = [client.get(any_office.at(f"tray/{item}.bin")) for item in items]
    assert b"no entry at all" in [one.data for one in saved]
    for one in saved:
        assert one.content_type == "application/octet-stream"
        assert one.headers["Content-Disposition"].startswith("attachment; ")
    assert client.get(any_office.at("tray/999999.bin")).status_code == 404
    assert busy.tickets


def test_trying_again_takes_in_what_verifies_by_now(any_office: Office) -> None:
    """A device's entry came before anybody knew the device; its key is known by another way now."""
    ticket = any_office.issue()[0]
    stranger = Pen(any_office.world)
    known = any_office.services.known.event(any_office.event.uid)
    any_office.services.ingest.take(known, [stranger.redeem(ticket).raw], None)
    client = any_office.as_role(Role.SUPERVISOR)
    item = re.findall(r"tray/(\d+)/retry", client.get(any_office.at("tray")).text)[0]
    refused = any_office.post(client, "tray", f"tray/{item}/retry")
    assert refused.status_code == 400
    assert "still no entry: unknown_key" in refused.text
    row = {"public": stranger.key.verify_key.raw, "certificate": b"", "name": "Stranger", "point_no": None}
    flags = {"is_server": False, "is_revoked": False, "is_forked": False, "is_remembered": False, "statement": None}
    with any_office.services.db.write() as tx:
        device = DeviceId(stranger.device)
        device_store.add(tx, {"event_id": any_office.event.id, "device": device, "since_ms": 0, **row, **flags})
    assert any_office.post(client, "tray", f"tray/{item}/retry").status_code == 303
    assert "Everything that came was an entry" in client.get(any_office.at("tray")).text
