"""The tour's kiosks: one with a window on a screen nobody sees, others headless, each a process with its own folder."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from story.processes import NotAsTold, Program
from story.stage import ROOT, Stage, command

ANSWER_SECONDS_MAX = 30.0
PYTHON_PATH = os.pathsep.join((str(ROOT), str(ROOT / "packaging")))
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the admin hands to whoever sets up a kiosk: the one-time code and the thumbprint to compare."""

    code: str
    thumbprint: str


def invite(stage: Stage, name: str, point: str) -> Invitation:
    """Make a one-time code for a kiosk at a point, through the server's own command."""
    said = stage.manage("enrolment-code", name, "--point", point)
    code = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}\b", said)
    thumbprint = re.search(r"\b[0-9a-f]{4}(?: [0-9a-f]{4}){15}\b", said)
    if code is None or thumbprint is None:
        raise NotAsTold(f"enrolment-code gave no code and thumbprint, but: {said}")
    return Invitation(code.group(), thumbprint.group())


def enrol(folder: Path, server_url: str, invitation: Invitation, name: str) -> str:
    """Let a new kiosk join; what it printed."""
    options = ["--server", server_url, "--code", invitation.code, "--thumbprint", invitation.thumbprint]
    # The folder may be given before the command only: it belongs to all of them.
    line = [*command("rallygate-kiosk"), "--folder", str(folder), "enrol", "--name", name, *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, env=_settings(folder))
    if done.returncode:
        raise NotAsTold(f"{name} could not join: {done.stderr.strip()}")
    return done.stdout.strip()


class HeadlessKiosk:
    """A headless kiosk: a line in, a line of JSON out. `greeting` is what it says at its start, unasked."""

    def __init__(self, folder: Path, log: Path, *, doomed: bool = False) -> None:
        self.name = folder.name
        self._answers: queue.Queue[str | None] = queue.Queue()
        log.parent.mkdir(parents=True, exist_ok=True)
        # A doomed one dies between commit and answer: see doomed_kiosk.py.
        program = [sys.executable, "-m", "story.doomed_kiosk"] if doomed else command("rallygate-kiosk")
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*program, "--folder", str(folder), "headless"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=_settings(folder),
                start_new_session=True,
            )
        threading.Thread(target=self._read, name=f"answers of {self.name}", daemon=True).start()

    def ask(self, what: str | Said) -> Said:
        """Scan a text, or give a command, and wait for the answer."""
        line = what if isinstance(what, str) else json.dumps(what)
        pipe = self._process.stdin
        if pipe is None or self._process.poll() is not None:
            raise NotAsTold(f"{self.name} is not running")
        pipe.write(line + "\n")
        pipe.flush()
        return self.next_answer()

    def next_answer(self) -> Said:
        """The next line it says. Raises NotAsTold if it ended or says nothing for 30 s."""
        try:
            line = self._answers.get(timeout=ANSWER_SECONDS_MAX)
        except queue.Empty:
            raise NotAsTold(f"{self.name} said nothing for {ANSWER_SECONDS_MAX:g} s") from None
        if line is None:
            raise NotAsTold(f"{self.name} ended (code {self._process.wait()}) instead of answering")
        said: Said = json.loads(line)
        return said

    def scan_and_die(self, text: str) -> int:
        """Scan with a doomed kiosk; the signal that ended it. Raises NotAsTold if it answers after all."""
        pipe = self._process.stdin
        if pipe is None:
            raise NotAsTold(f"{self.name} is not running")
        pipe.write(text + "\n")
        pipe.flush()
        line = self._answers.get(timeout=ANSWER_SECONDS_MAX)
        if line is not None:
            raise NotAsTold(f"{self.name} was to die before it could answer, but said {line}")
        return -self._process.wait()

    def close(self) -> None:
        """End it as a service manager would. May be called twice."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._answers.put(line)
        self._answers.put(None)


def window_kiosk(folder: Path, camera: str, log: Path, settings: Mapping[str, str], language: str = "en") -> Program:
    """A kiosk with its window, a camera (number or address) and settings over ours; not started yet."""
    line = [*command("rallygate-kiosk"), "--verbose", "--folder", str(folder), "run"]
    options = ["--camera", camera, "--language", language]
    return Program(f"kiosk {folder.name}", [*line, *options], log, {"PYTHONPATH": PYTHON_PATH, **settings})


def unseen(folder: Path) -> dict[str, str]:
    """Settings of a kiosk nobody sees or hears: no sound device, and a home of its own beside its folder."""
    return {"SDL_AUDIODRIVER": "dummy", "HOME": str(folder.parent), "PYTHONPATH": PYTHON_PATH}


def _settings(folder: Path) -> dict[str, str]:
    return {**os.environ, **unseen(folder)}
