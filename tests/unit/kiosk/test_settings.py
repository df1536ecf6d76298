"""The settings: each is told about, and one that cannot be used names itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import BadInput
from kiosk.config import KioskConfig, read_config


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TORCH", "lamp on", "{level}"),
        ("BRIGHTNESS", "lamp '{level}", "no command"),
        ("BAUD", "fast", "9600"),
        ("BAUD", "0", "9600"),
        ("PREFIX", "x" * 17, "16"),
        ("SUFFIX", "x" * 17, "16"),
        ("LAMP", "1", "TORCH"),
    ],
)
def test_a_setting_that_cannot_be_used_names_itself(name: str, value: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        read_config({f"RALLYGATE_KIOSK_{name}": value}, {})
    assert f"RALLYGATE_KIOSK_{name}" in str(error.value)
    assert said in str(error.value)


def test_each_setting_is_in_the_page_for_tablets() -> None:
    page = (Path(__file__).parents[3] / "docs" / "tablets.md").read_text(encoding="utf-8")
    missing = [name for name in KioskConfig.__dataclass_fields__ if f"`RALLYGATE_KIOSK_{name.upper()}`" not in page]
    assert missing == []
