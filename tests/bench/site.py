"""The data of the big benches: a server with all tickets and uses, made once and kept, by the server's own code.

The tickets come from `rallygate-server issue-passes`; the uses are entries signed by enrolled devices and taken in by
ingest, then folded by the projector. Only the holders' rows are put straight into their tables: they come from orders,
and 300,000 checkouts would tell nothing about snapshots.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from common.catalogue import Catalogue, decode_catalogue
from common.clock import SystemClock
from common.days import date_of_day, event_day, wall_ms
from common.errors import BadInput, require
from common.ids import EventDay, ProductNo, TicketId
from common.rules import DayRule
from common.ticket_code import derive_code
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.db.tables_shop import holders, order_positions, orders
from syncserver.services.known_events import KnownEvent
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.bench.pens import Guest, Place, Shift, Written, dealt, enrol_pens, heads_after, in_batches, write_shift

ROOT = Path(__file__).parents[2]
EVENT_FILE = ROOT / "packaging" / "demo-event" / "rally.toml"
GATE, TICKET = "gate_main", "four_days"
ZONE = "Europe/Prague"  # of the demo event
PENS = 60
BATCH = 200
DAYS_BEFORE = 2  # the event began the day before yesterday, so that today's scans find uses of other days
ROWS_PER_INSERT = 10_000
FIRST_NAMES = ("Jana", "Petr", "Eva", "Tomáš", "Lucie", "Jürgen", "Chiara", "Łukasz", "Anaïs", "Kateřina")
SYLLABLES = ("ko", "va", "lo", "čer", "ný", "ma", "řík", "svo", "bo", "da", "hof", "ber", "gi", "ni", "ski", "wal")

Row = dict[str, object]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    tickets: int
    uses: int

    def __str__(self) -> str:
        """For a note."""
        return f"{self.tickets:,} tickets, {self.uses:,} uses"


FULL, SMALL = Size(300_000, 500_000), Size(3_000, 5_000)


@dataclass(frozen=True, slots=True)
class Making:
    """How long it took to make the data."""

    day: int
    issue_s: float
    intake_s: float
    projection_s: float
    projection_cpu_s: float


@dataclass(frozen=True, slots=True)
class Site:
    """A server's folder with the data in it, and what is needed to speak of it."""

    folder: Path
    size: Size
    services: Services
    event: EventRow
    catalogue: Catalogue
    place: Place  # today at the main gate
    making: Making

    @property
    def known(self) -> KnownEvent:
        """The event as the server's services know it."""
        return self.services.known.event(self.event.uid)


def open_site(cache: Path, size: Size, say: Say) -> Site:
    """The data of that size: kept, or made now. It is made anew when the event it was made for has moved on."""
    folder = cache / f"site-{size.tickets}-{size.uses}"
    mark = folder / "making.json"
    today = event_day(SystemClock().now_ms(), DayRule(ZONE))
    making = _made(mark)
    if making is None or making.day not in {today, today - 1}:
        shutil.rmtree(folder, ignore_errors=True)
        making = _make(folder, size, today, say)
        mark.write_text(json.dumps(asdict(making)))
    manage(folder, "init")  # kept data may be of an older schema than this code's
    return _opened(folder, size, making)


def _made(mark: Path) -> Making | None:
    """How kept data was made; None where there is none, or another version of this file made it."""
    told = json.loads(mark.read_text()) if mark.exists() else {}
    return Making(**told) if set(told) == set(Making.__dataclass_fields__) else None


def _make(folder: Path, size: Size, today: EventDay, say: Say) -> Making:
    folder.mkdir(parents=True)
    first_day = date_of_day(EventDay(today - DAYS_BEFORE))
    manage(folder, "init")
    manage(folder, "import-event", str(EVENT_FILE), "--starts-on", first_day.isoformat())
    say(f"making {size.tickets:,} tickets by rallygate-server issue-passes")
    began_s = time.monotonic()
    manage(folder, "issue-passes", "--count", str(size.tickets), "--product", TICKET, "--batch", "bench")
    issue_s = time.monotonic() - began_s
    site = _opened(folder, size, Making(today, issue_s, 0, 0, 0))
    intake_s = _make_uses(site, say)
    say(f"folding {size.uses:,} uses by the projector")
    began_s, cpu_s = time.monotonic(), time.process_time()
    site.services.projector.catch_up(site.event.id)
    projection_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    _put_holders(site)
    site.services.db.close()
    return replace(site.making, intake_s=intake_s, projection_s=projection_s, projection_cpu_s=cpu_s)


def _opened(folder: Path, size: Size, making: Making) -> Site:
    services = make_services(config_for(folder))
    event, catalogue, place = event_and_place(services)
    return Site(folder, size, services, event, catalogue, place, making)


def event_and_place(services: Services) -> tuple[EventRow, Catalogue, Place]:
    """The only event of a server, what it sells, and today at its main gate."""
    with services.db.read() as tx:
        event = event_store.all_events(tx)[0]
        newest = event_store.newest_catalogue(tx, event.id)
        point = event_store.point_no(tx, event.id, GATE)
        product = event_store.product_kinds(tx, event.id)[TICKET][0]
    catalogue = None if newest is None else decode_catalogue(newest[1])
    if not isinstance(catalogue, Catalogue):
        raise BadInput(f"{event.key}: its catalogue cannot be read ({catalogue}); import the event again")
    gate = next(one.rules for one in catalogue.points if one.rules.point == point)
    now_ms = services.clock.now_ms()
    day = event_day(now_ms, catalogue.days)
    return event, catalogue, Place(event.uid, gate.point, gate.area, ProductNo(product), day, now_ms)


