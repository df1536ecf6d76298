"""No page of the admin reads a large table from end to end: SQLite says so of every query of every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Connection, CursorResult

from syncserver.db.tables_vouchers import vouchers
from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.busy_office import fill, shop_of
from tests.support.voucher_event import voucher_event

LARGE = {
    "entries", "uses", "handed_out", "tickets", "ticket_codes", "entitlements", "holders", "holder_words", "orders",
    "order_positions", "payments", "movements", "refunds", "mails", "jobs", "rejected", "conflicts", "returned_tickets",
    "fact_statements", "vouchers", "voucher_claims", "order_discounts", "returns", "return_lines",
}  # fmt: skip
SCAN = re.compile(r"^SCAN (\w+)(?! USING COVERING INDEX ix_uses_day)")


@contextmanager
def asked(office: Office) -> Iterator[set[tuple[str, tuple[object, ...]]]]:
    """Every SELECT that is sent while the block runs."""
    seen: set[tuple[str, tuple[object, ...]]] = set()

    def note(_c: Connection, _cur: object, query: str, values: object, _x: object, many: bool) -> None:
        if query.startswith("SELECT") and not many and isinstance(values, tuple):
            seen.add((query, values))

    engine = office.services.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(office: Office, query: str, values: tuple[object, ...]) -> list[str]:
    """SQLite's plan, a line a step."""
    with office.services.db.read() as tx:
        found: CursorResult[Any] = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
        return [str(row[-1]) for row in found]


def sell_with_voucher(office: Office) -> int:
    """An order placed with a voucher of the event file; the voucher's number."""
    import_event(office.services.db, office.services.clock, voucher_event())
    shop = shop_of(office)
    browser = shop.browser()
    shop.shop.vouchers.enter(shop.catalogue, browser, "CLUB10")
    shop.shop.baskets.add_tickets(shop.catalogue, browser, shop.product("four_days"), None, 1)
    shop.order(browser)
    with office.services.db.read() as tx:
        return int(tx.execute(select(vouchers.c.id).where(vouchers.c.hint == "CLUB10")).scalar_one())


def test_every_query_of_every_page_is_a_search_in_an_index(own_office: Office) -> None:
    office = own_office
    busy, client = fill(office), office.as_role(Role.ADMIN)
    ticket, code = busy.tickets[0].hex(), busy.order.order.code
    found = client.get(office.at("conflicts.json")).get_json()["conflicts"]
    conflict, voucher = found[0]["use"], sell_with_voucher(office)
    pages = [
        "", "points", "points/main_gate", "tickets", "tickets?q=nova", "tickets?q=anna@example.org",
        f"tickets?q={code}",
        f"tickets/{ticket}", "orders", "orders?q=nova", "orders?cursor=99", f"orders/{code}",
        f"orders/{code}/refund?p3=1", "payments",
        "payments?state=paid&cursor=99", "books", "conflicts", "conflicts?state=all&kind=clock_ahead",
        f"conflicts?state=decided&point=main_gate&cursor=9{'0' * 12}.{'f' * 32}", f"conflicts/{conflict}",
        f"devices/{busy.gate.device.hex()}/uses?since=2028-07-06T10:00", f"devices/{busy.gate.device.hex()}/clock",
        "flags", f"flags?flagged=9{'0' * 12}.{'f' * 32}",
        "tray", "tray?rejected=9&silent=9",
        "jobs", "jobs?state=waiting&cursor=9", "snapshots", "snapshots?cursor=9", "staff", "entries", "devices",
        "badges", "vouchers", "vouchers?cursor=9", f"vouchers/{voucher}",
        "handed-out", "messages", "entries?point=main_gate", "entries?kind=refuse&point=main_gate",
    ]  # fmt: skip
    with asked(office) as seen:
        for page in pages:
            assert client.get(office.at(page)).status_code in {200, 303}, page
    assert len(seen) > 60
    scans = {
        (step, query)
        for query, values in seen
        for step in plan(office, query, values)
        if (found := SCAN.match(step)) and found[1] in LARGE
    }
    assert not scans, "\n\n".join(f"{step}: {query}" for step, query in sorted(scans))


def test_a_full_scan_would_be_seen(own_office: Office) -> None:
    assert any(SCAN.match(step) for step in plan(own_office, "SELECT ticket FROM uses WHERE quantity = 7", ()))
