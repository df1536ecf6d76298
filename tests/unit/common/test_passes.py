"""Passes: what was bought, signed, in a QR code of version 8 or less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, envelope
from common.decimal_text import from_decimal, to_decimal
from common.envelope import Typ
from common.errors import InvariantError
from common.ids import EventUid, ProductNo, TicketId
from common.keys import KeyRing, KeyUse
from common.passes import (
    PASS_BYTES_MAX,
    Item,
    Pass,
    PassFault,
    open_pass,
    sign_pass,
    sign_pass_listing,
)
from common.signing import SigningKey, VerifyKey
from common.ticket_code import TicketCode
from tests.support.signed_things import (
    EVENT,
    NOW_S,
    OTHER_EVENT,
    OTHER_PASS_KEY,
    PASS_KEY,
    SCRIBE,
    TICKET,
    make_key_list,
    make_pass,
)

find = KeyRing(make_key_list()).finder(KeyUse.PASS)
NAMES = EVENT + bytes(10)


def items_of(count: int, quantity: int = 1) -> tuple[Item, ...]:
    """That many items with numbers of two bytes."""
    return tuple((ProductNo(100 + at), quantity) for at in range(count))


def qr_version(text: str) -> int:
    """The version of the QR code a text gets at level M in numeric mode: its side is 17 + 4 * version."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    side = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False).shape[0]
    return (int(side) - 17) // 4


seconds = st.integers(0, 2**32)
items = st.lists(
    st.tuples(st.integers(1, 1_000_000).map(ProductNo), st.integers(1, 1_000_000)),
    max_size=12,
    unique_by=lambda item: item[0],
).map(tuple)
passes = st.builds(
    Pass,
    event=st.just(EVENT),
    ticket=st.binary(min_size=8, max_size=8).map(TicketId),
    code=st.binary(min_size=10, max_size=10).map(TicketCode),
    generation=st.integers(0, 2**32 - 1),
    signed_s=seconds,
    expires_s=seconds,
    not_before_s=st.none() | seconds,
    product=st.integers(1, 1_000_000).map(ProductNo),
    items=items,
    kid=st.just(PASS_KEY.kid),
)


@given(passes)
def test_a_pass_comes_back_with_as_many_of_its_first_items_as_fit(pass_: Pass) -> None:
    signed = sign_pass_listing(pass_, PASS_KEY)
    opened = open_pass(signed.raw, find)
    assert isinstance(opened, Pass)
    assert opened.items + signed.left_out == pass_.items
    assert opened == replace(pass_, items=opened.items)


@given(passes)
def test_no_item_is_left_out_that_would_have_fitted(pass_: Pass) -> None:
    signed = sign_pass_listing(pass_, PASS_KEY)
    assert len(signed.raw) <= PASS_BYTES_MAX
    if signed.left_out:
        product, quantity = signed.left_out[0]
        item_bytes = len(cbor.encode(product)) + (len(cbor.encode(-quantity)) if quantity > 1 else 0)
        array_head = 1  # an array of 24 or more needs a byte more
        assert len(signed.raw) + item_bytes + array_head > PASS_BYTES_MAX


@given(passes)
def test_the_text_of_any_pass_is_read_back(pass_: Pass) -> None:
    raw = sign_pass(pass_, PASS_KEY)
    assert from_decimal(to_decimal(raw)) == raw


@pytest.mark.parametrize(
    ("pass_", "size"),
    [
        pytest.param(make_pass(product=ProductNo(5)), 128, id="no item, small product number"),
        pytest.param(make_pass(), 129, id="no item"),
        pytest.param(make_pass(generation=525_600), 133, id="no item, reissued after a year"),
        pytest.param(make_pass(items=items_of(6)), 141, id="six items"),
        pytest.param(
            make_pass(items=items_of(6), generation=525_600, not_before_s=NOW_S), 151, id="six items, everything set"
        ),
        pytest.param(make_pass(items=items_of(60, quantity=2)), 150, id="more items than fit"),
    ],
)
def test_a_pass_is_as_small_as_said_and_fits_version_8_at_level_m(pass_: Pass, size: int) -> None:
    raw = sign_pass(pass_, PASS_KEY)
    assert len(raw) == size
    assert len(to_decimal(raw)) <= 365
    assert qr_version(to_decimal(raw)) <= 8


@given(st.binary(min_size=151, max_size=151).filter(lambda raw: raw[0] >= 0x80))
def test_whatever_has_151_bytes_fits_version_8_at_level_m(raw: bytes) -> None:
    assert qr_version(to_decimal(raw)) == 8


def test_the_qr_code_of_a_pass_is_read_back_from_its_picture() -> None:
    raw = sign_pass(make_pass(items=items_of(6)), PASS_KEY)
    code = zxingcpp.create_barcode(to_decimal(raw), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    (read,) = zxingcpp.read_barcodes(zxingcpp.write_barcode_to_image(code, scale=4))
    assert from_decimal(read.text) == raw


def test_a_test_events_pass_is_a_pass_and_names_its_event() -> None:
    other = make_pass(event=OTHER_EVENT, kid=OTHER_PASS_KEY.kid)
    assert open_pass(sign_pass(other, OTHER_PASS_KEY), find) == other


def test_a_test_events_key_cannot_make_a_pass_of_this_event() -> None:
    forged = sign_pass(make_pass(kid=OTHER_PASS_KEY.kid), OTHER_PASS_KEY)
    assert open_pass(forged, find) is PassFault.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param(b"", PassFault.MALFORMED, id="nothing"),
        pytest.param(sign_pass(make_pass(), PASS_KEY)[:-1], PassFault.MALFORMED, id="cut off"),
        pytest.param(sign_pass(make_pass(), PASS_KEY) + b"\x00", PassFault.MALFORMED, id="longer"),
        pytest.param(
            envelope.sign(cbor.encode({}), PASS_KEY, Typ.BADGE), PassFault.MALFORMED, id="something else we sign"
        ),
        pytest.param(sign_pass(make_pass(kid=SCRIBE.kid), SCRIBE), PassFault.UNKNOWN_KEY, id="key of another use"),
        pytest.param(
            sign_pass(make_pass(), SigningKey.from_seed(bytes(32)).with_kid(PASS_KEY.kid)),
            PassFault.BAD_SIGNATURE,
            id="forged under a known key id",
        ),
    ],
)
def test_each_refusal_has_its_reason(raw: bytes, fault: PassFault) -> None:
    assert open_pass(raw, find) is fault


