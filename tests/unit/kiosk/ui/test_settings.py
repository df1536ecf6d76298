"""What a supervisor may change on the screen, and what stays of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from common.unbroken import UNBROKEN
from kiosk.store.folder import Folder
from kiosk.store.liking import Liking, read_liking, write_liking
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import ChangeSetting, OpenAllSettings, OpenCameras, OpenOperator, SettingName
from kiosk.ui.settings import BRIGHTNESSES, VOLUMES, SetUp, changed, may_change, may_set, own_rows, setting_rows, spoken
from tests.support.fake_station import status_of

ROUNDS = {
    SettingName.VOLUME: len(VOLUMES),
    SettingName.LANGUAGE: len(LANGUAGES) + 1,
    SettingName.HAND: 2,
    SettingName.THEME: 2,
    SettingName.BRIGHTNESS: len(BRIGHTNESSES),
}


@pytest.mark.parametrize("name", list(SettingName))
def test_touching_a_setting_leads_through_every_value_and_back(name: SettingName) -> None:
    seen, liking = [], Liking(brightness=BRIGHTNESSES[-1])
    for _ in range(ROUNDS[name]):
        liking = changed(liking, name)
        seen.append(liking)
    assert liking == Liking(brightness=BRIGHTNESSES[-1])
    assert len(set(map(repr, seen))) == ROUNDS[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_every_setting_reads_differently(language: str) -> None:
    texts = Texts(language)
    for at, name in enumerate(SettingName, start=2):  # camera and scanner are chosen from lists of their own
        read, liking = set(), Liking()
        for _ in range(ROUNDS[name]):
            liking = changed(liking, name)
            row = setting_rows(liking, texts, SetUp(), has_brightness=True).rows[at]
            assert row.action == ChangeSetting(name)
            read.add(row.detail)
        assert len(read) == ROUNDS[name]


@pytest.mark.parametrize(
    ("roles", "pin_good", "may"),
    [(("supervisor",), True, True), (("supervisor",), False, False), (("hostess",), True, False), ((), False, False)],
)
def test_only_a_supervisor_with_badge_and_pin_may_change_them(
    roles: tuple[str, ...], pin_good: bool, may: bool
) -> None:
    assert may_change(replace(status_of().device, roles=roles, pin_good=pin_good)) is may
    assert may_change(None) is False


@pytest.mark.parametrize("name", list(SettingName))
def test_whoever_is_signed_in_may_change_what_the_light_and_the_noise_ask_for_and_nothing_else(
    name: SettingName,
) -> None:
    hostess = replace(status_of().device, roles=("hostess",), pin_good=False)
    assert may_set(hostess, name) is (name in {SettingName.THEME, SettingName.VOLUME})
    assert may_set(replace(hostess, roles=("supervisor",), pin_good=True), name) is True
    assert may_set(replace(hostess, operator=None, roles=()), name) is False
    assert may_set(None, name) is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostess_sees_her_two_settings_as_a_supervisor_does_and_how_to_get_at_the_rest(language: str) -> None:
    liking, texts = Liking(theme="sunlight", volume=30), Texts(language)
    rows = own_rows(liking, texts)
    *own, others = rows.rows
    assert [row.action for row in own] == [ChangeSetting(SettingName.VOLUME), ChangeSetting(SettingName.THEME)]
    assert set(own) <= set(setting_rows(liking, texts, SetUp()).rows)
    assert others.action == OpenAllSettings()
    assert "PIN" in others.detail


def test_what_was_chosen_is_there_at_the_next_start(tmp_path: Path) -> None:
    liking = Liking(camera="1", volume=30, language="pl", hand="left", theme="sunlight", brightness=50)
    write_liking(Folder(tmp_path), liking)
    assert read_liking(Folder(tmp_path)) == liking


@pytest.mark.parametrize(
    ("kept", "touched", "then"),
    [(None, "cs", "cs"), (None, "en", None), ("cs", "cs", "cs"), ("cs", "de", "de"), ("cs", "en", "en")],
)
def test_a_touched_language_is_kept_and_nothing_is_written_where_it_holds_already(
    kept: Literal["cs"] | None, touched: str, then: str | None
) -> None:
    before = Liking(language=kept, volume=30)
    after = spoken(before, touched, SetUp(language="en"))
    assert (after.language, after.volume) == (then, 30)
    assert (after is before) is (kept == then)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"volume":900}', b'{"hand":"third"}', b'{"theme":7}', b'{"brightness":0}', b"\xff" * 5000],
)
def test_a_damaged_file_never_keeps_a_gate_from_opening(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "screen.json").write_bytes(content)
    assert read_liking(Folder(tmp_path)) == Liking()


def test_there_is_no_brightness_where_the_machine_cannot_set_it_and_a_failure_is_said_in_its_place() -> None:
    texts = Texts("en")
    assert ChangeSetting(SettingName.BRIGHTNESS) not in [
        row.action for row in setting_rows(Liking(), texts, SetUp()).rows
    ]
    rows = setting_rows(Liking(brightness=75), texts, SetUp(), has_brightness=True, trouble="no such light").rows
    assert {row.action: row.detail for row in rows}[ChangeSetting(SettingName.BRIGHTNESS)] == "no such light"


@pytest.mark.parametrize(("volume", "said"), [(100, "60 %"), (30, "off"), (0, "100 %")])
def test_a_setting_of_steps_says_what_the_next_touch_makes_of_it(volume: int, said: str) -> None:
    """Down from 30 comes "off", and from there it goes up again: nobody knew before touching."""
    rows = {row.action: row.detail for row in setting_rows(Liking(volume=volume), Texts("en"), SetUp()).rows}
    assert rows[ChangeSetting(SettingName.VOLUME)].replace(UNBROKEN, " ").endswith(f"touch for {said}")


def test_back_from_the_settings_leads_to_who_is_here() -> None:
    for rows in (setting_rows(Liking(), Texts("en"), SetUp()), own_rows(Liking(), Texts("en"))):
        assert rows.back == OpenOperator()


@pytest.mark.parametrize(("set_up", "said"), [("en", "English"), ("pl", "Polski"), ("de", "Deutsch")])
def test_the_language_at_the_start_is_named_so_that_whoever_is_lost_in_another_finds_back(
    set_up: str, said: str
) -> None:
    rows = setting_rows(Liking(), Texts("pl"), SetUp(language=set_up)).rows
    assert said in next(row.detail for row in rows if row.action == ChangeSetting(SettingName.LANGUAGE))


@pytest.mark.parametrize(
    ("camera", "liked", "said"),
    [
        ("0", None, "number 0 (as set up)"),
        ("0", "1", "number 1"),
        ("0", "", "no camera"),
        (None, None, "no camera (as set up)"),
        ("http://user:geheim@cam/x", None, "http://cam/x (as set up)"),
    ],
)
def test_the_camera_in_use_is_named_and_an_address_never_with_its_password(
    camera: str | None, liked: str | None, said: str
) -> None:
    row = setting_rows(Liking(camera=liked), Texts("en"), SetUp(camera=camera)).rows[0]
    assert (row.action, row.detail) == (OpenCameras(), said)
