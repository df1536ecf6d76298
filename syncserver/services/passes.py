"""Passes as the shop shows and prints them. Only the scribe holds the keys that make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from syncserver.db.engine import Database
from syncserver.services import issue_passes
from syncserver.services.keys import KeyStore


@dataclass(frozen=True, slots=True)
class PassText:
    """A fresh pass: the digits of its QR code, and the ticket code printed under it."""

    ticket: bytes
    digits: str
    code: str
    product: int = 0  # what it says the ticket is
    is_blocked: bool = False  # then it has neither digits nor code


class PassSource(Protocol):
    """Makes passes on demand."""

    def passes_of(self, event_id: int, tickets: Sequence[bytes], *, with_blocked: bool = False) -> tuple[PassText, ...]:
        """Fresh passes of those of the tickets that are issued and in force, in the order asked for.

        A ticket whose statement the scribe has not written yet is left out: ask again in a moment. `with_blocked`
        names those that are blocked too, so that nobody waits for them.
        """
        ...


class SignedPasses:
    """Passes signed with the event's own keys, as fresh as the ticket's newest statement."""

    def __init__(self, db: Database, keys: KeyStore) -> None:
        self._db, self._keys = db, keys

    def passes_of(self, event_id: int, tickets: Sequence[bytes], *, with_blocked: bool = False) -> tuple[PassText, ...]:
        """Passes of those that are issued and neither blocked nor cancelled; blocked ones named if so wished."""
        with self._db.read() as tx:
            made = issue_passes.passes_of(tx, self._keys, event_id, tickets)
        told = [one for one in made if not one.is_cancelled and (with_blocked or not one.is_blocked)]
        return tuple(_told(one) for one in told)


def _told(made: issue_passes.PassText) -> PassText:
    if made.is_blocked:
        return PassText(made.ticket, "", "", made.product, is_blocked=True)
    return PassText(made.ticket, made.digits, made.code, made.product)
