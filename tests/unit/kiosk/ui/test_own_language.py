"""Nothing that a program says in English for its log reaches a screen, whatever language it speaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import BadInput
from common.ids import PointNo
from kiosk.checks_shown import Check, Health
from kiosk.not_done import NotDone, Why
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.failures import failure_words
from kiosk.ui.pages import preflight_pages
from kiosk.ui.presenter import failed_note, losses_note, moved_note
from kiosk.ui.status_words import ReadersShown
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS, REF
from tests.unit.kiosk.station.test_station import World

ENGLISH = "the disk refuses to write: I/O error at /var/lib/rallygate/journal.sqlite"
CHECKS = (
    Check("storage", "broken", Health.BAD, {"what": ENGLISH}),
    Check("snapshot", "broken", Health.BAD, {"what": ENGLISH}),
    Check("verdict", "fault", Health.BAD, {"what": ENGLISH, "fault": "snapshot_unreadable"}),
    Check("turnstile", "out_of_order", Health.BAD, {"what": ENGLISH}),
)


def setting_in(language: str) -> Setting:
    return Setting(Texts(language), "Europe/Prague", NOW_MS)


def check_words(check: Check, language: str) -> str:
    pages = preflight_pages((check,), ReadersShown(None), sound=True, setting=setting_in(language), characters=80)
    name = Texts(language)(f"check_{check.name}")
    return next(fact.value for page in pages.pages for fact in page.facts if fact.name == name)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_row_of_the_check_before_doors_has_its_words_and_no_program_s(check: Check) -> None:
    said = {language: check_words(check, language) for language in LANGUAGES}
    assert len(set(said.values())) == len(LANGUAGES)
    for language, text in said.items():
        assert ENGLISH not in text, language
        assert "{" not in text
        assert not text.endswith("()")


@pytest.mark.parametrize(
    "note",
    [
        lambda words, setting: moved_note(words, "", setting),
        losses_note,
        lambda words, setting: failed_note("variant_failed", words, setting),
    ],
    ids=["move", "losses", "variant"],
)
@pytest.mark.parametrize("failure", [*(NotDone(ENGLISH, why) for why in Why), BadInput(ENGLISH)], ids=repr)
def test_a_note_of_what_was_not_done_has_none_of_it(note: Callable[[str, Setting], object], failure: BadInput) -> None:
    said = [repr(note(failure_words(failure, Texts(language)), setting_in(language))) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert not any(ENGLISH in text for text in said)


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda world: world.kiosk.station.move_to(PointNo(1)), Why.SUPERVISOR),
        (lambda world: world.kiosk.station.accept_losses(), Why.SUPERVISOR),
        (lambda world: world.kiosk.station.hand_out(REF, (("xl", 1),)), Why.USE_GONE),
    ],
    ids=["move", "losses", "variant"],
)
def test_the_station_says_why_by_a_code(tmp_path: Path, ask: Callable[[World], object], why: Why) -> None:
    world = World(tmp_path / "kiosk")
    with pytest.raises(NotDone) as refused:
        ask(world)
    world.kiosk.close()
    assert refused.value.why is why
