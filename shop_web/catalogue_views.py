"""What there is to buy."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from shop_web.page import Page, open_page, part, show
from shop_web.pieces import pieces
from shop_web.search import Search, places_to_choose, search_of
from shop_web.visit import shop, visitor
from syncserver.services.availability import (
    Availability,
    Ranks,
    availabilities,
    availability,
    availability_of_any,
    ranks_of,
)
from syncserver.services.catalogue import Left, Product, Shelf
from syncserver.services.picture_sizes import WIDEST
from syncserver.services.places import places, when_words
from syncserver.services.rights import Right, right
from syncserver.services.translations import OWN_NAMES, best_language

TICKETS_AT_ONCE = 10
TICKETS, SHELF, SHELVES, FILTERS, WHERE, LEFT = "tickets", "shelf", "shelves", "filters", "where", "left"  # kept pieces
LEGAL = ("terms", "privacy", "imprint")


def add_routes(bp: Blueprint) -> None:
    """Catalogue, item, legal texts, pictures."""
    bp.add_url_rule("/", "start", start)
    bp.add_url_rule("/<language>/", "events", events)
    bp.add_url_rule("/<language>/<event_key>/", "catalogue", catalogue)
    bp.add_url_rule("/<language>/<event_key>/item/<key>", "item", item)
    bp.add_url_rule("/<language>/<event_key>/places", "places", all_places)
    bp.add_url_rule(f"/<language>/<event_key>/<any({','.join(LEGAL)}):which>", "legal", legal)
    bp.add_url_rule("/pictures/<sha256>", "picture", picture)
    bp.add_url_rule("/pictures/<sha256>/<int:width>", "picture_of_width", picture_of_width)


@right(Right.PUBLIC)
def start() -> ResponseReturnValue:
    """To the visitor's language."""
    response = redirect(url_for("shop.events", language=_best_language()), code=302)
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-cache"
    return response


@right(Right.PUBLIC)
def events(language: str) -> ResponseReturnValue:
    """To the event, if there is one to go to."""
    found = shop().catalogues.events()
    if language not in OWN_NAMES or not found:
        abort(404)
    now_ms = shop().clock.now_ms()
    coming = [event for event in found if event.ends_ms > now_ms] or list(found)
    event = coming[0]
    spoken = language if language in event.languages else event.default_language
    return redirect(url_for("shop.catalogue", language=spoken, event_key=event.key), code=302)


@right(Right.PUBLIC)
def catalogue(language: str, event_key: str) -> ResponseReturnValue:
    """Everything on sale."""
    page = open_page(language, event_key)
    if visitor().is_new and not request.args:
        return pieces().front(page.catalogue, visitor(), shop().clock.monotonic_s(), lambda: _catalogue(page))
    return _catalogue(page)


def _catalogue(page: Page) -> Response:
    search, now_ms = search_of(request.args), shop().clock.now_ms()
    stock = _left(page)
    ranks = ranks_of(stock)
    every = page.catalogue.products.values()
    left = pieces().value(page.catalogue, (LEFT, ranks), lambda: availabilities(every, ranks))
    opened = page.basket.opened
    return show(
        "catalogue.html",
        tickets=_tickets(page, left, stock, ranks, now_ms),
        opened=[product for product in every if product.no in opened] if opened else (),
        extras=_extras(page, search, left, now_ms),
        search=search,
    )


def _extras(page: Page, search: Search, left: Mapping[int, Availability], now_ms: int) -> Markup:
    """All that goes on a ticket, as everyone sees it: kept, unless something was looked for."""

    def can_buy(product: Product) -> bool:
        is_sold = page.is_on_sale and product.is_on_sale(now_ms)
        return is_sold and left[product.no] is not Availability.NONE

    def make() -> str:
        return part(
            "extras.html",
            page,
            ngettext=page.words.plural,
            shelves=search.of(page.catalogue, can_buy),
            made_shelf=lambda shelf: _shelf(page, search, shelf, left, now_ms),
            filters=_filters(page, search),
            search=search,
        )

    if search.is_anything:
        return Markup(make())  # noqa: S704 - a template of ours made it
    return pieces().of(page.catalogue, (SHELVES, tuple(left.values()), page.catalogue.stage(now_ms)), make)


def _tickets(page: Page, left: Mapping[int, Availability], stock: Left, ranks: Ranks, now_ms: int) -> Markup:
    """All tickets with their forms: kept but for the visitor's token."""

    def make() -> str:
        products = page.catalogue.tickets()
        of_each = {(one.no, choice.key): availability(one, choice, stock) for one in products for choice in one.choices}
        values = {"tickets": products, "left": left, "count_max": TICKETS_AT_ONCE, "now_ms": now_ms}
        return part("tickets.html", page, visitor=visitor(), of_variants=of_each, **values)

    return pieces().of_visitor(page.catalogue, (TICKETS, ranks, page.catalogue.stage(now_ms)), visitor(), make)


def _shelf(page: Page, search: Search, shelf: Shelf, left: Mapping[int, Availability], now_ms: int) -> Markup:
    """A shelf as everyone sees it: kept, unless something was looked for."""

    def make() -> str:
        return part("shelf.html", page, shelf=shelf, left=left)

    if search.is_anything:
        return Markup(make())  # noqa: S704 - a template of ours made it
    words = tuple([left[one.no] for one in shelf.products])
    return pieces().of(page.catalogue, (SHELF, shelf.key, words, page.catalogue.stage(now_ms)), make)


