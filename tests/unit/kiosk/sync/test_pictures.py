"""Pictures by their hash: fetched, resumed, checked, bounded, and dropped when nobody names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.store.faults import DiskFull
from kiosk.store.folder import Folder
from kiosk.sync.errors import Refused, Retry
from kiosk.sync.pictures import (
    PICTURE_BYTES_MAX,
    PICTURES_PATH,
    drop_others,
    fetch_picture,
    named_pictures,
    picture_file,
    picture_path,
)
from kiosk.sync.transport import Part
from tests.support.kiosk_world import GATE, LUNCH, RALLY, STAND, catalogue

PICTURE = b"picture" * 2000
SHA = hashlib.sha256(PICTURE).digest()


class Server:
    """Serves pictures by their address, in pieces; may break off, lie, or answer from the beginning always."""

    def __init__(self, content: bytes = PICTURE, *, resumes: bool = True) -> None:
        self.content, self.resumes = content, resumes
        self.breaks_after: int | None = None
        self.asked: list[tuple[str, int]] = []

    def get(self, path: str, first: int) -> Part:
        self.asked.append((path, first))
        start = first if self.resumes else 0
        return Part(start, self._pieces(self.content[start:]))

    def post(self, path: str, body: bytes) -> bytes:
        raise Refused(path)

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        raise Refused(path)

    def _pieces(self, rest: bytes) -> Iterator[bytes]:
        for count, at in enumerate(range(0, len(rest), 1000)):
            if self.breaks_after is not None and count >= self.breaks_after:
                raise Retry("the line broke")
            yield rest[at : at + 1000]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_picture_is_kept_under_its_hash(folder: Folder) -> None:
    server = Server()
    assert fetch_picture(folder, server, SHA) == len(PICTURE)
    path = picture_path(folder, SHA.hex())
    assert path is not None
    assert path.read_bytes() == PICTURE
    assert server.asked == [(PICTURES_PATH + SHA.hex(), 0)]


@pytest.mark.parametrize("resumes", [True, False])
def test_a_broken_line_goes_on_where_it_broke(folder: Folder, *, resumes: bool) -> None:
    server = Server(resumes=resumes)
    server.breaks_after = 3
    with pytest.raises(Retry, match="line broke"):
        fetch_picture(folder, server, SHA)
    assert picture_path(folder, SHA.hex()) is None
    server.breaks_after = None
    fetch_picture(folder, server, SHA)
    assert server.asked[-1][1] == 3000
    assert picture_file(folder, SHA).read_bytes() == PICTURE


def test_a_picture_that_was_whole_when_the_program_ended_is_not_asked_for_again(folder: Folder) -> None:
    target = picture_file(folder, SHA)
    target.parent.mkdir()
    target.with_name(f"incoming-{SHA.hex()}.part").write_bytes(PICTURE)
    server = Server()
    fetch_picture(folder, server, SHA)
    assert server.asked == []


@pytest.mark.parametrize(("content", "error"), [(b"a portal's page", Retry), (b"x" * (PICTURE_BYTES_MAX + 1), Refused)])
def test_other_bytes_and_too_many_are_never_kept(folder: Folder, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        fetch_picture(folder, Server(content), SHA)
    assert picture_path(folder, SHA.hex()) is None
    fetch_picture(folder, Server(), SHA)
    assert picture_file(folder, SHA).read_bytes() == PICTURE


def test_pictures_never_eat_the_journals_reserve(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Folder, "free_bytes", lambda _self: 64 * 1024 * 1024)
    server = Server()
    with pytest.raises(DiskFull):
        fetch_picture(folder, server, SHA)
    assert server.asked == []


def test_what_nobody_names_is_dropped_whole_or_begun(folder: Folder) -> None:
    fetch_picture(folder, Server(), SHA)
    other = picture_file(folder, b"o" * 32)
    other.write_bytes(b"x")
    other.with_name(f"incoming-{'00' * 32}.part").write_bytes(b"x")
    assert drop_others(folder, [SHA]) == 2
    assert [path.name for path in other.parent.iterdir()] == [SHA.hex()]


def test_a_point_needs_the_pictures_of_what_it_serves_each_once() -> None:
    products = tuple(
        replace(product, picture={RALLY: SHA, LUNCH: b"l" * 32}.get(product.rules.product))
        for product in catalogue().products
    )
    whole = replace(catalogue(), products=products)
    assert named_pictures(whole, GATE) == (SHA,)
    assert named_pictures(whole, STAND) == (b"l" * 32,)
    assert named_pictures(replace(whole, points=()), GATE) == ()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "zz" * 32, "00", "00" * 32])
def test_only_the_digest_of_a_picture_that_is_here_has_a_path(folder: Folder, digest: str) -> None:
    assert picture_path(folder, digest) is None
