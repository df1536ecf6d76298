"""A journal that was damaged: what is told of it, and a supervisor's word to go on without what is missing. No Kivy."""

from __future__ import annotations

from common.errors import UserFacing
from kiosk.ui.desk import Desk
from kiosk.ui.failures import failure_words
from kiosk.ui.presenter import losses_note


class Mending:
    """Belongs to one session; called on the screen's thread. The station asks for a supervisor's badge and PIN."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def go_on_without(self) -> None:
        """Guests are not asked about any more."""
        self._desk.submit(self._accept)

    def _accept(self) -> None:
        """From the worker."""
        desk, trouble = self._desk, ""
        try:
            desk.station.accept_losses()
        except UserFacing as error:
            trouble = failure_words(error, desk.texts)
        desk.take_status()
        desk.deliver(lambda: desk.view.show_picture(losses_note(trouble, desk.setting())))
