from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import cbor
from common.errors import BadInput
from common.ids import EventUid
from syncserver.services import keys as keys_module
from syncserver.services.keys import KeysMissing, KeyStore

UID = EventUid(b"evnt")
PASSPHRASE = "correct horse battery"


def test_keys_are_files_only_their_owner_reads_and_are_never_overwritten(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    made = store.create(UID)
    files = sorted((tmp_path / "keys" / UID.hex()).iterdir())
    assert [file.name for file in files] == [
        "badge.pem", "code.key", "next-badge.pem", "next-online.pem", "next-pass.pem", "next-scribe.pem", "online.pem",
        "pass.pem", "root.pem", "scribe.pem", "seal.key",
    ]  # fmt: skip
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert KeyStore(tmp_path / "keys").of(UID).scribe.kid == made.scribe.kid
    with pytest.raises(BadInput, match="already"):
        store.create(UID)


def test_missing_keys_say_how_to_bring_them(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="keys import"):
        KeyStore(tmp_path).of(UID)


def test_an_export_brings_the_same_keys_elsewhere(tmp_path: Path) -> None:
    here, there = KeyStore(tmp_path / "here"), KeyStore(tmp_path / "there")
    made = here.create(UID)
    bundle = here.export(UID, PASSPHRASE)
    assert made.code not in bundle
    assert there.import_(bundle, PASSPHRASE) == UID
    again = there.of(UID)
    assert (again.code, again.seal, again.root.seed()) == (made.code, made.seal, made.root.seed())


def test_rotated_keys_are_not_exported_until_they_are_exported_again(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.create(UID)
    store.note_export(UID, 1_000)
    assert store.exported_ms(UID) == 1_000
    store.rotate(UID, "pass")
    assert store.exported_ms(UID) is None


def test_an_export_of_rotated_keys_brings_all_of_them(tmp_path: Path) -> None:
    here, there = KeyStore(tmp_path / "here"), KeyStore(tmp_path / "there")
    here.create(UID)
    here.rotate(UID, "pass")
    there.import_(here.export(UID, PASSPHRASE), PASSPHRASE)
    assert there.of(UID).pass_.seed() == here.of(UID).pass_.seed()
    assert dict(there.of(UID).next_)["pass"].seed() == dict(here.of(UID).next_)["pass"].seed()
    assert there.retired(UID) == here.retired(UID)


def test_a_wrong_passphrase_a_short_one_and_damage_are_told(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "here")
    store.create(UID)
    with pytest.raises(BadInput, match="12 characters"):
        store.export(UID, "short")
    bundle = store.export(UID, PASSPHRASE)
    other = KeyStore(tmp_path / "there")
    for broken, passphrase in ((bundle, PASSPHRASE + "!"), (bundle[:-1] + bytes([bundle[-1] ^ 1]), PASSPHRASE)):
        with pytest.raises(BadInput, match="passphrase"):
            other.import_(broken, passphrase)
    with pytest.raises(BadInput, match="no export"):
        other.import_(b"", PASSPHRASE)
    assert not other.has(UID)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched at no cost: what is tried here is what lies behind it."""
    monkeypatch.setattr(keys_module, "_stretched", lambda *_: bytes(32))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
@pytest.mark.usefixtures("quick")
def test_any_bytes_are_no_export(tmp_path: Path, bundle: bytes) -> None:
    with pytest.raises(BadInput):
        KeyStore(tmp_path).import_(bundle, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


NAMES = ("root", "pass", "badge", "scribe", "online", "code", "seal")
PLAIN = st.binary(max_size=31) | st.integers(-5, 5) | st.text(max_size=5) | st.none()
SETS = st.dictionaries(st.sampled_from((*NAMES, "more")), PLAIN) | st.fixed_dictionaries(dict.fromkeys(NAMES, PLAIN))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLAIN, SETS)
@pytest.mark.usefixtures("quick")
def test_anything_under_the_right_passphrase_is_a_whole_set_of_keys_or_refused(
    tmp_path: Path, event: object, parts: dict[str, object]
) -> None:
    sealed = AESGCM(bytes(32)).encrypt(bytes(12), cbor.encode([event, parts]), b"RGK1")
    bundle = cbor.encode(["RGK1", bytes(16), bytes(12), sealed])
    with pytest.raises(BadInput, match="version"):
        KeyStore(tmp_path).import_(bundle, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []
