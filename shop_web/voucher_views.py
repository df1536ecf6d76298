"""Vouchers in the basket: entered, taken out."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from shop_web.page import go, go_with_problem, open_page
from shop_web.visit import WRONG_CODES, check_form, shop, visitor
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason


def add_routes(bp: Blueprint) -> None:
    """The two forms of the basket's page."""
    at = "/<language>/<event_key>/basket/voucher"
    bp.add_url_rule(at, "voucher_enter", enter, methods=["POST"])
    bp.add_url_rule(f"{at}/remove", "voucher_remove", remove, methods=["POST"])


@right(Right.BUYER)
def enter(language: str, event_key: str) -> ResponseReturnValue:
    """Enter a code. Only wrong ones count against whoever tries: neighbours of one network may all have good ones."""
    page = open_page(language, event_key)
    address = request.remote_addr or ""
    try:
        check_form()
        shop().visitors.check(WRONG_CODES, address)
        offer = shop().vouchers.enter(page.catalogue, visitor().hash, request.form.get("code", ""))
    except CannotBuy as error:
        if error.reason is Reason.VOUCHER_UNKNOWN:
            shop().visitors.count(WRONG_CODES, address)
        return go_with_problem(error, "basket", _anchor="voucher")
    return go("basket", "voucher_opens" if offer.opens else "voucher_entered", offer=offer.key, _anchor="vouchers")


@right(Right.BUYER)
def remove(language: str, event_key: str) -> ResponseReturnValue:
    """Take one out."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "basket")
    gone = shop().vouchers.take_out(page.catalogue, visitor().hash, request.form.get("claim", 0, type=int))
    return go("basket", "voucher_removed_with_lines" if gone else "voucher_removed")
