"""The kiosk's window as a process of its own, driven from outside: keys and touches go in, what it prints comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.virtual_screen import VirtualScreen

ROOT = Path(__file__).parents[2]


class Window:
    """The kiosk's process and what it printed."""

    def __init__(self, folder: Path, screen: VirtualScreen, *options: str) -> None:
        environment = os.environ | {"DISPLAY": screen.name, "KIVY_HOME": str(folder), "SDL_AUDIODRIVER": "dummy"}
        environment.pop("SDL_VIDEODRIVER", None)
        command = [sys.executable, "-m", "tests.support.kiosk_window", "--folder", str(folder), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.texts: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.texts.append(json.loads(line)["text"])

    def wait_for_scans(self, count: int, seconds: float = 30.0) -> list[str]:
        end_s = time.monotonic() + seconds
        while len(self.texts) < count:
            assert time.monotonic() < end_s, f"only {self.texts} after {seconds} s"
            time.sleep(0.01)
        return self.texts

    def close(self) -> int:
        self.process.terminate()
        code = self.process.wait(20)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
