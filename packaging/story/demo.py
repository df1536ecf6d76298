"""The demo: all programs started, a kiosk's window where there is a display, addresses printed, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from story import kiosks
from story.badges import StaffBadge, make_badges, told
from story.processes import Program
from story.stage import Login, Stage, command, open_stage

GATE_POINT = "gate_main"
ROLES = ("admin", "supervisor", "support", "accountant")
WATCH_EVERY_S = 1.0


def run(folder: Path) -> int:
    """Start, tell, wait for Ctrl-C (or the terminal's end), stop. The same folder goes on. Raises NotAsTold."""
    _at_the_end(_interrupt)
    began = time.monotonic()
    stage = open_stage(folder)
    window: Program | None = None
    try:
        _say("preparing the demo event (the first time takes half a minute) ...")
        stage.prepare()
        badges = make_badges(stage)
        stage.start()
        logins = _logins(stage)
        window = _gate(stage)
        _tell(stage, logins, badges, window, time.monotonic() - began)
        return _watch(stage, window)
    except KeyboardInterrupt:
        return 0
    finally:
        _at_the_end(signal.SIG_IGN)  # a second Ctrl-C would leave programs behind
        _say("stopping ...")
        if window is not None:
            window.stop()
        stage.close()
        _say(f"stopped. The data stay in {folder}; the same command goes on with them.")


def _at_the_end(what: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    """What to do when we are asked to end: by Ctrl-C, by a service manager, by the terminal that closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, what)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _logins(stage: Stage) -> list[Login]:
    """The staff accounts of this folder, made at the first start."""
    kept = stage.folder / "logins.json"
    if kept.exists():
        return [Login(**row) for row in json.loads(kept.read_text())]
    made = [stage.create_staff(role) for role in ROLES]
    kept.touch(mode=0o600)
    kept.write_text(json.dumps([asdict(one) for one in made]))
    return made


def _gate(stage: Stage) -> Program | None:
    """A kiosk at the main gate, joined at the first start; its window is opened if there is a display."""
    folder = stage.folder / "kiosks" / "gate"
    if not (folder / "enrolled.cbor").exists():
        invitation = kiosks.invite(stage, "gate", GATE_POINT)
        kiosks.enrol(folder, stage.server_url, invitation, "gate")
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return None
    camera = os.environ.get("RALLYGATE_KIOSK_CAMERA", "0")
    # Left to itself the window's library takes a screen nobody sees where the display cannot be reached.
    is_open = os.environ.get("DISPLAY") is None or "SDL_VIDEODRIVER" in os.environ
    settings = {} if is_open else {"SDL_VIDEODRIVER": "x11"}
    window = kiosks.window_kiosk(folder, camera, stage.folder / "logs" / "gate.log", settings)
    window.start()
    return window


def _tell(stage: Stage, logins: list[Login], badges: list[StaffBadge], window: Program | None, took_s: float) -> None:
    lines = [
        f"the demo runs (started in {took_s:.0f} s):",
        f"  shop      {stage.shop_url}",
        f"  admin     {stage.shop_url}admin/",
        "            " + "\n            ".join(f"{one.login} / {one.password}" for one in logins),
        f"  mails     {stage.mails_url}   (nothing leaves this machine)",
        f"  bank      http://127.0.0.1:{stage.ports.bank}/   (no money moves)",
        f"  logs      {stage.folder / 'logs'}",
        "\n            ".join(told(badges)),
        "  kiosk     its window opens at the main gate" if window else _how_to_see(stage),
        "Ctrl-C stops everything.",
    ]
    _say("\n".join(lines))


def _how_to_see(stage: Stage) -> str:
    folder = stage.folder / "kiosks" / "gate"
    return (
        "  kiosk     it has joined, and has no window here. Where there is a display, run:\n"
        f"            {command('rallygate-kiosk')[0]} --folder {folder} run\n"
        "            or try it line by line, with the same words and `headless` in place of `run`;\n"
        "            a badge's line lies beside its picture, as .txt"
    )


def _watch(stage: Stage, window: Program | None) -> int:
    """Wait until nothing is left to look at: 1. A window may be closed, and outlives the server: that is the story."""
    told: set[str] = set()
    is_open = window is not None
    while True:
        time.sleep(WATCH_EVERY_S)
        gone = [program for program in (stage.server, stage.bank, stage.catcher) if not program.is_running]
        if window is not None and is_open and not window.is_running:
            is_open = False
            _say(f"the kiosk's window was closed or could not open; it said last:\n{window.tail(4)}")
            if not gone:
                _say(_how_to_see(stage))
        for program in gone:
            if program.name not in told:
                _say(_ended(program, is_open=is_open))
        told |= {program.name for program in gone}
        if gone and not is_open:
            return 1


def _ended(program: Program, *, is_open: bool) -> str:
    """That a program ended which nobody here asked to, and what becomes of the rest."""
    what = f"{program.name} has ended ({program.how_it_ended}; its log: {program.log})."
    if is_open:
        return f"{what} The kiosk goes on without it. Ctrl-C here, or closing the kiosk's window, ends everything."
    return f"{what} It said last:\n{program.tail()}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
