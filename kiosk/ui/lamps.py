"""Torch and brightness of this machine, switched by a thread of their own: a command may take seconds. No Kivy."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kiosk.machine.lights import Light, Lights
from kiosk.machine.trouble import MachineTrouble, MachineWhy
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Deliver
from kiosk.ui.worker import Worker

log = logging.getLogger(__name__)

BRIGHT = 100
DARK = 0


class Lamps:
    """Called on the screen's thread. `on_change` is called there too, whenever what is known of a light has changed.

    `trouble` is what went wrong last; it ends with the next success. What the machine says of it goes to the log.
    """

    def __init__(self, lights: Lights, deliver: Deliver, on_change: Callable[[], None]) -> None:
        self._lights, self._deliver, self._on_change = lights, deliver, on_change
        self._worker = Worker(self._failed)
        self.torch_on = False
        self.trouble: MachineWhy | None = None

    @property
    def has_torch(self) -> bool:
        """Whether one was set up; without, there is no button."""
        return self._lights.torch is not None

    @property
    def has_brightness(self) -> bool:
        """Whether the backlight can be set."""
        return self._lights.brightness is not None

    def trouble_words(self, texts: Texts) -> str:
        """What went wrong last, and what to look at; empty where nothing did."""
        return "" if self.trouble is None else texts(f"light_why_{self.trouble}")

    def start(self) -> None:
        """Begin to switch what is asked for."""
        self._worker.start()

    def stop(self) -> None:
        """Put the torch out, and end the thread."""
        if self.torch_on:
            self.switch_torch(on=False)
        self._worker.stop()

    def switch_torch(self, *, on: bool) -> None:
        """On or off; shown as such once the machine has done it."""
        if self._lights.torch is not None:
            self._set(self._lights.torch, BRIGHT if on else DARK, lambda: self._torch_is(on=on))

    def set_brightness(self, percent: int) -> None:
        """Of the screen's backlight."""
        if self._lights.brightness is not None:
            self._set(self._lights.brightness, percent, lambda: None)

    def forget_trouble(self) -> None:
        """It was read."""
        self.trouble = None
        self._on_change()

    def _set(self, light: Light, percent: int, then: Callable[[], None]) -> None:
        def job() -> None:
            light.set(percent)
            self._deliver(lambda: self._done(then))

        if not self._worker.submit(job):
            log.warning("a light was not set to %s percent: too much waits for it already", percent)

    def _torch_is(self, *, on: bool) -> None:
        self.torch_on = on

    def _done(self, then: Callable[[], None]) -> None:
        then()
        self.trouble = None
        self._on_change()

    def _failed(self, failure: Exception) -> None:
        """From the thread."""
        log.warning("a light was not switched: %s: %s", type(failure).__name__, failure)
        why = failure.why if isinstance(failure, MachineTrouble) else MachineWhy.UNKNOWN
        self._deliver(lambda: self._say(why))

    def _say(self, trouble: MachineWhy) -> None:
        self.trouble = trouble
        self._on_change()
