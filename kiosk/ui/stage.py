"""Every screen, and which of them is shown: what the session asks of the window, drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from kivy.clock import Clock as KivyClock
from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import NoTransition, ScreenManager

from kiosk.checks_shown import Check
from kiosk.input.camera import CameraState
from kiosk.input.serial_port import ScannerState
from kiosk.rules_here import RulesShown
from kiosk.shown import HistoryRow, MessageShown
from kiosk.ui.asking import Form
from kiosk.ui.cameras import TrialShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.heard import Heard
from kiosk.ui.pages import Pages, history_pages, is_heard, messages_pages, preflight_pages
from kiosk.ui.picture import Cue, Picture, Sound
from kiosk.ui.player import Player
from kiosk.ui.rows import Rows
from kiosk.ui.rule_pages import Room, rules_pages
from kiosk.ui.screens.ask import AskScreen
from kiosk.ui.screens.banner import PracticeBanner
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.screens.camera import CameraScreen
from kiosk.ui.screens.code import CodeScreen
from kiosk.ui.screens.enrol import EnrolScreen
from kiosk.ui.screens.operator import OperatorScreen
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.screens.pin import PinScreen
from kiosk.ui.screens.rows import RowsScreen
from kiosk.ui.screens.scan import CUE_S, ScanScreen
from kiosk.ui.screens.status import StatusScreen
from kiosk.ui.screens.verdict import VerdictScreen
from kiosk.ui.seen import AGAIN_S
from kiosk.ui.session import Session
from kiosk.ui.status_words import (
    ReadersShown,
    Tone,
    camera_message,
    camera_said,
    facts,
    sees_codes,
    sync_line,
    worst_line,
)
from kiosk.ui.telling import Setting
from kiosk.ui.theme import Rgba, Theme
from kiosk.ui.views import BadgeAsked, PinAsked

LAYOUTS = ("code", "scan", "verdict", "status", "enrol", "operator", "pin", "ask", "pages", "rows", "camera", "banner")
HISTORY_ROWS_WIDE = 9
HISTORY_ROWS_TALL = 16
PREFLIGHT_ROWS = 9
PREFLIGHT_WIDE, PREFLIGHT_TALL = 80, 46  # characters of a check in one row
RULES_WIDE = Room(rows=10, characters=100)
RULES_TALL = Room(rows=20, characters=58)
ROWS_WIDE, ROWS_WIDE_COLUMNS = 6, 2
ROWS_SHORT, ROWS_SHORT_MAX = 8, 10  # of rows with few words, either way; so many rather than a second page with two
ROWS_TALL, ROWS_TALL_COLUMNS = 5, 1
CHOICES_PER_ROW_WIDE = 4
CHOICES_PER_ROW_TALL = 2
# Until the next cue about a code that stays: in between, what is shown would be taken for its answer.
HELD_S = AGAIN_S + 0.5
READ_PER_S = 12  # characters of a cue, by somebody who looks up at it
TICK_S_MAX = 0.25  # while the screen stalled nobody saw the verdict: that time does not count


class Measured(Protocol):
    """The window's size, as the screens are laid out by it."""

    u: float  # scale
    portrait: bool
    look: Theme


