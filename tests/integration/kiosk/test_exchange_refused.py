"""Whoever asks for an exchange with a server whose address refuses is told so at once."""

from __future__ import annotations

import socket
from pathlib import Path

from common.clock import SystemClock
from kiosk.front import Front
from kiosk.root import Options, open_kiosk
from kiosk.sync.transport import HttpTransport
from kiosk.ui.session import Session
from tests.support.kiosk_world import Event, enrol
from tests.unit.kiosk.ui.test_session import Guide, Screen


def refusing_address() -> str:
    """Where nobody listens: the port was ours a moment ago."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}"


def test_a_server_that_refuses_is_told_with_the_status_that_comes_after_the_refusal(tmp_path: Path) -> None:
    clock, screen, event = SystemClock(), Screen(), Event()
    kiosk = open_kiosk(enrol(event, tmp_path), Options(clock))
    front = Front(kiosk, HttpTransport(refusing_address(), clock))
    guide = Guide(Session(front, screen, screen.deliver, clock, "en"), screen)
    try:
        guide.session.exchange_now()
        guide.settle()
        front.sync.step()
        guide.session.ask_status()
        guide.settle()
        says = guide.session.exchanging.says
        assert says is not None
        assert says.value == "No answer from the server; working alone, nothing lost"
    finally:
        guide.session.stop()
        front.close()
