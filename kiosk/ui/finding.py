"""Looking people up at the kiosk: what was asked, what was found, and how a found ticket is used. No Kivy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from common.decision import Request
from common.errors import BadInput
from common.ticket_code import CodeFault, parse_code
from kiosk.input.events import Scanned, Source
from kiosk.shown import Answer, Found
from kiosk.ui.ports import StationPort


@dataclass(frozen=True, slots=True)
class Look:
    """Whom to look for."""

    query: str

    @property
    def is_by_code(self) -> bool:
        """Whether a ticket's own code was given, which needs neither badge nor PIN."""
        return not isinstance(parse_code(self.query), CodeFault)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and which of it is shown; leaves memory with the list."""

    look: Look
    found: tuple[Found, ...]
    at: int = 0

    def opened(self, at: int) -> Looked:
        """With another one shown; unchanged where there is none."""
        return replace(self, at=at) if 0 <= at < len(self.found) else self

    @property
    def shown(self) -> Found:
        """The one that is shown."""
        return self.found[self.at]


def use_found(station: StationPort, looked: Looked, request: Request, now_s: float) -> Answer | None:
    """Use the ticket that is shown; None where badge and PIN are wanted again, as their time is over."""
    if looked.look.is_by_code:
        return station.scan(Scanned(looked.look.query, Source.TYPED, now_s), request)
    try:
        return station.redeem_found(looked.shown.ticket, request)
    except BadInput:
        return None
