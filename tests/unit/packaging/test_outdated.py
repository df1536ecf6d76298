"""`packaging/outdated` names what is locked and outdated, and puts first what strangers reach."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
_SPEC = spec_from_file_location("outdated_packages", ROOT / "packaging" / "outdated_packages.py")
assert _SPEC is not None
assert _SPEC.loader is not None
outdated: Any = module_from_spec(_SPEC)
_SPEC.loader.exec_module(outdated)


def one(name: str) -> dict[str, str]:
    return {"name": name, "version": "1.0", "latest_version": "2.0"}


def test_locked_packages_alone_are_named_and_those_that_strangers_reach_first() -> None:
    found = [one("Babel"), one("Flask"), one("pip-tools"), one("argon2_cffi"), one("zeroconf")]
    names = outdated.locked(
        "argon2-cffi==1.0 \\\n    --hash=x\nbabel==1.0\nflask==1.0\nzeroconf==1.0\n# pip-tools==1\n"
    )
    assert outdated.lines(found, names) == [
        "argon2-cffi: 1.0 -> 2.0  (exposed)",
        "flask: 1.0 -> 2.0  (exposed)",
        "zeroconf: 1.0 -> 2.0  (exposed)",
        "babel: 1.0 -> 2.0",
    ]


def test_every_package_called_exposed_is_locked() -> None:
    lock = (ROOT / "requirements" / "runtime.lock").read_text()
    assert outdated.locked(lock) >= outdated.EXPOSED


def test_the_exit_code_says_whether_there_is_any(capsys: pytest.CaptureFixture[str]) -> None:
    lock = str(ROOT / "requirements" / "runtime.lock")
    assert outdated.main([lock], json.dumps([one("flask")])) == 1
    assert outdated.main([lock], "[]") == 0
    assert capsys.readouterr().out.splitlines() == ["flask: 1.0 -> 2.0  (exposed)", "nothing is outdated"]
