"""The search for people at the kiosk: ask, list, open, use, forget. No Kivy."""

from __future__ import annotations

from collections.abc import Callable

from common.badges import SEARCHING_ROLES
from common.decision import Request
from common.search_index import is_enough
from kiosk.shown import Answer, CannotFind, FindTrouble, NamesHere, PointShown
from kiosk.ui.asking import Form, code_form, find_form
from kiosk.ui.desk import Desk
from kiosk.ui.finding import Look, Looked, use_found
from kiosk.ui.people import People, Wanted
from kiosk.ui.picture import BackToFound, LookAgain, LookByCode, OpenFound, UseFound
from kiosk.ui.rows import find_trouble, found_picture, found_rows, names_elsewhere
from kiosk.ui.views import BadgeAsked

_LOOKS_UP = frozenset(role.value for role in SEARCHING_ROLES)


class Search:
    """Belongs to one session; called on the screen's thread. `answered` takes what the station says, in the worker."""

    def __init__(self, desk: Desk, people: People, answered: Callable[[Answer, Request], None]) -> None:
        self._desk, self._people, self._answered = desk, people, answered
        self.looked: Looked | None = None
        self.is_asked = False  # the field for whom to look for is on the screen
        people.gave_back = self._gave_back

    def open(self) -> None:
        """Ask whom to look for."""
        texts, device = self._desk.texts, self._desk.device
        point = self._desk.status.point if self._desk.status else None
        if point is not None and point.names_here is not NamesHere.READY:
            self._say_where(point)
            return
        self._desk.picture = None
        if device is not None and device.operator is not None and device.pin_good:
            self._desk.submit(self._ask_whom)
        else:
            is_in_vain = device is not None and device.operator is not None and _LOOKS_UP.isdisjoint(device.roles)
            note = find_trouble(FindTrouble.NO_RIGHT, texts) if is_in_vain else texts("find_needs")
            self._show_form(find_form(texts, note))

    def find(self, query: str) -> None:
        """Look for a code at once; for a name, plate or order once badge and PIN are there."""
        look = Look(query)
        point = self._desk.status.point if self._desk.status else None
        if point is not None and point.names_here is not NamesHere.READY and not look.is_by_code:
            self._ask_code(self._desk.texts("code_bad"), query)
            return
        if not look.is_by_code and not is_enough(query):
            self._ask_name(find_trouble(FindTrouble.TOO_SHORT, self._desk.texts), query)
            return
        self._want(look, lambda: self._ask_name("", query))

    def find_again(self) -> None:
        """The same search anew, as badge and PIN are wanted again; what was looked for is not typed twice."""
        if self.looked is None:
            self.open()
        else:
            self._want(self.looked.look)

    def act(self, action: OpenFound | UseFound | BackToFound | LookAgain | LookByCode) -> None:
        """A row or a button of what was found was touched."""
        desk, looked = self._desk, self.looked
        if isinstance(action, LookByCode):
            self._ask_code()
            return
        if looked is None or isinstance(action, LookAgain):
            self.open()
        elif isinstance(action, OpenFound):
            self.looked = looked = looked.opened(action.at)
            desk.picture = found_picture(looked.shown, desk.texts)
            desk.view.show_picture(desk.picture)
        elif isinstance(action, UseFound):
            looks = action.only_look
            request = Request(desk.selection.direction, info=looks, asks_how_many=not looks)
            desk.submit_once(lambda: self._use(looked, request))
        else:
            self._show(looked)

    def forget(self) -> None:
        """Nobody looks at what was found any more."""
        self.is_asked = False
        if self.looked is not None:
            self.looked = None
            self._desk.view.forget_found()
            self._desk.worker.submit(self._desk.station.forget_found)

    def _gave_back(self) -> None:
        """Whoever may see names has gone; the code that was read then may have no answer that takes their place."""
        is_seen = self.looked is not None and self._desk.shown is None
        self.forget()
        if is_seen:
            self._desk.clear()
            self._desk.view.show_scanning()

    def _want(self, look: Look, back: Callable[[], None] | None = None) -> None:
        """A code is looked for at once; a name, plate or order once badge and PIN are there."""
        wanted = Wanted(BadgeAsked.TO_FIND, lambda: self._desk.submit(lambda: self._look(look)), _LOOKS_UP, back)
        if look.is_by_code:
            self._people.wanted = wanted
            wanted.go_on()
        else:
            self._people.want(wanted)

    def _ask_name(self, note: str, query: str) -> None:
        """The search again, with what was typed."""
        self._show_form(find_form(self._desk.texts, note, query))

    def _ask_whom(self) -> None:
        """From the worker: whoever could not look up names anyhow is told before typing one."""
        desk, trouble = self._desk, self._desk.station.names_trouble()
        note = find_trouble(trouble, desk.texts) if trouble is not None else ""
        desk.deliver(lambda: self._show_form(find_form(desk.texts, note)))

    def _look(self, look: Look) -> None:
        """From the worker."""
        desk = self._desk
        try:
            looked = Looked(look, desk.station.find(look.query))
        except CannotFind as trouble:
            why = trouble
            desk.take_status()
            desk.deliver(lambda: self._not_found(look, why))
        else:
            desk.deliver(lambda: self._show(looked))

    def _not_found(self, look: Look, trouble: CannotFind) -> None:
        if trouble.why is FindTrouble.NO_BADGE:
            self._people.go_on_wanting()
            return
        self._people.wanted = None
        self._ask_name(find_trouble(trouble.why, self._desk.texts), look.query)

    def _say_where(self, point: PointShown) -> None:
        """Before anything is typed: what can be found here, and where the rest."""
        self._desk.picture = names_elsewhere(point, self._desk.texts)
        self._desk.view.show_picture(self._desk.picture)

    def _ask_code(self, note: str = "", text: str = "") -> None:
        self._show_form(code_form(self._desk.texts, note, text))

    def _show_form(self, form: Form) -> None:
        self.is_asked = True
        self._desk.view.show_form(form)

    def _show(self, looked: Looked) -> None:
        self._people.wanted, self.looked, self.is_asked = None, looked, False
        self._desk.clear()
        since = self._desk.status.sync.unlisted if self._desk.status else 0
        rows = found_rows(looked.look.query, looked.found, self._desk.texts, self._list_of(), since)
        self._desk.view.show_rows(rows)

    def _list_of(self) -> str:
        """Names come with the list of tickets: who bought later is not found by name, and that must be told."""
        setting = self._desk.setting()
        if setting.list_ms is None:
            return ""
        return setting.texts.when(setting.list_ms, setting.zone, setting.now_ms)

    def _use(self, looked: Looked, request: Request) -> None:
        """From the worker."""
        answer = use_found(self._desk.station, looked, request, self._desk.clock.monotonic_s())
        if answer is None:
            self._desk.take_status()
            self._desk.deliver(self._desk.serve_again)
            self._desk.deliver(lambda: self._want(looked.look))
        else:
            self._answered(answer, request)
