"""A size nobody here knows: asked on the verdict itself, which stays, and noted by one touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Verdict
from common.ids import Ref
from common.rules import PointKind
from common.variants import Pieces
from kiosk.input.events import TwoCodes
from kiosk.shown import Handing, Shown, VariantShown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import GoOn, OpenVariants, PickVariant, Picture, Undo
from kiosk.ui.presenter import HANDING_S, present
from kiosk.ui.telling import Setting
from kiosk.ui.which_size import KEYS_MAX
from tests.support.fake_names import SHIRT
from tests.support.fake_sizes import SIZES
from tests.support.fake_station import ANSWERS, NOW_MS, REF, FakeStation
from tests.unit.kiosk.ui.test_finding import Finder

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS, PointKind.STAND)
NONE_KNOWN = Handing((), (), tuple(replace(one, quantity=0) for one in SIZES))
PICKS = [PickVariant(one.key) for one in SIZES]


def handed(quantity: int, handing: Handing = NONE_KNOWN) -> Shown:
    """So many shirts, of whichever size."""
    shown = ANSWERS["sizes"]
    assert isinstance(shown.verdict, Verdict)
    return replace(shown, verdict=replace(shown.verdict, quantity=quantity), handing=handing)


@pytest.fixture
def station(monkeypatch: pytest.MonkeyPatch) -> FakeStation:
    monkeypatch.setitem(ANSWERS, "sizes", handed(1))
    return FakeStation()


def test_a_size_that_is_not_known_is_asked_with_a_key_for_each_and_does_not_go_away() -> None:
    """It was green, went away by itself, and no size was noted."""
    picture = present(handed(1), SETTING)
    assert picture.headline == f"{SHIRT['en']}: which size is handed out?"
    assert [button.action for button in picture.buttons] == [GoOn(), *PICKS, Undo(REF)]
    assert [button.main for button in picture.buttons] == [False] * (len(PICKS) + 2)
    assert picture.auto_advance_s is None


MANY = tuple(VariantShown(f"v{at}", {"en": str(30 + at)}, 0) for at in range(KEYS_MAX + 1))


@pytest.mark.parametrize(
    "shown", [handed(2), handed(1, replace(NONE_KNOWN, offers=MANY))], ids=["several pieces", "many sizes"]
)
def test_of_several_pieces_or_many_sizes_a_strong_key_opens_the_list(shown: Shown) -> None:
    picture = present(shown, SETTING)
    assert [(button.action, button.main) for button in picture.buttons] == [
        (GoOn(), False),
        (OpenVariants(), True),
        (Undo(REF), False),
    ]
    assert picture.auto_advance_s is None


@pytest.mark.parametrize(
    "shown",
    [
        handed(1, replace(NONE_KNOWN, now=SIZES[:1])),
        handed(1, replace(NONE_KNOWN, now=SIZES[3:], noted=True)),
        handed(1, replace(NONE_KNOWN, offers=SIZES[:1])),
        replace(handed(1), from_before=True),
        replace(handed(1), entry=None),
    ],
    ids=["known", "noted", "one size only", "before a crash", "nothing was written"],
)
def test_nothing_else_is_asked_and_goes_away_as_ever(shown: Shown) -> None:
    picture = present(shown, SETTING)
    assert not [button for button in picture.buttons if button.action in PICKS]
    assert picture.auto_advance_s is not None


def test_nobody_is_asked_where_nobody_stands() -> None:
    picture = present(handed(1), replace(SETTING, unattended=True))
    assert picture.buttons == ()
    assert picture.auto_advance_s is not None


def test_one_touch_notes_it_and_a_second_one_on_the_same_key_notes_nothing_more(
    guide: Finder, station: FakeStation
) -> None:
    guide.scan("sizes")
    guide.session.act(PickVariant("xl"))
    picture = guide.act(PickVariant("xl"))
    assert isinstance(picture, Picture)
    assert station.handed == [(("xl", 1),)]
    assert "Handed out: XL" in [line.text for line in picture.lines]
    assert [button.label for button in picture.buttons] == ["Next", "Other size", "Undo"]
    assert picture.auto_advance_s == HANDING_S


def test_a_list_left_open_for_one_guest_answers_nothing_for_the_next(guide: Finder, station: FakeStation) -> None:
    guide.scan("sizes")
    guide.act(PickVariant("l"))
    guide.act(OpenVariants())
    guide.session.put_off()
    guide.scan("sizes")
    guide.act(PickVariant("s"))
    assert station.handed == [(("l", 1),), (("s", 1),)]


def test_the_next_code_takes_its_place_and_two_of_them_are_told_of_over_it(guide: Finder) -> None:
    guide.scan("sizes")
    assert guide.session.desk.picture is not None
    clock = guide.session.desk.clock
    assert isinstance(clock, ManualClock)
    clock.advance(2)
    guide.session.on_input(TwoCodes(0.0))
    assert guide.settle() == Texts("en")("two_codes")
    assert guide.session.desk.shown is not None
    picture = guide.scan("admit")
    assert isinstance(picture, Picture)
    assert picture.word == "ADMIT"


def test_a_size_that_is_noted_after_the_next_code_was_answered_leaves_that_answer(
    guide: Finder, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer was on its way to the screen when the key was touched: green came back over the next guest's red."""
    guide.scan("sizes")
    desk, note = guide.session.desk, station.hand_out

    def slowly(entry: Ref, given: Pieces) -> Handing:
        desk.shown = ANSWERS["used"]
        return note(entry, given)

    monkeypatch.setattr(station, "hand_out", slowly)
    told = len(guide.screen.told)
    guide.act(PickVariant("xl"))
    assert station.handed == [(("xl", 1),)]
    assert desk.shown is ANSWERS["used"]
    assert guide.screen.told[told:] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_one_of_two_is_left_both_are_named_and_none_is_chosen(language: str) -> None:
    texts = Texts(language)
    either = replace(NONE_KNOWN, either=(SIZES[3], replace(SIZES[1], quantity=1)))
    picture = present(replace(handed(1, either), left=0, more=0), replace(SETTING, texts=texts, list_ms=NOW_MS))
    said = [line.text for line in picture.lines]
    assert texts("variant_either", what=texts.either(["M", "XL"])) in said
    assert not [line for line in said if line == texts("size_unknown") or line.startswith("XL")]
    assert picture.auto_advance_s is None
