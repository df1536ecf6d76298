"""What lists show: tickets that were found, who was here this shift, where the kiosk could stand."""

from __future__ import annotations

from dataclasses import replace

from common.ids import BadgeId, PointNo, ProductNo, TicketId
from common.rules import PointKind
from kiosk.operators import Person
from kiosk.shown import Found, FoundItem, PlaceShown
from tests.support.fake_names import GATE, LUNCH, SHIRT, STAND, TICKET
from tests.support.longest_texts import longest

FOUND = (
    Found(
        TicketId(b"found-01"),
        "Bartholoměj Příhoda-Třešňák",
        "5A8 2317",
        "QK7M2D",
        TICKET,
        (FoundItem(ProductNo(2), SHIRT, 3, 1), FoundItem(ProductNo(3), LUNCH, 2, 2)),
    ),
    Found(TicketId(b"found-02"), "Božislav Příhoda", None, "QK7M2D", TICKET, is_blocked=True),
    Found(TicketId(b"found-03"), "Jan Příhoda", "1AB 2345", "ZZ81XY", TICKET, is_cancelled=True),
    *(Found(TicketId(b"found-%02d" % at), f"Příhoda {at}", None, None, TICKET) for at in range(4, 15)),
)
# Found by its code: the seal of its holder is opened by the code too, or nothing is known of them.
FOUND_BY_CODE = (replace(FOUND[0], name="", plate=None, order=None),)
PEOPLE = (
    Person(BadgeId(b"badge-01"), "Zdeňka Kratochvílová-Nováková", ("supervisor", "hostess")),
    Person(BadgeId(b"badge-02"), "Jana", ("hostess",)),
    Person(BadgeId(b"badge-03"), "Petr Dvořák", ("wild_hostess",)),
)

PLACES = (
    PlaceShown(PointNo(1), GATE, PointKind.GATE, here=True),
    PlaceShown(PointNo(2), STAND, PointKind.STAND, here=False),
    *(
        PlaceShown(PointNo(10 + at), names, PointKind.STAND, here=False)
        for at, names in enumerate(longest("stand", 12))
    ),
)
