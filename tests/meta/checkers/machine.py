"""Who asks the operating system: one package of the kiosk, and nothing else of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.meta.checkers.calls import literals
from tests.meta.checkers.names import Use, imported_modules, used_names
from tests.meta.checkers.tree import Finding, Source, is_below, parsed

HOME = "kiosk/machine"
# Modules that are there on one system only, or do on each something else.
SYSTEM_MODULES = frozenset(
    {
        *(
            "ctypes",
            "_ctypes",
            "cffi",
            "subprocess",
            "multiprocessing",
            "signal",
            "platform",
            "shutil",
            "stat",
            "select",
        ),
        *("selectors", "tempfile", "shlex", "resource", "mmap", "getpass"),
        *("termios", "tty", "pty", "fcntl", "pwd", "grp", "syslog", "posix", "readline"),
        *("msvcrt", "winreg", "winsound", "nt", "_winapi"),
        *("serial", "psutil", "ifaddr"),
    }
)
# Of `os` what is the same everywhere; all else of it belongs to the package.
OS_ANYWHERE = ("os.environ", "os.urandom", "os.PathLike", "os.fspath")
SYSTEM_NAMES = frozenset({"sys.platform", "sys.getwindowsversion", "sys.winver", "os.name", "socket.gethostname"})
# Methods of paths and files, whatever they are called on: `path.chmod`, `file.fileno`.
SYSTEM_METHODS = frozenset(
    {
        *("chmod", "lchmod", "fileno", "hardlink_to", "symlink_to", "owner", "group", "is_mount", "is_block_device"),
        *("is_char_device", "is_fifo", "is_socket", "setsockopt"),
    }
)
FOLDERS_OF_LINUX = ("/dev", "/etc", "/proc", "/run", "/sys", "/usr", "/var")
WHAT = f"the operating system is asked in {HOME} alone"


def system_calls(sources: Iterable[Source]) -> list[Finding]:
    """What modules of the kiosk outside of the package ask the operating system for by themselves."""
    return [
        Finding(source.path, use.line, f"{use.name}: {WHAT}")
        for source in sources
        if is_below(source.path, "kiosk") and not is_below(source.path, HOME)
        for use in _asked(parsed(source))
    ]


def _asked(tree: ast.Module) -> Iterator[Use]:
    yield from (use for use in imported_modules(tree) if use.name.partition(".")[0] in SYSTEM_MODULES)
    yield from (use for use in used_names(tree) if use.name in SYSTEM_NAMES or _is_of_os(use.name))
    yield from (Use(text, line) for line, text in literals(tree) if _is_of_linux(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in SYSTEM_METHODS:
            yield Use(f".{node.attr}", node.lineno)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "mkdir":
            yield from (Use("mkdir(mode)", node.lineno) for word in node.keywords if word.arg == "mode")


def _is_of_os(name: str) -> bool:
    """`from os import path` names os.path; `import os` alone names nothing yet."""
    if not name.startswith("os."):
        return False
    return not any(f"{name}.".startswith(f"{one}.") for one in OS_ANYWHERE)


def _is_of_linux(text: str) -> bool:
    """A path of Linux; a text that only speaks of one begins otherwise."""
    return any(text == folder or text.startswith(f"{folder}/") for folder in FOLDERS_OF_LINUX)
