"""Pictures: decoded beside the screen, and never more harm than a picture that is not there."""

from __future__ import annotations

import functools
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui.shelf import SIDE_MAX, Pixels, Shelf, read_picture, size_of
from tests.support.drawn_products import DAMAGED_PICTURE, LUNCH_PICTURE, SHIRT_PICTURE, draw_pictures


def encoded(kind: str, width: int = 90, height: int = 40) -> bytes:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :, 2] = 200  # red, in OpenCV's order
    return cv2.imencode(kind, picture)[1].tobytes()


@pytest.mark.parametrize("kind", [".png", ".jpg", ".webp"])
def test_the_size_is_read_without_decoding_and_the_colours_are_right(kind: str, tmp_path: Path) -> None:
    raw = encoded(kind)
    assert size_of(raw) == (90, 40)
    (tmp_path / "x").write_bytes(raw)
    pixels = read_picture(tmp_path / "x")
    assert pixels is not None
    assert (pixels.width, pixels.height, len(pixels.rgb)) == (90, 40, 90 * 40 * 3)
    assert pixels.rgb[0] > 180
    assert pixels.rgb[1] < 30


def test_a_large_picture_is_made_small(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(encoded(".jpg", 2000, 1000))
    pixels = read_picture(tmp_path / "x")
    assert pixels is not None
    assert (pixels.width, pixels.height) == (SIDE_MAX, SIDE_MAX // 2)


def test_what_is_transparent_is_drawn_on_white(tmp_path: Path) -> None:
    pixels = read_picture(draw_pictures(tmp_path)[SHIRT_PICTURE])
    assert pixels is not None
    assert pixels.rgb[:3] == b"\xff\xff\xff"


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("raw", [b"", b"\xff\xd8", claims(60_000, 60_000), claims(10, 0), claims(20, 20), b"GIF89a"])
def test_a_file_that_is_no_picture_is_none(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(raw)
    assert read_picture(tmp_path / "x") is None


@given(raw=st.binary(max_size=80), head=st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPVP8X"]))
def test_any_bytes_have_a_size_or_none(raw: bytes, head: bytes) -> None:
    size = size_of(head + raw)
    assert size is None or min(size) >= 0


def test_pictures_are_handed_out_once_decoded_and_damaged_ones_as_none(tmp_path: Path) -> None:
    found, came = draw_pictures(tmp_path), threading.Semaphore(0)
    shown: dict[str, Pixels | None] = {}

    def deliver(job: Callable[[], None]) -> None:
        job()
        came.release()

    shelf = Shelf(found.get, deliver)
    shelf.start()
    for digest in (SHIRT_PICTURE, LUNCH_PICTURE, DAMAGED_PICTURE, "00" * 32):
        shelf.want(digest, functools.partial(shown.__setitem__, digest))
        assert came.acquire(timeout=10)
    shelf.stop()
    shelf.stop()
    assert [digest for digest, pixels in shown.items() if pixels is not None] == [SHIRT_PICTURE, LUNCH_PICTURE]
    at_once: list[Pixels | None] = []
    shelf.want(SHIRT_PICTURE, at_once.append)
    assert at_once == [shown[SHIRT_PICTURE]]
