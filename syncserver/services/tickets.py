"""The passes of an order with everything around them: what its page, its PDF and its mail show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from syncserver.services.calendar_file import calendar_of, calendar_of_ticket
from syncserver.services.catalogue import Catalogue, Catalogues, Product
from syncserver.services.orders import OrderTicket, OrderView
from syncserver.services.passes import PassSource, PassText
from syncserver.services.ticket_pdf.draw import render
from syncserver.services.ticket_pdf.sheet import Item, TicketSheet
from syncserver.services.translations import LANGUAGES, translator
from syncserver.stores.orders import PositionRow

Passes: TypeAlias = Mapping[bytes, PassText]
NO_PASSES: Passes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item on a ticket: its name with the variant, how many, and where they are handed out."""

    product: Product
    name: str
    quantity: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """A ticket as it is shown; `pass_` is None until the scribe has issued it, and while it is blocked."""

    ticket: bytes
    product: str
    holder: str
    plate: str
    is_new: bool
    items: tuple[ShownItem, ...]
    pass_: PassText | None
    is_blocked: bool = False
    language: str = ""  # its holder's

    @property
    def is_awaited(self) -> bool:
        """Whether its pass will be there in a moment."""
        return self.pass_ is None and not self.is_blocked


class Tickets:
    """Shows and prints the tickets of orders."""

    def __init__(self, catalogues: Catalogues, passes: PassSource) -> None:
        self._catalogues, self._passes = catalogues, passes

    def passes(self, view: OrderView) -> Passes:
        """The passes of a paid order, each a signature: whoever shows it in several ways hands them on.

        Blocked tickets stand among them as such, without a code.
        """
        wanted = [one.ticket for one in _good(view)] if view.order.fulfilled_ms is not None else []
        made = self._passes.passes_of(view.order.event_id, wanted, with_blocked=True) if wanted else ()
        return {one.ticket: one for one in made}

    def shown(self, view: OrderView, language: str, passes: Passes | None = None) -> tuple[ShownTicket, ...]:
        """The order's tickets with their passes, in a language. Passes only of orders that are paid."""
        catalogue, made = self._catalogue(view, language), self.passes(view) if passes is None else passes
        return tuple(_shown(catalogue, one, _stated(one, made.get(one.ticket))) for one in _good(view))

    def pdf(self, view: OrderView, language: str | None = None, passes: Passes | None = None) -> bytes | None:
        """One page per pass, each in the language of its holder unless one is given; blocked ones have none.

        None: not issued yet, or nothing to print.
        """
        sheets, made = [], self.passes(view) if passes is None else passes
        for one in _good(view):
            if one.ticket in made and made[one.ticket].is_blocked:
                continue
            speech = language or (one.holder.language if one.holder else view.order.language)
            sheet = self._sheet(view, one, speech, _stated(one, made.get(one.ticket)))
            if sheet is None:
                return None
            sheets.append(sheet)
        return render(sheets) if sheets and view.order.fulfilled_ms is not None else None

    def calendar(self, view: OrderView, language: str) -> bytes:
        """The event for the buyer's calendar, in a language."""
        event = self._catalogues.event_by_id(view.order.event_id)
        return calendar_of(view, self._catalogues.of(event, language), self.shown(view, language, NO_PASSES))

    def calendar_of(self, view: OrderView, ticket: ShownTicket, language: str) -> bytes:
        """The event for the calendar of who received this ticket, in a language; nothing of the order."""
        return calendar_of_ticket(view, self._catalogue(view, language), ticket)

    def _catalogue(self, view: OrderView, language: str) -> Catalogue:
        event = self._catalogues.event_by_id(view.order.event_id)
        return self._catalogues.of(event, language if language in LANGUAGES else event.default_language)

    def _sheet(self, view: OrderView, ticket: OrderTicket, language: str, pass_: PassText | None) -> TicketSheet | None:
        shown = _shown(self._catalogue(view, language), ticket, pass_)
        if shown.pass_ is None:
            return None
        event = self._catalogues.event_by_id(view.order.event_id)
        return TicketSheet(
            event_name=self._catalogues.of(event, language).name,
            when=translator(language).days(event.first_day, event.last_day),
            product=shown.product,
            holder=shown.holder,
            plate=shown.plate,
            items=tuple(Item(one.name, one.quantity, one.places[0] if one.places else "") for one in shown.items),
            digits=shown.pass_.digits,
            code=shown.pass_.code,
            order_code=view.order.code,
            seller=event.seller,
            is_test=event.is_test,
            language=language,
        )


def _good(view: OrderView) -> tuple[OrderTicket, ...]:
    """The tickets of an order; of one that is paid those that were not given back."""
    return view.tickets if view.order.fulfilled_ms is None else tuple(one for one in view.tickets if one.is_good)


def _stated(ticket: OrderTicket, pass_: PassText | None) -> PassText | None:
    """The pass, unless the ticket became another product and the scribe has not stated that yet: soon it will."""
    own = next((row for row in ticket.everything if row.is_ticket), None)
    is_old = own is not None and own.is_upgrade and pass_ is not None and pass_.product != own.product_no
    return None if is_old and pass_ is not None and not pass_.is_blocked else pass_


def _shown(catalogue: Catalogue, ticket: OrderTicket, pass_: PassText | None) -> ShownTicket:
    rows = ticket.everything or ticket.positions
    own = next((row for row in rows if row.is_ticket), None)
    is_blocked = pass_ is not None and pass_.is_blocked
    return ShownTicket(
        ticket=ticket.ticket,
        product=name_of(catalogue, own) if own else "",
        holder=ticket.holder.name if ticket.holder else "",
        plate=ticket.holder.plate if ticket.holder else "",
        is_new=ticket.is_new,
        items=tuple(
            _item(catalogue, row) for row in rows if not row.is_ticket and row.product_no in catalogue.products
        ),
        pass_=None if is_blocked else pass_,
        is_blocked=is_blocked,
        language=ticket.holder.language if ticket.holder else "",
    )


def _item(catalogue: Catalogue, row: PositionRow) -> ShownItem:
    product = catalogue.products[row.product_no]
    return ShownItem(product, name_of(catalogue, row), row.left, product.places)


def name_of(catalogue: Catalogue, row: PositionRow) -> str:
    """What a position is called, with its variant."""
    product = catalogue.products.get(row.product_no)
    if product is None:
        return f"#{row.product_no}"
    choice = product.choice(row.variant_key)
    return f"{product.name}, {choice.name}" if choice else product.name
