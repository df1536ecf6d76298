"""A kiosk in a network namespace of its own, the server in another, and the cable between pulled while people come."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from tests.bench.served import Served, serving
from tests.bench.site import manage
from tests.support.headless_process import HeadlessProcess
from tests.support.namespaces import ADDRESSES, cabled, inside, set_link
from tests.support.real_site import RealSite, real_site, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
PORT: Final = 8080  # the namespace is the server's alone
ADDRESS: Final = f"http://{ADDRESSES[1]}:{PORT}"
LISTEN: Final = {"RALLYGATE_LISTEN": f"{ADDRESSES[1]}:{PORT}"}
ASKS: Final = f"""
import time, urllib.request
for _ in range(600):
    try:
        raise SystemExit(urllib.request.urlopen("{ADDRESS}/healthz", timeout=2).status != 200)
    except OSError:
        time.sleep(0.1)
raise SystemExit(1)
"""


@pytest.fixture(scope="module")
def spaces() -> Iterator[tuple[str, str]]:
    with cabled("a kiosk whose cable to the server is pulled is not tested") as two:
        yield two


@pytest.fixture(scope="module")
def site(spaces: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealSite]:
    def serve(data: Path, database_url: str) -> AbstractContextManager[Served]:
        return serving(data, database_url, PORT, more=LISTEN, inside=inside(spaces[1]))

    with real_site(tmp_path_factory.mktemp("site"), serve) as one:
        subprocess.run([*inside(spaces[0]), sys.executable, "-c", ASKS], check=True, timeout=120)
        yield one


@pytest.fixture
def kiosk(site: RealSite, spaces: tuple[str, str]) -> Iterator[HeadlessProcess]:
    told = manage(site.folder, "enrolment-code", "gate", "--point", "main_gate", RALLYGATE_PUBLIC_URL=ADDRESS)
    folder = site.folder.parent / "gate"
    process = HeadlessProcess(folder, folder.with_suffix(".log"), inside=inside(spaces[0]))
    answer = process.ask(do="enrol", text=next(line.split()[1] for line in told.splitlines() if "qr:" in line))
    assert answer["answer"] == "enrolled", answer
    until(lambda: any((folder / "snapshots").glob("snapshot-*.sqlite")), "it has a snapshot")
    yield process
    process.close()


def test_what_was_admitted_while_the_cable_was_out_arrives_once(
    site: RealSite,
    kiosk: HeadlessProcess,
    spaces: tuple[str, str],
    record_property: Callable[[str, object], None],
) -> None:
    admitted = 0

    def admit() -> None:
        nonlocal admitted
        answer = kiosk.line(site.passes.pop())
        assert answer["outcome"] == "admit", answer
        admitted += 1

    def seconds_until_there() -> float:
        began_s = time.monotonic()
        until(lambda: len(site.written_by("gate")) == admitted, f"{admitted} admissions are on the server")
        return time.monotonic() - began_s

    admit()
    record_property("connected_s", seconds_until_there())
    after_s = []
    for _ in range(3):
        set_link(spaces[0], "down")
        admit()
        admit()
        assert len(site.written_by("gate")) < admitted, "nothing passes a cable that is out"
        set_link(spaces[0], "up")
        admit()
        after_s.append(seconds_until_there())
    record_property("after_the_cable_is_in_s", after_s)
    print(f"seconds from the cable's return until all was on the server: {after_s}")
    digests = [entry.ref.digest for entry in site.written_by("gate")]
    assert len(set(digests)) == len(digests) == admitted == 10
