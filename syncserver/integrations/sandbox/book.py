"""The gateway's book: an append-only file of JSON lines, replayed at start."""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from common.errors import UserFacing
from syncserver.services.payment_provider import PaymentState

SETTLED = (PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED)


class KeyReused(UserFacing):
    """An idempotency key came again with other contents."""


class RefundTooLarge(UserFacing):
    """More was asked back than was paid."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in the book."""

    id: str
    key: str
    order_code: str
    amount_minor: int
    currency: str
    description: str
    language: str
    return_url: str
    notify_url: str
    created_ms: int
    position: int  # from 1, in the order of making
    state: PaymentState = PaymentState.CREATED
    settles_ms: int | None = None  # pending: when the bank will say yes
    webhooks: int = 1  # how often the next change is told: 0, 1 or 2
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook still to be delivered."""

    event_id: str
    payment: str
    url: str


@dataclass(slots=True)
class _State:
    payments: dict[str, Payment] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # key -> refund id, payment, amount
    pending: dict[str, Delivery] = field(default_factory=dict)


class Book:
    """All payments of the gateway. Each change is on the disk before the method returns. Safe for threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._state = _State()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _cut_torn_line(path)
            for line in path.read_text(encoding="utf-8").splitlines():
                self._apply(json.loads(line))
        self._file = path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def make(self, key: str, fields: dict[str, str | int], now_ms: int) -> Payment:
        """The payment of this key, made now or before. Raises KeyReused if the contents differ."""
        with self._lock:
            if (known := self._state.by_key.get(key)) is not None:
                payment = self._state.payments[known]
                if any(getattr(payment, name) != value for name, value in fields.items()):
                    raise KeyReused(f"key {key} was used for another payment: take a new key")
                return payment
            ref = f"sp_{secrets.token_hex(10)}"
            position = len(self._state.payments) + 1
            self._write({"do": "make", "id": ref, "key": key, "created_ms": now_ms, "position": position, **fields})
            return self._state.payments[ref]

    def get(self, ref: str) -> Payment | None:
        """The payment of this name."""
        return self._state.payments.get(ref)

    def since(self, since_ms: int, after: int, limit: int) -> list[Payment]:
        """Payments made at or after an instant, beyond a position, oldest first."""
        with self._lock:
            rows = [p for p in self._state.payments.values() if p.created_ms >= since_ms and p.position > after]
        return rows[:limit]

    def settle(self, ref: str, state: PaymentState, webhooks: int) -> Payment:
        """The bank's final word; a payment that has one keeps it."""
        with self._lock:
            payment = self._state.payments[ref]
            if payment.state in SETTLED:
                return payment
            self._write({"do": "state", "id": ref, "state": state, "settles_ms": None, "webhooks": webhooks})
            self._tell(payment, webhooks)
            return self._state.payments[ref]

    def postpone(self, ref: str, settles_ms: int, webhooks: int) -> Payment:
        """The buyer has agreed; the bank will say yes at that instant."""
        with self._lock:
            if self._state.payments[ref].state is PaymentState.CREATED:
                change = {"state": PaymentState.PENDING, "settles_ms": settles_ms, "webhooks": webhooks}
                self._write({"do": "state", "id": ref, **change})
            return self._state.payments[ref]

    def refund(self, key: str, ref: str, amount_minor: int) -> str:
        """The id of the refund of this key, made now or before. Raises KeyReused or RefundTooLarge."""
        with self._lock:
            if (known := self._state.refunds.get(key)) is not None:
                if known[1:] != (ref, amount_minor):
                    raise KeyReused(f"key {key} was used for another refund: take a new key")
                return known[0]
            payment = self._state.payments[ref]
            left = payment.amount_minor - payment.refunded_minor if payment.state is PaymentState.PAID else 0
            if not 0 < amount_minor <= left:
                raise RefundTooLarge(f"{amount_minor} cannot be given back: {left} is what is left of payment {ref}")
            made = f"sr_{secrets.token_hex(10)}"
            self._write({"do": "refund", "id": made, "key": key, "payment": ref, "amount_minor": amount_minor})
            self._tell(payment, 1)
            return made

    def due(self, now_ms: int) -> list[Payment]:
        """Pending payments whose bank says yes by now."""
        with self._lock:
            rows = list(self._state.payments.values())
        return [p for p in rows if p.settles_ms is not None and p.settles_ms <= now_ms]

    def delivered(self, slot: str) -> None:
        """A webhook was acknowledged, or given up."""
        with self._lock:
            self._write({"do": "delivered", "slot": slot})

    def deliveries(self) -> list[tuple[str, Delivery]]:
        """(slot, delivery) of all webhooks not acknowledged yet; a slot is one copy of an event."""
        with self._lock:
            return list(self._state.pending.items())

    def _tell(self, payment: Payment, times: int) -> None:
        event = f"ev_{secrets.token_hex(10)}"
        for copy in range(times):
            self._write({"do": "tell", "slot": f"{event}/{copy}", "event": event, "payment": payment.id})

    def _write(self, record: dict[str, object]) -> None:
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._apply(record)

    def _apply(self, record: dict[str, object]) -> None:
        apply = {
            "make": self._apply_make,
            "state": self._apply_state,
            "refund": self._apply_refund,
            "tell": self._apply_tell,
            "delivered": self._apply_delivered,
        }
        values = dict(record)
        apply[str(values.pop("do"))](values)

    def _apply_make(self, values: dict[str, object]) -> None:
        payment = Payment(**values)  # type: ignore[arg-type]  # our own lines, written by make()
        self._state.payments[payment.id] = payment
        self._state.by_key[payment.key] = payment.id

    def _apply_state(self, values: dict[str, object]) -> None:
        payment = self._state.payments[str(values["id"])]
        settles, webhooks = values["settles_ms"], values["webhooks"]
        self._state.payments[payment.id] = replace(
            payment,
            state=PaymentState(str(values["state"])),
            settles_ms=settles if isinstance(settles, int) else None,
            webhooks=webhooks if isinstance(webhooks, int) else 1,
        )

    def _apply_refund(self, values: dict[str, object]) -> None:
        payment, amount = self._state.payments[str(values["payment"])], int(str(values["amount_minor"]))
        self._state.payments[payment.id] = replace(payment, refunded_minor=payment.refunded_minor + amount)
        self._state.refunds[str(values["key"])] = (str(values["id"]), payment.id, amount)

    def _apply_tell(self, values: dict[str, object]) -> None:
        payment = self._state.payments[str(values["payment"])]
        delivery = Delivery(event_id=str(values["event"]), payment=payment.id, url=payment.notify_url)
        self._state.pending[str(values["slot"])] = delivery

    def _apply_delivered(self, values: dict[str, object]) -> None:
        self._state.pending.pop(str(values["slot"]), None)


def _cut_torn_line(path: Path) -> None:
    """A kill can leave half a line at the end; it was never answered for, so it is cut off."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])
