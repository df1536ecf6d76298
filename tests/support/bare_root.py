"""A root with the libraries of some Debian packages and nothing else: no shell, no Python."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Final

LIBRARIES: Final = re.compile(r"/(usr/)?lib(64|32)?/.*\.so[.\d]*$|/usr/share/(glvnd|drirc\.d|X11/locale)/")
DEVICES: Final = {"null": (1, 3), "zero": (1, 5), "urandom": (1, 9)}


class BareRoot:
    """A folder to `chroot` into, made of this machine's own files: no network is needed.

    `packages` are Debian's names; what they depend on comes with them. Raises OSError where devices cannot be made.
    """

    def __init__(self, path: Path, packages: tuple[str, ...]) -> None:
        self.path = path
        for folder in ("dev", "tmp", "home", "usr/lib", "usr/lib64"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        for name in ("lib", "lib64"):  # as on Debian, where /lib is the same folder as /usr/lib
            (path / name).symlink_to(f"usr/{name}")
        for file in _files(_with_dependencies(packages)):
            self._take(file)
        for name, numbers in DEVICES.items():
            os.mknod(path / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(*numbers))

    def add(self, source: Path, name: str) -> None:
        """Copy a folder to /`name`."""
        shutil.copytree(source, self.path / name, symlinks=True)

    def programs(self) -> list[str]:
        """Whatever could be run, but for libraries and what was added."""
        return [str(path) for path in self.path.glob("**/bin/*")] + [str(path) for path in self.path.rglob("python*")]

    def _take(self, file: Path) -> None:
        """The file or link itself; what a link points to is in the same package or one it depends on."""
        name = str(file) if file.is_relative_to("/usr") else f"/usr{file}"
        target = self.path / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_symlink() and not target.exists():
            shutil.copy2(file, target, follow_symlinks=False)


def _files(packages: list[str]) -> list[Path]:
    listed = subprocess.run(["dpkg-query", "-L", *packages], check=True, capture_output=True, text=True).stdout
    paths = [Path(line) for line in listed.splitlines() if LIBRARIES.search(line)]
    return [path for path in paths if path.is_symlink() or path.is_file()]


def _with_dependencies(packages: tuple[str, ...]) -> list[str]:
    """The packages and all they depend on, as far as installed."""
    pattern = "${db:Status-Status}\t${binary:Package}\t${Package}\t${Pre-Depends}, ${Depends}\n"
    said = subprocess.run(["dpkg-query", "-W", "-f", pattern], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    needs = {row[2]: re.split(r"[,|]", row[3]) for row in rows if row[0] == "installed"}
    full = {row[2]: row[1] for row in rows if row[0] == "installed"}
    found: dict[str, None] = {}
    waiting = list(packages)
    while waiting:
        name = waiting.pop()
        if name not in found and name in needs:
            found[name] = None
            waiting += [re.split(r"[ (:]", need.strip())[0] for need in needs[name]]
    return [full[name] for name in found]