def _filters(page: Page, search: Search) -> Markup:
    def make() -> str:
        shelves, chosen = page.catalogue.shelves, places_to_choose(page.catalogue)
        return part("filters.html", page, search=search, shelves=shelves, places=chosen)

    if search.is_anything:
        return Markup(make())  # noqa: S704 - a template of ours made it
    return pieces().of(page.catalogue, FILTERS, make)


@right(Right.PUBLIC)
def item(language: str, event_key: str, key: str) -> ResponseReturnValue:
    """One product with its form."""
    page = open_page(language, event_key)
    product = page.product(key)
    if product is None:
        abort(404)
    is_limited = bool(product.quota_keys) or any(choice.quota_keys for choice in product.choices)
    left = _left(page) if is_limited else {}
    return show(
        "item.html",
        product=product,
        targets=_targets(page, product),
        blocked=[one.holder_name for one in page.own_tickets if one.is_blocked],
        has_ticket=bool(page.basket.tickets) or bool(page.own_tickets),
        choices=[(choice, availability(product, choice, left)) for choice in product.choices],
        left=availability_of_any(product, left),
        wanted=request.args.get("ticket", ""),
        count_max=_count_max(product),
        required=_names(page, product.requires),
        where=_where(page, product),
        when=when_words(page.words, page.event.zone, product.windows),
        now_ms=shop().clock.now_ms(),
    )


def _where(page: Page, product: Product) -> Markup:
    """Where and when a product is redeemed, with a map: kept."""

    def make() -> str:
        areas, hours = places(page.catalogue.points, product.point_keys), _hours(page, product.point_keys)
        return part("where.html", page, product=product, areas=areas, hours=hours)

    return pieces().of(page.catalogue, (WHERE, product.key), make)


@right(Right.PUBLIC)
def all_places(language: str, event_key: str) -> ResponseReturnValue:
    """Every point where something is redeemed, by area, with its hours and a map."""
    page = open_page(language, event_key)
    keys = tuple(page.catalogue.points)
    with_items = {key for _, _, points in places_to_choose(page.catalogue) for key, _ in points}
    return show(
        "places.html",
        areas=places(page.catalogue.points, keys),
        hours=_hours(page, keys),
        with_items=with_items,
    )


def _hours(page: Page, keys: tuple[str, ...]) -> dict[str, str]:
    """Point -> when it is open, in words."""
    points = page.catalogue.points
    return {key: when_words(page.words, page.event.zone, points[key].hours) for key in keys if key in points}


@right(Right.PUBLIC)
def legal(language: str, event_key: str, which: str) -> ResponseReturnValue:
    """Terms, privacy, imprint."""
    page = open_page(language, event_key)
    names = {
        "terms": page.words.text("Terms"),
        "privacy": page.words.text("Privacy"),
        "imprint": page.words.text("Imprint"),
    }
    paragraphs = re.split(r"\n\s*\n", page.catalogue.legal[which])
    return show("legal.html", title=names[which], paragraphs=[one.strip() for one in paragraphs if one.strip()])


@right(Right.PUBLIC)
def picture(sha256: str) -> ResponseReturnValue:
    """A picture by its digest: it never changes, so it is kept for a year."""
    try:
        found = shop().catalogues.picture(bytes.fromhex(sha256))
    except ValueError:
        found = None
    if found is None:
        abort(404)
    return _for_ever(found[1], found[0])


@right(Right.PUBLIC)
def picture_of_width(sha256: str, width: int) -> ResponseReturnValue:
    """A picture in one of the widths that pages name."""
    try:
        found = shop().catalogues.picture_of_width(bytes.fromhex(sha256), width) if width <= WIDEST else None
    except ValueError:
        found = None
    if found is None:
        abort(404)
    return _for_ever(found, "image/webp")


def _for_ever(data: bytes, mimetype: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _best_language() -> str:
    accepted = [language for language, _ in request.accept_languages]
    found = shop().catalogues.events()
    offered = found[0].languages if found else ("en",)
    return best_language(accepted, offered, found[0].default_language if found else "en")


def _names(page: Page, numbers: tuple[int, ...]) -> list[str]:
    """Names of those products this visitor may know of."""
    found = [page.catalogue.products[no] for no in numbers if no in page.catalogue.products]
    return [product.name for product in found if page.may_see(product)]


def _left(page: Page) -> Left:
    """What is left for this visitor: of quotas a voucher has a reserve of, that too."""
    offers = [one.offer.key for one in page.basket.vouchers if one.is_held]
    return shop().catalogues.left(page.event, offers)


def _targets(page: Page, product: Product) -> list[tuple[str, str, str]]:
    """(form value, holder, ticket's name) of the tickets this item can go on."""
    fits = [line for line in page.basket.tickets if not product.requires or line.product.no in product.requires]
    found = [(f"line-{line.row.id}", line.row.holder_name, line.product.name) for line in fits]
    for own in page.own_tickets:
        ticket = page.catalogue.products.get(own.product_no)
        if ticket and not own.is_blocked and (not product.requires or own.product_no in product.requires):
            found.append((f"ticket-{own.ticket.hex()}", own.holder_name, ticket.name))
    return found


def _count_max(product: Product) -> int:
    limits = (product.limits.per_ticket, product.limits.per_person, product.limits.per_order)
    return min([TICKETS_AT_ONCE, *(limit for limit in limits if limit is not None)])
