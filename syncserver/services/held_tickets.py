"""A ticket received from a friend: whoever types its code holds the pass, and may put items on the ticket.

The code must be the one that is good now: after a transfer or a new code the old one opens nothing here either, and
what it had opened is closed again. A ticket that is blocked opens nothing until it is unblocked.
"""

from __future__ import annotations

from common.ticket_code import CodeFault, code_hash, parse_code
from syncserver.db.engine import Database
from syncserver.services.catalogue import ShopEvent
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import browsers, returns, tickets

CODE_CHARS_MAX = 40


class HeldTickets:
    """Tickets that browsers have shown the code of."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def show(self, event: ShopEvent, browser: bytes, text: str) -> None:
        """Remember the ticket of this code for the browser. Raises CannotBuy for any that is not good now."""
        code = parse_code(text[:CODE_CHARS_MAX])
        if isinstance(code, CodeFault):
            raise CannotBuy(Reason.TICKET_CODE_WRONG)
        hashed = code_hash(code)
        with self._db.write() as tx:
            found = tickets.by_ids(tx, event.id, tickets.by_code(tx, event.id, hashed))
            good = [
                one.ticket
                for one in found.values()
                if one.code_hash == hashed and one.is_issued and not (one.is_cancelled or one.is_blocked)
            ]
            if not good or not returns.standing(tx, event.id, good):
                raise CannotBuy(Reason.TICKET_CODE_WRONG)
            browsers.remember_ticket(tx, browser, event.id, good[0], hashed)
