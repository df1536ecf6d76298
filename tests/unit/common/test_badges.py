"""Staff badges: signed tokens, and the key that badge and PIN make together."""

from __future__ import annotations

from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from common import badges, cbor, envelope
from common.badges import (
    Badge,
    BadgeFault,
    Role,
    badge_id,
    badge_public,
    is_badge_name,
    new_badge_secret,
    open_badge,
    open_role_key,
    seal_role_key,
    sign_badge,
    sorted_roles,
)
from common.decimal_text import from_decimal, to_decimal
from common.envelope import EnvelopeFault, Typ
from common.errors import BadInput, InvariantError
from common.keys import KeyRing, KeyUse
from tests.support.signed_things import (
    BADGE_KEY,
    EVENT,
    NOW_S,
    OTHER_EVENT,
    PASS_KEY,
    make_badge,
    make_key_list,
)

find = KeyRing(make_key_list()).own_finder(KeyUse.BADGE)
PIN = "481516"
ROLE_KEY = bytes(range(32))

signable = st.builds(
    Badge,
    event=st.just(EVENT),
    name=st.text(max_size=24).filter(is_badge_name),
    roles=st.sets(st.sampled_from(Role), min_size=1).map(sorted_roles),
    secret=st.binary(min_size=16, max_size=16),
    expires_s=st.integers(0, 2**32 - 1),
)


