"""The search index: holders by folded name, in sealed chunks that only a badge with its PIN opens.

A chunk is at most 1,000 holders in the order of their folded names: CBOR of columns, zstd, AES-256-GCM under a key made
for this one build. Nothing of a chunk can be read without it, so the whole index is looked through: at 300,000 holders
about half a second, for a question a person types.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common import cbor
from common.ids import TICKET_ID_BYTES, EventUid, TicketId

HOLDERS_PER_CHUNK: Final = 1_000
LETTERS_MIN: Final = 4  # fewer would list half the event
QUERY_CHARACTERS_MAX: Final = 120
CHUNK_BYTES_MAX: Final = 1024 * 1024
_ZSTD_LEVEL: Final = 9
_WORD: Final = re.compile(r"\w+")
_MARKS: Final = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not take apart into a letter and a mark.
_ALONE: Final = (("ł", "l"), ("ø", "o"), ("đ", "d"), ("ð", "d"), ("þ", "th"), ("æ", "ae"), ("œ", "oe"), ("ħ", "h"))
_CONTEXT: Final = b"rallygate search 1\x00"


@dataclass(frozen=True, slots=True)
class Holder:
    """One line of the index."""

    ticket: TicketId
    name: str
    plate: str
    order: str  # the order's code, as the buyer reads it out


@dataclass(frozen=True, slots=True)
class Place:
    """Which chunk of which build: bound into the sealing, so chunks cannot be exchanged."""

    event: EventUid
    build_ms: int
    no: int


def fold_text(text: str) -> str:
    """Lower case without accents: "Łukasz Žižka" and "lukasz zizka" are alike."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    for letter, instead in _ALONE:
        plain = plain.replace(letter, instead)
    return plain


def is_called(query: str, names: Iterable[str], number: int) -> bool:
    """Whether every word of the query is in one of a thing's names, accents and case aside; or it is its number."""
    words = fold_text(query).split()
    return words == [str(number)] or any(all(word in name for word in words) for name in map(fold_text, names))


def is_enough(query: str) -> bool:
    """Whether a query has the letters or digits to be looked up."""
    return len(query) <= QUERY_CHARACTERS_MAX and sum(map(len, _WORD.findall(fold_text(query)))) >= LETTERS_MIN


def seal_chunks(key: bytes, event: EventUid, build_ms: int, holders: Iterable[Holder]) -> Iterator[tuple[int, bytes]]:
    """(number, sealed chunk) of all holders, by folded name. `key` is of 32 bytes and used for this build alone."""
    ordered = sorted(holders, key=lambda holder: (fold_text(holder.name), holder.ticket))
    for no, at in enumerate(range(0, len(ordered), HOLDERS_PER_CHUNK), start=1):
        yield no, _seal(key, Place(event, build_ms, no), ordered[at : at + HOLDERS_PER_CHUNK])


def open_chunk(key: bytes | bytearray, place: Place, sealed: bytes) -> Chunk | None:
    """The chunk; None where key or place is another. Never raises on bytes."""
    try:
        packed = AESGCM(key).decrypt(_nonce(place), sealed, _bound(place))
        plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=CHUNK_BYTES_MAX)
    except (InvalidTag, zstandard.ZstdError):
        return None
    return _read(plain)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk unsealed; `find` it, then let it go."""

    tickets: bytes
    names: str  # a line each, in one text: folding one long text is 10 times as fast as a thousand short ones
    plates: str
    orders: str

    def find(self, query: str) -> Iterator[Holder]:
        """Holders with a word of their name for each word of the query, or this very plate or order."""
        words = _WORD.findall(fold_text(query))
        joined = "".join(words)
        folded = fold_text(self.names)
        if all(word in folded for word in words):
            yield from self._lines(at for at, line in enumerate(folded.split("\n")) if _fits(line, words))
        for column in (self.plates, self.orders):
            if joined in (plain := fold_text(column)):
                yield from self._lines(at for at, line in enumerate(plain.split("\n")) if line == joined)

    def _lines(self, wanted: Iterator[int]) -> Iterator[Holder]:
        names, plates, orders = self.names.split("\n"), self.plates.split("\n"), self.orders.split("\n")
        for at in wanted:
            ticket = TicketId(self.tickets[at * TICKET_ID_BYTES : (at + 1) * TICKET_ID_BYTES])
            yield Holder(ticket, names[at], plates[at], orders[at])


def _fits(line: str, words: Sequence[str]) -> bool:
    """Each word of the query begins a word of the name; one word of the name answers for one of the query only."""
    free = _WORD.findall(line)
    for word in sorted(words, key=len, reverse=True):
        found = next((one for one in free if one.startswith(word)), None)
        if found is None:
            return False
        free.remove(found)
    return True


def plate_of(text: str | None) -> str:
    """A plate as it is looked up: letters and digits only, in capitals."""
    return "".join(c for c in (text or "") if c.isalnum()).upper()


def _seal(key: bytes, place: Place, holders: Sequence[Holder]) -> bytes:
    columns: list[cbor.Cbor] = [b"".join(holder.ticket for holder in holders)]
    columns += ["\n".join(_line(getattr(holder, name)) for holder in holders) for name in ("name", "plate", "order")]
    packed = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(cbor.encode(columns))
    return AESGCM(key).encrypt(_nonce(place), packed, _bound(place))


def _line(text: str) -> str:
    return " ".join(text.split())


def _nonce(place: Place) -> bytes:
    """The chunk's number: the key is new at each build, so none comes twice."""
    return place.no.to_bytes(12, "big")


def _bound(place: Place) -> bytes:
    return _CONTEXT + place.event + place.build_ms.to_bytes(8, "big", signed=True)


def _read(plain: bytes) -> Chunk | None:
    match cbor.decode(plain, CHUNK_BYTES_MAX):
        case [bytes(tickets), str(names), str(plates), str(orders)]:
            pass
        case _:
            return None
    count = len(tickets) // TICKET_ID_BYTES
    if any(column.count("\n") != count - 1 for column in (names, plates, orders)):
        return None
    return Chunk(tickets, names, plates, orders)
