"""Found tickets that look the same in a list."""

from __future__ import annotations

from dataclasses import replace

from common.ids import TicketId
from kiosk.shown import Found
from kiosk.ui.catalogue import Texts
from kiosk.ui.rows import found_rows
from tests.support.fake_names import TICKET

ANNA = Found(TicketId(b"a" * 8), "Anna Nová", None, "A8SQVR", TICKET)


def test_people_of_one_name_and_one_product_are_told_apart_by_their_orders() -> None:
    """Three rows said the same, and nobody knew which to touch."""
    other, rider = replace(ANNA, order="7GVBAC"), replace(ANNA, name="Anna Novotná", order="QQ11ZZ")
    rows = found_rows("anna", (ANNA, other, rider), Texts("en")).rows
    assert [row.detail.rsplit(" · ", 1)[-1] for row in rows[:2]] == ["Order A8SQVR", "Order 7GVBAC"]
    assert "Order" not in rows[2].detail


def test_where_no_order_is_known_nothing_is_said() -> None:
    rows = found_rows("anna", (replace(ANNA, order=None), replace(ANNA, order=None)), Texts("en")).rows
    assert [row.detail for row in rows] == [TICKET["en"], TICKET["en"]]
