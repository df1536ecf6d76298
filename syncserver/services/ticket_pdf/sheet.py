"""What stands on one page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """Something the ticket entitles to besides getting in."""

    name: str
    quantity: int
    place: str  # where it is handed out; empty if unknown


@dataclass(frozen=True, slots=True)
class TicketSheet:
    """One pass, in the holder's language. `code` and `digits` are the pass's own; see services.passes."""

    event_name: str
    when: str
    product: str
    holder: str
    plate: str
    items: tuple[Item, ...]
    digits: str
    code: str
    order_code: str
    seller: str
    is_test: bool
    language: str
