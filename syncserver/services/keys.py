"""The keys of an event: their folder outside the database, their signed list, and their export under a passphrase.

Each event has a folder named by its uid in hex: root.pem, pass.pem, badge.pem, scribe.pem, online.pem (Ed25519,
PKCS #8), code.key and seal.key (32 raw bytes each), all readable by their owner only. No backup of the database holds
them: without the export a restored server cannot make passes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from common import cbor
from common.clock import Clock
from common.errors import BadInput, UserFacing
from common.ids import EVENT_UID_BYTES, DeviceId, EventUid
from common.keys import KeyEntry, KeyList, KeyListFault, KeyRing, KeyUse, key_entry, open_key_list, sign_key_list
from common.sealing import new_seal_key, seal_public
from common.signing import SigningKey, VerifyKey, device_id, read_private_file, write_private_file
from common.ticket_code import CODE_KEY_BYTES
from syncserver.stores import events as event_store
from syncserver.stores import key_lists as store
from syncserver.stores.events import EventRow

_SIGNING: Final = ("root", "pass", "badge", "scribe", "online")
_SECRETS: Final = ("code", "seal")
_EXPORTED: Final = "exported.txt"
_MARK: Final = "RGK1"
_BUNDLE_BYTES_MAX: Final = 1024 * 1024
PASSPHRASE_CHARS_MIN: Final = 12
# RFC 9106 section 4, first choice: an export lies in a drawer for years, so guessing must stay dear.
_ARGON2_MEMORY_KIB: Final = 256 * 1024
_ARGON2_PASSES: Final = 3
_ARGON2_LANES: Final = 4


class KeysMissing(UserFacing):
    """This machine has no keys for the event; the text says how to bring them."""


class KeysDiffer(UserFacing):
    """The keys here are not the event's: what they sign no gate would admit, which is worse than no keys."""


@dataclass(frozen=True, slots=True)
class EventKeys:
    """All keys of one event. `server` is the device id under which the server writes its statements."""

    event: EventUid
    root: SigningKey
    pass_: SigningKey
    badge: SigningKey
    scribe: SigningKey
    online: SigningKey
    code: bytes = field(repr=False)
    seal: bytes = field(repr=False)

    @property
    def server(self) -> DeviceId:
        """The server's name as a device."""
        return device_id(self.scribe.verify_key.raw)


