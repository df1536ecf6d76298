"""Mails to buyers: composed from the order as it is when they are sent, in its language, at least once.

The Message-ID is stored before the first try: a mail that a crash made us send twice is one mail to its reader.
"""

from __future__ import annotations

from email.message import EmailMessage

from common.clock import Clock
from common.errors import RallygateError
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler, JobContext
from syncserver.services.catalogue import Catalogues, ShopEvent
from syncserver.services.invoice import address_lines
from syncserver.services.letter import Letters, address_of
from syncserver.services.mail_queue import SEND_MAIL, MailKind, SendMail
from syncserver.services.orders import Orders, OrderView
from syncserver.services.postbox import Postbox
from syncserver.services.tickets import NO_PASSES, Passes, Tickets, name_of
from syncserver.services.translations import translator
from syncserver.stores import mail as store
from syncserver.stores import order_changes, orders, payments, returns
from syncserver.stores.orders import OrderRow

LINKS_MAX = 50


class NotYet(RallygateError):
    """What the mail needs is not there yet: the job tries again."""


class Mails:
    """Composes and sends. `postbox` None: no mail server is set up, and mails wait in the queue."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        shop: tuple[Catalogues, Orders, Tickets],
        postbox: Postbox | None,
        public_url: str,
    ) -> None:
        self._db, self._clock, self._postbox = db, clock, postbox
        self._catalogues, self._orders, self._tickets = shop
        self._public_url = public_url.rstrip("/")
        self._letters = Letters(clock)

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `mail` carries out."""
        return {SEND_MAIL: self._send}

    def _send(self, job: JobContext) -> None:
        args = job.args(SendMail)
        with self._db.read() as tx:
            row = store.get(tx, args.mail_id)
        if row.sent_ms is not None:
            return
        view = self._orders.view(row.order_id)
        if _is_needless(row, view):
            return
        if self._postbox is None:
            raise NotYet("no mail server is set up: set RALLYGATE_SMTP_URL")
        self._postbox.send(self.compose(row, view))
        with job.finishing() as tx:
            store.sent(tx, row.id, self._clock.now_ms())

    def compose(self, row: store.MailRow, view: OrderView | None = None) -> EmailMessage:
        """The mail, complete. Raises NotYet while the tickets are not issued."""
        view = view or self._orders.view(row.order_id)
        event = self._catalogues.event_by_id(row.event_id)
        passes = self._tickets.passes(view) if row.kind == MailKind.TICKETS.value else NO_PASSES
        message = self._message(view, event, row, passes)
        if row.kind == MailKind.TICKETS.value:
            pdf = self._tickets.pdf(view, passes=passes)
            if pdf is not None:
                message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{view.order.code}.pdf")
            elif any(one.is_awaited for one in self._tickets.shown(view, view.order.language, passes)):
                raise NotYet(f"order {view.order.id}: its passes are not issued yet")
            calendar = self._tickets.calendar(view, view.order.language)
            message.add_attachment(
                calendar,
                maintype="text",
                subtype="calendar",
                params={"charset": "utf-8"},
                filename=f"{view.order.code}.ics",
            )
        message["Content-Language"] = view.order.language  # last: attaching moves such headers into the first part
        return message

    def _message(self, view: OrderView, event: ShopEvent, row: store.MailRow, passes: Passes) -> EmailMessage:
        kind = MailKind(row.kind)
        values = {**self._values(view, event, kind, passes), **self._about(view, row)}
        to = address_of(view.order.name, str(values.get("to") or view.order.mail))
        return self._letters.letter(kind.value, event, to, row.message_id, values)

    def _values(self, view: OrderView, event: ShopEvent, kind: MailKind, passes: Passes) -> dict[str, object]:
        order, words = view.order, translator(view.order.language)
        name = self._catalogues.of(event, order.language).name
        subjects = {
            MailKind.TICKETS: words.text("Your tickets: %(event)s", event=name),
            MailKind.REFUNDED: words.text("Your money goes back: order %(code)s", code=order.code),
            MailKind.RETURNED: words.text("Given back: order %(code)s", code=order.code),
            MailKind.LINKS: words.text("Your orders: %(event)s", event=name),
            MailKind.CONFIRM: words.text("Is this your address? Order %(code)s", code=order.code),
            MailKind.MOVED: words.text("Another address: order %(code)s", code=order.code),
        }
        tickets = self._tickets.shown(view, order.language, passes) if kind is MailKind.TICKETS else ()
        return {
            "_": words.text,
            "language": order.language,
            "subject": subjects[kind],
            "order": order,
            "event_name": name,
            "when": words.days(event.first_day, event.last_day),
            "tickets": tickets,
            "has_paper": any(one.pass_ for one in tickets),
            "amount": words.money(view.paid_minor if kind is MailKind.TICKETS else view.refunded_minor, order.currency),
            "reason": self._reason(order.id, order.language) if kind is MailKind.REFUNDED else "",
            "invoice": view.invoice,
            "invoice_address": address_lines(view.invoice, order.language) if view.invoice else (),
            "link": self._link(order, event, view.token),
            "seller_mail": event.seller_mail,
            "seller": event.seller,
            "seller_address": event.seller_address,
        }

    def _about(self, view: OrderView, row: store.MailRow) -> dict[str, object]:
        """What a mail of this kind has more."""
        if row.return_id is not None:
            return self._returned(view, row, row.return_id)
        if row.change_id is not None:
            return self._changed(view, row, row.change_id)
        return {"orders": self._links(view)} if row.kind == MailKind.LINKS.value else {}

    def _links(self, view: OrderView) -> list[tuple[str, str, str]]:
        """(code, when it was placed, address) of the orders of one address, the newest first."""
        order, event = view.order, self._catalogues.event_by_id(view.order.event_id)
        words = translator(order.language)
        with self._db.read() as tx:
            found = orders.by_mail(tx, event.id, order.mail, LINKS_MAX)
        return [
            (one.code, words.moment(one.placed_ms, event.zone), self._link(one, event, self._orders.token_of(one)))
            for one in found
        ]

    def _changed(self, view: OrderView, row: store.MailRow, change_id: int) -> dict[str, object]:
        with self._db.read() as tx:
            change = order_changes.mail_change(tx, change_id)
        if row.kind != MailKind.CONFIRM.value:
            return {"to": change.old_mail}
        event = self._catalogues.event_by_id(row.event_id)
        token = self._orders.change_token(change.uid)
        return {
            "to": change.new_mail,
            "link": f"{self._public_url}/{view.order.language}/{event.key}/new-address/{token}",
        }

    def _link(self, order: OrderRow, event: ShopEvent, token: str) -> str:
        return f"{self._public_url}/{order.language}/{event.key}/order/{token}"

    def _returned(self, view: OrderView, row: store.MailRow, return_id: int) -> dict[str, object]:
        with self._db.read() as tx:
            done, lines = returns.get(tx, return_id), returns.lines_of(tx, return_id)
        event = self._catalogues.event_by_id(row.event_id)
        catalogue, words = self._catalogues.of(event, view.order.language), translator(view.order.language)
        names = {one.place: name_of(catalogue, one) for ticket in view.tickets for one in ticket.positions}
        return {
            "lines": [(one.quantity, names.get(one.place, f"#{one.place}")) for one in lines],
            "amount": words.money(done.amount_minor, done.currency) if done.amount_minor else "",
            "reason": return_reason(done.why, view.order.language),
        }

    def _reason(self, order_id: int, language: str) -> str:
        with self._db.read() as tx:
            asked = [one.why for one in payments.refunds_of_order(tx, order_id) if one.return_id is None]
        return refund_reason(asked[-1] if asked else "", language)


