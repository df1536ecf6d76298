"""Staff badges: who an operator is, and how badge and PIN together open what a role may see.

The badge is a signed token in a QR code. From its secret and the PIN, argon2id makes an X25519 private key; the server
keeps the public half only and seals the role's key to it (HPKE). Deriving the right key is the check of the PIN.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from argon2.low_level import ARGON2_VERSION, Type, core, error_to_str, ffi
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common import cbor, envelope, sealing
from common.cwt import CLAIM_EXP, CLAIM_PRIVATE, Claims, is_seconds, is_within, open_claims
from common.decimal_text import BYTES_MAX
from common.envelope import EnvelopeFault, Typ
from common.errors import BadInput, require
from common.ids import BADGE_ID_BYTES, EVENT_UID_BYTES, BadgeId, DeviceId, EventUid, RunId, TicketId
from common.sealing import SealedFor
from common.signing import SigningKey, VerifyKey
from common.wiping import moved, wipe, wiped_after

SECRET_BYTES: Final = 16
NAME_CHARACTERS_MAX: Final = 24
NAME_BYTES_MAX: Final = 31  # what the QR has room for beside the rest
PIN_DIGITS_MIN: Final = 6
PIN_DIGITS_MAX: Final = 12
ROLE_KEY_BYTES: Final = 32
PRIVATE_BYTES: Final = 32

# The second choice of RFC 9106 section 4, made for machines with little memory: 64 MiB is a fifth of what a kiosk may
# use, freed at once. A million PINs of six digits cost whoever holds both the badge and a device's files that many
# such runs, so a lost badge is to be blocked, and eight digits are better.
ARGON2_MEMORY_KIB: Final = 64 * 1024
ARGON2_PASSES: Final = 3
ARGON2_LANES: Final = 4


class Role(StrEnum):
    """What a person of the staff may do. On a badge each is a bit; bits are never reused."""

    HOSTESS = "hostess"
    WILD_HOSTESS = "wild_hostess"
    SUPERVISOR = "supervisor"
    ACCOUNTANT = "accountant"
    SUPPORT = "support"
    ADMIN = "admin"


_BITS: Final = {
    Role.HOSTESS: 1,
    Role.WILD_HOSTESS: 2,
    Role.SUPERVISOR: 4,
    Role.ACCOUNTANT: 8,
    Role.SUPPORT: 16,
    Role.ADMIN: 32,
}
# Who may look people up by name: the search index's key is sealed to badges with one of these roles.
SEARCHING_ROLES: Final = (Role.WILD_HOSTESS, Role.SUPERVISOR, Role.SUPPORT, Role.ADMIN)
PROOF_BYTES: Final = 8
_CLAIMS = frozenset({CLAIM_EXP, CLAIM_PRIVATE})
_ID_PREFIX = b"rallygate badge\x00"
_PROOF_INFO = b"rallygate proof of badge 1\x00"


class BadgeFault(StrEnum):
    """A signature that holds around what is no badge of this event."""

    MALFORMED = "malformed"
    WRONG_EVENT = "wrong_event"


@dataclass(frozen=True, slots=True)
class Badge:
    """A staff badge. Its secret is on the badge itself, so printing it again prints a key: treat it as one."""

    event: EventUid
    name: str  # 1 to 24 characters and at most 31 bytes, as shown to colleagues
    roles: tuple[Role, ...]  # at least one, in the order of Role
    secret: bytes  # 16 bytes
    expires_s: int  # seconds since 1970

    @property
    def badge(self) -> BadgeId:
        """Its public name, 8 bytes derived from the secret: entries and the server's tables hold this one."""
        return badge_id(self.secret)

    def has_expired(self, now_s: int) -> bool:
        """Whether it is over at that second."""
        return now_s >= self.expires_s


def new_badge_secret() -> bytes:
    """A fresh secret; another secret is another badge."""
    return secrets.token_bytes(SECRET_BYTES)


