"""The kiosk asks the operating system in one package."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.meta.checkers.machine import HOME, system_calls
from tests.meta.checkers.tree import Source, python_files, report

HERE = PurePosixPath("kiosk/store/sample.py")
THERE = PurePosixPath(HOME, "sample.py")


def test_the_kiosk_asks_the_operating_system_in_one_package() -> None:
    findings = system_calls(python_files("kiosk"))
    assert not findings, report(findings)


def test_the_package_is_where_it_is_asked() -> None:
    """Else the check above would look at nothing."""
    moved = [Source(HERE, source.text) for source in python_files("kiosk") if source.path.is_relative_to(HOME)]
    asked = report(system_calls(moved))
    for name in ("ctypes", "fcntl", "termios", "subprocess", "signal", "sys.platform", "os.link", "/sys/", "ifaddr"):
        assert name in asked


@pytest.mark.parametrize(
    "code",
    [
        "import ctypes",
        "import ctypes.util as u",
        "from ctypes import CDLL",
        "import subprocess",
        "from signal import SIGTERM",
        "def f():\n    import termios",
        "try:\n    import fcntl\nexcept ImportError:\n    import msvcrt",
        "import winreg",
        "import resource",
        "from shutil import disk_usage",
        "import platform\nx = platform.system()",
        "import sys\nif sys.platform == 'win32':\n    x = 1",
        "from sys import platform",
        "import os\nx = os.name == 'posix'",
        "from os import name",
        "import os\ndef f(file):\n    os.fsync(file)",
        "import os as o\nsync = o.fsync",
        "from os import replace, open",
        "import os\nx = os.open('x', os.O_RDONLY)",
        "import os\nos.statvfs('x')",
        "import os\nos.environment()",
        "from os import *",
        "import socket\nx = socket.gethostname()",
        "x = open('/proc/meminfo')",
        "x = f'/sys/class/leds/{x}'",
        "SUPPLIES = '/sys'",
        "def f(path):\n    path.chmod(0o600)",
        "def f(path):\n    path.mkdir(mode=0o700)",
        "def f(file):\n    return file.fileno()",
        "import ifaddr",
    ],
)
def test_a_question_to_the_system_is_found_outside_and_not_inside(code: str) -> None:
    assert system_calls([Source(HERE, code)])
    assert not system_calls([Source(THERE, code)])
    assert not system_calls([Source(PurePosixPath("syncserver/sample.py"), code)])


@pytest.mark.parametrize(
    "code",
    [
        "import os\nx = os.environ.get('X')\ny = os.urandom(16)",
        "from os import environ",
        "import sys\nprint(sys.version, file=sys.stderr)",
        "from pathlib import Path\nPath('x').mkdir(exist_ok=True)\nPath('x').replace('y')",
        "import socket\nx = socket.create_connection(('gate', 80))",
        'def f():\n    """/dev/ttyACM0 is a line."""\n    return \'a line below /dev/, or /api/sync\'',
        "import time, threading, errno",
    ],
)
def test_what_is_the_same_everywhere_may_stand_anywhere(code: str) -> None:
    assert not system_calls([Source(HERE, code)])
