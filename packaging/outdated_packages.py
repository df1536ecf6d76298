"""What pip says is outdated, as lines for a person: locked packages alone, those that read strangers' bytes first."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# They read what strangers send, or keep strangers out: a hole in one of these is open to everybody.
EXPOSED = frozenset({
    "argon2-cffi", "cbor2", "cryptography", "flask", "granian", "jinja2", "markupsafe", "msgspec",
    "opencv-python-headless", "pillow", "psycopg", "psycopg-binary", "pynacl", "requests", "sqlalchemy", "urllib3",
    "webauthn", "werkzeug", "zeroconf", "zxing-cpp",
})  # fmt: skip
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)


def plain(name: str) -> str:
    """A package's name as indexes compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> set[str]:
    """The packages a lock file names."""
    return {plain(name) for name in _LOCKED.findall(lock)}


def lines(found: Iterable[dict[str, str]], names: set[str]) -> list[str]:
    """One line a package that is locked and outdated."""
    mine = [(plain(one["name"]), one) for one in found if plain(one["name"]) in names]
    mine.sort(key=lambda pair: (pair[0] not in EXPOSED, pair[0]))
    return [
        f"{name}: {one['version']} -> {one['latest_version']}{'  (exposed)' if name in EXPOSED else ''}"
        for name, one in mine
    ]


def main(arguments: Sequence[str], told: str) -> int:
    """Print the lines; 1 if there are any."""
    found = lines(json.loads(told or "[]"), locked(Path(arguments[0]).read_text(encoding="utf-8")))
    print("\n".join(found) if found else "nothing is outdated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.read()))
