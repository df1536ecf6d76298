from __future__ import annotations

import stat
from pathlib import Path

import pytest

from common.errors import BadInput
from common.ids import EventUid
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
