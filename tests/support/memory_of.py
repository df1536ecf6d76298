"""Looking into the memory of a program that runs, as whoever takes a tablet over could."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

PIECE_BYTES = 16 * 1024 * 1024


def places_in_memory(process_id: int, secret: bytes) -> list[str]:
    """Where in the memory of a process a secret stands, by the names of its regions. Skips where nobody may look."""
    try:
        return [name for name, piece in _pieces(process_id, len(secret)) for _ in range(piece.count(secret))]
    except PermissionError:
        pytest.skip("this machine lets nobody look into the memory of a process of their own (ptrace_scope)")


def _pieces(process_id: int, overlap: int) -> Iterator[tuple[str, bytes]]:
    with Path(f"/proc/{process_id}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process_id}/maps").read_text().splitlines():
            span, rights, _, _, _, *named = line.split(maxsplit=5)
            name = named[0].strip() if named else "memory without a name"
            if not rights.startswith("rw") or name.startswith("[v"):
                continue
            first, last = (int(one, 16) for one in span.split("-"))
            for at in range(first, last, PIECE_BYTES):
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE_BYTES + overlap - 1, last - at))
                except OSError:  # a region that went meanwhile, or cannot be read at all
                    continue
                yield name, piece
