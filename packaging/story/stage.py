"""The stage: the bank, the mail catcher and the server, started together on loopback over one folder of data."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from story.processes import NotAsTold, Program, answers, free_port, is_free, wait_for, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
EVENT_FILE = ROOT / "packaging" / "demo-event" / "rally.toml"
COMMAND_SECONDS_MAX = 180


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, on 127.0.0.1."""

    server: int
    bank: int
    smtp: int
    mails: int


PREFERRED = Ports(server=8080, bank=8090, smtp=8025, mails=8026)


@dataclass(frozen=True, slots=True)
class Login:
    """A staff account of the demo."""

    role: str
    login: str
    password: str


class Stage:
    """One folder of demo data and the programs that serve it. `close()` may be called twice."""

    def __init__(self, folder: Path, ports: Ports, held: int) -> None:
        self.folder, self.ports, self._held = folder, ports, held
        self.server_url = f"http://127.0.0.1:{ports.server}"
        # Under this name browsers make passkeys without TLS.
        self.shop_url = f"http://localhost:{ports.server}/"
        self.mails_url = f"http://127.0.0.1:{ports.mails}/"
        self.mails = folder / "mails"
        self.data = folder / "server"
        self._settings = _settings(folder, ports)
        self.bank = self._program("bank", [*_python("-m", "syncserver.integrations.sandbox"), *self._bank_options()])
        self.catcher = self._program(
            "mails", [*_python(str(ROOT / "packaging" / "mail_catcher.py")), *self._mail_options()]
        )
        self.server = self._program("server", [*command("rallygate-server"), "run"])

    def prepare(self) -> bool:
        """Make the database and the demo event if there is none yet; whether it was made now.

        Its days are those of the first time. A first time that was interrupted is done again.
        """
        mark = self.folder / "event.loaded"
        is_new = not mark.exists()
        self.manage("init")
        if is_new:
            self.manage("import-event", str(EVENT_FILE), "--starts-on", "today")
            mark.touch()
        return is_new

    def create_staff(self, role: str) -> Login:
        """Make a staff account called like its role, with a password drawn here."""
        made = Login(role, role, secrets.token_urlsafe(9))
        kept = self.folder / f"{role}.password"
        kept.touch(mode=0o600)
        kept.write_text(made.password)
        self.manage("create-staff", role, "--role", role, "--password-file", str(kept))
        kept.unlink()
        return made

    def start(self) -> None:
        """Start all three and wait until each answers."""
        for program, url in (
            (self.bank, f"http://127.0.0.1:{self.ports.bank}/healthz"),
            (self.catcher, self.mails_url),
            (self.server, self.shop_url + "healthz"),
        ):
            if not program.is_running:
                program.start()
            wait_for(program, url)

    def start_server(self) -> None:
        """Start the server alone, after it was stopped."""
        self.server.start()
        wait_for(self.server, self.shop_url + "healthz")

    def stop_server(self) -> None:
        """Stop the server and make sure that nobody answers any more."""
        self.server.stop()
        wait_until("the server is gone", lambda: not answers(self.shop_url + "healthz"), 10)

    def manage(self, *arguments: str) -> str:
        """Run one `rallygate-server` command; what it printed. Raises NotAsTold with its words if it failed."""
        done = subprocess.run(
            [*command("rallygate-server"), *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **self._settings},
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        if done.returncode:
            raise NotAsTold(
                f"rallygate-server {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()[-600:]}"
            )
        return done.stdout

    def close(self) -> None:
        """Stop everything, the server first."""
        for program in (self.server, self.catcher, self.bank):
            program.stop()
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def _program(self, name: str, line: Sequence[str]) -> Program:
        return Program(name, line, self.folder / "logs" / f"{name}.log", self._settings)

    def _bank_options(self) -> list[str]:
        return ["--port", str(self.ports.bank), "--book", str(self.folder / "bank.sqlite"), "--late-seconds", "20"]

    def _mail_options(self) -> list[str]:
        ports = ["--smtp-port", str(self.ports.smtp), "--http-port", str(self.ports.mails)]
        return ["--folder", str(self.mails), *ports]


def open_stage(folder: Path, *, free: bool = False) -> Stage:
    """The stage of a folder, with the ports it had the last time, or else the usual ones, or (`free`) any."""
    folder.mkdir(parents=True, exist_ok=True)
    held = _hold(folder / "demo.lock")
    kept = folder / "ports.json"
    ports = Ports(**json.loads(kept.read_text())) if kept.exists() else _choose(free=free)
    taken = [port for port in asdict(ports).values() if not is_free(port)]
    if taken:
        raise NotAsTold(
            f"port {taken[0]} is taken: stop what listens there (`ss -ltnp` names it; it may be left of a demo that "
            f"was killed), or remove {kept} to take other ports"
        )
    kept.write_text(json.dumps(asdict(ports)))
    return Stage(folder, ports, held)


def _hold(lock: Path) -> int:
    """Keep a folder to this demo until the process ends; the lock's descriptor. Raises NotAsTold if another has it."""
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = os.read(held, 20).decode(errors="replace").strip()
        os.close(held)
        raise NotAsTold(
            f"a demo runs on {lock.parent} already (process {who}): stop it first, or name another --folder"
        ) from None
    os.ftruncate(held, 0)
    os.write(held, f"{os.getpid()}\n".encode())
    return held


def command(name: str) -> list[str]:
    """How to call one of our console commands: the one installed beside this Python."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise NotAsTold(f"{path} is missing: the project is not installed in this environment")
    return [str(path)]


def secret_file(folder: Path) -> Path:
    """A file with the secret that the shop and the bank share, made at the first call."""
    path = folder / "bank.secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path


def _choose(*, free: bool) -> Ports:
    wanted = asdict(PREFERRED)
    return Ports(**{name: port if not free and is_free(port) else free_port() for name, port in wanted.items()})


def _settings(folder: Path, ports: Ports) -> Mapping[str, str]:
    return {
        "RALLYGATE_DATA": str(folder / "server"),
        "RALLYGATE_LISTEN": f"127.0.0.1:{ports.server}",
        "RALLYGATE_PUBLIC_URL": f"http://localhost:{ports.server}",
        "RALLYGATE_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "RALLYGATE_LIST_MINUTES": "10",  # who tries it waits no hour until a ticket just bought is found by name
        "RALLYGATE_SANDBOX_URL": f"http://127.0.0.1:{ports.bank}",
        "RALLYGATE_SANDBOX_SECRET_FILE": str(secret_file(folder)),
        "PYTHONPATH": str(ROOT),
    }


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
