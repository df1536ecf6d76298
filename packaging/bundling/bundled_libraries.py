"""Runs before the program in its bundle: libraries that are looked for by name are looked for in the bundle first.

pyzbar asks `ctypes.util.find_library`, which asks ldconfig, which knows nothing of a bundle.
"""

from __future__ import annotations

import ctypes.util
import sys
from pathlib import Path

BUNDLE = Path(getattr(sys, "_MEIPASS", "."))
find_in_system = ctypes.util.find_library


def find_library(name: str) -> str | None:
    """The library's path in the bundle, or its name in the system; None if it is in neither."""
    found = sorted(BUNDLE.glob(f"lib{name}.so*"))
    return str(found[0]) if found else find_in_system(name)


if sys.platform == "linux":
    ctypes.util.find_library = find_library
