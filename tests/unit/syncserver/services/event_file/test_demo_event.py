"""The demo event is whole: a hundred places, a hundred and fifteen items, six languages, a picture each."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from common.rules import PointKind, ProductKind
from syncserver.services.event_file.load import load
from syncserver.services.event_file.model import LANGUAGES, Attention, EventFile, Loaded, Texts
from syncserver.services.event_file.shift import shift_to

DEMO = Path(__file__).parents[5] / "packaging" / "demo-event" / "rally.toml"
PICTURE_BYTES_MAX = 12_000
ALWAYS_OPEN = ("gate_main", "shop_main", "kitchen_main", "bar_main")


@pytest.fixture(scope="module")
def demo() -> Loaded:
    """The demo event as it is delivered."""
    result = load(DEMO)
    assert isinstance(result, Loaded), "\n".join(map(str, result.problems))
    return result


def _texts(value: object) -> list[Texts]:
    """Every text anywhere in a value."""
    if isinstance(value, Texts):
        return [value]
    if isinstance(value, tuple):
        return [text for inner in value for text in _texts(inner)]
    if is_dataclass(value):
        return [text for item in fields(value) for text in _texts(getattr(value, item.name))]
    return []


def _items(event_file: EventFile) -> list[str]:
    return [product.key for product in event_file.products if product.kind is ProductKind.ITEM]


def test_nothing_is_wrong_and_nothing_warned_of(demo: Loaded) -> None:
    assert demo.warnings == ()


def test_a_kiosk_says_which_card_to_check_and_what_is_handed_out_does_not_ask_for_it_again(demo: Loaded) -> None:
    """A wheelchair ticket asked to "check the card", and once that was confirmed to "check the card and hand out"."""
    looked_at = [product for product in demo.event_file.products if product.attention is not None]
    assert Attention.CHECK_DISABILITY_CARD in {product.attention for product in looked_at}
    assert Attention.CHECK_CARD not in {product.attention for product in looked_at}
    handed = [product.handout for product in looked_at if product.handout is not None]
    assert handed
    assert not [one for one in handed if re.search("check|licence|card", one.best("en", "en"), re.IGNORECASE)]


def test_it_has_a_hundred_points_and_a_hundred_and_fifteen_items(demo: Loaded) -> None:
    kinds = Counter(point.kind for point in demo.event_file.points)
    assert (len(demo.event_file.points), len(_items(demo.event_file))) == (100, 115)
    assert kinds[PointKind.GATE] >= 15


def test_it_lasts_four_days_and_tickets_cost_what_they_cost(demo: Loaded) -> None:
    event = demo.event_file.event
    prices = {product.key: product.price_minor for product in demo.event_file.products}
    assert (event.last_day - event.first_day).days == 3
    assert (event.currency, prices["four_days"], prices["day_1"]) == ("CZK", 62500, 37500)
    assert {prices[key] for key in ("child_four_days", "senior_four_days", "wheelchair_four_days", "press")} == {0}


def test_every_text_is_there_in_six_languages(demo: Loaded) -> None:
    found = _texts(demo.event_file)
    assert len(found) > 500
    assert {tuple(language for language, _ in text.pairs) for text in found} == {LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_products_share_a_name_or_a_sentence(demo: Loaded, language: str) -> None:
    texts = [text.get(language) for product in demo.event_file.products for text in (product.name, product.sentence)]
    assert [text for text, count in Counter(texts).items() if count > 1] == []
    names = [point.name.get(language) for point in demo.event_file.points]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_no_name_is_a_number_in_disguise(demo: Loaded) -> None:
    for product in demo.event_file.products:
        for _, name in product.name.pairs:
            assert not re.fullmatch(r"\w+ \d+", name), name


def test_sentences_end_as_sentences_do(demo: Loaded) -> None:
    for product in demo.event_file.products:
        for language, sentence in product.sentence.pairs:
            assert sentence.endswith("."), (product.key, language)
            assert sentence[0].isupper(), (product.key, language)


def test_sentences_differ_between_languages(demo: Loaded) -> None:
    for product in demo.event_file.products:
        assert len({sentence for _, sentence in product.sentence.pairs}) == len(LANGUAGES), product.key


def test_each_product_has_a_small_picture_of_its_own(demo: Loaded) -> None:
    assert len({picture.sha256 for picture in demo.pictures}) == len(demo.event_file.products)
    for picture in demo.pictures:
        assert len(picture.data) <= PICTURE_BYTES_MAX, picture.path
        with Image.open(io.BytesIO(picture.data)) as image:
            assert (image.format, image.size) == ("WEBP", (640, 480)), picture.path


def test_no_picture_is_left_over(demo: Loaded) -> None:
    on_disk = {f"pictures/{path.name}" for path in (DEMO.parent / "pictures").iterdir()}
    assert on_disk == {picture.path for picture in demo.pictures}


def test_some_places_never_close_so_that_a_trial_works_at_any_hour(demo: Loaded) -> None:
    points = {point.key: point for point in demo.event_file.points}
    assert all(points[key].hours == () for key in ALWAYS_OPEN)
    assert "four_days" in points["gate_main"].products
    assert "tee_anniversary" in points["shop_main"].products


def test_shifted_to_any_day_it_still_lasts_four_days(demo: Loaded) -> None:
    for day in (date(2026, 3, 28), date(2026, 10, 24), date(2027, 2, 28)):
        event = shift_to(demo.event_file, day).event
        assert (event.first_day, (event.last_day - event.first_day).days) == (day, 3)
