"""The keys of an event: their folder outside the database, their signed list, and their export under a passphrase.

Each event has a folder named by its uid in hex: root.pem, pass.pem, badge.pem, scribe.pem, online.pem (Ed25519,
PKCS #8), next-pass.pem and so on for the four that can be rotated, code.key and seal.key (32 raw bytes each), all
readable by their owner only, and retired.cbor, what became of keys no longer used. No backup of the database holds
them: without the export a restored server cannot make passes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from common import cbor
from common.clock import Clock
from common.envelope import EnvelopeFault
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
ROTATED: Final = ("pass", "badge", "scribe", "online")
_NEXT: Final = tuple(f"next-{name}" for name in ROTATED)
_RETIRED: Final = "retired"
_MINUTE_MS: Final = 60_000
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
    next_: tuple[tuple[str, SigningKey], ...] = ()  # by name: listed before they are used, so that kiosks know them

    @property
    def server(self) -> DeviceId:
        """The server's name as a device."""
        return device_id(self.scribe.verify_key.raw)


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A key that signs no more. Until it is withdrawn, what it signed is good."""

    use: str
    public: bytes
    withdrawn_at_s: int | None


class KeyStore:
    """The folder of keys; read again when its files changed. Safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[EventUid, tuple[int, EventKeys]] = {}
        self._lock = threading.Lock()

    def of(self, event: EventUid) -> EventKeys:
        """The keys of an event. Raises KeysMissing, or BadInput where a file is damaged."""
        with self._lock:
            changed = self._changed_ns(event)
            known = self._known.get(event)
            if known is None or known[0] != changed:
                known = self._known[event] = (changed, self._read(event))
            return known[1]

    def _changed_ns(self, event: EventUid) -> int:
        """When a file of the event's folder was last replaced; another process may have rotated a key."""
        try:
            return (self._folder / event.hex()).stat().st_mtime_ns
        except OSError:  # reading the files tells what is wrong
            return 0

    def has(self, event: EventUid) -> bool:
        """Whether the keys are here. Raises BadInput where the folder may not be read."""
        try:
            return (self._folder / event.hex() / "code.key").exists()
        except OSError as fault:
            raise BadInput(f"{self._folder}: {fault.strerror}; let the user who runs the server read it") from fault

    def create(self, event: EventUid) -> EventKeys:
        """Make new keys. Raises BadInput if there are some already."""
        parts = {name: secrets.token_bytes(32) for name in (*_SIGNING, *_NEXT)}
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
            for name in (*_SIGNING, *(name for name in _NEXT if name in parts)):
                SigningKey.from_seed(parts[name]).to_pem(fresh / f"{name}.pem")
            for name in _SECRETS:
                write_private_file(fresh / f"{name}.key", parts[name])
            if _RETIRED in parts:
                write_private_file(fresh / f"{_RETIRED}.cbor", parts[_RETIRED])
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
        next_ = [(name, folder / f"next-{name}.pem") for name in ROTATED]
        return EventKeys(
            event, signing["root"], signing["pass"], signing["badge"], signing["scribe"], signing["online"], code, seal,
            tuple((name, SigningKey.from_pem(path)) for name, path in next_ if path.exists()),
        )  # fmt: skip

    @staticmethod
    def _secret(path: Path) -> bytes:
        content = read_private_file(path)
        if len(content) != CODE_KEY_BYTES:
            raise BadInput(f"{path}: {len(content)} bytes instead of {CODE_KEY_BYTES}; restore it from the export")
        return content

    def rotate(self, event: EventUid, name: str) -> SigningKey:
        """The next key takes the place of the one in use, and a new next one is drawn; the key that was in use.

        What is on the disk is whole after each step; a crash in between leaves an event without a next key, and the
        next rotation draws one.
        """
        keys, folder = self.of(event), self._folder / event.hex()
        was = {"pass": keys.pass_, "badge": keys.badge, "scribe": keys.scribe, "online": keys.online}[name]
        if not (folder / f"next-{name}.pem").exists():
            self._draw(folder, f"next-{name}")
        self.retire(event, RetiredKey(name, was.verify_key.raw, None))
        os.replace(folder / f"next-{name}.pem", folder / f"{name}.pem")  # noqa: PTH105 - atomic, as write_whole
        self._draw(folder, f"next-{name}")
        return was

    def replace_next(self, event: EventUid, name: str) -> None:
        """Draw another next key: the one there is not to be used."""
        self._draw(self._folder / event.hex(), f"next-{name}")

    @staticmethod
    def _draw(folder: Path, name: str) -> None:
        (folder / _EXPORTED).unlink(missing_ok=True)  # what was exported lacks this key
        fresh = folder / f".new-{name}-{secrets.token_hex(4)}.pem"
        SigningKey.generate().to_pem(fresh)
        os.replace(fresh, folder / f"{name}.pem")  # noqa: PTH105 - atomic

    def retired(self, event: EventUid) -> tuple[RetiredKey, ...]:
        """Keys no longer used, the latest last."""
        path = self._folder / event.hex() / f"{_RETIRED}.cbor"
        return _retired_of(read_private_file(path)) if path.exists() else ()

    def retire(self, event: EventUid, key: RetiredKey) -> None:
        """Keep what became of a key; a withdrawal is never taken back."""
        kept = {(one.use, one.public): one for one in self.retired(event)}
        before = kept.get((key.use, key.public))
        if before is None or before.withdrawn_at_s is None:
            kept[key.use, key.public] = key
        folder = self._folder / event.hex()
        fresh = folder / f".new-{_RETIRED}-{secrets.token_hex(4)}.cbor"
        write_private_file(fresh, cbor.encode([[one.use, one.public, one.withdrawn_at_s] for one in kept.values()]))
        os.replace(fresh, folder / f"{_RETIRED}.cbor")  # noqa: PTH105 - atomic

    def export(self, event: EventUid, passphrase: str) -> bytes:
        """All keys of an event in one file that only the passphrase opens. Raises BadInput for a short one."""
        if len(passphrase) < PASSPHRASE_CHARS_MIN:
            raise BadInput(f"the passphrase needs {PASSPHRASE_CHARS_MIN} characters or more")
        keys = self.of(event)
        named = dict(zip(_SIGNING, (keys.root, keys.pass_, keys.badge, keys.scribe, keys.online), strict=True))
        parts = {name: key.seed() for name, key in named.items()} | {"code": keys.code, "seal": keys.seal}
        parts |= {f"next-{name}": key.seed() for name, key in keys.next_}
        retired = self._folder / event.hex() / f"{_RETIRED}.cbor"
        parts |= {_RETIRED: read_private_file(retired)} if retired.exists() else {}
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


