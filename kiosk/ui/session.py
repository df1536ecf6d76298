"""What the scan screens do, without Kivy: input and touches in, pictures out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from common.clock import Clock
from common.decision import Direction, Fault, FaultCode, Reason, Request
from common.ids import Ref
from common.reason_texts import reason_text
from common.rules import PointKind
from common.ticket_code import CodeFault, parse_code
from kiosk.input.events import InputEvent, SameAgain, Scanned, Source, TwoCodes
from kiosk.shown import (
    Answer,
    CannotFind,
    FindTrouble,
    Locked,
    OperatorTaken,
    PinRefused,
    Shown,
    StatusShown,
)
from kiosk.ui.asking import Form, find_form, questions_form, why_form
from kiosk.ui.catalogue import Texts
from kiosk.ui.finding import Look, Looked, use_found
from kiosk.ui.picture import (
    Action,
    BackToFound,
    CheckAgain,
    Choose,
    Confirm,
    EnterPin,
    LookAgain,
    MarkRead,
    OpenFound,
    Override,
    Picture,
    Reply,
    SwitchTo,
    Undo,
    UseFound,
)
from kiosk.ui.ports import StationPort
from kiosk.ui.presenter import QUANTITY_MAX, Setting, pin_words, present
from kiosk.ui.rows import find_trouble, found_picture, found_rows, shift_rows
from kiosk.ui.views import BadgeAsked, PinAsked, Selection, View
from kiosk.ui.worker import Worker

SCREEN_KEPT_FREE_S = 0.3  # no camera picture is drawn while an answer is this near

Deliver = Callable[[Callable[[], None]], None]
Listed = TypeVar("Listed")


class Session:
    """One per station. `on_input` may be called from any thread, the rest from the screen's."""

    def __init__(self, station: StationPort, view: View, deliver: Deliver, clock: Clock, language: str) -> None:
        self._station, self._view, self._deliver = station, view, deliver
        self._clock = clock
        self._worker = Worker(self.failed)
        self._request = Request()
        self._forget: Callable[[], None] = lambda: None
        self._asked_s: float | None = None
        self._shown: Shown | None = None
        self._picture: Picture | None = None
        self._wanted: Reason | Look | None = None  # what goes on once badge and PIN are there
        self._looked: Looked | None = None
        self._switching: SwitchTo | None = None
        self._rest_until_s = 0.0
        self.ask_quantity = 1
        self._unseen: deque[tuple[Picture, Ref | None]] = deque()
        self.selection = Selection(language=language)
        self.status: StatusShown | None = None
        self.last_entry: Ref | None = None

    @property
    def is_deciding(self) -> bool:
        """Whether an answer is about to come, so that the screen had better be free to draw it."""
        return self._asked_s is not None and self._clock.monotonic_s() - self._asked_s < SCREEN_KEPT_FREE_S

    @property
    def texts(self) -> Texts:
        """The words of the language in use."""
        return Texts(self.selection.language)

    def start(self, forget: Callable[[], None]) -> None:
        """Begin; answers nobody saw before a crash come first. `forget` lets the camera take the same code again."""
        self._forget = forget
        self._worker.start()
        self.ask_status()
        self._worker.submit(self._take_unseen)

    def stop(self) -> None:
        """Finish what was begun and end the worker."""
        self._worker.stop()

    def on_input(self, event: InputEvent) -> None:
        """A scan, or a cue about one."""
        match event:
            case Scanned():
                self._ask(lambda request: self._station.scan(event, request))
            case SameAgain():
                self._cue("same_again")
            case TwoCodes():
                self._cue("two_codes")

    def type_code(self, text: str) -> bool:
        """A ticket code typed by hand; False, and nothing done, if its check character says it is mistyped."""
        if isinstance(parse_code(text), CodeFault):
            return False
        self.on_input(Scanned(text, Source.TYPED, self._clock.monotonic_s()))
        return True

    def act(self, action: Action) -> None:
        """A button of a picture or a page was touched."""
        match action:
            case Choose(product, quantity):
                self._again(replace(self._request, product=product, quantity=quantity or self.ask_quantity))
            case Confirm():
                self._again(replace(self._request, confirmed=True, quantity=self.ask_quantity))
            case Override(reason):
                self._wanted = reason
                self._go_on_wanting()
            case Reply():
                self._view.show_form(questions_form(self._shown.questions if self._shown else (), self.texts))
            case EnterPin():
                self.ask_pin()
            case Undo(entry):
                self.undo(entry)
            case _:
                self._act_on_list(action)

    def _act_on_list(self, action: Action) -> None:
        match action:
            case MarkRead(key):
                self._submit(lambda: self._mark_read(key))
            case CheckAgain():
                self.open_preflight()
            case SwitchTo():
                self._switching = action
                self._rest_until_s = 0.0
                self._view.show_pin(PinAsked(action.name))
            case OpenFound() | UseFound() | BackToFound() | LookAgain():
                self._act_on_found(action)
            case _:
                self.go_on()

    # --- who is here ------------------------------------------------------------------------------

    def ask_pin(self) -> None:
        """Show the keypad; without a badge, ask for one first."""
        name = self.status.device.operator if self.status else None
        if name is None:
            self._view.show_operator(BadgeAsked.NOT)
        else:
            self._view.show_pin(PinAsked(name, self._rest_words()))

    def enter_pin(self, pin: str) -> None:
        """Check a PIN; what was to be overridden goes on if it is right."""
        self._view.show_pin(PinAsked(self._pin_name(), self.texts("pin_checking"), busy=True))
        back = self._switching
        if back is None:
            self._submit(lambda: self._answered(self._station.enter_pin(pin)))
        else:
            self._submit(lambda: self._answered(self._station.switch(back.badge, pin)))

    def open_shift(self) -> None:
        """Who may take over by PIN alone."""
        self._submit(self._list_shift)

    def pin_wait_s(self) -> int:
        """How long the badge must still rest."""
        return max(0, round(self._rest_until_s - self._clock.monotonic_s()))

    def sign_out(self) -> None:
        """Nobody is here any more; what was unsealed leaves the screen."""
        self._submit(lambda: self._left(self._station.sign_out, self._view.show_scanning))

    def lock(self) -> None:
        """Nothing works until a badge is scanned; what was unsealed leaves the screen."""
        self._submit(lambda: self._left(self._station.lock, lambda: self._view.show_operator(BadgeAsked.TO_UNLOCK)))

    # --- forms ------------------------------------------------------------------------------------

    def submit(self, form: Form) -> None:
        """A form is filled in."""
        if form.finds:
            self.find(form.text.strip())
            return
        if form.override is None:
            # An empty answer says that a question was put and skipped: it is not put again.
            skipped = {field.key: "" for field in form.fields if not field.required}
            answers = {**dict(self._request.answers), **skipped, **dict(form.answers)}
            self._again(replace(self._request, answers=tuple(answers.items())))
            return
        self._wanted = None
        why = dict(form.answers).get("why", "")
        self._again(replace(self._request, override=form.override, override_why=why))

    def put_off(self) -> None:
        """Back from a form, keypad or badge to what asked for it."""
        self._wanted = self._switching = None
        if self._picture is None:
            self.go_on()
        else:
            self._view.show_picture(self._picture)

    # --- finding ----------------------------------------------------------------------------------

    def open_find(self) -> None:
        """Ask whom to look for."""
        self._picture = None
        self._view.show_form(find_form(self.texts))

    def find(self, query: str) -> None:
        """Look for a code at once; for a name, plate or order once badge and PIN are there."""
        self._wanted = look = Look(query)
        if look.is_by_code:
            self._submit(lambda: self._look(look))
        else:
            self._go_on_wanting()

    def _look(self, look: Look) -> None:
        """From the worker."""
        try:
            looked = Looked(look, self._station.find(look.query))
        except CannotFind as trouble:
            why = trouble
            self._take_status()
            self._deliver(lambda: self._not_found(look, why))
        else:
            self._deliver(lambda: self._show_found(looked))

    def _not_found(self, look: Look, trouble: CannotFind) -> None:
        if trouble.why is FindTrouble.NO_BADGE:
            self._go_on_wanting()
            return
        self._wanted = None
        self._view.show_form(find_form(self.texts, find_trouble(trouble, self.texts), look.query))

    def _show_found(self, looked: Looked) -> None:
        self._wanted, self._looked = None, looked
        self._shown = self._picture = None
        self._view.show_rows(found_rows(looked.look.query, looked.found, self.texts))

    def _act_on_found(self, action: OpenFound | UseFound | BackToFound | LookAgain) -> None:
        looked = self._looked
        if looked is None or isinstance(action, LookAgain):
            self.open_find()
        elif isinstance(action, OpenFound):
            self._looked = looked = looked.opened(action.at)
            self._picture = found_picture(looked.shown, self.texts)
            self._view.show_picture(self._picture)
        elif isinstance(action, UseFound):
            request = Request(direction=self.selection.direction, info=action.only_look)
            self._submit(lambda: self._use_found(looked, request))
        else:
            self._show_found(looked)

    def _use_found(self, looked: Looked, request: Request) -> None:
        """From the worker."""
        answer = use_found(self._station, looked, request, self._clock.monotonic_s())
        if answer is None:
            self._take_status()
            self._deliver(lambda: self.find(looked.look.query))
        else:
            self._answered(answer, request)

    def _forget_found(self) -> None:
        """Nobody looks at what was found any more."""
        if self._looked is not None:
            self._looked = None
            self._view.forget_found()
            self._worker.submit(self._station.forget_found)

    def _list_shift(self) -> None:
        people = self._station.shift()
        operator = self.status.device.operator if self.status else None
        self._deliver(lambda: self._view.show_rows(shift_rows(people, operator, self.texts)))

    # --- lists ------------------------------------------------------------------------------------

    def open_history(self) -> None:
        """The last own entries."""
        self._submit(lambda: self._listed(self._station.history(), self._view.show_history))

    def open_messages(self) -> None:
        """What the control room said."""
        self._submit(lambda: self._listed(self._station.messages(), self._view.show_messages))

    def open_preflight(self) -> None:
        """The check before doors."""
        self._cue("preflight_running")
        self._submit(lambda: self._listed(self._station.preflight(), self._view.show_preflight))

    def step(self, change: int) -> None:
        """More or fewer on the screen that asks."""
        most = self._picture.quantity_most if self._picture else None
        self.ask_quantity = min(most or QUANTITY_MAX, max(1, self.ask_quantity + change))
        self._view.refresh()

    def go_on(self) -> None:
        """Back to the camera, or to the next answer nobody saw before a crash."""
        self._shown = self._picture = None
        self._forget_found()
        if self._unseen:
            self._show(*self._unseen.popleft())
        else:
            self._view.show_scanning()

    def undo(self, entry: Ref) -> None:
        """Take an entry back."""
        self.last_entry = None
        self._submit(lambda: self._answered(self._station.undo(entry)))

    def turn(self, direction: Direction) -> None:
        """Let in or let out from now on."""
        self._select(replace(self.selection, direction=direction))

    def count(self, change: int) -> None:
        """More or fewer of the next item; 1 to 99."""
        quantity = min(QUANTITY_MAX, max(1, self.selection.quantity + change))
        self._select(replace(self.selection, quantity=quantity))

    def only_look(self, *, on: bool) -> None:
        """Answer the next scans without writing anything, or end that."""
        self._select(replace(self.selection, only_look=on))

    def speak(self, language: str) -> None:
        """Another language, at once."""
        self.selection = replace(self.selection, language=language)
        self._view.refresh()

    def ask_status(self) -> None:
        """Fetch the status; the view is refreshed when it has come."""
        self._worker.submit(self._take_status)

    def exchange_now(self) -> None:
        """Send and fetch at once."""
        self._submit(self._station.exchange_now)

    def was_seen(self, entry: Ref) -> None:
        """The picture of this entry has been on the screen."""
        self._worker.submit(lambda: self._station.was_shown(entry))

    def failed(self, failure: Exception) -> None:
        """Something of the kiosk itself went wrong: a fault, never a bad ticket. From any thread."""
        fault = Fault(FaultCode.INTERNAL, f"{type(failure).__name__}: {failure}"[:200])
        picture = present(Shown(fault), self.setting())
        self._deliver(lambda: self._view.show_picture(picture))

    def _select(self, selection: Selection) -> None:
        self.selection = selection
        self._forget()
        self._view.refresh()

    def _ask(self, decide: Callable[[Request], Answer]) -> None:
        chosen = self.selection
        request = Request(direction=chosen.direction, quantity=chosen.quantity, info=chosen.only_look)
        self._asked_s = self._clock.monotonic_s()
        self._submit(lambda: self._answered(decide(request), request, is_new=True))

    def _again(self, request: Request) -> None:
        self._submit(lambda: self._answered(self._station.again(request), request))

    def _submit(self, job: Callable[[], None]) -> None:
        if not self._worker.submit(job):
            self._cue("busy")

    def _answered(self, answer: Answer, request: Request | None = None, *, is_new: bool = False) -> None:
        """From the worker. A verdict waits for nothing; whoever came or went is shown with the status that says so."""
        if isinstance(answer, Shown):
            asked = request or Request()
            # Words and buttons are chosen here, so that the screen's thread has only to draw them.
            picture = present(answer, replace(self.setting(), overriding=asked.override))
            self._deliver(lambda: self._show_decided(answer, picture, asked, is_new=is_new))
        else:
            self._take_status()
            self._deliver(lambda: self._show_other(answer))

    def _show_decided(self, shown: Shown, picture: Picture, request: Request, *, is_new: bool) -> None:
        """A scan was decided: whatever was being asked before is over."""
        if is_new:
            self._forget_found()
        # An override answers for one verdict; what is asked next must be answered for anew.
        self._request = replace(request, override=None, override_why="")
        self._wanted, self._switching, self._shown = None, None, shown
        self._show(picture, shown.entry)
        most = self._picture.quantity_most if self._picture else None
        self.ask_quantity = min(request.quantity, most or request.quantity)
        self._view.refresh()

    def _show_other(self, answer: Answer) -> None:
        """A badge or PIN while something is to be overridden leads on with that; else each has its picture."""
        self._asked_s = None
        match answer:
            case Locked():
                self._view.show_operator(BadgeAsked.TO_UNLOCK)
            case PinRefused():
                self._rest_until_s = self._clock.monotonic_s() + answer.wait_s
                self._view.show_pin(PinAsked(self._pin_name(), pin_words(answer, self.texts)))
            case OperatorTaken() if self._wanted is not None:
                self._switching = None
                self._go_on_wanting()
            case _:
                self._rest_until_s = 0.0
                setting = replace(self.setting(), by_pin_alone=self._switching is not None)
                self._switching = None
                self._forget_found()  # another operator may not see what this one was allowed to
                self._show(present(answer, setting), None)

    def _pin_name(self) -> str:
        if self._switching is not None:
            return self._switching.name
        return (self.status.device.operator if self.status else None) or ""

    def _go_on_wanting(self) -> None:
        """Ask for what is still missing: a badge, its PIN, or the reason why; then do it."""
        device, wanted = self.status.device if self.status else None, self._wanted
        if device is None or device.operator is None:
            self._view.show_operator(BadgeAsked.TO_FIND if isinstance(wanted, Look) else BadgeAsked.TO_OVERRIDE)
        elif not device.pin_good:
            self._view.show_pin(PinAsked(device.operator, self._rest_words()))
        elif isinstance(wanted, Look):
            self._submit(lambda: self._look(wanted))
        elif wanted is not None:
            self._view.show_form(why_form(wanted, reason_text(wanted, self.texts.language).headline, self.texts))

    def _rest_words(self) -> str:
        wait_s = self.pin_wait_s()
        return self.texts("pin_rest", wait=self.texts.age(wait_s * 1000)) if wait_s else ""

    def _left(self, leave: Callable[[], None], then: Callable[[], None]) -> None:
        leave()
        status = self._station.status()
        self._deliver(self._drop_unsealed)
        self._deliver(lambda: self._have_status(status))
        self._deliver(then)

    def _drop_unsealed(self) -> None:
        self._shown = self._picture = self._wanted = self._switching = self.last_entry = None
        self._request, self._rest_until_s = Request(), 0.0
        self.selection = replace(self.selection, only_look=False)
        self._forget_found()

    def _listed(self, found: Listed, show: Callable[[Listed], None]) -> None:
        self._deliver(lambda: show(found))

    def _mark_read(self, key: str) -> None:
        self._station.mark_read(key)
        messages = self._station.messages()
        self._deliver(lambda: self._view.show_messages(messages))
        self._take_status()

    def _take_unseen(self) -> None:
        unseen = [(present(shown, self.setting()), shown.entry) for shown in self._station.not_shown_yet()]
        self._deliver(lambda: self._begin_with(unseen))

    def _begin_with(self, unseen: list[tuple[Picture, Ref | None]]) -> None:
        self._unseen.extend(unseen)
        if unseen:
            self.go_on()

    def _show(self, picture: Picture, entry: Ref | None) -> None:
        if entry is not None:
            self.last_entry = entry
            self.selection = replace(self.selection, quantity=1)
        self._asked_s = None
        self._picture = picture
        self._view.show_picture(picture)
        if entry is not None:
            self._deliver(lambda: self.was_seen(entry))
        self._deliver(self.ask_status)  # in the frame after: the answer is drawn before anything else is computed

    def _take_status(self) -> None:
        status = self._station.status()
        self._deliver(lambda: self._have_status(status))

    def _have_status(self, status: StatusShown) -> None:
        self.status = status
        self._view.refresh()

    def _cue(self, key: str) -> None:
        self._deliver(lambda: self._view.show_cue(self.texts(key)))

    def setting(self) -> Setting:
        """Where and when something is shown, in the language in use."""
        status, now_ms = self.status, self._clock.now_ms()
        if status is None:
            return Setting(self.texts, "UTC", now_ms)
        kind = status.point.kind if status.point else PointKind.GATE
        unattended = status.point is not None and status.point.unattended
        return Setting(self.texts, status.zone, status.now_ms, kind, unattended, status.device.roles)
