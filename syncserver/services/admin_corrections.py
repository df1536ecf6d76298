"""Corrections by staff: the buyer's address, the names on tickets. Noted with who did it; codes stay the same."""

from __future__ import annotations

from collections.abc import Mapping

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.services.order_changes import NoteKind, OrderChanges, rename
from syncserver.services.orders import OrderView
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import orders as store
from syncserver.stores.order_changes import NoteRow


class CorrectionDesk:
    """Puts orders right for people who ask staff."""

    def __init__(self, db: Database, clock: Clock, changes: OrderChanges) -> None:
        self._db, self._clock, self._changes = db, clock, changes

    def correct(self, actor: Actor, view: OrderView, mail: str, names: Mapping[bytes, str]) -> bool:
        """Set what differs; whether anything did. Raises BadInput, and then nothing was changed."""
        try:
            return self._correct(actor, view, mail, names)
        except CannotBuy as error:
            raise BadInput("write a mail address like name@example.org, and no empty name") from error

    def _correct(self, actor: Actor, view: OrderView, mail: str, names: Mapping[bytes, str]) -> bool:
        who, changed = str(actor.account_id), False
        with self._db.write() as tx:
            order = store.get(tx, view.order.id, lock=True)
            known = store.holders_of_tickets(tx, order.event_id, store.holders_of_order(tx, order.id))
            for ticket, name in names.items():
                if ticket in known and name.strip() != known[ticket].name:
                    note = NoteRow(NoteKind.NAME.value, who, ticket, self._clock.now_ms())
                    rename(tx, order, ticket, name, note)
                    changed = True
            if mail.strip() != order.mail:
                self._changes.set_mail(tx, order, mail, who)
                changed = True
            if changed:
                record(tx, actor, Action.CORRECT, order.code)
        return changed
