"""What every page of an event gets: the event in the visitor's language, words, the basket's count, a notice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from shop_web.addresses import address_of
from shop_web.pieces import pieces
from shop_web.reasons import LIMIT_SHOWN_MAX, Notice, done, problem
from shop_web.search import FIELDS
from shop_web.visit import shop, visitor
from syncserver.services.basket_view import BasketView, OwnTicket
from syncserver.services.catalogue import Catalogue, Choice, Product, ShopEvent
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.translations import OWN_NAMES, Translator, translator

FOOT = "foot"  # a kept piece
REASONS = frozenset(Reason)


@dataclass
class Page:
    """One visit of one page; properties are read at first use."""

    event: ShopEvent
    language: str

    @cached_property
    def words(self) -> Translator:
        """Words in the page's language."""
        return translator(self.language)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The event in the page's language."""
        return shop().catalogues.of(self.event, self.language)

    @cached_property
    def basket(self) -> BasketView:
        """The visitor's basket."""
        return shop().baskets.view(self.catalogue, visitor().hash)

    @cached_property
    def own_tickets(self) -> tuple[OwnTicket, ...]:
        """The tickets this visitor may add to, in no basket."""
        return shop().baskets.own_tickets(self.event, visitor().hash)

    def product(self, key: str) -> Product | None:
        """The product of this key, if this visitor may know of it: a secret one shows itself to its vouchers alone."""
        found = self.catalogue.by_key(key)
        return found if found is not None and self.may_see(found) else None

    def may_see(self, product: Product) -> bool:
        """Whether this visitor may know of a product."""
        return not product.is_secret or product.no in self.basket.opened

    @property
    def when(self) -> str:
        """The event's days."""
        return self.words.days(self.event.first_day, self.event.last_day)

    @property
    def is_on_sale(self) -> bool:
        """Whether anything can be bought now."""
        return self.event.is_on_sale(shop().clock.now_ms())

    def sale_words(self, product: Product) -> str:
        """When a product is sold, as far as there is something to say of it: the event's window and its own."""
        now_ms, words = shop().clock.now_ms(), self.words
        from_ms = max((one for one in (self.event.sale_from_ms, product.sale_from_ms) if one is not None), default=0)
        untils = [one for one in (self.event.sale_until_ms, product.sale_until_ms) if one is not None]
        if untils and min(untils) <= now_ms:
            return words.text("The sale ended on %(moment)s.", moment=self.moment(min(untils)))
        if from_ms > now_ms:
            return words.text("On sale from %(moment)s.", moment=self.moment(from_ms))
        own_until = product.sale_until_ms
        return words.text("On sale until %(moment)s.", moment=self.moment(own_until)) if own_until else ""

    def why_not_sold(self, product: Product) -> str:
        """Why a product is not on sale now, in words; empty: it is."""
        if self.is_on_sale and product.is_on_sale(shop().clock.now_ms()):
            return ""
        return self.sale_words(product) or self.words.text("Not on sale now.")

    def next_price(self, product: Product) -> str:
        """What a product will cost and from when, if a change is coming; of variants those that change."""
        now_ms = shop().clock.now_ms()
        change = product.next_prices(now_ms)
        if change is None:
            return ""
        at_ms, later = change
        told = [self.price(later[0])]
        if len(set(product.prices_at(now_ms))) > 1 or len(set(later)) > 1:
            each = zip(product.choices, product.prices_at(now_ms), later, strict=True)
            told = [f"{choice.name} · {self.price(then)}" for choice, now, then in each if now != then]
        moment, price = self.moment(at_ms), ", ".join(told)
        return self.words.text("From %(moment)s: %(price)s.", moment=moment, price=price)

    def name_of(self, no: int) -> str:
        """What a product is called, by its number."""
        product = self.catalogue.products.get(no)
        return product.name if product else f"#{no}"

    def price(self, amount_minor: int) -> str:
        """An amount in the event's currency; nothing costs "free"."""
        return self.words.money(amount_minor, self.event.currency) if amount_minor else self.words.text("free")

    def price_words(self, product: Product) -> str:
        """What a product costs now; where its variants differ, from how much."""
        prices = product.prices_at(shop().clock.now_ms())
        least = self.price(min(prices))
        return least if len(set(prices)) == 1 else self.words.text("from %(price)s", price=least)

    def variant_words(self, product: Product, choice: Choice) -> str:
        """A variant by its name, and what it costs where they do not all cost the same."""
        now_ms = shop().clock.now_ms()
        if len(set(product.prices_at(now_ms))) == 1:
            return choice.name
        return f"{choice.name} · {self.price(product.price_at(choice.key, now_ms))}"

    def price_of(self, product: Product, variant: str | None = None) -> int:
        """What a product costs now, in minor units."""
        return product.price_at(variant, shop().clock.now_ms())

    def time(self, at_ms: int) -> str:
        """An instant as a time of day in the event's zone."""
        return self.words.time_of_day(at_ms, self.event.zone)

    def moment(self, at_ms: int) -> str:
        """An instant as date and time in the event's zone."""
        return self.words.moment(at_ms, self.event.zone)

    def address(self, endpoint: str, token: str) -> str:
        """The full address of a page that a link of ours opens, for sending it to somebody."""
        path = url_for(endpoint, language=self.language, event_key=self.event.key, token=token)
        return shop().public_url + path

    def foot(self) -> Markup:
        """What stands under every page of the event, kept."""
        return pieces().of(self.catalogue, FOOT, lambda: part("foot.html", self))

    @cached_property
    def languages(self) -> list[tuple[str, str, str]]:
        """(code, own name, this page's address in it) of the languages offered."""
        kept = {key: value for key, value in request.args.items() if key in {*FIELDS, "ticket"}}
        values = {**(request.view_args or {}), **kept}
        endpoint = request.endpoint or "shop.catalogue"
        return [
            (code, OWN_NAMES[code], self._address(endpoint, {**values, "language": code}))
            for code in self.event.languages
        ]

    def alternates(self) -> list[tuple[str, str]]:
        """(language, full address) of this page in every language, for search engines."""
        return [(code, shop().public_url + address) for code, _, address in self.languages]

    def _address(self, endpoint: str, values: dict[str, Any]) -> str:
        # A page that answers a form has no address of its own to come back to.
        if request.method == "GET" or endpoint in {"shop.basket", "shop.checkout"}:
            return address_of(endpoint, **{**values, "event_key": self.event.key})
        home = "shop.basket" if "whole" in request.form else "shop.catalogue"
        return address_of(home, language=values["language"], event_key=self.event.key)


