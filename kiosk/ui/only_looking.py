"""Only looking: the next scans are answered and written nowhere. It never stays on by itself. No Kivy."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from kiosk.ui.desk import Desk

LOOKING_S: Final = 30.0  # without a scan: whoever looked has turned to the next guest


class OnlyLooking:
    """Belongs to one session; called on the screen's thread, `scanned` from any."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._until_s = 0.0
        self._operator: str | None = None

    def begin(self) -> None:
        """From now on, for whoever is here and no one else."""
        self._operator = self._who()
        self.scanned()

    def scanned(self) -> None:
        """Something was held before the kiosk: there is time for the next."""
        self._until_s = self._desk.clock.monotonic_s() + LOOKING_S

    @property
    def left_s(self) -> int:
        """Whole seconds until it ends by itself."""
        return max(1, math.ceil(self._until_s - self._desk.clock.monotonic_s()))

    @property
    def words(self) -> str:
        """What the screens say of it; empty while scans count."""
        return self._desk.texts("only_looking", n=self.left_s) if self._desk.selection.only_look else ""

    def status_came(self) -> None:
        """Every second. A code that is still before the camera stays read: running out of time uses nothing up."""
        desk = self._desk
        is_over = self._until_s <= desk.clock.monotonic_s() or self._operator != self._who()
        if desk.selection.only_look and is_over:
            desk.selection = replace(desk.selection, only_look=False)
            desk.view.refresh()
            desk.cue("only_look_ended")

    def _who(self) -> str | None:
        return None if self._desk.device is None else self._desk.device.operator
