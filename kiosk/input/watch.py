"""Whether what the camera gives is looked at: pictures that nobody reads let nobody in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.input.camera import CameraState, Condition

UNREAD_S: Final = 5.0  # a busy machine may stop the decoder for a moment, and a network camera stall for one


class ReadingWatch:
    """Corrects what a camera says of itself by how many of its pictures were looked at. One per opened camera."""

    def __init__(self, now_s: float) -> None:
        self._looked_at, self._since_s = 0, now_s

    def judge(self, state: CameraState, looked_at: int, now_s: float) -> CameraState:
        """The state as it is to be shown; a camera works once a picture of it was looked at, and while that goes on."""
        if looked_at != self._looked_at or state.condition is not Condition.OPEN:
            self._looked_at, self._since_s = looked_at, now_s
        if state.condition is not Condition.OPEN:
            return state
        if now_s - self._since_s >= UNREAD_S:
            hint = f"no picture was looked at for {UNREAD_S:.0f} s: choose the camera anew, or restart the kiosk"
            return replace(state, condition=Condition.UNREAD, hint=hint)
        return state if looked_at else replace(state, condition=Condition.STARTING)
