"""`packaging/bench` runs this: measures what was asked for and prints one table."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from common.clock import SystemClock
from common.errors import UserFacing
from tests.bench.bench import Bench, Measure
from tests.bench.figures import Figure, as_table, goals_table, with_figures
from tests.bench.intake import measure_intake
from tests.bench.learning import measure_learning
from tests.bench.peers import measure_peers
from tests.bench.scanning import measure_frames, measure_scans
from tests.bench.shop import measure_shop
from tests.bench.site import FULL, ROOT, SMALL
from tests.bench.snapshots import measure_bulk, measure_snapshot
from tests.bench.soak import measure_soak
from tests.bench.soaking import Soaking
from tests.bench.spoiled import measure_input
from tests.bench.stress import measure_stress
from tests.bench.sync import measure_sync
from tests.bench.window import measure_window

# The order is that of the table; learning comes last because it adds entries to the site.
MEASURES: dict[str, Measure] = {
    "frames": measure_frames,
    "input": measure_input,
    "bulk": measure_bulk,
    "snapshot": measure_snapshot,
    "scans": measure_scans,
    "stress": measure_stress,
    "window": measure_window,
    "intake": measure_intake,
    "shop": measure_shop,
    "sync": measure_sync,
    "peers": measure_peers,
    "learning": measure_learning,
}
# Not among all, since they take long: only by name.
MORE: dict[str, Measure] = {"soak": measure_soak}

README = ROOT / "README.md"
WHOLE = ROOT / "tests" / "bench" / "FIGURES.md"


def main() -> int:
    """Measure, print, and say where the figures come from."""
    chosen = _parser().parse_args()
    names = chosen.names or list(MEASURES)
    unknown = [name for name in names if name not in MEASURES | MORE]
    if unknown:
        _parser().error(f"{unknown[0]}: no such bench; there are {', '.join(MEASURES | MORE)}")
    if chosen.readme and (chosen.small or chosen.names):
        _parser().error("--readme: the README shows the whole table at full size; leave --small and names away")
    chosen.cache.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every child is ended and every file taken away
    work, figures = Path(tempfile.mkdtemp(prefix="run-", dir=chosen.cache)), list[Figure]()
    try:
        soaking = Soaking(chosen.hours, chosen.scans_per_hour, chosen.factor)
        bench = Bench(chosen.cache, work, SMALL if chosen.small else FULL, chosen.small, _say, soaking)
        for name in MEASURES | MORE:
            figures += _measured(bench, name) if name in names else ()
    except UserFacing as fault:
        print(f"{as_table(figures)}\n\nbench: the rest was not measured: {fault}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work)
    text = f"{as_table(figures)}\n\n{machine()}\n"
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")
    if chosen.readme:
        _write_down(figures, text)
    return 0


def _write_down(figures: list[Figure], whole: str) -> None:
    """The whole table into its file, the rows with a goal into the README."""
    WHOLE.write_text(f"# Figures\n\nThe whole table `packaging/bench --readme` printed.\n\n{whole}", encoding="utf-8")
    short = f"{goals_table(figures)}\n\n{machine()}"
    README.write_text(with_figures(README.read_text(encoding="utf-8"), short), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packaging/bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which: {', '.join(MEASURES)} (default: these), {', '.join(MORE)}"
    )
    parser.add_argument(
        "--small", action="store_true", help="3,000 tickets and few repetitions: tries the bench itself"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here too (Markdown)")
    parser.add_argument("--readme", action="store_true", help="rows with a goal into README.md, all into FIGURES.md")
    plan = Soaking()
    parser.add_argument("--hours", type=int, default=plan.hours, help="of a soak (default: %(default)s)")
    parser.add_argument(
        "--scans-per-hour", type=int, default=plan.scans_per_hour, help="of a soak (default: %(default)s)"
    )
    parser.add_argument(
        "--factor", type=float, default=plan.factor, help="how much faster than life a soak goes (default: %(default)s)"
    )
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench", help="where the data is kept")
    return parser


def _measured(bench: Bench, name: str) -> list[Figure]:
    began_s = time.monotonic()
    _say(name)
    figures = (MEASURES | MORE)[name](bench)
    _say(f"{name}: done in {time.monotonic() - began_s:.0f} s")
    return figures


def machine() -> str:
    """Where and when this was measured."""
    when = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"Measured {when} on {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load average at the end (1, 5, 15 min): {load}, the bench's own included."
    )


def _say(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
