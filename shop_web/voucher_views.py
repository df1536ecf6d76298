"""Vouchers in the basket: entered, taken out."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from shop_web.basket_form import Typed, back_to_basket, kept_if_whole
from shop_web.page import Page, go_with_problem, open_page, said_of
from shop_web.rates import WRONG_CODES
from shop_web.visit import check_form, doer, shop, visitor
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason

SECTION = "vouchers"  # of the basket's page


def add_routes(bp: Blueprint) -> None:
    """The two forms of the basket's page."""
    at = "/<language>/<event_key>/basket/voucher"
    bp.add_url_rule(at, "voucher_enter", enter, methods=["POST"])
    bp.add_url_rule(f"{at}/remove", "voucher_remove", remove, methods=["POST"])


@right(Right.BUYER)
def enter(language: str, event_key: str) -> ResponseReturnValue:
    """Enter a code."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket", _anchor=SECTION)
    return use_code(page, kept_if_whole(page), request.form.get("code", ""))


def use_code(page: Page, typed: Typed | None, code: str) -> ResponseReturnValue:
    """Try a code. Only wrong ones count."""
    rest = replace(typed, code="") if typed else None
    try:
        shop().visitors.check(WRONG_CODES, doer())
        offer = shop().vouchers.enter(page.catalogue, visitor().hash, code)
    except CannotBuy as error:
        if error.reason is Reason.VOUCHER_UNKNOWN and code.strip():
            shop().visitors.count(WRONG_CODES, doer())
        return back_to_basket(page, rest, {**said_of(error), "_anchor": SECTION})
    what = "voucher_opens" if offer.opens else "voucher_entered"
    return back_to_basket(page, rest, {"notice": what, "offer": offer.key, "_anchor": SECTION})


@right(Right.BUYER)
def remove(language: str, event_key: str) -> ResponseReturnValue:
    """Take one out."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    typed = kept_if_whole(page)
    gone = shop().vouchers.take_out(page.catalogue, visitor().hash, request.form.get("claim", 0, type=int))
    return back_to_basket(page, typed, {"notice": "voucher_removed_with_lines" if gone else "voucher_removed"})
