"""The keys of an event: which there are, the list the root signs, and looking one up.

Root, pass, badge, scribe and online sign; code is a secret of the server alone; of seal the list names the X25519
public half to which answers and notes are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from common import cbor, envelope
from common.cwt import is_seconds, is_within
from common.envelope import EnvelopeFault, Typ
from common.errors import require
from common.ids import EVENT_UID_BYTES, EventUid
from common.signing import (
    CRV_ED25519,
    CRV_X25519,
    KID_BYTES,
    PUBLIC_BYTES,
    SigningKey,
    VerifyKey,
    device_id,
    grouped_hex,
    is_sound_public_key,
    thumbprint,
)

__all__ = [
    "KeyEntry",
    "KeyList",
    "KeyListFault",
    "KeyRing",
    "KeyUse",
    "SigningKey",
    "VerifyKey",
    "device_id",
    "grouped_hex",
    "key_entry",
    "open_key_list",
    "root_thumbprint",
    "sign_key_list",
]

KEYS_MAX = 500
KEY_LIST_BYTES_MAX = envelope.ENVELOPE_BYTES_MAX
VERSION_MAX = 2**53


class KeyUse(StrEnum):
    """What a key is for; each has one use."""

    ROOT = "root"
    PASS = "pass"
    BADGE = "badge"
    SCRIBE = "scribe"
    ONLINE = "online"
    CODE = "code"
    SEAL = "seal"


SIGNING_USES = frozenset({KeyUse.PASS, KeyUse.BADGE, KeyUse.SCRIBE, KeyUse.ONLINE})
LISTED_USES = SIGNING_USES | {KeyUse.SEAL}  # the root signs the list, the code key is secret


class KeyListFault(StrEnum):
    """The root's signature holds, but the content is no key list."""

    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A public key and what it may do. Times are seconds since 1970; withdrawn_at_s None means in force."""

    kid: bytes  # 4 bytes, of the thumbprint
    use: KeyUse
    public: bytes  # 32 bytes, X25519 for seal, else Ed25519
    not_before_s: int
    withdrawn_at_s: int | None
    event_uid: EventUid
    is_test: bool

    def is_withdrawn(self) -> bool:
        """Whether the list says the key is no longer to be trusted for what was not heard otherwise."""
        return self.withdrawn_at_s is not None


@dataclass(frozen=True, slots=True)
class KeyList:
    """All keys a device needs, the next ones and other events' pass keys too. A higher version replaces a lower."""

    version: int
    event_uid: EventUid
    made_s: int
    keys: tuple[KeyEntry, ...]


def root_thumbprint(root: VerifyKey) -> bytes:
    """The 32 bytes people compare (shown by `grouped_hex`) and the enrolment code carries."""
    return thumbprint(root.raw)


def key_entry(
    use: KeyUse,
    public: bytes,
    event_uid: EventUid,
    *,
    not_before_s: int = 0,
    withdrawn_at_s: int | None = None,
    is_test: bool = False,
) -> KeyEntry:
    """The entry of a key, named by its thumbprint."""
    kid = thumbprint(public, _curve_of(use))[:KID_BYTES]
    return KeyEntry(kid, use, public, not_before_s, withdrawn_at_s, event_uid, is_test)


def sign_key_list(key_list: KeyList, root: SigningKey) -> bytes:
    """The list as the root signs it. Raises InvariantError for a list that `open_key_list` would refuse."""
    rows = [_row(entry) for entry in key_list.keys]
    payload = cbor.encode([key_list.version, key_list.event_uid, key_list.made_s, rows])
    require(_parse(payload) == key_list, "the key list breaks its own rules: see KeyList and KeyEntry")
    return envelope.sign(payload, root, Typ.KEY_LIST)


