"""The admin shows what is proven, when it was proven last, and names what does not agree."""

from __future__ import annotations

from sqlalchemy import text

from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.busy_office import sell, shop_of


def test_the_page_says_when_the_books_were_compared_and_names_what_differs(any_office: Office) -> None:
    view = sell(shop_of(any_office))
    client = any_office.as_role(Role.ACCOUNTANT)
    assert "Not compared yet" in client.get(any_office.at("books")).text
    any_office.services.books.round()
    any_office.clock.advance(300)
    page = client.get(any_office.at("books")).text
    assert "Compared 5 minutes ago" in page
    assert "all agrees" in page
    with any_office.services.db.write() as tx:
        tx.execute(text("UPDATE orders SET total_minor = 1"))
        tx.execute(text("UPDATE quotas SET taken = 7"))
    any_office.services.books.round()
    page = client.get(any_office.at("books")).text
    assert "2 differences" in page
    assert f"orders/{view.order.code}" in page
    assert "should be CZK\u00a00.01, is CZK\u00a0625" in page
    assert "should be 1, is 7" in page
    overview = client.get(any_office.at("")).text
    assert "The books do not agree" in overview
    assert f"people, {view.order.code}" in overview


def test_the_books_are_compared_by_the_server_by_itself(any_office: Office) -> None:
    background = any_office.services.background()
    assert "books" in {thread.name for thread in background._threads}
