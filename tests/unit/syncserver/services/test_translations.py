"""Catalogues are whole, and money, dates and plurals are right in each language."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from syncserver.services.translations import FOLDER, LANGUAGES, SOURCE_LANGUAGE, best_language, is_complete, translator
from tests.support.wordings import messages

OFFERED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE and is_complete(code)]
FILLED_IN = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> dict[object, tuple[str, ...]]:
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    return {one.id: _forms(one.string) for one in read if one.id}


def _forms(translated: object) -> tuple[str, ...]:
    return tuple(translated) if isinstance(translated, list | tuple) else (str(translated or ""),)


def test_czech_is_offered() -> None:
    assert "cs" in OFFERED


@pytest.mark.parametrize("language", OFFERED)
def test_every_text_of_pages_mails_and_paper_is_translated_and_none_is_left_over(language: str) -> None:
    wanted, have = messages(), catalogue(language)
    missing = {text: wanted[text] for text in wanted if not all(have.get(text, ("",)))}
    assert missing == {}
    assert set(have) - set(wanted) == set()


@pytest.mark.parametrize("language", OFFERED)
def test_what_is_filled_in_is_the_same_as_in_the_source(language: str) -> None:
    for text, translated in catalogue(language).items():
        source = text if isinstance(text, str) else str(text[-1])  # type: ignore[index]
        for form in translated:
            assert set(FILLED_IN.findall(form)) <= set(FILLED_IN.findall(source)), (text, form)
        assert set(FILLED_IN.findall(translated[-1])) == set(FILLED_IN.findall(source)), text


@pytest.mark.parametrize(
    ("count", "text"), [(1, "nalezena 1 věc"), (3, "nalezeny 3 věci"), (5, "nalezeno 5 věcí"), (0, "nalezeno 0 věcí")]
)
def test_czech_has_three_plural_forms(count: int, text: str) -> None:
    assert translator("cs").plural("%(count)s thing found", "%(count)s things found", count) == text


@pytest.mark.parametrize(
    ("language", "amount_minor", "text"),
    [
        ("cs", 62_500, "625\u00a0Kč"),
        ("cs", 125_050, "1\u00a0250,50\u00a0Kč"),
        ("en", 62_500, "CZK\u00a0625"),
        ("en", 1, "CZK\u00a00.01"),
        ("de", 125_050, "1.250,50\u00a0CZK"),
    ],
)
def test_money_is_written_as_the_language_does(language: str, amount_minor: int, text: str) -> None:
    assert translator(language).money(amount_minor, "CZK") == text


def test_a_currency_without_small_coins_has_none() -> None:
    assert translator("en").money(1250, "JPY").endswith("1,250")


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (date(2028, 7, 6), "6 July 2028"),
        (date(2028, 7, 9), "6–9 July 2028"),
        (date(2028, 8, 1), "6 July 2028 – 1 August 2028"),
    ],
)
def test_a_range_of_days_names_the_month_once(last: date, text: str) -> None:
    assert translator("en").days(date(2028, 7, 6), last) == text


@pytest.mark.parametrize(
    ("accepted", "found"), [(["sk-SK"], "cs"), (["de-AT", "en"], "en"), (["cs-CZ"], "cs"), ([], "en"), (["zz"], "en")]
)
def test_a_browser_gets_the_best_language_there_is(accepted: list[str], found: str) -> None:
    assert best_language(accepted, ("cs", "en"), "en") == found


def test_no_template_has_text_outside_the_catalogue() -> None:
    """Letters between tags that no function translates would stay English for everyone."""
    folders = [Path("shop_web/templates"), Path("syncserver/integrations/sandbox/templates")]
    root = Path(__file__).resolve().parents[4]
    loose = []
    for path in (file for folder in folders for file in (root / folder).rglob("*.html")):
        text = re.sub(
            r"{#.*?#}|{%.*?%}|{{.*?}}|<(style|script|svg)\b.*?</\1>|<!--.*?-->", "", path.read_text(), flags=re.DOTALL
        )
        loose += [(path.name, found) for found in re.findall(r">[^<]*?([A-Za-z]{2,}[^<]*)<", text)]
    assert loose == []
