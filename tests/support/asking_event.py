"""The small event with things that ask when they are bought: one question of every kind, and a dish for each lunch."""

from __future__ import annotations

from syncserver.services.event_file.model import Loaded
from tests.support.small_event import ALL_LANGUAGES, small_event

SAID = {  # good answers of one day's ticket
    "club": "Motoklub Ořech",
    "nights": "3",
    "trailer": "no",
    "shirt": "l",
    "days": "fri,sat",
    "arrival": "2028-07-06",
    "at": "14:30",
    "photos": "anna@example.org",
}
_OF_THE_TICKET = """
[products.one_day.questions.club]
text = { cs = "Váš klub?", en = "Your club?" }
kind = "text"
chars_max = 40
required = false
[products.one_day.questions.nights]
text = { cs = "Kolik nocí?", en = "How many nights?" }
kind = "number"
least = 0
most = 4
[products.one_day.questions.trailer]
text = { cs = "Máte přívěs?", en = "Do you bring a trailer?" }
kind = "yes_no"
[products.one_day.questions.shirt]
text = { cs = "Velikost trička", en = "Size of the shirt" }
kind = "choice"
options = { m.name = "M", l.name = "L" }
[products.one_day.questions.days]
text = { cs = "Které dny?", en = "On which days?" }
kind = "choice"
several = true
options = { fri.name = { cs = "Pátek", en = "Friday" }, sat.name = { cs = "Sobota", en = "Saturday" } }
[products.one_day.questions.arrival]
text = { cs = "Kdy přijedete?", en = "When do you arrive?" }
kind = "date"
required = false
[products.one_day.questions.at]
text = { cs = "V kolik?", en = "At what time?" }
kind = "time"
required = false
[products.one_day.questions.photos]
text = { cs = "E-mail pro fotografie", en = "E-mail for the photographs" }
kind = "mail"
required = false
"""
_OF_THE_LUNCH = """
[products.lunch.questions.dish]
text = { cs = "Jaké jídlo si dáte?", en = "Which dish would you like?" }
label = { cs = "Jídlo", en = "Dish" }
kind = "choice"
[products.lunch.questions.dish.options.meat]
name = { cs = "S masem", en = "With meat" }
[products.lunch.questions.dish.options.greens]
name = { cs = "Bez masa", en = "Without meat" }
[products.lunch.questions.allergies]
text = { cs = "Alergie", en = "Allergies" }
kind = "text"
required = false
"""


def asking_event(**replaced: str) -> Loaded:
    """One day's ticket asks eight things, each lunch two."""
    asked = {
        "[products.lunch]\n": _OF_THE_TICKET + "\n[products.lunch]\n",
        "[products.beer]\n": _OF_THE_LUNCH + "\n[products.beer]\n",
    }
    return small_event(**ALL_LANGUAGES, **asked, **replaced)
