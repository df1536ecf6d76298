"""The event for a buyer's calendar (RFC 5545): one entry per order, or for a friend's ticket, in the zone of the event.

It never holds the address of an order or a ticket: calendars are shared with families and offices, and that address is
the key to the tickets. A friend's entry holds nothing of the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from syncserver.services.catalogue import Catalogue
from syncserver.services.orders import OrderView
from syncserver.services.translations import local, translator

PRODUCT_ID = "-//Rallygate//Tickets//EN"
ENTRY = b"BEGIN:VEVENT\r\n"


class NamedTicket(Protocol):
    """What a ticket is called and whom it is for."""

    @property
    def ticket(self) -> bytes: ...
    @property
    def product(self) -> str: ...
    @property
    def holder(self) -> str: ...


def calendar_of(view: OrderView, catalogue: Catalogue, tickets: Sequence[NamedTicket]) -> bytes:
    """The file, in the language of the catalogue. The same order gives the same bytes, so it updates itself."""
    heading = translator(catalogue.language).text("Order %(code)s", code=view.order.code)
    return _file(view.order.uid, view.order.placed_ms, catalogue, [heading, *map(_line, tickets)])


def calendar_of_ticket(view: OrderView, catalogue: Catalogue, ticket: NamedTicket) -> bytes:
    """The file for who received a ticket, which says nothing of the order."""
    return _file(ticket.ticket, view.order.placed_ms, catalogue, [_line(ticket)])


def _file(uid: bytes, made_ms: int, catalogue: Catalogue, about: Sequence[str]) -> bytes:
    words, language = translator(catalogue.language), {"LANGUAGE": catalogue.language}
    lines = [*about, words.text("Bring each ticket on paper or on a phone. It also works where there is no network.")]
    event = catalogue.event
    entry = Event()
    entry.add("uid", f"{uid.hex()}@{event.sender_address.rpartition('@')[2]}")
    entry.add("dtstamp", datetime.fromtimestamp(made_ms // 1000, UTC))
    entry.add("dtstart", local(event.starts_ms, event.zone))
    entry.add("dtend", local(event.ends_ms, event.zone))
    entry.add("summary", catalogue.name, language)
    entry.add("description", "\n".join(lines), language)
    entry.add("organizer", f"mailto:{event.seller_mail}", {"CN": event.seller})
    entry.add("transp", "TRANSPARENT")  # four days at a rally do not make a person busy for every meeting
    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add_component(entry)
    zone = _zone_lines(event.zone, event.first_day, event.last_day)
    return bytes(calendar.to_ical()).replace(ENTRY, zone + ENTRY, 1)


@lru_cache(maxsize=64)
def _zone_lines(zone: str, first_day: date, last_day: date) -> bytes:
    """The zone's rules around an event, not of all time: the same for each of its orders, and most of a file's work."""
    calendar, entry, year = Calendar(), Event(), timedelta(days=366)
    entry.add("dtstart", datetime.combine(first_day, time(), ZoneInfo(zone)))
    calendar.add_component(entry)
    calendar.add_missing_timezones(first_day - year, last_day + year)
    return b"".join(one.to_ical() for one in calendar.timezones)


def _line(ticket: NamedTicket) -> str:
    return f"{ticket.product} – {ticket.holder}" if ticket.holder else ticket.product
