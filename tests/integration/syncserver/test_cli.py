"""The command line as an organiser uses it, in processes' stead called in this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from common.enrolment import Enrolment, parse_enrolment
from syncserver.cli import main
from syncserver.cli.main import make_parser
from tests.support.small_event import TOML

PROJECT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command; exit code, standard output, standard error."""
    monkeypatch.setenv("RALLYGATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RALLYGATE_PUBLIC_URL", "http://127.0.0.1:8080")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def event_file(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(TOML)
    return path


def test_from_nothing_to_passes_and_a_snapshot(run: Run, event_file: Path, tmp_path: Path) -> None:
    assert run("init")[0] == 0
    assert run("init")[0] == 0
    assert "new, catalogue version 1" in run("import-event", str(event_file))[1]
    assert "unchanged" in run("import-event", str(event_file))[1]
    out = tmp_path / "passes"
    assert run("issue-passes", "--count", "12", "--item", "lunch=2", "--out", str(out))[0] == 0
    lines = out.read_text().splitlines()
    assert len(lines) == 12
    again = tmp_path / "batch"
    assert run("issue-passes", "--count", "3", "--batch", "guests", "--out", str(again))[0] == 0
    first = again.read_text()
    assert run("issue-passes", "--count", "3", "--batch", "guests", "--out", str(again))[0] == 0
    assert again.read_text() == first
    assert len(set(first.splitlines()) - set(lines)) == 3
    code = lines[0].split()[1]
    assert "is blocked" in run("block", code, "--why", "stolen")[1]
    assert "no longer blocked" in run("unblock", code.lower())[1]
    assert "snapshot of 15 tickets" in run("build-snapshot")[1]


def test_an_enrolment_code_is_the_same_in_digits_and_in_letters(run: Run, event_file: Path) -> None:
    run("init")
    run("import-event", str(event_file))
    told = dict(line.split(":", 1) for line in run("enrolment-code", "Gate 1", "--point", "main_gate")[1].splitlines())
    parsed = parse_enrolment(told["qr"].strip())
    assert isinstance(parsed, Enrolment)
    assert parsed.code == told["code"].split()[0]
    assert parsed.address == told["address"].strip()
    assert parsed.root is not None
    assert parsed.root.hex() == told["thumbprint"].replace(" ", "")
    assert run("keys", "show")[1].replace(" ", "").strip() == parsed.root.hex()


def test_every_mistake_is_one_line_that_says_what_to_do(run: Run, event_file: Path, tmp_path: Path) -> None:
    for arguments, told in (
        (["build-snapshot"], "rallygate-server init"),
        (["restore", "--yes"], "no backup"),
        (["backup"], "rallygate-server init"),
    ):
        code, _, error = run(*arguments)
        assert (code, error.count("\n")) == (1, 1)
        assert told in error
    run("init")
    assert "there are: none" in run("build-snapshot")[2]
    run("import-event", str(event_file))
    assert "no such point" in run("enrolment-code", "Gate", "--point", "nowhere")[2]
    assert "neither a ticket code" in run("block", "ABCD")[2]
    assert "write a date" in run("import-event", str(event_file), "--starts-on", "soon")[2]
    broken = tmp_path / "broken.toml"
    broken.write_text(TOML.replace('zone = "Europe/Prague"', 'zone = "Europe/Nowhere"'))
    code, _, error = run("import-event", str(broken))
    assert code == 1
    assert "broken.toml:7: event.zone" in error


def test_a_taken_port_is_told_with_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("RALLYGATE_LISTEN", f"127.0.0.1:{other.getsockname()[1]}")
        code, _, error = run("run")
    assert code == 1
    assert "RALLYGATE_LISTEN" in error


def test_keys_travel_by_export_and_import(run: Run, event_file: Path, tmp_path: Path) -> None:
    run("init")
    run("import-event", str(event_file))
    secret, bundle = tmp_path / "passphrase", tmp_path / "keys.bundle"
    secret.write_text("a long passphrase")
    assert run("keys", "export", str(bundle), "--passphrase-file", str(secret))[0] == 0
    assert "already" in run("keys", "import", str(bundle), "--passphrase-file", str(secret))[2]


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    commands = make_parser()._subparsers
    assert commands is not None
    for name in commands._group_actions[0].choices or ():
        with pytest.raises(SystemExit) as left:
            main([str(name), "--help"])
        assert left.value.code == 0
        assert str(name) in capsys.readouterr().out


def _without_terminal(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from syncserver.cli import main; raise SystemExit(main())", *arguments],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        start_new_session=True,  # no terminal to fall back to
        check=False,
    )


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--pin-file", ("issue-badge", "Jana", "--role", "supervisor")),
        ("--passphrase-file", ("keys", "export", "keys.bin")),
    ],
)
def test_a_secret_that_nobody_can_type_is_asked_for_in_a_file(
    run: Run, event_file: Path, tmp_path: Path, option: str, arguments: tuple[str, ...]
) -> None:
    run("init")
    run("import-event", str(event_file))
    done = _without_terminal(tmp_path, *arguments)
    assert done.returncode == 1
    said = f"rallygate-server: nobody can type it here: write it into a file and name that with {option}\n"
    assert (done.stderr, done.stdout) == (said, ""), "one line, and no prompt or warning beside it"


