"""Mails that tell an account's owner what was changed about signing in, so that a thief does not stay unseen.

They hold nothing anybody typed (a thief could write to the owner in our name) and no link that signs in.
"""

from __future__ import annotations

import secrets
from email.message import EmailMessage
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler, JobContext
from syncserver.jobs.queue import enqueue
from syncserver.services.catalogue import Catalogue, Catalogues
from syncserver.services.letter import Letters, address_of
from syncserver.services.mail import NotYet
from syncserver.services.mail_queue import MAIL_QUEUE
from syncserver.services.postbox import Postbox
from syncserver.services.translations import Translator, translator
from syncserver.stores import notices as store

SEND_NOTICE = "send_notice"
KEPT_MS = 24 * 3_600_000
HOUR_MS, PER_HOUR_MAX = 3_600_000, 20


class Notice(StrEnum):
    """What was done."""

    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSWORD_SET = "password_set"
    PASSWORD_REMOVED = "password_removed"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"


class SendNotice(msgspec.Struct, frozen=True):
    """Arguments of the job."""

    notice_id: int


def ask_notice(tx: Connection, shop: Catalogue, buyer_id: int, kind: Notice, now_ms: int) -> None:
    """Ask for the mail, in the transaction of what it tells. `shop`: the event and the language it was done in."""
    event_id = shop.event.id
    store.forget_old(tx, now_ms - KEPT_MS)
    if store.count_since(tx, buyer_id, now_ms - HOUR_MS) >= PER_HOUR_MAX:
        return  # its owner has been told often enough; more would only fill the mailbox
    new = store.NewNotice(event_id, buyer_id, kind.value, shop.language, secrets.token_hex(16), now_ms)
    notice_id = store.add(tx, new)
    enqueue(tx, MAIL_QUEUE, SEND_NOTICE, SendNotice(notice_id), str(notice_id), now_ms, event_id=event_id)


class BuyerNotices:
    """Composes and sends. `postbox` None: no mail server is set up, and mails wait in the queue."""

    def __init__(self, db: Database, clock: Clock, catalogues: Catalogues, out: tuple[Postbox | None, str]) -> None:
        self._db, self._clock, self._catalogues = db, clock, catalogues
        self._postbox, self._public_url = out
        self._letters = Letters(clock)

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `mail` carries out."""
        return {SEND_NOTICE: self._send}

    def _send(self, job: JobContext) -> None:
        args = job.args(SendNotice)
        with self._db.read() as tx:
            row = store.get(tx, args.notice_id)
        if row is None or row.sent_ms is not None:
            return
        if self._postbox is None:
            raise NotYet("no mail server is set up: set RALLYGATE_SMTP_URL")
        self._postbox.send(self.compose(row))
        with job.finishing() as tx:
            store.sent(tx, row.id, self._clock.now_ms())

    def compose(self, row: store.NoticeRow) -> EmailMessage:
        """The mail."""
        event, words = self._catalogues.event_by_id(row.event_id), translator(row.language)
        name = self._catalogues.of(event, row.language).name
        subject, said = _said(words, Notice(row.kind))
        values = {
            "_": words.text,
            "language": row.language,
            "subject": f"{subject}: {name}",
            "event_name": name,
            "when": words.days(event.first_day, event.last_day),
            "said": said,
            "at": words.moment(row.made_ms, event.zone),
            "link": f"{self._public_url}/{row.language}/{event.key}/account/ways",
            "seller": event.seller,
            "seller_mail": event.seller_mail,
            "seller_address": event.seller_address,
        }
        message = self._letters.letter("notice", event, address_of("", row.mail), row.message_id, values)
        message["Content-Language"] = row.language
        return message


def _said(words: Translator, kind: Notice) -> tuple[str, str]:
    """Subject and sentence."""
    return {
        Notice.PASSKEY_ADDED: (
            words.text("New passkey"),
            words.text("A passkey was added to your account: it signs in without a mail."),
        ),
        Notice.PASSKEY_REMOVED: (
            words.text("Passkey removed"),
            words.text("A passkey was removed from your account. Other devices are signed out."),
        ),
        Notice.PASSWORD_SET: (
            words.text("New password"),
            words.text("The password of your account was set or changed. Other devices are signed out."),
        ),
        Notice.PASSWORD_REMOVED: (
            words.text("Password removed"),
            words.text("The password of your account was removed. Other devices are signed out."),
        ),
        Notice.SIGNED_OUT_EVERYWHERE: (
            words.text("Signed out everywhere"),
            words.text("All devices were signed out of your account."),
        ),
    }[kind]
