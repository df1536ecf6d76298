"""The small event with offers: a secret ticket and a secret item, places set aside, discounts of each kind."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from syncserver.db.engine import Database
from syncserver.db.tables_vouchers import voucher_claims, vouchers
from syncserver.services.admin_vouchers import VoucherDesk
from syncserver.services.event_file.model import Loaded
from syncserver.services.staff_actions import Actor
from syncserver.stores import events as event_store
from syncserver.stores import staff as staff_store
from tests.support.shop_world import SECRET, ShopWorld
from tests.support.small_event import small_event

OFFERS = """
[products.press]
kind = "ticket"
name = "Press pass"
sentence = "For the press."
category = "tickets"
price = 0
vat = "standard"
secret = true
admission = { use = "once" }

[products.lounge]
kind = "item"
name = "Lounge"
sentence = "A quiet seat."
category = "food"
price = 99
vat = "standard"
secret = true

[offers.press]
name = "Press"
opens = ["press", "lounge"]
limit_per_order = 2
uses = 1

[offers.club]
name = "Club"
code = "CLUB10"
percent = 10
uses = 1000
limit_per_person = 1

[offers.cheap_lunch]
name = "Cheap lunch"
code = "LUNCH50"
amount = 50
cheaper = ["lunch"]
uses = 5

[offers.guests]
name = "Guests"
code = "GUESTS"
reserve = [{ quota = "people", size = 4 }]
uses = 100
limit_per_order = 2
valid_until = "2028-07-06 08:00"

[offers.later]
name = "Later"
code = "LATER"
percent = 50
valid_from = "2028-07-06 08:00"

[points.main_gate]"""


def voucher_event(**replaced: str) -> Loaded:
    """Load it, with texts replaced as in `small_event`."""
    more = {
        "[points.main_gate]": OFFERS,
        'name = "Main gate"': 'name = "Main gate"\nposition = { lat = 50.1, lon = 14.4 }\nhours = "08:00-23:00"',
        'name = "Kitchen"': 'name = "Kitchen"\nposition = { lat = 50.1001, lon = 14.4001 }',
        'products = ["four_days", "one_day"]': 'products = ["four_days", "one_day", "press"]',
        'products = ["lunch", "beer"]': 'products = ["lunch", "beer", "lounge"]',
    }
    return small_event(**more, **replaced)


def make_codes(world: ShopWorld, offer: str = "press", count: int = 1, uses: int | None = None) -> list[str]:
    """Codes of a fresh batch, as an organiser reads them from the file."""
    desk = VoucherDesk(world.db, world.clock, SECRET)
    with world.db.write() as tx:
        event = event_store.by_id(tx, world.event.id)
        assert event is not None
        name = secrets.token_hex(8)
        account = staff_store.add(tx, name, "", "no password opens this", world.clock.now_ms(), must_change=False)
    actor = Actor(account, event.id, world.clock.now_ms())
    batch = desk.make(actor, event, secrets.token_bytes(8), (offer, count, uses, ""))
    return [line.split(",")[1] for line in desk.csv(event, batch.key.hex()).splitlines()[1:]]


def uses_of(db: Database) -> dict[str, int]:
    """What each voucher has had of uses, checked against its claims and against what it may have."""
    with db.read() as tx:
        rows = tx.execute(select(vouchers.c.id, vouchers.c.hint, vouchers.c.used, vouchers.c.uses_max)).all()
        live = select(voucher_claims.c.voucher_id).where(voucher_claims.c.state.in_(("held", "kept")))
        claims = list(tx.scalars(live))
    for row in rows:
        assert row.used == claims.count(row.id), f"{row.hint}: {row.used} used, {claims.count(row.id)} claims"
        assert row.used <= row.uses_max, row.hint
    return {row.hint: row.used for row in rows}
