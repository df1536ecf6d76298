"""The screens' words: complete in six languages, with the same fields, and drawn by the bundled font."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from PIL import ImageFont

from common.conflict_kinds import ConflictKind
from common.reason_texts import _CATALOGUES as REASONS
from common.rule_texts import CATALOGUES as RULES
from common.unbroken import UNBROKEN
from kiosk.sync.errors import SyncWhy
from kiosk.ui import catalogue
from kiosk.ui.catalogue import LANGUAGES, Texts, words

UI = Path(catalogue.__file__).parent
COMPOSED = re.compile(
    r"flag_\d|undecided_|news_|camera_|lane_|language_name|undone_what|undo_failed_what|role_|why_\d|written_|check_|setting_|hand_|theme_|preflight_|badge_|sample_|sync_why_|lan_why_|light_why_|not_done_|variant_|size_"
)
# Words that once stood beside another word for the same thing: a kiosk, a supervisor, a badge, an entry, a pass,
# where a kiosk stands.
OTHER_WORDS = {
    "cs": r"kiosek|průkaz\w* obsluhy|kart\w+ vedouc",
    "de": r"[Dd]ies\w+ Gerät|\bPass\b|abgelehnt|\bLeitung\b|gebucht",
    "en": r"\bdevice has|the administrator|(?<!\{)\bpoints?\b(?!\})",
    "fr": r"kiosque|superviseur|entrées (?:en attente|précédentes)",
    "it": r"terminale|supervisore|\b[Ll]egg(?:ere (?:il|un|di|anche|o|prima)|ono|endo)\b|\w[ai]te (?:il|la|le|lo|un)\b",
    "pl": r"[Tt]o urządzenie|centrum|imprez|kart\w+ kierownik|bilet\w* próbn\w+[;?]",
}
NOW_MS = 1_846_500_300_000  # 2028-07-06 12:45 UTC


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_fields(language: str) -> None:
    english, here = words("en"), words(language)
    assert here.keys() == english.keys()
    assert all(text.strip() for text in here.values())
    assert {key: fields_of(text) for key, text in here.items()} == {
        key: fields_of(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_a_word_of_its_own(language: str) -> None:
    shown = [words(language)[f"word_{name}"] for name in ("admit", "hand_out", "let_out", "ask", "refuse", "fault")]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_locked_kiosk_is_not_taken_for_a_blocked_ticket(language: str) -> None:
    assert words(language)["locked"] not in {words(language)["found_blocked"], REASONS[language]["blocked"][0]}
    assert words(language)["locked"].split()[0] in {"Kiosk", "Borne", "Chiosco"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_has_one_word(language: str) -> None:
    reasons = [text for texts in REASONS[language].values() for text in texts]
    texts = [*words(language).values(), *RULES[language].values(), *reasons]
    assert [text for text in texts if re.search(OTHER_WORDS[language], text)] == []


@pytest.mark.parametrize(
    ("language", "claims"),
    [
        ("en", r"\bentr(?:y|ies)\b"),
        ("it", r"\bvoc[ei]\b|\bingressi\b"),
        ("pl", r"\bwpis(?:y|ów)\b"),
    ],
)
def test_what_waits_to_be_sent_is_not_called_by_a_word_that_counts_people(language: str, claims: str) -> None:
    """Refusals are among it: "entries waiting: 5" was taken for five who came in."""
    told = {key: text for key, text in words(language).items() if re.search(claims, text) and "{" in text}
    assert told == {}


def test_every_text_the_code_asks_for_exists_and_none_is_left_over() -> None:
    code = "".join(path.read_text() for path in [*UI.rglob("*.py"), *UI.rglob("*.kv")])
    quoted = set(re.findall(r"[\"']([a-z_0-9]+)[\"']", code))
    composed = {key for key in words("en") if COMPOSED.match(key)}
    assert words("en").keys() - quoted - composed == set()


def test_every_kind_of_conflict_has_words() -> None:
    assert {*(f"undecided_{kind}" for kind in ConflictKind), "undecided_more"} == {
        key for key in words("en") if key.startswith("undecided_")
    }
    assert {f"news_{kind}" for kind in (*ConflictKind, "head", "more", "other")} == {
        key for key in words("en") if key.startswith("news_")
    }


def test_whatever_may_go_wrong_with_the_server_has_words() -> None:
    assert {f"sync_why_{why}" for why in SyncWhy} == {key for key in words("en") if key.startswith("sync_why_")}


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_bundled_font_has_every_character_of_every_text(weight: str) -> None:
    font = ImageFont.truetype(str(UI / "fonts" / f"NotoSans-{weight}.ttf"), 40)
    missing = bytes(font.getmask("\U0010ffff"))
    characters = {char for language in LANGUAGES for text in words(language).values() for char in text} - {
        " ",
        "\u00a0",
    }
    assert {char for char in characters | set("–·×+…") if bytes(font.getmask(char)) == missing} == set()


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (-5, "0 s"),
        (45_000, "45 s"),
        (12 * 60_000, "12 min"),
        (185 * 60_000, "3 h 5 min"),
        (52 * 3_600_000, "2 d 4 h"),
    ],
)
def test_ages_are_said_in_two_units_at_most(milliseconds: int, said: str) -> None:
    assert Texts("en").age(milliseconds).replace(UNBROKEN, " ") == said


def test_moments_are_said_in_the_zone_and_language() -> None:
    yesterday_ms = NOW_MS - 26 * 3_600_000
    assert Texts("en").when(NOW_MS, "Europe/Prague", NOW_MS) == "today 14:45"
    assert Texts("cs").when(NOW_MS, "Europe/Prague", NOW_MS) == "dnes 14:45"
    assert "12:45" in Texts("de").when(yesterday_ms, "Europe/Prague", NOW_MS)
    assert "Juli" in Texts("de").when(yesterday_ms, "Europe/Prague", NOW_MS)


def test_a_missing_translation_falls_back_to_english_then_to_any() -> None:
    texts = Texts("it")
    assert texts.name({"en": "Gate", "cs": "Brána"}) == "Gate"
    assert texts.name({"cs": "Brána"}) == "Brána"
    assert texts.name({}) == ""
    assert Texts("xx").language == "en"


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [
        ("en", "Menu", "Menu: L, XL"),
        ("en", "Which?", "Which? L, XL"),
        ("fr", "Menu", "Menu_: L, XL"),
        ("fr", "Lequel_?", "Lequel_? L, XL"),
    ],
)
def test_a_name_and_its_value_are_parted_as_the_language_does(language: str, name: str, said: str) -> None:
    assert Texts(language).pair(name.replace("_", UNBROKEN), "L, XL") == said.replace("_", UNBROKEN)


def test_names_of_an_event_are_bound_like_texts() -> None:
    assert Texts("fr").name({"fr": "Tee-shirt : noir"}) == f"Tee-shirt{UNBROKEN}: noir"
    assert Texts("fr").name({"cs": "Kino : sál"}) == "Kino : sál"
    assert Texts("cs").name({"cs": "Tričko s potiskem"}) == f"Tričko s{UNBROKEN}potiskem"
