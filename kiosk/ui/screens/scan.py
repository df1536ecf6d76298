"""The scan screen: live picture, point, direction, quantity, counters, and how the kiosk stands."""

from __future__ import annotations

from collections.abc import Callable

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from common.decision import Direction
from common.rules import PointKind
from kiosk.shown import StatusShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.session import Session
from kiosk.ui.status_words import Tone, last_counter, message_line, own_trouble, point_line, scan_hint, sync_line
from kiosk.ui.views import Selection
from kiosk.ui.widgets import Touch

CUE_S = 1.5
NOT_COUNTED = "…"


class ScanScreen(KioskScreen):
    """Shows what the session says; touches go to the session. A cue or the kiosk's own trouble outranks the hint."""

    session = ObjectProperty(None, allownone=True)
    cue = StringProperty("")
    trouble = StringProperty("")
    light_trouble = StringProperty("")
    message = StringProperty("")
    hint = StringProperty("")
    looking = StringProperty("")
    is_check_due = BooleanProperty(defaultvalue=False)
    sees = True  # the camera
    camera_says = StringProperty("")  # in place of its picture
    is_calm = BooleanProperty(defaultvalue=False)  # that is no trouble: a scanner reads the codes
    to_cameras = StringProperty("")
    torch: Touch | None = None
    choose_camera: Callable[[], None] = staticmethod(lambda: None)
    explain_light: Callable[[], None] = staticmethod(lambda: None)
    only_looks = BooleanProperty(defaultvalue=False)
    is_out = BooleanProperty(defaultvalue=False)  # whoever is scanned now leaves
    is_nobody = BooleanProperty(defaultvalue=False)  # signed in where somebody should be
    is_guests = BooleanProperty(defaultvalue=False)  # nobody stands here: guests read it, the counters are staff's
    has_no_counters = BooleanProperty(defaultvalue=False)  # what is said has their room
    only_out = BooleanProperty(defaultvalue=False)  # and nobody here may turn that
    tone = ObjectProperty(Tone.QUIET)  # of the line on the exchange

    def speak(self, texts: Texts) -> None:
        """Words that do not depend on the state."""
        ids = self.ids
        ids.type_code.text, ids.undo.text, ids.status.text = texts("type_code"), texts("undo_last"), texts("status")
        ids.inward.text, ids.outward.text = texts("direction_in"), texts("direction_out")
        ids.find.text, ids.only_look.text = texts("find"), texts("only_look")
        ids.quantity_name.text, self.hint = texts("quantity"), texts("scan_hint")
        self.to_cameras = texts("camera_touch")
        if self.torch is not None:
            self.torch.text = texts("torch")
        self.mark_language(texts)

    def refresh(self, session: Session) -> None:
        """Show the session's status and selection."""
        self.session = session
        self._show_selection(session.desk.selection)
        self.only_looks = session.desk.selection.only_look
        self.looking = session.looking.words
        self.ids.undo.disabled = not session.can_undo
        if session.desk.status is not None:
            self._show_status(session.desk.status, session.desk.texts)

    def _show_selection(self, selection: Selection) -> None:
        self.ids.inward.chosen = selection.direction is Direction.IN
        self.is_out = self.ids.outward.chosen = selection.direction is Direction.OUT
        self.ids.quantity.text = str(selection.quantity)

    def _show_status(self, status: StatusShown, texts: Texts) -> None:
        ids, point = self.ids, status.point
        ids.point.text, ids.what.text = point_line(status, texts)
        ids.clock.text = texts.clock(status.now_ms, status.zone)
        self.hint, self.is_check_due = scan_hint(status, texts, sees=self.sees), status.check_due
        ids.operator.text = status.device.operator or texts("operator_nobody")
        waiting = (texts("messages_waiting", n=status.unread), message_line(status, texts)) if status.unread else ()
        self.message = "\n".join(filter(None, waiting))
        self.trouble = own_trouble(status, texts)
        line = sync_line(status, texts)
        ids.sync.text, self.tone = line.value, line.tone
        stand = point is not None and point.kind is PointKind.STAND
        self._show_counters(status, texts, stand=stand)
        rows = [ids.quantity_row, ids.directions, ids.tools]
        before = [*(row.shown for row in rows), self.has_no_counters]
        show(ids.quantity_row, shown=stand)
        # Where nobody stands there is nothing to touch, until a badge says that somebody does.
        is_staffed = point is None or not point.unattended or status.device.operator is not None
        self.is_guests, self.is_nobody = not is_staffed, is_staffed and status.device.operator is None
        self.only_out = point is not None and point.lets_out and (not point.lets_in or not is_staffed)
        show(
            ids.directions, shown=self.is_out or (is_staffed and point is not None and point.lets_in and point.lets_out)
        )
        for touch in (ids.operator, ids.status, ids.languages):
            touch.disabled = not is_staffed
            touch.opacity = 1 if is_staffed else 0  # the layout's own would be a third
        show(ids.tools, shown=is_staffed)
        show(ids.more_tools, shown=is_staffed)
        self.has_no_counters = self.is_guests or bool(self.trouble)
        if [*(row.shown for row in rows), self.has_no_counters] != before:
            self.comes_up()  # everything below has moved

    def build_torch(self, switch: Callable[[], None]) -> None:
        """A button for the lamp; called once, where there is one."""
        self.torch = Touch(alike=self.row("keys"), padding=self.ids.find.padding)
        self.ids.find.bind(padding=self.torch.setter("padding"))
        self.torch.bind(on_release=lambda _: switch())
        self.ids.more_tools.add_widget(self.torch)

    def show_torch(self, *, on: bool) -> None:
        """Whether it shines."""
        if self.torch is not None:
            self.torch.chosen = on

    def put_tools(self, hand: str) -> None:
        """The buttons beside the camera on this side; in portrait a left hand finds them above it."""
        middle, camera = self.ids.middle, self.ids.camera
        wanted = 0 if hand == "left" else 1  # children are kept from last to first
        if middle.children.index(camera) != wanted:
            middle.remove_widget(camera)
            middle.add_widget(camera, index=wanted)

    def open_cameras(self) -> None:
        """What stands where the picture should be was touched."""
        if self.camera_says and not self.is_guests:
            self.choose_camera()

    def open_message(self) -> None:
        """The line was touched: it may speak of messages, or of a light that failed; only looking hides neither."""
        if self.light_trouble and not self.cue and not self.trouble:
            self.explain_light()
        elif self.session is not None and not self.cue and not self.trouble:
            self._open_what_is_said(self.session)

    def _open_what_is_said(self, session: Session) -> None:
        if self.message:
            session.lists.open_messages()
        elif self.is_check_due and not self.looking:
            session.lists.open_preflight()

    def _show_counters(self, status: StatusShown, texts: Texts, *, stand: bool) -> None:
        """What was done today and within the last minute, and what `last_counter` says."""
        told = {
            "done": ("handed_out", status.handed_out_today) if stand else ("admitted", status.admitted_today),
            "minute": ("last_minute", status.last_minute),
            "refused": ("refused", status.refused_today),
            "other": last_counter(status),
        }
        for tile, (key, number) in told.items():
            counted = NOT_COUNTED if number is None else texts.number(number)
            self.ids[tile].name, self.ids[tile].number = texts(key), counted


def show(widget: object, *, shown: bool) -> None:
    """Take a row out of its layout without removing it, or bring it back."""
    widget.shown = shown  # type: ignore[attr-defined]  # a property of the row, declared in the layout
