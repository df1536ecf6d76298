"""The event for a buyer's calendar (RFC 5545): one entry per order, in the zone of the event.

It never holds the order's address: calendars are shared with families and offices, and that address is the key to the
tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from icalendar import Calendar, Event

from syncserver.services.catalogue import Catalogue
from syncserver.services.orders import OrderView
from syncserver.services.translations import Translator, local, translator

PRODUCT_ID = "-//Rallygate//Tickets//EN"


class NamedTicket(Protocol):
    """What a ticket is called and whom it is for."""

    @property
    def product(self) -> str: ...
    @property
    def holder(self) -> str: ...


def calendar_of(view: OrderView, catalogue: Catalogue, tickets: Sequence[NamedTicket]) -> bytes:
    """The file, in the language of the catalogue. The same order gives the same bytes, so it updates itself."""
    words, language = translator(catalogue.language), {"LANGUAGE": catalogue.language}
    event = catalogue.event
    entry = Event()
    entry.add("uid", f"{view.order.uid.hex()}@{event.sender_address.rpartition('@')[2]}")
    entry.add("dtstamp", datetime.fromtimestamp(view.order.placed_ms // 1000, UTC))
    entry.add("dtstart", local(event.starts_ms, event.zone))
    entry.add("dtend", local(event.ends_ms, event.zone))
    entry.add("summary", catalogue.name, language)
    entry.add("description", _description(view, words, tickets), language)
    entry.add("organizer", f"mailto:{event.seller_mail}", {"CN": event.seller})
    entry.add("transp", "TRANSPARENT")  # four days at a rally do not make a person busy for every meeting
    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(entry)
    year = timedelta(days=366)  # the zone's rules around the event, not of all time
    calendar.add_missing_timezones(event.first_day - year, event.last_day + year)
    return bytes(calendar.to_ical())


def _description(view: OrderView, words: Translator, tickets: Sequence[NamedTicket]) -> str:
    lines = [words.text("Order %(code)s", code=view.order.code)]
    lines += [f"{one.product} – {one.holder}" if one.holder else one.product for one in tickets]
    lines.append(words.text("Bring each ticket on paper or on a phone. It also works where there is no network."))
    return "\n".join(lines)
