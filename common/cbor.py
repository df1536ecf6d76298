"""Deterministic CBOR: one byte string per value, one value per byte string.

The subset is RFC 8949 section 4.2.1 (core deterministic encoding) without floats, tags, simple values other than
false, true and null, and indefinite lengths. Map keys are integers, byte strings or text; integers have 64
bits and a sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NoReturn, TypeAlias

import cbor2

from common.errors import InvariantError, require

CborKey: TypeAlias = int | bytes | str
Cbor: TypeAlias = "int | str | bytes | bool | list[Cbor] | dict[CborKey, Cbor] | None"
Encodable: TypeAlias = "int | str | bytes | bool | list[Any] | tuple[Any, ...] | Mapping[Any, Any] | None"

DEPTH_MAX = 8  # arrays and maps inside one another; a bare number has depth 0, an empty array 1

_PLAIN = frozenset({int, bytes, str, bool, type(None)})
_OURS = _PLAIN | {list, tuple, dict}  # tuples come from our own side only: decoding makes lists
_KEYS = frozenset({int, bytes, str})
_INT_ONLY = frozenset({int})
_WITHOUT_NUMBERS = frozenset({bytes, str, bool, type(None)})


class CborFault(StrEnum):
    """Why bytes are not the one encoding of a value."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    TOO_DEEP = "too_deep"
    TRAILING_BYTES = "trailing_bytes"
    NOT_DETERMINISTIC = "not_deterministic"
    DUPLICATE_KEY = "duplicate_key"
    TAG = "tag"
    UNSUPPORTED = "unsupported"


def encode(value: Encodable) -> bytes:
    """The one encoding of a value; maps may come with their keys in any order, tuples count as lists.

    Raises InvariantError for what `decode` would not give back: floats, integers beyond 64 bits, depth over 8, lone
    surrogates.
    """
    ordered = value if _fault(value) is None else _ordered(value, 0)
    try:
        raw = cbor2.dumps(ordered)
        cbor2.loads(raw, semantic_decoders=_NO_TAGS)  # an integer over 64 bits was written with a tag
    except (*_REFUSALS, cbor2.CBOREncodeError) as error:
        raise InvariantError(f"not encodable as deterministic CBOR: {error!r}") from error
    return raw


def encode_texts(values: list[str | bytes | bool | None]) -> bytes:
    """The encoding of a list that holds no numbers, in a third of the time: what cannot go wrong is not looked at.

    Raises InvariantError for anything else, and for lone surrogates.
    """
    require(_WITHOUT_NUMBERS.issuperset(map(type, values)), "only texts, bytes, booleans and null go into such a list")
    try:
        return cbor2.dumps(values)
    except ValueError as error:
        raise InvariantError(f"not encodable as deterministic CBOR: {error!r}") from error


def decode(raw: bytes, max_bytes: int) -> Cbor | CborFault:
    """The value that has exactly these bytes as its encoding, or why there is none. Never raises."""
    if len(raw) > max_bytes:
        return CborFault.TOO_LARGE
    try:
        value = cbor2.loads(
            raw,
            max_depth=DEPTH_MAX,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_NO_TAGS,
        )
    except _REFUSALS:
        return _why_not(raw)
    fault = _fault(value)
    if fault is not None:
        return fault
    again = cbor2.dumps(value)  # keeps the order of keys as read, so only lengths and a rest can differ
    if again == raw:
        return value  # type: ignore[no-any-return]
    return CborFault.TRAILING_BYTES if raw.startswith(again) else CborFault.NOT_DETERMINISTIC


class _TagRefused(Exception):
    """A tag was met. Must not be a KeyError, which would mean: use the built-in decoder."""


class _NoTags(Mapping[int, Any]):
    """A table of tag decoders in which every look-up refuses.

    The library's own tags make dates, regular expressions, MIME parsers and shared references (a few bytes that
    unfold to gigabytes), so none of them may run on bytes from outside.
    """

    def __getitem__(self, tag: int) -> NoReturn:
        raise _TagRefused(tag)

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 1  # an empty table might be skipped


