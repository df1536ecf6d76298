"""Products: tickets and items with all their sides."""

from __future__ import annotations

import re

from common.rules import LaneKind, OfflinePolicy, ProductKind
from syncserver.services.event_file.fields import NAME_CHARS_MAX, SENTENCE_CHARS_MAX, Fields
from syncserver.services.event_file.model import Attention, Audience, Limits, PriceChange, Product, RefundRule, Variant
from syncserver.services.event_file.read_rules import read_admission, read_questions
from syncserver.services.event_file.tree import Place

PRODUCTS_MAX = 1_000
VARIANTS_MAX = 50
PRICE_CHANGES_MAX = 50
DESCRIPTION_CHARS_MAX = 4_000
HANDOUT_CHARS_MAX = 120
PIECES_MAX = 100
LIMIT_MAX = 1_000

_PICTURE = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*){0,4}\.(?:webp|png|jpg|jpeg)")


def read_products(section: Fields) -> tuple[Product, ...]:
    """Products by key, in the file's order."""
    return tuple(_product(key, fields) for key, fields in section.children(PRODUCTS_MAX))


def _product(key: str, fields: Fields) -> Product:
    kind = fields.member("kind", ProductKind)
    product = Product(
        key=key,
        kind=kind,
        name=fields.texts("name", NAME_CHARS_MAX),
        sentence=fields.texts("sentence", SENTENCE_CHARS_MAX),
        description=fields.maybe_texts("description", DESCRIPTION_CHARS_MAX),
        category=fields.reference("category", "categories"),
        audience=fields.member("audience", Audience, Audience.ANYONE),
        price_minor=fields.money("price"),
        price_changes=_price_changes(fields),
        vat=fields.reference("vat", "vat"),
        variants=_variants(fields),
        quotas=fields.references("quotas", "quotas"),
        sale=fields.span("sale_from", "sale_until"),
        limits=_limits(fields),
        requires=_requires(key, kind, fields),
        upgrades_to=_upgrades_to(key, kind, fields),
        picture=_picture(fields),
        admission=read_admission(fields, kind),
        pieces=fields.maybe_integer("pieces", 1, PIECES_MAX) or 1,
        is_secret=fields.flag("secret"),
        lane=fields.member("lane", LaneKind) if fields.has("lane") else None,
        needs_plate=fields.flag("needs_plate"),
        parking=fields.maybe_reference("parking", "parking"),
        wave=fields.maybe_reference("wave", "waves"),
        questions=read_questions(fields),
        attention=fields.member("attention", Attention) if fields.has("attention") else None,
        handout=fields.maybe_texts("handout", HANDOUT_CHARS_MAX),
        handout_daily=_handout_daily(kind, fields),
        refund=_refund(fields),
        offline=fields.member("offline", OfflinePolicy) if fields.has("offline") else None,
    )
    for optional in ("lane", "attention", "offline"):
        fields.node(optional)
    fields.close()
    return product


def _handout_daily(kind: ProductKind, fields: Fields) -> bool | None:
    """Whether each event day has something of its own to hand out."""
    if not fields.has("handout_daily"):
        fields.node("handout_daily")
        return None
    if kind is not ProductKind.TICKET:
        fields.refuse("handout_daily", "is for tickets; an item is handed out each time it is used: leave it out")
    elif not fields.has("handout"):
        fields.refuse("handout_daily", "says when, and nothing says what: write a handout, or leave it out")
    return fields.flag("handout_daily")


def _price_changes(fields: Fields) -> tuple[PriceChange, ...]:
    changes: list[PriceChange] = []
    for row in fields.rows("price_changes", PRICE_CHANGES_MAX):
        change = PriceChange(row.instant("from"), row.money("price"))
        if changes and change.from_ms <= changes[-1].from_ms:
            row.refuse("from", "is not after the change before it: put them in order of time")
        row.close()
        changes.append(change)
    return tuple(changes)


def _variants(fields: Fields) -> tuple[Variant, ...]:
    section = fields.table_at("variants")
    return tuple(_variant(key, inner) for key, inner in section.children(VARIANTS_MAX)) if section else ()


def _variant(key: str, fields: Fields) -> Variant:
    variant = Variant(
        key=key,
        name=fields.texts("name", NAME_CHARS_MAX),
        price_minor=fields.money("price") if fields.has("price") else None,
        quotas=fields.references("quotas", "quotas"),
        price_changes=_price_changes(fields),
    )
    fields.node("price")
    if variant.price_changes and variant.price_minor is None:
        fields.refuse("price_changes", "change a price that is not here: write the first one, or leave them out")
    fields.close()
    return variant


def _limits(fields: Fields) -> Limits:
    return Limits(*(fields.maybe_integer(f"limit_per_{what}", 1, LIMIT_MAX) for what in ("ticket", "person", "order")))


def _requires(key: str, kind: ProductKind, fields: Fields) -> tuple[str, ...]:
    """Tickets, one of which the buyer must hold; an item that says nothing needs any ticket, a ticket none."""
    if not fields.has("requires"):
        fields.node("requires")
        return fields.known.tickets if kind is ProductKind.ITEM else ()
    names = expand_products(fields, "requires")
    for place, name in names:
        if name == key or name not in fields.known.tickets:
            fields.known.problems.refuse(place, fields.at("requires"), f"{name!r} is no other ticket: name tickets")
    return tuple(dict.fromkeys(name for _, name in names))


def _upgrades_to(key: str, kind: ProductKind, fields: Fields) -> tuple[str, ...]:
    """Tickets that this ticket can become for the difference in price."""
    names = expand_products(fields, "upgrades_to")
    if names and kind is not ProductKind.TICKET:
        fields.refuse("upgrades_to", "is for tickets, and this is an item: leave it out")
        return ()
    for place, name in names:
        if name == key:
            fields.known.problems.refuse(place, fields.at("upgrades_to"), "names this ticket itself: leave it out")
        elif name not in fields.known.tickets:
            text = f'{name!r} is no ticket: name products with kind = "ticket"'
            fields.known.problems.refuse(place, fields.at("upgrades_to"), text)
    return tuple(dict.fromkeys(name for _, name in names))


def expand_products(fields: Fields, key: str) -> list[tuple[Place, str]]:
    """A list of product keys in which `@CATEGORY` stands for all its products; unknown ones are refused."""
    found: list[tuple[Place, str]] = []
    for place, word in fields.words(key):
        if word.startswith("@"):
            fields.must_know(place, fields.at(key), "categories", word[1:])
            found.extend((place, name) for name in fields.known.of_category.get(word[1:], ()))
        else:
            fields.must_know(place, fields.at(key), "products", word)
            if word in fields.known.keys.get("products", {}):
                found.append((place, word))
    return found


def _picture(fields: Fields) -> str | None:
    path = fields.maybe_text("picture", SENTENCE_CHARS_MAX)
    if path and not _PICTURE.fullmatch(path):
        fields.refuse("picture", f"is {path!r}: name a .webp, .png or .jpg beside this file, lower case, like a/b.webp")
    return path


def _refund(fields: Fields) -> RefundRule | None:
    inner = fields.table_at("refund")
    if inner is None:
        return None
    rule = RefundRule(
        until_ms=inner.maybe_instant("until"),
        share_bp=inner.percent("percent"),
        fee_minor=inner.money("fee") if inner.has("fee") else 0,
    )
    inner.node("fee")
    inner.close()
    return rule
