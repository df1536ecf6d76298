"""A small good event file, and reading files that exist only in memory."""

from __future__ import annotations

from collections.abc import Mapping

from syncserver.services.event_file.load import parse
from syncserver.services.event_file.model import EventFile, Loaded, Rejected

SMALL = """\
format = 1
include = []

[event]
key = "small"
name = "Small rally"
zone = "Europe/Prague"
starts = "2028-07-06 08:00"
ends = 2028-07-09T23:00:00
currency = "CZK"
languages = ["en", "cs"]
default_language = "en"
sale_until = "2028-07-09 12:00"

[event.organiser]
name = "Club"
address = "Street 1, Prague"
country = "CZ"
mail = "info@example.org"

[event.sender]
name = "Club"
address = "tickets@example.org"

[legal]
imprint = "Club"
terms = "Be kind."
privacy = "We keep little."

[vat.standard]
percent = 21

[areas.grounds]
name = { en = "Grounds", cs = "Areál" }

[categories.tickets]
name = { en = "Tickets", cs = "Vstupenky" }
[categories.food]
name = { en = "Food", cs = "Jídlo" }

[quotas.people]
size = 1000

[products.four_days]
kind = "ticket"
category = "tickets"
name = { en = "Four days", cs = "Čtyři dny" }
sentence.en = "All four days."
sentence.cs = "Všechny čtyři dny."
price = 625
vat = "standard"
quotas = ["people"]
[products.four_days.admission]
use = "in_out"
windows = [{ days = ["2028-07-06", "2028-07-07"] }]

[products.lunch]
kind = "item"
category = "food"
name = { en = "Lunch", cs = "Oběd" }
sentence = { en = "A goulash.", cs = "Guláš." }
price = "189.50"
vat = "standard"

[points.gate]
kind = "gate"
name = "Gate 1"
area = "grounds"
products = ["@tickets"]
lanes = { walking = 2, riding = 1 }

[points.stand]
kind = "stand"
name = "Kitchen"
area = "grounds"
products = ["lunch"]
hours = "11:00-22:00"
"""


def read(files: Mapping[str, str | bytes], name: str = "small.toml") -> Loaded | Rejected:
    """Parse files held in memory by name."""

    def read_file(wanted: str, bytes_max: int) -> bytes | None:
        found = files.get(wanted)
        raw = found.encode() if isinstance(found, str) else found
        return None if raw is None else raw[: bytes_max + 1]

    return parse(name, read_file)


def good(text: str = SMALL, name: str = "small.toml") -> EventFile:
    """The event file of a text that must be good."""
    result = read({name: text}, name)
    assert isinstance(result, Loaded), result
    return result.event_file


def complaints(text: str, name: str = "small.toml", **others: str) -> list[str]:
    """What a text is refused for, one line each; empty if it is good."""
    files = {name: text, **{key.replace("_toml", ".toml"): value for key, value in others.items()}}
    result = read(files, name)
    return [str(problem) for problem in result.problems] if isinstance(result, Rejected) else []


def warnings_of(text: str) -> list[str]:
    """What a good text is warned of."""
    result = read({"small.toml": text})
    assert isinstance(result, Loaded), result
    return [str(warning) for warning in result.warnings]
