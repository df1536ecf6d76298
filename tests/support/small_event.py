"""A small event as an organiser would write it: two tickets, two items, a gate and a stand."""

from __future__ import annotations

from syncserver.services.event_file.load import parse
from syncserver.services.event_file.model import Loaded

TOML = """
format = 1

[event]
key = "trial"
name = "Trial Rally"
zone = "Europe/Prague"
starts = "2028-07-06 08:00"
ends = "2028-07-09 22:00"
currency = "CZK"
languages = ["cs", "en"]
default_language = "cs"

[event.organiser]
name = "Riders z.s."
address = "Praha 7"
country = "CZ"
mail = "riders@example.org"

[event.sender]
name = "Riders"
address = "tickets@example.org"

[legal]
imprint = "Riders"
terms = "Terms"
privacy = "Privacy"

[vat.standard]
percent = 21

[areas.grounds]
name = "Grounds"

[categories.tickets]
name = "Tickets"

[categories.food]
name = "Food"

[quotas.people]
size = 1000

[products.four_days]
kind = "ticket"
name = "Four days"
sentence = "All four days."
category = "tickets"
price = 625
vat = "standard"
quotas = ["people"]
admission = { use = "once_per_day" }

[products.one_day]
kind = "ticket"
name = "One day"
sentence = "One day."
category = "tickets"
price = 375
vat = "standard"
admission = { use = "once" }

[products.lunch]
kind = "item"
name = "Lunch"
sentence = "A lunch."
category = "food"
price = 189
vat = "standard"

[products.beer]
kind = "item"
name = "Beer"
sentence = "A beer."
category = "food"
price = 60
vat = "standard"

[points.main_gate]
kind = "gate"
name = "Main gate"
area = "grounds"
products = ["four_days", "one_day"]
lets_out = true

[points.kitchen]
kind = "stand"
name = "Kitchen"
area = "grounds"
products = ["lunch", "beer"]
"""


ALL_LANGUAGES = {'["cs", "en"]': '["cs", "en", "de", "fr", "it", "pl"]'}


def small_event(**replaced: str) -> Loaded:
    """Load the event with texts replaced in its file, as "size = 1000" by "size = 5"."""
    text = TOML
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    loaded = parse("trial.toml", lambda name, _: text.encode() if name == "trial.toml" else None)
    assert isinstance(loaded, Loaded), "\n".join(map(str, getattr(loaded, "problems", ())))
    return loaded
