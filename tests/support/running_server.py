"""The real server programs on PostgreSQL: two web processes and a worker, and connections to a chosen one of them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from common.envelope import Signed, Typ, open_unverified, sign
from common.exchange import MESSAGE_BYTES_MAX, Cursor, ExchangeAnswer, ExchangeRequest, VersionVector, from_payload
from common.exchange import to_payload as payload_of
from tests.support.server_world import Pen

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from syncserver.cli import main; raise SystemExit(main())")
READY_S_MAX = 60.0
TRIES_MAX = 400
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass
class Line:
    """One kept-alive connection; `process` is who answers on it."""

    connection: http.client.HTTPConnection
    process: int

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of one request."""
        self.connection.request(method, path, body, dict(headers or {}))
        reply = self.connection.getresponse()
        told: dict[str, str] = {}
        for name, value in reply.getheaders():  # several of one name, as cookies are, in one
            key = name.lower()
            told[key] = f"{told[key]}, {value}" if key in told else value
        return reply.status, reply.read(), told

    def exchange(
        self,
        pen: Pen,
        entries: tuple[bytes, ...] = (),
        *,
        cursor: Cursor | None = None,
        vector: VersionVector | None = None,
    ) -> ExchangeAnswer:
        """One exchange that succeeds."""
        request: ExchangeRequest = pen.request(entries, cursor=cursor, vector=vector)
        raw = sign(payload_of(request), pen.key.as_device(), Typ.EXCHANGE, MESSAGE_BYTES_MAX)
        status, body, _ = self.ask("POST", "/api/sync/v1/exchange", raw)
        assert status == 200, body
        signed = open_unverified(body, Typ.ANSWER, MESSAGE_BYTES_MAX)
        assert isinstance(signed, Signed)
        answer = from_payload(signed.payload, ExchangeAnswer)
        assert isinstance(answer, ExchangeAnswer), answer
        return answer


@dataclass
class Browser:
    """A person at the admin, whose requests may go to either process."""

    cookies: dict[str, str]

    def ask(self, line: Line, method: str, path: str, **form: str) -> tuple[int, str, str]:
        """Status, page and where it leads."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items()) or None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, page, told = line.ask(method, path, body, headers)
        for cookie in re.findall(r"(?:^|, )([A-Za-z_]+)=([^;,]*)", told.get("set-cookie", "")):
            self.cookies[cookie[0]] = cookie[1]
        return status, page.decode(), told.get("location", "")

    def sign_in(self, form_from: Line, to: Line, login: str, password: str) -> tuple[int, str, str]:
        """Fetch the form from one process and send it to another."""
        _, page, _ = self.ask(form_from, "GET", "/admin/login")
        found = FORM_TOKEN.search(page)
        assert found is not None, page
        return self.ask(to, "POST", "/admin/login", login=login, password=password, form_token=found[1])


@dataclass
class Programs:
    """What was started."""

    port: int
    web: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    log: Path
    opened: list[http.client.HTTPConnection] = field(default_factory=list)

    def web_processes(self) -> list[int]:
        """The processes that answer requests."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def one_line_each(self) -> list[Line]:
        """A connection to every web process."""
        found: dict[int, Line] = {}
        for _ in range(TRIES_MAX):
            line = self._line()
            if line.process in found:
                line.connection.close()
            found.setdefault(line.process, line)
            if len(found) == len(self.web_processes()):
                return list(found.values())
        raise AssertionError(f"only {len(found)} of {len(self.web_processes())} processes answered")

    def _line(self) -> Line:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.opened.append(connection)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        inode = _inode_of(self.port, connection.sock.getsockname()[1])
        return Line(connection, next(pid for pid in self.web_processes() if inode in _sockets_of(pid)))

    def stop(self) -> list[float]:
        """SIGTERM to both programs at once; seconds until each had ended, which must be well."""
        for process in (self.web, self.worker):
            _wait_until_it_listens(process)
        began_s, took_s = time.monotonic(), []
        for process in (self.web, self.worker):
            process.send_signal(signal.SIGTERM)
        for process in (self.web, self.worker):
            assert process.wait(60) == 0, self.log.read_text()[-2000:]
            took_s.append(time.monotonic() - began_s)
        return took_s


def _wait_until_it_listens(process: subprocess.Popen[bytes], most_s: float = 60.0) -> None:
    """A program that is only just starting does not hear yet that it shall stop: the system ends it."""
    until_s = time.monotonic() + most_s
    while process.poll() is None and time.monotonic() < until_s:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.05)


def _inode_of(server_port: int, client_port: int) -> str:
    """The server's end of a connection on loopback."""
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = row.split()
        ends = (int(fields[1].rpartition(":")[2], 16), int(fields[2].rpartition(":")[2], 16))
        if ends == (server_port, client_port):
            return fields[9]
    raise AssertionError(f"no connection {client_port} to {server_port}")


def _sockets_of(pid: int) -> set[str]:
    named = (str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink())
    return {name.removeprefix("socket:[").rstrip("]") for name in named if name.startswith("socket:[")}


def _settings(data: Path, database_url: str) -> dict[str, str]:
    return {"RALLYGATE_DATA": str(data), "RALLYGATE_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}


def set_up(data: Path, database_url: str, event_file: Path) -> None:
    """What an organiser does first: make the keys and the tables, import an event."""
    both = "import sys; from syncserver.cli import main; sys.exit(main(['init']) or main(sys.argv[1:]))"
    command = [sys.executable, "-c", both, "import-event", str(event_file)]
    environment = os.environ | _settings(data, database_url)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def running(data: Path, database_url: str) -> Iterator[Programs]:
    """`rallygate-server run --workers 2` and `rallygate-server worker` on a data folder and a database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = _settings(data, database_url) | {"RALLYGATE_LISTEN": f"127.0.0.1:{port}"}
    path, environment = data / "programs.log", os.environ | settings
    with (
        path.open("wb") as log,
        subprocess.Popen([*PROGRAM, "run", "--workers", "2"], env=environment, stdout=log, stderr=log) as web,
        subprocess.Popen([*PROGRAM, "worker"], env=environment, stdout=log, stderr=log) as worker,
    ):
        programs = Programs(port, web, worker, path)
        try:
            _wait_until_ready(programs)
            yield programs
        finally:
            for connection in programs.opened:
                connection.close()
            for process in (web, worker):
                if process.poll() is None:
                    process.terminate()


def _wait_until_ready(programs: Programs) -> None:
    end_s = time.monotonic() + READY_S_MAX
    while time.monotonic() < end_s and programs.web.poll() is None:
        try:
            programs.one_line_each()
        except (OSError, StopIteration, AssertionError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(programs.log.read_text()[-2000:])
