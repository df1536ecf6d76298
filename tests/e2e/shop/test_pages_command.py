"""`packaging/pages` photographs the real pages; here one of them, in one language."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageStat

from tests.support.page_camera import SIZES, THEMES, Wanted
from tests.support.page_gallery import draw

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_page_is_photographed_in_every_size_and_theme_and_fits_its_screen(tmp_path: Path) -> None:
    count, faults, written = draw(Wanted(tmp_path, languages=("de",), only="lost mail"))
    assert (count, faults) == (len(SIZES) * 2, [])
    assert sorted(path.name for path in written) == [
        "phone-dark-lost-1.png", "phone-light-lost-1.png", "wide-dark-lost-1.png", "wide-light-lost-1.png",
    ]  # fmt: skip
    light, dark = (ImageStat.Stat(Image.open(tmp_path / f"phone-{theme}-lost-1.png")).mean[0] for theme in THEMES)
    assert light > dark
