"""Files of this machine: put in place, found by a second name, taken by one program, and for their owner only."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kiosk.machine.files import data_folder, free_bytes, lock, make_private_folder, put_in_place, second_name


def test_a_file_takes_the_place_of_another_and_the_folder_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "name").write_bytes(b"old")
    flushed: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    put_in_place(tmp_path / "new", tmp_path / "name")
    assert (tmp_path / "name").read_bytes() == b"new"
    assert (sorted(path.name for path in tmp_path.iterdir()), flushed) == (["name"], [tmp_path])


def test_a_second_name_costs_no_room_and_is_a_copy_where_a_disk_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").write_bytes(b"content")
    second_name(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").samefile(tmp_path / "one")

    def refused(*_: object) -> None:
        raise PermissionError("FAT has no second names")

    monkeypatch.setattr(os, "link", refused)
    second_name(tmp_path / "one", tmp_path / "three")
    assert (tmp_path / "three").read_bytes() == b"content"
    assert not (tmp_path / "three").samefile(tmp_path / "one")


def test_a_copy_has_its_name_once_it_is_whole_and_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds the name takes the file for kept, and lets go of the other one."""
    (tmp_path / "one").write_bytes(b"content")
    flushed: list[tuple[str, bool]] = []

    def fsync(descriptor: int) -> None:
        flushed.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, (tmp_path / "two").exists()))

    def refused(*_: object) -> None:
        raise PermissionError("FAT has no second names")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(os, "fsync", fsync)
    second_name(tmp_path / "one", tmp_path / "two")
    assert flushed == [("two.part", False), (tmp_path.name, True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_file_is_taken_once_until_it_is_closed(tmp_path: Path) -> None:
    mine, anothers = (tmp_path / "lock").open("ab", buffering=0), (tmp_path / "lock").open("ab", buffering=0)
    with anothers:
        with mine:
            lock(mine)
            with pytest.raises(OSError, match="unavailable"):
                lock(anothers)
        lock(anothers)


def test_a_private_folder_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    for _ in range(2):
        make_private_folder(tmp_path / "kiosk")
    assert (tmp_path / "kiosk").stat().st_mode & 0o777 == 0o700


def test_the_room_is_that_of_the_disk(tmp_path: Path) -> None:
    total = shutil.disk_usage(tmp_path).total
    assert 0 < free_bytes(tmp_path) <= total


def test_data_lies_below_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder("x-kiosk") == tmp_path / ".local" / "share" / "x-kiosk"
