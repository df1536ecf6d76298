"""The listener among strangers: garbage, floods and silence change nothing, and genuine kiosks are served."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.clock import ManualClock
from kiosk.sync import peer_server, peers
from kiosk.sync.peer_messages import PEER_BYTES_MAX, PEER_PATH, PeerRefusal
from kiosk.sync.peer_server import CONNECTIONS_PER_ADDRESS_MAX, Buckets
from kiosk.sync.peer_settings import peer_settings
from kiosk.sync.peers import Peers
from tests.support.lan_world import LOOPBACK, LanKiosk, LanWorld, within


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LanWorld]:
    world = LanWorld(tmp_path)
    yield world
    world.close()


@pytest.fixture
def kiosk(world: LanWorld) -> LanKiosk:
    return world.kiosk(uplink=False)


def port(kiosk: LanKiosk) -> int:
    found = kiosk.front.peers.state.port
    assert found is not None
    return found


def said(kiosk: LanKiosk, raw: bytes) -> bytes:
    """What the listener says to raw bytes; nothing where it hangs up."""
    with closing(socket.create_connection((LOOPBACK, port(kiosk)), 5)) as line, suppress(ConnectionError):
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))
    return b""


def is_served(world: LanWorld, kiosk: LanKiosk) -> bool:
    other = world.kiosk(kiosk, uplink=False)
    return within(lambda: other.front.peers.state.met == 1)


def test_garbage_of_every_kind_is_refused_and_changes_nothing(world: LanWorld, kiosk: LanKiosk) -> None:
    rng = random.Random(7)
    head = f"POST {PEER_PATH} HTTP/1.1\r\nHost: x\r\n".encode()
    kinds = [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /api/sync/v1/snapshot/../../../etc/passwd HTTP/1.1\r\n\r\n",
        b"GET /api/sync/v1/snapshot/" + b"0" * 64 + b" HTTP/1.1\r\nRange: bytes=5-\r\n\r\n",
        b"DELETE / HTTP/1.1\r\n\r\n",
        head + b"\r\n",
        head + b"Content-Length: -5\r\n\r\nhello",
        head + b"Content-Length: 99999999999999999999\r\n\r\nhello",
        head + b"Content-Length: %d\r\n\r\n" % (PEER_BYTES_MAX + 1),
        head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        head + b"Content-Length: 500\r\n\r\nshort",
        head + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        *(head + b"Content-Length: 300\r\n\r\n" + rng.randbytes(300) for _ in range(10)),
        *(rng.randbytes(rng.randrange(2_000)) for _ in range(10)),
    ]
    before = kiosk.front.kiosk.stores.learnt.count()
    for raw in kinds:
        assert b" 200 " not in said(kiosk, raw).split(b"\r\n")[0], raw[:80]
    assert (kiosk.front.kiosk.stores.learnt.count(), kiosk.front.kiosk.stores.learnt.tray_count()) == (before, 0)
    assert is_served(world, kiosk)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_as_a_message_are_refused(kiosk: LanKiosk, raw: bytes) -> None:
    with pytest.raises(PeerRefusal):
        kiosk.front.peers.desk.answer(raw)


def test_who_holds_lines_open_keeps_no_other_from_being_served(
    world: LanWorld, kiosk: LanKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_server, "MESSAGE_S_MAX", 0.5)
    with ExitStack() as lines:
        silent = [
            lines.enter_context(closing(socket.create_connection((LOOPBACK, port(kiosk)), 5)))
            for _ in range(CONNECTIONS_PER_ADDRESS_MAX + 5)
        ]
        for line in silent:
            with suppress(OSError):
                line.sendall(b"POST ")
        assert is_served(world, kiosk)
        for line in silent:
            with suppress(ConnectionError):
                assert line.recv(100) == b""


def test_a_flood_is_cut_off_and_the_kiosk_goes_on(world: LanWorld, kiosk: LanKiosk) -> None:
    answers = {"refused": 0, "hung up": 0}
    for _ in range(400):
        try:
            reply = requests.post(kiosk.address + PEER_PATH, data=b"x" * 2_000, timeout=5)
        except requests.ConnectionError:
            answers["hung up"] += 1
        else:
            answers["refused"] += 1
            assert reply.status_code in {400, 429}
    assert answers["hung up"] > 0
    assert kiosk.verdict(world.sold[0].text).outcome.value == "admit"
    assert is_served(world, kiosk)


def test_each_address_has_its_own_measure() -> None:
    clock = ManualClock(0)
    buckets = Buckets(clock, per_s=2, burst=3)
    assert [buckets.take("a", 1) for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("b", 3)
    clock.advance(0.5)
    assert [buckets.take("a", 1) for _ in range(2)] == [True, False]
    clock.advance(1000)
    assert [buckets.take("a", 1) for _ in range(4)] == [True, True, True, False]


def test_a_port_that_is_taken_is_a_trouble_and_scanning_goes_on(world: LanWorld, kiosk: LanKiosk) -> None:
    other = world.kiosk(uplink=False, listens=False)
    other.front.peers._settings = peer_settings(f"{LOOPBACK}:{port(kiosk)}", "", discovers=False)
    other.front.peers.start()
    assert "cannot call this one" in other.front.status().sync.trouble
    assert other.verdict(world.sold[0].text).outcome.value == "admit"


def test_a_port_that_cannot_be_had_at_the_start_is_opened_as_soon_as_it_can(
    world: LanWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the address to listen at, which a network gives only later."""
    monkeypatch.setattr(peers, "LISTEN_AGAIN_S", 0.0)
    lan = world.kiosk(uplink=False)
    lan.front.peers.stop()
    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        at = taken.getsockname()[1]
        late = Peers(lan.front.kiosk, lan.front.sync, peer_settings(f"{LOOPBACK}:{at}", "", discovers=False))
        late.start()
        assert within(lambda: "cannot call this one" in late.state.trouble)
        assert late.state.port is None
    try:
        assert within(lambda: late.state.port == at)
        assert late.state.trouble == ""
    finally:
        late.stop()
