"""Practice: real rules on sample passes, no entry, no opening, and a way out by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.decision import NotVerified, Outcome, Reason, Request, Verdict
from common.errors import BadInput
from common.ids import ProductNo
from common.rules import PointKind
from common.scan_text import read_text
from common.ticket_code import format_code
from kiosk.front import Front
from kiosk.headless import Headless
from kiosk.input.events import Scanned, Source
from kiosk.joining import Joining
from kiosk.practice.mode import IDLE_S_MAX
from kiosk.practice.rally import LUNCH, SHIRT, practice_rally
from kiosk.practice.samples import Sample, sample_of, text_of
from kiosk.practice.station import PracticeStation, is_practice
from kiosk.root import Options, open_kiosk
from kiosk.shown import Answer, Handing, Locked, OperatorTaken, RealInPractice, Shown, Undone, UsedUp, Written
from kiosk.sync.exchange import Machine
from kiosk.turnstile.drivers import Passage
from kiosk.turnstile.keeper import Gatekeeper, GateParts
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import NOW_MS, Contents, Event, build_snapshot, clock_at_noon, enrol, put_snapshot
from tests.support.scripted_turnstile import ScriptedTurnstile

ADMIT, ASK, REFUSE = Outcome.ADMIT, Outcome.ASK, Outcome.REFUSE


class Kiosk:
    """An enrolled kiosk that may practise."""

    def __init__(self, path: Path) -> None:
        self.event = Event()
        self.clock: ManualClock = clock_at_noon()
        self.sold = self.event.make_ticket()
        self.badge = self.event.badge()
        self.folder = enrol(self.event, path)
        contents = Contents((self.event.issue(self.sold),), build_ms=NOW_MS)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, path))
        self.front = Front(open_kiosk(self.folder, Options(self.clock)), FakeServer(self.event), Machine)

    def scan(self, text: str, request: Request | None = None, source: Source = Source.CAMERA) -> Answer:
        return self.front.scan(Scanned(text, source, 0.0), request or Request())

    def practised(self, sample: Sample, request: Request | None = None) -> Shown:
        answer = self.scan(text_of(sample), request)
        assert isinstance(answer, Shown)
        assert answer.practice is not None
        return answer

    def journal(self) -> dict[str, bytes]:
        """The journal's files, byte by byte; not where its readers stand (-shm), which is memory of this start."""
        files = (path for path in sorted(self.folder.path.glob("journal.sqlite*")) if path.suffix != ".sqlite-shm")
        return {path.name: path.read_bytes() for path in files}


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path / "kiosk")
    yield made
    made.front.close()


def verdict_of(answer: Answer) -> Verdict:
    assert isinstance(answer, Shown)
    assert isinstance(answer.verdict, Verdict)
    return answer.verdict


SHOWS = [
    (Sample.ADMIT, ADMIT, Reason.OK, PointKind.GATE),
    (Sample.USED, REFUSE, Reason.NOTHING_LEFT, PointKind.GATE),
    (Sample.WRONG_GATE, REFUSE, Reason.WRONG_POINT, PointKind.GATE),
    (Sample.UNPAID, REFUSE, Reason.UNPAID, PointKind.GATE),
    (Sample.WRONG_DAY, REFUSE, Reason.WRONG_DAY, PointKind.GATE),
    (Sample.CHOOSE, ASK, Reason.CHOOSE, PointKind.STAND),
    (Sample.SIZES, ADMIT, Reason.OK, PointKind.STAND),
    (Sample.QUESTIONS, ASK, Reason.QUESTIONS, PointKind.GATE),
    (Sample.ATTENTION, ASK, Reason.CONFIRM, PointKind.GATE),
]


def test_every_sample_has_its_row() -> None:
    assert [row[0] for row in SHOWS] == list(Sample)


@pytest.mark.parametrize(("sample", "outcome", "reason", "kind"), SHOWS)
def test_each_sample_shows_what_its_name_says(
    kiosk: Kiosk, sample: Sample, outcome: Outcome, reason: Reason, kind: PointKind
) -> None:
    kiosk.front.practise(on=True)
    shown = kiosk.practised(sample)
    verdict = verdict_of(shown)
    assert (verdict.outcome, verdict.reason, shown.practice) == (outcome, reason, kind)


