"""The kinds of conflicts: names only, so that decisions can tell them and nothing that finds them need be imported."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class ConflictKind(StrEnum):
    """Why a use is for a person to decide, the gravest first. Words once stored are never reused."""

    PROOF_FAILED = "proof_failed"  # its proof of scan does not hold: the kiosk never had this pass before it
    FORKED = "forked_journal"  # its device used the same number for another entry
    AFTER_BLOCK = "after_block"
    AFTER_CANCEL = "after_cancel"
    AFTER_REISSUE = "after_reissue"  # with a code that had been replaced
    BEYOND = "beyond_entitlement"
    DEVICES = "devices_had_not_heard"
    WAITING = "after_revocation"  # written past its device's revocation: waits to be allowed
    CLOCK = "clock_ahead"  # stamped later than it was received
    OVERRIDE = "override"  # a person at the point answered for it


GRAVITY = {kind: rank for rank, kind in enumerate(ConflictKind)}


def by_gravity(kinds: Iterable[ConflictKind]) -> tuple[ConflictKind, ...]:
    """Each kind once, the gravest first."""
    return tuple(sorted(set(kinds), key=GRAVITY.__getitem__))
