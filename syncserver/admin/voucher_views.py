"""Vouchers: what there is, made in bulk, their codes as a file, one voucher's uses, withdrawn."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from common.errors import BadInput
from syncserver.admin.page import form_key, go, language, show
from syncserver.admin.visit import actor, admin, event
from syncserver.services.rights import Right, right


def add_routes(bp: Blueprint) -> None:
    """The list with its form, a batch's file, one voucher."""
    at = "/admin/<event_key>/vouchers"
    bp.add_url_rule(at, "vouchers", vouchers)
    bp.add_url_rule(f"{at}/make", "voucher_make", make, methods=["POST"])
    bp.add_url_rule(f"{at}/find", "voucher_find", find, methods=["POST"])
    bp.add_url_rule(f"{at}/batches/<batch>.csv", "voucher_codes", codes)
    bp.add_url_rule(f"{at}/batches/<batch>/withdraw", "voucher_batch_withdraw", withdraw_batch, methods=["POST"])
    bp.add_url_rule(f"{at}/<int:voucher>", "voucher_page", voucher_page)
    bp.add_url_rule(f"{at}/<int:voucher>/withdraw", "voucher_withdraw", withdraw, methods=["POST"])


@right(Right.SEE_VOUCHERS)
def vouchers() -> ResponseReturnValue:
    """Offers and batches."""
    return _list(200, "")


def _list(status: int, problem: str) -> Response:
    page = admin().vouchers.page(event().event, language(), request.args.get("cursor"))
    return show("vouchers.html", status, problem, page=page, form=request.form)


@right(Right.MANAGE_VOUCHERS)
def make() -> ResponseReturnValue:
    """A batch; sent twice, it is one."""
    form = request.form
    uses = form.get("uses", type=int) if form.get("uses") else None
    wanted = (form.get("offer", ""), form.get("count", 0, type=int), uses, form.get("note", ""))
    try:
        admin().vouchers.make(actor(), event().event, form_key(), wanted)
    except BadInput as fault:
        return _list(400, str(fault))
    return go("vouchers", "made")


@right(Right.MANAGE_VOUCHERS)
def codes(batch: str) -> ResponseReturnValue:
    """The codes of a batch, to be printed or mailed. The mark in front makes spreadsheets read it as UTF-8."""
    body = admin().vouchers.csv(event().event, batch)
    response = Response("\ufeff" + body, mimetype="text/csv")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="vouchers-{batch[:8]}.csv"'
    return response


@right(Right.SEE_VOUCHERS)
def find() -> ResponseReturnValue:
    """The voucher of a code: typed into a form, never in an address, which logs keep."""
    return go("voucher_page", voucher=str(admin().vouchers.by_code(event().event, request.form.get("code", ""))))


@right(Right.SEE_VOUCHERS)
def voucher_page(voucher: int) -> ResponseReturnValue:
    """One voucher and what uses it."""
    one = admin().vouchers.one(event().event, voucher, language())
    return show("voucher.html", one=one)


@right(Right.MANAGE_VOUCHERS)
def withdraw(voucher: int) -> ResponseReturnValue:
    """One voucher."""
    admin().vouchers.withdraw(actor(), event().event, voucher)
    return go("voucher_page", "withdrawn", voucher=str(voucher))


@right(Right.MANAGE_VOUCHERS)
def withdraw_batch(batch: str) -> ResponseReturnValue:
    """A whole batch."""
    admin().vouchers.withdraw_batch(actor(), event().event, batch)
    return go("vouchers", "withdrawn")
