"""Keys: their names, their files, and which public keys are not taken."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BadInput, InvariantError
from common.signing import (
    KEY_FILE_BYTES_MAX,
    SigningKey,
    VerifyKey,
    device_id,
    grouped_hex,
    is_sound_public_key,
    read_private_file,
    thumbprint,
    write_private_file,
)

RFC_8032_TEST_1_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_8032_TEST_1_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
RFC_8032_TEST_1_SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
KEY = SigningKey.from_seed(RFC_8032_TEST_1_SEED)


def test_the_signature_is_the_one_of_rfc_8032() -> None:
    assert KEY.verify_key.raw == RFC_8032_TEST_1_PUBLIC
    assert KEY.sign(b"") == RFC_8032_TEST_1_SIGNATURE
    assert KEY.verify_key.verify(RFC_8032_TEST_1_SIGNATURE, b"")


@given(st.binary(max_size=80), st.binary(max_size=20))
def test_any_other_signature_is_refused_without_an_exception(signature: bytes, data: bytes) -> None:
    assert not KEY.verify_key.verify(signature, data)


@given(st.binary(max_size=40), st.data())
def test_one_bit_changed_in_signature_data_or_key_is_refused(data: bytes, draw: st.DataObject) -> None:
    said = data + b"end"
    parts = [KEY.sign(said), said, KEY.verify_key.raw]
    assert KEY.verify_key.verify(parts[0], said)
    which = draw.draw(st.integers(0, 2))
    at = draw.draw(st.integers(0, 8 * len(parts[which]) - 1))
    flipped = bytearray(parts[which])
    flipped[at // 8] ^= 1 << at % 8
    parts[which] = bytes(flipped)
    assert not VerifyKey(b"kid", parts[2]).verify(parts[0], parts[1])


@given(st.binary(max_size=40))
def test_a_signature_has_no_second_spelling(data: bytes) -> None:
    """With its number S taken beyond the group's order it would hold too, and the same entry would have two digests."""
    point, number = KEY.sign(data)[:32], int.from_bytes(KEY.sign(data)[32:], "little")
    again = point + (number + ORDER).to_bytes(32, "little")
    assert not KEY.verify_key.verify(again, data)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_of_another_size_is_refused(size: int) -> None:
    shifted = (RFC_8032_TEST_1_SIGNATURE + b"data")[:size]
    assert not KEY.verify_key.verify(shifted, b"")


def test_the_thumbprint_is_the_hash_of_the_key_written_out() -> None:
    """RFC 9679: {1: 1, -1: 6, -2: x} in deterministic CBOR, here byte by byte."""
    written = bytes.fromhex("a3 01 01 20 06 21 58 20") + RFC_8032_TEST_1_PUBLIC
    expected = hashlib.sha256(written).digest()
    assert thumbprint(RFC_8032_TEST_1_PUBLIC) == expected
    assert KEY.kid == expected[:4]
    assert device_id(RFC_8032_TEST_1_PUBLIC) == KEY.as_device().kid == expected[:16]


def test_a_key_under_another_name_signs_the_same() -> None:
    for other in (KEY.as_device(), KEY.with_kid(b"\x01")):
        assert other.sign(b"x") == KEY.sign(b"x")
        assert other.verify_key == VerifyKey(other.kid, RFC_8032_TEST_1_PUBLIC)


def test_people_compare_groups_of_four() -> None:
    assert grouped_hex(bytes.fromhex("1f3a99c00b")) == "1f3a 99c0 0b"


def test_a_printed_key_does_not_show_its_secret() -> None:
    assert repr(KEY) == f"SigningKey(kid={KEY.kid!r})"


def test_a_written_key_comes_back_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    KEY.to_pem(path)
    assert SigningKey.from_pem(path) == KEY
    assert SigningKey.from_pem(path).seed() == RFC_8032_TEST_1_SEED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    KEY.to_pem(path)
    with pytest.raises(BadInput, match="exists already"):
        SigningKey.generate().to_pem(path)
    assert SigningKey.from_pem(path) == KEY


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX")
def test_a_key_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    KEY.to_pem(path)
    path.chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        SigningKey.from_pem(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (b"x" * (KEY_FILE_BYTES_MAX + 1), "larger than"),
    ],
)
def test_a_damaged_key_file_says_which_and_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "device.key"
    write_private_file(path, content)
    with pytest.raises(BadInput, match=message) as refusal:
        SigningKey.from_pem(path)
    assert str(path) in str(refusal.value)


def test_a_missing_key_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"device\.key"):
        read_private_file(tmp_path / "device.key")


@given(st.binary(max_size=300))
def test_any_content_of_a_key_file_is_a_key_or_bad_input(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("keys") / "device.key"
    write_private_file(path, content)
    with pytest.raises(BadInput):
        SigningKey.from_pem(path)


def _times_eight_is_nothing(y: int) -> bool:
    """Whether 8 P is the neutral point, by the curve's own formulas on y alone where x**2 suffices."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
    for _ in range(3):
        xy2 = x2 * y * y % PRIME
        double_y = (y * y + x2) * pow(1 - d * xy2, -1, PRIME) % PRIME
        double_x2 = 4 * xy2 * pow((1 + d * xy2) ** 2, -1, PRIME) % PRIME
        x2, y = double_x2, double_y
    return (x2, y) == (0, 1)


WEAK = [
    bytes.fromhex(key)
    for key in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
]


@pytest.mark.parametrize("weak", WEAK, ids=bytes.hex)
def test_points_of_small_order_are_no_keys(weak: bytes) -> None:
    assert _times_eight_is_nothing(int.from_bytes(weak, "little") & (2**255 - 1))
    assert not is_sound_public_key(weak)


@pytest.mark.parametrize("weak", WEAK, ids=bytes.hex)
def test_a_weak_key_verifies_nothing_even_where_it_was_let_in(weak: bytes) -> None:
    """The neutral point with S = 0 is a signature of one message in eight, or of all, under a key of small order."""
    key = VerifyKey(b"kid", weak)
    forged = (1).to_bytes(32, "little") + bytes(32)
    assert not any(key.verify(forged, bytes([number])) for number in range(32))


def test_a_key_in_a_second_spelling_is_no_key() -> None:
    assert not is_sound_public_key((PRIME + 3).to_bytes(32, "little"))
    assert not is_sound_public_key(b"\xff" * 32)
    assert not is_sound_public_key(RFC_8032_TEST_1_PUBLIC[:-1])


@given(st.binary(min_size=32, max_size=32))
def test_real_keys_are_sound(seed: bytes) -> None:
    assert is_sound_public_key(SigningKey.from_seed(seed).verify_key.raw)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_size_break_the_program(size: int) -> None:
    with pytest.raises(InvariantError):
        SigningKey.from_seed(bytes(size))
    with pytest.raises(InvariantError):
        VerifyKey(b"kid", bytes(size))
