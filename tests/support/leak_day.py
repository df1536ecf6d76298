"""An event of a thousand people whose secrets can be told from anything else: for tests that look for leaks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from common.clock import SystemClock
from syncserver.services.event_file.model import Loaded
from syncserver.services.event_file.shift import shift_to
from syncserver.services.issue_passes import PassText
from syncserver.stores import order_changes, orders, purchase_answers
from tests.support.headless_process import HeadlessProcess
from tests.support.whole_world import Guest, WholeWorld, event_that_searches, make_whole_world

HOLDERS = 1_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
_ONE_DAY = 'admission = { use = "once" }\n'
_FOUR_DAYS = 'admission = { use = "once_per_day" }\n'
_QUESTIONS = """
[products.one_day.questions.diet]
kind = "text"
asked_at = "redemption"
text = { cs = "Čemu se má kuchyně vyhnout?", en = "What must the kitchen avoid?" }
[products.one_day.questions.mail]
kind = "mail"
required = false
asked_at = "redemption"
text = { cs = "E-mail pro fotografie", en = "E-mail for the photographs" }
"""
_AT_PURCHASE = """
[products.{ticket}.questions.avoids]
kind = "text"
required = false
text = {{ cs = "Čemu se vyhýbáte?", en = "What do you avoid?" }}
"""
_SYLLABLES = tuple(
    "žlu ťou čky kůň úpě ďáb els óda řez łod zół ćma ęzy ßel öhr åst ørn hav tře bíč šně nov sak mír pež".split()  # noqa: SIM905
)


def guests() -> list[Guest]:
    """A thousand people nobody else is called like, all with accents, a plate and a mail."""
    rng = random.Random(7)
    made: dict[str, Guest] = {}
    while len(made) < HOLDERS:
        first, last = ("".join(rng.choices(_SYLLABLES, k=3)).capitalize() for _ in range(2))
        number = len(made)
        made.setdefault(
            f"{first} {last}", Guest(f"{first} {last}", f"{number:04d}KWZJ", f"{last}.{number}@pošta.example")
        )
    return list(made.values())


def secrets_of(people: Sequence[Guest]) -> list[str]:
    """What must stand in no file: names, family names alone, plates, mails, answers of the purchase, staff's notes."""
    told = (person_secrets(person, number) for number, person in enumerate(people))
    return [text for secrets in told for text in secrets]


def person_secrets(person: Guest, number: int) -> tuple[str, ...]:
    """Those of one of them."""
    return (person.name, person.name.split()[1], person.plate, person.mail, answered_before(number), note_of(number))


def answered_before(number: int) -> str:
    """What somebody answered when they bought: it is kept with the holder, for the gate."""
    return f"Žádné ořechy, č. {number:04d}"


def note_of(number: int) -> str:
    """What staff wrote about somebody, for whoever scans the pass."""
    return f"Vozíčkářský doprovod {number:04d}"


def typed_answers(number: int) -> dict[str, str]:
    """What somebody answers to the questions of a one day's ticket at the gate."""
    return {
        "diet": f"Bezlepková příloha {number:04d}",
        "mail": f"fotky.{number:04d}@schránka.example".replace("á", "a"),
    }


@contextmanager
def a_world_of(path: Path) -> Iterator[WholeWorld]:
    """A server whose event goes on today."""
    world = make_whole_world(path, _today(), SystemClock())
    yield world
    world.services.db.close()


def tell_before(world: WholeWorld, passes: Sequence[PassText]) -> None:
    """What each holder answered about their ticket at the purchase, and a note of staff: both go to gates, sealed."""
    with world.services.db.write() as tx:
        for number, one in enumerate(passes):
            (bought,) = orders.by_tickets(tx, world.event.id, [one.ticket], 1)
            answers = {1: {(1, "avoids"): answered_before(number)}}
            purchase_answers.add(tx, world.event.id, bought.id, answers)
            order_changes.set_gate_note(tx, world.event.id, one.ticket, note_of(number))


def _today() -> Loaded:
    asked = {
        _ONE_DAY: _ONE_DAY + _QUESTIONS + _AT_PURCHASE.format(ticket="one_day"),
        _FOUR_DAYS: _FOUR_DAYS + _AT_PURCHASE.format(ticket="four_days"),
    }
    loaded = event_that_searches(**asked)
    today = date.fromordinal(EPOCH_DAY + SystemClock().now_ms() // 86_400_000)
    return Loaded(shift_to(loaded.event_file, today), loaded.pictures, loaded.warnings)


def join_and_fetch(world: WholeWorld, kiosk: HeadlessProcess, address: str, folder: Path) -> None:
    """Enrol a kiosk at the gate and let it take its three files."""
    made = world.services.enrol.make_code(world.event.id, "Gate", 1, 30)
    joined = kiosk.ask(do="enrol", server=address, code=made.code, thumbprint=made.thumbprint)
    assert joined["answer"] == "enrolled", joined
    kiosk.until(lambda: any((folder / "snapshots").glob("*-search.sqlite")))
