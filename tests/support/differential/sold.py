"""The order behind a ticket, as far as kiosks are told of it: its holder, and what was answered at the purchase."""

from __future__ import annotations

from sqlalchemy import Table

from syncserver.db.tables_answers import order_answers
from syncserver.db.tables_shop import holders, order_positions, orders
from tests.support.differential.told import Ticket


def code_of(number: int) -> str:
    """What the buyer of an order reads out."""
    return f"K{number:05d}"


def _person(number: int) -> dict[str, object]:
    return {"name": f"Žofie Nová{number:04d}", "plate": f"{number:04d} KWZ"}


def looked_up(number: int) -> str:
    """What somebody types to find the holder of an order: by turns a name without its accents, a plate, the order."""
    return (f"nova{number:04d} zofie", f"{number:04d}-kwz", code_of(number))[number % 3]


def rows_of_order(event_id: int, number: int, ticket: Ticket) -> list[tuple[Table, list[dict[str, object]]]]:
    """Rows of each table, in the order in which they can be put in."""
    mine: dict[str, object] = {"event_id": event_id}
    order = {
        "id": number, "uid": ticket.id, "code": code_of(number), "link_hash": ticket.id, "form_key": f"form-{number}",
        "language": "en", "name": "", "mail": "", "currency": "CZK", "total_minor": 0, "channel": "web",
        "placed_ms": 0, "pay_until_ms": 0, "fulfilled_ms": 0,
    }  # fmt: skip
    position = {
        "order_id": number, "quantity": 1, "pieces": 1, "ticket": ticket.id, "price_minor": 0, "currency": "CZK",
        "vat_rate_bp": 0, "channel": "web",
    }  # fmt: skip
    places = list(dict.fromkeys((ticket.product, *ticket.items)))
    positions = [
        {**mine, **position, "place": at, "product_no": no, "is_ticket": no == ticket.product}
        for at, no in enumerate(places)
    ]
    answers = [
        {**mine, "order_id": number, "place": at, "unit": 1, "question": key, "answer": answer}
        for at, no in enumerate(places)
        for key, answer in ticket.kept.get(no, {}).items()
    ]
    holder = {"ticket": ticket.id, "order_id": number, **_person(number), "language": "en"}
    return [
        (orders, [{**mine, **order}]),
        (order_positions, positions),
        (holders, [{**mine, **holder}]),
        (order_answers, answers),
    ]
