"""No line ends where it must not: before French signs, after words of one letter, between a number and its unit."""

from __future__ import annotations

import re

import pytest

from common.reason_texts import _CATALOGUES as REASONS
from common.reason_texts import LANGUAGES
from common.rule_texts import CATALOGUES as RULES
from common.unbroken import UNBROKEN, told_whole, unbroken
from kiosk.ui.catalogue import words

TYPED = [
    ("fr", "Quel billet ?", "Quel billet_?"),
    ("fr", "{what} : laquelle ; « l’autre » !", "{what}_: laquelle_; «_l’autre_»_!"),
    ("fr", "à 14:30, https://porte.example.org", "à 14:30, https://porte.example.org"),
    ("en", "Which one ? A way : in", "Which one ? A way : in"),
    ("cs", "Jděte k bráně a v klidu", "Jděte k_bráně a_v_klidu"),
    ("cs", "Vstup s {name}, kód", "Vstup s {name}, kód"),
    ("pl", "Kod z biletu i w tym punkcie", "Kod z_biletu i_w_tym punkcie"),
    ("pl", "{h} godz. {m} min", "{h}_godz. {m}_min"),
    ("de", "{d} T {h} h, {n} % von {size} hier", "{d}_T {h}_h, {n}_% von {size} hier"),
    ("en", "{n} minutes, {s} shown, 12 min", "{n} minutes, {s} shown, 12 min"),
]


@pytest.mark.parametrize(("language", "typed", "shown"), TYPED)
def test_spaces_are_bound_as_the_language_wants(language: str, typed: str, shown: str) -> None:
    assert unbroken(typed, language) == shown.replace("_", UNBROKEN)
    assert unbroken(unbroken(typed, language), language) == unbroken(typed, language)


@pytest.mark.parametrize(
    ("filled", "shown"),
    [("Left: 3", "Left:_3"), (f"Reste{UNBROKEN}: 1 250", "Reste_:_1 250"), ("Valid: Sun 9", "Valid: Sun 9")],
)
def test_a_number_stands_beside_its_colon(filled: str, shown: str) -> None:
    assert told_whole(filled) == shown.replace("_", UNBROKEN)


def every_text(language: str) -> list[str]:
    """All a kiosk says in a language."""
    reasons = [text for texts in REASONS[language].values() for text in texts]
    return [*reasons, *RULES[language].values(), *words(language).values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_kiosk_comes_with_its_spaces_bound(language: str) -> None:
    texts = every_text(language)
    assert [text for text in texts if unbroken(text, language) != text] == []
    assert len(texts) > 400


def test_every_french_sign_has_its_space() -> None:
    """But in addresses and times: nothing but digits before, or no blank behind."""
    bare = [text for text in every_text("fr") if re.search(rf"[^\s{UNBROKEN}\d][:;?!](?:\s|$)", text)]
    assert bare == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_the_apostrophes_of_print_and_no_double_spaces(language: str) -> None:
    assert [text for text in every_text(language) if "'" in text or "  " in text] == []