def badge_id(secret: bytes) -> BadgeId:
    """The badge's public name. Derived, not drawn: 9 bytes less in a code that has 151."""
    require(len(secret) == SECRET_BYTES, f"a badge secret has {SECRET_BYTES} bytes, not {len(secret)}")
    return BadgeId(hashlib.sha256(_ID_PREFIX + secret).digest()[:BADGE_ID_BYTES])


def sorted_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles once each, in the order of Role, as a Badge holds them."""
    return tuple(role for role in Role if role in set(roles))


def bits_of(roles: Iterable[Role]) -> int:
    """The roles as a statement holds them."""
    return sum(_BITS[role] for role in set(roles))


def roles_of_bits(bits: int) -> tuple[Role, ...]:
    """The roles behind the bits; bits of a later version are passed over."""
    return tuple(role for role in Role if bits & _BITS[role])


def is_badge_name(name: str) -> bool:
    """Whether a name fits a badge: 1 to 24 printable characters, at most 31 bytes in UTF-8."""
    is_short = 1 <= len(name) <= NAME_CHARACTERS_MAX and len(name.encode("utf-8", "replace")) <= NAME_BYTES_MAX
    return is_short and name.isprintable()


def sign_badge(badge: Badge, key: SigningKey) -> bytes:
    """The signed badge, short enough for `to_decimal`. Raises InvariantError for values over their limits."""
    bits = bits_of(badge.roles)
    claims: Claims = {
        CLAIM_EXP: badge.expires_s,
        CLAIM_PRIVATE: [badge.event + badge.secret, badge.name, bits],
    }
    payload = cbor.encode(claims)
    require(_read(payload) == badge, f"the badge of {badge.name!r} breaks the limits of badges")
    raw = envelope.sign(payload, key, Typ.BADGE)
    require(len(raw) <= BYTES_MAX, f"the badge of {badge.name!r} has {len(raw)} bytes, its code holds {BYTES_MAX}")
    return raw


def open_badge(
    raw: bytes, event: EventUid, find_key: Callable[[bytes], VerifyKey | None]
) -> Badge | EnvelopeFault | BadgeFault:
    """The badge, if a badge key of this event signed it. Neither expiry nor blocking is judged here."""
    signed = envelope.verify(raw, Typ.BADGE, find_key, BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return signed
    badge = _read(signed.payload)
    if badge is None:
        return BadgeFault.MALFORMED
    return badge if badge.event == event else BadgeFault.WRONG_EVENT


def badge_private(secret: bytes, pin: str) -> bytes:
    """The X25519 private key of badge and PIN, 32 bytes. Costs 64 MiB and three passes on purpose.

    Raises BadInput for a PIN that is not 6 to 12 digits.
    """
    return bytes(badge_private_buffer(bytearray(secret), pin))


def badge_private_buffer(secret: bytearray, pin: str) -> bytearray:
    """The same in a buffer that can be wiped, as nothing else of it stays in memory. Raises BadInput."""
    require(len(secret) == SECRET_BYTES, f"a badge secret has {SECRET_BYTES} bytes, not {len(secret)}")
    if not (PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX and pin.isascii() and pin.isdigit()):
        raise BadInput(f"PIN: {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits are needed; enter it again")
    private, typed = bytearray(PRIVATE_BYTES), bytearray(pin.encode())
    values = {
        "version": ARGON2_VERSION,
        "out": ffi.from_buffer("uint8_t[]", private),
        "outlen": len(private),
        "pwd": ffi.from_buffer("uint8_t[]", typed),
        "pwdlen": len(typed),
        "salt": ffi.from_buffer("uint8_t[]", secret),  # unknown to who has no badge; argon2 mixes it in whole
        "saltlen": len(secret),
        "secret": ffi.NULL,
        "secretlen": 0,
        "ad": ffi.NULL,
        "adlen": 0,
        "t_cost": ARGON2_PASSES,
        "m_cost": ARGON2_MEMORY_KIB,
        "lanes": ARGON2_LANES,
        "threads": ARGON2_LANES,
        "allocate_cbk": ffi.NULL,
        "free_cbk": ffi.NULL,
        "flags": 0,
    }
    status = core(ffi.new("argon2_context *", values), Type.ID.value)
    wipe(typed)
    require(status == 0, f"argon2: {error_to_str(status)}")
    return private


def badge_public(secret: bytes, pin: str) -> bytes:
    """The public half, 32 bytes: all the server keeps. Raises BadInput for a PIN that is not 6 to 12 digits."""
    return sealing.seal_public(badge_private(secret, pin))


def seal_role_key(public: bytes, role_key: bytes, event: EventUid, badge: BadgeId, role: Role) -> bytes:
    """Seal a role's key of 32 bytes to a badge's public key; it opens for this event, badge and role only."""
    require(len(role_key) == ROLE_KEY_BYTES, f"a role key has {ROLE_KEY_BYTES} bytes, not {len(role_key)}")
    return sealing.seal_to(public, role_key, _role_sealing(event, badge, role))


def open_role_key(sealed: bytes, badge: Badge, pin: str, role: Role) -> bytes | None:
    """The role's key, or None where the PIN (or the badge) is wrong. Takes as long as argon2id does.

    Raises BadInput for a PIN that is not 6 to 12 digits.
    """
    with wiped_after(badge_private_buffer(bytearray(badge.secret), pin)) as private:
        role_key = open_role_key_with(private, sealed, badge.event, badge.badge, role)
    return None if role_key is None else bytes(role_key)


def open_role_key_with(
    private: bytes | bytearray, sealed: bytes, event: EventUid, badge: BadgeId, role: Role
) -> bytearray | None:
    """The same for who has derived the badge's private key already, in a buffer that is to be wiped."""
    role_key = sealing.open_sealed(private, sealed, _role_sealing(event, badge, role))
    return moved(role_key) if role_key is not None and len(role_key) == ROLE_KEY_BYTES else None


