"""What every mail to a buyer is made of: one text in two forms, who sends it, when, and a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.clock import Clock
from syncserver.services.catalogue import ShopEvent
from syncserver.services.translations import local

TEMPLATES = Path(__file__).parent / "templates"


class _KindsOfHeaders(HeaderRegistry):
    """The library's, which makes a class anew for each header of each part of each mail, kept."""

    @cache  # noqa: B019 - there is one, for as long as the process lives
    def __getitem__(self, name: str) -> type:
        return super().__getitem__(name)


POLICY = EmailPolicy(header_factory=_KindsOfHeaders())


@cache
def _pages() -> Environment:
    """Of a process: what it compiled once is good for every mail."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        auto_reload=False,  # it would ask for the files' times at each mail
    )


def address_of(name: str, mail: str) -> Address:
    """Somebody's address; the library's own way to take it apart refuses letters beyond ASCII before the @."""
    user, _, host = mail.rpartition("@")
    return Address(name, user, host)


class Letters:
    """Makes mails of templates/mail/KIND.txt and KIND.html."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._pages = clock, _pages()

    def letter(
        self, kind: str, event: ShopEvent, to: Address, message_id: str, values: Mapping[str, object]
    ) -> EmailMessage:
        """A mail from an event's sender, its subject in `values`; attachments and Content-Language are the caller's."""
        message = EmailMessage(POLICY)
        message["Subject"] = str(values["subject"])
        message["From"] = address_of(event.sender_name, event.sender_address)
        message["To"] = to
        message["Date"] = format_datetime(local(self._clock.now_ms(), event.zone))
        message["Message-ID"] = f"<{message_id}@{event.sender_address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._pages.get_template(f"mail/{kind}.txt").render(values))
        message.add_alternative(self._pages.get_template(f"mail/{kind}.html").render(values), subtype="html")
        return message