_KEYS: Final = frozenset({*_SIGNING, *_SECRETS})
_PARTS: Final = frozenset({*_KEYS, *_NEXT, _RETIRED})


def _retired_of(raw: bytes) -> tuple[RetiredKey, ...]:
    match cbor.decode(raw, _BUNDLE_BYTES_MAX):
        case [*rows]:
            known = [_retired_row(row) for row in rows]
            return tuple(one for one in known if one is not None)
    raise BadInput(f"{_RETIRED}.cbor in the folder of keys is damaged; restore it from the export of the keys")


def _retired_row(row: cbor.Cbor) -> RetiredKey | None:
    match row:
        case [str(use), bytes(public), int() | None as withdrawn_at_s]:
            return RetiredKey(use, public, withdrawn_at_s)
    return None


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
        case [bytes(event), dict(parts)] if len(event) == EVENT_UID_BYTES and _KEYS <= set(parts) <= _PARTS:
            found = {str(name): part for name, part in parts.items() if isinstance(part, bytes)}
            keys = [part for name, part in found.items() if name != _RETIRED]
            if len(found) == len(parts) and all(len(part) == CODE_KEY_BYTES for part in keys):
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
    opened = _ring(*found)
    if not isinstance(opened, EventRing):
        raise BadInput(f"the stored key list of event {event_id} does not verify ({opened}): restore from a backup")
    return opened


