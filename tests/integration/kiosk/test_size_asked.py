"""A size nobody knows, from the scan to the journal: asked on the screen, noted by one touch, told of afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.bodies import HandedLine, HandedOut, Redeem
from common.rules import ProductRules
from kiosk.front import Front
from kiosk.root import Options, open_kiosk
from kiosk.sync.transport import HttpTransport
from kiosk.ui.picture import PickVariant, Picture
from kiosk.ui.session import Session
from tests.support.kiosk_world import (
    SHIRT,
    SHIRT_RULES,
    SHIRT_SIZES,
    STAND,
    Contents,
    Event,
    build_snapshot,
    catalogue,
    clock_at_noon,
    enrol,
    put_snapshot,
)
from tests.unit.kiosk.ui.test_finding import Finder
from tests.unit.kiosk.ui.test_session import Screen

NO_QUESTIONS: ProductRules = replace(SHIRT_RULES, questions=(), asks_questions=False)


class Stand:
    """A stand that knows of no sizes, and a pass that bought two shirts after its list was made."""

    def __init__(self, path: Path) -> None:
        event, clock = Event(), clock_at_noon()
        self.text, folder = event.make_ticket((SHIRT, 2)).text, enrol(event, path, STAND)
        known = catalogue()
        products = tuple(replace(one, rules=NO_QUESTIONS) if one.variants else one for one in known.products)
        contents = Contents((), catalogue=replace(known, products=products))
        put_snapshot(folder, event, build_snapshot(event, contents, folder.path))
        self.front = Front(open_kiosk(folder, Options(clock)), HttpTransport("https://127.0.0.1:1", clock))
        screen = Screen()
        self.session = Session(self.front, screen, screen.deliver, clock, "en")
        self.guide = Finder(self.session, screen)

    def scan(self) -> Picture:
        """What the screen shows of the pass."""
        picture = self.guide.scan(self.text)
        assert isinstance(picture, Picture)
        return picture

    def noted(self) -> list[tuple[HandedLine, ...]]:
        """What the journal says was handed out."""
        entries = self.front.kiosk.stores.journal.since(0)
        return [entry.body.lines for entry in entries if isinstance(entry.body, HandedOut)]


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path / "kiosk")
    yield made
    made.session.stop()
    made.front.kiosk.close()


def test_one_touch_writes_the_size_and_the_third_scan_says_two_of_two(stand: Stand) -> None:
    asked = stand.scan()
    keys = [PickVariant(size) for size in SHIRT_SIZES]
    assert (asked.word, asked.auto_advance_s) == ("HAND OUT", None)
    assert [button.action for button in asked.buttons if button.action in keys] == keys
    told = stand.guide.act(PickVariant("xl"))
    assert isinstance(told, Picture)
    assert "Handed out: XL" in [line.text for line in told.lines]
    stand.scan()
    stand.session.go_on()  # a queue does not wait for the second one's size
    assert stand.scan().headline == "Already handed out:\u00a02 of 2"
    assert stand.noted() == [(HandedLine("xl", 1),)]
    uses = [entry for entry in stand.front.kiosk.stores.journal.since(0) if isinstance(entry.body, Redeem)]
    assert len(uses) == 2
