"""The mail with the link to sign in, in the language of the page it was asked for on."""

from __future__ import annotations

from email.message import EmailMessage

import msgspec

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler, JobContext
from syncserver.services.capabilities import Capabilities
from syncserver.services.catalogue import Catalogues
from syncserver.services.letter import Letters, address_of
from syncserver.services.mail import NotYet
from syncserver.services.postbox import Postbox
from syncserver.services.translations import translator
from syncserver.stores import buyers as store

SEND_SIGN_IN = "send_sign_in"


class SendSignIn(msgspec.Struct, frozen=True):
    """Arguments of the job: nothing that signs anybody in."""

    link_id: int


class BuyerMails:
    """Composes and sends. `postbox` None: no mail server is set up, and mails wait in the queue."""

    def __init__(
        self, db: Database, clock: Clock, catalogues: Catalogues, links: Capabilities, out: tuple[Postbox | None, str]
    ) -> None:
        self._db, self._clock, self._catalogues, self._links = db, clock, catalogues, links
        self._postbox, self._public_url = out
        self._letters = Letters(clock)

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `mail` carries out."""
        return {SEND_SIGN_IN: self._send}

    def _send(self, job: JobContext) -> None:
        args = job.args(SendSignIn)
        with self._db.read() as tx:
            link = store.link(tx, args.link_id)
        if link is None or not self._is_wanted(link):
            return
        if self._postbox is None:
            raise NotYet("no mail server is set up: set RALLYGATE_SMTP_URL")
        self._postbox.send(self.compose(link))
        with job.finishing() as tx:
            store.sent(tx, link.id, self._clock.now_ms())

    def _is_wanted(self, link: store.LinkRow) -> bool:
        """A mail that comes when its link is over would only puzzle: whoever still waits asks again."""
        is_open = link.used_ms is None and link.expires_ms > self._clock.now_ms()
        return is_open and link.sent_ms is None

    def compose(self, link: store.LinkRow) -> EmailMessage:
        """The mail."""
        event, words = self._catalogues.event_by_id(link.event_id), translator(link.language)
        name = self._catalogues.of(event, link.language).name
        subject = words.text("Sign in: %(event)s", event=name)
        values = {
            "_": words.text,
            "language": link.language,
            "subject": subject,
            "event_name": name,
            "when": words.days(event.first_day, event.last_day),
            "until": words.time_of_day(link.expires_ms, event.zone),
            "link": f"{self._public_url}/{link.language}/{event.key}/account/in/{self._links.token(link.uid)}",
            "seller": event.seller,
            "seller_address": event.seller_address,
        }
        message = self._letters.letter("sign_in", event, address_of("", link.mail), link.message_id, values)
        message["Content-Language"] = link.language
        return message
