"""What the scan screens do, without Kivy: input and touches in, pictures out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from common.clock import Clock
from common.decision import Direction, Reason, Request
from common.errors import BadInput
from common.ids import Ref
from common.ticket_code import CodeFault, parse_code
from kiosk.input.events import InputEvent, SameAgain, Scanned, Source, Torn, TwoCodes
from kiosk.shown import Answer, BadgeRefused, GateBusy, Holder, Locked, OperatorTaken, PinRefused, Shown
from kiosk.ui.answering_for import held_on_to, keep_asking, overriding, who_answers
from kiosk.ui.asking import Form, questions_form, why_form
from kiosk.ui.damage import Mending
from kiosk.ui.desk import Deliver, Desk
from kiosk.ui.exchanging import Exchanging
from kiosk.ui.gate import GateWatch
from kiosk.ui.how_many import QUANTITY_MAX
from kiosk.ui.last_use import with_holder
from kiosk.ui.lists import Lists
from kiosk.ui.only_looking import OnlyLooking
from kiosk.ui.people import People, Wanted
from kiosk.ui.picture import (
    AcceptLosses,
    Action,
    BackToFound,
    CheckAgain,
    Choose,
    Confirm,
    Cue,
    EnterPin,
    LookAgain,
    LookByCode,
    LookForPlace,
    MarkRead,
    MoveTo,
    OpenFound,
    OpenPlaces,
    OpenVariants,
    Override,
    PickVariant,
    Picture,
    Practise,
    Reply,
    ShowSample,
    ShowSamples,
    SpeakToGuest,
    SwitchTo,
    Undo,
    UseFound,
)
from kiosk.ui.places import Places
from kiosk.ui.ports import StationPort
from kiosk.ui.practising import Practising
from kiosk.ui.presenter import badge_words, headline_of, present, told_to_guest
from kiosk.ui.search import Search
from kiosk.ui.seen import Seen
from kiosk.ui.status_words import point_line
from kiosk.ui.variants import Variants
from kiosk.ui.views import BadgeAsked, Selection, View

SCREEN_KEPT_FREE_S = 0.3  # no camera picture is drawn while an answer is this near


class Session:
    """One per station. `on_input` may be called from any thread, the rest from the screen's."""

    def __init__(self, station: StationPort, view: View, deliver: Deliver, clock: Clock, language: str) -> None:
        self.desk = Desk(station, view, deliver, clock, language)
        self.people = People(self.desk, self._answered)
        self.search = Search(self.desk, self.people, self._answered)
        self.lists = Lists(self.desk)
        self.looking = OnlyLooking(self.desk)
        self.exchanging = Exchanging(self.desk)
        self.gate = GateWatch(self.desk, self.go_on)
        self.practising = Practising(self.desk, self.people, self.on_input, self._begin_anew)
        self.desk.status_came = self._status_came
        self.places, self.mending = Places(self.desk), Mending(self.desk)
        self.seen = Seen(self.desk)
        self.variants = Variants(self.desk, self._put_right)
        self._station, self._view, self._clock = station, view, clock
        self._request = Request()
        self._overridden: Reason | None = None  # what the verdict that is shown was asked to override
        self._forget: Callable[[], None] = lambda: None
        self._asked_s: float | None = None
        self._is_welcome_due = False
        self.ask_quantity = 1
        self._unseen: deque[tuple[Picture, Ref | None]] = deque()
        self._last_guest: tuple[Ref | None, str] = (None, "")  # the last entry, and whose it was

    @property
    def can_undo(self) -> bool:
        """Whether there is a last use that whoever is here may take back: as the history says."""
        return self.desk.status is not None and self.desk.status.can_undo

    @property
    def is_deciding(self) -> bool:
        """Whether an answer is about to come, so that the screen had better be free to draw it."""
        return self._asked_s is not None and self._clock.monotonic_s() - self._asked_s < SCREEN_KEPT_FREE_S

    def start(self, forget: Callable[[], None], *, has_joined: bool = False) -> None:
        """Begin; answers nobody saw before a crash come first. `forget` lets the camera take the same code again."""
        self._is_welcome_due = has_joined
        self._forget = self.gate.forget = forget
        self.desk.worker.start()
        self.ask_status()
        self._station.watch_gate(self.gate.told)
        self.desk.worker.submit(self._take_unseen)

    def stop(self) -> None:
        """Finish what was begun and end the worker."""
        self.desk.worker.stop()

    def on_input(self, event: InputEvent) -> None:
        """A scan, or a cue about one."""
        match event:
            case Scanned():
                self._ask(event.text, lambda request: self._station.scan(event, request))
            case SameAgain():
                self.seen.same_again(event)
            case TwoCodes():
                self.desk.deliver(self._two_codes)
            case Torn():
                self.desk.deliver(self._torn)

    def type_code(self, text: str) -> bool:
        """A ticket code typed by hand; False, and nothing done, if its check character says it is mistyped."""
        if isinstance(parse_code(text), CodeFault):
            return False
        self.on_input(Scanned(text, Source.TYPED, self._clock.monotonic_s()))
        return True

    # --- touches ----------------------------------------------------------------------------------

    def act(self, action: Action) -> None:
        """A button of a picture or a page was touched."""
        self.people.touched()
        match action:
            case Choose(product, quantity):
                request = replace(self._request, product=product, quantity=quantity or self.ask_quantity)
                self._again(self._counted(request, is_said=quantity is not None))
            case Confirm():
                self._again(self._counted(replace(self._request, confirmed=True, quantity=self.ask_quantity)))
            case Override(reason):
                asked, roles = who_answers(reason, self.desk.status)
                self.people.want(Wanted(asked, lambda: self._ask_why(reason), roles))
            case Reply():
                shown, texts = self.desk.shown, self.desk.texts
                self._view.show_form(questions_form(shown.questions if shown else (), texts))
            case EnterPin():
                self.people.ask_pin()
            case Undo(entry):
                self.undo(entry)
            case SpeakToGuest(language):
                self._speak_to_guest(language)
            case _:
                self._act_on_list(action)

    def _act_on_list(self, action: Action) -> None:
        match action:
            case MarkRead(key):
                self.lists.mark_read(key)
            case CheckAgain():
                self.lists.open_preflight()
            case SwitchTo():
                self.people.switch(action)
            case AcceptLosses():
                self.mending.go_on_without()
            case OpenPlaces() | LookForPlace() | MoveTo():
                self.places.act(action)
            case OpenVariants() | PickVariant():
                self.variants.act(action)
            case OpenFound() | UseFound() | BackToFound() | LookAgain() | LookByCode():
                self.search.act(action)
            case Practise() | ShowSamples() | ShowSample():
                self.practising.act(action)
            case _:
                self.go_on()

    def submit(self, form: Form) -> None:
        """A form is filled in."""
        self.people.touched()
        if form.places:
            self.places.look(form.text.strip())
            return
        if form.finds:
            self.search.find(form.text.strip())
            return
        if form.override is None:
            # An empty answer says that a question was put and skipped: it is not put again.
            skipped = {field.key: "" for field in form.fields if not field.required}
            answers = {**dict(self._request.answers), **skipped, **dict(form.answers)}
            self._again(replace(self._request, answers=tuple(answers.items())))
            return
        self.people.wanted = None
        self._again(overriding(self._request, form.override, dict(form.answers).get("why", "")))

    def put_off(self) -> None:
        """Back from a form, keypad or badge to what asked for it."""
        if self.people.put_off():
            return
        if self.desk.picture is None:
            self.go_on()
        else:
            self._view.show_picture(self.desk.picture)

    def step(self, change: int) -> None:
        """More or fewer on the screen that asks."""
        most = self.desk.picture.quantity_most if self.desk.picture else None
        self.ask_quantity = min(most or QUANTITY_MAX, max(1, self.ask_quantity + change))
        self._view.refresh()

    def _counted(self, request: Request, *, is_said: bool = False) -> Request:
        """A number that was before whoever touched is not asked for again."""
        is_said = is_said or (self.desk.picture is not None and self.desk.picture.quantity_most is not None)
        return replace(request, asks_how_many=request.asks_how_many and not is_said)

    def go_on(self) -> None:
        """Back to the camera, or to the next answer nobody saw before a crash."""
        self.people.give_back()
        self.people.want_nothing()
        self.desk.clear()
        self.search.forget()
        if self._unseen:
            self._show(*self._unseen.popleft())
        elif (closed := self.gate.idle_picture) is not None:
            self._view.show_picture(closed)
        else:
            self._view.show_scanning()

    def undo(self, entry: Ref) -> None:
        """Take an entry back; whose it was is said as far as it was unsealed here just now."""
        holder = self._name_of(entry)  # kept: a second touch is told the same
        self.desk.submit(lambda: self._answered(with_holder(self._station.undo(entry), holder)))

    def open_last(self) -> None:
        """The last use once more: which it was, to take it back or to say what was handed out."""
        self.desk.submit(self._take_last)

    def sign_out(self) -> None:
        """Nobody is here any more; what was unsealed leaves the screen."""
        self.desk.submit(lambda: self._left(self._station.sign_out, self._view.show_scanning))

    def lock(self) -> None:
        """Nothing works until a badge is scanned; what was unsealed leaves the screen."""
        self.desk.submit(lambda: self._left(self._station.lock, self._ask_to_unlock))

    # --- what is set on the scan screen -----------------------------------------------------------

    def turn(self, direction: Direction) -> None:
        """Let in or let out from now on."""
        self._select(replace(self.desk.selection, direction=direction))

    def count(self, change: int) -> None:
        """More or fewer of the next item; 1 to 99."""
        quantity = min(QUANTITY_MAX, max(1, self.desk.selection.quantity + change))
        self._select(replace(self.desk.selection, quantity=quantity))

    def only_look(self, *, on: bool) -> None:
        """Answer the next scans without writing anything, or end that."""
        self.looking.begin()
        self._select(replace(self.desk.selection, only_look=on))

    def speak(self, language: str) -> None:
        """Another language, at once."""
        self.desk.selection = replace(self.desk.selection, language=language)
        self._view.refresh()

    def _speak_to_guest(self, language: str) -> None:
        """This verdict alone: the next one, and what forms lead back to, is in the kiosk's language again."""
        shown, setting = self.desk.shown, replace(self.desk.setting(), overriding=self._overridden)
        if shown is not None:
            self._view.show_picture(told_to_guest(shown, language, setting))
            self._view.refresh()

    # --- beside the scan --------------------------------------------------------------------------

    def ask_status(self) -> None:
        """Fetch the status; the view is refreshed when it has come."""
        self.desk.worker.submit(self.desk.take_status)

    def exchange_now(self) -> None:
        """Send and fetch at once, and say how that went."""
        self.exchanging.begin()

    def was_seen(self, entry: Ref) -> None:
        """The picture of this entry has been on the screen."""
        self.desk.worker.submit(lambda: self._station.was_shown(entry))

    # --- answers ----------------------------------------------------------------------------------

    def _select(self, selection: Selection) -> None:
        self.desk.selection = selection
        self._forget()
        self._view.refresh()

    def _two_codes(self) -> None:
        """An answer of the guest before is no answer to these two: it gives way, or they are not spoken of yet."""
        picture = self.desk.picture
        if picture is not None and self.desk.shown is not None:
            if not self.seen.was_read or (picture.auto_advance_s is None and not self.desk.is_done):
                return
            if picture.auto_advance_s is not None:
                self.go_on()
        self.desk.cue("two_codes", Cue.CODE if self.desk.shown is None else Cue.ANSWERED)

    def _torn(self) -> None:
        """Nobody was read: an answer of the guest before that was seen gives way, a question stays. Both are told."""
        picture = self.desk.picture
        if self.desk.shown is not None and picture is not None and picture.auto_advance_s and self.seen.was_read:
            self.go_on()
        self.desk.cue("torn", Cue.CODE)

    def _ask(self, text: str, decide: Callable[[Request], Answer]) -> None:
        chosen = self.desk.selection
        self.people.give_back()
        self.seen.asked(text)
        self.looking.scanned()
        looks = chosen.only_look
        request = Request(chosen.direction, quantity=chosen.quantity, info=looks, asks_how_many=not looks)
        self._asked_s = self._clock.monotonic_s()
        self.desk.submit(lambda: self._answered(decide(request), request, is_new=True))

    def _again(self, request: Request) -> None:
        self.desk.submit_once(lambda: self._ask_again(request))

    def _ask_again(self, request: Request) -> None:
        """From the worker. A ticket found by name needs badge and PIN still: without them the search is asked anew."""
        try:
            answer = self._station.again(request)
        except BadInput:
            self.desk.take_status()
            self.desk.deliver(self._find_again)
        else:
            self._answered(answer, request)

    def _find_again(self) -> None:
        self.desk.serve_again()
        self.search.find_again()

    def _ask_why(self, reason: Reason) -> None:
        headline = headline_of(reason, self.desk.shown, self.desk.setting())
        self._view.show_form(why_form(reason, headline, self.desk.texts))

    def _answered(self, answer: Answer, request: Request | None = None, *, is_new: bool = False) -> None:
        """From the worker. A verdict waits for nothing; whoever came or went is shown with the status that says so."""
        if isinstance(answer, Shown):
            asked = request or Request()
            # Words and buttons are chosen here, so that the screen's thread has only to draw them.
            picture = present(answer, replace(self.desk.setting(), overriding=asked.override))
            self.desk.deliver(lambda: self._show_decided(answer, picture, asked, is_new=is_new))
        else:
            self.desk.take_status()
            self.desk.deliver(lambda: self._show_other(answer))

    def _show_decided(self, shown: Shown, picture: Picture, request: Request, *, is_new: bool) -> None:
        """A scan was decided: whatever was being asked before is over."""
        if is_new:
            self.search.forget()
        self._request, self._overridden = held_on_to(request, shown), request.override
        self.people.want_nothing()
        before, self.desk.shown = self.desk.shown, shown
        if shown.entry is not None:
            self._last_guest = (shown.entry, shown.holder.name if shown.holder else "")
        self._show(picture, shown.entry)
        if is_new:
            self.seen.answered(before, shown)
        first = picture.quantity_first if request.asks_how_many and picture.quantity_first else request.quantity
        self.ask_quantity = min(first, picture.quantity_most or first)
        self._view.refresh()

    def _take_last(self) -> None:
        """From the worker. Where it was taken back meanwhile there is nothing to show."""
        shown = self._station.last_use()
        if shown is None:
            self.desk.cue("last_none")
            self.desk.take_status()
        else:
            self.desk.deliver(lambda: self._show_last(shown))

    def _show_last(self, shown: Shown) -> None:
        name = self._name_of(shown.entry)
        self.desk.shown = replace(shown, holder=Holder(name)) if name else shown
        self._show(present(self.desk.shown, self.desk.setting()), None)

    def _name_of(self, entry: Ref | None) -> str:
        """Whose use this was, as far as it was unsealed here just now."""
        of, name = self._last_guest
        return name if entry is not None and of == entry else ""

    def _put_right(self, shown: Shown) -> None:
        """Other variants were handed out: the same verdict says so; it was seen before."""
        self.desk.shown = shown
        self._show(present(shown, self.desk.setting()), None)

    def _show_other(self, answer: Answer) -> None:
        """A badge or PIN while something is to be overridden leads on with that; else each has its picture."""
        self._asked_s = None
        self.desk.serve_again()
        people = self.people
        match answer:
            case Locked():
                self._ask_to_unlock()
                self.desk.cue("not_a_badge")
            case PinRefused():
                people.refused(answer)
            case GateBusy():
                self.gate.turn_away()
            case OperatorTaken() if people.wanted is not None:
                people.came(answer)
                people.go_on_wanting()
            case BadgeRefused() if people.wanted is not None or self.desk.is_asking:
                self._view.show_cue(badge_words(answer, self.desk.texts))
            case OperatorTaken() if self.search.is_asked and answer.brings_rights:
                people.came(answer)
                self._view.show_cue(badge_words(answer, self.desk.texts))
            case OperatorTaken() if self.desk.is_asking or self.desk.may_be_answered_by(answer.roles):
                told, by_pin_alone = badge_words(answer, self.desk.texts), people.switching is not None
                people.came(answer)
                people.rest_no_more()
                self.search.forget()
                keep_asking(self.desk, self._overridden, told, is_elsewhere=by_pin_alone)
            case _:
                people.came_or_not(answer)
                people.rest_no_more()
                setting = replace(self.desk.setting(), by_pin_alone=people.switching is not None)
                people.switching = None
                self.search.forget()  # another operator may not see what this one was allowed to
                self._show(present(answer, setting), None)

    def _ask_to_unlock(self) -> None:
        self._view.show_operator(BadgeAsked.TO_UNLOCK)

    def _left(self, leave: Callable[[], None], then: Callable[[], None]) -> None:
        leave()
        status = self._station.status()
        self.desk.deliver(self._drop_unsealed)
        self.desk.deliver(lambda: self.desk.have_status(status))
        self.desk.deliver(then)

    def _drop_unsealed(self) -> None:
        self.desk.clear()
        self.people.want_nothing()
        self.people.is_here()
        self.people.rest_no_more()
        self._request, self._last_guest = Request(), (None, "")
        self.desk.selection = replace(self.desk.selection, only_look=False)
        self.search.forget()

    def _status_came(self) -> None:
        """Where people only go out, or nobody does, nobody should have to say so: after a move there is no button."""
        point = self.desk.status.point if self.desk.status else None
        if point is not None and not (point.lets_in and point.lets_out):
            only = Direction.OUT if point.lets_out else Direction.IN
            self.desk.selection = replace(self.desk.selection, direction=only)
        if self._is_welcome_due and self.desk.status is not None:
            self._is_welcome_due = False
            self.desk.cue("joined", place=point_line(self.desk.status, self.desk.texts)[0])
        if self.desk.status is not None:
            self.lists.status_came(self.desk.status)
        if self.people.has_left_behind():
            self.go_on()
        self.looking.status_came()
        self.exchanging.status_came()
        self.practising.status_came()
        self.gate.status_came()

    def _begin_anew(self) -> None:
        """Practice begins or ends: nothing that was scanned before goes on."""
        self.people.want_nothing()
        self._request, self._last_guest = Request(), (None, "")
        self.desk.selection = replace(self.desk.selection, only_look=False, quantity=1)
        self._forget()
        self._view.refresh()
        self.go_on()

    def _take_unseen(self) -> None:
        unseen = [(present(shown, self.desk.setting()), shown.entry) for shown in self._station.not_shown_yet()]
        self.desk.deliver(lambda: self._begin_with(unseen))

    def _begin_with(self, unseen: list[tuple[Picture, Ref | None]]) -> None:
        self._unseen.extend(unseen)
        if unseen:
            self.go_on()

    def _show(self, picture: Picture, entry: Ref | None) -> None:
        if entry is not None:
            self.desk.selection = replace(self.desk.selection, quantity=1)
        self._asked_s = None
        self.desk.picture = picture
        self._view.show_picture(picture)
        if entry is not None:
            self.desk.deliver(lambda: self.was_seen(entry))
        self.desk.deliver(self.ask_status)  # in the frame after: the answer is drawn before anything else is computed