def test_what_a_sample_asks_can_be_answered(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    kiosk.practised(Sample.QUESTIONS)
    assert verdict_of(kiosk.front.again(Request(answers=(("licence", "yes"), ("kilometres", ""))))).outcome is ADMIT
    attention = kiosk.practised(Sample.ATTENTION)
    assert attention.attention["cs"] == "Zkontrolujte věk"
    assert verdict_of(kiosk.front.again(Request(confirmed=True))).outcome is ADMIT
    used, where = kiosk.practised(Sample.USED), kiosk.practised(Sample.WRONG_GATE)
    assert used.first_use is not None
    assert used.first_use.point["de"] == "Übungstor"
    assert [names["pl"] for names in where.points] == ["Brama kempingu"]


def test_items_are_used_up_piece_by_piece_and_come_back_by_undoing(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    assert {one.choice.product for one in kiosk.practised(Sample.CHOOSE).choices} == {SHIRT, LUNCH}
    both = kiosk.front.again(Request(product=ProductNo(SHIRT), quantity=2))
    assert isinstance(both, Shown)
    assert (verdict_of(both).outcome, both.left, both.hand_out["en"]) == (ADMIT, 0, "colour: black")
    assert verdict_of(kiosk.front.again(Request(product=ProductNo(SHIRT)))).reason is Reason.NOTHING_LEFT
    assert both.entry is not None
    assert next(row.entry for row in kiosk.front.history()) == both.entry
    assert kiosk.front.undo(both.entry) == Undone(done=True)
    assert kiosk.front.undo(both.entry) == Undone(done=True), "a second touch is told the same"
    assert verdict_of(kiosk.front.again(Request(product=ProductNo(SHIRT)))).outcome is ADMIT


def sizes(handing: Handing | None) -> tuple[list[str], list[str]]:
    """What is handed out now and what is left, in short."""
    assert handing is not None
    now, left = ([f"{one.quantity} {one.names['en']}" for one in some] for some in (handing.now, handing.left))
    return now, left


def test_sizes_are_handed_out_as_bought_and_a_choice_says_what_is_left_of_each(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    choices = kiosk.practised(Sample.CHOOSE).choices
    assert {one.choice.product: [v.key for v in one.variants] for one in choices} == {SHIRT: ["l", "xl"], LUNCH: []}
    both = kiosk.front.again(Request(product=ProductNo(SHIRT), quantity=2))
    assert isinstance(both, Shown)
    assert sizes(both.handing) == (["1 L", "1 XL"], [])
    first, second = kiosk.practised(Sample.SIZES), kiosk.practised(Sample.SIZES)
    assert (sizes(first.handing), sizes(second.handing)) == ((["1 M"], ["1 L"]), (["1 L"], []))
    assert kiosk.practised(Sample.SIZES).handing is None, "refused: nothing is handed out"
    assert kiosk.practised(Sample.ADMIT).handing is None, "a gate hands nothing out"


def test_another_size_is_put_right_counts_from_then_on_and_stands_in_the_history(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    entry = kiosk.practised(Sample.SIZES).entry
    assert entry is not None
    assert sizes(kiosk.front.hand_out(entry, (("xxl", 1),))) == (["1 XXL"], ["1 L"]), "it stands for the M"
    assert sizes(kiosk.front.hand_out(entry, (("l", 1),))) == (["1 L"], ["1 M"])
    last = kiosk.front.last_use()
    assert last is not None
    assert last.handing is not None
    assert last.handing.noted, "the last use says what was handed out, not what was bought"
    assert sizes(kiosk.practised(Sample.SIZES).handing) == (["1 M"], [])
    rows = [(row.written, [one.key for one in row.variants], row.can_undo) for row in kiosk.front.history()]
    assert rows[:4] == [
        (Written.HANDED_OUT, ["m"], True),
        (Written.CHANGED, ["l"], False),
        (Written.CHANGED, ["xxl"], False),
        (Written.HANDED_OUT, ["l"], False),
    ]


def test_a_use_taken_back_takes_its_sizes_along(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    entry = kiosk.practised(Sample.SIZES).entry
    assert entry is not None
    kiosk.front.hand_out(entry, (("s", 1),))
    assert kiosk.front.undo(entry) == Undone(done=True)
    assert Written.CHANGED not in {row.written for row in kiosk.front.history()}
    with pytest.raises(BadInput, match="show the sample again"):
        kiosk.front.hand_out(entry, (("l", 1),))
    assert sizes(kiosk.practised(Sample.SIZES).handing) == (["1 M"], ["1 L"])


@pytest.mark.parametrize(
    ("sample", "given", "says"),
    [
        (Sample.SIZES, (("l", 2),), "1 pieces were handed out"),
        (Sample.SIZES, (("huge", 1),), "no variant of this product"),
        (Sample.ADMIT, (("l", 1),), "no sizes or colours"),
    ],
)
def test_what_a_stand_would_not_take_practice_does_not_take(
    kiosk: Kiosk, sample: Sample, given: tuple[tuple[str, int], ...], says: str
) -> None:
    kiosk.front.practise(on=True)
    entry = kiosk.practised(sample).entry
    assert entry is not None
    with pytest.raises(BadInput, match=says):
        kiosk.front.hand_out(entry, given)


def test_only_looking_at_sizes_uses_none(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    for _ in range(2):
        shown = kiosk.practised(Sample.SIZES, Request(info=True))
        assert (sizes(shown.handing), shown.entry) == ((["1 M"], ["1 L"]), None)


def test_sizes_of_another_practice_cannot_be_put_right(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    entry = kiosk.practised(Sample.SIZES).entry
    assert entry is not None
    kiosk.front.practise(on=True)
    with pytest.raises(BadInput, match="in this practice"):
        kiosk.front.hand_out(entry, (("l", 1),))
    kiosk.front.practise(on=False)
    before = kiosk.journal()
    with pytest.raises(BadInput):
        kiosk.front.hand_out(entry, (("l", 1),))
    assert kiosk.journal() == before


def test_practice_leaves_no_entry_not_even_a_byte_in_the_journal(kiosk: Kiosk) -> None:
    """Every sample, a real pass, rubbish, a typed code, a badge, undoing, lists: then the files are as they were.

    Only tries of a PIN are counted beside the entries, practice or not.
    """
    entries = kiosk.front.kiosk.stores.journal.end()
    kiosk.front.practise(on=True)
    assert isinstance(kiosk.scan(kiosk.badge), OperatorTaken)
    kiosk.front.enter_pin("123456")
    before = kiosk.journal()
    for sample in Sample:
        shown = kiosk.practised(sample)
        if shown.entry is not None:
            kiosk.front.was_shown(shown.entry)
        if shown.handing is not None and shown.entry is not None:
            kiosk.front.hand_out(shown.entry, (("xl", 1),))
    kiosk.front.again(Request(confirmed=True))
    assert kiosk.scan(kiosk.sold.text) == RealInPractice()
    assert kiosk.scan("rubbish") == RealInPractice()
    assert kiosk.scan(format_code(kiosk.sold.code), source=Source.TYPED) == RealInPractice()
    assert isinstance(kiosk.scan(kiosk.badge), OperatorTaken)
    assert kiosk.front.redeem_found(kiosk.sold.ticket, Request()) == RealInPractice()
    assert kiosk.front.find("Novák") == ()
    for row in kiosk.front.history():
        kiosk.front.undo(row.entry)
    kiosk.front.status()
    kiosk.front.practise(on=False)
    assert kiosk.journal() == before
    assert kiosk.front.kiosk.stores.journal.end() == entries
    assert verdict_of(kiosk.scan(kiosk.sold.text)).outcome is ADMIT, "and the real pass is as good as before"


def test_a_use_that_was_practised_is_unknown_afterwards(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    entry = kiosk.practised(Sample.ADMIT).entry
    assert entry is not None
    assert is_practice(entry)
    kiosk.front.practise(on=False)
    before = kiosk.journal()
    kiosk.front.was_shown(entry)
    undone = kiosk.front.undo(entry)
    assert isinstance(undone, Undone)
    assert not undone.done
    assert kiosk.journal() == before


def test_each_practice_begins_anew(kiosk: Kiosk) -> None:
    for _ in range(2):
        kiosk.front.practise(on=True)
        assert verdict_of(kiosk.practised(Sample.ADMIT)).outcome is ADMIT
        assert verdict_of(kiosk.practised(Sample.ADMIT)).reason is Reason.NOTHING_LEFT


def test_a_sample_held_up_twice_says_that_it_was_just_now_and_here(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    kiosk.practised(Sample.ADMIT)
    kiosk.clock.advance(4)
    again, before = kiosk.practised(Sample.ADMIT).first_use, kiosk.practised(Sample.USED).first_use
    assert again is not None
    assert before is not None
    assert (again.here, again.ago_ms, before.here) == (True, 4000, False)


def test_in_practice_too_all_of_several_are_told_as_so_many_of_so_many(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    kiosk.practised(Sample.CHOOSE)
    kiosk.front.again(Request(product=ProductNo(SHIRT), quantity=2))
    refused = kiosk.front.again(Request(product=ProductNo(SHIRT)))
    assert isinstance(refused, Shown)
    assert refused.used_up == UsedUp(2, 2)


def test_it_ends_by_itself_when_nobody_practises(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    kiosk.clock.advance(IDLE_S_MAX - 1)
    kiosk.practised(Sample.ADMIT)
    for _ in range(10):
        kiosk.clock.advance(IDLE_S_MAX / 10)
        assert kiosk.front.status().practice, "showing how it stands is no practising"
    kiosk.clock.advance(1)
    assert not kiosk.front.status().practice
    assert verdict_of(kiosk.scan(kiosk.sold.text)).outcome is ADMIT


def test_locking_ends_it(kiosk: Kiosk) -> None:
    kiosk.front.practise(on=True)
    kiosk.front.lock()
    assert kiosk.scan(text_of(Sample.ADMIT)) == Locked()
    assert not kiosk.front.status().practice


def test_no_sample_opens_a_turnstile(kiosk: Kiosk) -> None:
    turnstile, station = ScriptedTurnstile(Passage.PASSED), kiosk.front.kiosk.station
    parts = GateParts(turnstile, 1, kiosk.folder, station.annul, station.was_shown, lambda: None)
    kiosk.front.gate = Gatekeeper(parts)
    kiosk.front.gate.start()
    kiosk.front.practise(on=True)
    assert verdict_of(kiosk.practised(Sample.ADMIT)).outcome is ADMIT
    kiosk.front.gate.stop()
    assert turnstile.turned == 0


@pytest.mark.parametrize("sample", list(Sample))
def test_no_sample_is_anything_outside_of_practice(kiosk: Kiosk, sample: Sample) -> None:
    text = text_of(sample)
    assert text.isdigit()
    assert len(text) <= 365
    assert read_text(text, kiosk.event.ring(), NOW_MS // 1000) == NotVerified(Reason.MALFORMED)
    verdict = verdict_of(kiosk.scan(text))
    assert (verdict.outcome, verdict.reason) == (REFUSE, Reason.MALFORMED)


def test_a_text_is_a_sample_only_as_a_whole() -> None:
    text = text_of(Sample.ADMIT)
    assert sample_of(f" {text}\n") is Sample.ADMIT
    assert [sample_of(other) for other in (text[:-1], text + "0", "", "admit")] == [None] * 4
    assert len({text_of(sample) for sample in Sample}) == len(Sample)


@pytest.mark.parametrize("zone", ["Europe/Prague", "UTC", "Pacific/Kiritimati"])
def test_the_practice_rally_speaks_all_six_languages(zone: str) -> None:
    rally = practice_rally(NOW_MS, zone)
    named = [rally.names, *(one.names for one in rally.products), *(one.names for one in rally.points)]
    named += [one.names for one in rally.areas]
    named += [words.names for product in rally.products for words in product.questions]
    named += [variant.names for product in rally.products for variant in product.variants]
    named += [product.handouts for product in rally.products if product.handouts]
    assert {tuple(names) for names in named} == {("cs", "en", "de", "fr", "it", "pl")}
    assert all(all(names.values()) for names in named)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_ticket_of_another_day_is_never_for_today(hour: int) -> None:
    station = PracticeStation(lambda: NOW_MS + hour * 3_600_000, lambda request: request, "Europe/Prague")
    shown = station.scan(text_of(Sample.WRONG_DAY), Request())
    assert verdict_of(shown).reason is Reason.WRONG_DAY


def test_headless_practises_by_command_and_marks_what_is_no_admission(kiosk: Kiosk) -> None:
    headless = Headless(kiosk.front, Joining(kiosk.folder, "Gate 1"), kiosk.clock)
    begun = headless.answer(b'{"do":"practice"}')
    assert begun is not None
    assert (begun["answer"], begun["on"]) == ("practice", True)
    admitted = headless.answer(text_of(Sample.ADMIT).encode())
    assert admitted is not None
    assert (admitted["outcome"], admitted["practice"]) == ("admit", True)
    sized = headless.answer(text_of(Sample.SIZES).encode())
    assert sized is not None
    put_right = headless.answer(json.dumps({"do": "hand_out", "entry": sized["entry"], "variants": {"s": 1}}).encode())
    assert put_right is not None
    assert (put_right["answer"], "S" in json.dumps(put_right["handing"])) == ("handed_out", True)
    assert headless.answer(kiosk.sold.text.encode()) == {"answer": "real_in_practice"}
    headless.answer(b'{"do":"practice","on":false}')
    real = headless.answer(kiosk.sold.text.encode())
    assert real is not None
    assert (real["outcome"], "practice" in real) == ("admit", False)