@lru_cache(maxsize=64)
def _ring(version: int, root: bytes, body: bytes) -> EventRing | EnvelopeFault | KeyListFault:
    """The same bytes say the same for ever, and are asked for at every statement; they hold no secret."""
    key_list = open_key_list(body, VerifyKey.of_event(root))
    if not isinstance(key_list, KeyList):
        return key_list
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
    # Rotated since the list was signed: a crash came in between, or a backup put an older list back.
    rotated = {one.use for one in keys.retired(event.uid) if one.public in known}
    is_own = all(entry.public in known or entry.use.value in rotated for entry in _own_entries(mine, event))
    if listed.root != mine.root.verify_key.raw or not is_own:
        raise KeysDiffer(
            f"event {event.key}: the keys here are not those of its key list; move their folder away and bring the "
            "right ones with `rallygate-server keys import`"
        )


def publish_key_list(tx: Connection, clock: Clock, keys: KeyStore, event: EventRow) -> int:
    """Sign a key list with this event's keys and the pass keys of all others; its version."""
    mine = keys.of(event.uid)
    known = store.newest(tx, event.id)
    now_ms = clock.now_ms()
    # Minutes since the event was created, as with generations: a restored server's list is newer than what it forgot.
    version = max((known[0] if known else 0) + 1, (now_ms - event.created_ms) // _MINUTE_MS)
    entries = [*_all_own(keys, mine, event), *_foreign_entries(tx, event)]
    body = sign_key_list(KeyList(version, event.uid, now_ms // 1000, tuple(entries)), mine.root)
    store.add(tx, event.id, version, mine.root.verify_key.raw, body, now_ms)
    return version


def tells_all(key_list: KeyList, keys: KeyStore, event: EventRow) -> bool:
    """Whether a list tells the keys of the folder as they are: not so after a crash amid a rotation, or a restore."""
    told = {(entry.use, entry.public, entry.withdrawn_at_s) for entry in key_list.keys}
    return all((one.use, one.public, one.withdrawn_at_s) in told for one in _all_own(keys, keys.of(event.uid), event))


def _all_own(keys: KeyStore, mine: EventKeys, event: EventRow) -> list[KeyEntry]:
    return [*_own_entries(mine, event), *_retired_entries(keys, mine, event)]


def _own_entries(keys: EventKeys, event: EventRow) -> list[KeyEntry]:
    signing = (
        (KeyUse.PASS, keys.pass_),
        (KeyUse.BADGE, keys.badge),
        (KeyUse.SCRIBE, keys.scribe),
        (KeyUse.ONLINE, keys.online),
    )
    all_signing = (*signing, *((KeyUse(name), key) for name, key in keys.next_))
    listed = [key_entry(use, key.verify_key.raw, event.uid, is_test=event.is_test) for use, key in all_signing]
    return [*listed, key_entry(KeyUse.SEAL, seal_public(keys.seal), event.uid, is_test=event.is_test)]


def _retired_entries(keys: KeyStore, mine: EventKeys, event: EventRow) -> list[KeyEntry]:
    """Keys no longer used: what they signed stays good, until they are withdrawn."""
    used = {entry.public for entry in _own_entries(mine, event)}
    return [
        key_entry(KeyUse(one.use), one.public, event.uid, withdrawn_at_s=one.withdrawn_at_s, is_test=event.is_test)
        for one in keys.retired(event.uid)
        if one.public not in used
    ]


def _foreign_entries(tx: Connection, event: EventRow) -> list[KeyEntry]:
    """Pass keys of the other events, so that a kiosk can say "wrong event" or "test pass" instead of "unknown key"."""
    entries: list[KeyEntry] = []
    for other in event_store.all_events(tx):
        found = None if other.id == event.id else store.newest(tx, other.id)
        opened = open_key_list(found[2], VerifyKey.of_event(found[1])) if found else KeyListFault.MALFORMED
        if isinstance(opened, KeyList):
            entries += [e for e in opened.keys if e.use is KeyUse.PASS and e.event_uid == other.uid]
    return entries
