"""The key list the root signs, and the ring made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, envelope
from common.envelope import EnvelopeFault, Typ
from common.errors import InvariantError
from common.keys import (
    KEYS_MAX,
    KeyListFault,
    KeyRing,
    KeyUse,
    key_entry,
    open_key_list,
    root_thumbprint,
    sign_key_list,
)
from common.sealing import new_seal_key, seal_public
from common.signing import thumbprint
from tests.support.signed_things import (
    EVENT,
    NOW_S,
    ONLINE,
    OTHER_EVENT,
    OTHER_PASS_KEY,
    PASS_KEY,
    ROOT,
    SCRIBE,
    entry_of,
    make_key_list,
)


def signed_by_root(payload: Any) -> bytes:  # noqa: ANN401 - any shape at all
    """A key list with any content under the right signature."""
    return envelope.sign(cbor.encode(payload), ROOT, Typ.KEY_LIST)


def row(**changes: Any) -> list[Any]:  # noqa: ANN401 - any value of any field
    """A right row, with fields exchanged by name."""
    fields = {
        "kid": PASS_KEY.kid,
        "use": "pass",
        "public": PASS_KEY.verify_key.raw,
        "not_before_s": 0,
        "withdrawn_at_s": None,
        "event": EVENT,
        "is_test": False,
    }
    return list((fields | changes).values())


def test_a_signed_list_comes_back() -> None:
    key_list = make_key_list()
    assert open_key_list(sign_key_list(key_list, ROOT), ROOT.verify_key) == key_list


def test_a_list_of_another_root_is_refused() -> None:
    raw = sign_key_list(make_key_list(), SCRIBE)
    assert open_key_list(raw, ROOT.verify_key) is EnvelopeFault.UNKNOWN_KEY
    forged = sign_key_list(make_key_list(), SCRIBE.with_kid(ROOT.kid))
    assert open_key_list(forged, ROOT.verify_key) is EnvelopeFault.BAD_SIGNATURE


def test_the_rows_used_by_the_refusals_below_are_right_when_unchanged() -> None:
    assert open_key_list(signed_by_root([1, EVENT, NOW_S, [row()]]), ROOT.verify_key) == make_key_list(
        keys=(entry_of(KeyUse.PASS, PASS_KEY),)
    )


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param([], id="empty"),
        pytest.param({}, id="a map"),
        pytest.param([1, EVENT, NOW_S, [], 0], id="one value too many"),
        pytest.param([-1, EVENT, NOW_S, []], id="negative version"),
        pytest.param([True, EVENT, NOW_S, []], id="true for a version"),
        pytest.param([1, EVENT + b"x", NOW_S, []], id="event of five bytes"),
        pytest.param([1, EVENT, 2**41, []], id="time beyond limits"),
        pytest.param([1, EVENT, NOW_S, [row(kid=b"none")]], id="kid is not the thumbprint"),
        pytest.param([1, EVENT, NOW_S, [row(use="root")]], id="the root lists itself"),
        pytest.param([1, EVENT, NOW_S, [row(use="code")]], id="a secret in the list"),
        pytest.param([1, EVENT, NOW_S, [row(use="unknown")]], id="unknown use"),
        pytest.param([1, EVENT, NOW_S, [row(public=b"short")]], id="short key"),
        pytest.param(
            [1, EVENT, NOW_S, [row(kid=thumbprint(bytes(32))[:4], public=bytes(32))]], id="key of small order"
        ),
        pytest.param([1, EVENT, NOW_S, [row(not_before_s=-1)]], id="negative time"),
        pytest.param([1, EVENT, NOW_S, [row(withdrawn_at_s=-1)]], id="withdrawn before 1970"),
        pytest.param([1, EVENT, NOW_S, [row(withdrawn_at_s=False)]], id="false for a time"),
        pytest.param([1, EVENT, NOW_S, [row(event=b"")]], id="row without event"),
        pytest.param([1, EVENT, NOW_S, [row(is_test=0)]], id="0 for false"),
        pytest.param([1, EVENT, NOW_S, [row()[:-1]]], id="row cut off"),
        pytest.param([1, EVENT, NOW_S, [row(), row()]], id="one key twice"),
        pytest.param([1, EVENT, NOW_S, [7]], id="row of another type"),
    ],
)
def test_a_list_with_strange_content_is_malformed_whoever_signed_it(payload: Any) -> None:  # noqa: ANN401 - any shape
    assert open_key_list(signed_by_root(payload), ROOT.verify_key) is KeyListFault.MALFORMED


@given(st.binary(max_size=120))
def test_any_payload_under_a_right_signature_is_a_list_or_a_fault(payload: bytes) -> None:
    opened = open_key_list(envelope.sign(payload, ROOT, Typ.KEY_LIST), ROOT.verify_key)
    assert opened is KeyListFault.MALFORMED


def test_what_devices_would_refuse_is_not_signed() -> None:
    wrong = replace(entry_of(KeyUse.PASS, PASS_KEY), kid=b"none")
    with pytest.raises(InvariantError):
        sign_key_list(make_key_list(keys=(wrong,)), ROOT)


def test_the_largest_list_fits_its_envelope() -> None:
    keys = tuple(
        key_entry(KeyUse.SEAL, seal_public(new_seal_key()), EVENT, withdrawn_at_s=NOW_S) for _ in range(KEYS_MAX)
    )
    key_list = make_key_list(keys=keys)
    assert open_key_list(sign_key_list(key_list, ROOT), ROOT.verify_key) == key_list


def test_a_ring_finds_keys_by_use_and_id() -> None:
    ring = KeyRing(make_key_list())
    found = ring.find(KeyUse.PASS, PASS_KEY.kid)
    assert found is not None
    assert (found.raw, found.event) == (PASS_KEY.verify_key.raw, EVENT)
    assert ring.find(KeyUse.BADGE, PASS_KEY.kid) is None
    assert ring.find(KeyUse.PASS, b"none") is None
    assert ring.finder(KeyUse.ONLINE)(ONLINE.kid) is not None


def test_other_events_pass_keys_are_found_as_what_they_are() -> None:
    ring = KeyRing(make_key_list())
    entry = ring.entry(KeyUse.PASS, OTHER_PASS_KEY.kid)
    assert entry is not None
    assert (entry.event_uid, entry.is_test) == (OTHER_EVENT, True)
    assert ring.find(KeyUse.PASS, OTHER_PASS_KEY.kid) is not None
    assert ring.own_finder(KeyUse.PASS)(OTHER_PASS_KEY.kid) is None


def test_a_withdrawn_key_is_found_but_no_longer_trusted_for_new_things() -> None:
    ring = KeyRing(make_key_list(keys=(entry_of(KeyUse.SCRIBE, SCRIBE, withdrawn_at_s=NOW_S),)))
    assert ring.find(KeyUse.SCRIBE, SCRIBE.kid) is not None
    assert ring.own_finder(KeyUse.SCRIBE)(SCRIBE.kid) is None
    assert ring.entries_of(KeyUse.SCRIBE) == ()


def test_of_one_key_listed_for_two_events_the_own_row_counts() -> None:
    own, other = entry_of(KeyUse.PASS, PASS_KEY), entry_of(KeyUse.PASS, PASS_KEY, event_uid=OTHER_EVENT)
    for keys in ((own, other), (other, own)):
        assert KeyRing(make_key_list(keys=keys)).entry(KeyUse.PASS, PASS_KEY.kid) == own


def test_the_seal_key_of_the_server_is_listed_by_its_own_curve() -> None:
    public = seal_public(new_seal_key())
    entry = key_entry(KeyUse.SEAL, public, EVENT)
    assert entry.kid == thumbprint(public, 4)[:4]
    ring = KeyRing(make_key_list(keys=(entry,)))
    assert ring.entries_of(KeyUse.SEAL) == (entry,)
    assert ring.find(KeyUse.SEAL, entry.kid) is None, "a sealing key verifies nothing"


def test_the_roots_thumbprint_has_all_32_bytes() -> None:
    assert root_thumbprint(ROOT.verify_key)[:4] == ROOT.kid
    assert len(root_thumbprint(ROOT.verify_key)) == 32
