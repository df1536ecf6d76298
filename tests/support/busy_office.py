"""An office in the middle of an event: sold tickets, kiosks at work, conflicts, a tray, jobs that were given up."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from common.bodies import Decide, Flag, Redeem, Refuse
from common.exchange import DeviceStatus
from common.ids import Cause, TicketId
from syncserver.jobs.model import ATTEMPTS_MAX, JobState
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.services.orders import OrderView
from syncserver.services.passes import SignedPasses
from syncserver.services.payment_provider import PaymentState
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.shop import Outside, make_shop
from syncserver.stores import devices as device_store
from syncserver.stores import jobs as job_store
from tests.support.admin_world import Office
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS, LUNCH, Pen
from tests.support.shop_world import SECRET, Letterbox, ShopWorld, TestBank

STATUS = DeviceStatus(version="0.1.0", pending=3, learnt=120, battery=64, clock_offset_ms=400)


def shop_of(office: Office) -> ShopWorld:
    """A shop on the office's database, with a bank that does what a test says."""
    s, bank, letterbox = office.services, TestBank(), Letterbox()
    outside = Outside("http://shop.test", SECRET, {"bank": bank}, SignedPasses(s.db, s.keys), letterbox)
    shop = make_shop(s.db, office.clock, outside)
    worker = Worker(s.db, office.clock, (SCRIBE_QUEUE, *shop.queues), {**shop.handlers(), **scribe_handlers(s.scribe)})
    event = shop.catalogues.event(office.event.key)
    assert event is not None
    return ShopWorld(s.db, office.clock, shop, bank, letterbox, s.keys, event, worker)


def sell(shop: ShopWorld, count: int = 1) -> OrderView:
    """A paid order of Anna Nová, its tickets issued and its mail sent."""
    _, view, ref = shop.buy("four_days", count)
    shop.bank.decide(ref, PaymentState.PAID)
    shop.tell(ref, f"event of {ref}")
    shop.worker.run_all()
    return shop.shop.orders.view(view.order.id)


def tell_status(office: Office, pen: Pen, status: DeviceStatus = STATUS) -> None:
    """A sign of life with a status, as an exchange writes it."""
    raw = msgspec.json.encode(msgspec.structs.asdict(status)).decode()
    with office.services.db.write() as tx:
        device_store.seen(tx, office.event.id, pen.device, raw, office.clock.now_ms())


def kill_job(office: Office, name: str = "send_mail", error: str = "smtp://mail: refused jan@example.org") -> int:
    """A job that was given up; its number."""
    now_ms = office.clock.now_ms()
    with office.services.db.write() as tx:
        job_store.add(tx, "mail", name, f"dead-{name}-{error[:8]}", "{}", now_ms, now_ms, office.event.id)
        job = job_store.claim(tx, ["mail"], "lease", now_ms, now_ms + 1)
        assert job is not None
        job_store.fail(tx, job, error, None)
        found = job_store.listed(tx, office.event.id, JobState.DEAD, None, now_ms, ATTEMPTS_MAX)
    return found[0].id


@dataclass(frozen=True)
class Busy:
    """What the office was filled with."""

    order: OrderView
    tickets: tuple[TicketId, ...]
    gate: Pen
    other: Pen


def fill(office: Office) -> Busy:
    """An order of three, one of them admitted twice by two gates, a refusal, a stranger's bytes, a dead job."""
    order = sell(shop_of(office), 3)
    tickets = tuple(TicketId(one.ticket) for one in order.tickets)
    gate, other = office.join("North gate"), office.join("South gate")
    tell_status(office, gate)
    first = gate.redeem(tickets[0])
    office.clock.advance(60)
    doubtful = Redeem(tickets[1], 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None, (int(Flag.CLOCK_DOUBTFUL),))
    refuse = Refuse(tickets[0], 0, None, "nothing_left", GATE, DAY)
    office.take(first, other.redeem(tickets[0]), gate.write(doubtful), gate.write(refuse))
    office.take(gate.redeem(tickets[2], LUNCH))
    stranger = Pen(office.world)
    known = office.services.known.event(office.event.uid)
    office.services.ingest.take(known, [b"no entry at all", stranger.redeem(tickets[0]).raw], gate.device)
    forbidden = Decide(Cause(b"c" * 16), tickets[0], first.ref, 1, ())
    office.take(other.write(forbidden))
    kill_job(office)
    office.services.snapshots.build(office.event.id)
    return Busy(order, tickets, gate, other)
