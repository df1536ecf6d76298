"""Deterministic CBOR: what is accepted has one encoding, what is refused has a reason."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from random import Random
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cbor import DEPTH_MAX, Cbor, CborFault, decode, encode, encode_texts
from common.errors import InvariantError

MAX_BYTES = 65_536

plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
keys = (
    st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=9)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=15
).filter(lambda value: depth_of(value) <= DEPTH_MAX)


def depth_of(value: object) -> int:
    """Containers inside one another."""
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 0


@given(values)
def test_what_is_encoded_decodes_to_itself(value: Cbor) -> None:
    assert decode(encode(value), MAX_BYTES) == value


@given(values)
def test_an_independent_decoder_reads_what_is_encoded(value: Cbor) -> None:
    assert cbor2.loads(encode(value)) == value


@given(st.dictionaries(keys, st.none(), max_size=8), st.randoms())
def test_the_order_in_which_a_map_was_filled_does_not_show(mapping: dict[Any, None], rng: Random) -> None:
    shuffled = list(mapping)
    rng.shuffle(shuffled)
    assert encode(dict.fromkeys(shuffled)) == encode(mapping)


@given(st.dictionaries(keys, st.none(), max_size=8))
def test_keys_of_a_map_stand_in_the_bytewise_order_of_their_encodings(mapping: dict[Any, None]) -> None:
    """Checked with the library's own encodings of single keys, not with our order."""
    written = [cbor2.dumps(key) for key in cbor2.loads(encode(mapping))]
    assert written == sorted(written)


@given(st.binary(max_size=80))
def test_any_bytes_give_a_value_with_exactly_these_bytes_or_a_fault(raw: bytes) -> None:
    value = decode(raw, MAX_BYTES)
    assert isinstance(value, CborFault) or encode(value) == raw


@given(values, st.data())
def test_a_changed_byte_gives_another_value_or_a_fault(value: Cbor, data: st.DataObject) -> None:
    raw = bytearray(encode(value))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    changed = decode(bytes(raw), MAX_BYTES)
    assert isinstance(changed, CborFault) or encode(changed) == bytes(raw)


