"""What a stand could hand out more of at once is said as an instruction, so that nobody walks off without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.rules import PointKind
from common.unbroken import UNBROKEN
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Weight
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.fake_station import ANSWERS, NOW_MS

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS)
STAND = replace(SETTING, kind=PointKind.STAND)


@pytest.mark.parametrize(
    ("more", "left", "said"),
    [
        (3, 3, ["3 more if wanted: scan again"]),
        (2, None, ["2 more if wanted: scan again"]),
        (1, 3, ["1 more if wanted: scan again"]),
        (1, 0, ["No more of it on this ticket"]),
        (0, 3, ["Left:\u00a03"]),
        (0, 0, ["No more of it on this ticket"]),
    ],
)
def test_what_a_stand_could_hand_out_at_once_is_an_instruction_as_strong_as_the_others(
    more: int, left: int | None, said: list[str]
) -> None:
    handed = replace(ANSWERS["hand_out"], more=more, left=left, hand_out={}, holder=None)
    lines = present(handed, STAND).lines
    assert [line.text for line in lines] == said
    assert (lines[0].weight is Weight.STRONG) is (more > 0 and left != 0)


def test_nobody_is_told_to_scan_again_at_a_gate_of_a_guest_or_of_what_was_only_looked_at() -> None:
    handed = replace(ANSWERS["hand_out"], more=3)
    told = [
        line.text
        for picture in (
            present(handed, SETTING),
            present(handed, replace(STAND, unattended=True)),
            present(replace(handed, info=True), STAND),
        )
        for line in picture.lines
    ]
    assert not any("scan again" in text for text in told), told


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("cs", "Ještě 1: XL. Načtěte znovu."),
        ("en", "1 more: XL. Scan again."),
        ("de", "Noch 1: XL. Erneut scannen."),
        ("fr", "Encore 1 : XL. Scannez à nouveau."),
        ("it", "Ancora 1: XL. Scansionare di nuovo."),
        ("pl", "Jeszcze 1: XL. Zeskanuj ponownie."),
    ],
)
def test_another_size_that_was_bought_is_named_with_what_to_do(language: str, said: str) -> None:
    lines = present(replace(ANSWERS["sizes"], more=1), replace(STAND, texts=Texts(language))).lines
    assert said in [line.text.replace(UNBROKEN, " ") for line in lines if line.weight is Weight.STRONG]
