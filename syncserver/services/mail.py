"""Mails to buyers: composed from the order as it is when they are sent, in its language, at least once.

The Message-ID is stored before the first try: a mail that a crash made us send twice is one mail to its reader.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.clock import Clock
from common.errors import RallygateError
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler, JobContext
from syncserver.services.catalogue import Catalogues, ShopEvent
from syncserver.services.invoice import address_lines
from syncserver.services.mail_queue import SEND_MAIL, MailKind, SendMail
from syncserver.services.orders import Orders, OrderView
from syncserver.services.tickets import Tickets
from syncserver.services.translations import local, translator
from syncserver.stores import mail as store
from syncserver.stores import payments

SMTP_TIMEOUT_S = 20
TEMPLATES = Path(__file__).parent / "templates"


class NotYet(RallygateError):
    """What the mail needs is not there yet: the job tries again."""


class MailServerFailed(RallygateError):
    """The mail server did not take the mail: the job tries again. The text names no address."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mails go: smtp://host:port or smtps://host:port, and who we are there."""

    url: str
    user: str | None = None
    password: str | None = None


class Postbox(Protocol):
    """Takes a mail, or raises MailServerFailed."""

    def send(self, message: EmailMessage) -> None: ...


class SmtpPostbox:
    """A real mail server. TLS from the start with smtps, else as soon as the server offers it."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over."""
        try:
            with self._connect() as server:
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            code = getattr(error, "smtp_code", "")
            raise MailServerFailed(f"{self._settings.url}: {type(error).__name__} {code}".strip()) from error

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self._settings.url)
        host, port = parts.hostname or "127.0.0.1", parts.port
        if parts.scheme == "smtps":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=SMTP_TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=SMTP_TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if self._settings.user:
            server.login(self._settings.user, self._settings.password or "")
        return server


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
        self._pages = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `mail` carries out."""
        return {SEND_MAIL: self._send}

    def _send(self, job: JobContext) -> None:
        args = job.args(SendMail)
        with self._db.read() as tx:
            row = store.get(tx, args.mail_id)
        if row.sent_ms is None:
            if self._postbox is None:
                raise NotYet("no mail server is set up: set RALLYGATE_SMTP_URL")
            self._postbox.send(self.compose(row))
        with job.finishing() as tx:
            store.sent(tx, row.id, self._clock.now_ms())

    def compose(self, row: store.MailRow) -> EmailMessage:
        """The mail, complete. Raises NotYet while the tickets are not issued."""
        view = self._orders.view(row.order_id)
        event = self._catalogues.event_by_id(row.event_id)
        message = self._message(view, event, MailKind(row.kind), row.message_id)
        if row.kind == MailKind.TICKETS.value:
            pdf = self._tickets.pdf(view)
            if pdf is None:
                raise NotYet(f"order {view.order.id}: its passes are not issued yet")
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{view.order.code}.pdf")
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

    def _message(self, view: OrderView, event: ShopEvent, kind: MailKind, message_id: str) -> EmailMessage:
        values = self._values(view, event, kind)
        message = EmailMessage()
        message["Subject"] = values["subject"]
        message["From"] = Address(event.sender_name, addr_spec=event.sender_address)
        message["To"] = Address(view.order.name, addr_spec=view.order.mail)
        message["Date"] = format_datetime(local(self._clock.now_ms(), event.zone))
        message["Message-ID"] = f"<{message_id}@{event.sender_address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._pages.get_template(f"mail/{kind.value}.txt").render(values))
        html = self._pages.get_template(f"mail/{kind.value}.html").render(values)
        message.add_alternative(html, subtype="html")
        return message

    def _values(self, view: OrderView, event: ShopEvent, kind: MailKind) -> dict[str, object]:
        order, words = view.order, translator(view.order.language)
        name = self._catalogues.of(event, order.language).name
        subjects = {
            MailKind.TICKETS: words.text("Your tickets: %(event)s", event=name),
            MailKind.REFUNDED: words.text("Your money goes back: order %(code)s", code=order.code),
        }
        return {
            "_": words.text,
            "language": order.language,
            "subject": subjects[kind],
            "order": order,
            "event_name": name,
            "when": words.days(event.first_day, event.last_day),
            "tickets": self._tickets.shown(view, order.language) if kind is MailKind.TICKETS else (),
            "amount": words.money(view.paid_minor if kind is MailKind.TICKETS else view.refunded_minor, order.currency),
            "reason": self._reason(order.id, order.language) if kind is MailKind.REFUNDED else "",
            "invoice": view.invoice,
            "invoice_address": address_lines(view.invoice, order.language) if view.invoice else (),
            "link": f"{self._public_url}/{order.language}/{event.key}/order/{view.token}",
            "seller": event.seller,
            "seller_address": event.seller_address,
        }

    def _reason(self, order_id: int, language: str) -> str:
        with self._db.read() as tx:
            asked = payments.refunds_of_order(tx, order_id)
        return refund_reason(asked[-1].why if asked else "", language)


def refund_reason(why: str, language: str) -> str:
    """Why money goes back, as a sentence for the buyer."""
    words = translator(language)
    sentences = {
        "sold_out": words.text("It came after its time was over, and the places have been sold to others meanwhile."),
        "paid_twice": words.text("The order had been paid before; your tickets stay good."),
        "closed": words.text("The order had been cancelled before."),
        "wrong_amount": words.text("The amount was not the one we asked for."),
    }
    return sentences.get(why, "")
