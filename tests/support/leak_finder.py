"""Looks for texts in files the way a thief would: any encoding, any case, without accents, packed, deleted or split.

A haystack is the bytes of a file, every cell of its SQLite tables (long ones are split over pages in the file), and
whatever unpacks from inside either. A text counts as found where any of its forms stands in any haystack.
"""

from __future__ import annotations

import base64
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from common.search_index import fold_text

WINDOW = 8  # bytes looked up at once; no form of a secret may be shorter
_HASH_BITS = 24
_SPLIT_BYTES_MIN = 1_000  # a shorter cell stands whole in its page
UNPACKED_BYTES_MAX = 64 * 1024 * 1024
DEPTH_MAX = 3
_SQLITE = b"SQLite format 3\x00"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


def forms_of(secret: str) -> set[bytes]:
    """The byte strings as which a text may stand in a file."""
    texts = {secret, secret.lower(), secret.upper(), secret.casefold()}
    texts |= {fold_text(secret), fold_text(secret).upper(), fold_text(secret).title()}
    forms = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    forms |= {form for text in texts for form in _base64_of(text.encode())}
    return forms | {text.encode().hex().encode() for text in texts}


def _base64_of(raw: bytes) -> Iterator[bytes]:
    """The characters that stand for these bytes in base64 of any text around them, for each of three alignments."""
    for before in range(3):
        padded = bytes(before) + raw
        first = (0, 2, 3)[before]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(padded + bytes(-len(padded) % 3))
            yield whole[first : len(padded) * 8 // 6]


class LeakFinder:
    """Finds a fixed set of secrets; reading 10 MB takes about a second."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: dict[bytes, set[str]] = {}
        for secret in secrets:
            for form in forms_of(secret):
                assert len(form) >= WINDOW, f"{secret!r} is too short to look for"
                self._forms.setdefault(form, set()).add(secret)
        self._by_window: dict[bytes, list[bytes]] = {}
        for form in self._forms:
            self._by_window.setdefault(form[:WINDOW], []).append(form)
        # Which hashes of eight bytes begin a form: a table, since asking a dictionary at each byte takes minutes.
        self._begins = np.zeros(1 << _HASH_BITS, dtype=bool)
        self._begins[_hashes(np.frombuffer(b"".join(self._by_window), "<u8"))] = True

    def in_folder(self, folder: Path) -> dict[str, set[str]]:
        """Secret -> the files below the folder in which it stands."""
        found: dict[str, set[str]] = {}
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            for secret in self.in_file(path):
                found.setdefault(secret, set()).add(str(path.relative_to(folder)))
        return found

    def in_file(self, path: Path) -> set[str]:
        """The secrets that stand in a file, however packed."""
        found: set[str] = set()
        for haystack in haystacks_of(path):
            found |= self.in_bytes(haystack)
        return found

    def in_bytes(self, haystack: bytes) -> set[str]:
        """The secrets whose forms stand in these bytes as they are."""
        found: set[str] = set()
        for shift in range(WINDOW):
            usable = (len(haystack) - shift) // WINDOW * WINDOW
            if usable <= 0:
                continue
            windows = np.frombuffer(haystack, "<u8", usable // WINDOW, shift)
            for index in np.flatnonzero(self._begins[_hashes(windows)]):
                at = shift + int(index) * WINDOW
                for form in self._by_window.get(haystack[at : at + WINDOW], ()):
                    if haystack.startswith(form, at):
                        found |= self._forms[form]
        return found


def _hashes(windows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (windows * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _HASH_BITS)


def haystacks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, its cells, and what unpacks from them."""
    raw = path.read_bytes()
    yield from _unpacked(raw, DEPTH_MAX)
    if raw.startswith(_SQLITE):
        for cell in _cells(path):
            yield from _unpacked(cell, DEPTH_MAX)


def _unpacked(raw: bytes, depth: int) -> Iterator[bytes]:
    yield raw
    if depth == 0:
        return
    for inner in (*_zstd_frames(raw), *_zlib_streams(raw)):
        yield from _unpacked(inner, depth - 1)


def _zstd_frames(raw: bytes) -> Iterator[bytes]:
    at = raw.find(_ZSTD)
    while at >= 0:
        with suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(raw[at:])
        at = raw.find(_ZSTD, at + 1)


def _zlib_streams(raw: bytes) -> Iterator[bytes]:
    for match in _ZLIB.finditer(raw):
        inflate = zlib.decompressobj(47)
        with suppress(zlib.error):
            plain = inflate.decompress(raw[match.start() :], UNPACKED_BYTES_MAX)
            if len(plain) >= WINDOW:
                yield plain


def _cells(path: Path) -> Iterator[bytes]:
    """Every text and blob of every table, whole. The file is copied with its WAL, so that nothing here changes it."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names from the file's own schema
                for cell in row:
                    if isinstance(cell, str | bytes) and len(cell) >= _SPLIT_BYTES_MIN:
                        yield cell.encode() if isinstance(cell, str) else cell
