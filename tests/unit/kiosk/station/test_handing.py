"""Sizes at a stand: what is handed out, put right by people, taken back, and left at another kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import HandedLine, HandedOut, Redeem
from common.decision import Outcome, Request, Verdict
from common.entries import Entry
from common.errors import BadInput
from common.ids import PointNo
from common.variants import pack_bought
from kiosk.history import history
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Handing, Shown, Undone, UsedUp, Written
from kiosk.store.learnt import Intake
from tests.support.kiosk_world import (
    GATE,
    LUNCH,
    NOW_MS,
    SHIRT,
    SHIRT_SIZES,
    STAND,
    Contents,
    Event,
    build_snapshot,
    catalogue,
    clock_at_noon,
    enrol,
    put_snapshot,
)

NO_OF = {key: no for no, key in enumerate(SHIRT_SIZES, start=1)}
ANSWERED = (("size", "l"), ("wish", ""))


class Stands:
    """Stands of one event, whose ticket bought three shirts: two of L, one of XL."""

    def __init__(self, folder: Path) -> None:
        self.event, self.folder, self.clock = Event(), folder, clock_at_noon()
        self.sold = self.event.make_ticket((SHIRT, 3), (LUNCH, 1))
        self.late = self.event.make_ticket((SHIRT, 2))  # bought after the snapshot was made
        self.issued = (self.event.issue(self.sold),)
        self.bought = {self.sold.ticket: pack_bought([(NO_OF["l"], 2), (NO_OF["xl"], 1)])}
        self.opened: list[Kiosk] = []

    def open(self, name: str, point: PointNo = STAND, *more: Entry) -> Kiosk:
        """A kiosk with a snapshot of all that was said, and of these entries."""
        folder = enrol(self.event, self.folder / name, point)
        contents = Contents((*self.issued, *more), bought=self.bought, devices=tuple(self._rows()))
        put_snapshot(folder, self.event, build_snapshot(self.event, contents, folder.path))
        kiosk = open_kiosk(folder, Options(self.clock))
        self.opened.append(kiosk)
        return kiosk

    def _rows(self) -> Iterator[tuple[bytes, bytes, str, int | None]]:
        for kiosk in self.opened:
            yield (kiosk.stores.journal.device, kiosk.enrolled.certificate, "Stand", STAND)

    def hand(self, kiosk: Kiosk, quantity: int = 1, *, is_late: bool = False) -> Shown:
        """Shirts for whoever shows the pass."""
        request = Request(product=SHIRT, quantity=quantity, answers=ANSWERED)
        sold = self.late if is_late else self.sold
        shown = kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), request)
        assert isinstance(shown, Shown)
        return shown


@pytest.fixture
def stands(tmp_path: Path) -> Iterator[Stands]:
    made = Stands(tmp_path)
    yield made
    for kiosk in made.opened:
        kiosk.close()


def told(handing: Handing | None) -> tuple[str, str]:
    """What is handed out now and what is left, in short."""
    assert handing is not None
    now, left = ([f"{one.quantity}{one.key}" for one in some] for some in (handing.now, handing.left))
    return " ".join(now), " ".join(left)


def is_noted(shown: Shown | None) -> bool:
    assert shown is not None
    assert shown.handing is not None
    return shown.handing.noted


def written(kiosk: Kiosk) -> list[Entry]:
    return list(kiosk.stores.journal.since(0))


def learn(kiosk: Kiosk, entries: list[Entry]) -> None:
    kiosk.stores.learnt.take(Intake(tuple(entries))).result()
    kiosk.station.heard(tuple(entries))


def test_what_was_bought_is_handed_out_in_the_catalogues_order_and_written_beside_the_use(stands: Stands) -> None:
    stand = stands.open("one")
    shown = stands.hand(stand, 2)
    assert told(shown.handing) == ("2l", "1xl")
    use, _, said = written(stand)
    assert isinstance(use.body, Redeem)
    assert said.body == HandedOut(stands.sold.ticket, use.ref, (HandedLine("l", 2),))
    assert use.ref == shown.entry
    assert said.stamp == use.stamp


def test_the_choose_screen_says_which_sizes_are_left(stands: Stands) -> None:
    shown = stands.open("one").station.scan(Scanned(stands.sold.text, Source.CAMERA, 0.0), Request())
    assert isinstance(shown, Shown)
    assert {one.choice.product: [(v.key, v.quantity) for v in one.variants] for one in shown.choices} == {
        SHIRT: [("l", 2), ("xl", 1)],
        LUNCH: [],
    }


def test_another_kiosk_knows_which_sizes_are_left_from_entries_and_from_a_snapshot(stands: Stands) -> None:
    first = stands.open("one")
    shown = stands.hand(first, 2)
    assert shown.entry is not None
    first.station.hand_out(shown.entry, (("l", 1), ("xl", 1)))
    entries = written(first)
    second = stands.open("two")
    learn(second, entries)
    assert told(stands.hand(second).handing) == ("1l", "")
    third = stands.open("three", STAND, *entries)
    assert told(stands.hand(third).handing) == ("1l", "")


def test_another_size_is_written_stands_for_one_bought_and_shows_in_the_history(stands: Stands) -> None:
    stand = stands.open("one")
    shown = stands.hand(stand)
    assert shown.entry is not None
    assert told(stand.station.hand_out(shown.entry, (("m", 1),))) == ("1m", "1l 1xl")
    assert told(stand.station.hand_out(shown.entry, (("xl", 1),))) == ("1xl", "2l")
    said = [entry for entry in written(stand) if isinstance(entry.body, HandedOut)]
    assert [entry.body.lines for entry in said if isinstance(entry.body, HandedOut)] == [
        (HandedLine("l", 1),),
        (HandedLine("m", 1, "l"),),
        (HandedLine("xl", 1),),
    ]
    assert isinstance(said[2].body, HandedOut)
    assert said[2].body.replaces == (said[1].ref,)
    rows = history(stand.stores.journal, catalogue(), NOW_MS)
    assert [(row.written, [one.key for one in row.variants]) for row in rows if row.written is not Written.NOTED] == [
        (Written.CHANGED, ["xl"]),
        (Written.CHANGED, ["m"]),
        (Written.HANDED_OUT, ["xl"]),
    ]


def test_undoing_the_use_undoes_the_size_too(stands: Stands) -> None:
    stand = stands.open("one")
    shown = stands.hand(stand)
    assert shown.entry is not None
    stand.station.hand_out(shown.entry, (("xl", 1),))
    undone = stand.station.undo(shown.entry)
    assert isinstance(undone, Undone)
    assert undone.done
    assert told(stands.hand(stand, 3).handing) == ("2l 1xl", "")
    with pytest.raises(BadInput, match="taken back"):
        stand.station.hand_out(shown.entry, (("m", 1),))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((("m", 2),), "1 pieces were handed out"),
        ((), "1 pieces were handed out"),
        ((("m", 2), ("l", -1)), "name each piece once"),
        ((("huge", 1),), "no variant of this product"),
    ],
)
def test_what_cannot_have_been_handed_out_is_not_written(
    stands: Stands, given: tuple[tuple[str, int], ...], says: str
) -> None:
    stand = stands.open("one")
    shown = stands.hand(stand)
    assert shown.entry is not None
    before = written(stand)
    with pytest.raises(BadInput, match=says):
        stand.station.hand_out(shown.entry, given)
    assert written(stand) == before


def test_a_ticket_bought_since_the_snapshot_hands_out_what_a_person_says(stands: Stands) -> None:
    stand = stands.open("one")
    shown = stand.station.scan(Scanned(stands.late.text, Source.CAMERA, 0.0), Request(product=SHIRT, answers=ANSWERED))
    assert isinstance(shown, Shown)
    assert told(shown.handing) == ("", "")
    assert not [entry for entry in written(stand) if isinstance(entry.body, HandedOut)]
    assert shown.entry is not None
    assert told(stand.station.hand_out(shown.entry, (("l", 1),))) == ("1l", "")


def after_the_list(stands: Stands) -> Kiosk:
    """A stand whose list has the ticket's M and XL; the first was handed out before, and nobody noted which it was."""
    first = stands.open("one")
    stands.hand(first, is_late=True)
    stands.bought[stands.late.ticket] = pack_bought([(NO_OF["m"], 1), (NO_OF["xl"], 1)])
    return stands.open("two", STAND, stands.event.issue(stands.late), *written(first))


