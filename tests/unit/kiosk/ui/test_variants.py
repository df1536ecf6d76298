"""Another size on the screen: asked piece by piece, written, and said on the same verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Verdict
from common.rules import PointKind
from common.unbroken import UNBROKEN
from kiosk.shown import FirstUse, Handing, Shown, VariantShown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import OpenVariants, PickVariant, Picture
from kiosk.ui.presenter import present
from kiosk.ui.rows import Rows
from kiosk.ui.telling import Setting, variant_key
from kiosk.ui.variants import PIECES_MAX, asking_of, variant_rows
from tests.support.fake_sizes import HANDING, SIZES
from tests.support.fake_station import ANSWERS, NOW_MS, FakeStation
from tests.unit.kiosk.ui.test_finding import Finder

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS, PointKind.STAND)


def test_the_verdict_says_how_many_of_which_size_and_what_is_left(guide: Finder) -> None:
    picture = guide.scan("sizes")
    assert isinstance(picture, Picture)
    assert picture.headline.startswith(f"2{UNBROKEN}× ")
    assert picture.headline.endswith(": L, XL")
    assert "Left:\u00a01 (XL)" in [line.text for line in picture.lines]
    assert [button.label for button in picture.buttons] == ["Next", "Other size", "Undo"]


def test_each_piece_is_asked_for_then_written_and_shown(guide: Finder, station: FakeStation) -> None:
    guide.scan("sizes")
    rows = guide.act(OpenVariants())
    assert isinstance(rows, Rows)
    assert [(row.label, row.detail, row.chosen) for row in rows.rows] == [
        ("L", "bought:\u00a01", True),
        ("XL", "bought:\u00a02", False),
        ("S", "", False),
        ("M", "", False),
    ]
    assert "(1/2)" in rows.title
    rows = guide.act(PickVariant("xl"))
    assert isinstance(rows, Rows)
    assert "(2/2)" in rows.title
    picture = guide.act(PickVariant("s"))
    assert isinstance(picture, Picture)
    assert "Handed out: XL, S" in [line.text for line in picture.lines]
    assert station.handed == [(("xl", 1), ("s", 1))]


def test_what_was_noted_is_said_as_handed_out_and_not_as_bought(guide: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who had bought M and was handed L was told of by "T-shirt: L, hand out the size bought"."""
    unknown = replace(ANSWERS["sizes"], handing=replace(HANDING, now=(), left=()))
    monkeypatch.setitem(ANSWERS, "sizes", replace(unknown, hand_out={"en": "Hand out the size bought"}))
    guide.scan("sizes")
    guide.act(OpenVariants())
    guide.act(PickVariant("l"))
    picture = guide.act(PickVariant("l"))
    assert isinstance(picture, Picture)
    assert f"Handed out:\u00a02{UNBROKEN}× L" in [line.text for line in picture.lines]
    said = " ".join((picture.headline, *(line.text for line in picture.lines)))
    assert "bought" not in said
    assert ": L" not in picture.headline
    assert [button.label for button in picture.buttons] == ["Next", "Other size", "Undo"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_noted_is_told_in_every_language_of_the_last_use_too(language: str) -> None:
    texts = Texts(language)
    noted = replace(ANSWERS["sizes"], handing=replace(HANDING, noted=True))
    last = replace(noted, is_last=True, first_use=FirstUse(NOW_MS, {"en": "Stand"}, "", here=True))
    for shown in (noted, last):
        picture = present(shown, replace(SETTING, texts=texts))
        assert texts("variant_noted", what="L, XL") in [line.text for line in picture.lines]


def test_where_some_of_the_pieces_are_not_known_nobody_is_told_to_hand_out_what_was_bought() -> None:
    some = replace(HANDING, now=HANDING.now[:1], left=())
    shown = replace(ANSWERS["sizes"], handing=some, hand_out={"en": "Hand out the size bought"})
    lines = [line.text for line in present(shown, SETTING).lines]
    assert Texts("en")("size_unknown") in lines
    assert "Hand out the size bought" not in lines


def test_what_the_station_does_not_take_is_said(guide: Finder, station: FakeStation) -> None:
    guide.scan("sizes")
    guide.act(OpenVariants())
    guide.act(PickVariant("m"))
    picture = guide.act(PickVariant("m"))
    assert isinstance(picture, Picture)
    assert (picture.word, station.handed) == ("NOT DONE", [])


def test_many_pieces_are_asked_for_a_size_at_a_time() -> None:
    many = replace(HANDING, now=(replace(SIZES[0], quantity=PIECES_MAX), replace(SIZES[1], quantity=2)))
    shown = ANSWERS["sizes"]
    assert isinstance(shown.verdict, Verdict)
    asking = asking_of(
        replace(shown, verdict=replace(shown.verdict, quantity=PIECES_MAX + 3), handing=many), Texts("en")
    )
    assert asking is not None
    assert asking.groups == (("l", PIECES_MAX), ("xl", 2), ("", 1))
    assert variant_rows(asking, Texts("en")).title.startswith(f"{PIECES_MAX}{UNBROKEN}× ")
    assert replace(asking, picked=("l", "s", "s")).given == (("l", PIECES_MAX), ("s", 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_size_is_not_known_the_verdict_says_so_in_every_language(language: str) -> None:
    shown = replace(ANSWERS["sizes"], handing=replace(HANDING, now=(), left=()))
    picture = present(shown, replace(SETTING, texts=Texts(language)))
    assert Texts(language)("size_unknown") in [line.text for line in picture.lines]


@pytest.mark.parametrize(
    "shown",
    [
        ANSWERS["hand_out"],
        replace(ANSWERS["sizes"], handing=replace(HANDING, offers=SIZES[:1])),
        replace(ANSWERS["sizes"], entry=None),
    ],
)
def test_where_there_is_nothing_to_choose_there_is_no_button(shown: Shown) -> None:
    assert OpenVariants() not in [button.action for button in present(shown, SETTING).buttons]


def test_nobody_chooses_at_an_unattended_point() -> None:
    assert present(ANSWERS["sizes"], replace(SETTING, unattended=True)).buttons == ()


def test_choices_name_the_sizes_that_are_left() -> None:
    offers = [replace(one, variants=(VariantShown("l", {"en": "L"}, 2),)) for one in ANSWERS["choose"].choices]
    picture = present(replace(ANSWERS["choose"], choices=tuple(offers)), SETTING)
    assert all(f"2{UNBROKEN}× L" in button.detail for button in picture.buttons if button.most)


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (("S", "M", "3XL"), "size"),
        (("XS", "L men", "XXL (long)"), "size"),
        (("36–39", "40–43"), "size"),
        (("42", "43.5", "110"), "size"),
        (("Black", "Red"), "variant"),
        (("L", "Red"), "variant"),
        (("11:00 bus", "14:30 bus"), "variant"),
        (("Small", "Large"), "variant"),
        (("Model", "Sleeve"), "variant"),
    ],
)
def test_sizes_are_called_sizes_and_all_else_variants(names: tuple[str, ...], word: str) -> None:
    """An event file names what varies only by its variants, so their names tell."""
    offers = tuple(VariantShown(f"v{at}", {"en": name}, 1) for at, name in enumerate(names))
    assert variant_key("other", Handing(offers[:1], (), offers)) == f"{word}_other"
