"""To whom a PIN opens something, so that nobody types one in vain. No Kivy."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.operators import RIGHTS


def pin_opens(roles: Iterable[str]) -> bool:
    """Whether these roles may look people up, override, practise or change settings; others come back by it at most."""
    return not RIGHTS.isdisjoint(roles)
