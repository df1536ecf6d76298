"""The bundle runs where there is no Python: in a root that holds the libraries its README names, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from common.clock import SystemClock
from common.enrolment import EnrolmentFault, enrolment_text, parse_enrolment
from common.keys import root_thumbprint
from kiosk.joining import Joining
from kiosk.root import Options
from kiosk.store.folder import Folder
from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.support.bare_root import BareRoot
from tests.support.camera_stand import draw_code, scene_with
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import GATE, Contents, Event, Sold, build_snapshot
from tests.support.virtual_screen import VirtualScreen

pytestmark = [
    pytest.mark.slow,
    pytest.mark.window,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("default:NO BARE ROOT"),
]

ROOT = Path(__file__).parents[2]
README = ROOT / "packaging" / "bundling" / "README.md"
CODE = "ABCD-EFGH"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bundle runs: `inside` a bare root, or beside everything with a clean environment."""

    outside: Path  # the folder that the program sees as `inside`
    inside: str
    wrapper: tuple[str, ...]

    def command(self, *words: str) -> list[str]:
        return [*self.wrapper, f"{self.inside}/kiosk/rallygate-kiosk", *words]

    def environment(self, **more: str) -> dict[str, str]:
        plain = {"HOME": f"{self.inside}/home", "PATH": "/nowhere", "LANG": "C.UTF-8", "SDL_AUDIODRIVER": "dummy"}
        return plain | more


@pytest.fixture(scope="module")
def bundle() -> Path:
    said = subprocess.run([ROOT / "packaging" / "bundle", "--folder"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(said.stdout.strip())


@pytest.fixture(scope="module")
def place(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A bare root where this machine lets us make one; else, and loudly, only a clean environment."""
    path = tmp_path_factory.mktemp("bare")
    try:
        root = BareRoot(path, libraries())
        assert root.programs() == []
        place = Place(path, "", (shutil.which("chroot") or "chroot", str(path)))
        root.add(bundle, "kiosk")
        subprocess.run(place.command("--version"), env=place.environment(), check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        warnings.warn(f"NO BARE ROOT, the bundle ran beside this machine's Python: {error}", UserWarning, stacklevel=1)
        place = Place(path, str(path), ())
    yield place
    shutil.rmtree(path)


def libraries() -> tuple[str, ...]:
    """The packages that the README says a machine must have."""
    listed = re.search(r"```\napt-get install ([^`]+)```", README.read_text(encoding="utf-8"))
    assert listed is not None
    return tuple(listed[1].replace("\\\n", " ").split())


@dataclass(frozen=True, slots=True)
class Prepared:
    folder: str
    sold: Sold
    badge: str


@pytest.fixture
def prepared(place: Place, tmp_path: Path) -> Iterator[Prepared]:
    """A kiosk that has joined an event whose server is out of reach."""
    clock = SystemClock()
    event = Event(now_ms=clock.now_ms())
    sold, server = event.make_ticket(), FakeServer(event, now_ms=event.now_ms)
    badge = event.badge()
    server.say(event.issue(sold))
    server.codes[CODE] = GATE
    server.snapshots.append(build_snapshot(event, Contents(server.entries, (), build_ms=event.now_ms), tmp_path))
    folder = place.outside / "home" / tmp_path.name
    joining = Joining(Folder(folder), "Gate 1", Options(clock), lambda _address, _clock: server)
    enrolment = parse_enrolment(enrolment_text("http://127.0.0.1:9", CODE, root_thumbprint(event.root.verify_key)))
    assert not isinstance(enrolment, EnrolmentFault)
    joining.accept(joining.enrol(enrolment)).close()
    yield Prepared(f"{place.inside}/home/{tmp_path.name}", sold, badge)
    shutil.rmtree(folder)


def ask(place: Place, folder: str, *lines: str) -> list[dict[str, object]]:
    command = place.command("--folder", folder, "headless")
    asked = "".join(line + "\n" for line in lines)
    done = subprocess.run(
        command, env=place.environment(), input=asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_headless_answers_scans_and_says_how_it_stands(place: Place, prepared: Prepared) -> None:
    sold = prepared.sold.text
    lines = [sold, sold, prepared.badge, '{"do":"pin","pin":"123456"}', '{"do":"preflight"}', '{"do":"status"}']
    admitted, refused, _, pin, checks, status = ask(place, prepared.folder, *lines)
    assert (admitted["outcome"], refused["reason"]) == ("admit", "nothing_left")
    assert pin["pin_good"], "argon2 did not come along"
    assert checks["answer"] == "preflight"
    assert (status["admitted_today"], status["zone"]) == (1, "Europe/Prague")


def test_the_window_draws_and_turns_green_for_a_pass_before_the_camera(place: Place, prepared: Prepared) -> None:
    """Kivy, OpenCV, both decoders and the fonts, from the bundle alone."""
    picture = place.outside / "home" / "pass.png"
    cv2.imwrite(str(picture), scene_with([draw_code(prepared.sold.text)]))
    with VirtualScreen() as screen:
        command = place.command("--folder", prepared.folder, "run", "--camera", f"{place.inside}/home/pass.png")
        kiosk = subprocess.Popen(command, env=place.environment(DISPLAY=screen.name), stderr=subprocess.PIPE, text=True)
        try:
            screen.wait_for(VERDICT_HEX[Colour.GREEN], 60)
        finally:
            kiosk.terminate()
            said = kiosk.communicate(timeout=30)[1]
    assert kiosk.returncode == 0
    assert "Traceback" not in said
    assert "no second opinion" not in said, "libzbar did not come along"


def test_a_newer_program_opens_the_folder_of_an_older_version(place: Place, tmp_path: Path) -> None:
    for files in sorted((ROOT / "tests" / "upgrade").glob("*/kiosk")):
        folder = place.outside / "home" / files.parent.name
        shutil.copytree(files, folder)
        (folder / "device.key").chmod(0o600)
        told = json.loads((files.parent / "told.json").read_text())
        [status] = ask(place, f"{place.inside}/home/{folder.name}", '{"do":"status"}')
        assert status["answer"] == "status", status
        exported = f"{place.inside}/home/{folder.name}.journal"
        command = place.command("--folder", f"{place.inside}/home/{folder.name}", "export-journal", exported)
        done = subprocess.run(command, env=place.environment(), check=True, stdout=subprocess.PIPE, text=True)
        assert done.stdout.startswith(f"{told['journal_entries']} entries")


def test_two_bundles_that_differ_never_share_a_version(bundle: Path) -> None:
    version = (bundle / "VERSION").read_text().strip()
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", version)
    assert version.endswith(bundle.name)
