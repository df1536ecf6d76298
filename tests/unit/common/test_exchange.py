"""Messages of the exchange: what is written is read, and no bytes raise."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, exchange
from common.exchange import (
    ENTRIES_PER_MESSAGE_MAX,
    LINES_PER_RUN_MAX,
    Cursor,
    DeviceStatus,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Line,
    Manifest,
    MessageFault,
    Rejected,
    RunLines,
    SnapshotFile,
    from_payload,
    to_payload,
)
from common.ids import DeviceId, Digest, EventUid, RunId

EVENT = EventUid(b"evnt")
NONCE = b"n" * 16
LINE = Line(1, 7, Digest(b"d" * 16))
VECTOR = (RunLines(DeviceId(b"k" * 16), RunId(b"run-0001"), (LINE,)),)
FILE = SnapshotFile("admission", b"s" * 32, 10, b"p" * 32, 100)
MANIFEST = Manifest(1, EVENT, 5, 3, (FILE,), VECTOR, ())
ANSWER = ExchangeAnswer(
    protocol=1,
    schema=1,
    nonce=NONCE,
    time_ms=5,
    taken=1,
    entries=(b"entry",),
    cursor=Cursor(3, 4),
    vector=VECTOR,
    more=True,
    rejected=(Rejected(Digest(b"d" * 16), "not_allowed"),),
    wants_snapshots=(b"s" * 32,),
    manifest=b"manifest",
    key_list=None,
    retry_after_ms=500,
)
MESSAGES: list[msgspec.Struct] = [
    ANSWER,
    MANIFEST,
    EnrolRequest(1, 1, "ABCD-EFGH", b"k" * 32, "Gate 1", NONCE),
    EnrolAnswer(EVENT, NONCE, 5, b"certificate", b"r" * 32, b"list", None, "Rally"),
    DeviceStatus("0.1.0", 3, 4, battery=77, camera="ok"),
    Cursor(0, 2**53),
    *VECTOR,
]
KINDS = [type(message) for message in MESSAGES] + [ExchangeRequest]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_read_as_it_was_written(message: msgspec.Struct) -> None:
    assert from_payload(to_payload(message), type(message)) == message


def test_a_status_without_trouble_is_told_in_the_words_of_0_1_0() -> None:
    """A server of 0.1.0 reads nine fields and no more."""
    status = DeviceStatus("0.1.0", 3, 4)
    request = ExchangeRequest(1, 1, EVENT, NONCE, None, (), None, (), status)
    plain = cbor.decode(to_payload(request), 4096)
    assert isinstance(plain, list)
    assert plain[8] == ["0.1.0", 3, 4, None, None, None, "", None, 0]
    assert from_payload(to_payload(request), ExchangeRequest) == request
    jammed = msgspec.structs.replace(request, status=msgspec.structs.replace(status, out_of_order="jammed"))
    assert from_payload(to_payload(jammed), ExchangeRequest) == jammed


@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_no_bytes_raise(raw: bytes, kind: type[msgspec.Struct]) -> None:
    found = from_payload(raw, kind)
    assert isinstance(found, MessageFault) or to_payload(found) == raw


@given(st.sampled_from(MESSAGES), st.data())
def test_a_changed_byte_is_read_as_another_message_or_refused(message: msgspec.Struct, data: st.DataObject) -> None:
    raw = bytearray(to_payload(message))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    found = from_payload(bytes(raw), type(message))
    assert found != message


@given(st.sampled_from(MESSAGES), st.sampled_from(KINDS))
def test_one_kind_is_not_taken_for_another_of_other_shape(message: msgspec.Struct, kind: type[msgspec.Struct]) -> None:
    found = from_payload(to_payload(message), kind)
    assert isinstance(found, MessageFault | kind)


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (Cursor, [1]),
        (Cursor, [1, 2, 3]),
        (Cursor, [1, -2]),
        (Cursor, [1, 2**53 + 1]),
        (Cursor, {0: 1}),
        (Line, [0, 7, b"d" * 16]),
        (Line, [1, 7, b"short"]),
        (Line, [1, "7", b"d" * 16]),
        (RunLines, [b"k" * 16, b"run-0001", [[1, 1, b"d" * 16]] * (LINES_PER_RUN_MAX + 1)]),
        (ExchangeAnswer, [1, 1, NONCE, 5, 1, [b"e"] * (ENTRIES_PER_MESSAGE_MAX + 1), None, None, False]),
        (Manifest, [1, EVENT, 5, 3, [], [], []]),
    ],
)
def test_a_message_beyond_its_limits_is_refused(kind: type[msgspec.Struct], plain: Any) -> None:  # noqa: ANN401 - whatever CBOR can hold
    assert from_payload(cbor.encode(plain), kind) is MessageFault.WRONG_SHAPE


def test_a_payload_over_the_size_limit_is_not_looked_at() -> None:
    raw = to_payload(ANSWER)
    assert from_payload(raw, ExchangeAnswer, max_bytes=len(raw) - 1) is MessageFault.NOT_CBOR


def test_limits_leave_room_for_a_full_message() -> None:
    assert exchange.ENTRY_BYTES_PER_MESSAGE_MAX < exchange.MESSAGE_BYTES_MAX
