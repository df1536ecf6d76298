"""One kiosk, just started, scans one pass: `python -m tests.bench.first_scan FOLDER TEXT`.

Prints milliseconds to its verdict (its commit left out), milliseconds until it was open, and bytes of memory (PSS).
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from kiosk.front import open_front
from kiosk.root import Options
from kiosk.store.folder import Folder
from tests.bench.memory import memory_of
from tests.bench.scanning import admit


def main() -> None:
    """Open, scan, close."""
    began_s = time.perf_counter()
    front = open_front(Folder(Path(sys.argv[1])), Options())
    open_ms = (time.perf_counter() - began_s) * 1000
    try:
        took_s, commit_ms = admit(front.kiosk, sys.argv[2])
        memory = memory_of(os.getpid())["Pss"]
    finally:
        front.close()
    print(took_s * 1000 - commit_ms, open_ms, memory)


if __name__ == "__main__":
    main()
