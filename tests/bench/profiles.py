"""Where a server's time goes: py-spy looks at its processes from outside, many times a second."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

RATE_PER_S = 100
TOLD = 4  # layers and functions named in a note
END_S_MAX = 60

# The deepest frame of a stack that one of these knows says whose time it is; the first that fits counts.
LAYERS = {
    "templates": (".html:",),
    "SQLite": ("/sqlite3/", "do_execute (sqlalchemy/engine", "do_commit (sqlalchemy/engine"),
    "psycopg": ("psycopg",),
    "SQLAlchemy": ("sqlalchemy/",),
    "words and money": ("babel/", "translations.py"),
    "Flask and Werkzeug": ("flask/", "werkzeug/"),
    "payment calls": ("requests/", "urllib3/", "http/client"),
    "PDF and mail": ("reportlab/", "/email/", "services/pdf", "services/mail", "smtplib"),
    "shop": ("shop_web/", "syncserver/"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts of looks: by layer, and by the function that was running."""

    layers: Counter[str]
    functions: Counter[str]

    def __str__(self) -> str:
        """For a note: shares of the largest."""
        return f"{_shares(self.layers)}; running most: {_shares(self.functions)}"


@dataclass
class Watch:
    """A profiler at work; `end` says what it saw."""

    process: subprocess.Popen[bytes] | None
    out: Path

    def end(self) -> Profile | None:
        """None where it could not look."""
        if self.process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_S_MAX)
        self.process.kill()
        self.process.wait()
        return profile_of(self.out.read_text()) if self.out.exists() else None


def watch(pids: list[int], seconds: int, out: Path) -> list[Watch]:
    """Begin to look at processes and those they started; nothing happens where there is no py-spy."""
    program = shutil.which("py-spy")
    found = []
    for pid in pids:
        file = out.with_name(f"{out.name}-{pid}")
        options = [
            "--format",
            "raw",
            "--subprocesses",
            "--nonblocking",
            "--rate",
            str(RATE_PER_S),
            "--output",
            str(file),
        ]
        command = [program or "py-spy", "record", *options, "--duration", str(seconds), "--pid", str(pid)]
        quiet = subprocess.DEVNULL
        found.append(Watch(subprocess.Popen(command, stdout=quiet, stderr=quiet) if program else None, file))
    return found


def profile_of(raw: str) -> Profile:
    """Of py-spy's raw lines: `frame;frame;frame COUNT`, the outermost first."""
    layers: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame for frame in stack.split(";") if not frame.startswith("process ")]
        if frames and count.isdigit():
            layers[_layer(frames)] += int(count)
            functions[frames[-1].rpartition(":")[0].rstrip(")") + ")"] += int(count)
    return Profile(layers, functions)


def _layer(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, marks in LAYERS.items():
            if any(mark in frame for mark in marks):
                return name
    return "other"


def _shares(counts: Counter[str]) -> str:
    whole = sum(counts.values()) or 1
    return ", ".join(f"{name} {count / whole:.0%}" for name, count in counts.most_common(TOLD))
