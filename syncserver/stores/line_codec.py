"""Lines of a run as the bytes of one column."""

from __future__ import annotations

import msgspec

from common.exchange import Line

_decoder = msgspec.msgpack.Decoder(tuple[Line, ...])


def pack_lines(lines: tuple[Line, ...]) -> bytes:
    """Lines as compact bytes."""
    return msgspec.msgpack.encode(lines)


def unpack_lines(raw: bytes) -> tuple[Line, ...]:
    """The lines again."""
    return _decoder.decode(raw)
