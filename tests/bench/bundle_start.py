"""Prints a bundle's size and how long it takes to start. `packaging/bundle` runs this."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiosk.ui.theme import DARK
from tests.support.virtual_screen import VirtualScreen

STARTS: Final = 5
DRAWN_S_MAX: Final = 60.0


def main() -> int:
    """Measure the bundle in the folder given."""
    folder = Path(sys.argv[1])
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    print(f"bundle  {folder}")
    print(f"size    {sum(path.stat().st_size for path in files) / 1e6:.0f} MB in {len(files):,} files")
    print(f"start   {_best(lambda: _spoken_s(folder)):.2f} s to the first answer of headless (best of {STARTS})")
    if shutil.which("Xvfb"):
        print(f"        {_best(lambda: _drawn_s(folder)):.2f} s to the window drawn, under Xvfb (best of {STARTS})")
    else:
        print("        the window's start was not measured: it needs Xvfb (apt-get install xvfb)")
    return 0


def _best(measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(STARTS))


def bare_environment(home: Path) -> dict[str, str]:
    """Nothing of this shell: no PATH on which a Python could be found."""
    return {"HOME": str(home), "PATH": "/nowhere", "LANG": "C.UTF-8", "SDL_AUDIODRIVER": "dummy"}


def _spoken_s(folder: Path) -> float:
    """Until a kiosk that has not joined says so."""
    with tempfile.TemporaryDirectory() as home:
        command = [str(folder / "rallygate-kiosk"), "--folder", f"{home}/kiosk", "headless"]
        began_s = time.monotonic()
        done = subprocess.run(
            command, env=bare_environment(Path(home)), input=b'{"do":"status"}\n', stdout=subprocess.PIPE, check=True
        )
        if b"has not joined" not in done.stdout:
            raise RuntimeError(f"the bundle answered {done.stdout!r}: it does not work")
        return time.monotonic() - began_s


def _drawn_s(folder: Path) -> float:
    """Until the enrol screen is there."""
    shown = "#" + "".join(f"{round(part * 255):02x}" for part in DARK.night[:3])
    with VirtualScreen() as screen, tempfile.TemporaryDirectory() as home:
        environment = bare_environment(Path(home)) | {"DISPLAY": screen.name}
        command = [str(folder / "rallygate-kiosk"), "--folder", f"{home}/kiosk", "run", "--camera", ""]
        kiosk = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            return screen.wait_for(shown, DRAWN_S_MAX)
        finally:
            kiosk.terminate()
            kiosk.wait(20)


if __name__ == "__main__":
    os.chdir("/")
    sys.exit(main())
