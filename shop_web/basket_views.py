"""The basket: in, out, whom tickets are for, more time."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.basket_form import back_to_basket, keep_typed, kept_if_whole, pieces_by_line, show_basket, typed_before
from shop_web.page import Page, go, go_with_problem, open_page, said_of
from shop_web.question_forms import has_faults
from shop_web.rates import WRONG_CODES
from shop_web.reasons import Notice
from shop_web.visit import check_form, doer, shop, visitor
from shop_web.voucher_views import use_code
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
    page = open_page(language, event_key)
    return show_basket(page, typed_before(page))


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
    page = open_page(language, event_key)
    product = page.catalogue.by_key(request.form.get("product", ""))
    if product is None:
        abort(404)
    try:
        check_form()
        shop().visitors.check(WRONG_CODES, doer())
        shop().held.show(page.event, visitor().hash, request.form.get("code", ""))
    except CannotBuy as error:
        if error.reason is Reason.TICKET_CODE_WRONG:
            shop().visitors.count(WRONG_CODES, doer())
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
    typed = kept_if_whole(page)
    if line is None:
        return back_to_basket(page, typed, {})
    items = shop().baskets.remove(page.event, visitor().hash, line_id)
    said = {"notice": "removed_with_items" if items else "removed", "item": line.product.key}
    return back_to_basket(page, typed, said)


@right(Right.BUYER)
def name_holders(language: str, event_key: str) -> ResponseReturnValue:
    """Say whom tickets are for, and go on; a code that was typed and not used is used first."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    typed = keep_typed(page)
    if typed.code:
        return use_code(page, typed, typed.code)
    if request.form.get("then") != "checkout":
        return go("catalogue", _anchor="extras")
    if has_faults(pieces_by_line(page, typed.given, tells_faults=True).values()):
        said = Notice(page.words.text("Something is not answered yet: please look at what is marked."), is_problem=True)
        return show_basket(page, typed, said, tells_faults=True)
    return go("checkout")


@right(Right.BUYER)
def extend(language: str, event_key: str) -> ResponseReturnValue:
    """More time; what was typed stays."""
    page, typed = open_page(language, event_key), None
    try:
        check_form()
        typed = kept_if_whole(page)
        is_longer = shop().baskets.extend(page.event, visitor().hash)
    except CannotBuy as error:
        return back_to_basket(page, typed, said_of(error))
    return back_to_basket(page, typed, {"notice": "extended" if is_longer else "time_enough"})
