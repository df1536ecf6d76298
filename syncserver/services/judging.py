"""Whether a proof of scan holds: only who has the code key can say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from common.bodies import Flag
from common.facts import Standing, UseFact
from common.ticket_code import derive_code, is_proven
from syncserver.stores.events import EventRow

Judge: TypeAlias = Callable[[UseFact], Standing]  # CLAIMED: somebody else settles it


def judge(code_key: bytes, event: EventRow) -> Judge:
    """Tells of a use of this event whether the kiosk that wrote it really had the pass before it.

    A use found by name stays claimed: it proves badge and PIN instead, which `proofs` checks.
    """

    def standing(use: UseFact) -> Standing:
        if is_found_by_name(use):
            return Standing.CLAIMED
        name = use.ref.identity
        code = derive_code(code_key, use.ticket, use.generation)
        holds = use.proof is not None and is_proven(use.proof, code, event.uid, name.device, name.run, name.number)
        return Standing.PROVEN if holds else Standing.UNPROVEN

    return standing


def is_found_by_name(use: UseFact) -> bool:
    """Whether the ticket was used without its code."""
    return Flag.FOUND_BY_NAME in use.flags
