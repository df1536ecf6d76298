"""The envelope: one strict verifier, a reason for every byte string."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from common.envelope import (
    ENVELOPE_BYTES_MAX,
    EnvelopeFault,
    Signed,
    Typ,
    digest,
    frame_bytes,
    open_unverified,
    sign,
    typ_of,
    verify,
)
from common.errors import InvariantError
from common.signing import SigningKey, VerifyKey
from tests.support.signed_things import PASS_KEY, SCRIBE

KEY = PASS_KEY
PAYLOAD = b"any payload"


def find(kid: bytes) -> VerifyKey | None:
    """Knows one key."""
    return KEY.verify_key if kid == KEY.kid else None


def by_hand(
    header: dict[Any, Any] | bytes | None = None,
    unprotected: object = None,
    payload: object = PAYLOAD,
    context: str = "Signature1",
    external: bytes = b"",
    key: SigningKey = KEY,
) -> bytes:
    """A COSE_Sign1 built with the library alone, right where nothing else is asked for."""
    header = {1: -8, 4: KEY.kid, 16: 1} if header is None else header
    protected = header if isinstance(header, bytes) else cbor2.dumps(header)
    signature = key.private.sign(cbor2.dumps([context, protected, external, payload]))
    return cbor2.dumps([protected, {} if unprotected is None else unprotected, payload, signature])


def test_the_envelope_is_the_one_of_the_standard() -> None:
    """Sig_structure of RFC 9052 section 4.4 written out byte by byte, signed without our code."""
    protected = bytes.fromhex("a3 01 27 04 44") + KEY.kid + bytes.fromhex("10 01")
    head = b"\x84\x6aSignature1" + bytes([0x40 + len(protected)]) + protected + b"\x40"
    signature = Ed25519PrivateKey.from_private_bytes(KEY.seed()).sign(head + b"\x4bany payload")
    by_the_book = b"\x84" + bytes([0x40 + len(protected)]) + protected + b"\xa0\x4bany payload\x58\x40" + signature
    assert sign(PAYLOAD, KEY, Typ.PASS) == by_the_book == by_hand()


def test_what_was_signed_verifies_and_tells_its_parts() -> None:
    raw = sign(PAYLOAD, KEY, Typ.PASS)
    assert verify(raw, Typ.PASS, find) == Signed(KEY.kid, Typ.PASS, PAYLOAD, raw)
    assert open_unverified(raw, Typ.PASS) == Signed(KEY.kid, Typ.PASS, PAYLOAD, raw)
    assert typ_of(raw) is Typ.PASS


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param(b"", EnvelopeFault.NOT_CBOR, id="nothing"),
        pytest.param(b"\x84", EnvelopeFault.NOT_CBOR, id="cut off"),
        pytest.param(b"\x00" * (ENVELOPE_BYTES_MAX + 1), EnvelopeFault.TOO_LARGE, id="too large"),
        pytest.param(by_hand() + b"\x00", EnvelopeFault.TRAILING_BYTES, id="trailing byte"),
        pytest.param(b"\xd2" + by_hand(), EnvelopeFault.NOT_COSE, id="tagged"),
        pytest.param(b"\x98\x04" + by_hand()[1:], EnvelopeFault.NOT_DETERMINISTIC, id="long array head"),
        pytest.param(cbor2.dumps([1, 2, 3]), EnvelopeFault.NOT_COSE, id="three parts"),
        pytest.param(cbor2.dumps({1: 2}), EnvelopeFault.NOT_COSE, id="a map"),
        pytest.param(by_hand(payload=None), EnvelopeFault.NOT_COSE, id="detached payload"),
        pytest.param(by_hand(payload="text"), EnvelopeFault.NOT_COSE, id="payload of text"),
        pytest.param(by_hand(unprotected=[]), EnvelopeFault.NOT_COSE, id="unprotected is an array"),
        pytest.param(by_hand(unprotected={4: b"k"}), EnvelopeFault.UNPROTECTED_HEADER, id="unprotected key id"),
        pytest.param(by_hand(header=b""), EnvelopeFault.NOT_COSE, id="empty protected header"),
        pytest.param(by_hand(header=b"\x80"), EnvelopeFault.NOT_COSE, id="protected header is an array"),
        pytest.param(by_hand(header=b"\xa1\x18\x01\x27"), EnvelopeFault.NOT_DETERMINISTIC, id="long header number"),
        pytest.param(by_hand(header=b"\xa0\x00"), EnvelopeFault.TRAILING_BYTES, id="trailing in header"),
        pytest.param(by_hand(header={1: -7, 4: KEY.kid, 16: 1}), EnvelopeFault.WRONG_ALGORITHM, id="ES256"),
        pytest.param(by_hand(header={1: "EdDSA", 4: KEY.kid, 16: 1}), EnvelopeFault.WRONG_ALGORITHM, id="alg by name"),
        pytest.param(by_hand(header={4: KEY.kid, 16: 1}), EnvelopeFault.WRONG_ALGORITHM, id="no algorithm"),
        pytest.param(by_hand(header={1: -8, 2: [4], 4: KEY.kid, 16: 1}), EnvelopeFault.UNKNOWN_HEADER, id="crit"),
        pytest.param(by_hand(header={1: -8, 4: KEY.kid, 16: 1, "x": 1}), EnvelopeFault.UNKNOWN_HEADER, id="text label"),
        pytest.param(by_hand(header={1: -8, 16: 1}), EnvelopeFault.NOT_COSE, id="no key id"),
        pytest.param(by_hand(header={1: -8, 4: b"", 16: 1}), EnvelopeFault.NOT_COSE, id="empty key id"),
        pytest.param(by_hand(header={1: -8, 4: b"k" * 17, 16: 1}), EnvelopeFault.NOT_COSE, id="key id of 17 bytes"),
        pytest.param(by_hand(header={1: -8, 4: "k", 16: 1}), EnvelopeFault.NOT_COSE, id="key id of text"),
        pytest.param(by_hand(header={1: -8, 4: KEY.kid}), EnvelopeFault.WRONG_TYPE, id="no type"),
        pytest.param(by_hand(header={1: -8, 4: KEY.kid, 16: 2}), EnvelopeFault.WRONG_TYPE, id="another type"),
        pytest.param(by_hand(header={1: -8, 4: KEY.kid, 16: True}), EnvelopeFault.WRONG_TYPE, id="true for type 1"),
        pytest.param(by_hand(header={1: -8, 4: b"who?", 16: 1}), EnvelopeFault.UNKNOWN_KEY, id="unknown key"),
        pytest.param(by_hand(key=SCRIBE), EnvelopeFault.BAD_SIGNATURE, id="signed by another key"),
        pytest.param(by_hand(context="Signature"), EnvelopeFault.BAD_SIGNATURE, id="another context"),
        pytest.param(by_hand(external=b"x"), EnvelopeFault.BAD_SIGNATURE, id="external data"),
        pytest.param(by_hand()[:-1] + b"\x00", EnvelopeFault.BAD_SIGNATURE, id="last byte changed"),
        pytest.param(by_hand()[:-66] + b"\x58\x3f" + by_hand()[-63:], EnvelopeFault.NOT_COSE, id="short signature"),
    ],
)
def test_each_refusal_has_its_reason(raw: bytes, fault: EnvelopeFault) -> None:
    assert verify(raw, Typ.PASS, find) is fault


def test_an_envelope_with_a_type_is_none_without() -> None:
    assert verify(sign(PAYLOAD, KEY, Typ.PASS), None, find) is EnvelopeFault.WRONG_TYPE


@given(st.binary(max_size=200))
def test_any_bytes_give_a_fault(raw: bytes) -> None:
    assert isinstance(verify(raw, Typ.PASS, find), EnvelopeFault)
    open_unverified(raw, Typ.PASS)
    typ_of(raw)


@given(st.data())
def test_any_change_of_a_valid_envelope_is_a_fault(data: st.DataObject) -> None:
    raw = bytearray(sign(PAYLOAD, KEY, Typ.PASS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        change = data.draw(st.sampled_from(["flip", "drop", "insert"]))
        if change == "flip":
            raw[at] ^= data.draw(st.integers(1, 255))
        elif change == "drop":
            del raw[at]
        else:
            raw.insert(at, data.draw(st.integers(0, 255)))
    if bytes(raw) != sign(PAYLOAD, KEY, Typ.PASS):
        assert isinstance(verify(bytes(raw), Typ.PASS, find), EnvelopeFault)


nested = st.recursive(
    st.none() | st.integers(-9, 20) | st.binary(max_size=70) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-2, 17), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(nested, min_size=4, max_size=4), nested)
def test_any_well_formed_four_parts_give_a_fault(parts: list[Any], header: object) -> None:
    assert isinstance(verify(cbor2.dumps(parts), Typ.PASS, find), EnvelopeFault)
    parts[0], parts[1] = cbor2.dumps(header), {}
    assert isinstance(verify(cbor2.dumps(parts), Typ.PASS, find), EnvelopeFault)


@given(st.binary(max_size=300), st.sampled_from([*Typ, None]))
def test_every_payload_and_type_comes_back(payload: bytes, typ: Typ | None) -> None:
    signed = verify(sign(payload, KEY, typ), typ, find)
    assert isinstance(signed, Signed)
    assert (signed.payload, signed.typ) == (payload, typ)


@pytest.mark.parametrize("size", [24, 100, 255])
def test_the_frame_is_as_large_as_said(size: int) -> None:
    assert len(sign(bytes(size), KEY, Typ.PASS)) == size + frame_bytes(KEY.kid, Typ.PASS) == size + 82


def test_what_could_not_be_read_is_not_signed() -> None:
    with pytest.raises(InvariantError, match="at most 65536"):
        sign(bytes(ENVELOPE_BYTES_MAX), KEY, Typ.PASS)


def test_a_digest_is_the_first_half_of_sha_256() -> None:
    assert digest(b"abc") == hashlib.sha256(b"abc").digest()[:16]


@pytest.fixture(scope="module")
def cose_vectors(shared_folder: Path) -> dict[str, Any]:
    """Vectors that two other implementations of COSE agree on."""
    return dict(json.loads((shared_folder / "ticket" / "cose_sign1_vectors.json").read_text()))


def test_the_shared_vectors_verify_and_are_made_the_same_by_us(cose_vectors: dict[str, Any]) -> None:
    assert len(cose_vectors["vectors"]) == 4
    for vector in cose_vectors["vectors"]:
        key = SigningKey.from_seed(bytes.fromhex(cose_vectors["private_key_hex"])).with_kid(
            bytes.fromhex(vector["kid_hex"])
        )
        raw, payload = bytes.fromhex(vector["cose_sign1_untagged_hex"]), bytes.fromhex(vector["payload_hex"])
        keys = {key.kid: key.verify_key}
        assert verify(raw, None, keys.get) == Signed(key.kid, None, payload, raw)
        assert sign(payload, key, None) == raw
        assert verify(bytes.fromhex(vector["cose_sign1_tagged_hex"]), None, keys.get) is EnvelopeFault.NOT_COSE


def test_the_shared_negative_vectors_are_refused_for_what_is_wrong(cose_vectors: dict[str, Any]) -> None:
    key = VerifyKey(b"\x01", bytes.fromhex(cose_vectors["public_key_hex"]))
    reasons = {
        vector["name"]: verify(bytes.fromhex(vector["cose_sign1_untagged_hex"]), None, {b"\x01": key}.get)
        for vector in cose_vectors["negative"]
    }
    assert reasons == {
        "last signature bit flipped": EnvelopeFault.BAD_SIGNATURE,
        "ticket id bit flipped": EnvelopeFault.BAD_SIGNATURE,
        "signature zeroed": EnvelopeFault.BAD_SIGNATURE,
        "alg changed to ES256 (-7) in protected header": EnvelopeFault.WRONG_ALGORITHM,
    }


def test_our_verifier_and_the_library_agree_on_the_signature() -> None:
    protected, _, payload, signature = cbor2.loads(sign(PAYLOAD, KEY, Typ.ENTRY))
    public = Ed25519PublicKey.from_public_bytes(KEY.verify_key.raw)
    public.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
