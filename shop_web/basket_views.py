"""The basket: in, out, whom tickets are for, more time."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.page import Page, go, go_with_problem, open_page, show
from shop_web.question_forms import Piece, given_in, has_faults, pieces_of
from shop_web.reasons import Notice
from shop_web.visit import WRONG_CODES, check_form, shop, visitor
from syncserver.services.basket import Target
from syncserver.services.catalogue import Product
from syncserver.services.purchase_questions import Given
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
    return _basket(page, shop().answers.of_basket(_asking(page)))


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
    if "whole" in request.form:
        _keep_typed(page)
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
    people, given = _keep_typed(page)
    if request.form.get("then") != "checkout":
        return go("catalogue", _anchor="extras")
    if has_faults(_pieces(page, given, tells_faults=True).values()):
        said = Notice(page.words.text("Something is not answered yet: please look at what is marked."), is_problem=True)
        return _basket(page, given, people, said)
    return go("checkout")


def _keep_typed(page: Page) -> tuple[dict[int, tuple[str, str]], dict[int, Given]]:
    """Names, plates and answers of the basket's form are kept whichever button was pressed; what was typed."""
    people = {
        line.row.id: (request.form.get(f"holder-{line.row.id}", ""), request.form.get(f"plate-{line.row.id}", ""))
        for line in page.basket.named
    }
    shop().baskets.name_holders(page.event, visitor().hash, people)
    given: dict[int, Given] = {
        line.row.id: given_in(request.form, line.row.id, line.product, line.row.quantity)
        for line in page.basket.lines
        if line.product.questions
    }
    if given:
        shop().answers.answer(page.catalogue, visitor().hash, given)
    return people, given


def _asking(page: Page) -> list[int]:
    return [line.row.id for line in page.basket.lines if line.product.questions]


def _basket(
    page: Page,
    given: Mapping[int, Given],
    people: dict[int, tuple[str, str]] | None = None,
    said: Notice | None = None,
) -> ResponseReturnValue:
    typed = people or {line.row.id: (line.row.holder_name, line.row.plate) for line in page.basket.named}
    return show(
        "basket.html",
        422 if said else 200,
        said,
        now_ms=shop().clock.now_ms(),
        people=typed,
        pieces_of=_pieces(page, given, tells_faults=said is not None),
    )


def _pieces(page: Page, given: Mapping[int, Given], *, tells_faults: bool) -> dict[int, tuple[Piece, ...]]:
    return {
        line.row.id: pieces_of(
            page.words,
            line.row.id,
            line.product,
            line.row.quantity,
            given.get(line.row.id, {}),
            tells_faults=tells_faults,
        )
        for line in page.basket.lines
    }


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
