"""Sealing: only the pass, or only the server, opens what is personal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from common import sealing
from common.errors import InvariantError
from common.ids import EventUid, TicketId
from common.sealing import (
    ANSWERS,
    HPKE_OVERHEAD_BYTES,
    SEALED_BYTES_MAX,
    HolderData,
    SealedFor,
    open_holder,
    open_sealed,
    seal_holder,
    seal_public,
    seal_to,
    seal_to_server,
)
from common.ticket_code import derive_code
from tests.support.signed_things import CODE_KEY, EVENT, OTHER_EVENT, TICKET

CODE = derive_code(CODE_KEY, TICKET, 3)
HOLDER = HolderData(name="Jana Nováková", plate="1A2 3456", notes="", language="cs", attention=False)
SEALED = seal_holder(CODE, EVENT, TICKET, 3, HOLDER)
PRIVATE = bytes(range(32))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
holders = st.builds(
    HolderData, name=texts, plate=st.none() | texts, notes=texts, language=texts, attention=st.booleans()
)


@given(holders)
def test_the_pass_opens_its_holders_data(holder: HolderData) -> None:
    assert open_holder(CODE, EVENT, TICKET, 3, seal_holder(CODE, EVENT, TICKET, 3, holder)) == holder


def test_nothing_of_the_name_is_readable_and_the_same_data_seals_the_same() -> None:
    assert b"Jana" not in SEALED
    assert seal_holder(CODE, EVENT, TICKET, 3, HOLDER) == SEALED
    assert seal_holder(CODE, EVENT, TICKET, 3, replace(HOLDER, attention=True)) != SEALED


def test_no_other_pass_opens_it() -> None:
    assert open_holder(derive_code(CODE_KEY, TICKET, 2), EVENT, TICKET, 3, SEALED) is None
    assert open_holder(CODE, OTHER_EVENT, TICKET, 3, SEALED) is None
    assert open_holder(CODE, EVENT, TicketId(b"8 others"), 3, SEALED) is None
    assert open_holder(CODE, EVENT, TICKET, 4, SEALED) is None


@given(st.binary(max_size=100))
def test_any_bytes_open_to_nothing(sealed: bytes) -> None:
    assert open_holder(CODE, EVENT, TICKET, 3, sealed) is None
    assert open_sealed(PRIVATE, sealed) is None


@given(st.data())
def test_one_changed_byte_opens_to_nothing(data: st.DataObject) -> None:
    answer = seal_to_server(seal_public(PRIVATE), b"allergic to nuts")
    for sealed, opened in ((SEALED, _open), (answer, _open_answer)):
        raw = bytearray(sealed)
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
        assert opened(bytes(raw)) is None


def _open(sealed: bytes) -> object:
    return open_holder(CODE, EVENT, TICKET, 3, sealed)


def _open_answer(sealed: bytes) -> object:
    return open_sealed(PRIVATE, sealed)


def test_the_cipher_is_the_one_of_rfc_5297() -> None:
    """Appendix A.1, run through the same primitive, so that a change of library shows."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    header = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    plain = bytes.fromhex("112233445566778899aabbccddee")
    expected = bytes.fromhex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c")
    assert AESSIV(key).encrypt(plain, [header]) == expected


@pytest.mark.parametrize(
    "holder",
    [
        replace(HOLDER, name="x" * 121),
        replace(HOLDER, plate="x" * 21),
        replace(HOLDER, notes="x" * 501),
        replace(HOLDER, language="x" * 9),
    ],
    ids=["name", "plate", "notes", "language"],
)
def test_texts_over_their_limits_are_not_sealed(holder: HolderData) -> None:
    with pytest.raises(InvariantError, match="over its limit"):
        seal_holder(CODE, EVENT, TICKET, 3, holder)


def test_the_longest_texts_within_limits_are_sealed() -> None:
    holder = HolderData("ř" * 120, "Ж" * 20, "€" * 500, "x" * 8, attention=True)
    assert open_holder(CODE, EVENT, TICKET, 3, seal_holder(CODE, EVENT, TICKET, 3, holder)) == holder


@given(st.binary(max_size=200))
def test_the_server_opens_what_was_sealed_to_it(plain: bytes) -> None:
    sealed = seal_to_server(seal_public(PRIVATE), plain)
    assert len(sealed) == len(plain) + HPKE_OVERHEAD_BYTES
    assert open_sealed(PRIVATE, sealed) == plain


def test_sealing_the_same_twice_does_not_show() -> None:
    public = seal_public(PRIVATE)
    assert seal_to_server(public, b"yes") != seal_to_server(public, b"yes")


def test_what_is_sealed_for_one_purpose_does_not_open_as_another() -> None:
    sealed = seal_to(seal_public(PRIVATE), b"key", SealedFor("role hostess", b"badge"))
    assert open_sealed(PRIVATE, sealed, SealedFor("role hostess", b"badge")) == b"key"
    assert open_sealed(PRIVATE, sealed, SealedFor("role admin", b"badge")) is None
    assert open_sealed(PRIVATE, sealed, SealedFor("role hostess", b"other")) is None
    assert open_sealed(PRIVATE, sealed, ANSWERS) is None
    assert open_sealed(bytes(32), sealed, SealedFor("role hostess", b"badge")) is None


@pytest.mark.parametrize(
    "point",
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ],
)
def test_a_senders_key_of_small_order_opens_to_nothing(point: str) -> None:
    assert open_sealed(PRIVATE, bytes.fromhex(point) + bytes(40)) is None


def test_the_limit_of_sealing_is_kept() -> None:
    public = seal_public(PRIVATE)
    assert open_sealed(PRIVATE, seal_to_server(public, bytes(SEALED_BYTES_MAX))) == bytes(SEALED_BYTES_MAX)
    with pytest.raises(InvariantError):
        seal_to_server(public, bytes(SEALED_BYTES_MAX + 1))


def test_values_of_wrong_size_break_the_program() -> None:
    with pytest.raises(InvariantError):
        seal_holder(CODE, EventUid(b"long event"), TICKET, 3, HOLDER)
    with pytest.raises(InvariantError):
        open_holder(CODE, EVENT, TICKET, -1, SEALED)


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=64))
def test_our_key_derivation_is_that_of_rfc_5869(secret: bytes, info: bytes) -> None:
    expected = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=info).derive(secret)
    assert sealing._hkdf(secret, info) == expected
