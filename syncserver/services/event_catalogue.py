"""The catalogue that kiosks get, made of an event file and the numbers the import has given out."""

from __future__ import annotations

from collections.abc import Mapping

from common.catalogue import Catalogue, CatalogueArea, CataloguePoint, CatalogueProduct, CatalogueVariant, QuestionWords
from common.ids import AreaNo, EventUid, PointNo, ProductNo
from common.rules import DayRule
from syncserver.services.event_file.model import AskChoice, EventFile, Product
from syncserver.services.event_file.rules_of import point_rules, product_rules


def build_catalogue(
    event_file: EventFile,
    uid: EventUid,
    version: int,
    products: Mapping[str, ProductNo],
    points: Mapping[str, PointNo],
    areas: Mapping[str, AreaNo],
    pictures: Mapping[str, bytes],
) -> Catalogue:
    """Rules and names of all products, points and areas of the file; `pictures` gives SHA-256 by path."""
    event = event_file.event
    return Catalogue(
        version=version,
        event=uid,
        names=dict(event.name.pairs),
        languages=event.languages,
        default_language=event.default_language,
        days=DayRule(event.zone, event.border_minute),
        starts_ms=event.starts_ms,
        ends_ms=event.ends_ms,
        products=tuple(
            CatalogueProduct(
                rules=product_rules(product, products[product.key]),
                names=dict(product.name.pairs),
                handouts=dict(product.handout.pairs) if product.handout else {},
                picture=pictures.get(product.picture) if product.picture else None,
                attention=product.attention.value if product.attention else None,
                questions=_question_words(product),
                handout_daily=product.handout_daily,
                variants=tuple(CatalogueVariant(one.key, dict(one.name.pairs)) for one in product.variants),
            )
            for product in event_file.products
        ),
        points=tuple(
            CataloguePoint(
                point_rules(point, points[point.key], areas, products),
                dict(point.name.pairs),
                wants_search=point.finds_people,
            )
            for point in event_file.points
        ),
        areas=tuple(CatalogueArea(areas[area.key], dict(area.name.pairs)) for area in event_file.areas),
        is_test=event.is_test,
    )


def _question_words(product: Product) -> tuple[QuestionWords, ...]:
    return tuple(
        QuestionWords(
            key=one.key,
            names=dict(one.text.pairs),
            options={option.key: dict(option.name.pairs) for option in one.ask.options}
            if isinstance(one.ask, AskChoice)
            else {},
            labels=dict(one.label.pairs) if one.label else {},
        )
        for one in product.questions
    )
