"""What the session asks of the screen, and the small values that go between them. No Kivy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from common.decision import Direction
from kiosk.checks_shown import Check
from kiosk.rules_here import RulesShown
from kiosk.shown import HistoryRow, MessageShown
from kiosk.ui.asking import Form
from kiosk.ui.picture import Cue, Picture
from kiosk.ui.rows import Rows


class View(Protocol):
    """The screen as the session sees it. Every call comes through `deliver`, so on the screen's own thread."""

    def show_picture(self, picture: Picture) -> None:
        """Fill the screen with a verdict, a fault or a note; replaces one that is there."""
        ...

    def show_anew(self, picture: Picture) -> None:
        """The same question with other buttons; a form that is open over it stays."""
        ...

    def show_scanning(self) -> None:
        """Back to the camera."""
        ...

    def show_cue(self, text: str, about: Cue = Cue.NEWS) -> None:
        """A neutral line and a soft sound; what is on the screen stays."""
        ...

    def refresh(self) -> None:
        """Status, selection or language have changed."""
        ...

    def show_operator(self, asked: BadgeAsked) -> None:
        """Who is here; or that a badge is wanted."""
        ...

    def show_pin(self, asked: PinAsked) -> None:
        """The keypad for the operator's PIN, empty."""
        ...

    def show_form(self, form: Form) -> None:
        """Questions, or why something is allowed."""
        ...

    def show_rows(self, rows: Rows) -> None:
        """A list to touch: what was found, who may take over."""
        ...

    def forget_found(self) -> None:
        """What was found leaves the screen."""
        ...

    def show_history(self, rows: tuple[HistoryRow, ...]) -> None:
        """The last own entries."""
        ...

    def show_messages(self, messages: tuple[MessageShown, ...]) -> None:
        """What the control room said."""
        ...

    def show_preflight(self, checks: tuple[Check, ...]) -> None:
        """The check before doors."""
        ...

    def show_rules(self, rules: RulesShown) -> None:
        """What holds at this point."""
        ...


class BadgeAsked(Enum):
    """Why the operator's screen is shown."""

    NOT = "not"  # to see who is here
    TO_UNLOCK = "to_unlock"
    TO_OVERRIDE = "to_override"
    TO_LET_IN_UNPAID = "to_let_in_unpaid"  # where whoever has badge and PIN may
    TO_FIND = "to_find"
    TO_SET = "to_set"
    TO_PRACTISE = "to_practise"


@dataclass(frozen=True, slots=True)
class PinAsked:
    """Whose PIN, and what is to be said about it; `busy` while it is checked. `asked`: what it is for."""

    name: str
    note: str = ""
    busy: bool = False
    asked: BadgeAsked = BadgeAsked.NOT


@dataclass(frozen=True, slots=True)
class Selection:
    """What the hostess has set on the scan screen."""

    direction: Direction = Direction.IN
    quantity: int = 1
    language: str = "en"
    only_look: bool = False  # the next scans are answered, and written nowhere
