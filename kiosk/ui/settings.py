"""The settings: who changes which, what each touch makes of them, and how they read. No Kivy, no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from msgspec.structs import replace

from common.decide import SUPERVISING
from kiosk.shown import DeviceShown
from kiosk.store.liking import Liking
from kiosk.ui.cameras import Chosen, chosen_words
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import (
    AcceptLosses,
    ChangeSetting,
    OpenAllSettings,
    OpenCameras,
    OpenOperator,
    OpenPlaces,
    OpenScanners,
    Practise,
    SettingName,
)
from kiosk.ui.rows import Row, Rows
from kiosk.ui.scanners import NO_LINE, Line, line_words

VOLUMES: Final = (100, 60, 30, 0)
BRIGHTNESSES: Final = (100, 75, 50, 25)  # never dark: nobody could find the way back
# What the sun and the engines ask for at once; nothing is read, decided or written otherwise by it.
OWN: Final = frozenset({SettingName.VOLUME, SettingName.THEME})
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What holds where a supervisor chose nothing: as the kiosk was set up."""

    camera: str | None = "0"
    language: str = "en"
    scanner: Line = NO_LINE


def may_change(device: DeviceShown | None) -> bool:
    """Whether who is here may: a supervisor's badge, and its PIN."""
    return device is not None and device.pin_good and not SUPERVISING.isdisjoint(device.roles)


def may_set(device: DeviceShown | None, name: SettingName) -> bool:
    """Whether who is here may change this one: a supervisor any, whoever has signed in their own."""
    return may_change(device) or (name in OWN and has_signed_in(device))


def has_signed_in(device: DeviceShown | None) -> bool:
    """Whether a badge says who is here."""
    return device is not None and device.operator is not None


def changed(liking: Liking, name: SettingName) -> Liking:
    """The next value of one setting."""
    match name:
        case SettingName.VOLUME:
            return replace(liking, volume=_next(VOLUMES, liking.volume))
        case SettingName.LANGUAGE:
            return replace(liking, language=_next((None, *LANGUAGES), liking.language))
        case SettingName.BRIGHTNESS:
            return replace(liking, brightness=_next(BRIGHTNESSES, liking.brightness))
        case SettingName.THEME:
            return replace(liking, theme="dark" if liking.theme == "sunlight" else "sunlight")
    return replace(liking, hand="right" if liking.hand == "left" else "left")


def spoken(liking: Liking, language: str, set_up: SetUp) -> Liking:
    """What is kept where somebody touched a language; nothing new where the kiosk starts with that one anyhow."""
    if language not in LANGUAGES or language == (liking.language or set_up.language):
        return liking
    return replace(liking, language=language)


def setting_rows(
    liking: Liking,
    texts: Texts,
    set_up: SetUp,
    *,
    has_brightness: bool = False,
    trouble: str = "",
    place: str | None = None,
    losses: str = "",
) -> Rows:
    """Every setting with its value; a touch takes the next one. `trouble`: that the light could not be set.

    `place` is where the kiosk stands; None before there is a station. `losses`: what a damaged journal lost.
    """
    values = _values(liking, texts, set_up)
    if has_brightness:
        values[SettingName.BRIGHTNESS] = trouble or _brightness(liking.brightness, texts)
    camera = Row(OpenCameras(), texts("setting_camera"), chosen_words(Chosen(set_up.camera, liking.camera), texts))
    scanner = Row(OpenScanners(), texts("scanner"), line_words(liking, set_up.scanner, texts))
    changing = (_row(name, value, texts) for name, value in values.items())
    rows: tuple[Row, ...] = (camera, scanner, *changing)
    if place is not None:
        rows = (*rows, Row(OpenPlaces(), texts("setting_place"), place))
    if losses:
        rows = (Row(AcceptLosses(), texts("damage_go_on"), warns=losses), *rows)
    practice = Row(Practise(on=True), texts("practice"), texts("practice_setting"))
    return Rows(texts("settings"), (*rows, practice), are_short=True, back=OpenOperator())


def own_rows(liking: Liking, texts: Texts) -> Rows:
    """What whoever has signed in may change, and how to get at the rest."""
    values = _values(liking, texts, SetUp())
    rows = tuple(_row(name, value, texts) for name, value in values.items() if name in OWN)
    others = Row(OpenAllSettings(), texts("settings_all"), texts("settings_others"))
    return Rows(texts("settings"), (*rows, others), are_short=True, back=OpenOperator())


def _values(liking: Liking, texts: Texts, set_up: SetUp) -> dict[SettingName, str]:
    return {
        SettingName.VOLUME: _stepping(VOLUMES, liking.volume, texts),
        SettingName.LANGUAGE: _language(liking.language, set_up.language, texts),
        SettingName.HAND: texts(f"hand_{liking.hand}"),
        SettingName.THEME: texts(f"theme_{liking.theme}"),
    }


def _row(name: SettingName, value: str, texts: Texts) -> Row:
    return Row(ChangeSetting(name), texts(f"setting_{name}"), value)


def _language(chosen: str | None, set_up: str, texts: Texts) -> str:
    """By its own name, so that whoever is lost in another one finds back."""
    name = Texts(chosen or set_up)("language_name")
    return name if chosen else texts("setting_as_set_up", value=name)


def _brightness(percent: int | None, texts: Texts) -> str:
    return texts("setting_machine") if percent is None else _stepping(BRIGHTNESSES, percent, texts)


def _stepping(values: tuple[int, ...], now: int, texts: Texts) -> str:
    """What holds, and what the next touch makes of it: the steps go down, and from the last one up again."""
    return texts("setting_next", value=_percent(now, texts), next=_percent(_next(values, now), texts))


def _percent(percent: int, texts: Texts) -> str:
    return texts("battery_percent", n=percent) if percent else texts("setting_off")


def _next(values: tuple[_Value, ...], now: _Value) -> _Value:
    at = values.index(now) if now in values else -1
    return values[(at + 1) % len(values)]
