"""The corner touched by habit goes on without harm on every picture; what overrides or takes back stands opposite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.rules import PointKind
from kiosk.shown import Answer
from kiosk.ui.catalogue import Texts
from kiosk.ui.key_row import QUARTERS, THIRDS, is_harmless, is_offer, is_parted, shares
from kiosk.ui.picture import Button, Confirm, GoOn, OpenVariants, Override, Picture, Reply, Undo, UseFound
from kiosk.ui.presenter import failed_note, moved_note, present
from kiosk.ui.rows import found_picture, names_elsewhere
from kiosk.ui.telling import Setting
from tests.support.fake_lists import FOUND
from tests.support.fake_station import ANSWERS, NOW_MS, status_of
from tests.support.gallery_states import every_note, every_reason, parties, real_names

EN = Texts("en")
SETTING = Setting(EN, "Europe/Prague", NOW_MS)
STAFF = [
    replace(SETTING, kind=kind, roles=roles)
    for kind, roles in itertools.product(PointKind, (("hostess",), ("supervisor",)))
]


def answers() -> Iterator[tuple[str, Answer]]:
    yield from ANSWERS.items()
    yield from every_note()
    yield from every_reason()
    yield from parties()
    yield from real_names()


def pictures() -> Iterator[tuple[str, Picture]]:
    for (name, answer), setting in itertools.product(answers(), STAFF):
        yield f"{name} ({setting.kind}, {setting.roles[0]})", present(answer, setting)
    for picture in found_pictures():
        yield "found", picture
    point = status_of().point
    assert point is not None
    yield "names elsewhere", names_elsewhere(point, EN)
    yield "moved", moved_note("", "Main gate", SETTING)
    yield "failed", failed_note("move_failed", "no such place", SETTING)


def found_pictures() -> list[Picture]:
    return [found_picture(found, EN) for found in FOUND[:3]]


def keys_of(picture: Picture) -> list[Button]:
    return [button for button in picture.buttons if not is_offer(button)]


def spans(keys: list[Button], of: int) -> list[tuple[float, float]]:
    """Where each key begins and ends, in parts of the row's width."""
    parts = shares(keys, of)
    ends = list(itertools.accumulate(parts))
    return [((end - part) / ends[-1], end / ends[-1]) for part, end in zip(parts, ends, strict=True)][: len(keys)]


def test_the_first_key_of_every_picture_goes_on_or_back_and_does_nothing_else() -> None:
    wrong = [name for name, picture in pictures() if not is_harmless(keys_of(picture)[0])]
    assert wrong == []


@pytest.mark.parametrize("of", [QUARTERS, THIRDS])
def test_nothing_is_overridden_or_taken_back_left_of_the_last_part(of: int) -> None:
    """There an answer may have stood a moment before: "Confirm" touched twice would take back what it did."""
    wrong = []
    for name, picture in pictures():
        keys = keys_of(picture)
        places = zip(keys, spans(keys, of), strict=True)
        wrong += [name for key, (begin, _) in places if is_parted(key) and begin < (of - 1) / of]
    assert wrong == []


@pytest.mark.parametrize("of", [QUARTERS, THIRDS])
def test_what_answers_a_question_ends_where_an_undo_may_begin(of: int) -> None:
    answering = [
        (name, spans(keys_of(picture), of)[1][1])
        for name, picture in pictures()
        if len(keys_of(picture)) > 1 and isinstance(keys_of(picture)[1].action, Confirm | Reply)
    ]
    assert answering
    assert [name for name, end in answering if end > (of - 1) / of] == []


def test_where_four_keys_stand_two_and_two_what_is_used_is_not_taken_back_by_a_second_touch() -> None:
    """A narrow screen: the lower right one of four stands where "Undo" comes up."""
    fours = [keys for keys in map(keys_of, found_pictures()) if len(keys) > THIRDS]
    assert fours
    assert [keys[1].action for keys in fours] == [UseFound(only_look=True)] * len(fours)


GO, YES, REPLY, OTHER = (Button(action, "") for action in (GoOn(), Confirm(), Reply(), OpenVariants()))
UNDO = next(key for key in keys_of(present(ANSWERS["admit"], SETTING)) if isinstance(key.action, Undo))
ALLOW = next(key for key in keys_of(present(ANSWERS["unpaid"], SETTING)) if isinstance(key.action, Override))


@pytest.mark.parametrize(
    ("keys", "parts"),
    [
        ([], ()),
        ([GO], (1,)),
        ([GO, UNDO], (3, 1)),
        ([GO, OTHER, UNDO], (2, 1, 1)),
        ([GO, ALLOW], (3, 1)),
        ([GO, YES], (1, 2, 1)),
        ([GO, REPLY], (1, 2, 1)),
        ([GO, YES, ALLOW], (1, 2, 1)),
        ([GO, OTHER], (1, 1)),
        ([GO, OTHER, OTHER, OTHER], (1, 1, 1, 1)),
    ],
)
def test_a_row_is_shared_in_quarters_where_something_is_parted(keys: list[Button], parts: tuple[int, ...]) -> None:
    assert shares(keys, QUARTERS) == parts


@pytest.mark.parametrize(
    ("keys", "parts"),
    [
        ([GO, UNDO], (2, 1)),
        ([GO, OTHER, UNDO], (1, 1, 1)),
        ([GO, ALLOW], (2, 1)),
        ([GO, YES], (1, 1, 1)),
        ([GO, YES, ALLOW], (1, 1, 1)),
        ([GO, OTHER], (1, 1)),
    ],
)
def test_where_the_screen_is_narrow_it_is_shared_in_thirds(keys: list[Button], parts: tuple[int, ...]) -> None:
    assert shares(keys, THIRDS) == parts
