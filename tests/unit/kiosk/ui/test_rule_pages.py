"""The rules here, page by page: the point first, then what it serves; nothing lost, each page headed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from common.catalogue import Catalogue, CataloguePoint
from common.decision import Fault, FaultCode
from common.ids import AreaNo, EventDay, EventUid, PointNo, ProductNo
from common.rule_texts import CATALOGUES, LANGUAGES, Rule
from common.rules import DayRule, PointKind, PointRules
from kiosk.rule_words import RuleWords, plain_rules, rules_told
from kiosk.rules_here import NO_RULES, rules_here
from kiosk.surroundings import Here
from kiosk.ui import catalogue
from kiosk.ui.catalogue import Texts
from kiosk.ui.rule_pages import Room, rules_pages
from tests.support.fake_names import GATE, LUNCH, SHIRT, TICKET
from tests.support.sample_rules import CALLED, FIRST, RULES

UI = Path(catalogue.__file__).parent
ROOMS = (Room(10, 100), Room(20, 58), Room(3, 20))


def words(language: str) -> RuleWords:
    return RuleWords(language, "Europe/Prague", CALLED)


@pytest.mark.parametrize("room", ROOMS, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_on_a_page_that_has_room_for_it(language: str, room: Room) -> None:
    pages = rules_pages(RULES, Texts(language), room).pages
    shown = [fact.value for page in pages for fact in page.facts if not fact.is_heading]
    own = tuple(one for one in RULES.rules if one.rule is not Rule.SERVES)
    expected = [*rules_told(own, RULES, language)]
    for product in RULES.products:
        expected += rules_told(product.rules, RULES, language)
    assert shown == expected
    for page in pages:
        assert page.facts[0].is_heading
        assert not page.facts[-1].is_heading
        assert sum(fact.share for fact in page.facts) <= max(room.rows, 1 + max(fact.share for fact in page.facts))


def test_headings_are_the_point_and_its_products_in_its_order() -> None:
    pages = rules_pages(RULES, Texts("en"), Room(200, 100)).pages
    headings = [fact.value for page in pages for fact in page.facts if fact.is_heading]
    assert headings[:4] == [GATE["en"], TICKET["en"], SHIRT["en"], LUNCH["en"]]
    assert len(headings) == 5


def test_a_section_cut_in_two_has_its_heading_on_both_pages() -> None:
    first, second = rules_pages(RULES, Texts("en"), Room(10, 100)).pages[:2]
    assert first.facts[0] == second.facts[0]
    assert first.facts[0].value == GATE["en"]


def test_a_kiosk_without_a_point_says_so() -> None:
    nowhere = rules_here(Fault(FaultCode.NO_POINT, "assign it a point"))
    assert nowhere == NO_RULES
    (page,) = rules_pages(nowhere, Texts("en"), Room(10, 100)).pages
    assert page.facts[0].value == "This kiosk has no place yet"


def test_a_product_the_catalogue_does_not_have_reads_as_a_rule_nobody_knows() -> None:
    rules, days = PointRules(PointNo(7), PointKind.STAND, AreaNo(1), (ProductNo(99),)), DayRule("Europe/Prague")
    known = Catalogue(1, EventUid(b"rly1"), {}, ("en",), "en", days, 0, 1, (), (CataloguePoint(rules, {}),), ())
    place = known.place(PointNo(7))
    assert place is not None
    (product,) = rules_here(Here(PointNo(7), place, known)).products
    assert product.names == {"en": "#99"}
    assert Rule.UNKNOWN_RULE in {one.rule for one in product.rules}


@pytest.mark.parametrize(
    ("language", "moment", "day", "evening"),
    [
        ("en", "Thu, 6 Jul 2028 19:25", "Thu, 6 Jul 2028", "18:05"),
        ("cs", "čt 6. 7. 2028 19:25", "čt 6. 7. 2028", "18:05"),
        ("de", "Do., 6. Juli 2028 19:25", "Do., 6. Juli 2028", "18:05"),
    ],
)
def test_moments_and_days_are_said_in_the_zone_with_their_year(
    language: str, moment: str, day: str, evening: str
) -> None:
    said = words(language)
    assert said.moment(1_846_517_100_000).replace("\u00a0", " ") == moment
    assert said.day(FIRST).replace("\u00a0", " ") == day
    assert said.time_of_day(18 * 60 + 5) == evening
    assert said.time_of_day(1440) == "24:00"


def test_what_has_no_name_is_called_by_its_number_or_key() -> None:
    assert CALLED.area(AreaNo(9), "it") == "#9"
    assert CALLED.product(ProductNo(9), "it") == "#9"
    assert CALLED.question(ProductNo(9), "size", "it") == "size"
    assert CALLED.option(ProductNo(9), "size", "xl", "it") == "xl"
    assert CALLED.question(ProductNo(2), "size", "it") == "Which size would you like?"


def test_another_day_reads_differently_in_every_language() -> None:
    for language in LANGUAGES:
        said = words(language)
        assert len({said.day(EventDay(FIRST + at)) for at in (0, 1, 31, 366)}) == 4


def test_for_programs_each_rule_has_its_key_its_value_and_its_words() -> None:
    plain = plain_rules(RULES, "cs")
    products = plain["products"]
    assert isinstance(products, list)
    shirt = products[1]["rules"]
    assert shirt[2] == {"rule": "quantity_per_day", "value": {"n": 2}, "text": "Každý den: nejvýše 2 dohromady"}
    assert shirt[-1]["value"] == {
        "product": 2,
        "key": "size",
        "ask": ["choice", "s", "m", "l", "xl", "xxl"],
        "required": True,
    }
    assert plain_rules(RULES, "xx")["language"] == "en"


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_bundled_font_has_every_character_of_every_rule(weight: str) -> None:
    font = ImageFont.truetype(str(UI / "fonts" / f"NotoSans-{weight}.ttf"), 40)
    missing = bytes(font.getmask("\U0010ffff"))
    characters = {char for texts in CATALOGUES.values() for text in texts.values() for char in text} - {" "}
    assert {char for char in characters if bytes(font.getmask(char)) == missing} == set()
