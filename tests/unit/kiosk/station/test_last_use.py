"""The last use, to be looked at once more and taken back: as the history offers it, after a restart or a move too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import HandedOut
from common.decision import Outcome, Reason, Request, Verdict
from common.ids import Ref
from common.reason_texts import reason_text
from common.ticket_code import format_code
from common.variants import pack_bought
from kiosk.front import Front
from kiosk.input.events import Scanned, Source
from kiosk.practice.samples import Sample, text_of
from kiosk.root import Options, open_kiosk
from kiosk.shown import Shown, Undone, Written
from kiosk.sync.transport import HttpTransport
from kiosk.taking_back import UNDO_WITHIN_S
from kiosk.ui.catalogue import Texts
from kiosk.ui.pages import history_pages
from kiosk.ui.telling import Setting
from tests.support.kiosk_world import (
    NOW_MS,
    SHIRT,
    SHIRT_SIZES,
    STAND,
    WILD,
    Contents,
    Event,
    build_snapshot,
    clock_at_noon,
    enrol,
    put_snapshot,
)

SHIRTS = Request(product=SHIRT, answers=(("size", "l"), ("wish", "")))


class Stand:
    """A kiosk where two shirts of size L can be fetched."""

    def __init__(self, path: Path) -> None:
        self.event, self.clock = Event(), clock_at_noon()
        self.sold, self.boss = self.event.make_ticket((SHIRT, 2)), self.event.badge()
        self.folder = enrol(self.event, path, STAND)
        bought = {self.sold.ticket: pack_bought([(SHIRT_SIZES.index("l") + 1, 2)])}
        contents = Contents((self.event.issue(self.sold),), bought=bought)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, self.folder.path))
        self.front = self.open()

    def open(self) -> Front:
        kiosk = open_kiosk(self.folder, Options(self.clock))
        return Front(kiosk, HttpTransport("https://127.0.0.1:1", self.clock))

    def restart(self) -> None:
        self.front.kiosk.close()
        self.front = self.open()

    def hand_out(self) -> Ref:
        shown = self.front.scan(Scanned(self.sold.text, Source.CAMERA, 0.0), SHIRTS)
        assert isinstance(shown, Shown)
        assert shown.entry is not None, shown.verdict
        return shown.entry

    def last(self) -> Shown | None:
        """What the screen's button, the status and the history say: always the same."""
        last, rows = self.front.last_use(), self.front.history()
        offered = [row.entry for row in rows if row.can_undo]
        assert offered == ([] if last is None else [last.entry])
        assert self.front.status().can_undo == (last is not None)
        return last


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path / "kiosk")
    yield stand
    stand.front.kiosk.close()


def test_the_last_use_says_what_it_was_when_where_and_in_which_size(stand: Stand) -> None:
    assert stand.last() is None
    entry = stand.hand_out()
    stand.clock.advance(60)
    last = stand.last()
    assert last is not None
    assert isinstance(last.verdict, Verdict)
    assert (last.entry, last.verdict.outcome, last.is_last) == (entry, Outcome.ADMIT, True)
    assert last.first_use is not None
    assert last.first_use.time_ms == NOW_MS
    assert last.handing is not None
    assert [one.key for one in last.handing.now] == ["l"]
    assert [one.key for one in last.handing.offers] == list(SHIRT_SIZES)


def test_it_says_how_its_code_ended_and_how_long_ago_before_anything_is_taken_back(stand: Stand) -> None:
    """After the program began anew nobody knows how the code ended, and nothing is said of it."""
    stand.hand_out()
    stand.clock.advance(47)
    last = stand.last()
    assert last is not None
    assert last.first_use is not None
    assert (last.code_end, last.first_use.ago_ms) == (format_code(stand.sold.code)[-6:], 47_000)
    stand.restart()
    last = stand.last()
    assert last is not None
    assert last.code_end == ""


def test_the_history_says_how_the_code_of_each_use_ended_until_whoever_read_it_has_left(stand: Stand) -> None:
    stand.hand_out()
    row = next(one for one in stand.front.history() if one.can_undo)
    assert row.code_end == format_code(stand.sold.code)[-6:]
    words = history_pages((row,), Setting(Texts("en"), "Europe/Prague", NOW_MS), 5).pages[0].facts[0].value
    assert f"code …{row.code_end}" in words
    stand.front.sign_out()
    row = next(one for one in stand.front.history() if one.can_undo)
    assert row.code_end == ""


def test_the_history_says_whose_refusal_it_was_and_why_until_whoever_read_it_has_left(stand: Stand) -> None:
    stand.hand_out()
    used = stand.hand_out()
    stand.front.scan(Scanned(stand.sold.text, Source.CAMERA, 0.0), SHIRTS)
    stand.front.kiosk.stores.journal.mark_shown(used).result()  # behind it, the refusal is written and told
    row = stand.front.history()[0]
    assert (row.written, row.code_end) == (Written.REFUSED, format_code(stand.sold.code)[-6:])
    words = history_pages((row,), Setting(Texts("en"), "Europe/Prague", NOW_MS), 5).pages[0].facts[0].value
    assert f"code …{row.code_end} · {reason_text(Reason.NOTHING_LEFT, 'en').headline}" in words
    stand.front.sign_out()
    assert stand.front.history()[0].code_end == ""


def test_it_is_the_same_after_a_restart_after_a_move_and_where_nobody_signed_on(stand: Stand) -> None:
    entry = stand.hand_out()
    stand.restart()
    last = stand.last()
    assert last is not None
    assert last.entry == entry
    stand.front.scan(Scanned(stand.boss, Source.CAMERA, 0.0), Request())
    stand.front.enter_pin("123456")
    stand.front.move_to(WILD)
    stand.front.sign_out()
    moved = stand.last()
    assert moved is not None
    assert (moved.entry, moved.first_use) == (entry, last.first_use)
    assert stand.front.undo(entry) == Undone(done=True)
    assert stand.last() is None


def test_after_ten_minutes_and_while_locked_there_is_none(stand: Stand) -> None:
    stand.hand_out()
    stand.clock.advance(UNDO_WITHIN_S)
    assert stand.last() is not None
    stand.clock.advance(1)
    assert stand.last() is None
    stand.hand_out()
    stand.front.lock()
    assert stand.front.last_use() is None


def test_another_size_can_be_noted_from_it_after_a_restart_and_it_says_so(stand: Stand) -> None:
    entry = stand.hand_out()
    stand.restart()
    stand.front.hand_out(entry, (("xl", 1),))
    last = stand.last()
    assert last is not None
    assert last.handing is not None
    assert [one.key for one in last.handing.now] == ["xl"]
    assert isinstance(stand.front.kiosk.stores.journal.since(0)[-1].body, HandedOut)


def test_in_practice_it_is_what_was_practised_and_never_what_was_used_before(stand: Stand) -> None:
    entry = stand.hand_out()
    stand.front.practise(on=True)
    assert stand.last() is None
    stand.front.scan(Scanned(text_of(Sample.ADMIT), Source.CAMERA, 0.0), Request())
    last = stand.last()
    assert last is not None
    assert last.practice is not None
    assert last.entry is not None
    assert stand.front.undo(last.entry) == Undone(done=True)
    assert stand.last() is None
    stand.front.practise(on=False)
    real = stand.last()
    assert real is not None
    assert real.entry == entry
