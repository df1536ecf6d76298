"""A ticket speaks its holder's language: chosen by the buyer, or afterwards by either; else it is the buyer's."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument

from syncserver.services.basket import Holder
from syncserver.services.orders import OrderView
from syncserver.services.translations import translator
from tests.support.shop_world import ShopWorld


def bought_for_friends(world: ShopWorld, *languages: str) -> OrderView:
    """Tickets whose holders speak these languages, bought in English and paid."""
    browser = world.browser()
    lines = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, len(languages))
    people = {line: Holder(f"Holder {line}", "", speech) for line, speech in zip(lines, languages, strict=True)}
    world.shop.baskets.name_holders(world.event, browser, people)
    view = world.order(browser)
    return world.pay(view, world.start(view))


def pages(body: bytes | None) -> list[str]:
    assert body is not None
    return [page.get_textpage().get_text_range() for page in PdfDocument(body)]


def are_in(found: list[str], *languages: str) -> bool:
    words = [translator(one).text("Ticket") for one in languages]
    return len(found) == len(words) and all(word in page for word, page in zip(words, found, strict=True))


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    page = client.get(path).text
    return dict(re.findall(r'name="(form_token)" value="(\w+)"', page))


def test_each_page_of_the_pdf_and_of_the_mails_is_in_its_holders_language(world: ShopWorld) -> None:
    view = bought_for_friends(world, "cs", "", "en")
    assert [one.holder and one.holder.language for one in view.tickets] == ["cs", "en", "en"]
    assert are_in(pages(world.shop.tickets.pdf(view)), "cs", "en", "en")
    (paper,) = [one for one in world.letterbox.mails[-1].iter_attachments() if one.get_content_subtype() == "pdf"]
    content = paper.get_content()
    assert isinstance(content, bytes)
    assert are_in(pages(content), "cs", "en", "en")
    assert world.letterbox.mails[-1]["Content-Language"] == "en", "the mail is the buyer's"


@pytest.mark.parametrize("typed", ["xx", "../en", "fr" * 50])
def test_a_language_the_event_has_not_got_is_the_buyers(world: ShopWorld, typed: str) -> None:
    (ticket,) = bought_for_friends(world, typed).tickets
    assert ticket.holder is not None
    assert ticket.holder.language == "en"


def test_the_basket_asks_for_it_and_keeps_what_was_chosen(client: FlaskClient) -> None:
    token = form_of(client, "/en/trial/")
    client.post("/en/trial/basket/add", data={**token, "product": "four_days", "count": "2"})
    page = client.get("/en/trial/basket").text
    first, second = re.findall(r'<select name="language-(\d+)"', page)
    client.post("/en/trial/basket/holders", data={**token, f"language-{first}": "cs", "then": "more"})
    page = client.get("/en/trial/basket").text
    chosen = re.findall(r'<select name="language-(\d+)".*?<option value="(\w*)" lang="\w*" selected>', page, re.DOTALL)
    assert chosen == [(first, "cs")], f"the other one ({second}) speaks the buyer's language"
    assert "Čeština" in client.get("/en/trial/checkout").text


def test_the_buyer_chooses_another_one_afterwards(world: ShopWorld, client: FlaskClient) -> None:
    view = bought_for_friends(world, "cs", "")
    at = f"/en/trial/order/{view.token}"
    form = form_of(client, f"{at}/names")
    names = {f"name-{one.ticket.hex()}": one.holder.name for one in view.tickets if one.holder}
    chosen = {f"language-{one.ticket.hex()}": "cs" for one in view.tickets}
    assert client.post(f"{at}/names", data={**form, **names, **chosen}).status_code == 303
    assert are_in(pages(client.get(f"{at}/tickets.pdf").data), "cs", "cs")
    assert client.post(f"{at}/names", data={**form, **names, **dict.fromkeys(chosen, "xx")}).status_code == 303
    assert are_in(pages(client.get(f"{at}/tickets.pdf").data), "cs", "cs")


def test_a_friend_has_the_pdf_in_the_language_of_the_page_and_may_make_that_the_tickets(
    world: ShopWorld, client: FlaskClient
) -> None:
    view = bought_for_friends(world, "", "")
    ticket = view.tickets[1].ticket
    world.shop.ticket_links.make(world.event.id, ticket)
    token = world.shop.ticket_links.tokens(world.event.id, [ticket])[ticket]
    at = f"/cs/trial/ticket/{token}"
    assert are_in(pages(client.get(f"{at}/ticket.pdf").data), "cs")
    assert are_in(pages(world.shop.tickets.pdf(world.shop.orders.view(view.order.id))), "en", "en")
    form = form_of(client, at)
    assert client.post(f"{at}/language", data={"form_token": "0" * 32}).status_code == 403
    assert client.post(f"{at}/language", data=form).status_code == 303
    assert f"{at}/language" not in client.get(at).text, "there is nothing to change any more"
    assert are_in(pages(world.shop.tickets.pdf(world.shop.orders.view(view.order.id))), "en", "cs")
