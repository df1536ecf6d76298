"""The published vectors: read by our code, read again by two libraries alone, and still made the same."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common import envelope
from common.badges import Badge, Role, open_badge
from common.bodies import UnknownBody
from common.certificates import DeviceCertificate, open_certificate
from common.decimal_text import from_decimal
from common.entries import Entry, open_entry
from common.envelope import Signed, Typ
from common.exchange import Manifest, from_payload
from common.ids import DeviceId, EventUid
from common.keys import KeyList, KeyRing, KeyUse, open_key_list
from common.passes import Pass, open_pass
from common.sealing import open_holder
from common.signing import VerifyKey
from common.ticket_code import parse_code
from tests.support.entry_makers import KIOSK, SERVER
from tests.support.signed_things import EVENT, ROOT, make_key_list
from tests.vectors.make_vectors import FILES, FOLDER, text_of

RING = KeyRing(make_key_list())

Vectors = dict[str, Any]


def read(name: str) -> Vectors:
    """One file of vectors."""
    return dict(json.loads((FOLDER / name).read_text(encoding="utf-8")))


def open_manifest(raw: bytes) -> object:
    """A manifest, as a kiosk opens it."""
    signed = envelope.verify(raw, Typ.MANIFEST, RING.own_finder(KeyUse.SCRIBE))
    return from_payload(signed.payload, Manifest) if isinstance(signed, Signed) else signed


def entry_key(device: DeviceId) -> VerifyKey | None:
    """The keys of the two devices that write entries in the vectors."""
    keys = [KIOSK.as_device().verify_key, SERVER.as_device().verify_key]
    return next((key for key in keys if key.kid == device), None)


OPENERS: dict[str, Callable[[bytes], object]] = {
    "passes.json": lambda raw: open_pass(raw, RING.finder(KeyUse.PASS)),
    "certificates.json": lambda raw: open_certificate(raw, RING),
    "key_lists.json": lambda raw: open_key_list(raw, ROOT.verify_key),
    "manifests.json": open_manifest,
    "entries.json": lambda raw: open_entry(raw, EVENT, entry_key),
    "badges.json": lambda raw: open_badge(raw, EVENT, RING.own_finder(KeyUse.BADGE)),
}


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_code_makes_today(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(name)


@pytest.mark.parametrize("name", FILES)
def test_every_bad_vector_is_refused_for_its_reason(name: str) -> None:
    bad = read(name)["bad"]
    assert len(bad) >= 3
    for vector in bad:
        assert str(OPENERS[name](bytes.fromhex(vector["raw"]))) == vector["reason"], vector["name"]


@pytest.mark.parametrize("name", FILES)
def test_every_good_vector_verifies_with_two_libraries_alone(name: str) -> None:
    vectors = read(name)
    keys = {bytes.fromhex(key["kid"]): key["public"] for key in vectors["keys"].values() if isinstance(key, dict)}
    for vector in vectors["good"]:
        protected, unprotected, payload, signature = cbor2.loads(bytes.fromhex(vector["raw"]))
        header = cbor2.loads(protected)
        assert (header[1], unprotected) == (-8, {})
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[header[4]]))
        public.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
        with pytest.raises(InvalidSignature):
            public.verify(signature, cbor2.dumps(["Signature1", protected, b"x", payload]))


@pytest.mark.parametrize("vector", read("entries.json")["good"], ids=lambda vector: str(vector["name"]))
def test_an_entry_opens_to_what_stands_beside_it(vector: Vectors) -> None:
    entry = open_entry(bytes.fromhex(vector["raw"]), EVENT, entry_key)
    assert isinstance(entry, Entry)
    identity = entry.ref.identity
    assert (identity.device.hex(), identity.run.hex(), identity.number) == (
        vector["device"],
        vector["run"],
        vector["number"],
    )
    assert entry.ref.digest.hex() == vector["digest"] == hashlib.sha256(entry.raw).hexdigest()[:32]
    assert (entry.stamp.wall_ms, entry.stamp.corrected_ms) == (vector["wall_ms"], vector["corrected_ms"])
    assert not isinstance(entry.body, UnknownBody)


def test_an_entry_of_a_kind_of_the_future_is_kept() -> None:
    (vector,) = read("entries.json")["kept"]
    entry = open_entry(bytes.fromhex(vector["raw"]), EVENT, entry_key)
    assert isinstance(entry, Entry)
    assert isinstance(entry.body, UnknownBody)
    assert entry.body.kind == vector["kind"]


@pytest.mark.parametrize("vector", read("passes.json")["good"], ids=lambda vector: str(vector["name"]))
def test_a_pass_opens_to_what_stands_beside_it(vector: Vectors) -> None:
    raw = from_decimal(vector["text"])
    assert raw == bytes.fromhex(vector["raw"]) == int(vector["text"]).to_bytes(len(vector["raw"]) // 2, "big")
    pass_ = open_pass(raw, RING.finder(KeyUse.PASS))
    assert isinstance(pass_, Pass)
    assert (pass_.event.hex(), pass_.ticket.hex(), pass_.code.hex()) == (
        vector["event"],
        vector["ticket"],
        vector["code"],
    )
    times = (pass_.generation, pass_.signed_s, pass_.expires_s, pass_.not_before_s)
    assert times == tuple(vector[name] for name in ("generation", "signed_s", "expires_s", "not_before_s"))
    assert (pass_.product, [list(item) for item in pass_.items]) == (
        vector["product"],
        vector["items"][: len(pass_.items)],
    )
    assert vector["items"][len(pass_.items) :] == vector["left_out"]


@pytest.mark.parametrize("vector", read("passes.json")["good"], ids=lambda vector: str(vector["name"]))
def test_what_follows_from_a_ticket_code_is_as_the_standard_library_says(vector: Vectors) -> None:
    code, code_key = bytes.fromhex(vector["code"]), bytes.fromhex(read("passes.json")["keys"]["code_key"])
    named = bytes.fromhex(vector["ticket"]) + vector["generation"].to_bytes(4, "big")
    if vector["name"] != "of a test event":
        assert hmac.new(code_key, named, hashlib.sha256).digest()[:10] == code
    assert parse_code(vector["code_text"]) == code
    assert hashlib.sha256(b"rallygate ticket code\x00" + code).digest()[:12].hex() == vector["code_hash"]
    proof = vector["proof_of_scan"]
    scanned = bytes.fromhex(vector["event"] + proof["device"] + proof["run"]) + proof["number"].to_bytes(8, "big")
    assert hmac.new(code, scanned, hashlib.sha256).digest()[:8].hex() == proof["proof"]


@pytest.mark.parametrize("vector", read("passes.json")["good"], ids=lambda vector: str(vector["name"]))
def test_a_pass_unseals_its_holder(vector: Vectors) -> None:
    pass_ = open_pass(bytes.fromhex(vector["raw"]), RING.finder(KeyUse.PASS))
    assert isinstance(pass_, Pass)
    sealed = bytes.fromhex(vector["sealed_holder"]["sealed"])
    holder = open_holder(pass_.code, pass_.event, pass_.ticket, pass_.generation, sealed)
    assert holder is not None
    found = [holder.name, holder.plate, holder.notes, holder.language, holder.attention]
    assert found == vector["sealed_holder"]["holder"]


def test_certificates_open_to_what_stands_beside_them() -> None:
    vectors = read("certificates.json")
    public = bytes.fromhex(vectors["keys"]["device"]["public"])
    for vector in vectors["good"]:
        opened = open_certificate(bytes.fromhex(vector["raw"]), RING)
        key = VerifyKey.of_device(public)
        event = EventUid(bytes.fromhex(vectors["event"]))
        assert isinstance(opened, DeviceCertificate)
        assert (opened.event, opened.key, opened.device) == (event, key, key.kid)
        assert (opened.name, opened.issued_s, opened.expires_s) == (
            vector["name"],
            vector["issued_s"],
            vector["expires_s"],
        )


def test_key_lists_open_to_what_stands_beside_them() -> None:
    for vector in read("key_lists.json")["good"]:
        opened = open_key_list(bytes.fromhex(vector["raw"]), ROOT.verify_key)
        assert isinstance(opened, KeyList)
        assert (opened.version, opened.event_uid.hex(), opened.made_s) == (
            vector["version"],
            vector["event"],
            vector["made_s"],
        )
        rows = [
            {
                "kid": row.kid.hex(),
                "use": str(row.use),
                "public": row.public.hex(),
                "not_before_s": row.not_before_s,
                "withdrawn_at_s": row.withdrawn_at_s,
                "event": row.event_uid.hex(),
                "is_test": row.is_test,
            }
            for row in opened.keys
        ]
        assert rows == vector["keys"]


def test_manifests_open() -> None:
    for vector in read("manifests.json")["good"]:
        opened = open_manifest(bytes.fromhex(vector["raw"]))
        assert isinstance(opened, Manifest)
        assert opened.build_ms == vector["build_ms"]


def test_badges_open_to_what_stands_beside_them() -> None:
    for vector in read("badges.json")["good"]:
        raw = from_decimal(vector["text"])
        assert raw == bytes.fromhex(vector["raw"])
        opened = open_badge(raw, EVENT, RING.own_finder(KeyUse.BADGE))
        assert opened == Badge(
            EVENT,
            vector["name"],
            tuple(Role(role) for role in vector["roles"]),
            bytes.fromhex(vector["secret"]),
            vector["expires_s"],
        )
        assert isinstance(opened, Badge)
        assert opened.badge.hex() == vector["badge"]
