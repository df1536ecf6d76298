"""Device certificates: the scribe's word that a key is a device of this event."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, envelope
from common.certificates import CertificateFault, DeviceCertificate, issue_certificate, open_certificate
from common.envelope import EnvelopeFault, Typ
from common.errors import InvariantError
from common.keys import KeyRing, KeyUse
from common.signing import VerifyKey, device_id
from tests.support.signed_things import (
    DEVICE,
    EVENT,
    NOW_S,
    OTHER_EVENT,
    PASS_KEY,
    SCRIBE,
    entry_of,
    make_key_list,
)

RING = KeyRing(make_key_list())
PUBLIC = DEVICE.verify_key.raw
COSE_KEY = {1: 1, -1: 6, -2: PUBLIC}


def claims(**changes: Any) -> dict[int, Any]:  # noqa: ANN401 - any value of any claim
    """Right claims, exchanged by name; "away" takes one away."""
    found = {
        2: changes.get("sub", DEVICE.kid.hex()),
        6: changes.get("iat", NOW_S),
        8: changes.get("cnf", {1: COSE_KEY}),
        -70001: changes.get("body", [EVENT, "Gate 1"]),
    } | changes.get("more", {})
    return {label: value for label, value in found.items() if value != "away"}


def signed(payload: Any) -> bytes:  # noqa: ANN401 - any shape
    """Any claims under the scribe's signature."""
    return envelope.sign(cbor.encode(payload), SCRIBE, Typ.CERTIFICATE)


@pytest.mark.parametrize("expires_s", [None, NOW_S + 60])
def test_a_certificate_comes_back(expires_s: int | None) -> None:
    raw = issue_certificate(SCRIBE, EVENT, PUBLIC, "Gate 1, left", NOW_S, expires_s)
    expected = DeviceCertificate(
        EVENT, device_id(PUBLIC), VerifyKey.of_device(PUBLIC), "Gate 1, left", NOW_S, expires_s
    )
    assert open_certificate(raw, RING) == expected


def test_it_is_a_cwt_as_others_read_it() -> None:
    """Subject as text (RFC 8392), key under cnf 8 / COSE_Key 1 (RFC 8747)."""
    payload = cbor2.loads(cbor2.loads(issue_certificate(SCRIBE, EVENT, PUBLIC, "Gate 1", NOW_S))[2])
    assert payload == claims()


def test_a_certificate_expires_at_its_second() -> None:
    opened = open_certificate(issue_certificate(SCRIBE, EVENT, PUBLIC, "Gate 1", NOW_S, NOW_S + 60), RING)
    assert isinstance(opened, DeviceCertificate)
    assert [opened.has_expired(NOW_S + 59), opened.has_expired(NOW_S + 60)] == [False, True]


def test_a_certificate_without_expiry_never_expires() -> None:
    opened = open_certificate(issue_certificate(SCRIBE, EVENT, PUBLIC, "Gate 1", NOW_S), RING)
    assert isinstance(opened, DeviceCertificate)
    assert not opened.has_expired(2**40)


def test_only_a_scribe_in_force_certifies() -> None:
    raw = issue_certificate(SCRIBE, EVENT, PUBLIC, "Gate 1", NOW_S)
    withdrawn = KeyRing(make_key_list(keys=(entry_of(KeyUse.SCRIBE, SCRIBE, withdrawn_at_s=NOW_S),)))
    assert open_certificate(raw, withdrawn) is EnvelopeFault.UNKNOWN_KEY
    by_pass_key = issue_certificate(PASS_KEY, EVENT, PUBLIC, "Gate 1", NOW_S)
    assert open_certificate(by_pass_key, RING) is EnvelopeFault.UNKNOWN_KEY
    forged = issue_certificate(PASS_KEY.with_kid(SCRIBE.kid), EVENT, PUBLIC, "Gate 1", NOW_S)
    assert open_certificate(forged, RING) is EnvelopeFault.BAD_SIGNATURE


def test_a_certificate_of_another_event_is_told_apart() -> None:
    raw = issue_certificate(SCRIBE, OTHER_EVENT, PUBLIC, "Gate 1", NOW_S)
    assert open_certificate(raw, RING) is CertificateFault.WRONG_EVENT


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param([], id="no map"),
        pytest.param(claims(sub="00" * 16), id="another device's name"),
        pytest.param(claims(sub=bytes(DEVICE.kid)), id="subject as bytes"),
        pytest.param(claims(sub=DEVICE.kid.hex().upper()), id="subject in capitals"),
        pytest.param(claims(iat="away"), id="no time of issue"),
        pytest.param(claims(more={4: None}), id="null expiry"),
        pytest.param(claims(cnf={}), id="no key"),
        pytest.param(claims(cnf={1: COSE_KEY, 3: b"kid"}), id="a second way to confirm"),
        pytest.param(claims(cnf={1: COSE_KEY | {3: -8}}), id="a parameter more"),
        pytest.param(claims(cnf={1: COSE_KEY | {1: True}}), id="true for key type 1"),
        pytest.param(claims(cnf={1: {1: 1, -1: 4, -2: PUBLIC}}), id="key of another curve"),
        pytest.param(claims(cnf={1: {1: 1, -1: 6, -2: PUBLIC[:-1]}}), id="short key"),
        pytest.param(
            claims(sub=device_id(bytes(32)).hex(), cnf={1: COSE_KEY | {-2: bytes(32)}}), id="key of small order"
        ),
        pytest.param(claims(body=[EVENT, ""]), id="no name"),
        pytest.param(claims(body=[EVENT, "x" * 61]), id="long name"),
        pytest.param(claims(body=[EVENT, "a\nb"]), id="line break in a name"),
        pytest.param(claims(body=[b"ev", "Gate 1"]), id="short event"),
        pytest.param(claims(more={3: "audience"}), id="a claim more"),
    ],
)
def test_strange_content_is_malformed_whoever_signed_it(strange: Any) -> None:  # noqa: ANN401 - any shape
    assert open_certificate(signed(strange), RING) is CertificateFault.MALFORMED


@given(st.binary(max_size=300))
def test_any_bytes_are_a_fault(raw: bytes) -> None:
    assert isinstance(open_certificate(raw, RING), EnvelopeFault)
    assert open_certificate(envelope.sign(raw, SCRIBE, Typ.CERTIFICATE), RING) is CertificateFault.MALFORMED


@given(st.text(max_size=70))
def test_a_name_is_certified_or_refused_at_once(name: str) -> None:
    try:
        raw = issue_certificate(SCRIBE, EVENT, PUBLIC, name, NOW_S)
    except InvariantError:
        assert not (1 <= len(name) <= 60 and name.isprintable())
    else:
        opened = open_certificate(raw, RING)
        assert isinstance(opened, DeviceCertificate)
        assert opened.name == name
