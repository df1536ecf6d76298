"""`packaging/demo`: the demo, or with --tour the story told by programs alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from common.errors import UserFacing
from story.processes import NotAsTold

DEFAULT_FOLDER = Path(__file__).resolve().parent.parent.parent / "var" / "demo"


def main() -> int:
    """Run it; 0 if all went as told, 1 if not."""
    options = _parser().parse_args()
    try:
        return _tour(options.folder) if options.tour else _demo(options.folder or DEFAULT_FOLDER)
    except (NotAsTold, UserFacing) as fault:
        sys.stderr.write(f"\nNOT as told: {fault}\n" if options.tour else f"demo: {fault}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="packaging/demo", description="A whole rally on this machine, on loopback only."
    )
    parser.add_argument("--tour", action="store_true", help="tell the story without a person or a screen, then end")
    parser.add_argument(
        "--folder", type=Path, help="where the data lie (default: var/demo; of the tour: a new temporary folder)"
    )
    return parser


def _tour(folder: Path | None) -> int:
    from story import tour  # noqa: PLC0415 - needs what only the tour needs: a browser's driver, a screen's library

    narrator = tour.run(folder)
    sys.stdout.write(f"\nAll as told, in {narrator.seconds:.0f} s; first ADMIT after {narrator.first_admit_s:.0f} s\n")
    return 0


def _demo(folder: Path) -> int:
    from story import demo  # noqa: PLC0415 - as above

    return demo.run(folder)


if __name__ == "__main__":
    sys.exit(main())
