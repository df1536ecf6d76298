"""Catalogues are whole, and money, dates and plurals are right in each language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
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


def test_all_six_languages_are_offered() -> None:
    assert sorted(OFFERED) == ["cs", "de", "fr", "it", "pl"]


@pytest.mark.parametrize("language", OFFERED)
def test_nothing_is_a_guess_and_each_plural_has_as_many_forms_as_the_language(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    assert read.num_plurals == {"cs": 3, "pl": 3}.get(language, 2)
    assert [one.id for one in read if one.id and one.fuzzy] == []
    assert [str(one.id) for one in read if one.id and one.check()] == []
    plurals = [one for one in read if isinstance(one.id, list | tuple)]
    assert plurals
    assert {len(_forms(one.string)) for one in plurals} == {read.num_plurals}


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
    ("language", "forms"),
    [
        ("cs", {0: "a ještě 0 míst", 1: "a ještě jedno místo", 3: "a ještě 3 místa", 5: "a ještě 5 míst"}),
        ("de", {1: "und an einem weiteren Ort", 2: "und an 2 weiteren Orten"}),
        ("fr", {1: "et à un autre endroit", 2: "et à 2 autres endroits"}),
        ("it", {1: "e in un altro posto", 2: "e in altri 2 posti"}),
        (
            "pl",
            {
                1: "i jeszcze jedno miejsce",
                3: "i jeszcze 3 miejsca",
                12: "i jeszcze 12 miejsc",
                22: "i jeszcze 22 miejsca",
                25: "i jeszcze 25 miejsc",
            },
        ),
    ],
)
def test_each_number_gets_the_form_the_language_has_for_it(language: str, forms: dict[int, str]) -> None:
    words = translator(language)
    assert {n: words.plural("and one more place", "and %(count)s more places", n) for n in forms} == forms


def test_french_counts_none_as_one() -> None:
    assert translator("fr").plural("%(count)s thing found", "%(count)s things found", 0) == "0 article trouvé"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cs", "6. 7. 2028, 8:05"),
        ("en", "6 Jul 2028, 08:05"),
        ("de", "06.07.2028, 08:05"),
        ("fr", "6 juil. 2028, 08:05"),
        ("it", "6 lug 2028, 08:05"),
        ("pl", "6 lip 2028, 08:05"),
    ],
)
def test_a_moment_is_written_as_the_language_does_in_the_zone_of_the_event(language: str, text: str) -> None:
    at_ms = round(datetime(2028, 7, 6, 6, 5, tzinfo=UTC).timestamp() * 1000)
    assert translator(language).moment(at_ms, "Europe/Prague") == text


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [("fr", 5.5, "5,5"), ("en", 5.5, "5.5"), ("de", 21.0, "21"), ("cs", 10.05, "10,05"), ("pl", 0.0, "0")],
)
def test_a_rate_has_the_decimals_it_needs(language: str, value: float, text: str) -> None:
    assert translator(language).number(value) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cs", "1.–4. července 2028"),
        ("de", "1.–4. Juli 2028"),
        ("fr", "1er–4 juillet 2028"),
        ("it", "1–4 luglio 2028"),
        ("pl", "1–4 lipca 2028"),
    ],
)
def test_days_are_written_as_the_language_does(language: str, text: str) -> None:
    assert translator(language).days(date(2028, 7, 1), date(2028, 7, 4)) == text


@pytest.mark.parametrize(
    ("language", "amount_minor", "text"),
    [
        ("cs", 62_500, "625\u00a0Kč"),
        ("cs", 125_050, "1\u00a0250,50\u00a0Kč"),
        ("en", 62_500, "CZK\u00a0625"),
        ("en", 1, "CZK\u00a00.01"),
        ("de", 125_050, "1.250,50\u00a0CZK"),
        ("fr", 125_050, "1\u202f250,50\u00a0CZK"),
        ("it", 125_050, "1.250,50\u00a0CZK"),
        ("pl", 125_050, "1\u00a0250,50\u00a0CZK"),
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
