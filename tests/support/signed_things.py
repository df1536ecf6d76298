"""Keys and signed values that are valid by default. The keys are TEST ONLY: their seeds stand below."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common.badges import Badge, Role
from common.ids import EventUid, ProductNo, TicketId
from common.keys import KeyEntry, KeyList, KeyUse, key_entry
from common.passes import Pass
from common.signing import SigningKey
from common.ticket_code import derive_code

EVENT = EventUid(bytes.fromhex("5261 6c6c"))
OTHER_EVENT = EventUid(bytes.fromhex("5465 7374"))
TICKET = TicketId(bytes.fromhex("8c3d2f4e6a7b8c9d"))
CODE_KEY = b"TEST ONLY code key, 32 bytes ..."
NOW_S = 1_847_000_000


def signing_key(name: str) -> SigningKey:
    """The test key of that name, the same in every run."""
    return SigningKey.from_seed(f"TEST ONLY {name}".encode().ljust(32, b".")[:32])


ROOT = signing_key("root")
PASS_KEY = signing_key("pass")
BADGE_KEY = signing_key("badge")
SCRIBE = signing_key("scribe")
ONLINE = signing_key("online")
OTHER_PASS_KEY = signing_key("pass of the test event")
DEVICE = signing_key("device").as_device()


def entry_of(use: KeyUse, key: SigningKey, **changes: Any) -> KeyEntry:  # noqa: ANN401 - any field of the value
    """The key list's row of a test key."""
    return replace(key_entry(use, key.verify_key.raw, EVENT), **changes)


def make_key_list(**changes: Any) -> KeyList:  # noqa: ANN401 - any field of the value
    """A key list with one key of each use and the pass key of a test event."""
    keys = (
        entry_of(KeyUse.PASS, PASS_KEY),
        entry_of(KeyUse.BADGE, BADGE_KEY),
        entry_of(KeyUse.SCRIBE, SCRIBE),
        entry_of(KeyUse.ONLINE, ONLINE),
        entry_of(KeyUse.PASS, OTHER_PASS_KEY, event_uid=OTHER_EVENT, is_test=True),
    )
    return replace(KeyList(version=1, event_uid=EVENT, made_s=NOW_S, keys=keys), **changes)


def make_pass(**changes: Any) -> Pass:  # noqa: ANN401 - any field of the value
    """A four-day ticket without items, first generation."""
    default = Pass(
        event=EVENT,
        ticket=TICKET,
        code=derive_code(CODE_KEY, TICKET, 0),
        generation=0,
        signed_s=NOW_S,
        expires_s=NOW_S + 345_600,
        not_before_s=None,
        product=ProductNo(150),
        items=(),
        kid=PASS_KEY.kid,
    )
    return replace(default, **changes)


def make_badge(**changes: Any) -> Badge:  # noqa: ANN401 - any field of the value
    """A hostess's badge."""
    default = Badge(
        event=EVENT,
        name="Jana Nováková",
        roles=(Role.HOSTESS,),
        secret=b"TEST ONLY secret",
        expires_s=NOW_S + 345_600,
    )
    return replace(default, **changes)
