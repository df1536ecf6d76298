"""Mails: whole, in the buyer's language, at least once, and never before the tickets exist."""

from __future__ import annotations

import smtplib

import pytest
import zxingcpp
from pypdfium2 import PdfDocument
from sqlalchemy import select

from syncserver.db.tables_shop import mails
from syncserver.jobs.model import ATTEMPTS_MAX
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.services.payment_provider import PaymentState
from syncserver.services.postbox import MailServerFailed, SmtpPostbox, SmtpSettings
from syncserver.services.scribe import Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.stores import orders
from tests.support.shop_world import ShopWorld


def paid_order(world: ShopWorld, count: int = 1) -> int:
    _, view, ref = world.buy(count=count)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    return view.order.id


def test_the_mail_has_text_page_and_one_pdf_page_per_pass_with_the_codes_of_the_order(world: ShopWorld) -> None:
    order_id = paid_order(world, count=3)
    world.worker.run_all()
    (message,) = world.letterbox.mails
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf", "text/calendar"]
    view = world.shop.orders.view(order_id)
    text = message.get_body(("plain",))
    assert text is not None
    assert f"http://shop.test/en/trial/order/{view.token}" in text.get_content()
    pdf, _ = message.iter_attachments()
    document = PdfDocument(pdf.get_content())
    try:
        found = [zxingcpp.read_barcode(page.render(scale=1.6).to_pil()) for page in document]
    finally:
        document.close()
    shown = world.shop.tickets.shown(view, "en")
    assert [code and code.text for code in found] == [one.pass_ and one.pass_.digits for one in shown]


def test_a_name_is_a_name_and_no_markup_in_the_mails_page(world: ShopWorld) -> None:
    name, browser = "Anna <img src=x> & <b>Nová", world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    view = world.order(browser, name=name)
    world.pay(view, world.start(view))
    (message,) = world.letterbox.mails
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert name in text.get_content()
    assert "Anna &lt;img src=x&gt; &amp; &lt;b&gt;Nová" in page.get_content()
    assert "<img src=x>" not in page.get_content()


def test_a_mail_waits_for_the_scribe(world: ShopWorld) -> None:
    paid_order(world)
    mail_only = Worker(world.db, world.clock, world.shop.unasked, world.shop.handlers())
    assert mail_only.run_one()
    assert world.letterbox.mails == []
    world.worker.run_all()
    world.clock.advance(2)
    world.worker.run_all()
    assert len(world.letterbox.mails) == 1


def test_a_mail_server_that_was_away_gets_the_mail_later_under_the_same_id(world: ShopWorld) -> None:
    class Away:
        tries = 0

        def send(self, message: object) -> None:
            self.tries += 1
            raise MailServerFailed("away")

    away, letterbox = Away(), world.letterbox
    world.shop.mails._postbox = away
    paid_order(world)
    for _ in range(ATTEMPTS_MAX // 2):
        world.worker.run_all()
        world.clock.advance(900)
    assert away.tries > 2
    world.shop.mails._postbox = letterbox
    world.worker.run_all()
    (message,) = letterbox.mails
    with world.db.read() as tx:
        row = tx.execute(select(mails)).one()
    assert row.sent_ms is not None
    assert message["Message-ID"] == f"<{row.message_id}@example.org>"


def test_nobody_listening_is_an_error_that_names_no_person(world: ShopWorld) -> None:
    paid_order(world)
    world.worker.run_all()
    with pytest.raises(MailServerFailed) as caught:
        SmtpPostbox(SmtpSettings("smtp://127.0.0.1:9"), world.clock).send(world.letterbox.mails[0])
    assert "127.0.0.1:9" in str(caught.value)
    assert "anna" not in str(caught.value)


class Server(smtplib.SMTP):
    """A mail server that was reached, with what it can and what it got."""

    def __init__(self, *features: str) -> None:
        super().__init__()
        self.esmtp_features, self.does_esmtp, self.ehlo_resp = dict.fromkeys(features, ""), True, b"mail.example.org"
        self.got: list[tuple[str, object, bytes]] = []

    def sendmail(self, _sender: str, to: object, data: object, *options: object) -> dict[str, tuple[int, bytes]]:
        assert isinstance(data, bytes)
        self.got.append((repr(options), to, data))
        return {}

    def quit(self) -> tuple[int, bytes]:
        return 221, b""

    def close(self) -> None:
        pass


def test_an_address_beyond_ascii_goes_as_it_is_to_a_server_that_can_and_to_no_other(
    world: ShopWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    view = world.order(browser, mail="kovář@příklad.example")
    world.pay(view, world.start(view))
    (message,) = world.letterbox.mails
    postbox, can, cannot = (
        SmtpPostbox(SmtpSettings("smtp://mail.example.org"), world.clock),
        Server("smtputf8"),
        Server(),
    )
    monkeypatch.setattr(postbox, "_connect", lambda: can)
    postbox.send(message)
    ((options, to, data),) = can.got
    assert to == ["kovář@příklad.example"]
    assert "SMTPUTF8" in options
    assert "<kovář@příklad.example>".encode() in data
    monkeypatch.setattr(postbox, "_connect", lambda: cannot)
    with pytest.raises(MailServerFailed, match="SMTPNotSupportedError"):
        postbox.send(message)
    assert cannot.got == []


def test_holders_go_to_the_snapshot_once_their_order_is_paid(world: ShopWorld) -> None:
    world.buy()
    order_id = paid_order(world, count=2)
    with world.db.read() as tx:
        people = orders.holders_of_event(tx, world.event.id)
    mine = world.shop.orders.view(order_id).tickets
    assert sorted(person.ticket for person in people) == sorted(one.ticket for one in mine)
    assert {person.name for person in people} == {"Anna Nová"}


def test_the_scribe_is_asked_for_in_the_transaction_of_the_money(world: ShopWorld) -> None:
    paid_order(world)
    scribe_only = Worker(world.db, world.clock, (SCRIBE_QUEUE,), {})
    assert scribe_only.run_one(), "the statement's job is there as soon as the money is"


def test_a_mail_somebody_waits_for_does_not_stand_behind_those_nobody_waits_for(world: ShopWorld) -> None:
    """Ten thousand tickets go out after a sale begins; who signs in then gets the link at once all the same."""
    order_id = paid_order(world)
    handlers = {**world.shop.handlers(), **scribe_handlers(Scribe(world.clock, world.keys))}
    urgent = Worker(world.db, world.clock, (SCRIBE_QUEUE, *world.shop.awaited), handlers)
    world.shop.buyers.ask_link(world.event, "en", "anna@example.org")
    urgent.run_all()
    assert [str(mail["Subject"]).partition(":")[0] for mail in world.letterbox.mails] == ["Sign in"]
    world.shop.changes.ask_links(world.event.id, world.shop.orders.view(order_id).order.mail)
    urgent.run_all()
    assert len(world.letterbox.mails) == 2
    Worker(world.db, world.clock, world.shop.unasked, handlers).run_all()
    *_, tickets = world.letterbox.mails
    assert len(world.letterbox.mails) == 3
    assert [part.get_content_type() for part in tickets.iter_attachments()] == ["application/pdf", "text/calendar"]
    world.clock.advance(61)
    world.shop.changes.resend(order_id)
    urgent.run_all()
    assert len(world.letterbox.mails) == 4
