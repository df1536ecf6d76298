"""Who is at the kiosk: badge, PIN, hand-over, and what goes on once badge and PIN are there. No Kivy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kiosk.shown import Answer, DeviceShown, OperatorTaken, PinRefused
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Desk
from kiosk.ui.picture import Cue, SwitchTo
from kiosk.ui.pins import pin_opens
from kiosk.ui.presenter import pin_good_words, pin_words
from kiosk.ui.rows import shift_rows
from kiosk.ui.views import BadgeAsked, PinAsked

LENT_S = 180.0  # without a touch, what a badge came for is over: whoever brought it has gone

_TITLES = {
    BadgeAsked.NOT: ("operator", "operator_hint"),
    BadgeAsked.TO_UNLOCK: ("locked", "locked_what"),
    BadgeAsked.TO_OVERRIDE: ("badge_wanted", "badge_wanted_override"),
    BadgeAsked.TO_LET_IN_UNPAID: ("badge_wanted", "badge_wanted_what"),
    BadgeAsked.TO_FIND: ("badge_wanted", "badge_wanted_find"),
    BadgeAsked.TO_SET: ("settings", "badge_wanted_set"),
    BadgeAsked.TO_PRACTISE: ("badge_wanted", "badge_wanted_practise"),
}


_PINS = {
    BadgeAsked.TO_OVERRIDE: "pin_to_override",
    BadgeAsked.TO_LET_IN_UNPAID: "pin_to_override",
    BadgeAsked.TO_FIND: "pin_to_find",
    BadgeAsked.TO_PRACTISE: "pin_to_practise",
    BadgeAsked.TO_SET: "pin_to_set",
}
_NOBODY = {BadgeAsked.NOT: "operator_hint_nobody", BadgeAsked.TO_SET: "settings_nobody"}


def pin_title(asked: BadgeAsked, texts: Texts) -> str:
    """Title of the keypad: what the PIN is for, where something waits for it."""
    return texts(_PINS.get(asked, "pin_title"))


def asked_words(asked: BadgeAsked, texts: Texts, here: str | None) -> tuple[str, str]:
    """Title and hint of the screen that waits for a badge. `here`: who has signed in, and will be again afterwards."""
    title, hint = _TITLES[asked]
    if here is None:
        return texts(title), texts(_NOBODY.get(asked, hint))
    is_lent = asked not in (BadgeAsked.NOT, BadgeAsked.TO_UNLOCK)
    return texts(title), f"{texts(hint)} {texts('badge_lent', name=here)}" if is_lent else texts(hint)


class PinKey(Enum):
    """How the key that leads to the keypad stands."""

    OFF = "off"
    PLAIN = "plain"
    STRONG = "strong"


def pin_key(asked: BadgeAsked, device: DeviceShown | None) -> PinKey:
    """Strong where the PIN is what is missing; off where another's badge is wanted, as this PIN would not help."""
    if device is None or device.operator is None or asked is not BadgeAsked.NOT:
        return PinKey.OFF
    return PinKey.STRONG if pin_opens(device.roles) and not device.pin_good else PinKey.PLAIN