def said_of(kiosk: Kiosk) -> list[HandedOut]:
    return [entry.body for entry in written(kiosk) if isinstance(entry.body, HandedOut)]


def test_where_the_first_size_was_not_noted_either_is_left_and_none_is_chosen(stands: Stands) -> None:
    """The kiosk said "XL" and "no more of it" as if M had been noted, since M stands first in the catalogue."""
    second = after_the_list(stands)
    shown = stands.hand(second, is_late=True)
    assert told(shown.handing) == ("", "")
    assert shown.handing is not None
    assert [(one.key, one.quantity) for one in shown.handing.either] == [("m", 1), ("xl", 1)]
    assert [one.key for one in shown.handing.offers][:2] == ["m", "xl"]
    assert said_of(second) == []


@pytest.mark.parametrize("size", ["m", "xl", "l"])
def test_what_a_person_then_says_stands_for_itself_alone(stands: Stands, size: str) -> None:
    second = after_the_list(stands)
    shown = stands.hand(second, is_late=True)
    assert shown.entry is not None
    assert told(second.station.hand_out(shown.entry, ((size, 1),))) == (f"1{size}", "")
    assert [body.lines for body in said_of(second)] == [(HandedLine(size, 1),)]


def test_who_comes_for_more_is_told_how_many_of_how_many_were_handed_out(stands: Stands) -> None:
    stand = stands.open("one")
    assert [stands.hand(stand, quantity).used_up for quantity in (1, 2)] == [None, None]
    stands.clock.advance(4)
    third = stands.hand(stand)
    assert third.used_up == UsedUp(3, 3)
    assert third.first_use is not None
    assert (third.first_use.here, third.first_use.ago_ms) == (True, 4000)


