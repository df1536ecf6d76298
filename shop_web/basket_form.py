"""The basket's page and its one form: what is typed into it is kept whichever of its buttons is pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from shop_web.page import Page, go, notice_of, open_page, show
from shop_web.question_forms import Piece, given_in, has_faults, pieces_of
from shop_web.reasons import Notice
from shop_web.visit import shop, visitor
from syncserver.services.basket import Holder
from syncserver.services.purchase_questions import Given


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in the fields when a button was pressed."""

    people: Mapping[int, Holder] = field(default_factory=dict)  # by line
    given: Mapping[int, Given] = field(default_factory=dict)
    code: str = ""  # a voucher's, not used yet


def typed_before(page: Page) -> Typed:
    """What was typed and stored earlier."""
    rows = [line.row for line in page.basket.named]
    people = {row.id: Holder(row.holder_name, row.plate, row.holder_language) for row in rows}
    asking = [line.row.id for line in page.basket.lines if line.product.questions]
    return Typed(people, shop().answers.of_basket(asking))


def keep_typed(page: Page) -> Typed:
    """Store names, plates and answers of the form as sent; what was typed."""
    people = {line.row.id: _holder(line.row.id) for line in page.basket.named}
    shop().baskets.name_holders(page.event, visitor().hash, people)
    given: dict[int, Given] = {
        line.row.id: given_in(request.form, line.row.id, line.product, line.row.quantity)
        for line in page.basket.lines
        if line.product.questions
    }
    if given:
        shop().answers.answer(page.catalogue, visitor().hash, given)
    return Typed(people, given, request.form.get("code", "").strip())


def _holder(line_id: int) -> Holder:
    return Holder(*(request.form.get(f"{name}-{line_id}", "") for name in ("holder", "plate", "language")))


def kept_if_whole(page: Page) -> Typed | None:
    """What was typed, stored, if the whole form was sent; None for a button that stood alone."""
    return keep_typed(page) if "whole" in request.form else None


def show_basket(
    page: Page, typed: Typed, said: Notice | None = None, *, tells_faults: bool = False
) -> ResponseReturnValue:
    """The basket with this in its fields."""
    return show(
        "basket.html",
        422 if said and said.is_problem else 200,
        said,
        now_ms=shop().clock.now_ms(),
        people=typed.people,
        code=typed.code,
        pieces_of=pieces_by_line(page, typed.given, tells_faults=tells_faults),
    )


def back_to_basket(page: Page, typed: Typed | None, said: dict[str, str]) -> ResponseReturnValue:
    """The basket as it is after a button; `said` is what its address would carry.

    It is sent at once where something was typed that nothing stores: an answer that will not do, a code not used yet.
    """
    fresh = open_page(page.language, page.event.key)
    if typed is None or not (typed.code or has_faults(pieces_by_line(fresh, typed.given, tells_faults=True).values())):
        return go("basket", **said)
    return show_basket(fresh, typed, notice_of(fresh, MultiDict(said)))


def pieces_by_line(page: Page, given: Mapping[int, Given], *, tells_faults: bool) -> dict[int, tuple[Piece, ...]]:
    """The fields of what products ask."""
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
