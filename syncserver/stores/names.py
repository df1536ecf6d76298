"""SQL of what things are called: points and products by number, in a language."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from syncserver.db.tables_event import points, products, texts, variants
from syncserver.db.tables_vouchers import offers
from syncserver.stores.events import EventRow


@dataclass(frozen=True, slots=True)
class Named:
    """A point or product: `kind` is its own kind's word, `name` what it is called."""

    no: int
    key: str
    kind: str
    name: str
    is_active: bool


def points_of(tx: Connection, event: EventRow, language: str) -> dict[int, Named]:
    """Number -> point, those no longer in the file too, in the file's order."""
    return _named(tx, event, points, "point", language)


def products_of(tx: Connection, event: EventRow, language: str) -> dict[int, Named]:
    """Number -> product, those no longer in the file too, in the file's order."""
    return _named(tx, event, products, "product", language)


def variants_of(tx: Connection, event: EventRow, language: str) -> dict[tuple[int, str], str]:
    """(product's number, variant's key) -> name, those no longer in the file too, in the file's order."""
    called = _called(tx, event, "variant", language)
    columns = (products.c.key, variants.c.product_no, variants.c.key)
    same = (products.c.event_id == variants.c.event_id) & (products.c.no == variants.c.product_no)
    wanted = select(*columns).join(products, same).where(variants.c.event_id == event.id)
    found: dict[tuple[int, str], str] = {}
    for product, no, key in tx.execute(wanted.order_by(products.c.position, variants.c.position, variants.c.key)):
        name = f"{product}/{key}"
        found[no, key] = called.get((name, language)) or called.get((name, event.default_language)) or key
    return found


def offers_of(tx: Connection, event: EventRow, language: str) -> dict[str, str]:
    """Key -> name of every offer, those no longer in the file too, in the file's order."""
    called = _called(tx, event, "offer", language)
    wanted = select(offers.c.key).where(offers.c.event_id == event.id).order_by(offers.c.position, offers.c.key)
    return {
        key: called.get((key, language)) or called.get((key, event.default_language)) or key
        for key in tx.scalars(wanted)
    }


def _called(tx: Connection, event: EventRow, subject: str, language: str) -> dict[tuple[str, str], str]:
    """(key, language) -> name."""
    spoken = {language, event.default_language}
    query = select(texts.c.key, texts.c.language, texts.c.text).where(
        texts.c.event_id == event.id, texts.c.subject == subject, texts.c.field == "name", texts.c.language.in_(spoken)
    )
    return {(row.key, row.language): row.text for row in tx.execute(query)}


def _named(tx: Connection, event: EventRow, table: Table, subject: str, language: str) -> dict[int, Named]:
    place = table.c.place if "place" in table.c else table.c.position
    called = _called(tx, event, subject, language)
    wanted = select(table.c.no, table.c.key, table.c.kind, table.c.is_active).where(table.c.event_id == event.id)
    found: dict[int, Named] = {}
    for row in tx.execute(wanted.order_by(place, table.c.no)):
        name = called.get((row.key, language)) or called.get((row.key, event.default_language)) or row.key
        found[row.no] = Named(row.no, row.key, row.kind, name, row.is_active)
    return found