@pytest.mark.parametrize("is_listed", [True, False], ids=["bought before the list", "bought since"])
def test_what_a_person_said_was_handed_out_is_told_as_such_and_what_was_bought_is_not(
    stands: Stands, *, is_listed: bool
) -> None:
    stand = stands.open("one")
    request = Request(product=SHIRT, answers=ANSWERED)
    text = (stands.sold if is_listed else stands.late).text
    shown = stand.station.scan(Scanned(text, Source.CAMERA, 0.0), request)
    assert isinstance(shown, Shown)
    assert shown.entry is not None
    assert shown.handing is not None
    assert not shown.handing.noted
    assert [is_noted(stand.station.last_use()), *map(is_noted, stand.station.not_shown_yet())] == [False, False]
    stands.clock.advance(5)
    assert stand.station.hand_out(shown.entry, (("m", 1),)).noted
    assert [is_noted(stand.station.last_use()), *map(is_noted, stand.station.not_shown_yet())] == [True, True]


def test_sizes_never_change_a_verdict(stands: Stands) -> None:
    stand = stands.open("one")
    verdicts = [stands.hand(stand, quantity).verdict for quantity in (3, 1)]
    assert [one.outcome for one in verdicts if isinstance(one, Verdict)] == [Outcome.ADMIT, Outcome.REFUSE]


def test_after_a_crash_the_size_is_shown_with_the_answer_nobody_saw(stands: Stands) -> None:
    stand = stands.open("one")
    stands.hand(stand)
    (again,) = stand.station.not_shown_yet()
    assert told(again.handing)[0] == "1l"


def test_a_gate_shows_no_sizes(stands: Stands) -> None:
    shown = stands.open("one", GATE).station.scan(Scanned(stands.sold.text, Source.CAMERA, 0.0), Request())
    assert isinstance(shown, Shown)
    assert shown.handing is None
