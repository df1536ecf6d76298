"""The basket: in, out, whom tickets are for, more time."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.page import Page, go, go_with_problem, open_page, show
from shop_web.visit import WRONG_CODES, check_form, shop, visitor
from syncserver.services.basket import Target
from syncserver.services.catalogue import Product
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason


def add_routes(bp: Blueprint) -> None:
    """The basket's page and its forms."""
    at = "/<language>/<event_key>/basket"
    bp.add_url_rule(at, "basket", basket)
    bp.add_url_rule(f"{at}/add", "basket_add", add, methods=["POST"])
    bp.add_url_rule(f"{at}/ticket", "basket_ticket", show_ticket, methods=["POST"])
    bp.add_url_rule(f"{at}/remove", "basket_remove", remove, methods=["POST"])
    bp.add_url_rule(f"{at}/holders", "basket_holders", name_holders, methods=["POST"])
    bp.add_url_rule(f"{at}/extend", "basket_extend", extend, methods=["POST"])


@right(Right.BUYER)
def basket(language: str, event_key: str) -> ResponseReturnValue:
    """What is in it."""
    open_page(language, event_key)
    return show("basket.html", now_ms=shop().clock.now_ms())


@right(Right.BUYER)
def add(language: str, event_key: str) -> ResponseReturnValue:
    """Put something in."""
    page = open_page(language, event_key)
    product = page.product(request.form.get("product", ""))
    if product is None:
        abort(404)
    try:
        check_form()
        _add(page, product)
    except CannotBuy as error:
        return go_with_problem(error, "item", product, key=product.key)
    if product.is_ticket:
        return go("basket", "added", product)
    return go("catalogue", "added", product, _anchor=f"shelf-{product.category}")


def _add(page: Page, product: Product) -> None:
    count = request.form.get("count", 1, type=int)
    variant = request.form.get("variant") or None
    if product.is_ticket:
        shop().baskets.add_tickets(page.catalogue, visitor().hash, product, variant, count)
    else:
        shop().baskets.add_item(page.catalogue, visitor().hash, product, variant, count, _target())


@right(Right.BUYER)
def show_ticket(language: str, event_key: str) -> ResponseReturnValue:
    """The code of a ticket received from a friend: items can be put on it from now on. Wrong ones are counted."""
    page, address = open_page(language, event_key), request.remote_addr or ""
    product = page.catalogue.by_key(request.form.get("product", ""))
    if product is None:
        abort(404)
    try:
        check_form()
        shop().visitors.check(WRONG_CODES, address)
        shop().held.show(page.event, visitor().hash, request.form.get("code", ""))
    except CannotBuy as error:
        if error.reason is Reason.TICKET_CODE_WRONG:
            shop().visitors.count(WRONG_CODES, address)
        return go_with_problem(error, "item", product, key=product.key)
    return go("item", "ticket_shown", product, key=product.key)


def _target() -> Target:
    kind, _, value = request.form.get("target", "").partition("-")
    if kind == "line" and value.isascii() and value.isdigit() and len(value) < 18:
        return Target(line_id=int(value))
    try:
        return Target(ticket=bytes.fromhex(value)) if kind == "ticket" else Target()
    except ValueError:
        return Target()


@right(Right.BUYER)
def remove(language: str, event_key: str) -> ResponseReturnValue:
    """Take something out."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    line_id = request.form.get("line", 0, type=int)
    line = next((one for one in page.basket.lines if one.row.id == line_id), None)
    if line is None:
        return go("basket")
    items = shop().baskets.remove(page.event, visitor().hash, line_id)
    return go("basket", "removed_with_items" if items else "removed", line.product)


@right(Right.BUYER)
def name_holders(language: str, event_key: str) -> ResponseReturnValue:
    """Say whom tickets are for, and go on to the checkout."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    people = {
        line.row.id: (request.form.get(f"holder-{line.row.id}", ""), request.form.get(f"plate-{line.row.id}", ""))
        for line in page.basket.tickets
    }
    shop().baskets.name_holders(page.event, visitor().hash, people)
    return go("checkout" if request.form.get("then") == "checkout" else "catalogue")


@right(Right.BUYER)
def extend(language: str, event_key: str) -> ResponseReturnValue:
    """More time."""
    page = open_page(language, event_key)
    try:
        check_form()
        shop().baskets.extend(page.event, visitor().hash)
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    return go("basket", "extended")
