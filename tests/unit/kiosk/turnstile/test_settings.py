"""Which turnstile the settings mean, and what is said of those that cannot be used."""

from __future__ import annotations

import pytest

from common.clock import ManualClock
from common.errors import BadInput
from kiosk.config import read_config
from kiosk.support import _setting
from kiosk.turnstile.command import CommandTurnstile
from kiosk.turnstile.drivers import Driver, Passage
from kiosk.turnstile.serial_call import SerialTurnstile, Wording
from kiosk.turnstile.settings import TurnstileSettings
from kiosk.turnstile.web_call import WebTurnstile

CLOCK = ManualClock(0)


@pytest.mark.parametrize(
    ("settings", "driver"),
    [
        (TurnstileSettings("/opt/gate 'lane 3'"), CommandTurnstile(("/opt/gate", "lane 3"), 3.0)),
        (
            TurnstileSettings("https://10.0.0.7:8443/open?x=1", "get", "X-Key:  4711 "),
            WebTurnstile("GET", "https://10.0.0.7:8443/open?x=1", ("X-Key", "4711"), 3.0, CLOCK),
        ),
        (
            TurnstileSettings("/dev/ttyUSB0", opens=r"\x02O\r\n\\\t", passed="P", nobody=r"\xff", pass_s="7.5"),
            SerialTurnstile("/dev/ttyUSB0", 9600, Wording(b"\x02O\r\n\\\t", b"P", b"\xff"), 3.0, 7.5, CLOCK),
        ),
    ],
    ids=["command", "address", "line"],
)
def test_the_form_of_the_setting_says_how_it_is_opened(settings: TurnstileSettings, driver: Driver) -> None:
    assert settings.is_on
    assert settings.driver(CLOCK) == driver


def test_without_a_setting_there_is_no_turnstile() -> None:
    assert not TurnstileSettings().is_on
    assert not read_config({}, {}).turnstile_settings().is_on


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (TurnstileSettings("gate 'lane"), "no command"),
        (TurnstileSettings("'' x"), "empty"),
        (TurnstileSettings("ftp://gate/open"), "only http and https"),
        (TurnstileSettings("file:///etc/passwd"), "only http and https"),
        (TurnstileSettings("http:///open"), "no address"),
        (TurnstileSettings("http://gate:99999/"), "no address"),
        (TurnstileSettings("http://gate/ope\u0148"), "no address"),
        (TurnstileSettings("http://user:secret@gate/"), "into the header"),
        (TurnstileSettings("http://gate/", method="DELETE"), "METHOD"),
        (TurnstileSettings("http://gate/", header="no colon"), "HEADER"),
        (TurnstileSettings("http://gate/", header="X-Key: a\r\nHost: b"), "HEADER"),
        (TurnstileSettings("/dev/ttyS0"), "OPENS"),
        (TurnstileSettings("/dev/ttyS0", opens=r"\q"), r"\\q is not known"),
        (TurnstileSettings("/dev/ttyS0", opens="\\"), "is not known"),
        (TurnstileSettings("/dev/ttyS0", opens="otev\u0159i"), "ASCII"),
        (TurnstileSettings("/dev/ttyS0", opens="O" * 65), "at most 64"),
        (TurnstileSettings("/dev/ttyS0", opens="O", baud="fast"), "BAUD"),
        (TurnstileSettings("gate", timeout_s="0"), "TIMEOUT_S"),
        (TurnstileSettings("gate", timeout_s="nan"), "TIMEOUT_S"),
        (TurnstileSettings("gate", tries="1.5"), "TRIES"),
        (TurnstileSettings("gate", tries="11"), "TRIES"),
        (TurnstileSettings("gate", pass_s="61"), "PASS_S"),
        (TurnstileSettings("gate", timeout_s="40"), "no longer be annulled"),
    ],
)
def test_a_setting_that_cannot_be_used_says_so_at_the_start(settings: TurnstileSettings, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        settings.driver(CLOCK)


def test_the_environment_names_them_and_a_bad_one_is_named_back() -> None:
    config = read_config({"RALLYGATE_KIOSK_TURNSTILE": "gate", "RALLYGATE_KIOSK_TURNSTILE_TRIES": "many"}, {})
    with pytest.raises(BadInput, match="RALLYGATE_KIOSK_TURNSTILE: TRIES"):
        config.turnstile_settings()


@pytest.mark.parametrize(
    ("wording", "silence"),
    [
        (Wording(b"O"), Passage.UNTOLD),
        (Wording(b"O", b"P"), Passage.NOBODY),
        (Wording(b"O", b"", b"N"), Passage.PASSED),
        (Wording(b"O", b"P", b"N"), Passage.UNTOLD),
    ],
)
def test_silence_stands_for_the_word_that_is_never_sent(wording: Wording, silence: Passage) -> None:
    assert wording.silence is silence


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("turnstile_header", "Authorization: Bearer 4711", "set"),
        ("turnstile_header", "", ""),
        ("turnstile", "/opt/gate --key 4711", "/opt/gate …"),
        ("turnstile", "http://gate/open?key=4711", "http://gate/open?…"),
        ("turnstile", "/dev/ttyUSB0", "/dev/ttyUSB0"),
    ],
)
def test_what_is_sent_to_support_holds_no_secret_of_the_controller(name: str, value: str, told: str) -> None:
    assert _setting(name, value) == told
