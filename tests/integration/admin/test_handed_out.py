"""Which sizes were handed out: folded from entries, on the uses' pages and in the report."""

from __future__ import annotations

import pytest

from common.bodies import HandedLine, HandedOut, Void
from common.ids import ProductNo, TicketId
from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.server_world import LUNCH, Pen
from tests.support.small_event import small_event

BEER = ProductNo(LUNCH + 1)
BEER_SIZES = """
[products.beer.variants.small]
name = "Small mug"
[products.beer.variants.large]
name = "Large mug"

[points.main_gate]"""


@pytest.fixture
def bar(any_office: Office) -> Office:
    """The office of an event whose beers come in two sizes."""
    import_event(any_office.services.db, any_office.services.clock, small_event(**{"[points.main_gate]": BEER_SIZES}))
    return any_office


def hand(office: Office, pen: Pen, ticket: TicketId, *lines: HandedLine) -> bytes:
    """A beer handed out, with what the kiosk says of it; the digest of the use."""
    use = pen.redeem(ticket, BEER)
    said = [pen.write(HandedOut(ticket, use.ref, lines))] if lines else []
    office.take(use, *said)
    return use.ref.digest


def report(office: Office) -> dict[str, tuple[int, int]]:
    """Variant -> (handed out, instead of another)."""
    found = office.as_role(Role.SUPERVISOR).get(office.at("handed-out.json")).get_json()
    told = {one["variant"]: (one["quantity"], one["instead"]) for one in found["variants"]}
    return told | {"untold": (found["untold"].get("beer", 0), 0)}


def test_the_report_sums_what_uses_that_count_handed_out(bar: Office) -> None:
    pen, tickets = bar.join("Bar"), bar.issue(5)
    hand(bar, pen, tickets[0], HandedLine("large", 1))
    hand(bar, pen, tickets[1], HandedLine("large", 1, "small"))
    hand(bar, pen, tickets[2], HandedLine("small", 1))
    hand(bar, pen, tickets[3])
    use = pen.redeem(tickets[4], BEER)
    said = pen.write(HandedOut(tickets[4], use.ref, (HandedLine("small", 1),)))
    bar.take(use, said, pen.write(Void(tickets[4], use.ref, "undone")))
    assert report(bar) == {"Small mug": (1, 0), "Large mug": (2, 1), "untold": (1, 0)}
    page = bar.as_role(Role.SUPERVISOR).get(bar.at("handed-out")).text
    assert "Large mug" in page
    assert "not said" in page


def test_what_is_said_later_replaces_what_was_said_whatever_comes_first(bar: Office) -> None:
    pen, (ticket,) = bar.join("Bar"), bar.issue(1)
    use = pen.redeem(ticket, BEER)
    first = pen.write(HandedOut(ticket, use.ref, (HandedLine("small", 1),)))
    later = pen.write(HandedOut(ticket, use.ref, (HandedLine("large", 1, "small"),), (first.ref,)))
    bar.take(later)
    bar.take(use, first)
    assert report(bar) == {"Small mug": (0, 0), "Large mug": (1, 1), "untold": (0, 0)}


def test_the_pages_of_uses_say_which_size_it_was(bar: Office) -> None:
    pen, (ticket,) = bar.join("Bar"), bar.issue(1)
    hand(bar, pen, ticket, HandedLine("large", 1))
    client = bar.as_role(Role.SUPERVISOR)
    assert "Beer: Large mug" in client.get(bar.at("entries")).text
    (row,) = [one for one in client.get(bar.at("entries.json")).get_json()["entries"] if one["product"] == "Beer"]
    assert row["variants"] == "Large mug"
    assert "Beer: Large mug" in client.get(bar.at(f"devices/{pen.device.hex()}/uses")).text


def test_a_strange_device_cannot_say_what_another_handed_out(bar: Office) -> None:
    pen, other, (ticket,) = bar.join("Bar"), bar.join("Other"), bar.issue(1)
    use = pen.redeem(ticket, BEER)
    bar.take(use, other.write(HandedOut(ticket, use.ref, (HandedLine("large", 1),))))
    assert report(bar)["untold"] == (1, 0)


def test_nothing_handed_out_is_said_so(bar: Office) -> None:
    assert "was handed out yet" in bar.as_role(Role.SUPERVISOR).get(bar.at("handed-out")).text
