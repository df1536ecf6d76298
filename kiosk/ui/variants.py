"""Another size, colour or departure than the verdict says: asked piece by piece, then written. No Kivy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from common.decision import Verdict
from common.errors import UserFacing
from common.ids import Ref
from common.unbroken import UNBROKEN
from kiosk.shown import Handing, Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Desk
from kiosk.ui.failures import failure_words
from kiosk.ui.picture import OpenVariants, PickVariant
from kiosk.ui.presenter import failed_note
from kiosk.ui.rows import Row, Rows
from kiosk.ui.telling import variant_key
from kiosk.ui.which_size import bought_words

PIECES_MAX = 6  # more are asked for together, a size at a time


@dataclass(frozen=True, slots=True)
class Asking:
    """What was handed out and what is to be said of it: `groups` are (variant so far, pieces), `picked` the answers."""

    entry: Ref
    handing: Handing
    product: str
    groups: tuple[tuple[str, int], ...]
    picked: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[tuple[str, int], ...]:
        """Pieces of each variant that was picked."""
        total: dict[str, int] = {}
        for key, (_, pieces) in zip(self.picked, self.groups, strict=True):
            total[key] = total.get(key, 0) + pieces
        return tuple(total.items())


class Variants:
    """Belongs to one session; called on the screen's thread."""

    def __init__(self, desk: Desk, showed: Callable[[Shown], None]) -> None:
        self._desk, self._showed = desk, showed
        self._asking: Asking | None = None

    def act(self, action: OpenVariants | PickVariant) -> None:
        """The verdict's button, one of the sizes on it, or a row of the list."""
        shown = self._desk.shown
        if isinstance(action, OpenVariants):
            self._asking = asking_of(shown, self._desk.texts)
            self._ask()
            return
        picture = self._desk.picture
        if picture is not None and any(button.action == action for button in picture.buttons):  # on the verdict itself
            self._asking = asking_of(shown, self._desk.texts)
        self._pick(action.key)

    def _pick(self, key: str) -> None:
        asking = self._asking
        if asking is None:
            return
        self._asking = replace(asking, picked=(*asking.picked, key))
        if len(self._asking.picked) < len(asking.groups):
            self._ask()
            return
        done, self._asking = self._asking, None
        self._desk.submit_once(lambda: self._write(done))

    def _ask(self) -> None:
        if self._asking is not None:
            self._desk.view.show_rows(variant_rows(self._asking, self._desk.texts))

    def _write(self, done: Asking) -> None:
        """From the worker."""
        desk = self._desk
        try:
            handing = desk.station.hand_out(done.entry, done.given)
        except UserFacing as error:
            picture = failed_note("variant_failed", failure_words(error, desk.texts), desk.setting())
            desk.deliver(lambda: desk.view.show_picture(picture))
            return
        desk.deliver(lambda: self._put_right(done.entry, handing))

    def _put_right(self, entry: Ref, handing: Handing) -> None:
        """On the screen's thread: the next guest's answer may have come meanwhile, and stays."""
        shown = self._desk.shown
        if shown is not None and shown.entry == entry:
            self._showed(replace(shown, handing=handing))


def asking_of(shown: Shown | None, texts: Texts) -> Asking | None:
    """What can be asked about an answer; None where there is nothing to choose."""
    if shown is None or shown.handing is None or shown.entry is None or not isinstance(shown.verdict, Verdict):
        return None
    quantity, now = shown.verdict.quantity, shown.handing.now
    groups = [(one.key, one.quantity) for one in now]
    untold = quantity - sum(pieces for _, pieces in groups)
    groups += [("", untold)] if untold > 0 else []
    if quantity <= PIECES_MAX:
        groups = [(key, 1) for key, pieces in groups for _ in range(pieces)]
    return Asking(shown.entry, shown.handing, texts.name(shown.product or {}), tuple(groups))


def variant_rows(asking: Asking, texts: Texts) -> Rows:
    """All variants for the piece in hand: first what was bought and is left, the one so far marked."""
    at, count = len(asking.picked), len(asking.groups)
    key, pieces = asking.groups[at]
    what = f"{pieces}{UNBROKEN}× {asking.product}" if pieces > 1 else asking.product
    whole = f"{what} ({at + 1}/{count})" if count > 1 else what
    title = texts(variant_key("which", asking.handing), what=whole)
    rows = tuple(
        Row(PickVariant(one.key), texts.name(one.names), bought_words(one, texts), one.key == key)
        for one in asking.handing.offers
    )
    return Rows(title, rows, are_short=True)
