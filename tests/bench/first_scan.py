"""One kiosk, just started, scans one pass: prints the milliseconds to its verdict, its commit left out.

`python -m tests.bench.first_scan FOLDER TEXT`
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.root import open_kiosk
from kiosk.store.folder import Folder
from tests.bench.scanning import admit


def main() -> None:
    """Open, scan, close."""
    kiosk = open_kiosk(Folder(Path(sys.argv[1])))
    try:
        took_s, commit_ms = admit(kiosk, sys.argv[2])
    finally:
        kiosk.close()
    print(took_s * 1000 - commit_ms)


if __name__ == "__main__":
    main()