class KeyStore:
    """The folder of keys; what was read once is kept. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[EventUid, EventKeys] = {}
        self._lock = threading.Lock()

    def of(self, event: EventUid) -> EventKeys:
        """The keys of an event. Raises KeysMissing, or BadInput where a file is damaged."""
        with self._lock:
            if event not in self._known:
                self._known[event] = self._read(event)
            return self._known[event]

    def has(self, event: EventUid) -> bool:
        """Whether the keys are here. Raises BadInput where the folder may not be read."""
        try:
            return (self._folder / event.hex() / "code.key").exists()
        except OSError as fault:
            raise BadInput(f"{self._folder}: {fault.strerror}; let the user who runs the server read it") from fault

    def create(self, event: EventUid) -> EventKeys:
        """Make new keys. Raises BadInput if there are some already."""
        parts = {name: secrets.token_bytes(32) for name in _SIGNING}
        return self._write(event, {**parts, "code": secrets.token_bytes(CODE_KEY_BYTES), "seal": new_seal_key()})

    def _write(self, event: EventUid, parts: dict[str, bytes]) -> EventKeys:
        """Write all files into a new folder first, so that there is never half a set under the event's name."""
        folder = self._folder / event.hex()
        if folder.exists():
            raise BadInput(f"{folder}: there are keys of this event already; move the folder away to replace them")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._folder / f".new-{event.hex()}-{secrets.token_hex(4)}"
        fresh.mkdir(mode=0o700)
        try:
            for name in _SIGNING:
                SigningKey.from_seed(parts[name]).to_pem(fresh / f"{name}.pem")
            for name in _SECRETS:
                write_private_file(fresh / f"{name}.key", parts[name])
            os.rename(fresh, folder)  # noqa: PTH104 - refuses a folder that appeared meanwhile unless it is empty
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        return self.of(event)

    def _read(self, event: EventUid) -> EventKeys:
        folder = self._folder / event.hex()
        try:
            is_there = folder.is_dir()
        except OSError as fault:
            raise BadInput(f"{folder}: {fault.strerror}; let the user who runs the server read it") from fault
        if not is_there:
            raise KeysMissing(
                f"{folder}: no keys of this event here; bring them with `rallygate-server keys import`, "
                "or set RALLYGATE_KEYS to where they are"
            )
        signing = {name: SigningKey.from_pem(folder / f"{name}.pem") for name in _SIGNING}
        code, seal = (self._secret(folder / f"{name}.key") for name in _SECRETS)
        return EventKeys(
            event, signing["root"], signing["pass"], signing["badge"], signing["scribe"], signing["online"], code, seal
        )

    @staticmethod
    def _secret(path: Path) -> bytes:
        content = read_private_file(path)
        if len(content) != CODE_KEY_BYTES:
            raise BadInput(f"{path}: {len(content)} bytes instead of {CODE_KEY_BYTES}; restore it from the export")
        return content

    def export(self, event: EventUid, passphrase: str) -> bytes:
        """All keys of an event in one file that only the passphrase opens. Raises BadInput for a short one."""
        if len(passphrase) < PASSPHRASE_CHARS_MIN:
            raise BadInput(f"the passphrase needs {PASSPHRASE_CHARS_MIN} characters or more")
        keys = self.of(event)
        named = dict(zip(_SIGNING, (keys.root, keys.pass_, keys.badge, keys.scribe, keys.online), strict=True))
        parts = {name: key.seed() for name, key in named.items()} | {"code": keys.code, "seal": keys.seal}
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, cbor.encode([event, parts]), _MARK.encode())
        return cbor.encode([_MARK, salt, nonce, sealed])

    def note_export(self, event: EventUid, now_ms: int) -> None:
        """Remember that an export of the keys was written out; beside the keys, so that a restore forgets it not."""
        (self._folder / event.hex() / _EXPORTED).write_text(f"{now_ms}\n", encoding="ascii")

    def exported_ms(self, event: EventUid) -> int | None:
        """When the keys were exported last; None: never, or nobody wrote it down."""
        try:
            return int((self._folder / event.hex() / _EXPORTED).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def import_(self, bundle: bytes, passphrase: str) -> EventUid:
        """Write the keys of an export. Raises BadInput where it is no export, or the passphrase is another."""
        event, parts = _opened(bundle, passphrase)
        self._write(event, parts)
        return event


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(passphrase.encode(), salt, _ARGON2_PASSES, _ARGON2_MEMORY_KIB, _ARGON2_LANES, 32, Type.ID)


def _opened(bundle: bytes, passphrase: str) -> tuple[EventUid, dict[str, bytes]]:
    match cbor.decode(bundle, _BUNDLE_BYTES_MAX):
        case [mark, bytes(salt), bytes(nonce), bytes(sealed)] if mark == _MARK and len(nonce) == 12 and len(salt) == 16:
            pass
        case _:
            raise BadInput("this file is no export of keys; take the one `rallygate-server keys export` wrote")
    try:
        plain = AESGCM(_stretched(passphrase, salt)).decrypt(nonce, sealed, _MARK.encode())
    except InvalidTag:
        raise BadInput("the passphrase is another one, or the file is damaged") from None
    match cbor.decode(plain, _BUNDLE_BYTES_MAX):
        case [bytes(event), dict(parts)] if len(event) == EVENT_UID_BYTES and set(parts) == {*_SIGNING, *_SECRETS}:
            found = {str(name): part for name, part in parts.items() if isinstance(part, bytes)}
            if len(found) == len(parts) and all(len(part) == CODE_KEY_BYTES for part in found.values()):
                return EventUid(event), found
    raise BadInput("the export is of a version this server does not know")


# --- the signed list ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventRing:
    """An event's signed key list, opened. `root` is the raw public root key."""

    version: int
    root: bytes
    body: bytes
    ring: KeyRing
    servers: frozenset[DeviceId]  # under which device ids the server of this event writes or has written


def ring_of(tx: Connection, event_id: int) -> EventRing | None:
    """The event's newest key list; None before its keys were made."""
    found = store.newest(tx, event_id)
    if found is None:
        return None
    version, root, body = found
    key_list = open_key_list(body, VerifyKey.of_event(root))
    if not isinstance(key_list, KeyList):
        raise BadInput(f"the stored key list of event {event_id} does not verify ({key_list}): restore from a backup")
    own = (entry for entry in key_list.keys if entry.event_uid == key_list.event_uid)
    servers = frozenset(device_id(entry.public) for entry in own if entry.use is KeyUse.SCRIBE)
    return EventRing(version, root, body, KeyRing(key_list), servers)


def check_keys(tx: Connection, keys: KeyStore, event: EventRow) -> None:
    """Raise unless this machine has the keys of an event's key list: KeysMissing, KeysDiffer, or BadInput."""
    listed = ring_of(tx, event.id)
    if listed is None:
        raise BadInput(f"event {event.key}: no key list yet; run `rallygate-server import-event` again")
    mine = keys.of(event.uid)
    known = {entry.public for entry in listed.ring.key_list.keys}
    if listed.root != mine.root.verify_key.raw or not {entry.public for entry in _own_entries(mine, event)} <= known:
        raise KeysDiffer(
            f"event {event.key}: the keys here are not those of its key list; move their folder away and bring the "
            "right ones with `rallygate-server keys import`"
        )


def publish_key_list(tx: Connection, clock: Clock, keys: KeyStore, event: EventRow) -> int:
    """Sign a key list with this event's keys and the pass keys of all others; its version."""
    mine = keys.of(event.uid)
    known = store.newest(tx, event.id)
    version = (known[0] if known else 0) + 1
    now_ms = clock.now_ms()
    entries = [*_own_entries(mine, event), *_foreign_entries(tx, event)]
    body = sign_key_list(KeyList(version, event.uid, now_ms // 1000, tuple(entries)), mine.root)
    store.add(tx, event.id, version, mine.root.verify_key.raw, body, now_ms)
    return version


def _own_entries(keys: EventKeys, event: EventRow) -> list[KeyEntry]:
    signing = (
        (KeyUse.PASS, keys.pass_),
        (KeyUse.BADGE, keys.badge),
        (KeyUse.SCRIBE, keys.scribe),
        (KeyUse.ONLINE, keys.online),
    )
    listed = [key_entry(use, key.verify_key.raw, event.uid, is_test=event.is_test) for use, key in signing]
    return [*listed, key_entry(KeyUse.SEAL, seal_public(keys.seal), event.uid, is_test=event.is_test)]


def _foreign_entries(tx: Connection, event: EventRow) -> list[KeyEntry]:
    """Pass keys of the other events, so that a kiosk can say "wrong event" or "test pass" instead of "unknown key"."""
    entries: list[KeyEntry] = []
    for other in event_store.all_events(tx):
        found = None if other.id == event.id else store.newest(tx, other.id)
        opened = open_key_list(found[2], VerifyKey.of_event(found[1])) if found else KeyListFault.MALFORMED
        if isinstance(opened, KeyList):
            entries += [e for e in opened.keys if e.use is KeyUse.PASS and e.event_uid == other.uid]
    return entries