def badge_proof_key(private: bytes | bytearray, public: bytes, event: EventUid, badge: BadgeId) -> bytearray | None:
    """What badge with PIN and the event's server share: own private half, the other's public half; None for a bad one.

    The kiosk has the badge's private half and the list's seal key, the server the seal key's private half and the
    badge's public one. Whoever has neither private half cannot make it.
    """
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a public key of small order
        return None
    with wiped_after(moved(shared)) as key:
        return moved(HKDF(hashes.SHA256(), 32, None, _PROOF_INFO + event + badge).derive(key))


def proof_of_badge(key: bytes | bytearray, ticket: TicketId, device: DeviceId, run: RunId, number: int) -> bytes:
    """The 8 bytes that stand in an entry for a proof of scan where a ticket was found by name."""
    message = ticket + device + run + number.to_bytes(8, "big")
    return hmac.digest(key, message, "sha256")[:PROOF_BYTES]


def _role_sealing(event: EventUid, badge: BadgeId, role: Role) -> SealedFor:
    return SealedFor(f"role {role.value}", event + badge)


def _read(payload: bytes) -> Badge | None:
    claims = open_claims(payload, BYTES_MAX, _CLAIMS)
    if claims is None:
        return None
    match [claims.get(CLAIM_EXP), claims.get(CLAIM_PRIVATE)]:
        case [int(expires_s), [bytes(names), str(name), int(bits)]]:
            pass
        case _:
            return None
    if not is_seconds(expires_s) or not is_within(bits, 1, sum(_BITS.values())):
        return None
    if len(names) != EVENT_UID_BYTES + SECRET_BYTES or not is_badge_name(name):
        return None
    return Badge(EventUid(names[:EVENT_UID_BYTES]), name, roles_of_bits(bits), names[EVENT_UID_BYTES:], expires_s)
