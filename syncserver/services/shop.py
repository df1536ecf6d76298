"""The shop's services, put together once: what `shop_web` works with and what the worker carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler
from syncserver.services.basket import Baskets
from syncserver.services.buyer_mail import BuyerMails
from syncserver.services.buyer_notices import BuyerNotices
from syncserver.services.buyer_passkeys import BuyerPasskeys
from syncserver.services.buyer_passwords import BuyerPasswords
from syncserver.services.buyers import Buyers
from syncserver.services.capabilities import Capabilities
from syncserver.services.catalogue import Catalogues
from syncserver.services.held_tickets import HeldTickets
from syncserver.services.mail import Mails
from syncserver.services.mail_queue import MAIL_QUEUE, UNASKED_MAIL_QUEUE
from syncserver.services.order_changes import OrderChanges
from syncserver.services.order_timeline import OrderTimelines
from syncserver.services.orders import OrderLinks, Orders
from syncserver.services.passes import PassSource
from syncserver.services.passkeys import relying_party
from syncserver.services.payment_provider import PaymentProvider
from syncserver.services.payments import Address, Payments
from syncserver.services.postbox import Postbox
from syncserver.services.purchase_answers import PurchaseAnswers
from syncserver.services.refunds import PAYMENT_QUEUE
from syncserver.services.returns import Returns
from syncserver.services.ticket_links import TicketLinks
from syncserver.services.tickets import Tickets
from syncserver.services.upgrades import Upgrades
from syncserver.services.variant_swap import VariantSwaps
from syncserver.services.visitors import Visitors
from syncserver.services.vouchers import Vouchers


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything about buying. Of its queues those are named that this server can work on.

    Mails wait where there is no mail server. What lies in `unasked` nobody waits for, so it may give way to pages.
    """

    clock: Clock
    catalogues: Catalogues
    visitors: Visitors
    baskets: Baskets
    vouchers: Vouchers
    orders: Orders
    payments: Payments
    returns: Returns
    changes: OrderChanges
    timelines: OrderTimelines
    swaps: VariantSwaps
    upgrades: Upgrades
    answers: PurchaseAnswers
    held: HeldTickets
    tickets: Tickets
    mails: Mails
    buyers: Buyers
    buyer_mails: BuyerMails
    buyer_notices: BuyerNotices
    buyer_passwords: BuyerPasswords
    buyer_passkeys: BuyerPasskeys
    ticket_links: TicketLinks
    public_url: str
    awaited: tuple[str, ...]
    unasked: tuple[str, ...]

    @property
    def queues(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.awaited, *self.unasked)

    def handlers(self) -> dict[str, Handler]:
        """Jobs of the shop, by name."""
        orders = {**self.payments.handlers(), **self.changes.handlers()}
        of_accounts = {**self.buyer_mails.handlers(), **self.buyer_notices.handlers()}
        return {**orders, **self.mails.handlers(), **of_accounts}


@dataclass(frozen=True, slots=True)
class Outside:
    """What the shop is connected to. The first provider is the one buyers pay with."""

    public_url: str
    secret: bytes
    providers: Mapping[str, PaymentProvider]
    passes: PassSource
    postbox: Postbox | None


def make_shop(db: Database, clock: Clock, outside: Outside) -> Shop:
    """The shop on a database."""
    url = outside.public_url.rstrip("/")
    catalogues = Catalogues(db, clock)
    links = OrderLinks(outside.secret)
    orders, changes = Orders(db, clock, links), OrderChanges(db, clock, links)
    tickets = Tickets(catalogues, outside.passes)
    visitors, sign_in = Visitors(db, clock, outside.secret), Capabilities(outside.secret, "sign-in link")
    buyers = Buyers(db, clock, sign_in, (catalogues, visitors, orders))
    return Shop(
        clock=clock,
        catalogues=catalogues,
        visitors=visitors,
        baskets=Baskets(db, clock, catalogues),
        vouchers=Vouchers(db, clock),
        orders=orders,
        payments=Payments(db, clock, outside.providers, Address(url, outside.secret)),
        returns=Returns(db, clock),
        changes=changes,
        timelines=OrderTimelines(db),
        swaps=VariantSwaps(db, clock),
        upgrades=Upgrades(db, clock),
        answers=PurchaseAnswers(db, clock),
        held=HeldTickets(db),
        tickets=tickets,
        mails=Mails(db, clock, (catalogues, orders, tickets), outside.postbox, url),
        buyers=buyers,
        buyer_passwords=BuyerPasswords(db, clock, outside.secret, buyers, visitors),
        buyer_passkeys=BuyerPasskeys(db, clock, relying_party(url), (buyers, visitors)),
        buyer_notices=BuyerNotices(db, clock, catalogues, (outside.postbox, url)),
        buyer_mails=BuyerMails(db, clock, catalogues, sign_in, (outside.postbox, url)),
        ticket_links=TicketLinks(db, clock, Capabilities(outside.secret, "ticket link"), orders),
        public_url=url,
        awaited=(PAYMENT_QUEUE,) if outside.postbox is None else (PAYMENT_QUEUE, MAIL_QUEUE),
        unasked=() if outside.postbox is None else (UNASKED_MAIL_QUEUE,),
    )
