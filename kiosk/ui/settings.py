"""The settings a supervisor changes: what each touch makes of them, and how they read. No Kivy, no files."""

from __future__ import annotations

from typing import Final, TypeVar

from msgspec.structs import replace

from common.decide import SUPERVISING
from kiosk.shown import DeviceShown
from kiosk.store.liking import Liking
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import ChangeSetting, OpenPlaces, Practise, SettingName
from kiosk.ui.rows import Row, Rows

VOLUMES: Final = (100, 60, 30, 0)
CAMERAS: Final = (None, "0", "1", "2", "")  # as configured, by number, none
BRIGHTNESSES: Final = (100, 75, 50, 25)  # never dark: nobody could find the way back
_Value = TypeVar("_Value")


def may_change(device: DeviceShown | None) -> bool:
    """Whether who is here may: a supervisor's badge, and its PIN."""
    return device is not None and device.pin_good and not SUPERVISING.isdisjoint(device.roles)


def changed(liking: Liking, name: SettingName) -> Liking:
    """The next value of one setting."""
    match name:
        case SettingName.CAMERA:
            return replace(liking, camera=_next(CAMERAS, liking.camera))
        case SettingName.VOLUME:
            return replace(liking, volume=_next(VOLUMES, liking.volume))
        case SettingName.LANGUAGE:
            return replace(liking, language=_next((None, *LANGUAGES), liking.language))
        case SettingName.BRIGHTNESS:
            return replace(liking, brightness=_next(BRIGHTNESSES, liking.brightness))
        case SettingName.THEME:
            return replace(liking, theme="dark" if liking.theme == "sunlight" else "sunlight")
    return replace(liking, hand="right" if liking.hand == "left" else "left")


def setting_rows(
    liking: Liking, texts: Texts, *, has_brightness: bool = False, trouble: str = "", place: str | None = None
) -> Rows:
    """Every setting with its value; a touch takes the next one. `trouble`: why the light could not be set.

    `place` is where the kiosk stands; None before there is a station.
    """
    values = {
        SettingName.CAMERA: _camera(liking.camera, texts),
        SettingName.VOLUME: texts("battery_percent", n=liking.volume) if liking.volume else texts("setting_off"),
        SettingName.LANGUAGE: Texts(liking.language)("language_name") if liking.language else texts("setting_start"),
        SettingName.HAND: texts(f"hand_{liking.hand}"),
        SettingName.THEME: texts(f"theme_{liking.theme}"),
    }
    if has_brightness:
        values[SettingName.BRIGHTNESS] = trouble or _brightness(liking.brightness, texts)
    rows = tuple(Row(ChangeSetting(name), texts(f"setting_{name}"), value) for name, value in values.items())
    if place is not None:
        rows = (*rows, Row(OpenPlaces(), texts("setting_place"), place))
    practice = Row(Practise(on=True), texts("practice"), texts("practice_setting"))
    return Rows(texts("settings"), (*rows, practice), are_short=True)


def _camera(camera: str | None, texts: Texts) -> str:
    if camera is None:
        return texts("setting_start")
    return texts("setting_camera_no", n=camera) if camera else texts("setting_off")


def _brightness(percent: int | None, texts: Texts) -> str:
    return texts("setting_machine") if percent is None else texts("battery_percent", n=percent)


def _next(values: tuple[_Value, ...], now: _Value) -> _Value:
    at = values.index(now) if now in values else -1
    return values[(at + 1) % len(values)]