def open_key_list(raw: bytes, root: VerifyKey) -> KeyList | EnvelopeFault | KeyListFault:
    """The list, if this root signed it."""
    signed = envelope.verify(raw, Typ.KEY_LIST, lambda kid: root if kid == root.kid else None, KEY_LIST_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return signed
    return _parse(signed.payload) or KeyListFault.MALFORMED


class KeyRing:
    """The keys of a list, ready to verify with. Immutable; a new list makes a new ring."""

    def __init__(self, key_list: KeyList) -> None:
        """Parse each signing key once. Of two keys with one use and id the event's own is taken."""
        self.key_list = key_list
        self._entries: dict[tuple[KeyUse, bytes], KeyEntry] = {}
        self._verifiers: dict[tuple[KeyUse, bytes], VerifyKey] = {}
        own_last = sorted(key_list.keys, key=lambda entry: entry.event_uid == key_list.event_uid)
        for entry in own_last:
            self._entries[entry.use, entry.kid] = entry
            if entry.use in SIGNING_USES:
                self._verifiers[entry.use, entry.kid] = VerifyKey(entry.kid, entry.public, entry.event_uid)

    def find(self, use: KeyUse, kid: bytes) -> VerifyKey | None:
        """The key of that use and id, withdrawn ones and other events' too: the caller decides what that means."""
        return self._verifiers.get((use, kid))

    def entry(self, use: KeyUse, kid: bytes) -> KeyEntry | None:
        """What the list says of that key: whose it is, whether a test's, whether withdrawn."""
        return self._entries.get((use, kid))

    def finder(self, use: KeyUse) -> Callable[[bytes], VerifyKey | None]:
        """`find` for one use, as `envelope.verify` and `open_pass` want it."""
        return lambda kid: self.find(use, kid)

    def own_finder(self, use: KeyUse) -> Callable[[bytes], VerifyKey | None]:
        """Only keys of the list's own event that are not withdrawn: for badges, certificates, manifests, answers."""
        return lambda kid: self._own(use, kid)

    def entries_of(self, use: KeyUse) -> tuple[KeyEntry, ...]:
        """The own event's keys of a use that are not withdrawn, in the list's order."""
        own = self.key_list.event_uid
        return tuple(e for e in self.key_list.keys if e.use is use and e.event_uid == own and not e.is_withdrawn())

    def _own(self, use: KeyUse, kid: bytes) -> VerifyKey | None:
        entry = self._entries.get((use, kid))
        if entry is None or entry.is_withdrawn() or entry.event_uid != self.key_list.event_uid:
            return None
        return self._verifiers.get((use, kid))


def _curve_of(use: KeyUse) -> int:
    return CRV_X25519 if use is KeyUse.SEAL else CRV_ED25519


def _row(entry: KeyEntry) -> list[cbor.Cbor]:
    return [
        entry.kid,
        entry.use.value,
        entry.public,
        entry.not_before_s,
        entry.withdrawn_at_s,
        entry.event_uid,
        entry.is_test,
    ]


def _parse(payload: bytes) -> KeyList | None:
    match cbor.decode(payload, KEY_LIST_BYTES_MAX):
        case [int(version), bytes(event_uid), int(made_s), list(rows)] if len(rows) <= KEYS_MAX:
            pass
        case _:
            return None
    if not (is_within(version, 0, VERSION_MAX) and is_seconds(made_s) and len(event_uid) == EVENT_UID_BYTES):
        return None
    entries = _all_or_none(_parse_row(row) for row in rows)
    if entries is None or len({(entry.use, entry.kid, entry.event_uid) for entry in entries}) != len(entries):
        return None
    return KeyList(version, EventUid(event_uid), made_s, entries)


def _all_or_none(entries: Iterable[KeyEntry | None]) -> tuple[KeyEntry, ...] | None:
    known: list[KeyEntry] = []
    for entry in entries:
        if entry is None:
            return None
        known.append(entry)
    return tuple(known)


def _parse_row(row: cbor.Cbor) -> KeyEntry | None:
    match row:
        case [
            bytes(kid),
            str(use_name),
            bytes(public),
            int(not_before_s),
            int() | None as withdrawn_at_s,
            bytes(event_uid),
            bool(is_test),
        ]:
            pass
        case _:
            return None
    use = KeyUse(use_name) if use_name in LISTED_USES else None
    if use is None or len(public) != PUBLIC_BYTES or len(event_uid) != EVENT_UID_BYTES:
        return None
    if kid != thumbprint(public, _curve_of(use))[:KID_BYTES]:
        return None
    if use in SIGNING_USES and not is_sound_public_key(public):
        return None
    if not is_seconds(not_before_s):
        return None
    if withdrawn_at_s is not None and not is_seconds(withdrawn_at_s):
        return None
    return KeyEntry(kid, use, public, not_before_s, withdrawn_at_s, EventUid(event_uid), is_test)
