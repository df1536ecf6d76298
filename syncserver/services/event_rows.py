"""An event file as rows of tables: pure, so that what an import writes can be tested without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from common.catalogue import usage_to_list
from syncserver.services.event_file.model import Admission, EventFile, Offer, Point, Product, Question, Texts
from syncserver.stores.rows import Row


def json_of(value: object) -> str:
    """Compact JSON of a frozen value of the model."""
    return msgspec.json.encode(value).decode()


def event_row(event_file: EventFile) -> Row:
    """Columns of `events` that the file decides."""
    event = event_file.event
    return {
        "key": event.key,
        "is_test": event.is_test,
        "zone": event.zone,
        "border_minute": event.border_minute,
        "starts_ms": event.starts_ms,
        "ends_ms": event.ends_ms,
        "first_day": event.first_day.isoformat(),
        "last_day": event.last_day.isoformat(),
        "currency": event.currency,
        "currency_digits": event.currency_digits,
        "languages": ",".join(event.languages),
        "default_language": event.default_language,
        "sale_from_ms": event.sale.from_ms,
        "sale_until_ms": event.sale.until_ms,
        "organiser": json_of(event.organiser),
        "sender": json_of(event.sender),
    }


def product_row(event_id: int, product: Product, position: int, no: int, pictures: Mapping[str, bytes]) -> Row:
    """A row of `products`."""
    return {
        "event_id": event_id,
        "no": no,
        "key": product.key,
        "kind": product.kind.value,
        "position": position,
        "category": product.category,
        "audience": product.audience.value,
        "price_minor": product.price_minor,
        "vat": product.vat,
        "sale_from_ms": product.sale.from_ms,
        "sale_until_ms": product.sale.until_ms,
        "per_ticket_max": product.limits.per_ticket,
        "per_person_max": product.limits.per_person,
        "per_order_max": product.limits.per_order,
        "picture": pictures.get(product.picture) if product.picture else None,
        "pieces": product.pieces,
        "is_secret": product.is_secret,
        "lane": product.lane.value if product.lane else None,
        "needs_plate": product.needs_plate,
        "parking": product.parking,
        "wave": product.wave,
        "attention": product.attention.value if product.attention else None,
        "offline": product.offline.value if product.offline else None,
        "refund": json_of(product.refund) if product.refund else None,
        "admission": _admission(product.admission),
    }


def _admission(admission: Admission) -> str:
    plain = {name: getattr(admission, name) for name in Admission.__dataclass_fields__ if name != "usage"}
    return json_of({**plain, "usage": usage_to_list(admission.usage)})


def product_details(event_id: int, product: Product, no: int, numbers: Mapping[str, int]) -> dict[str, list[Row]]:
    """Rows of the tables that hang on a product, by the table's name."""
    this = {"event_id": event_id, "product_no": no}
    prices = [{**this, "from_ms": one.from_ms, "price_minor": one.price_minor} for one in product.price_changes]
    of_variants = [
        {**this, "variant_key": variant.key, "from_ms": one.from_ms, "price_minor": one.price_minor}
        for variant in product.variants
        for one in variant.price_changes
    ]
    quotas = [{**this, "variant_key": None, "quota_key": key} for key in product.quotas]
    quotas += [{**this, "variant_key": one.key, "quota_key": key} for one in product.variants for key in one.quotas]
    return {
        "product_prices": prices,
        "variant_prices": of_variants,
        "product_requires": [{**this, "required_no": numbers[key]} for key in product.requires],
        "product_upgrades": [
            {**this, "upgrade_no": numbers[key], "position": at} for at, key in enumerate(product.upgrades_to)
        ],
        "product_quotas": quotas,
        "questions": [_question(this, one, at) for at, one in enumerate(product.questions)],
    }


def _question(this: Row, question: Question, position: int) -> Row:
    ask: dict[str, Any] = {"kind": type(question.ask).__name__, **msgspec.to_builtins(question.ask)}
    return {
        **this,
        "key": question.key,
        "position": position,
        "ask": json_of(ask),
        "is_required": question.required,
        "asked_at": question.asked_at.value,
    }


def variant_rows(event_id: int, product: Product, no: int) -> list[Row]:
    """Rows of `variants`."""
    return [
        {"event_id": event_id, "product_no": no, "key": one.key, "position": at, "price_minor": one.price_minor}
        for at, one in enumerate(product.variants)
    ]


def point_row(event_id: int, point: Point, place: int, no: int, area_no: int) -> Row:
    """A row of `points`."""
    return {
        "event_id": event_id,
        "no": no,
        "key": point.key,
        "kind": point.kind.value,
        "place": place,
        "area_no": area_no,
        "position": json_of(point.position) if point.position else None,
        "hours": json_of(point.hours),
        "lanes": json_of(point.lanes),
        "lets_in": point.lets_in,
        "lets_out": point.lets_out,
        "offline": point.offline.value,
        "view_age_minutes_max": point.view_age_minutes_max,
        "confirm": point.confirm.value,
        "allows_unpaid": point.allows_unpaid,
        "is_unattended": point.is_unattended,
    }


def offer_row(event_id: int, offer: Offer, position: int) -> Row:
    """A row of `offers`."""
    return {
        "event_id": event_id,
        "key": offer.key,
        "position": position,
        "from_ms": offer.valid.from_ms,
        "until_ms": offer.valid.until_ms,
        "uses_max": offer.uses_max,
        "per_person_max": offer.per_person_max,
        "per_order_max": offer.per_order_max,
        "percent_bp": offer.percent_bp,
        "amount_minor": offer.amount_minor,
    }


def offer_product_rows(event_id: int, offer: Offer, numbers: Mapping[str, int]) -> list[Row]:
    """Rows of `offer_products`."""
    return [
        {"event_id": event_id, "offer_key": offer.key, "role": role, "product_no": numbers[key]}
        for role, keys in (("opens", offer.opens), ("cheaper", offer.cheaper))
        for key in keys
    ]


def text_rows(event_id: int, event_file: EventFile) -> list[Row]:
    """Rows of `texts`: every text of the file in every language it has."""
    return [
        {"event_id": event_id, "subject": subject, "key": key, "field": field, "language": language, "text": text}
        for subject, key, field, texts in _texts(event_file)
        if texts is not None
        for language, text in texts.pairs
    ]


def _texts(event_file: EventFile) -> Iterable[tuple[str, str, str, Texts | None]]:
    event, legal = event_file.event, event_file.event.legal
    yield "event", event.key, "name", event.name
    yield "event", event.key, "sentence", event.sentence
    yield from (("event", event.key, field, getattr(legal, field)) for field in ("imprint", "terms", "privacy"))
    named: tuple[tuple[str, Iterable[Any]], ...] = (
        ("category", event_file.categories),
        ("area", event_file.areas),
        ("point", event_file.points),
        ("parking", event_file.parking_areas),
        ("wave", event_file.waves),
        ("offer", event_file.offers),
    )
    for subject, values in named:
        yield from ((subject, one.key, "name", one.name) for one in values)
    for product in event_file.products:
        yield from _product_texts(product)


def _product_texts(product: Product) -> Iterable[tuple[str, str, str, Texts | None]]:
    yield from (
        ("product", product.key, field, getattr(product, field))
        for field in ("name", "sentence", "description", "handout")
    )
    yield from (("variant", f"{product.key}/{one.key}", "name", one.name) for one in product.variants)
    for question in product.questions:
        path = f"{product.key}/{question.key}"
        yield "question", path, "text", question.text
        yield "question", path, "label", question.label
        for option in getattr(question.ask, "options", ()):
            yield "option", f"{path}/{option.key}", "name", option.name