def test_a_pin_may_come_through_a_pipe(run: Run, event_file: Path, tmp_path: Path) -> None:
    run("init")
    run("import-event", str(event_file))
    done = _without_terminal(tmp_path, "issue-badge", "Jana", "--role", "hostess", typed="271828\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().isdigit()


def test_badges_are_issued_listed_and_blocked(run: Run, event_file: Path, tmp_path: Path) -> None:
    run("init")
    run("import-event", str(event_file))
    pin = tmp_path / "pin"
    pin.write_text("271828\n")
    digits = run("issue-badge", "Jana", "--role", "supervisor", "--pin-file", str(pin))[1].strip()
    assert digits.isdigit()
    pin.write_text("123")
    assert "6 to 12 digits" in run("issue-badge", "Eva", "--role", "hostess", "--pin-file", str(pin))[2]
    assert "supervisor  Jana  until" in run("badges")[1]
    assert "Jana is blocked" in run("block-badge", "Jana")[1]
    assert "Jana  blocked" in run("badges")[1]
    assert "0 badges" in run("block-badge", "Nobody")[2]


def test_keys_are_listed_rotated_and_withdrawn(run: Run, event_file: Path) -> None:
    run("init")
    run("import-event", str(event_file))

    def in_use() -> str:
        words = [line.split() for line in run("keys", "list")[1].splitlines()]
        (kid,) = (kid for kid, *rest in words if rest == ["pass", "in", "use"])
        return kid

    first = in_use()
    assert "signs from now on" in run("keys", "rotate", "pass")[1]
    assert f"{first}  pass     retired" in run("keys", "list")[1]
    second = in_use()
    assert "is withdrawn" in run("keys", "withdraw", second)[1]
    assert f"{second}  pass     withdrawn" in run("keys", "list")[1]
    assert in_use() not in {first, second}
    assert "keys list" in run("keys", "withdraw", "00000000")[2]


def test_a_file_that_is_no_journal_is_told(run: Run, event_file: Path) -> None:
    run("init")
    assert "export-journal" in run("import-journal", str(event_file))[2]


def test_texts_that_lack_a_language_are_listed_and_counted(run: Run, event_file: Path) -> None:
    run("init")
    run("import-event", str(event_file))
    code, out, _ = run("texts", "--missing")
    assert (code, out) == (0, "event trial: every text is there in every language\n")
    half = TOML.replace('name = "Lunch"', 'name = { cs = "Oběd" }').replace('"Kitchen"', '{ cs = "Kuchyň" }')
    event_file.write_text(half)
    run("import-event", str(event_file))
    code, out, _ = run("texts", "--missing")
    assert (code, out.splitlines()) == (1, ["point kitchen name: en", "product lunch name: en"])
    assert run("texts") == (0, "event trial lacks texts: en 2\n", "")


def test_no_command_leaves_a_connection_behind(
    run: Run, event_file: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RALLYGATE_DATABASE_URL", postgres_url)
    assert run("init")[0] == 0
    assert run("import-event", str(event_file))[0] == 0
    assert run("build-snapshot")[0] == 0
    assert run("block", "no such code")[0] == 1
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    url = postgres_url.replace("postgresql+psycopg://", "postgresql://", 1)
    ends_s = time.monotonic() + 30  # a closed connection's process ends in its own time
    with psycopg.connect(url, autocommit=True) as look:  # within a transaction the first look would be every look
        while left := look.execute(others).fetchone() != (0,):
            if time.monotonic() > ends_s:
                break
            time.sleep(0.05)
    assert not left
