"""Finding people, only looking, and handing over, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Outcome, Reason, Request, Verdict
from common.ids import TicketId
from common.ticket_code import derive_code, format_code
from kiosk.shown import FindTrouble, Found, NamesHere, Shown
from kiosk.ui.asking import Form
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import (
    BackToFound,
    Choose,
    Colour,
    Confirm,
    EnterPin,
    GoOn,
    LookByCode,
    OpenFound,
    Override,
    Picture,
    Shape,
    SwitchTo,
    UseFound,
)
from kiosk.ui.presenter import present
from kiosk.ui.rows import Rows, find_trouble, found_picture, found_rows
from kiosk.ui.session import Session
from kiosk.ui.telling import Setting
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_lists import FOUND, PEOPLE
from tests.support.fake_names import STAND
from tests.support.fake_station import ANSWERS, NOW_MS, PIN, FakeStation
from tests.unit.kiosk.ui.test_session import Guide, Screen

CODE = format_code(derive_code(b"k" * 32, TicketId(b"t" * 8), 0))
SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS)


class Finder(Guide):
    """Someone who looks people up."""

    def find(self, text: str) -> object:
        self.session.search.open()
        form = self.settle()
        assert isinstance(form, Form)
        assert form.finds
        self.session.submit(form.chosen(text))
        return self.settle()

    def find_with_pin(self, text: str) -> Rows:
        self.session.people.enter_pin(PIN)
        self.settle()
        rows = self.find(text)
        assert isinstance(rows, Rows)
        return rows


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def station() -> FakeStation:
    fake = FakeStation()
    fake.now = replace(fake.now, device=replace(fake.now.device, roles=("supervisor",)))
    return fake


@pytest.fixture
def guide(screen: Screen, station: FakeStation) -> Iterator[Finder]:
    session = Session(station, screen, screen.deliver, ManualClock(NOW_MS), "en")
    yield Finder(session, screen)
    session.stop()


def test_a_name_asks_for_badge_then_pin_in_place_and_then_lists_what_was_found(
    guide: Finder, station: FakeStation
) -> None:
    station.sign_out()
    guide.session.ask_status()
    guide.settle()
    assert guide.find("příhoda") is BadgeAsked.TO_FIND
    assert guide.scan("badge:Super Zdeňka") == PinAsked("Super Zdeňka", asked=BadgeAsked.TO_FIND)
    guide.session.people.enter_pin(PIN)
    guide.settle()
    rows = guide.settle()
    assert isinstance(rows, Rows)
    assert len(rows.rows) == len(FOUND)
    assert station.searches == ["příhoda"], "nobody was looked up before the PIN was there"


def test_whose_role_looks_nobody_up_is_told_before_typing_and_never_asked_for_a_pin(
    guide: Finder, station: FakeStation
) -> None:
    station.now = replace(station.now, device=replace(station.now.device, roles=("hostess",)))
    guide.session.ask_status()
    guide.settle()
    guide.session.search.open()
    form = guide.settle()
    assert isinstance(form, Form)
    assert Texts("en")("find_no_right") in form.field.title
    guide.session.submit(form.chosen("příhoda"))
    assert guide.settle() is BadgeAsked.TO_FIND, "another's badge, as the own PIN would not help"
    assert guide.scan("badge:Super Zdeňka") == PinAsked("Super Zdeňka", asked=BadgeAsked.TO_FIND)
    guide.session.people.enter_pin(PIN)
    guide.settle()
    assert isinstance(guide.settle(), Rows), "what was typed is looked for, and not typed twice"
    assert station.searches == ["příhoda"]


def test_what_needs_a_badge_is_said_before_a_name_is_typed_and_not_to_whoever_has_shown_it(
    guide: Finder,
) -> None:
    guide.session.search.open()
    asked = guide.settle()
    guide.session.people.enter_pin(PIN)
    guide.settle()
    guide.session.search.open()
    again = guide.settle()
    assert isinstance(asked, Form)
    assert isinstance(again, Form)
    assert Texts("en")("find_needs") in asked.field.title
    assert again.field.title == Texts("en")("find_what")


@pytest.mark.parametrize(
    ("names_here", "said"),
    [
        (NamesHere.ELSEWHERE, "not looked up at this place"),
        (NamesHere.COMING, "comes by itself at the next contact"),
        (NamesHere.LATER, "comes with the next ticket list"),
    ],
)
def test_where_no_name_can_be_found_it_is_said_before_typing_with_who_can(
    guide: Finder, station: FakeStation, names_here: NamesHere, said: str
) -> None:
    assert station.now.point is not None
    station.now = replace(station.now, point=replace(station.now.point, names_here=names_here, found_at=(STAND,)))
    guide.session.ask_status()
    guide.settle()
    guide.session.search.open()
    picture = guide.settle()
    assert isinstance(picture, Picture)
    lines = [line.text for line in picture.lines]
    assert said in lines[0]
    assert picture.headline == "Here by the code below the QR only"
    assert lines[-1] == Texts("en").name(STAND)
    form = guide.act(LookByCode())
    assert isinstance(form, Form)
    assert form.field.title == Texts("en")("code_title")
    guide.session.submit(form.chosen("příhoda"))
    assert isinstance(guide.settle(), Form), "no badge and no PIN for what cannot be found"
    assert station.searches == []
    guide.session.submit(form.chosen(CODE))
    assert isinstance(guide.settle(), Rows)


def test_a_list_says_name_plate_product_and_what_is_left() -> None:
    first, second, third = found_rows("x", FOUND, Texts("en")).rows[:3]
    assert first.label == "Bartholoměj Příhoda-Třešňák"
    told = first.detail.replace("\u00a0", " ")
    for said in ("5A8 2317", "Four-day ticket with motorcycle", "XL: 2 of 3 left", "lunch: 0 of 2 left"):
        assert said in told
    assert "2\u00a0of\u00a03" in first.detail
    assert (first.warns, second.warns, third.warns) == ("", "Blocked", "Cancelled")


def test_a_code_needs_no_badge_and_is_used_by_that_code(guide: Finder, station: FakeStation) -> None:
    assert isinstance(guide.find(CODE), Rows)
    guide.act(OpenFound(0))
    guide.act(UseFound())
    assert [scanned.text for scanned, _ in station.scans] == [CODE]
    assert station.redeemed == []


def test_a_found_ticket_is_used_on_the_badge_and_pin(guide: Finder, station: FakeStation) -> None:
    guide.find_with_pin("příhoda")
    shown = guide.act(OpenFound(2))
    assert isinstance(shown, Picture)
    assert (shown.headline, shown.lines[0].text) == ("Cancelled", FOUND[2].name)
    used = guide.act(UseFound())
    assert isinstance(used, Picture)
    assert used.colour is Colour.GREEN
    assert station.redeemed == [(FOUND[2].ticket, Request(asks_how_many=True))]


def test_a_found_ticket_may_be_only_looked_at(guide: Finder, station: FakeStation) -> None:
    guide.find_with_pin("příhoda")
    guide.act(OpenFound(0))
    looked = guide.act(UseFound(only_look=True))
    assert isinstance(looked, Picture)
    assert (looked.colour, looked.shape) == (Colour.BLUE, Shape.EYE)
    assert [request.info for _, request in station.redeemed] == [True]


def test_when_the_pin_is_too_old_it_is_asked_for_again_before_a_ticket_is_used(
    guide: Finder, station: FakeStation
) -> None:
    guide.find_with_pin("příhoda")
    guide.act(OpenFound(0))
    station.now = replace(station.now, device=replace(station.now.device, pin_good=False))
    assert guide.act(UseFound()) == PinAsked("Zdeňka K.", asked=BadgeAsked.TO_FIND)
    assert station.redeemed == []


def test_when_the_pin_is_too_old_for_the_answer_to_a_question_it_is_asked_for_and_the_search_made_again(
    guide: Finder, station: FakeStation
) -> None:
    station.found_answer = "confirm"
    guide.find_with_pin("příhoda")
    guide.act(OpenFound(0))
    asked = guide.act(UseFound())
    assert isinstance(asked, Picture)
    assert asked.colour is Colour.AMBER
    station.now = replace(station.now, device=replace(station.now.device, pin_good=False))
    assert guide.act(Confirm()) == PinAsked("Zdeňka K.", asked=BadgeAsked.TO_FIND)
    assert station.agains == []
    guide.session.people.enter_pin(PIN)
    assert isinstance(guide.settle(), Rows)
    assert station.searches[-1] == "příhoda"


def test_one_may_go_back_to_the_list(guide: Finder) -> None:
    rows = guide.find_with_pin("příhoda")
    guide.act(OpenFound(0))
    assert guide.act(BackToFound()) == rows


@pytest.mark.parametrize("trouble", [FindTrouble.NO_LIST, FindTrouble.NO_RIGHT, FindTrouble.NOT_YET])
def test_who_could_look_up_no_names_is_told_before_typing_one_and_may_type_a_code(
    guide: Finder, station: FakeStation, trouble: FindTrouble
) -> None:
    guide.session.people.enter_pin(PIN)
    guide.settle()
    station.list_trouble = trouble
    guide.session.search.open()
    form = guide.settle()
    assert isinstance(form, Form)
    assert form.text == ""
    assert find_trouble(trouble, Texts("en")) in form.field.title
    guide.session.submit(form.chosen(CODE))
    assert isinstance(guide.settle(), Rows)


@pytest.mark.parametrize("trouble", [FindTrouble.TOO_SHORT, FindTrouble.NO_LIST, FindTrouble.NO_RIGHT])
def test_what_keeps_from_finding_is_said_over_what_was_entered(
    guide: Finder, station: FakeStation, trouble: FindTrouble
) -> None:
    guide.session.people.enter_pin(PIN)
    guide.settle()
    station.list_trouble = trouble
    form = guide.find("příh")
    assert isinstance(form, Form)
    assert form.text == "příh"
    assert form.field.title != Texts("en")("find_what")


def test_what_is_too_short_to_be_looked_up_is_told_before_a_badge_or_a_pin_with_what_helps(
    guide: Finder, station: FakeStation
) -> None:
    form = guide.find("Kos")
    assert isinstance(form, Form), "no PIN for what cannot be found"
    assert form.text == "Kos"
    assert "4 letters, or first and last name" in form.field.title
    assert guide.find("Kos Jan") == PinAsked("Zdeňka K.", asked=BadgeAsked.TO_FIND)
    assert station.searches == []


@pytest.mark.parametrize("at", ["pin", "wrong pin", "badge"])
def test_back_from_badge_or_pin_leads_to_the_search_with_what_was_typed(
    guide: Finder, station: FakeStation, at: str
) -> None:
    if at == "badge":
        station.sign_out()
        guide.session.ask_status()
        guide.settle()
    asked = guide.find("příhoda")
    if at == "wrong pin":
        guide.session.people.enter_pin("000000")
        asked = guide.settle()
        assert asked == PinAsked("Zdeňka K.", "Wrong PIN. Tries left: 4", asked=BadgeAsked.TO_FIND)
    guide.session.put_off()
    form = guide.settle()
    assert isinstance(form, Form)
    assert (form.finds, form.text) == (True, "příhoda")
    guide.session.submit(form)
    assert guide.settle() == (BadgeAsked.TO_FIND if at == "badge" else PinAsked("Zdeňka K.", asked=BadgeAsked.TO_FIND))
    guide.session.put_off()
    guide.session.put_off()
    assert guide.settle() == "scanning", "and back from there to the camera"


def test_back_from_a_pin_that_ran_out_leads_to_the_ticket_that_was_found(guide: Finder, station: FakeStation) -> None:
    guide.find_with_pin("příhoda")
    shown = guide.act(OpenFound(0))
    station.now = replace(station.now, device=replace(station.now.device, pin_good=False))
    guide.act(UseFound())
    guide.session.put_off()
    assert guide.settle() == shown


@pytest.mark.parametrize("leave", ["close", "lock", "sign_out", "scan", "badge"])
def test_what_was_found_leaves_memory_and_screen(guide: Finder, station: FakeStation, leave: str) -> None:
    guide.find_with_pin("příhoda")
    match leave:
        case "close":
            guide.act(GoOn())
        case "scan":
            guide.scan("admit")
        case "badge":
            guide.scan("badge:Jana")
        case _:
            getattr(guide.session, leave)()
    guide.settle()
    guide.settle()
    assert guide.session.search.looked is None
    assert guide.screen.forgotten == 1
    assert station.offered == ()


def test_only_looking_asks_for_info_until_it_is_ended(guide: Finder, station: FakeStation) -> None:
    guide.session.only_look(on=True)
    looked = guide.scan("admit")
    assert isinstance(looked, Picture)
    assert (looked.colour, looked.shape) == (Colour.BLUE, Shape.EYE)
    assert not guide.session.can_undo
    guide.session.only_look(on=False)
    guide.scan("admit")
    assert [request.info for _, request in station.scans] == [True, False]


@pytest.mark.parametrize("leave", ["lock", "sign_out", "badge", "switch"])
def test_whoever_comes_next_does_not_go_on_only_looking(guide: Finder, leave: str) -> None:
    guide.session.ask_status()
    guide.settle()
    guide.session.only_look(on=True)
    match leave:
        case "badge":
            guide.scan("badge:Jana")
        case "switch":
            guide.act(SwitchTo(PEOPLE[1].badge, PEOPLE[1].name))
            guide.session.people.enter_pin(PIN)
        case _:
            getattr(guide.session, leave)()
    guide.settle()
    assert guide.session.desk.selection.only_look is False


def test_only_looking_ends_by_itself_without_a_scan_counts_down_and_says_so(guide: Finder) -> None:
    clock = guide.session.desk.clock
    assert isinstance(clock, ManualClock)

    def pass_by(seconds: float) -> str:
        clock.advance(seconds)
        guide.session.ask_status()
        guide.settle()
        return guide.session.looking.words

    guide.session.only_look(on=True)
    assert "30 s" in guide.session.looking.words.replace("\u00a0", " ")
    assert "10 s" in pass_by(20).replace("\u00a0", " ")
    guide.scan("admit")
    assert "30 s" in guide.session.looking.words.replace("\u00a0", " "), "a scan gives time for the next"
    assert "1 s" in pass_by(29).replace("\u00a0", " ")
    assert pass_by(1) == ""
    assert guide.session.desk.selection.only_look is False
    assert Texts("en")("only_look_ended") in guide.screen.told


def test_a_code_that_is_still_before_the_camera_is_not_used_up_as_only_looking_ends_by_itself(
    screen: Screen, station: FakeStation
) -> None:
    forgotten, clock = [], ManualClock(NOW_MS)
    session = Session(station, screen, screen.deliver, clock, "en")
    guide = Finder(session, screen, lambda: forgotten.append(clock.now_ms()))
    session.only_look(on=True)
    before = len(forgotten)
    clock.advance(31)
    session.ask_status()
    guide.settle()
    assert session.desk.selection.only_look is False
    assert len(forgotten) == before
    session.stop()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("reason", [Reason.OK, Reason.CHOOSE, Reason.ALREADY_TODAY, Reason.UNPAID])
def test_what_was_only_looked_at_is_never_taken_for_a_verdict(outcome: Outcome, reason: Reason, language: str) -> None:
    setting = replace(SETTING, texts=Texts(language))
    verdict = Verdict(outcome, reason)
    looked, real = (present(Shown(verdict, info=info), setting) for info in (True, False))
    assert (looked.colour, looked.shape) == (Colour.BLUE, Shape.EYE)
    for told_apart_by in ("colour", "shape", "word", "sound"):
        assert getattr(looked, told_apart_by) != getattr(real, told_apart_by)
    assert looked.headline == setting.texts("only_looked"), "that nothing was recorded is the loudest after the word"
    actions = [button.action for button in looked.buttons]
    assert not any(isinstance(action, Choose | Confirm | Override | EnterPin) for action in actions)


def test_looking_at_a_choice_says_what_there_is() -> None:
    lines = [line.text for line in present(replace(ANSWERS["choose"], info=True), SETTING).lines]
    assert "Biker’s lunch · Left:\u00a02" in lines


def test_who_was_here_this_shift_takes_over_by_pin(guide: Finder, station: FakeStation) -> None:
    guide.session.people.open_shift()
    rows = guide.settle()
    assert isinstance(rows, Rows)
    assert [row.label for row in rows.rows] == [person.name for person in PEOPLE]
    jana = rows.rows[1].action
    assert isinstance(jana, SwitchTo)
    assert guide.act(jana) == PinAsked("Jana")
    guide.session.people.enter_pin("000000")
    assert guide.settle() == PinAsked("Jana", "Wrong PIN. Tries left: 4")
    guide.session.people.enter_pin(PIN)
    taken = guide.settle()
    assert isinstance(taken, Picture)
    assert taken.headline == "Operator: Jana"
    assert [type(button.action) for button in taken.buttons] == [GoOn], "without the badge a PIN opens nothing more"
    assert station.pins == [], "the PIN was checked for Jana, not for the badge scanned last"


def test_a_hand_over_that_is_put_off_leaves_the_pin_to_the_badge_scanned_last(
    guide: Finder, station: FakeStation
) -> None:
    guide.act(SwitchTo(PEOPLE[1].badge, "Jana"))
    guide.session.put_off()
    guide.session.people.ask_pin()
    guide.session.people.enter_pin(PIN)
    guide.settle()
    assert station.pins == [PIN]


def test_what_was_searched_for_is_not_called_found_where_nothing_was() -> None:
    texts = Texts("en")
    assert found_rows("Příhoda", FOUND, texts).title == texts("found", query="Příhoda")
    assert found_rows("Příhoda", (), texts).title == texts("searched", query="Příhoda")


def test_where_nothing_was_found_the_age_of_the_list_is_told(guide: Finder, station: FakeStation) -> None:
    """Who bought this morning is not in it: "nothing like it is known" alone would call the guest a liar."""
    built_ms, zone = station.now.sync.snapshot_built_ms, station.now.zone
    assert built_ms is not None
    rows = guide.find_with_pin("nobody of this name")
    assert f"sold after the list ({Texts('en').when(built_ms, zone, station.now.now_ms)})" in rows.empty
    for built, told in ((built_ms, "): 12. Those are found by their code only."), (None, Texts("en")("found_none"))):
        station.now = replace(station.now, sync=replace(station.now.sync, snapshot_built_ms=built, unlisted=12))
        guide.session.desk.take_status()
        assert guide.find_with_pin("nobody of this name").empty.endswith(told)


def test_back_stands_in_the_place_where_it_stood_in_the_list(guide: Finder) -> None:
    """A hand that goes back by habit must not use a pass."""
    guide.find_with_pin("příhoda")
    shown = guide.act(OpenFound(0))
    assert isinstance(shown, Picture)
    assert isinstance(shown.buttons[0].action, BackToFound)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Fjyajr", "FJYAJR"),
        ("5a82317", "5A8 2317"),
        (CODE.replace("-", "").lower(), CODE),
        ("příhoda", "příhoda"),
    ],
)
def test_a_code_or_a_plate_is_not_written_like_a_name(typed: str, said: str) -> None:
    found = (replace(FOUND[0], order="FJYAJR", plate="5A8 2317"),)
    assert found_rows(typed, found, Texts("en")).title == Texts("en")("found", query=said)


@pytest.mark.parametrize("shut", [replace(FOUND[0], is_blocked=True), replace(FOUND[0], is_cancelled=True)])
def test_every_button_has_its_place_and_of_a_barred_ticket_nothing_leads_to_using_it(shut: Found) -> None:
    open_ = FOUND[0]
    said = [
        [(type(one.action), one.label, one.main) for one in found_picture(found, Texts("en")).buttons[1:3]]
        for found in (open_, shut)
    ]
    use, look = Texts("en")("found_use"), Texts("en")("only_look")
    assert said == [
        [(UseFound, use, True), (UseFound, look, False)],
        [(UseFound, use, False), (UseFound, look, True)],
    ]


def test_a_found_ticket_says_that_nothing_was_decided() -> None:
    assert found_picture(FOUND[0], Texts("en")).colour is Colour.BLUE
