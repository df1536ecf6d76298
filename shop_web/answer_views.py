"""What was answered about an order's products, while it can still be answered otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from shop_web.order_views import open_order
from shop_web.page import Page, go, go_with_problem, show
from shop_web.question_forms import given_in, has_faults, pieces_of
from shop_web.rates import LINKS
from shop_web.reasons import Notice
from shop_web.visit import check_form, limit, shop
from syncserver.services.catalogue import Product
from syncserver.services.orders import OrderView
from syncserver.services.purchase_answers import Answerable
from syncserver.services.purchase_questions import Given
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy


def add_routes(bp: Blueprint) -> None:
    """The page and its form."""
    at = "/<language>/<event_key>/order/<token>/answers"
    bp.add_url_rule(at, "answers", answers)
    bp.add_url_rule(at, "answers_now", answer, methods=["POST"])


@right(Right.BUYER)
def answers(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """What is answered now."""
    page, view = open_order(language, event_key, token)
    found = shop().answers.changeable(view.order.id, page.catalogue)
    return _form(page, view, found, {one.row.place: one.answers for one in found})


@right(Right.BUYER)
def answer(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Keep what is answered; the page comes back with what will not do."""
    page, view = open_order(language, event_key, token)
    found = shop().answers.changeable(view.order.id, page.catalogue)
    given = {one.row.place: given_in(request.form, one.row.place, one.product, one.row.left) for one in found}
    try:
        check_form()
        limit(LINKS)
        if has_faults(pieces_of(page.words, *_line(one, given), tells_faults=True) for one in found):
            return _form(page, view, found, given, is_wrong=True)
        changed = shop().answers.change(view.order.id, page.catalogue, given)
    except CannotBuy as error:
        return go_with_problem(error, "answers", token=view.token)
    return go("order", "answered" if changed else None, token=view.token)


def _line(one: Answerable, given: Mapping[int, Given]) -> tuple[int, Product, int, Given]:
    return one.row.place, one.product, one.row.left, given[one.row.place]


def _form(
    page: Page,
    view: OrderView,
    found: tuple[Answerable, ...],
    given: Mapping[int, Given],
    *,
    is_wrong: bool = False,
) -> ResponseReturnValue:
    text = page.words.text("Something is not answered yet: please look at what is marked.")
    return show(
        "answers.html",
        422 if is_wrong else 200,
        Notice(text, is_problem=True) if is_wrong else None,
        view=view,
        lines=[(one, pieces_of(page.words, *_line(one, given), tells_faults=is_wrong)) for one in found],
        holders={one.ticket: one.holder.name for one in view.tickets if one.holder},
    )
