"""What the lists a person leafs through say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.shown import ConflictShown, MessageShown, Written
from kiosk.ui.catalogue import Texts
from kiosk.ui.pages import history_pages, messages_pages
from kiosk.ui.status_words import message_line
from kiosk.ui.telling import Setting
from tests.support.fake_station import HISTORY, NOW_MS, status_of

REFUSAL = next(row for row in HISTORY if row.written is Written.REFUSED)


def words(language: str, quantity: int) -> str:
    row = replace(REFUSAL, quantity=quantity, until_ms=NOW_MS)
    pages = history_pages((row,), Setting(Texts(language), "Europe/Prague", NOW_MS), 9)
    return pages.pages[0].facts[0].value.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "3 times until "), ("cs", "3× do "), ("de", "3-mal bis "), ("it", "3 volte fino alle ")],
)
def test_repeats_of_a_refusal_are_told_with_how_often_and_until_when_to_the_second(language: str, said: str) -> None:
    clock = Texts(language).clock_s(NOW_MS, "Europe/Prague").replace("\u202f", " ")
    assert clock.count(":") == 2
    assert words(language, 3).endswith(f" · {said}{clock}")


HEADS = {
    "cs": "Rozhoduje dispečink, tady není co dělat:",
    "en": "The control room decides, nothing is to be done here:",
    "de": "Die Leitstelle entscheidet, hier ist nichts zu tun:",
    "fr": "La régie décide, il n’y a rien à faire ici :",
    "it": "Decide la centrale, qui non c’è nulla da fare:",
    "pl": "Decyduje centrala, tutaj nie trzeba nic robić:",
}
CONFLICT = ConflictShown(
    "devices_had_not_heard",
    {"en": "Four days", "de": "Vier Tage"},
    ((NOW_MS - 60_000, {"en": "North gate", "de": "Nordtor"}), (NOW_MS, {"en": "South gate", "de": "Südtor"})),
    "KLM-7Q",
)
NEWS = MessageShown("a1", NOW_MS, "Rozhoduje dispečink", False, False, (CONFLICT,), 2)


def news(language: str, message: MessageShown = NEWS) -> list[str]:
    pages = messages_pages((message,), Setting(Texts(language), "Europe/Prague", NOW_MS))
    return pages.pages[0].facts[0].value.replace("\u00a0", " ").replace("\u202f", " ").splitlines()


@pytest.mark.parametrize("language", HEADS)
def test_news_of_conflicts_are_in_the_kiosk_s_language_and_say_first_who_decides(language: str) -> None:
    told = news(language)
    assert told[0] == HEADS[language]
    assert "KLM-7Q" in told[1]
    assert "2" in told[2]
    assert len(told) == 3


def test_news_of_a_conflict_say_what_it_is_of_which_ticket_when_and_where() -> None:
    assert news("de")[1:] == [
        "Doppelt genutzt: Vier Tage · 14:44:00 Nordtor + 14:45:00 Südtor · Code …KLM-7Q",
        "und 2 weitere",
    ]


def test_a_kind_this_version_does_not_know_is_told_by_time_and_place() -> None:
    unknown = replace(CONFLICT, kind="of_a_later_version", product={}, uses=CONFLICT.uses[:1], code_end="")
    assert news("de", replace(NEWS, conflicts=(unknown,), more=0))[1:] == ["Zu entscheiden: 14:44:00 Nordtor"]


def test_in_passing_such_a_message_is_told_in_the_kiosk_s_language_too() -> None:
    status = replace(status_of(), unread=1, message="Rozhoduje dispečink", tells_conflicts=True)
    assert message_line(status, Texts("de")) == HEADS["de"].rstrip(":")
    assert message_line(replace(status, tells_conflicts=False), Texts("de")) == "Rozhoduje dispečink"


def test_a_refusal_that_was_one_alone_says_no_number() -> None:
    assert "until" not in words("en", 1)


@pytest.mark.parametrize(("code_end", "says"), [("PQRS-T", " · code …PQRS-T"), ("", "")])
def test_the_button_that_takes_back_says_how_the_code_ended_as_far_as_it_is_known(code_end: str, says: str) -> None:
    """With ten equal tickets in a row time and product tell nobody which one goes. All pieces of it do."""
    last = replace(next(row for row in HISTORY if row.can_undo), code_end=code_end)
    button = history_pages((last,), Setting(Texts("en"), "Europe/Prague", NOW_MS), 9).pages[0].button
    assert button is not None
    assert button.label == f"Undo:\u00a014:45 · 2\u00a0× {last.product['en']}{says}"
