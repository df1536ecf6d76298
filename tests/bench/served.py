"""A server of the bench's own: a fresh database, the demo event, and the real program that serves it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.errors import BadInput
from tests.bench.site import ROOT

READY_S_MAX = 60.0
STOP_S_MAX = 30.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_s(self) -> float:
        """CPU seconds of the server's processes until now."""
        return sum(_cpu_s(pid) for pid in _with_children(self.process.pid))


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, database_url: str, port: int) -> Iterator[Served]:
    """`rallygate-server run` on a folder and database, one web process. Raises BadInput if it does not answer."""
    settings = {
        "RALLYGATE_DATA": str(folder), "RALLYGATE_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT),
        "RALLYGATE_LISTEN": f"127.0.0.1:{port}", "RALLYGATE_LOG_LEVEL": "warning",
    }  # fmt: skip
    program = str(Path(sys.executable).parent / "rallygate-server")
    log = (folder.parent / f"{folder.name}.log").open("wb")
    with log, subprocess.Popen([program, "run"], env=os.environ | settings, stdout=log, stderr=log) as process:
        try:
            _wait_until_ready(process, port, Path(log.name))
            yield Served(process, port)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S_MAX)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end_s = time.monotonic() + READY_S_MAX
    while time.monotonic() < end_s and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise BadInput(f"the server does not answer on port {port}; it said last: {log.read_text()[-500:]}")


def _with_children(pid: int) -> list[int]:
    """A process and all that it started."""
    parents = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found = [pid]
    for one in found:
        found += [child for child, stat in parents.items() if len(stat) > 1 and stat[1] == str(one)]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_s(pid: int) -> float:
    stat = _stat(pid)
    return sum(map(int, stat[11:13])) / TICKS_PER_S if stat else 0.0
