"""The server as a process: stopped under load it answers what it took; its log is JSON, a line each."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from syncserver.db.in_use import InUse
from tests.support.small_event import TOML

COMMAND = str(Path(sys.executable).parent / "rallygate-server")
BUYERS = 6
START_S, STOP_S = 90, 60


@pytest.fixture
def settings(tmp_path: Path, free_port: int) -> dict[str, str]:
    """A data folder with the small event, and a port."""
    chosen = {"RALLYGATE_DATA": str(tmp_path / "data"), "RALLYGATE_LISTEN": f"127.0.0.1:{free_port}"}
    (tmp_path / "trial.toml").write_text(TOML)
    settings = {**os.environ, **chosen}
    for arguments in (["init"], ["import-event", str(tmp_path / "trial.toml"), "--starts-on", "today"]):
        subprocess.run([COMMAND, *arguments], env=settings, check=True, capture_output=True, timeout=START_S)
    return settings


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(settings: dict[str, str], tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "out").open("wb") as out, (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([COMMAND, "run"], env=settings, stdout=out, stderr=log)
    try:
        until = time.monotonic() + START_S
        while not _answers(free_port):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/livez")
            with connection.getresponse() as reply:
                return reply.status == 200
        except OSError:
            return False


def _buy(port: int, stop: threading.Event, seen: Counter[str]) -> None:
    """Put things into a basket until told to stop or refused; count what came of each request."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_S)) as connection:
        connection.request("GET", "/en/trial/")
        reply = connection.getresponse()
        page, cookie = reply.read().decode(), (reply.getheader("Set-Cookie") or "").partition(";")[0]
        found = re.search(r'name="form_token" value="(\w+)"', page)
        assert found is not None
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        form = f"form_token={found[1]}&product=four_days&count=1"
        while not stop.is_set():
            try:
                connection.request("POST", "/en/trial/basket/add", form, headers)
                reply = connection.getresponse()
            except OSError:  # no byte of an answer: the door was closed before it
                seen["not taken"] += 1
                return
            try:
                reply.read()
                seen["answered"] += 1
            except (OSError, http.client.HTTPException):
                seen["half done"] += 1
                return


@pytest.mark.slow
def test_what_was_taken_is_answered_and_the_log_is_json(
    server: subprocess.Popen[bytes], free_port: int, tmp_path: Path
) -> None:
    seen: Counter[str] = Counter()
    stop = threading.Event()
    buyers = [threading.Thread(target=_buy, args=(free_port, stop, seen)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    until = time.monotonic() + START_S
    while seen["answered"] < BUYERS and time.monotonic() < until:
        time.sleep(0.1)
    server.send_signal(signal.SIGTERM)
    assert server.wait(STOP_S) == 0
    stop.set()
    for buyer in buyers:
        buyer.join()
    assert seen["answered"] >= BUYERS
    assert seen["half done"] == 0, seen
    for line in (tmp_path / "log").read_text().splitlines():
        assert {"event", "level", "timestamp"} <= set(json.loads(line)), line


def test_a_second_server_on_the_same_file_is_refused(settings: dict[str, str], tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'data' / 'rallygate.sqlite'}")
    running = InUse(database)
    done = subprocess.run([COMMAND, "run"], env=settings, capture_output=True, text=True, check=False, timeout=START_S)
    running.end()
    database.close()
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "stop that one first" in done.stderr
