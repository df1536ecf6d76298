"""Lines to the mail server are kept for the next mail, and one that is no use any more costs no mail."""

from __future__ import annotations

import gc
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from threading import Barrier

import pytest

from common.clock import ManualClock, Millis
from syncserver.services.postbox import KEPT_S, MAILS_PER_LINE, MailServerFailed, SmtpPostbox, SmtpSettings
from tests.support.scripted_mail_server import MailServer, mail_server


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(Millis(0))


@pytest.fixture
def postbox(server: MailServer, clock: ManualClock) -> SmtpPostbox:
    return SmtpPostbox(SmtpSettings(server.url), clock)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.org", "anna@example.org", "Your tickets"
    message.set_content("Here they are.")
    return message


def test_many_mails_go_over_one_line_that_is_asked_before_each(server: MailServer, postbox: SmtpPostbox) -> None:
    for _ in range(3):
        postbox.send(mail())
    assert server.lines == [["EHLO", *["MAIL", "RCPT", "DATA", "NOOP"] * 2, "MAIL", "RCPT", "DATA"]]


@pytest.mark.parametrize(
    ("change", "mails"),
    [({"mails_per_line": 2}, [2, 2, 1]), ({"hangs_up_after": "NOOP"}, [1] * 5), ({"refuses": "NOOP"}, [1] * 5)],
)
def test_a_line_the_server_has_ended_costs_no_mail(
    server: MailServer, postbox: SmtpPostbox, change: dict[str, object], mails: list[int]
) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    for _ in range(5):
        postbox.send(mail())
    assert server.mails() == mails


def test_a_line_is_left_after_so_many_mails_and_after_so_long(
    server: MailServer, postbox: SmtpPostbox, clock: ManualClock
) -> None:
    for _ in range(MAILS_PER_LINE + 1):
        postbox.send(mail())
    assert server.mails() == [MAILS_PER_LINE, 1]
    assert server.lines[0][-1] == "QUIT"
    clock.advance(KEPT_S)
    postbox.send(mail())
    assert server.mails() == [MAILS_PER_LINE, 1, 1]
    assert server.lines[1][-1] == "QUIT"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_the_server_refuses_is_told_and_the_line_is_not_used_again(
    server: MailServer, postbox: SmtpPostbox, command: str
) -> None:
    postbox.send(mail())
    server.refuses = command
    with pytest.raises(MailServerFailed) as caught:
        postbox.send(mail())
    assert "anna" not in str(caught.value)
    server.refuses = ""
    postbox.send(mail())
    assert server.mails()[-1] == 1
    assert len(server.lines) == 2


def test_a_server_that_goes_away_in_the_middle_of_a_mail_is_told_and_never_tried_twice_in_one_go(
    server: MailServer, postbox: SmtpPostbox
) -> None:
    postbox.send(mail())
    server.hangs_up_after = "DATA"
    with pytest.raises(MailServerFailed, match="SMTPServerDisconnected"):
        postbox.send(mail())
    assert server.mails() == [2]


def test_a_line_that_could_not_be_introduced_is_closed(server: MailServer, clock: ManualClock) -> None:
    with pytest.raises(MailServerFailed, match="SMTPNotSupportedError"):
        SmtpPostbox(SmtpSettings(server.url, "shop", "secret"), clock).send(mail())
    gc.collect()  # a socket left open would be told now


def test_threads_have_lines_of_their_own_and_no_more_are_kept_than_said(
    server: MailServer, postbox: SmtpPostbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncserver.services.postbox.LINES_MAX", 2)
    together, connect = Barrier(3), postbox._connect

    def connect_together() -> smtplib.SMTP:
        together.wait(10)
        return connect()

    monkeypatch.setattr(postbox, "_connect", connect_together)
    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(postbox.send, mail()) for _ in range(3)]:
            done.result()
    assert server.mails() == [1, 1, 1]
    assert sum(line[-1] == "QUIT" for line in server.lines) == 1
    assert len(postbox._lines) == 2