def pin_line(asked: BadgeAsked, device: DeviceShown, texts: Texts) -> str:
    """How the PIN of whoever is here stands; where it opens nothing, what it would be good for."""
    if device.pin_good:
        return pin_good_words(device.roles, texts)
    if asked is not BadgeAsked.NOT:
        return texts("pin_no_help")
    return texts("pin_missing" if pin_opens(device.roles) else "pin_to_return")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What waits for badge and PIN: how the badge is asked for, and what is done when both are there.

    `roles`: a PIN is asked only of whoever has one of them, as another's would not help; empty: of anybody.
    `back`: where "back" leads from badge and PIN; None: to what asked.
    """

    asked: BadgeAsked
    go_on: Callable[[], None]
    roles: frozenset[str] = frozenset()
    back: Callable[[], None] | None = None

    def may_be_done_by(self, roles: tuple[str, ...]) -> bool:
        """Whether a person with these roles needs no more than the PIN."""
        return not self.roles or not self.roles.isdisjoint(roles)


class People:
    """Belongs to one session; called on the screen's thread, `give_back` by any thread.

    `answered` takes what the station says, in the worker.
    """

    def __init__(self, desk: Desk, answered: Callable[[Answer], None]) -> None:
        self._desk, self._answered = desk, answered
        self.wanted: Wanted | None = None
        self.switching: SwitchTo | None = None
        self._came_from: Callable[[], None] | None = None  # where "back" leads from a keypad that nothing waits for
        self._rest_until_s = 0.0
        self._lent = ""  # whose badge came for one thing, and goes when that is done
        self._giving = threading.Lock()
        self.gave_back: Callable[[], None] = lambda: None  # on the screen's thread: what whoever goes may have found
        self._touched_s = 0.0

    def ask_pin(self, came_from: Callable[[], None] | None = None) -> None:
        """Show the keypad; without a badge, ask for one first. "Back" leads there; None: to the picture before."""
        self._came_from = came_from
        name = self._desk.device.operator if self._desk.device else None
        if name is None:
            self._desk.view.show_operator(BadgeAsked.NOT)
        else:
            self._show_pin(name, self._rest_words())

    def enter_pin(self, pin: str) -> None:
        """Check a PIN; what was wanted goes on if it is right."""
        desk, back = self._desk, self.switching
        self._show_pin(self._pin_name(), desk.texts("pin_checking"), busy=True)
        if back is None:
            desk.submit(lambda: self._answered(desk.station.enter_pin(pin)))
        else:
            desk.submit(lambda: self._answered(desk.station.switch(back.badge, pin)))

    def refused(self, refused: PinRefused) -> None:
        """The PIN was not taken: the keypad again, with why."""
        self._rest_until_s = self._desk.clock.monotonic_s() + refused.wait_s
        self._show_pin(self._pin_name(), pin_words(refused, self._desk.texts))

    def open_shift(self) -> None:
        """Who may take over by PIN alone."""
        self._desk.submit(self._list_shift)

    def switch(self, to: SwitchTo) -> None:
        """Someone of this shift takes over: ask for the PIN."""
        self.switching = to
        self.rest_no_more()
        self._show_pin(to.name)

    def want(self, wanted: Wanted) -> None:
        """Ask for what is still missing, a badge or its PIN; then do it."""
        self.wanted, self._came_from = wanted, None
        self.go_on_wanting()

    def go_on_wanting(self) -> None:
        """A badge or a PIN came, or is missing again: on with what is wanted."""
        device, wanted = self._desk.device, self.wanted
        if wanted is None:
            return
        if device is None or device.operator is None:
            self._desk.view.show_operator(wanted.asked)
        elif device.pin_good:
            wanted.go_on()
        elif wanted.may_be_done_by(device.roles):
            self._show_pin(device.operator, self._rest_words())
        else:
            self._desk.view.show_operator(wanted.asked)

    def came(self, taken: OperatorTaken) -> None:
        """A badge while something is asked, and with more rights than who is here has: it came for that alone.

        So did a second one beside it. Whoever else takes over meanwhile, by PIN alone too, has come to stay.
        """
        by_pin_alone, self.switching = self.switching is not None, None
        came_too = self._lent and not by_pin_alone and pin_opens(taken.roles)
        if taken.brings_rights or taken.before:
            self._lent = taken.name if taken.brings_rights or came_too else ""
        self.touched()

    def touched(self) -> None:
        """Whoever came is here still."""
        self._touched_s = self._desk.clock.monotonic_s()

    def has_left_behind(self) -> bool:
        """Whether whoever came has gone, having touched nothing for so long, and what the badge opened is to be left.

        A guest who is asked about is asked about still: then the badge alone is given back.
        """
        if not self._lent or self._desk.clock.monotonic_s() - self._touched_s <= LENT_S:
            return False
        if self._desk.is_asking:
            self.give_back()
        return not self._desk.is_asking

    def give_back(self) -> None:
        """What a badge came for is over: who was here before is again."""
        with self._giving:  # a code is read in a thread of its own while "Next" is touched: once, for both
            gone, self._lent = self._lent, ""
        if gone and not self._desk.worker.submit(lambda: self._give_back(gone)):
            self._lent = self._lent or gone

    def came_or_not(self, answer: Answer) -> None:
        """A badge that nothing waited for has come to stay; a PIN, and what is taken back, leave it at what it was."""
        if isinstance(answer, OperatorTaken) and not answer.pin_good:
            self.is_here()

    def is_here(self) -> None:
        """Whoever has come since is here for more than one thing, or nobody is."""
        self._lent = ""

    def want_nothing(self) -> None:
        """Whatever was asked of people is over."""
        self.wanted = self.switching = self._came_from = None

    def put_off(self) -> bool:
        """Back from badge or PIN; False where it leads to what asked."""
        back = self._came_from if self.wanted is None else self.wanted.back
        back = back if self.switching is None else self.open_shift
        self.want_nothing()
        if back is None:
            return False
        back()
        return True

    def pin_wait_s(self) -> int:
        """How long the badge must still rest."""
        return max(0, round(self._rest_until_s - self._desk.clock.monotonic_s()))

    def rest_no_more(self) -> None:
        """Another badge, or the right PIN: the keypad is left for good."""
        self._rest_until_s, self._came_from = 0.0, None

    def _give_back(self, gone: str) -> None:
        """From the worker."""
        desk = self._desk
        desk.deliver(self.gave_back)
        back = desk.station.give_back()
        desk.take_status()
        texts = desk.texts
        here = texts("operator_taken", name=back) if back else texts("operator_nobody")
        desk.deliver(lambda: desk.view.show_cue(f"{here} · {texts('operator_before', name=gone)}", Cue.NEWS))

    def _list_shift(self) -> None:
        desk = self._desk
        people = desk.station.shift()
        operator = desk.device.operator if desk.device else None
        desk.deliver(lambda: desk.view.show_rows(shift_rows(people, operator, desk.texts)))

    def _show_pin(self, name: str, note: str = "", *, busy: bool = False) -> None:
        asked = BadgeAsked.NOT if self.wanted is None or self.switching is not None else self.wanted.asked
        self._desk.view.show_pin(PinAsked(name, note, busy, asked))

    def _pin_name(self) -> str:
        if self.switching is not None:
            return self.switching.name
        return (self._desk.device.operator if self._desk.device else None) or ""

    def _rest_words(self) -> str:
        wait_s = self.pin_wait_s()
        return self._desk.texts("pin_rest", wait=self._desk.texts.age(wait_s * 1000)) if wait_s else ""
