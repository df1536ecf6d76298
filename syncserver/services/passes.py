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


class PassSource(Protocol):
    """Makes passes on demand."""

    def passes_of(self, event_id: int, tickets: Sequence[bytes]) -> tuple[PassText, ...]:
        """Fresh passes of those of the tickets that are issued and in force, in the order asked for.

        A ticket whose statement the scribe has not written yet is left out: ask again in a moment.
        """
        ...


class SignedPasses:
    """Passes signed with the event's own keys, as fresh as the ticket's newest statement."""

    def __init__(self, db: Database, keys: KeyStore) -> None:
        self._db, self._keys = db, keys

    def passes_of(self, event_id: int, tickets: Sequence[bytes]) -> tuple[PassText, ...]:
        """Passes of those that are issued and neither blocked nor cancelled."""
        with self._db.read() as tx:
            made = issue_passes.passes_of(tx, self._keys, event_id, tickets)
        live = [one for one in made if not (one.is_blocked or one.is_cancelled)]
        return tuple(PassText(one.ticket, one.digits, one.code, one.product) for one in live)
