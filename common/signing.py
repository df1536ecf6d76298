"""Ed25519 keys, how they are named, and their files.

A key's name is its thumbprint (RFC 9679, SHA-256): event keys are called by its first 4 bytes, devices by the first
16, and people compare the whole of the root's.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from common import cbor
from common.durable import flush_to_disk, sync_folder
from common.errors import BadInput, require
from common.ids import DEVICE_ID_BYTES, DeviceId, EventUid

PUBLIC_BYTES = 32
SEED_BYTES = 32
SIGNATURE_BYTES = 64
KID_BYTES = 4  # of event keys
KID_BYTES_MAX = 16  # of devices
KEY_FILE_BYTES_MAX = 4096

KTY_OKP = 1
CRV_X25519 = 4
CRV_ED25519 = 6

_FIELD = 2**255 - 19
_Y_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# The y of the eight points whose order divides 8: under such a key one signature can hold for many messages.
_WEAK_Y = frozenset({0, 1, _FIELD - 1, _Y_OF_ORDER_8, _FIELD - _Y_OF_ORDER_8})


def thumbprint(public: bytes, curve: int = CRV_ED25519) -> bytes:
    """The 32 bytes of the COSE key thumbprint (RFC 9679) of an Ed25519 or X25519 public key of 32 bytes."""
    require(len(public) == PUBLIC_BYTES, f"a public key has {PUBLIC_BYTES} bytes, not {len(public)}")
    return hashlib.sha256(cbor.encode({1: KTY_OKP, -1: curve, -2: public})).digest()


@lru_cache(maxsize=1024)  # a device asks for its own name at every entry it writes
def device_id(raw_public: bytes) -> DeviceId:
    """A device's name: the first 16 bytes of its key's thumbprint. It is the key id of its entries too."""
    return DeviceId(thumbprint(raw_public)[:DEVICE_ID_BYTES])


def grouped_hex(value: bytes) -> str:
    """Hex in groups of four for people to compare: "1f3a 99c0 ..."."""
    text = value.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def is_sound_public_key(raw: bytes) -> bool:
    """Whether 32 bytes are a canonical Ed25519 public key that is not of small order.

    Asked of every key that comes from outside: libraries differ in which weak ones they take.
    """
    if len(raw) != PUBLIC_BYTES:
        return False
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return y < _FIELD and y not in _WEAK_Y


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key, called by its kid; `event` is set where the key may speak for one event only."""

    kid: bytes
    raw: bytes
    event: EventUid | None = None

    def __post_init__(self) -> None:
        """Refuse lengths that no key has."""
        require(1 <= len(self.kid) <= KID_BYTES_MAX, f"a key id has 1 to {KID_BYTES_MAX} bytes, not {len(self.kid)}")
        require(len(self.raw) == PUBLIC_BYTES, f"a public key has {PUBLIC_BYTES} bytes, not {len(self.raw)}")

    @classmethod
    def of_event(cls, raw: bytes, event: EventUid | None = None) -> Self:
        """A key of an event: its id is the first 4 bytes of its thumbprint."""
        return cls(thumbprint(raw)[:KID_BYTES], raw, event)

    @classmethod
    def of_device(cls, raw: bytes) -> Self:
        """A device's key: its id is the device id of 16 bytes."""
        return cls(device_id(raw), raw)

    def as_device(self) -> VerifyKey:
        """The same key under its device id; itself where it is called so already."""
        is_one = self.event is None and self.kid == device_id(self.raw)
        return self if is_one else VerifyKey.of_device(self.raw)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether this key signed exactly these bytes. Never raises, and holds no other thread up meanwhile."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            crypto_sign_open(signature + data, self.raw)
        except BadSignatureError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half. Never printed: repr shows the key id only."""

    kid: bytes
    private: Ed25519PrivateKey = field(repr=False, compare=False)
    verify_key: VerifyKey = field(repr=False)  # the kid says it

    @classmethod
    def generate(cls) -> Self:
        """A fresh event key from the system's random source."""
        return cls._named(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The event key of a seed of 32 bytes."""
        require(len(seed) == SEED_BYTES, f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
        return cls._named(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, path: Path) -> Self:
        """The event key of a PEM file (PKCS #8). Raises BadInput where it cannot be used, saying what to do."""
        try:
            private = serialization.load_pem_private_key(read_private_file(path), password=None)
        except (ValueError, TypeError) as error:
            raise BadInput(f"{path}: not a private key in PEM form; restore the file from its backup") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise BadInput(f"{path}: not an Ed25519 key; restore the right file from its backup")
        return cls._named(private)

    @classmethod
    def _named(cls, private: Ed25519PrivateKey) -> Self:
        verify_key = VerifyKey.of_event(_public_of(private))
        return cls(verify_key.kid, private, verify_key)

    def as_device(self) -> SigningKey:
        """The same key under its device id of 16 bytes: devices sign with this one."""
        verify_key = self.verify_key.as_device()
        return self if verify_key is self.verify_key else SigningKey(verify_key.kid, self.private, verify_key)

    def with_kid(self, kid: bytes) -> SigningKey:
        """The same key under another id, where a vector or a neighbour fixes the id."""
        return SigningKey(kid, self.private, VerifyKey(kid, self.verify_key.raw))

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature; the same data gives the same bytes."""
        return self.private.sign(data)

    def seed(self) -> bytes:
        """The 32 secret bytes."""
        return self.private.private_bytes_raw()

    def to_pem(self, path: Path) -> None:
        """Write a new PEM file (PKCS #8) that only its owner can read. Raises BadInput if the file exists."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private_file(path, pem)


def _public_of(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def write_private_file(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600, durable when this returns.

    Raises BadInput if the file exists, or could not be written whole: then there is none.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{path}: exists already; a key is never overwritten, move the file away first") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be made ({error.strerror}); nothing was written") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            flush_to_disk(file)
        sync_folder(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)  # half a key left behind would also stop the next attempt
        raise BadInput(f"{path}: cannot be written ({error.strerror}); nothing of it was kept") from error


def read_private_file(path: Path) -> bytes:
    """The content of a secret's file. Raises BadInput if it is missing, too large, or others may read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(KEY_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); restore it from its backup") from error
    if os.name == "posix" and mode & 0o077:
        raise BadInput(f"{path}: others may read this key; run chmod 600 on it")
    if len(content) > KEY_FILE_BYTES_MAX:
        raise BadInput(f"{path}: larger than {KEY_FILE_BYTES_MAX} bytes, so no key; restore it from its backup")
    return content
