"""Who speaks N serves N and N-1; everybody else is told which of the two to update."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor
from common.exchange import PROTOCOL, SCHEMA
from common.versions import OURS, Versions, protocol_told

NEXT = Versions(protocol=PROTOCOL + 1, schema=SCHEMA + 1)


def test_the_next_version_serves_this_one_and_answers_in_its_schema() -> None:
    assert NEXT.refusal(PROTOCOL, SCHEMA) is None
    assert NEXT.refusal(NEXT.protocol, NEXT.schema) is None
    assert (NEXT.schema_for(SCHEMA), OURS.schema_for(SCHEMA + 1)) == (SCHEMA, SCHEMA)


@pytest.mark.parametrize(
    ("answering", "protocol", "schema", "who"),
    [
        (Versions(protocol=3), 1, 1, "update the kiosk"),
        (Versions(protocol=3), 4, 1, "update the server"),
        (Versions(protocol=3), 3, 2, "update the server"),
        (OURS, 0, 1, "update the kiosk"),
    ],
)
def test_others_are_told_which_of_the_two_to_update(answering: Versions, protocol: int, schema: int, who: str) -> None:
    refusal = answering.refusal(protocol, schema)
    assert refusal is not None
    assert who in refusal
    assert f"protocol {protocol}" in refusal


@given(st.integers(1, 50), st.integers(0, 60))
def test_exactly_two_protocols_are_served_and_the_first_alone(spoken: int, asked: int) -> None:
    served = Versions(protocol=spoken).refusal(asked, SCHEMA) is None
    assert served == (asked in {max(1, spoken - 1), spoken})


@given(st.binary(max_size=60))
def test_any_bytes_name_a_protocol_or_none(raw: bytes) -> None:
    assert protocol_told(raw) is None or isinstance(protocol_told(raw), int)


def test_a_request_of_the_future_still_names_its_protocol() -> None:
    assert protocol_told(cbor.encode([7, {"anything": 1}, b"x"])) == 7
    assert protocol_told(cbor.encode(["7"])) is None
    assert protocol_told(cbor.encode([])) is None