@pytest.fixture
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least argon2id takes, for claims that are not about its cost."""
    monkeypatch.setattr(badges, "ARGON2_MEMORY_KIB", 8 * badges.ARGON2_LANES)
    monkeypatch.setattr(badges, "ARGON2_PASSES", 1)


@given(signable)
def test_a_badge_comes_back_from_its_decimal_text(badge: Badge) -> None:
    raw = from_decimal(to_decimal(sign_badge(badge, BADGE_KEY)))
    assert isinstance(raw, bytes)
    assert open_badge(raw, EVENT, find) == badge


def test_the_largest_badge_just_fits_its_code() -> None:
    raw = sign_badge(make_badge(name="ř" * 15 + "x", roles=tuple(Role), expires_s=2**32 - 1), BADGE_KEY)
    assert len(raw) == 151


@pytest.mark.parametrize("name", ["", "x" * 25, "ř" * 16, "a\nb", "a\u202eb", "\ud800"])
def test_names_that_do_not_fit_are_told_before(name: str) -> None:
    assert not is_badge_name(name)


def test_a_badge_expires_at_its_second() -> None:
    badge = make_badge(expires_s=NOW_S)
    assert [badge.has_expired(NOW_S - 1), badge.has_expired(NOW_S)] == [False, True]


def test_the_public_name_of_a_badge_follows_from_its_secret_only() -> None:
    badge, other = make_badge(), make_badge(name="Somebody else")
    assert badge.badge == other.badge == badge_id(badge.secret)
    assert len(badge.badge) == 8
    assert badge_id(new_badge_secret()) != badge_id(new_badge_secret())


def test_only_a_badge_key_of_this_event_makes_badges() -> None:
    assert open_badge(sign_badge(make_badge(), PASS_KEY), EVENT, find) is EnvelopeFault.UNKNOWN_KEY
    forged = sign_badge(make_badge(), PASS_KEY.with_kid(BADGE_KEY.kid))
    assert open_badge(forged, EVENT, find) is EnvelopeFault.BAD_SIGNATURE
    other = sign_badge(make_badge(event=OTHER_EVENT), BADGE_KEY)
    assert open_badge(other, EVENT, find) is BadgeFault.WRONG_EVENT
    a_pass = envelope.sign(cbor.encode({4: 1}), BADGE_KEY, Typ.PASS)
    assert open_badge(a_pass, EVENT, find) is EnvelopeFault.WRONG_TYPE


NAMES = EVENT + bytes(16)


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param([], id="no map"),
        pytest.param({-70001: [NAMES, "Jana", 1]}, id="no expiry"),
        pytest.param({4: True, -70001: [NAMES, "Jana", 1]}, id="true expiry"),
        pytest.param({4: NOW_S, 6: NOW_S, -70001: [NAMES, "Jana", 1]}, id="a claim more"),
        pytest.param({4: NOW_S, -70001: [NAMES, "Jana"]}, id="no roles"),
        pytest.param({4: NOW_S, -70001: [NAMES, "Jana", 0]}, id="no role"),
        pytest.param({4: NOW_S, -70001: [NAMES, "Jana", 64]}, id="unknown role"),
        pytest.param({4: NOW_S, -70001: [NAMES, "Jana", True]}, id="true for roles"),
        pytest.param({4: NOW_S, -70001: [NAMES[1:], "Jana", 1]}, id="short secret"),
        pytest.param({4: NOW_S, -70001: [NAMES, "", 1]}, id="no name"),
        pytest.param({4: NOW_S, -70001: [NAMES, "Jana", 1, 1]}, id="a value more"),
    ],
)
def test_strange_content_is_malformed_whoever_signed_it(strange: Any) -> None:  # noqa: ANN401 - any shape
    raw = envelope.sign(cbor.encode(strange), BADGE_KEY, Typ.BADGE)
    assert open_badge(raw, EVENT, find) is BadgeFault.MALFORMED


@given(st.binary(max_size=151))
def test_any_bytes_are_a_fault(raw: bytes) -> None:
    assert isinstance(open_badge(raw, EVENT, find), EnvelopeFault)
    if len(raw) <= 60:
        assert open_badge(envelope.sign(raw, BADGE_KEY, Typ.BADGE), EVENT, find) is BadgeFault.MALFORMED


@pytest.mark.parametrize(
    "badge",
    [
        make_badge(roles=()),
        make_badge(roles=(Role.ADMIN, Role.HOSTESS)),
        make_badge(name="x" * 25),
        make_badge(expires_s=-1),
    ],
    ids=["no role", "roles out of order", "long name", "time"],
)
def test_what_kiosks_would_refuse_is_not_signed(badge: Badge) -> None:
    with pytest.raises(InvariantError):
        sign_badge(badge, BADGE_KEY)


def test_the_key_is_argon2id_of_pin_and_secret_at_the_documented_cost() -> None:
    """Second choice of RFC 9106 section 4: three passes over 64 MiB in four lanes."""
    private = hash_secret_raw(PIN.encode(), make_badge().secret, 3, 65_536, 4, 32, Type.ID)
    expected = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    assert badge_public(make_badge().secret, PIN) == expected


@pytest.mark.usefixtures("cheap_argon2")
def test_badge_and_pin_together_open_the_roles_key_and_nothing_else_does() -> None:
    badge = make_badge(roles=(Role.HOSTESS, Role.SUPERVISOR))
    sealed = seal_role_key(badge_public(badge.secret, PIN), ROLE_KEY, EVENT, badge.badge, Role.SUPERVISOR)
    assert open_role_key(sealed, badge, PIN, Role.SUPERVISOR) == ROLE_KEY
    assert open_role_key(sealed, badge, "481517", Role.SUPERVISOR) is None
    assert open_role_key(sealed, badge, "0481516", Role.SUPERVISOR) is None
    assert open_role_key(sealed, badge, PIN, Role.HOSTESS) is None
    assert open_role_key(sealed, make_badge(secret=bytes(16)), PIN, Role.SUPERVISOR) is None
    assert open_role_key(sealed, make_badge(event=OTHER_EVENT), PIN, Role.SUPERVISOR) is None
    assert open_role_key(sealed[:-1], badge, PIN, Role.SUPERVISOR) is None


@pytest.mark.parametrize("pin", ["", "12345", "1234567890123", "12345a", "١٢٣٤٥٦", "123 456", "-12345"])
def test_a_pin_is_six_to_twelve_digits(pin: str) -> None:
    with pytest.raises(BadInput, match="6 to 12 digits"):
        badge_public(bytes(16), pin)


@settings(max_examples=20)
@given(st.binary(max_size=120))
def test_any_sealed_bytes_open_to_nothing(sealed: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(badges, "ARGON2_MEMORY_KIB", 8 * badges.ARGON2_LANES)
        patch.setattr(badges, "ARGON2_PASSES", 1)
        assert open_role_key(sealed, make_badge(), PIN, Role.HOSTESS) is None


def test_a_role_key_of_another_size_is_not_sealed() -> None:
    with pytest.raises(InvariantError):
        seal_role_key(bytes(32), b"short", EVENT, make_badge().badge, Role.HOSTESS)
