"""What an operator meets on a bad day: each mistake one line that says what to do, and the way back after a loss."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from syncserver.cli import main
from syncserver.db.dump import SQLITE_FILE, DumpFailed, put_back
from syncserver.services.backup import ABOUT_FILE, AboutBackup
from tests.support.small_event import TOML

Run = Callable[..., tuple[int, str, str]]
PASSPHRASE = "a long passphrase"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command on the data folder of a name; exit code, standard output, standard error."""
    monkeypatch.setenv("RALLYGATE_BACKUPS", str(tmp_path / "backups"))
    (tmp_path / "trial.toml").write_text(TOML)
    (tmp_path / "secret").write_text(PASSPHRASE)

    def call(machine: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("RALLYGATE_DATA", str(tmp_path / machine))
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def set_up(run: Run, tmp_path: Path) -> None:
    assert run("here", "init")[0] == 0
    assert run("here", "import-event", str(tmp_path / "trial.toml"))[0] == 0


@pytest.mark.usefixtures("set_up")
def test_after_a_loss_another_machine_makes_the_same_passes_from_backup_and_export(run: Run, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    issue = ("issue-passes", "--count", "5", "--batch", "guests", "--out")
    assert run("here", *issue, str(first))[0] == 0
    bundle = str(tmp_path / "keys.bundle")
    assert run("here", "keys", "export", bundle, "--passphrase-file", str(tmp_path / "secret"))[0] == 0
    assert run("here", "backup")[0] == 0
    assert run("there", "init")[0] == 0
    code, said, warned = run("there", "restore", "--yes")
    assert (code, "reconcile" in said, "keys import" in warned) == (0, True, True)
    assert run("there", "keys", "import", bundle, "--passphrase-file", str(tmp_path / "secret"))[0] == 0
    assert run("there", *issue, str(again))[0] == 0
    assert again.read_text() == first.read_text()
    assert "unchanged" in run("there", "import-event", str(tmp_path / "trial.toml"))[1]


@pytest.mark.usefixtures("set_up")
def test_every_file_that_cannot_be_used_is_one_line(run: Run, tmp_path: Path) -> None:
    gone = str(tmp_path / "no" / "such")
    for arguments in (
        ["issue-badge", "Eva", "--role", "hostess", "--pin-file", gone],
        ["create-staff", "eva", "--role", "admin", "--password-file", gone],
        ["issue-passes", "--count", "1", "--out", gone],
        ["keys", "export", gone, "--passphrase-file", str(tmp_path / "secret")],
        ["keys", "import", gone, "--passphrase-file", str(tmp_path / "secret")],
        ["keys", "import", "/dev/zero", "--passphrase-file", str(tmp_path / "secret")],
        ["keys", "import", str(tmp_path / "secret"), "--passphrase-file", "/dev/zero"],
        ["run", "--threads", "0"],
        ["reconcile"],
        ["reconcile", "--days", "0"],
        ["restore", "never", "--yes"],
    ):
        code, _, error = run("here", *arguments)
        assert (code, error.count("\n")) == (1, 1), arguments
        assert error.startswith("rallygate-server: ")
    assert run("here", "issue-passes", "--count", "1", "--batch", "x", "--out", str(tmp_path / "x"))[0] == 0


def test_a_database_that_is_none_is_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, told in (
        (f"sqlite:///{tmp_path / 'secret'}", "not a database"),
        (f"sqlite:///{tmp_path}", "unable to open"),
        ("sqlite://", "name a file"),
        ("postgresql://x@127.0.0.1:port/x", "not of the form"),
        ("postgres://x@127.0.0.1:port/x", "not of the form"),
        ("postgresql://x@127.0.0.1:1/x", "refused"),
    ):
        monkeypatch.setenv("RALLYGATE_DATABASE_URL", url)
        code, _, error = run("here", "devices")
        assert (code, error.count("\n"), told in error) == (1, 1, True), error


def test_a_folder_that_cannot_be_made_is_one_line(run: Run) -> None:
    code, _, error = run("secret/below", "init")
    assert (code, error.count("\n"), "secret" in error) == (1, 1, True)


@pytest.mark.usefixtures("set_up")
def test_a_server_does_not_start_with_another_events_keys(run: Run, tmp_path: Path) -> None:
    folder = next(path for path in (tmp_path / "here" / "keys").iterdir() if path.is_dir())
    other = folder / "pass.pem"
    other.unlink()
    other.write_bytes((folder / "badge.pem").read_bytes())
    other.chmod(0o600)
    assert "warning" not in run("here", "devices")[2]
    folder.joinpath("root.pem").write_bytes((folder / "badge.pem").read_bytes())
    code, _, error = run("here", "run")
    assert (code, "not those of its key list" in error) == (1, True)


@pytest.mark.usefixtures("set_up")
def test_a_backup_of_a_newer_version_is_refused_and_the_database_stays(run: Run, tmp_path: Path) -> None:
    run("here", "backup")
    about = next((tmp_path / "backups").iterdir()) / ABOUT_FILE
    known = msgspec.msgpack.decode(about.read_bytes(), type=AboutBackup)
    assert known.schema
    about.write_bytes(msgspec.msgpack.encode(msgspec.structs.replace(known, schema="9999")))
    code, _, error = run("here", "restore", "--yes")
    assert (code, "install the newer version" in error) == (1, True)
    assert run("here", "devices")[0] == 0


@pytest.mark.usefixtures("set_up")
def test_where_there_is_no_room_to_put_a_backup_back_nothing_changes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("here", "backup")
    made = next((tmp_path / "backups").iterdir())
    live = tmp_path / "here" / "rallygate.sqlite"

    def half(_source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", half)
    with pytest.raises(DumpFailed, match="as it was"):
        put_back(f"sqlite:///{live}", made)
    assert [path.name for path in live.parent.iterdir() if "restoring" in path.name] == []
    assert run("here", "devices")[0] == 0


def test_a_restore_that_is_stopped_leaves_what_was_committed_since_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, live, copy = tmp_path / "at_work.sqlite", tmp_path / "live.sqlite", tmp_path / "backup"
    copy.mkdir()
    with closing(sqlite3.connect(copy / SQLITE_FILE)) as made:
        made.execute("CREATE TABLE other (x)")
    with closing(sqlite3.connect(at_work)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE sold (x)")
        for end in ("", "-wal"):  # as a machine that lost its power leaves them
            shutil.copyfile(f"{at_work}{end}", f"{live}{end}")

    def stopped(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(DumpFailed, match="as it was"):
        put_back(f"sqlite:///{live}", copy)
    with closing(sqlite3.connect(live)) as found:
        assert found.execute("SELECT count(*) FROM sold").fetchone() == (0,)