_NO_TAGS = _NoTags()
_REFUSALS = (cbor2.CBORDecodeError, _TagRefused, RecursionError, ValueError, TypeError, OverflowError, MemoryError)


def _fault(value: object) -> CborFault | None:
    """What keeps a value from being written as it stands: a strange type, unordered keys, depth.

    Goes level by level and asks for the types of a whole level at once: a Python call per element would cost more
    than decoding does. Integers over 64 bits pass, as no decoded value can hold one.
    """
    level: list[Any] = [value]
    for _depth in range(DEPTH_MAX + 1):
        kinds = set(map(type, level))
        if kinds <= _PLAIN:
            return None
        if not kinds <= _OURS:
            return CborFault.UNSUPPORTED
        below: list[Any] = []
        for item in level:
            if type(item) is list or type(item) is tuple:
                below += item
            elif type(item) is dict:
                if (fault := _key_fault(item)) is not None:
                    return fault
                below += item.values()
        level = below
    return CborFault.TOO_DEEP


def _key_fault(mapping: dict[Any, Any]) -> CborFault | None:
    keys = list(mapping)
    kinds = set(map(type, keys))
    if not kinds <= _KEYS:
        return CborFault.UNSUPPORTED
    are_plain_numbers = kinds == _INT_ONLY and min(keys) >= 0  # the usual case, several times faster
    in_order = keys == (sorted(keys) if are_plain_numbers else sorted(keys, key=_key_order))
    return None if in_order else CborFault.NOT_DETERMINISTIC


def _key_order(key: CborKey) -> tuple[int, int, bytes]:
    """Sorts keys as their encodings sort bytewise: by major type, then value or size, then content."""
    if isinstance(key, int):
        return (0, key, b"") if key >= 0 else (1, -1 - key, b"")
    content = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
    return (2 if isinstance(key, bytes) else 3, len(content), content)


def _ordered(value: object, depth: int) -> Cbor:
    """A copy with ordered keys and plain types. Raises InvariantError where there is none."""
    if isinstance(value, (list, tuple)):
        require(depth < DEPTH_MAX, f"CBOR nested deeper than {DEPTH_MAX}: flatten the value")
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        require(depth < DEPTH_MAX, f"CBOR nested deeper than {DEPTH_MAX}: flatten the value")
        items = {_plain_key(key): _ordered(item, depth + 1) for key, item in value.items()}
        require(len(items) == len(value), "two keys of a map have the same encoding")
        return {key: items[key] for key in sorted(items, key=_key_order)}
    return _plain(value)


def _plain(value: object) -> int | str | bytes | None:
    """The bare value of an enumeration's member or of a named type; anything else as it is."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, bytes):
        return b"".join((value, b""))
    raise InvariantError(f"a {type(value).__name__} has no place in deterministic CBOR")


def _plain_key(key: object) -> CborKey:
    plain = _plain(key)
    if plain is None or isinstance(plain, bool):
        raise InvariantError(f"a {type(key).__name__} cannot be a key of a CBOR map")
    return plain


def _why_not(raw: bytes) -> CborFault:
    """Name the first strictness that refuses the bytes, by lifting one after the other.

    Slow, and only for bytes that are refused anyway; the library's messages are not a contract to read.
    """
    options: dict[str, Any] = {"max_depth": DEPTH_MAX, "allow_duplicate_keys": True, "allow_indefinite": False}
    lifts: tuple[tuple[CborFault, dict[str, Any]], ...] = (
        (CborFault.DUPLICATE_KEY, {}),
        (CborFault.NOT_DETERMINISTIC, {"allow_indefinite": True}),
        (CborFault.TOO_DEEP, {"max_depth": 400}),  # the library's own limit; deeper still is called malformed
    )
    for fault, lift in lifts:
        options |= lift
        try:
            cbor2.loads(raw, semantic_decoders=_NO_TAGS, **options)
        except _REFUSALS as error:
            if isinstance(error, _TagRefused) or isinstance(error.__cause__, _TagRefused):
                return CborFault.TAG
        else:
            return fault
    return CborFault.MALFORMED