class Stage:
    """Implements the view of `session`. Made once the layouts are loaded; called on the screen's thread."""

    def __init__(self, measured: Measured, language: str) -> None:
        self._measured = measured
        self.language = language
        self.session: Session | None = None
        self.player: Player | None = None
        self.camera_state: CameraState | None = None
        self.scanner: Callable[[], ScannerState | None] = lambda: None
        self.heard = Heard()
        self._had_scanner = False
        self._advance_s = self._left_s = 0.0
        self.pages_came_from = "scan"
        self.scan, self.verdict = ScanScreen(name="scan"), VerdictScreen(name="verdict")
        self.status, self.code = StatusScreen(name="status"), CodeScreen(name="code")
        self.enrol, self.operator = EnrolScreen(name="enrol"), OperatorScreen(name="operator")
        self.pin, self.ask, self.pages = PinScreen(name="pin"), AskScreen(name="ask"), PagesScreen(name="pages")
        self.rows, self.camera = RowsScreen(name="rows"), CameraScreen(name="camera")
        self.manager = ScreenManager(transition=NoTransition())
        self.verdict.opened = self.stay
        for screen in self._screens():
            self.manager.add_widget(screen)
        self.banner = PracticeBanner()
        self.root = BoxLayout(orientation="vertical")
        self.root.add_widget(self.banner)
        self.root.add_widget(self.manager)

    @property
    def current(self) -> str:
        """The name of the screen that is shown."""
        return str(self.manager.current)

    def attend(self, session: Session) -> None:
        """Show this session from now on."""
        self.session = session
        for screen in (self.scan, self.code, self.status, self.operator, self.pin, self.ask, self.rows):
            screen.session = session

    # --- what the session asks for ----------------------------------------------------------------

    def show_picture(self, picture: Picture) -> None:
        """A verdict, at once and with its sound."""
        portrait = self._measured.portrait
        per_row = CHOICES_PER_ROW_TALL if portrait else CHOICES_PER_ROW_WIDE
        look, align = self._measured.look, "center" if portrait else "left"
        self.verdict.show(picture, look, self._measured.u, per_row, align)
        self.turn_to("verdict", look.verdict[picture.colour])
        self._advance_s = self._left_s = picture.auto_advance_s or 0.0
        if not picture.retold:
            self._play(picture.sound)

    def show_anew(self, picture: Picture) -> None:
        """The same question with other buttons; without its sound, which would call again."""
        if self.current == "verdict":
            self.show_picture(replace(picture, sound=Sound.CUE))

    def show_scanning(self) -> None:
        """Back to the camera."""
        self._left_s = 0.0
        self.turn_to("scan")

    def show_cue(self, text: str, about: Cue = Cue.NEWS) -> None:
        """A line for a moment, on every screen that a guest is served with."""
        self.verdict.cue_about = about.value
        self._set_cue(text)
        KivyClock.unschedule(self._end_cue)
        least_s = HELD_S if about is Cue.ANSWERED else CUE_S
        KivyClock.schedule_once(self._end_cue, max(least_s, len(text) / READ_PER_S))
        self._play(Sound.CUE)

    def refresh(self) -> None:
        """Language, selection or status changed."""
        session = self.session
        if session is None:
            return
        if session.desk.selection.language != self.language:
            self.speak(session.desk.selection.language)
        self._show_banner(is_shown=session.practising.is_on)
        self.scan.refresh(session)
        self.verdict.show_quantity(session.ask_quantity)
        self.refresh_status()

    def show_operator(self, asked: BadgeAsked) -> None:
        """Who is here, or that a badge is wanted; locked, nothing of the last guest stays."""
        if asked is BadgeAsked.TO_UNLOCK:
            self.verdict.forget()
        self.operator.show(asked, self.session.desk.device if self.session is not None else None)
        self.turn_to("operator")

    def show_pin(self, asked: PinAsked) -> None:
        """The keypad, empty."""
        self.pin.show(asked)
        self.turn_to("pin")

    def show_form(self, form: Form) -> None:
        """Questions, or why something is allowed."""
        self.ask.show(form)
        self.turn_to("ask")

    def show_rows(self, rows: Rows) -> None:
        """A list to touch."""
        portrait = self._measured.portrait
        per_page, columns = (ROWS_TALL, ROWS_TALL_COLUMNS) if portrait else (ROWS_WIDE, ROWS_WIDE_COLUMNS)
        if rows.are_short:
            per_page = ROWS_SHORT_MAX if ROWS_SHORT < len(rows.rows) <= ROWS_SHORT_MAX else ROWS_SHORT
        self.rows.show(rows, per_page, columns)
        self.turn_to("rows")

    def shows_rows(self, rows: Rows) -> bool:
        """Whether it is this very list that is shown."""
        return self.current == "rows" and self.rows.rows is rows

    def forget_found(self) -> None:
        """What was found leaves the screens; a verdict that is shown stays."""
        self.rows.forget()
        self.ask.forget()

    def show_history(self, rows: tuple[HistoryRow, ...]) -> None:
        """The last own entries."""
        per_page = HISTORY_ROWS_TALL if self._measured.portrait else HISTORY_ROWS_WIDE
        self._show_pages(history_pages(rows, self._setting(), per_page), per_page)

    def show_messages(self, messages: tuple[MessageShown, ...]) -> None:
        """What the control room said."""
        self._show_pages(messages_pages(messages, self._setting()), 1)

    def show_preflight(self, checks: tuple[Check, ...]) -> None:
        """The check before doors, with camera and sound; the sound is played, so that it can be heard."""
        sound = is_heard(self.player)
        self._play(Sound.ADMIT)
        setting, characters = self._setting(), PREFLIGHT_TALL if self._measured.portrait else PREFLIGHT_WIDE
        pages = preflight_pages(checks, self._readers(), sound=sound, setting=setting, characters=characters)
        self._show_pages(pages, max(PREFLIGHT_ROWS, sum(fact.share for fact in pages.pages[0].facts)))

    def show_rules(self, rules: RulesShown) -> None:
        """What holds at this point."""
        room = RULES_TALL if self._measured.portrait else RULES_WIDE
        self._show_pages(rules_pages(rules, Texts(self.language), room), room.rows)

    # --- what the app asks for --------------------------------------------------------------------

    def show_trial(self, trial: TrialShown) -> None:
        """What another camera sees, before it is kept."""
        self.camera.show(trial)
        if self.current != "camera":
            self.turn_to("camera")

    def turn_to(self, name: str, colour: Rgba | None = None) -> None:
        """Show this screen."""
        # Clearing the window in the verdict's colour is free; a rectangle of that size takes 20 ms in software.
        Window.clearcolor = colour or self._measured.look.night
        if name != self.current:
            self.manager.get_screen(name).comes_up()
        self.manager.current = name
        # Even no transition keeps the old screen for one frame, under the new one: end it before anything is drawn.
        self.manager.transition.stop()

    def speak(self, language: str) -> None:
        """All screens in this language, at once."""
        self.language = language
        self.banner.speak(Texts(language))
        for screen in self._screens():
            screen.speak(Texts(language))
        self.show_camera(self.camera_state)

    def show_camera(self, state: CameraState | None) -> None:
        """How the camera stands, wherever its picture would be."""
        self.camera_state = state
        texts, has_scanner = Texts(self.language), self.heard.has_scanner(self.scanner())
        self.scan.camera_says, self.scan.is_calm = camera_said(state, texts, has_scanner=has_scanner or state is None)
        for screen in (self.enrol, self.camera):
            screen.ids.camera.message = camera_message(state, texts)
        told = camera_said(state, texts, "camera_else_badge", has_scanner=has_scanner)
        self.operator.ids.camera.message, self.operator.ids.camera.is_calm = told
        self.enrol.see(sees=sees_codes(state))
        if self.scan.sees != (sees := sees_codes(state)):
            self.scan.sees = sees
            self.refresh()
        self.refresh_status()

    def watch_scanner(self) -> None:
        """Often: a scanner that reads for the first time, or is pulled out, changes what is said of the camera."""
        if self._had_scanner is not (has := self.heard.has_scanner(self.scanner())):
            self._had_scanner = has
            self.show_camera(self.camera_state)

    def refresh_status(self) -> None:
        """The rows of the status screen."""
        status = None if self.session is None else self.session.desk.status
        if status is not None:
            texts = Texts(self.language)
            asked = None if self.session is None else self.session.exchanging.says
            is_unanswered = asked is not None and asked.tone is Tone.WARN
            told = facts(status, self._readers(), texts, is_unanswered=is_unanswered)
            self.status.refresh(asked or worst_line(told, texts) or sync_line(status, texts), told)

    def stay(self) -> None:
        """A touch: what is shown does not go away by itself any more."""
        self._left_s = 0.0

    def count_down(self, elapsed_s: float) -> None:
        """A verdict that has been shown long enough gives way to the camera."""
        if self._left_s <= 0 or self.current != "verdict":
            self.verdict.remaining = 0
            return
        self._left_s -= min(elapsed_s, TICK_S_MAX)
        self.verdict.remaining = max(0.0, self._left_s / self._advance_s)
        if self._left_s <= 0 and self.session is not None:
            self.session.go_on()

    def _show_banner(self, *, is_shown: bool) -> None:
        """Practice begins or ends: everything moves to make room, so nothing is where it was."""
        if is_shown != self.banner.is_shown:
            self.banner.is_shown = is_shown
            self.banner.comes_up()
            self.manager.current_screen.comes_up()

    def _show_pages(self, pages: Pages, rows: int) -> None:
        if self.current != "pages":
            self.pages_came_from = self.current
        self.pages.show(pages, rows)
        self.turn_to("pages")

    def _readers(self) -> ReadersShown:
        return ReadersShown(self.camera_state, self.scanner())

    def _setting(self) -> Setting:
        if self.session is None:
            raise RuntimeError("a list is shown before the kiosk has joined")
        return self.session.desk.setting()

    def _end_cue(self, _elapsed_s: float) -> None:
        self._set_cue("")

    def _set_cue(self, text: str) -> None:
        for screen in (self.scan, self.verdict, self.operator, self.ask, self.pin):
            screen.cue = text

    def _play(self, sound: Sound) -> None:
        if self.player is not None:
            self.player.play(sound)

    def _screens(self) -> tuple[KioskScreen, ...]:
        asking = (self.operator, self.pin, self.ask, self.pages, self.rows, self.camera)
        return (self.scan, self.verdict, self.status, self.code, self.enrol, *asking)
