"""The bench in small runs to its end with the real parts and says something of every budget."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from common.errors import BadInput
from tests.bench.soak import Hour, growth_of
from tests.bench.soaking import Soaking

PROJECT = Path(__file__).parents[2]
SYNC_ROWS = (
    "the server at rest",
    "memory of the server at rest (PSS)",
    "written at one kiosk → known at another",
    "bytes a redemption and kiosk",
    "entries in",
    "fan-out",
    "240 entries after an outage, all kiosks",
    "the same, bytes for one kiosk",
    "240 entries after an outage, one kiosk",
    "a difference of 100 entries, one kiosk",
    "first full sync of one kiosk, 500 tickets",
)
SHOP_ROWS = (
    "list of 120 products, HTML for each visitor, 2 at once",
    "the list for browsers that were never here, kept for 1 s, 2 at once",
    "add to basket, 2 at once",
    "whole order, every page and form, 2 at once",
    "… a page or form of it",
    "jobs that waited after all orders, done",
    "holds on one hot quota, 4 at once",
    "the books after all that",
)
ROWS = (
    "1280x720 frame → text",
    "spoiled pictures read: plain",
    "spoiled pictures read: blur",
    "spoiled pictures read: motion blur",
    "spoiled pictures read: tilt",
    "spoiled pictures read: glare",
    "spoiled pictures read: low light",
    "spoiled pictures read: small",
    "spoiled pictures read: moiré",
    "spoiled pictures read: occluded",
    "spoiled pictures read: inverted",
    "spoiled picture → text, ours",
    "spoiled picture → text, zxing-cpp",
    "spoiled picture → text, pyzbar",
    "issue-passes --count 3000",
    "ingest without HTTP, batches of 200",
    "projector, all uses",
    "snapshot: build",
    "snapshot: admission file",
    "snapshot: holder file",
    "snapshot: verified and installed",
    "text → verdict, warm",
    "text → verdict, first after start",
    "text → durable verdict",
    "commit of one entry",
    "stress: text → verdict, warm",
    "stress: text → durable verdict",
    "stress: text → verdict, first after start",
    "stress: start, without a window",
    "stress: learnt while scanning",
    "stress: memory without a window (PSS)",
    "start → the window's first picture",
    "picture before the camera → colour",
    "… of it until the picture is here",
    "… of it until it is read",
    "… of it until the station has it",
    "… of it until it is decided and durable",
    "… of it until the screen has it",
    "… of it until it is drawn",
    "memory of the app, private (PSS)",
    "memory of the app, resident (RSS)",
    "entries into the server over HTTP, in batches of 200, SQLite",
    "entries into the server over HTTP, singly, SQLite",
    "ingest alone, batches of 200, SQLite",
    "projector, SQLite",
    "entries into the server over HTTP, in batches of 200, PostgreSQL",
    "entries into the server over HTTP, singly, PostgreSQL",
    "ingest alone, batches of 200, PostgreSQL",
    "projector, PostgreSQL",
    *(f"{row}, {database}" for database in ("SQLite", "PostgreSQL") for row in SHOP_ROWS),
    *(f"6 kiosks, {database}: {row}" for database in ("SQLite", "PostgreSQL") for row in SYNC_ROWS),
    "an admission known at every peer, no server",
    "300 entries learnt while scanning",
    "a scan meanwhile (durable)",
)


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.timeout(900)
def test_the_small_bench_prints_every_row_and_leaves_only_its_data(tmp_path: Path, postgres_url: str) -> None:
    """No time is asserted: what is measured on a busy machine says nothing about the code."""
    out = tmp_path / "figures.md"
    command = [sys.executable, "-m", "tests.bench", "--small", "--cache", str(tmp_path / "cache"), "--out", str(out)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    table = [line for line in out.read_text().splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert [row[0] for row in cells] == list(ROWS)
    assert all(row[2] and row[2] != "not measured" for row in cells)
    assert not [row for row in cells if "FAILED" in row[4] or "DIFFERENCES" in row[4]]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["site-3000-5000"]


def test_a_bench_that_does_not_exist_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "speed"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "speed: no such bench" in done.stderr


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.timeout(600)
def test_a_small_soak_tells_each_hour_and_whether_anything_grew(tmp_path: Path) -> None:
    out = tmp_path / "figures.md"
    command = [sys.executable, "-m", "tests.bench", "soak", "--small", "--cache", str(tmp_path / "cache")]
    command += ["--hours", "2", "--scans-per-hour", "6", "--factor", "900", "--out", str(out)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [line for line in out.read_text().splitlines() if line.startswith("|")][2:]
    told = "soak, hour 1: memory (PSS); picture → colour", "soak, hour 2: memory (PSS); picture → colour"
    assert [row.strip("|").split("|")[0].strip() for row in rows] == [*told, "soak: growth of its own memory an hour"]
    assert all("6 codes answered, 0 not" in row for row in rows[:2])


@pytest.mark.parametrize(("hours", "scans", "factor"), [(0, 600, 30), (10, 0, 30), (10, 600, 0.5), (1000, 600, 30)])
def test_a_soak_that_would_not_end_is_refused(hours: int, scans: int, factor: float) -> None:
    with pytest.raises(BadInput, match="out of bounds"):
        Soaking(hours, scans, factor)


def hour(memory_mb: float, p99_ms: float, files: int = 60) -> Hour:
    return Hour((50.0, p99_ms), (2.0, 3.0), 300_000_000, round(memory_mb * 1e6), files, 18, 0)


@pytest.mark.parametrize(
    ("hours", "grows"),
    [
        ([hour(240, 300), *[hour(254, 120)] * 9], ()),
        ([hour(250 + 2 * at, 120) for at in range(10)], ("memory",)),
        ([hour(250, 100 + 20 * at) for at in range(10)], ("p99 of picture → colour",)),
        ([hour(250, 120, 60 + at) for at in range(10)], ("files",)),
        ([*[hour(250, 120, 65)] * 5, *[hour(250, 120, 67)] * 5], ()),
    ],
    ids=["nothing", "memory", "p99", "files", "one snapshot more"],
)
def test_growth_is_told_of_what_grows_and_of_nothing_else(hours: list[Hour], grows: tuple[str, ...]) -> None:
    assert growth_of(hours)[1] == grows