@given(values, st.binary(min_size=1, max_size=5))
def test_bytes_after_the_value_are_a_fault(value: Cbor, rest: bytes) -> None:
    assert decode(encode(value) + rest, MAX_BYTES) is CborFault.TRAILING_BYTES


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("1bffffffffffffffff", 2**64 - 1),
        ("3bffffffffffffffff", -(2**64)),
        ("80", []),
        ("a0", {}),
        ("f4", False),
        ("f5", True),
        ("f6", None),
        ("63e282ac", "€"),
        ("42 01ff", b"\x01\xff"),
        ("a4 01 00 1818 00 20 00 6161 00", {1: 0, 24: 0, -1: 0, "a": 0}),
        ("81" * 7 + "80", [[[[[[[[]]]]]]]]),
    ],
)
def test_examples_read_by_hand(raw: str, value: Cbor) -> None:
    assert decode(bytes.fromhex(raw), MAX_BYTES) == value
    assert encode(value) == bytes.fromhex(raw)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param("", CborFault.MALFORMED, id="nothing"),
        pytest.param("0000", CborFault.TRAILING_BYTES, id="trailing"),
        pytest.param("1801", CborFault.NOT_DETERMINISTIC, id="number longer than needed"),
        pytest.param("78017a", CborFault.NOT_DETERMINISTIC, id="length longer than needed"),
        pytest.param("a202000100", CborFault.NOT_DETERMINISTIC, id="keys out of order"),
        pytest.param("a220001818 00", CborFault.NOT_DETERMINISTIC, id="keys in the older order by length"),
        pytest.param("9f01ff", CborFault.NOT_DETERMINISTIC, id="indefinite array"),
        pytest.param("bfff", CborFault.NOT_DETERMINISTIC, id="indefinite map"),
        pytest.param("5f4101ff", CborFault.NOT_DETERMINISTIC, id="indefinite bytes"),
        pytest.param("a201010102", CborFault.DUPLICATE_KEY, id="one key twice"),
        pytest.param("c101", CborFault.TAG, id="a date"),
        pytest.param("c24101", CborFault.TAG, id="a bignum"),
        pytest.param("d81c81d81d00", CborFault.TAG, id="a shared reference"),
        pytest.param("d8236161", CborFault.TAG, id="a regular expression"),
        pytest.param("8281c100", CborFault.TAG, id="a tag deeper down"),
        pytest.param("d9d9f700", CborFault.TAG, id="self-described CBOR"),
        pytest.param("f7", CborFault.UNSUPPORTED, id="undefined"),
        pytest.param("e0", CborFault.UNSUPPORTED, id="simple value"),
        pytest.param("f93c00", CborFault.UNSUPPORTED, id="half float"),
        pytest.param("81fb7ff8000000000000", CborFault.UNSUPPORTED, id="NaN in an array"),
        pytest.param("a1f600", CborFault.UNSUPPORTED, id="null as a key"),
        pytest.param("a1f400", CborFault.UNSUPPORTED, id="false as a key"),
        pytest.param("a1810100", CborFault.UNSUPPORTED, id="array as a key"),
        pytest.param("81" * 8 + "80", CborFault.TOO_DEEP, id="nine arrays, the last empty"),
        pytest.param("81" * 9 + "00", CborFault.TOO_DEEP, id="nine arrays"),
        pytest.param("81" * 300 + "00", CborFault.TOO_DEEP, id="300 arrays"),
        pytest.param("81" * 30_000 + "00", CborFault.MALFORMED, id="30,000 arrays"),
        pytest.param("9bffffffffffffffff", CborFault.MALFORMED, id="array of 2**64 - 1"),
        pytest.param("5b7fffffffffffffff", CborFault.MALFORMED, id="bytes of 2**63 - 1"),
        pytest.param("ba7fffffff", CborFault.MALFORMED, id="map of two thousand million"),
        pytest.param("61ff", CborFault.MALFORMED, id="text that is not UTF-8"),
        pytest.param("63eda080", CborFault.MALFORMED, id="text with a lone surrogate"),
        pytest.param("1c", CborFault.MALFORMED, id="reserved length"),
        pytest.param("ff", CborFault.MALFORMED, id="break without a beginning"),
        pytest.param("f818", CborFault.MALFORMED, id="simple value in two bytes"),
    ],
)
def test_each_refusal_has_its_reason(raw: str, fault: CborFault) -> None:
    assert decode(bytes.fromhex(raw), MAX_BYTES) is fault


def test_size_is_judged_before_anything_is_read() -> None:
    assert decode(b"\x00" * 11, 10) is CborFault.TOO_LARGE
    assert decode(encode(b"x" * 9), 10) == b"x" * 9


def test_named_values_and_tuples_are_written_as_what_they_are() -> None:
    class Colour(IntEnum):
        RED = 3

    class Word(StrEnum):
        HI = "hi"

    assert decode(encode({Word.HI: (Colour.RED,)}), MAX_BYTES) == {"hi": [3]}


@pytest.mark.parametrize(
    "value",
    [1.5, 2**64, -(2**64) - 1, "\ud800", {True: 1}, {None: 1}, {(1,): 2}, [{1, 2}], [object], [[[[[[[[[]]]]]]]]]],
    ids=repr,
)
def test_what_would_not_come_back_is_not_written(value: object) -> None:
    with pytest.raises(InvariantError):
        encode(value)  # type: ignore[arg-type]


@given(st.lists(st.none() | st.booleans() | st.binary(max_size=40) | st.text(max_size=20)))
def test_a_list_without_numbers_has_the_same_encoding_the_quick_way(items: list[str | bytes | bool | None]) -> None:
    assert encode_texts(items) == encode(items)
    assert decode(encode_texts(items), MAX_BYTES) == items


@pytest.mark.parametrize(
    "item", [1, 1.5, 2**70, ["text"], ("text",), {"a": "b"}, StrEnum("Word", ["A"]), "\ud800"], ids=repr
)
def test_the_quick_way_takes_nothing_else(item: object) -> None:
    with pytest.raises(InvariantError):
        encode_texts(["text", item])  # type: ignore[list-item]
