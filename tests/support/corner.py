"""What stands in the corner that every screen is left by: a hand that goes back by habit touches it unread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

WITHIN_U: Final = (90, 60)  # a place in the corner, from the lower left, at scale 1
EDGE_U_MAX: Final = 32  # how far "back" may begin from the window's edges
WORD: Final = "the corner"  # every fault begins with it
_LEFT_BY: Final = dict.fromkeys(("code", "status", "operator", "pin", "ask", "pages", "rows"), "back") | {
    "camera": "drop"
}
_LEADS_ON: Final = {
    "enrol": {"delete", "other"},
    "scan": {"status"},
}  # screens without a way back: what may stand there instead


def corner_faults(screen: Any, unit: float) -> Iterator[str]:  # noqa: ANN401 - Kivy's widgets have no types
    """Whatever else than the way back, or on without harm, is pressed there; or that this way stands elsewhere."""
    from kiosk.ui.guarding import Pressed  # noqa: PLC0415 - importing Kivy opens a window

    there = [one for one in _seen(screen) if isinstance(one, Pressed) and _covers_the_corner(one, unit)]
    if screen.name == "verdict":
        yield from _on_a_verdict(screen, there)
    elif screen.name in _LEADS_ON:
        allowed = [screen.ids[name] for name in _LEADS_ON[screen.name]]
        yield from (f"{WORD} has {_named(one)}" for one in there if one not in allowed)
    else:
        back = screen.ids[_LEFT_BY[screen.name]]
        yield from (f"{WORD} has {_named(one)}" for one in there if one != back)
        is_offered = not getattr(screen, "locked", False)
        if is_offered and (back not in there or max(back.to_window(*back.pos)) > unit * EDGE_U_MAX):
            yield f"{WORD} is not where {_named(back)} stands: {back.to_window(*back.pos)}"


def _on_a_verdict(screen: Any, there: list[Any]) -> Iterator[str]:  # noqa: ANN401 - as above
    from kiosk.ui.key_row import is_harmless  # noqa: PLC0415 - beside the other parts of the kiosk
    from kiosk.ui.picture import Button  # noqa: PLC0415 - as above
    from kiosk.ui.widgets import Sheet  # noqa: PLC0415 - importing Kivy opens a window

    if any(isinstance(one, Sheet) for one in there):  # a note read whole: a touch anywhere closes it
        return
    yield from (f"{WORD} has {_named(one)}" for one in there if not is_harmless(Button(one.action, "")))
    if screen.ids.buttons.children and not there:
        yield f"{WORD} is empty"


def _covers_the_corner(widget: Any, unit: float) -> bool:  # noqa: ANN401 - as above
    left, low = widget.to_window(*widget.pos)
    across, up = (unit * part for part in WITHIN_U)
    return bool(left <= across <= left + widget.width and low <= up <= low + widget.height)


def _seen(widget: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    if widget.opacity and not widget.disabled:
        yield widget
        for child in widget.children:
            yield from _seen(child)


def _named(widget: Any) -> str:  # noqa: ANN401 - as above
    return repr(getattr(widget, "text", "") or type(widget).__name__)
