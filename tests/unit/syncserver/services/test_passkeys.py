"""Whom passkeys are for, and that no bytes whatever break what reads their answers."""

from __future__ import annotations

import json

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.passkeys import BadAnswer, RelyingParty, check_made, parse_made, parse_signed, relying_party
from tests.support.soft_passkeys import SoftDevice, answer, raw

PARTY = RelyingParty("localhost", "http://localhost")


@pytest.mark.parametrize(
    ("url", "party"),
    [
        ("https://tickets.example.org", ("tickets.example.org", "https://tickets.example.org")),
        ("https://Tickets.Example.org:443/shop", ("tickets.example.org", "https://tickets.example.org")),
        ("https://tickets.example.org:8443", ("tickets.example.org", "https://tickets.example.org:8443")),
        ("https://lístky.example", ("xn--lstky-zsa.example", "https://xn--lstky-zsa.example")),
        ("http://127.0.0.1:8080", ("localhost", "http://localhost:8080")),
        ("http://[::1]:8080", ("localhost", "http://localhost:8080")),
        ("http://localhost", ("localhost", "http://localhost")),
        ("http://tickets.example.org", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]", None),
        ("https://intranet", None),
        ("https://a_b.example.org", None),
    ],
)
def test_passkeys_are_for_the_host_of_the_public_address(url: str, party: tuple[str, str] | None) -> None:
    found = relying_party(url)
    assert (None if found is None else (found.id, found.origin)) == party


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "response", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(st.text(max_size=200) | JSON.map(json.dumps) | st.binary(max_size=200).map(lambda one: one.decode("latin-1")))
def test_whatever_is_sent_for_an_answer_is_refused_by_one_name(text: str) -> None:
    for parse in (parse_made, parse_signed):
        with pytest.raises(BadAnswer):
            parse(text)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_bytes_an_answer_has_they_are_refused_by_one_name(client: bytes, attested: bytes) -> None:
    with pytest.raises(BadAnswer):
        parse_made(answer(b"id", clientDataJSON=client, attestationObject=attested))
    with pytest.raises(BadAnswer):
        parse_signed(answer(b"id", clientDataJSON=client, authenticatorData=attested, signature=b""))


def made(key: bytes | None = None, fmt: str = "none") -> str:
    """A device's answer; `key`: another public key in it, `fmt`: the kind of attestation it claims."""
    whole = json.loads(SoftDevice().make({"challenge": "AAAA", "user": {"id": "AAAA"}}))
    attested = cbor2.loads(raw(whole["response"]["attestationObject"]))
    data = attested["authData"] if key is None else attested["authData"][: 37 + 16 + 2 + 16] + key
    other = cbor2.dumps(
        {"fmt": fmt, "attStmt": {} if fmt == "none" else {"x5c": [b"no certificate"]}, "authData": data}
    )
    client = raw(whole["response"]["clientDataJSON"])
    return answer(raw(whole["id"]), clientDataJSON=client, attestationObject=other)


@pytest.mark.parametrize("fmt", ["none", "packed", "tpm", "android-safetynet", "apple", "of tomorrow"])
def test_what_a_device_says_of_its_maker_is_not_read(fmt: str) -> None:
    assert len(check_made(PARTY, parse_made(made(fmt=fmt))).credential_id) == 16


@pytest.mark.parametrize(
    "bytes_of_key",
    [
        b"",
        b"\x04" + bytes(64),
        cbor2.dumps("no key"),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}),
        cbor2.dumps({1: 2, 3: -7, -1: 1, -2: "x", -3: 5}),
        cbor2.dumps({1: 3, 3: -257, -1: b"\x01", -2: b"\x01"}),
        cbor2.dumps({1: 3, 3: -257, -1: b"\xff" * 2000, -2: b"\x01\x00\x01"}),
        cbor2.dumps({1: 1, 3: -8, -1: 6, -2: b"short"}),
        cbor2.dumps({1: 2, 3: -7, -1: 99, -2: bytes(32), -3: bytes(32)}),
        cbor2.dumps({1: 99, 3: -7}),
        b"\x9f" * 3000,
    ],
    ids=["none", "a bare point", "a text", "off the curve", "texts", "RSA of one bit", "RSA of 16,000 bits",
         "short", "no such curve", "no such kind", "nested"],
)  # fmt: skip
def test_a_key_nobody_can_use_is_not_kept(bytes_of_key: bytes) -> None:
    with pytest.raises(BadAnswer):
        check_made(PARTY, parse_made(made(bytes_of_key)))