def open_page(language: str, event_key: str) -> Page:
    """The page's event in a language it is offered in, else 404."""
    event = shop().catalogues.event(event_key)
    if event is None or language not in event.languages:
        abort(404)
    page = Page(event, language)
    g.page = page
    return page


def show(template: str, status: int = 200, notice: Notice | None = None, **values: object) -> Response:
    """Render a page."""
    page: Page = g.page
    words = page.words
    said = notice or notice_of(page, request.args)
    response = make_response(
        render_template(
            f"shop/{template}",
            page=page,
            words=words,
            _=words.text,
            ngettext=words.plural,
            url_for=address_of,
            visitor=visitor(),
            notice=said,
            **values,
        ),
        429 if said and said.again_s else status,
    )
    response.headers["Cache-Control"] = "no-store"
    if said and said.again_s:
        response.headers["Retry-After"] = str(said.again_s)
    return response


def part(template: str, page: Page, **values: object) -> str:
    """Render a part of a page."""
    return render_template(f"shop/{template}", page=page, _=page.words.text, url_for=address_of, **values)


def go(
    endpoint: str, notice: str | None = None, product: Product | None = None, /, **values: str
) -> ResponseReturnValue:
    """After a form: another page, which may say what was done. `_anchor` names a place on it."""
    page: Page = g.page
    said: dict[str, Any] = {"notice": notice} if notice else {}
    if notice and product:
        said["item"] = product.key
    said.update(values)
    address = address_of(f"shop.{endpoint}", language=page.language, event_key=page.event.key, **said)
    return redirect(address, code=303)


def go_with_problem(
    error: CannotBuy, endpoint: str, product: Product | None = None, **values: str
) -> ResponseReturnValue:
    """After a form that could not be: another page, which says why."""
    return go(endpoint, **said_of(error, product), **values)


def said_of(error: CannotBuy, product: Product | None = None) -> dict[str, str]:
    """What an address carries for its page to say why something could not be."""
    named = product or next((p for p in g.page.catalogue.products.values() if p.name == error.product), None)
    said = {"notice": error.reason.value}
    if named is not None:
        said["item"] = named.key
    return {**said, "limit": str(error.limit)} if error.limit else said


def problem_of(error: CannotBuy) -> Notice:
    """Why something cannot be bought, for a page shown at once."""
    named = f"{error.product} ({error.holder})" if error.product and error.holder else error.product
    return problem(g.page.words, error.reason, named, error.limit)


def notice_of(page: Page, said: MultiDict[str, str]) -> Notice | None:
    """The sentence for what an address carries, if that is one of ours."""
    what, product = said.get("notice", ""), page.product(said.get("item", ""))
    name = product.name if product else _offer_name(page, said.get("offer", ""))
    if what in REASONS:
        limit = min(max(0, said.get("limit", 0, type=int)), LIMIT_SHOWN_MAX)
        return problem(page.words, Reason(what), name, limit)
    return done(page.words, what, name or page.words.text("This"))


def _offer_name(page: Page, key: str) -> str:
    """The name of an offer, if a voucher of it is in the basket."""
    return next((one.offer.name for one in page.basket.vouchers if one.offer.key == key), "")
