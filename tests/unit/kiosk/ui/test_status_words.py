"""The kiosk says honestly how it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Fault, FaultCode
from common.entries import EntryFault
from common.envelope import EnvelopeFault
from common.rules import LaneKind
from kiosk.checks_shown import Check, Health
from kiosk.health import storage_health
from kiosk.input.camera import CameraState, Condition
from kiosk.input.serial_port import ScannerState
from kiosk.shown import DamageShown, StatusShown
from kiosk.sync.errors import LanWhy
from kiosk.sync.outbox import FAILED_ON_IT
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.pages import is_heard, preflight_pages
from kiosk.ui.refused_words import refused_words
from kiosk.ui.status_words import (
    ReadersShown,
    StatusFact,
    Tone,
    camera_message,
    camera_said,
    facts,
    last_counter,
    point_line,
    scan_hint,
    sees_codes,
    sync_line,
    worst_line,
)
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS, status_of

EN = Texts("en")


def test_what_is_red_comes_first_and_all_else_in_its_order() -> None:
    doubtful = replace(status_of(), device=replace(status_of().device, clock_doubtful=True))
    calm, red = ([row.name for row in facts(one, ReadersShown(None), EN)] for one in (status_of(), doubtful))
    assert red[0] == EN("clock") != calm[0]
    assert red[1:] == [name for name in calm if name != EN("clock")]


def fact(
    status: StatusShown, name: str, camera: CameraState | None = None, scanner: ScannerState | None = None
) -> StatusFact:
    return next(row for row in facts(status, ReadersShown(camera, scanner), EN) if row.name == name)


def test_working_alone_says_for_how_long_what_waits_and_that_nothing_is_lost() -> None:
    line = sync_line(status_of(), EN)
    assert line.value == "Working alone for 12\u00a0min, records waiting:\u00a087, nothing lost"
    assert line.tone is Tone.WARN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("contact_ms", [None, NOW_MS - 720_000])
def test_where_the_journal_is_damaged_or_cannot_be_written_nobody_is_told_that_nothing_is_lost(
    language: str, contact_ms: int | None
) -> None:
    texts, well = Texts(language), status_of()
    well = replace(well, sync=replace(well.sync, connected=False, last_contact_ms=contact_ms))
    whole = sync_line(well, texts).value
    damaged = replace(well, damage=DamageShown(NOW_MS, 3, 4, is_open=True))
    full, unwritable = (
        replace(well, fault=Fault(code, "")) for code in (FaultCode.DISK_FULL, FaultCode.JOURNAL_UNWRITABLE)
    )
    given_up = replace(well, damage=DamageShown(NOW_MS, 3, 1_250, is_open=False))
    unknown = replace(well, damage=DamageShown(NOW_MS, 3, 0, is_open=False, is_end_unknown=True))
    for status in (damaged, full, unwritable, given_up, unknown):
        said = sync_line(status, texts).value
        assert whole.startswith(f"{said}, ")
        assert "87" in said
    mended = replace(well, damage=DamageShown(NOW_MS, 3, 0, is_open=False))
    assert sync_line(mended, texts).value == whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_given_up_is_called_lost_and_the_gravest_row_is_the_headline(language: str) -> None:
    texts, well = Texts(language), status_of()
    readers = ReadersShown(CameraState(Condition.OPEN, "0"))
    given_up = replace(well, damage=DamageShown(NOW_MS, 3, 1_250, is_open=False))
    assert texts.number(1_250) in facts(given_up, readers, texts)[0].value
    assert worst_line(facts(given_up, readers, texts), texts) is None
    unknown = replace(well, damage=DamageShown(NOW_MS, 3, 0, is_open=False, is_end_unknown=True))
    whole = replace(well, damage=DamageShown(NOW_MS, 3, 0, is_open=False))
    assert facts(unknown, readers, texts)[0].value != facts(whole, readers, texts)[0].value
    doubted = replace(given_up, device=replace(well.device, clock_doubtful=True))
    worst = worst_line(facts(doubted, readers, texts), texts)
    assert worst is not None
    assert (worst.tone, worst.value.startswith(texts("clock"))) == (Tone.BAD, True)


@pytest.mark.parametrize(
    ("connected", "contact", "pending", "said"),
    [
        (True, 1, 0, "Connected, everything sent"),
        (True, 1, 1_200, "Connected, still to send:\u00a01,200"),
        (False, None, 3, "Working alone since the start, records waiting:\u00a03, nothing lost"),
    ],
)
def test_each_state_of_the_exchange_has_its_words(
    connected: bool, contact: int | None, pending: int, said: str
) -> None:
    status = status_of()
    sync = replace(status.sync, connected=connected, last_contact_ms=contact, pending=pending)
    assert sync_line(replace(status, sync=sync), EN).value == said


@pytest.mark.parametrize(
    ("source", "remedy"),
    [("0", "Plug the camera in"), ("http://cam/x", "network cable"), ("/media/clip.avi", "Check the path")],
)
def test_a_camera_that_gives_nothing_says_which_what_to_do_and_what_still_works(source: str, remedy: str) -> None:
    message = camera_message(CameraState(Condition.UNREADABLE, source), EN)
    assert source in message
    assert remedy in message
    assert "typed codes still work" in message


def test_a_working_camera_says_nothing() -> None:
    assert camera_message(CameraState(Condition.OPEN, "0"), EN) == ""


def test_the_point_says_its_kind_and_lanes() -> None:
    assert point_line(status_of(), EN) == (
        "North Gate, Exhibition Grounds",
        "Gate · walking, with motorcycle · Anniversary Rally Prague",
    )
    assert "with motorcycle" not in point_line(status_of(stand=True), EN)[1]
    assert set(LaneKind) == {LaneKind.WALKING, LaneKind.RIDING}
    assert point_line(replace(status_of(), point=None), EN)[0] == "This kiosk has no place yet"


def test_what_is_wrong_is_marked() -> None:
    status = status_of()
    low = replace(status.device, battery_percent=9, storage_free=90_000_000, clock_doubtful=True)
    old = replace(status.sync, snapshot_built_ms=status.now_ms - 40 * 3_600_000)
    worse = replace(status, device=low, sync=old)
    tones = {name: fact(worse, name).tone for name in ("Battery", "Storage", "Clock", "Ticket list", "Camera")}
    assert tones == {
        "Battery": Tone.WARN,
        "Storage": Tone.WARN,
        "Clock": Tone.BAD,
        "Ticket list": Tone.WARN,
        "Camera": Tone.WARN,
    }


def test_a_list_that_lacks_tickets_is_not_all_green_and_says_how_many() -> None:
    status = status_of(connected=True)
    assert fact(status, "Ticket list").tone is Tone.GOOD
    assert all(one.name != "Sold since then" for one in facts(status, ReadersShown(None), EN))
    lacking = replace(status, sync=replace(status.sync, unlisted=1_200))
    assert fact(lacking, "Ticket list").tone is Tone.QUIET
    assert fact(lacking, "Sold since then").value == "1,200, names and sizes come with the next list"
    old = replace(lacking.sync, snapshot_built_ms=status.now_ms - 40 * 3_600_000)
    assert fact(replace(lacking, sync=old), "Ticket list").tone is Tone.WARN


def test_what_is_right_is_said_with_its_figure() -> None:
    status = status_of(connected=True)
    assert fact(status, "Ticket list").value == "300,000, list of today 00:45; all news received until today 14:33"
    assert fact(status, "News since then").value == "4,213, from the server and other kiosks"
    assert fact(status, "Storage").value == "11.4\u00a0GB free, saves quickly (3.2\u00a0ms)"
    assert fact(status, "Clock").value == "14:45, right (within 18\u00a0ms)"
    assert fact(status, "Camera", CameraState(Condition.OPEN, "0")).tone is Tone.GOOD
    assert fact(replace(status, device=replace(status.device, battery_percent=None)), "Battery").value == "unknown"


@pytest.mark.parametrize("free", [10_000_000, 300_000_000, 9_000_000_000])
@pytest.mark.parametrize("commit_ms", [3.0, 90.0])
def test_the_status_and_the_check_before_doors_judge_the_disk_alike(free: int, commit_ms: float) -> None:
    status = status_of()
    tone = fact(replace(status, device=replace(status.device, storage_free=free, commit_ms=commit_ms)), "Storage").tone
    found, health = storage_health(free, commit_ms)
    pages = preflight_pages(
        (Check("storage", found, health, {"free": free, "p99_ms": commit_ms}),),
        ReadersShown(None),
        sound=True,
        setting=Setting(EN, "UTC", 0),
        characters=80,
    )
    assert next(row.tone for row in pages.pages[0].facts if row.name == "Storage") is tone


def test_the_last_trouble_is_told_in_the_language_in_use_and_what_has_no_word_is_in_the_log() -> None:
    status = status_of()
    known = replace(status, sync=replace(status.sync, trouble="10.0.0.1 cannot be reached (X)", why="unreachable"))
    assert fact(known, "Last trouble").value == "The server cannot be reached: check the network"
    unknown = replace(status, sync=replace(status.sync, trouble="the exchange broke (X); see the log"))
    assert fact(unknown, "Last trouble").value == EN("not_done_unknown")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_keeps_the_kiosks_of_a_place_apart_is_told_where_the_server_is_not_the_trouble(language: str) -> None:
    texts, status = Texts(language), status_of()
    english = "other kiosks are not found: [Errno 101] Network is unreachable"
    for why in LanWhy:
        lan = replace(status.sync, trouble=english, lan_whys=(why,))
        for sync, key in ((lan, f"lan_why_{why}"), (replace(lan, why="unreachable"), "sync_why_unreachable")):
            rows = facts(replace(status, sync=sync), ReadersShown(None), texts)
            assert [row.value for row in rows if row.name == texts("trouble")] == [texts(key)]


def test_before_the_first_sale_that_is_said_and_nobody_is_sent_to_call_for_it() -> None:
    status = status_of()
    row = fact(replace(status, sync=replace(status.sync, tickets=0)), "Ticket list")
    assert (row.value, row.tone) == ("No tickets sold yet (list of today 00:45)", Tone.WARN)


def test_a_slow_disk_and_a_wrong_clock_say_what_to_make_of_it() -> None:
    status = status_of()
    slow = replace(status.device, commit_ms=90.0, clock_offset_ms=-7_000)
    told = replace(status, device=slow)
    assert "Use another device" in fact(told, "Storage").value
    assert fact(told, "Clock").value == "14:45, wrong by 7,000\u00a0ms, which the kiosk reckons with"


@pytest.mark.parametrize(("free", "said"), [(120_000_000, "delete what is not needed"), (1_000_000, "free some space")])
def test_a_disk_that_is_nearly_full_and_slow_is_not_praised_for_its_speed(free: int, said: str) -> None:
    status = status_of()
    value = fact(replace(status, device=replace(status.device, storage_free=free, commit_ms=183.0)), "Storage").value
    assert said in value
    assert "quickly" not in value


def test_a_camera_that_nobody_reads_is_worse_than_one_without_a_picture() -> None:
    unread, lost = (CameraState(one, "0") for one in (Condition.UNREAD, Condition.LOST))
    assert [fact(status_of(), "Camera", one).tone for one in (unread, lost)] == [Tone.BAD, Tone.WARN]
    assert "restart the kiosk" in camera_message(unread, EN)


def test_before_doors_the_scan_screen_says_that_the_check_was_not_done_and_still_that_entries_name_nobody() -> None:
    status = status_of()
    due = replace(status, check_due=True, device=replace(status.device, operator=None))
    assert scan_hint(due, EN).split("\n")[0].startswith("Not checked before doors today")
    assert "Nobody signed in" in scan_hint(due, EN)


def verdict_row(check: Check, language: str = "en") -> str:
    """What the check before doors says of the sample passes, on 2028-07-06."""
    setting = Setting(Texts(language), "Europe/Prague", NOW_MS)
    pages = preflight_pages((check,), ReadersShown(None), sound=True, setting=setting, characters=80)
    return pages.pages[0].facts[0].value


def test_closed_doors_are_told_with_when_they_open_and_another_year_with_its_number() -> None:
    later = Check("verdict", "closed", Health.WARN, {"opens_ms": NOW_MS + 7_200_000})
    assert verdict_row(later).startswith("Opens today 16:45: fine before")
    next_year = Check("verdict", "far", Health.BAD, {"opens_ms": NOW_MS + 365 * 86_400_000})
    assert all("2029" in verdict_row(next_year, language) for language in ("en", "de"))


def test_a_product_that_would_be_refused_is_told_by_its_name_in_each_language() -> None:
    names = {"en": "Lunch", "cs": "Oběd"}
    check = Check("verdict", "refused", Health.BAD, {"reason": "rule_unevaluable", "opens_ms": None}, names)
    assert verdict_row(check).startswith("Lunch: Rule not known.")
    assert verdict_row(check, "cs").startswith("Oběd: Neznámé pravidlo.")


@pytest.mark.parametrize(
    ("operator", "unattended", "said"), [("Jana", False, False), (None, False, True), (None, True, False)]
)
def test_the_scan_screen_says_that_entries_name_nobody_where_somebody_could_sign_in(
    operator: str | None, unattended: bool, said: bool
) -> None:
    status = status_of()
    assert status.point is not None
    point, device = replace(status.point, unattended=unattended), replace(status.device, operator=operator)
    hint = scan_hint(replace(status, point=point, device=device), EN)
    assert hint.startswith("Hold the code in front of the camera")
    assert ("Nobody signed in: records without a name" in hint) is said


@pytest.mark.parametrize(
    ("lets_in", "lets_out", "connected", "said"),
    [
        (True, True, True, ("inside", 11_417)),
        (True, True, False, ("inside_known", 11_417)),
        (False, True, True, ("let_out", 11_204)),
        (True, False, False, ("pending", 87)),
    ],
)
def test_a_gate_counts_who_is_inside_and_says_where_it_knows_its_own_view_alone(
    lets_in: bool, lets_out: bool, connected: bool, said: tuple[str, int]
) -> None:
    status = status_of(connected=connected)
    assert status.point is not None
    status = replace(status, point=replace(status.point, lets_in=lets_in, lets_out=lets_out))
    assert last_counter(status) == said


def test_who_is_inside_is_not_called_nobody_before_it_is_counted() -> None:
    assert last_counter(replace(status_of(connected=True), inside=None)) == ("inside", None)


@pytest.mark.parametrize(
    ("camera", "is_open", "tone", "said"),
    [
        (CameraState(Condition.OPEN, "0"), True, Tone.GOOD, "ttyACM0 works"),
        (CameraState(Condition.OPEN, "0"), False, Tone.WARN, "plug its cable in"),
        (CameraState(Condition.LOST, "0"), False, Tone.BAD, "plug its cable in"),
        (None, False, Tone.BAD, "plug its cable in"),
        (None, True, Tone.GOOD, "ttyACM0 works"),
    ],
)
def test_a_scanner_that_is_not_there_is_told_with_what_to_do_and_is_red_where_nothing_else_reads(
    camera: CameraState | None, is_open: bool, tone: Tone, said: str
) -> None:
    row = fact(status_of(), "Scanner", camera, ScannerState("/dev/ttyACM0", is_open))
    assert row.tone is tone
    assert said in row.value


def test_where_no_scanner_was_set_up_nothing_is_said_of_one() -> None:
    assert "Scanner" not in {row.name for row in facts(status_of(), ReadersShown(None), EN)}


def test_the_check_before_doors_is_not_green_where_the_scanner_is_pulled_out() -> None:
    for is_open, tone in ((True, Tone.GOOD), (False, Tone.WARN)):
        readers = ReadersShown(CameraState(Condition.OPEN, "0"), ScannerState("/dev/ttyACM0", is_open))
        pages = preflight_pages((), readers, sound=True, setting=Setting(EN, "UTC", 0), characters=80)
        assert pages.summary is not None
        assert pages.summary.tone is tone


class Loudspeaker:
    """A sound device that works, at a volume."""

    works = True

    def __init__(self, volume: int) -> None:
        self.volume = volume


@pytest.mark.parametrize(
    ("volume", "said", "tone"),
    [(0, "Switched off in the settings", Tone.WARN), (30, "Played: if you heard nothing, turn it up", Tone.GOOD)],
)
def test_a_gate_whose_sound_is_switched_off_does_not_pass_the_check_before_doors(
    volume: int, said: str, tone: Tone
) -> None:
    sound = is_heard(Loudspeaker(volume))
    readers = ReadersShown(CameraState(Condition.OPEN, "0"))
    pages = preflight_pages((), readers, sound=sound, setting=Setting(EN, "UTC", 0), characters=80)
    assert pages.summary is not None
    assert pages.summary.tone is tone
    assert StatusFact("Sound", said, tone) in pages.pages[0].facts


@pytest.mark.parametrize("why", sorted({*EnvelopeFault, *EntryFault, FAILED_ON_IT}))
@pytest.mark.parametrize("language", LANGUAGES)
def test_why_the_server_has_not_taken_entries_is_said_in_the_language_of_whoever_reads(why: str, language: str) -> None:
    texts, status = Texts(language), status_of()
    sync = replace(status.sync, refused=3, refused_why=why)
    rows = facts(replace(status, sync=sync), ReadersShown(None), texts)
    said = next(row.value for row in rows if row.name == texts("refused_entries"))
    assert refused_words(why, texts) in said
    assert why not in said


def test_a_reason_of_a_later_server_is_shown_as_it_came_and_none_as_none() -> None:
    assert refused_words("quota_of_tomorrow", EN) == "quota_of_tomorrow"
    assert fact(
        replace(status_of(), sync=replace(status_of().sync, refused=3)), "Not taken by the server yet"
    ).value == ("records:\u00a03")


@pytest.mark.parametrize(
    ("unattended", "said"), [(False, "Scan or type the code"), (True, "Scan the code with the scanner")]
)
def test_nobody_is_sent_to_a_camera_that_does_not_see(unattended: bool, said: str) -> None:
    status = status_of()
    assert status.point is not None
    point = replace(status.point, unattended=unattended)
    device = replace(status.device, operator=None)
    assert scan_hint(replace(status, point=point, device=device), EN, sees=False).split("\n")[0] == said


def test_a_camera_sees_while_it_works_or_is_about_to() -> None:
    seeing = {one for one in Condition if sees_codes(CameraState(one, "0"))}
    assert seeing == {Condition.OPEN, Condition.STARTING}
    assert not sees_codes(None)


@pytest.mark.parametrize("state", [None, CameraState(Condition.LOST, "0")])
def test_where_a_badge_is_waited_for_nothing_is_said_of_typing(state: CameraState | None) -> None:
    assert "typed" in camera_message(state, EN)
    assert camera_message(state, EN, "camera_else_badge").endswith("A scanner reads the badge: plug one in.")


@pytest.mark.parametrize("state", [None, *(CameraState(one, "0") for one in Condition)])
def test_where_a_scanner_reads_the_codes_a_camera_that_does_not_is_no_trouble(state: CameraState | None) -> None:
    told, is_calm = camera_said(state, EN, has_scanner=True)
    if sees_codes(state):
        assert (told, is_calm) == (camera_message(state, EN), False)
    else:
        assert (told, is_calm) == ("No camera: codes come from the scanner", True)
        assert fact(status_of(), "Camera", state).tone is not Tone.GOOD, "the status tells of it all the same"
    assert camera_said(state, EN, has_scanner=False) == (camera_message(state, EN), False)


def test_the_check_before_doors_says_what_to_do_about_camera_and_sound() -> None:
    readers = ReadersShown(CameraState(Condition.UNREADABLE, "0"))
    pages = preflight_pages((), readers, sound=False, setting=Setting(EN, "UTC", 0), characters=80)
    camera, sound = (fact.value for fact in pages.pages[0].facts)
    assert camera.startswith("Camera 0 cannot be read. Plug the camera in")
    assert "connect a loudspeaker" in sound
