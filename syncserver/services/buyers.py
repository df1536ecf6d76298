"""Buyers' accounts: signing in by a link in a mail, signing out, and what an account has.

An account is an address somebody has proved to read, so there is nothing to register and nothing to ask about: every
address gets the same answer and the same mail, whether it has bought before or not. A link is good for 15 minutes and
once, and only for the press of a button, since mail scanners open links. It signs in the browser that presses.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.jobs.queue import enqueue
from syncserver.services.basket_merge import merge_baskets
from syncserver.services.buyer_mail import SEND_SIGN_IN, SendSignIn
from syncserver.services.buyer_notices import Notice, ask_notice
from syncserver.services.capabilities import UID_BYTES, Capabilities, capability_hash
from syncserver.services.catalogue import Catalogue, Catalogues, ShopEvent
from syncserver.services.mail_address import mail_address
from syncserver.services.mail_queue import MAIL_QUEUE
from syncserver.services.orders import Orders, OrderView
from syncserver.services.rates import Limit
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.visitors import IDLE_MS, Buyer, Visitor, Visitors
from syncserver.stores import browsers
from syncserver.stores import buyers as store
from syncserver.stores import orders as order_store

log = structlog.get_logger(__name__)

LINK_MS = 15 * 60_000
LINK_KEPT_MS = 24 * 3_600_000  # then the row with its address goes
KEY_BYTES = 32
ORDERS_SHOWN_MAX = 100
ASKED_PER_ADDRESS = Limit("sign-in-mail", 3, 15 * 60)
ASKED_PER_ADDRESS_A_DAY = Limit("sign-in-mail-day", 10, 24 * 3600)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that has just signed in; so many things of its basket the account's had no room for."""

    visitor: Visitor
    left_behind: int


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Another event an account has orders of."""

    event: ShopEvent
    orders: int


class Way(StrEnum):
    """How somebody signed in, for the log."""

    LINK = "link"
    PASSWORD = "password"
    PASSWORD_AGAIN = "password_again"  # signed in already: they showed once more who they are
    PASSKEY = "passkey"


class Buyers:
    """Use cases of accounts."""

    def __init__(
        self, db: Database, clock: Clock, links: Capabilities, shop: tuple[Catalogues, Visitors, Orders]
    ) -> None:
        self._db, self._clock, self._links = db, clock, links
        self._catalogues, self._visitors, self._orders = shop

    def ask_link(self, event: ShopEvent, language: str, text: str) -> None:
        """Ask for a mail with a link. Raises CannotBuy for what is no address.

        Beyond three mails in 15 minutes, or ten a day, an address gets none, and whoever asks is not told so.
        """
        mail = mail_address(text)
        if mail is None:
            raise CannotBuy(Reason.ADDRESS_WRONG)
        limits = (ASKED_PER_ADDRESS, ASKED_PER_ADDRESS_A_DAY)
        if not all(self._visitors.is_within(limit, mail.lower()) for limit in limits):
            return
        uid, now_ms = secrets.token_bytes(UID_BYTES), self._clock.now_ms()
        link = store.NewLink(
            event_id=event.id,
            uid=uid,
            link_hash=capability_hash(self._links.token(uid)),
            mail=mail,
            mail_key=mail.lower(),
            language=language,
            message_id=secrets.token_hex(16),
            made_ms=now_ms,
            expires_ms=now_ms + LINK_MS,
        )
        with self._db.write() as tx:
            store.forget_old(tx, now_ms - LINK_KEPT_MS, now_ms)
            link_id = store.add_link(tx, link)
            enqueue(tx, MAIL_QUEUE, SEND_SIGN_IN, SendSignIn(link_id), str(link_id), now_ms, event_id=event.id)

    def address_of(self, token: str) -> str | None:
        """Whom a link signs in, while it may be used. Looking at it changes nothing."""
        with self._db.read() as tx:
            link = store.open_link(tx, capability_hash(token), self._clock.now_ms())
        return None if link is None else link.mail

    def use_link(self, token: str, visitor: Visitor) -> SignedIn | None:
        """Sign the browser in; None if the link is over, used or none of ours."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            link = store.use_link(tx, capability_hash(token), now_ms)
            if link is None:
                log.info("buyer_sign_in_refused", way="link")
                return None
            store.end_links(tx, link.mail.lower(), now_ms)
            buyer = store.find_or_make(tx, secrets.token_bytes(KEY_BYTES), link.mail, now_ms)
            return self.sign_in(tx, buyer, visitor, Way.LINK, now_ms)

    def sign_out(self, visitor: Visitor) -> Visitor:
        """Forget this sign-in; the browser goes on as one that was never here."""
        with self._db.write() as tx:
            store.sign_out(tx, visitor.token_hash)
        log.info("buyer_signed_out", buyer=visitor.buyer.id if visitor.buyer else None, where="here")
        return self._visitors.new()

    def sign_ins(self, buyer: Buyer) -> list[store.ShownSignIn]:
        """Where the account is signed in, the latest seen first."""
        with self._db.read() as tx:
            return store.sign_ins(tx, buyer.id, self._clock.now_ms(), IDLE_MS)

    def end_sign_in(self, visitor: Visitor, token_hash: bytes) -> None:
        """Sign another browser of the account out. Raises CannotBuy unless they have just shown who they are."""
        buyer = visitor.buyer
        if buyer is None or not buyer.is_fresh(self._clock.now_ms()):
            raise CannotBuy(Reason.PROVE_FIRST)
        with self._db.write() as tx:
            if store.sign_out_one(tx, buyer.id, token_hash):
                log.info("buyer_signed_out", buyer=buyer.id, where="one other")

    def sign_out_everywhere(self, shop: Catalogue, visitor: Visitor) -> Visitor:
        """Forget every sign-in of the account; its owner is told by mail."""
        if visitor.buyer is not None:
            with self._db.write() as tx:
                store.sign_out_everywhere(tx, visitor.buyer.id)
                ask_notice(tx, shop, visitor.buyer.id, Notice.SIGNED_OUT_EVERYWHERE, self._clock.now_ms())
            log.info("buyer_signed_out", buyer=visitor.buyer.id, where="everywhere")
        return self._visitors.new()

    def sign_out_for(self, text: str) -> int:
        """Sign an address out of its account everywhere, and end its links: somebody asked staff to. How many it were.

        Raises BadInput for what is no address.
        """
        mail = mail_address(text)
        if mail is None:
            raise BadInput(f"{text!r} is no address like name@example.org")
        with self._db.write() as tx:
            store.end_links(tx, mail.lower(), self._clock.now_ms())
            found = store.by_mail(tx, mail.lower())
            count = 0 if found is None else store.sign_all_out(tx, found.id)
        log.info("buyer_signed_out", buyer=None if found is None else found.id, where="everywhere, by staff")
        return count

    def sign_everybody_out(self) -> int:
        """End every sign-in of every account; how many they were."""
        with self._db.write() as tx:
            count = store.sign_all_out(tx, None)
        log.info("buyers_signed_out", count=count)
        return count

    def orders(self, event: ShopEvent, buyer: Buyer) -> tuple[OrderView, ...]:
        """The account's orders of an event, the newest first."""
        with self._db.read() as tx:
            rows = order_store.by_mail(tx, event.id, buyer.mail_key, ORDERS_SHOWN_MAX)
        return tuple(self._orders.view(row.id) for row in rows)

    def other_events(self, event: ShopEvent, buyer: Buyer) -> tuple[OtherEvent, ...]:
        """Where else the account has orders."""
        with self._db.read() as tx:
            counts = store.orders_by_event(tx, buyer.mail_key)
        return tuple(
            OtherEvent(one, counts[one.id]) for one in self._catalogues.events() if one.id in counts and one != event
        )

    def sign_in(
        self, tx: Connection, buyer: store.BuyerRow, visitor: Visitor, way: Way, proved_ms: int | None
    ) -> SignedIn:
        """Another cookie from here on: whoever knew the one before is not signed in with it."""
        left = 0
        if visitor.buyer is None:
            left = merge_baskets(tx, self._catalogues, visitor.hash, buyer.key, self._clock.now_ms())
            browsers.hand_over(tx, visitor.hash, buyer.key)
        else:
            store.sign_out(tx, visitor.token_hash)
        log.info("buyer_signed_in", buyer=buyer.id, way=way.value)
        return SignedIn(self._visitors.sign_in(tx, buyer, proved_ms, visitor.device), left)
