"""The print-out of sample passes: every code on it is read, in every language, as a picture and as a page."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import BadInput
from kiosk.cli import main
from kiosk.input.reading import read_zxing
from kiosk.practice.samples import Sample, text_of
from kiosk.store.faults import StoreTrouble
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.practice_sheet import HEIGHT, WIDTH, draw_sheet, write_sheet

ALL = {text_of(sample) for sample in Sample}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sample_is_on_the_sheet_and_can_be_read(language: str) -> None:
    sheet = draw_sheet(Texts(language))
    assert set(read_zxing(sheet)) == ALL
    assert sheet[:, -40:].min() == 255, "nothing runs into the margin"


def test_a_picture_and_a_page_hold_the_same(tmp_path: Path) -> None:
    picture, page = tmp_path / "sheet.png", tmp_path / "sheet.PDF"
    write_sheet(picture, "pl")
    write_sheet(page, "pl")
    drawn = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    whole = page.read_bytes()
    packed = re.search(rb"FlateDecode/Length (\d+)>>stream\n", whole)
    assert packed is not None
    held = zlib.decompress(whole[packed.end() : packed.end() + int(packed[1])])
    assert (np.frombuffer(held, np.uint8).reshape(HEIGHT, WIDTH) == drawn).all()


def test_the_pages_table_says_where_each_part_begins(tmp_path: Path) -> None:
    page = tmp_path / "sheet.pdf"
    write_sheet(page, "en")
    whole = page.read_bytes()
    start = int(whole.rpartition(b"startxref\n")[2].split()[0])
    places = [int(line[:10]) for line in whole[start:].split(b"\n")[3:8]]
    assert [whole[place:].startswith(b"%d 0 obj" % number) for number, place in enumerate(places, 1)] == [True] * 5


def test_a_name_that_does_not_say_which_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.pdf or \.png"):
        write_sheet(tmp_path / "sheet.jpg", "en")
    with pytest.raises(StoreTrouble):
        write_sheet(tmp_path / "nowhere" / "sheet.png", "en")


def test_the_command_writes_it_without_a_kiosk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "sheet.png"
    assert main(["--folder", str(tmp_path / "none"), "practice-sheet", "--out", str(target), "--language", "cs"]) == 0
    assert target.stat().st_size > 10_000
    assert "practice mode alone" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()
