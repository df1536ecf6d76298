"""Which versions of protocol and schema understand each other: who speaks N serves who speaks N-1, in N-1's words.

The first field of every request is its protocol, so that it can be told before anything else of it is understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common import cbor
from common.exchange import MESSAGE_BYTES_MAX, PROTOCOL, SCHEMA


@dataclass(frozen=True, slots=True)
class Versions:
    """What somebody who answers speaks."""

    protocol: int = PROTOCOL
    schema: int = SCHEMA

    @property
    def oldest(self) -> int:
        """The oldest protocol that is served."""
        return max(1, self.protocol - 1)

    def refusal(self, protocol: int, schema: int, caller: str = "kiosk", answering: str = "server") -> str | None:
        """Why a caller that speaks this is not served, and who must be updated; None: it is served."""
        if protocol < self.oldest:
            older = f"update the {caller}, it goes on admitting meanwhile"
        elif protocol > self.protocol or schema > self.schema:
            older = f"update the {answering}, the {caller} goes on admitting meanwhile"
        else:
            return None
        spoken = f"{self.oldest} to {self.protocol}" if self.oldest < self.protocol else str(self.protocol)
        return (
            f"the {caller} speaks protocol {protocol} and schema {schema}, "
            f"this {answering} protocol {spoken} and schema {self.schema}: {older}"
        )

    def schema_for(self, schema: int) -> int:
        """The schema in which a caller is answered."""
        return min(self.schema, schema)


OURS: Final = Versions()


def protocol_told(payload: bytes, max_bytes: int = MESSAGE_BYTES_MAX) -> int | None:
    """The protocol a request names, also if nothing else of it is understood; None where it names none."""
    match cbor.decode(payload, max_bytes=max_bytes):
        case [int(protocol), *_]:
            return protocol
        case _:
            return None
