"""In the real application requests are counted, and the loop of mails nobody waits for is the one that gives way."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace

import pytest

from syncserver.app import MAILS, create_app, make_services
from syncserver.pages_first import NICENESS, NICENESS_MAX, PagesFirst
from syncserver.services.mail_queue import MAIL_QUEUE, UNASKED_MAIL_QUEUE
from tests.support.admin_world import Office

LONG_S = 10.0


class Noted(PagesFirst):
    """Says in which thread somebody gave way, and how much that one weighs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []
        self.was_asked = threading.Event()

    def wait(self) -> bool:
        self.found.append((threading.current_thread().name, niceness()))
        self.was_asked.set()
        return super().wait()


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_request_of_the_real_application_is_counted(office: Office) -> None:
    services = replace(office.services, pages=PagesFirst(0.01))
    app, seen = create_app(services.config, services, testing=True), list[bool]()
    app.before_request(lambda: seen.append(services.pages.wait()))
    app.test_client().get("/livez").close()
    assert seen == [False]
    assert services.pages.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux only")
@pytest.mark.parametrize(("is_apart", "more"), [(False, 0), (True, NICENESS)], ids=["beside the web", "apart"])
def test_only_the_loop_of_mails_gives_way_and_weighs_less_where_no_pages_are(
    office: Office, more: int, *, is_apart: bool
) -> None:
    pages = Noted()
    services = replace(make_services(replace(office.services.config, smtp_url="smtp://127.0.0.1:1")), pages=pages)
    assert MAIL_QUEUE in services.shop.awaited
    assert services.shop.unasked == (UNASKED_MAIL_QUEUE,)
    background = services.background(is_apart=is_apart)
    background.start()
    try:
        assert pages.was_asked.wait(LONG_S)
    finally:
        background.stop()
        services.db.close()
    assert set(pages.found) == {(MAILS, min(NICENESS_MAX, niceness() + more))}