def claims(**changes: Any) -> dict[int, Any]:  # noqa: ANN401 - any value of any claim
    """Right claims, exchanged by name; None takes one away."""
    body = changes.get("body", [NAMES, 0, 150])
    found = {7: TICKET, 6: NOW_S, 4: NOW_S, -70001: body} | changes.get("more", {})
    return {label: value for label, value in found.items() if value != "away"}


def test_the_claims_used_by_the_refusals_below_are_right_when_unchanged() -> None:
    opened = open_pass(envelope.sign(cbor.encode(claims()), PASS_KEY, Typ.PASS), find)
    assert opened == make_pass(code=TicketCode(bytes(10)), expires_s=NOW_S)


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param([], id="no map"),
        pytest.param(claims(more={7: "away"}), id="no ticket"),
        pytest.param(claims(more={7: b"short"}), id="short ticket id"),
        pytest.param(claims(more={6: "away"}), id="no time of signing"),
        pytest.param(claims(more={4: "away"}), id="no expiry"),
        pytest.param(claims(more={4: None}), id="null expiry"),
        pytest.param(claims(more={4: True}), id="true expiry"),
        pytest.param(claims(more={4: 2**41}), id="expiry beyond limits"),
        pytest.param(claims(more={5: None}), id="null not-before"),
        pytest.param(claims(more={1: "issuer"}), id="a claim more"),
        pytest.param(claims(more={-70001: "away"}), id="nothing of ours"),
        pytest.param(claims(body=[NAMES[1:], 0, 150]), id="short names"),
        pytest.param(claims(body=[NAMES, -1, 150]), id="negative generation"),
        pytest.param(claims(body=[NAMES, 2**32, 150]), id="generation over 32 bits"),
        pytest.param(claims(body=[NAMES, 0, 0]), id="product 0"),
        pytest.param(claims(body=[NAMES, 0]), id="no product"),
        pytest.param(claims(body=[NAMES, 0, 150, -2]), id="quantity without a product"),
        pytest.param(claims(body=[NAMES, 0, 150, 5, -1]), id="quantity 1 written out"),
        pytest.param(claims(body=[NAMES, 0, 150, 5, -2, -2]), id="two quantities"),
        pytest.param(claims(body=[NAMES, 0, 150, 5, 5]), id="a product twice"),
        pytest.param(claims(body=[NAMES, 0, 150, 5, 6, 5, -2]), id="a product again later"),
        pytest.param(claims(body=[NAMES, 0, 150, True]), id="true for an item"),
        pytest.param(claims(body=[NAMES, 0, 150, [5, 2]]), id="an item as an array"),
    ],
)
def test_a_pass_with_strange_content_is_malformed_whoever_signed_it(strange: Any) -> None:  # noqa: ANN401 - any shape
    raw = envelope.sign(cbor.encode(strange), PASS_KEY, Typ.PASS)
    assert open_pass(raw, find) is PassFault.MALFORMED


@given(st.binary(max_size=151))
def test_any_bytes_are_a_fault(raw: bytes) -> None:
    assert isinstance(open_pass(raw, find), PassFault)


@given(st.binary(max_size=60))
def test_any_payload_under_a_right_signature_is_a_fault(payload: bytes) -> None:
    assert open_pass(envelope.sign(payload, PASS_KEY, Typ.PASS), find) is PassFault.MALFORMED


@given(passes, st.data())
def test_one_changed_byte_is_a_fault(pass_: Pass, data: st.DataObject) -> None:
    raw = bytearray(sign_pass(pass_, PASS_KEY))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert isinstance(open_pass(bytes(raw), find), PassFault)


@pytest.mark.parametrize(
    "wrong",
    [
        make_pass(kid=b"else"),
        make_pass(event=EventUid(b"short event")),
        make_pass(generation=-1),
        make_pass(product=ProductNo(0)),
        make_pass(items=((ProductNo(5), 0),)),
        make_pass(items=((ProductNo(5), 1), (ProductNo(5), 1))),
        make_pass(expires_s=2**41),
    ],
    ids=["other key", "event", "generation", "product", "quantity 0", "product twice", "time"],
)
def test_what_gates_would_refuse_is_not_signed(wrong: Pass) -> None:
    with pytest.raises(InvariantError):
        sign_pass(wrong, PASS_KEY)


def test_a_key_without_an_event_opens_any_events_pass() -> None:
    """For who checks passes of a key he was given, without a key list."""
    plain = VerifyKey(PASS_KEY.kid, PASS_KEY.verify_key.raw)
    assert open_pass(sign_pass(make_pass(), PASS_KEY), {plain.kid: plain}.get) == make_pass()
