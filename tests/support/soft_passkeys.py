"""A device that makes passkeys, in software: honest by itself, and as wrong as a test wants it to be."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def text(value: bytes) -> str:
    """As browsers write bytes."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    """As browsers read them."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class SoftKey:
    """One passkey in a device."""

    id: bytes
    secret: ec.EllipticCurvePrivateKey
    handle: bytes
    count: int


@dataclass
class SoftDevice:
    """Answers what a server asks, as a browser at `origin` would pass it on. `step` 0: it does not count."""

    origin: str = "http://localhost"
    party: str = "localhost"
    flags: int = USER_PRESENT | USER_VERIFIED
    step: int = 1
    keys: list[SoftKey] = field(default_factory=list)

    def make(self, asked: dict[str, Any], **client: object) -> str:
        """A new passkey, as the form's field carries it. `client`: what the browser says otherwise."""
        secret = ec.generate_private_key(ec.SECP256R1())
        key = SoftKey(secrets.token_bytes(16), secret, raw(asked["user"]["id"]), self.step)
        self.keys.append(key)
        numbers = secret.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(key, self.flags | HAS_KEY)
        data += bytes(16) + len(key.id).to_bytes(2, "big") + key.id + cbor2.dumps(cose)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._client("webauthn.create", asked["challenge"], client)
        return answer(key.id, clientDataJSON=said, attestationObject=attested)

    def sign(self, asked: dict[str, Any], **client: object) -> str:
        """Signed with the first passkey of this device."""
        key = self.keys[0]
        key.count += self.step
        data, said = self._data(key, self.flags), self._client("webauthn.get", asked["challenge"], client)
        signature = key.secret.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return answer(key.id, clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=key.handle)

    def _data(self, key: SoftKey, flags: int) -> bytes:
        return hashlib.sha256(self.party.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, other: dict[str, object]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **other}
        return json.dumps(said).encode()


def answer(key_id: bytes, **response: bytes) -> str:
    """What the script puts into the form."""
    return json.dumps({"id": text(key_id), "response": {name: text(value) for name, value in response.items()}})
