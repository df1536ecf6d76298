"""Cases of `quick_hand`: back from wherever it went, and what is said of a camera nobody needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from kiosk.input.camera import CameraState, Condition
from kiosk.input.events import Scanned, Source
from kiosk.shown import DeviceShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import TryCamera
from kiosk.ui.views import BadgeAsked
from tests.support.fake_station import status_of

if TYPE_CHECKING:
    from tests.support.quick_hand import QuickHand

Steps = Iterator[None]
SUPERVISOR: Final = replace(status_of().device, roles=("supervisor",), pin_good=True)


def going_back(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """From what the operator's screen opens, and from what the box of a camera that does not read opens."""
    stage, session = hand.stage, hand.app.session
    assert session is not None
    for role in ("hostess", "supervisor"):
        device = replace(status_of().device, roles=(role,), pin_good=False)
        yield from _be(hand, device)
        for key in ("enter_pin", "hand_over", "settings", "practise"):
            hand.app.open_operator()
            yield from hand.look()
            yield from hand.touch(stage.operator.ids[key])
            yield from hand.until(lambda: stage.current != "operator" or stage.operator.asked is not BadgeAsked.NOT)
            yield from _touch_back(hand)
            seen[f"{role} {key}"] = (stage.current, stage.operator.asked.value)
    yield from _be(hand, replace(status_of().device, operator=None, roles=()))
    hand.app.open_settings()
    yield from _touch_back(hand)
    seen["nobody settings"] = (stage.current, stage.operator.asked.value)
    stage.show_scanning()
    yield from hand.look()
    yield from hand.touch(stage.scan.ids.camera)
    seen["the camera's box asks"] = (stage.current, stage.operator.asked.value)
    yield from _touch_back(hand)
    seen["and back"] = stage.current
    yield from _be(hand, SUPERVISOR)
    yield from hand.look()
    yield from hand.touch(stage.scan.ids.camera)
    yield from hand.until(lambda: stage.current == "rows")
    seen["a supervisor's touch lists cameras"] = any(
        getattr(one, "action", None) == TryCamera(None) for one in stage.rows.walk()
    )
    stage.show_scanning()
    yield from _be(hand, status_of().device)


def a_scanner_in_place_of_a_camera(hand: QuickHand, seen: dict[str, Any]) -> Steps:
    """The camera cannot be read, until a scanner that sends keys has read a first code."""
    stage = hand.stage
    stage.show_camera(CameraState(Condition.UNREADABLE, "0"))
    stage.show_scanning()
    yield from hand.look()
    seen["before"] = (stage.scan.is_calm, stage.scan.ids.camera.message.split("\n")[0])
    hand.app._on_input(Scanned("used", Source.WEDGE, time.monotonic()))
    yield from hand.until(lambda: stage.current == "verdict")
    stage.show_scanning()
    yield from hand.look()
    seen["after"] = (stage.scan.is_calm, stage.scan.ids.camera.message.split("\n")[0])
    seen["status"] = [fact.value for fact in stage.status.ids.facts.children if fact.name == Texts("en")("camera")]


def _touch_back(hand: QuickHand) -> Steps:
    yield from hand.look()
    before = hand.stage.current, hand.stage.operator.asked
    yield from hand.touch(hand.stage.manager.current_screen.ids.back)
    yield from hand.until(lambda: (hand.stage.current, hand.stage.operator.asked) != before)


def _be(hand: QuickHand, device: DeviceShown) -> Steps:
    session = hand.app.session
    assert session is not None
    hand.station.now = replace(hand.station.now, device=device)
    session.ask_status()
    yield from hand.until(lambda: session.desk.device == device)
