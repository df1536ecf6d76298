"""SQL of what is sold, as the shop reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from syncserver.db.tables_event import (
    areas,
    categories,
    events,
    picture_sizes,
    pictures,
    point_products,
    points,
    product_prices,
    product_quotas,
    product_requires,
    product_upgrades,
    products,
    questions,
    texts,
    variant_prices,
    variants,
    vat_rates,
)
from syncserver.db.tables_vouchers import offer_products, offers

AT_PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class CatalogueRows:
    """All rows the shop's catalogue is made of, each list in the order of the event file."""

    products: Sequence[Row[*tuple[Any, ...]]]
    variants: Sequence[Row[*tuple[Any, ...]]]
    prices: Sequence[Row[*tuple[Any, ...]]]
    variant_prices: Sequence[Row[*tuple[Any, ...]]]
    requires: Sequence[Row[*tuple[Any, ...]]]
    upgrades: Sequence[Row[*tuple[Any, ...]]]
    quotas: Sequence[Row[*tuple[Any, ...]]]
    categories: Sequence[Row[*tuple[Any, ...]]]
    vat_rates: Sequence[Row[*tuple[Any, ...]]]
    places: Sequence[Row[*tuple[Any, ...]]]  # product_no, point_key
    points: Sequence[Row[*tuple[Any, ...]]]  # with area_key
    offers: Sequence[Row[*tuple[Any, ...]]]
    offer_products: Sequence[Row[*tuple[Any, ...]]]
    questions: Sequence[Row[*tuple[Any, ...]]]  # those of the purchase
    picture_sizes: Sequence[Row[*tuple[Any, ...]]]  # sha256, width, height, is_whole
    texts: dict[tuple[str, str, str, str], str]  # subject, key, field, language


def event_rows(tx: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """All events, the next one first."""
    return tx.execute(select(events).order_by(events.c.starts_ms, events.c.id)).all()


def event_row(tx: Connection, key: str) -> Row[*tuple[Any, ...]] | None:
    """One event by its key."""
    return tx.execute(select(events).where(events.c.key == key)).first()


def event_row_by_id(tx: Connection, event_id: int) -> Row[*tuple[Any, ...]] | None:
    """One event by its number."""
    return tx.execute(select(events).where(events.c.id == event_id)).first()


def read(tx: Connection, event_id: int) -> CatalogueRows:
    """Everything of one event."""
    mine = select(products).where(products.c.event_id == event_id, products.c.is_active)
    kinds = select(variants).where(variants.c.event_id == event_id, variants.c.is_active)
    places = (
        select(point_products.c.product_no, points.c.key.label("point_key"))
        .join(points, (points.c.event_id == point_products.c.event_id) & (points.c.no == point_products.c.point_no))
        .where(point_products.c.event_id == event_id, points.c.is_active)
    )
    shelves = select(categories).where(categories.c.event_id == event_id, categories.c.is_active)
    prices = select(product_prices).where(product_prices.c.event_id == event_id)
    of_kinds = select(variant_prices).where(variant_prices.c.event_id == event_id)
    becomes = select(product_upgrades).where(product_upgrades.c.event_id == event_id)
    rates = select(vat_rates).where(vat_rates.c.event_id == event_id)
    asked = select(questions).where(questions.c.event_id == event_id, questions.c.asked_at == AT_PURCHASE)
    given = select(offers).where(offers.c.event_id == event_id, offers.c.is_active)
    return CatalogueRows(
        products=tx.execute(mine.order_by(products.c.position)).all(),
        variants=tx.execute(kinds.order_by(variants.c.position)).all(),
        prices=tx.execute(prices.order_by(product_prices.c.from_ms)).all(),
        variant_prices=tx.execute(of_kinds.order_by(variant_prices.c.from_ms)).all(),
        requires=tx.execute(select(product_requires).where(product_requires.c.event_id == event_id)).all(),
        upgrades=tx.execute(becomes.order_by(product_upgrades.c.position)).all(),
        quotas=tx.execute(select(product_quotas).where(product_quotas.c.event_id == event_id)).all(),
        categories=tx.execute(shelves.order_by(categories.c.position)).all(),
        vat_rates=tx.execute(rates.order_by(vat_rates.c.from_ms)).all(),
        places=tx.execute(places.order_by(points.c.place)).all(),
        points=_points(tx, event_id),
        offers=tx.execute(given.order_by(offers.c.position)).all(),
        offer_products=tx.execute(select(offer_products).where(offer_products.c.event_id == event_id)).all(),
        questions=tx.execute(asked.order_by(questions.c.product_no, questions.c.position)).all(),
        picture_sizes=_picture_sizes(tx, event_id),
        texts=_texts(tx, event_id),
    )


def _picture_sizes(tx: Connection, event_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    named = select(products.c.picture).where(products.c.event_id == event_id, products.c.is_active)
    of = picture_sizes.c
    columns = (of.sha256, of.width, of.height, of.data.is_(None).label("is_whole"))
    return tx.execute(select(*columns).where(of.sha256.in_(named), of.width > 0).order_by(of.width)).all()


def _points(tx: Connection, event_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    of_area = (areas.c.event_id == points.c.event_id) & (areas.c.no == points.c.area_no)
    columns = (points.c.key, points.c.kind, points.c.position, points.c.hours, areas.c.key.label("area_key"))
    mine = select(*columns).join(areas, of_area).where(points.c.event_id == event_id, points.c.is_active)
    return tx.execute(mine.order_by(points.c.place)).all()


def _texts(tx: Connection, event_id: int) -> dict[tuple[str, str, str, str], str]:
    wanted = (texts.c.subject, texts.c.key, texts.c.field, texts.c.language, texts.c.text)
    rows = tx.execute(select(*wanted).where(texts.c.event_id == event_id))
    return {(row.subject, row.key, row.field, row.language): row.text for row in rows}


def picture(tx: Connection, sha256: bytes) -> tuple[str, bytes] | None:
    """Media type and bytes of a picture."""
    row = tx.execute(select(pictures.c.media_type, pictures.c.data).where(pictures.c.sha256 == sha256)).first()
    return None if row is None else (row.media_type, row.data)


def picture_of_width(tx: Connection, sha256: bytes, width: int) -> bytes | None:
    """Bytes of a picture in one of the widths that were made of it."""
    mine = (picture_sizes.c.sha256 == sha256, picture_sizes.c.width == width)
    found: bytes | None = tx.execute(select(picture_sizes.c.data).where(*mine)).scalar_one_or_none()
    return found