def manage(folder: Path, *arguments: str, **settings: str) -> str:
    """Run one `rallygate-server` command on a folder; what it printed. Raises BadInput with its words if it failed."""
    command = [str(Path(sys.executable).parent / "rallygate-server"), *arguments]
    environment = {**os.environ, "RALLYGATE_DATA": str(folder), "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(f"rallygate-server {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


# --- uses -----------------------------------------------------------------------------------------


def _make_uses(site: Site, say: Say) -> float:
    """Two admissions, on two days, for as many tickets as that needs; seconds that ingest took."""
    pens = enrol_pens(site.services, site.event, PENS, site.place.point)
    guests = list(islice(_guests(site), site.size.uses // 2))
    took_s = 0.0
    for days_ago in (2, 1):
        random.Random(days_ago).shuffle(guests)
        shifts = dealt(guests, pens, _on_day(site, days_ago))
        say(f"{len(guests):,} admissions of {days_ago} days ago: signed beside, taken in by ingest")
        with signing(shifts) as written:
            done = []
            for one in written:
                took_s += take_in(site.services, site.known, one.raws)
                done.append(one)
        pens = [one.pen for one in done]
        heads = heads_after(shifts, done)
        guests = [replace(guest, seen=(heads[guest.ticket],)) for guest in guests]
    return took_s


def _guests(site: Site) -> Iterator[Guest]:
    code_key = site.services.keys.of(site.event.uid).code
    for ticket in tickets_of(site):
        yield Guest(ticket, derive_code(code_key, ticket, 0))


def tickets_of(site: Site) -> list[TicketId]:
    """All tickets, in the order of their ids."""
    with site.services.db.read() as tx:
        return sorted(ticket_store.generations(tx, site.event.id))


def _on_day(site: Site, days_ago: int) -> Place:
    day = EventDay(site.place.day - days_ago)
    return replace(site.place, day=day, from_ms=wall_ms(day, 9 * 60, site.catalogue.days))


@contextmanager
def signing(shifts: Sequence[Shift]) -> Iterator[Iterator[Written]]:
    """What was written, in the order of the shifts, signed by another process meanwhile."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool.map(write_shift, shifts)


def take_in(services: Services, known: KnownEvent, raws: Sequence[bytes], batch: int = BATCH) -> float:
    """Bring entries to ingest in batches; the seconds it took. Raises InvariantError if some were not taken."""
    took_s = 0.0
    for some in in_batches(raws, batch):
        began_s = time.monotonic()
        taken = services.ingest.take(known, some, None)
        took_s += time.monotonic() - began_s
        require(taken.count == len(some) and not taken.rejected, f"ingest took {taken} of {len(some)} entries")
    return took_s


# --- holders --------------------------------------------------------------------------------------


def _put_holders(site: Site) -> None:
    """An order with one position for every ticket, paid, with a holder's name and every third one a plate."""
    names = random.Random(1)
    rows = [_order_of(site, number, ticket, names) for number, ticket in enumerate(tickets_of(site), start=1)]
    for at in range(0, len(rows), ROWS_PER_INSERT):
        with site.services.db.write() as tx:
            for table, place in ((orders, 0), (order_positions, 1), (holders, 2)):
                tx.execute(table.insert(), [row[place] for row in rows[at : at + ROWS_PER_INSERT]])


def _order_of(site: Site, number: int, ticket: TicketId, names: random.Random) -> tuple[Row, Row, Row]:
    name = f"{names.choice(FIRST_NAMES)} {''.join(names.choices(SYLLABLES, k=3)).capitalize()}"
    plate = f"{names.randrange(10)}A{names.randrange(10)} {names.randrange(10_000):04d}" if number % 3 == 0 else ""
    at_ms = site.event.created_ms
    order: Row = {
        "id": number, "event_id": site.event.id, "uid": secrets.token_bytes(16), "code": f"B{number:08d}",
        "link_hash": secrets.token_bytes(32), "form_key": f"bench-{number}", "language": "cs", "name": name,
        "mail": f"holder{number}@example.org", "currency": "CZK", "total_minor": 62_500, "channel": "web",
        "placed_ms": at_ms, "pay_until_ms": at_ms, "fulfilled_ms": at_ms,
    }  # fmt: skip
    position: Row = {
        "event_id": site.event.id, "order_id": number, "place": 1, "product_no": site.place.product, "quantity": 1,
        "pieces": 1, "is_ticket": True, "ticket": ticket, "price_minor": 62_500, "currency": "CZK",
        "vat_rate_bp": 1200, "channel": "web",
    }  # fmt: skip
    holder: Row = {
        "event_id": site.event.id, "ticket": ticket, "order_id": number, "name": name, "plate": plate, "language": "cs",
    }  # fmt: skip
    return order, position, holder