def _is_needless(row: store.MailRow, view: OrderView) -> bool:
    """Whether it is about tickets that were given back before it went out."""
    return row.kind == MailKind.TICKETS.value and view.order.closed_ms is not None


def refund_reason(why: str, language: str) -> str:
    """Why money goes back, as a sentence for the buyer."""
    words = translator(language)
    sentences = {
        "sold_out": words.text("It came after its time was over, and the places have been sold to others meanwhile."),
        "paid_twice": words.text("The order had been paid before; your tickets stay good."),
        "closed": words.text("The order had been cancelled before."),
        "wrong_amount": words.text("The amount was not the one we asked for."),
        "ticket_gone": words.text("The ticket it was for had been given back meanwhile."),
        "over_limit": words.text(
            "It came after its time was over, and meanwhile as much was ordered as one ticket or one person may have."
        ),
        "ticket_changed": words.text("The ticket it was to change had become another one meanwhile."),
        "ticket_blocked": words.text(
            "The ticket it was for has been blocked meanwhile, so nothing can be collected with it. If you do not know "
            "why, write to the organiser."
        ),
    }
    return sentences.get(why, "")


def return_reason(why: str, language: str) -> str:
    """Who gave it back and why, as a sentence for the buyer."""
    words = translator(language)
    sentences = {
        "buyer": words.text("You gave this back on the order's page."),
        "staff": words.text("We took this back for you."),
        "event_cancelled": words.text("The event is cancelled. We are sorry."),
    }
    return sentences.get(why, "")
