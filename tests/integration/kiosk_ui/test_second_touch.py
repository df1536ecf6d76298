"""A second touch in haste presses nothing that was not there before; touches on what stays are all taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.ui.catalogue import Texts

pytestmark = [pytest.mark.slow, pytest.mark.window]

ROOT = Path(__file__).parents[3]
CAN_BE_PRESSED_MIN = {
    "scan": 10,
    "verdict": 1,
    "status": 6,
    "code": 30,
    "operator": 10,
    "pin": 11,
    "ask": 12,
    "pages": 2,
    "rows": 10,
}
ROLES = ("hostess", "supervisor", "nobody")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a hand that does not look has seen of the whole app."""
    folder = tmp_path_factory.mktemp("hand")
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"} | {"KIVY_HOME": str(folder)}
    command = [sys.executable, "-m", "tests.support.quick_hand", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    told: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        told |= json.loads(line) if line.startswith("{") else {}
    return told


def test_the_display_does_not_go_dark_where_nobody_touches_it(seen: dict[str, Any]) -> None:
    """As SDL itself says, which asks the desktop not to switch it off."""
    assert seen["left_alone"] == {"goes_dark": False, "screen": "enrol"}


def test_the_key_that_joins_touched_again_switches_no_language(seen: dict[str, Any]) -> None:
    assert seen["joining"]["language_after"] == "en"


def test_where_there_is_no_camera_nobody_is_told_to_hold_the_enrolment_code_before_it(seen: dict[str, Any]) -> None:
    assert seen["joining"]["hint_without_camera"] == Texts("en")("enrol_hint_scanner")


def test_a_thumbprint_is_not_accepted_by_the_touch_that_asked_for_it(seen: dict[str, Any]) -> None:
    assert seen["joining"]["accepted_unread"] is False


def test_a_language_that_is_wanted_is_taken_at_once_and_changed_again(seen: dict[str, Any]) -> None:
    wanted = [seen["joining"][name] for name in ("languages", "language_wanted", "language_wanted_again")]
    assert wanted == ["en", "pl", "en"]


@pytest.mark.parametrize("screen", CAN_BE_PRESSED_MIN)
def test_nothing_on_a_screen_that_came_up_is_pressed_at_once_and_everything_soon(
    seen: dict[str, Any], screen: str
) -> None:
    at_once, soon = seen["every_screen"][screen]
    assert at_once == 0
    assert soon >= CAN_BE_PRESSED_MIN[screen]


def test_a_verdict_is_not_sent_away_by_a_touch_for_the_one_before(seen: dict[str, Any]) -> None:
    assert seen["a_verdict_after_another"]["gone_unread"] is False


def test_a_finger_that_was_down_for_one_guest_confirms_nothing_for_the_next(seen: dict[str, Any]) -> None:
    assert seen["a_verdict_after_another"]["confirmed"] == 0


def test_a_long_note_is_read_whole_by_a_touch_until_the_next_or_the_next_code(seen: dict[str, Any]) -> None:
    there = seen["a_long_note"]
    assert (there["is_cut"], there["whole"], there["goes_by_itself"]) == (True, True, False)
    assert there["closed_by_the_same_hand"] is False
    assert there["closed"] == ["", "verdict"], "what lies below is not touched"
    assert there["over_the_next"] is False


def test_quick_touches_on_what_stays_are_all_taken(seen: dict[str, Any]) -> None:
    there = seen["on_one_screen"]
    assert (there["keys"], there["page"], len(set(there["volumes"]))) == ("7K77", 1, 4)


def test_a_touch_on_the_check_that_is_due_opens_it_and_a_message_goes_before(seen: dict[str, Any]) -> None:
    opened = seen["a_check_that_is_due"]["opened"]
    assert opened == {"due": "Check before doors", "message": "Messages", "done": "scan"}


def test_back_from_what_settings_opened_leads_to_the_settings(seen: dict[str, Any]) -> None:
    back_from = seen["on_one_screen"]["back_from"]
    assert len(back_from) == 2
    assert set(map(tuple, back_from.values())) == {("rows", True)}
    assert seen["on_one_screen"]["back_from_looking"] is True


def test_a_hostess_sets_the_appearance_alone_and_a_supervisors_badge_is_asked_for_the_rest(
    seen: dict[str, Any],
) -> None:
    there = seen["on_one_screen"]
    assert there["set_by_hostess"] == {"theme": "sunlight", "hand": "right"}
    assert (there["all_settings"], there["back_from_all"]) == ("operator", "rows")


def test_a_row_a_question_and_a_message_are_answered_only_once_they_were_seen(seen: dict[str, Any]) -> None:
    there = seen["on_one_screen"]
    assert (there["moved"], there["entered"], there["read"]) == ([], ["yes", ""], [])


def test_back_leads_to_the_operators_screen_from_whatever_was_opened_there(seen: dict[str, Any]) -> None:
    """It led to the scan screen, and whoever had come to do two things there did one."""
    here = ["operator", "not"]
    led = {name: place for name, place in seen["going_back"].items() if name.split()[0] in ROLES}
    assert len(led) == 9
    assert {name: place for name, place in led.items() if place != here} == {}


def test_a_touch_on_the_box_of_a_camera_that_does_not_read_leads_to_the_cameras_behind_a_supervisors_badge(
    seen: dict[str, Any],
) -> None:
    there = seen["going_back"]
    assert there["the camera's box asks"] == ["operator", "to_set"]
    assert there["and back"] == "scan"
    assert there["a supervisor's touch lists cameras"] is True


def test_once_a_scanner_has_read_the_screen_does_not_look_broken_and_the_status_tells_all_the_same(
    seen: dict[str, Any],
) -> None:
    there = seen["a_scanner_in_place_of_a_camera"]
    assert there["before"] == [False, "Camera 0 cannot be read"]
    assert there["after"] == [True, "No camera: codes come from the scanner"]
    assert there["status"] == ["Camera 0 cannot be read"]
