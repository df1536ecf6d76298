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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from common.errors import BadInput
from tests.bench.site import ROOT

READY_S_MAX = 60.0
STOP_S_MAX = 30.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    others: tuple[subprocess.Popen[bytes], ...] = ()

    def cpu_s(self) -> float:
        """CPU seconds of the server's processes until now."""
        return sum(cpu_s_of(one.pid) for one in (self.process, *self.others))

    def pss_bytes(self) -> int:
        """Memory of the server's processes: private, and their share of what they have in common."""
        return sum(_pss_bytes(pid) for one in (self.process, *self.others) for pid in _with_children(one.pid))


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    folder: Path,
    database_url: str,
    port: int,
    workers: int = 1,
    more: Mapping[str, str] = NOTHING_MORE,
    inside: tuple[str, ...] = (),
) -> Iterator[Served]:
    """`rallygate-server run` on a folder and database; with several web processes `rallygate-server worker` beside it.

    `more` are settings besides; `inside` the words before it, for a server in a network namespace: then nobody here
    can ask whether it answers.

    Raises BadInput if it does not answer.
    """
    settings = {
        "RALLYGATE_DATA": str(folder), "RALLYGATE_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT),
        "RALLYGATE_LISTEN": f"127.0.0.1:{port}", "RALLYGATE_LOG_LEVEL": "warning", **more,
    }  # fmt: skip
    program = [*inside, str(Path(sys.executable).parent / "rallygate-server")]
    commands = [[*program, "run", "--workers", str(workers)], *([[*program, "worker"]] if workers > 1 else [])]
    path = folder.parent / f"{folder.name}.log"
    with path.open("wb") as log, ExitStack() as stack:
        run, *others = [
            stack.enter_context(_started(command, os.environ | settings, log.fileno())) for command in commands
        ]
        if not inside:
            _wait_until_ready(run, port, path)
        yield Served(run, port, tuple(others))


@contextmanager
def _started(command: list[str], environment: dict[str, str], log: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            yield process
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


def cpu_s_of(pid: int) -> float:
    """CPU seconds until now of a process and of all that it started and that still run."""
    return sum(_cpu_s(one) for one in _with_children(pid))


def _cpu_s(pid: int) -> float:
    stat = _stat(pid)
    return sum(map(int, stat[11:13])) / TICKS_PER_S if stat else 0.0


def _pss_bytes(pid: int) -> int:
    """The proportional set size; 0 if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
