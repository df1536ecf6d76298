"""Money back: asked for in the transaction of what causes it, made by the worker through the payment's own provider.

What is asked back of a payment never exceeds what came by it: both are rows, summed under the order's lock. The key of
a refund makes it happen once at the provider, however often the worker has to ask.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput, require
from syncserver.db.engine import Database
from syncserver.jobs.model import GiveUp, Handler, JobContext
from syncserver.jobs.queue import enqueue
from syncserver.services.mail_queue import MailKind, ask_mail
from syncserver.services.payment_provider import PaymentProvider, ProviderPayment, ProviderRefused, ProviderUnreachable
from syncserver.stores import payments as store
from syncserver.stores import returns
from syncserver.stores.orders import OrderRow
from syncserver.stores.payments import PaymentRow, RefundRow

PAYMENT_QUEUE = "payments"
HOW_CHARACTERS_MAX = 200
REFUND_PAYMENT = "refund_payment"
# When to ask a provider again that gave no answer: quickly at first, then every six hours for a week.
AGAIN_AFTER_S = (5, 20, 60, 300, 900, *(3600,) * 6, *(6 * 3600,) * 28)

log = structlog.get_logger(__name__)


class Why:
    """Why money goes back; stored with the refund."""

    SOLD_OUT = "sold_out"
    PAID_TWICE = "paid_twice"
    CLOSED = "closed"
    WRONG_AMOUNT = "wrong_amount"
    TICKET_GONE = "ticket_gone"
    TICKET_CHANGED = "ticket_changed"
    TICKET_BLOCKED = "ticket_blocked"
    OVER_LIMIT = "over_limit"
    RETURNED = "returned"


class RefundPayment(msgspec.Struct, frozen=True):
    """Arguments of the job that gives money back: which, and how often the provider gave no answer."""

    key: str
    tries: int = 0


def ask_whole(
    tx: Connection, order: OrderRow, payment: PaymentRow, seen: ProviderPayment, why: str, now_ms: int
) -> None:
    """All of a payment goes back, because it bought nothing; the buyer is told by mail. Once per payment."""
    key = f"refund-{payment.key}"
    if store.add_refund(tx, payment, key, (seen.amount_minor, seen.currency), why, now_ms):
        enqueue(tx, PAYMENT_QUEUE, REFUND_PAYMENT, RefundPayment(key), key, now_ms, event_id=order.event_id)
        ask_mail(tx, order, MailKind.REFUNDED, now_ms)


def note_by_hand(tx: Connection, order: OrderRow, refund_id: int, how: str, now_ms: int) -> bool:
    """People gave back what the provider had refused; False: that was noted before. The caller holds the order's lock.

    Raises BadInput for a refund that is not this order's or was not refused, and for no word on how.
    """
    how = " ".join(how.split())
    if not 0 < len(how) <= HOW_CHARACTERS_MAX:
        raise BadInput(
            f"say how it was given back, such as the bank's reference, in up to {HOW_CHARACTERS_MAX} letters"
        )
    refund = next((one for one in store.refunds_of_order(tx, order.id) if one.id == refund_id), None)
    if refund is None:
        raise BadInput(f"the order {order.code} has no such refund: look at it again")
    if refund.made_ms is not None:
        return False
    if refund.refused_ms is None:
        raise BadInput("this refund was not refused: it is still under way at the provider, so wait for its answer")
    money = (-refund.amount_minor, refund.currency)
    payment = store.get(tx, refund.payment_id)
    store.add_movement(tx, payment, "refund", f"refund:{refund.id}", money, now_ms)
    store.refund_made_by_hand(tx, refund.id, how, now_ms)
    return True


def left_to_give(tx: Connection, order: OrderRow) -> int:
    """What of an order's money was not asked back yet."""
    return sum(amount for _, amount in _sources(tx, order))


def ask_for_return(tx: Connection, order: OrderRow, amount_minor: int, return_id: int, now_ms: int) -> None:
    """So much of an order's money goes back, from its latest payments first. The caller holds the order's lock."""
    rest = amount_minor
    for payment, left in _sources(tx, order):
        some = min(rest, left)
        if some > 0:
            key = f"return-{return_id}-{payment.key}"
            store.add_refund(tx, payment, key, (some, order.currency), Why.RETURNED, now_ms, return_id)
            enqueue(tx, PAYMENT_QUEUE, REFUND_PAYMENT, RefundPayment(key), key, now_ms, event_id=order.event_id)
            rest -= some
    require(rest == 0, f"order {order.id}: {amount_minor} asked back, {rest} more than was paid")


def _sources(tx: Connection, order: OrderRow) -> list[tuple[PaymentRow, int]]:
    """(payment, what is left of it) of an order, the latest first."""
    attempts = reversed(store.of_order(tx, order.id))
    found = [(one, returns.paid_left(tx, order.id, one.id, order.currency)) for one in attempts]
    return [(payment, left) for payment, left in found if left > 0]


class Refunds:
    """Makes the refunds that were asked for. `provider` gives a payment's own, or raises ProviderRefused."""

    def __init__(self, db: Database, clock: Clock, provider: Callable[[str], PaymentProvider]) -> None:
        self._db, self._clock, self._provider = db, clock, provider

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `payments` carries out."""
        return {REFUND_PAYMENT: self._make}

    def _make(self, job: JobContext) -> None:
        args = job.args(RefundPayment)
        refund, payment = self._find(args.key)
        if refund.made_ms is not None:
            return
        try:
            made = self._provider(payment.provider).refund(
                payment.ref or "", refund.amount_minor, refund.currency, refund.key
            )
        except ProviderRefused as error:
            self._refused(refund)
            raise GiveUp(
                f"refund {refund.key}: refused by {payment.provider}: {error}. Give it back by hand"
            ) from error
        except ProviderUnreachable as error:
            log.warning("refund_unanswered", refund=refund.id, tries=args.tries, error=str(error))
            self._again(job, args, payment)
            return
        now_ms = self._clock.now_ms()
        with job.finishing() as tx:
            money = (-refund.amount_minor, refund.currency)
            if store.add_movement(tx, payment, "refund", f"refund:{refund.id}", money, now_ms):
                store.refund_made(tx, refund.id, made.ref, now_ms)
            else:  # people noted it while the provider was asked once more
                log.error("refund_made_twice", refund=refund.id, order=payment.order_id, ref=made.ref)

    def _find(self, key: str) -> tuple[RefundRow, PaymentRow]:
        with self._db.read() as tx:
            refund = store.refund_by_key(tx, key)
            payment = store.get(tx, refund.payment_id) if refund else None
        if refund is None or payment is None or payment.ref is None:
            raise GiveUp(f"refund {key}: no such refund; was the database restored? Compare with the provider")
        return refund, payment

    def _refused(self, refund: RefundRow) -> None:
        with self._db.write() as tx:
            store.refund_refused(tx, refund.id, self._clock.now_ms())

    def _again(self, job: JobContext, args: RefundPayment, payment: PaymentRow) -> None:
        """Later once more, as a job of its own: a bank's bad day must not use up one job's attempts."""
        if args.tries >= len(AGAIN_AFTER_S):
            raise GiveUp(f"refund {args.key}: {payment.provider} gave no answer for a week. See whether it still works")
        at_ms = self._clock.now_ms() + AGAIN_AFTER_S[args.tries] * 1000
        later, key = RefundPayment(args.key, args.tries + 1), f"{args.key}+{args.tries + 1}"
        with job.finishing() as tx:
            enqueue(tx, PAYMENT_QUEUE, REFUND_PAYMENT, later, key, at_ms, event_id=payment.event_id)
