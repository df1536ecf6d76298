"""The screen's side of a turnstile: what its news look like, and when the entrance is out of order. No Kivy."""

from __future__ import annotations

from collections.abc import Callable

from common.decision import Fault, FaultCode
from kiosk.shown import GateNews, GateOutcome
from kiosk.ui.desk import Desk
from kiosk.ui.picture import Button, Colour, GoOn, Line, Picture, Shape, Sound, Weight
from kiosk.ui.presenter import ATTENTION_S, out_of_order
from kiosk.ui.telling import Setting


def news_picture(news: GateNews, setting: Setting) -> Picture | None:
    """What is to be said; None where the admission's own picture says it all."""
    texts = setting.texts
    if news.outcome is GateOutcome.FAILED:
        if news.annulled:
            return out_of_order(setting, texts("gate_not_used"))
        return out_of_order(setting, texts("gate_stands"), texts("gate_staff"))  # elsewhere it is refused as used
    if news.outcome is not GateOutcome.NOBODY:
        return None
    lines = (Line(texts("gate_show_again" if news.annulled else "gate_stands"), Weight.STRONG),)
    word = texts("word_not_used" if news.annulled else "word_call_staff")
    buttons = () if setting.unattended else (Button(GoOn(), texts("close"), main=True),)
    shape = Shape.DOT if news.annulled else Shape.WARNING
    return Picture(Colour.BLUE, shape, Sound.ASK, word, texts("gate_nobody"), lines, buttons, ATTENTION_S)


class GateWatch:
    """Belongs to one session; called on the screen's thread, but for `told`."""

    def __init__(self, desk: Desk, go_on: Callable[[], None]) -> None:
        self._desk, self._go_on = desk, go_on
        self._is_out_of_order = self._was_somebody_turned_away = False
        self.forget: Callable[[], None] = lambda: None

    @property
    def idle_picture(self) -> Picture | None:
        """What an entrance without staff shows instead of its camera while it is out of order."""
        setting = self._desk.setting()
        return out_of_order(setting) if self._is_out_of_order and setting.unattended else None

    def told(self, news: GateNews) -> None:
        """From the turnstile's thread."""
        self._desk.deliver(lambda: self._show(news))
        self._desk.worker.submit(self._desk.take_status)

    def turn_away(self) -> None:
        """A code came while the turnstile was open for another guest: it is read again afterwards."""
        self._was_somebody_turned_away = True
        self._desk.cue("gate_busy")

    def status_came(self) -> None:
        """Out of order since the last status, or in service again."""
        status = self._desk.status
        fault: Fault | None = None if status is None else status.fault
        is_now = fault is not None and fault.code is FaultCode.OUT_OF_ORDER
        was, self._is_out_of_order = self._is_out_of_order, is_now
        if is_now and not was:
            self._desk.picture = out_of_order(self._desk.setting())
            self._desk.view.show_picture(self._desk.picture)
        elif was and not is_now:
            self._go_on()

    def _show(self, news: GateNews) -> None:
        desk, picture = self._desk, news_picture(news, self._desk.setting())
        is_shown = desk.shown is not None and desk.shown.entry == news.entry
        if news.outcome is GateOutcome.FAILED:
            self._is_out_of_order = True
        if picture is not None and (is_shown or desk.picture is None or news.outcome is GateOutcome.FAILED):
            desk.clear()
            desk.picture = picture
            desk.view.show_picture(picture)
        elif is_shown and news.outcome is GateOutcome.PASSED:
            self._go_on()
        if picture is not None or self._was_somebody_turned_away:
            self._was_somebody_turned_away = False
            self.forget()
