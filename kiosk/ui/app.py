"""The Kivy app: builds the screens, carries values between threads and screen, and keeps time."""

from __future__ import annotations

from collections.abc import Callable

from kivy.app import App
from kivy.clock import Clock as KivyClock
from kivy.core.window import Window
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.screenmanager import NoTransition, ScreenManager

from common.clock import Clock
from common.decision import Direction
from kiosk.input.camera import CameraState, Grabber
from kiosk.input.capture import Cv2Source
from kiosk.input.decoder import Decoder
from kiosk.input.events import InputEvent, Scanned
from kiosk.input.frames import NewestFrame, to_preview
from kiosk.input.serial_port import SerialPort
from kiosk.shown import Check, EnrolmentOffer, HistoryRow, MessageShown
from kiosk.store.folder import Folder
from kiosk.store.liking import write_liking
from kiosk.ui import theme
from kiosk.ui.asking import Form
from kiosk.ui.catalogue import Texts
from kiosk.ui.enrolling import Enrolling
from kiosk.ui.keys import TICK_S, KeyHook
from kiosk.ui.launch import ScreenSettings
from kiosk.ui.mishaps import watch
from kiosk.ui.pages import Pages, history_pages, messages_pages, preflight_pages
from kiosk.ui.picture import Action, ChangeSetting, Picture, Shape, Sound
from kiosk.ui.player import Player
from kiosk.ui.ports import EnrolPort, StationPort
from kiosk.ui.presenter import Setting
from kiosk.ui.rows import Rows
from kiosk.ui.screens import keypad
from kiosk.ui.screens.ask import AskScreen
from kiosk.ui.screens.base import KioskScreen, load_layout
from kiosk.ui.screens.code import CodeScreen
from kiosk.ui.screens.enrol import EnrolScreen
from kiosk.ui.screens.operator import OperatorScreen
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.screens.pin import PinScreen
from kiosk.ui.screens.rows import RowsScreen
from kiosk.ui.screens.scan import CUE_S, ScanScreen
from kiosk.ui.screens.status import StatusScreen
from kiosk.ui.screens.verdict import VerdictScreen
from kiosk.ui.session import Session
from kiosk.ui.settings import changed, may_change, setting_rows
from kiosk.ui.shelf import Shelf
from kiosk.ui.status_words import camera_message, facts, sync_line
from kiosk.ui.views import BadgeAsked, PinAsked
from kiosk.ui.widgets import emblem_texture, load_rules, register_fonts

PREVIEW_S = 1 / 20  # smooth enough to aim by; in software each picture costs 20 ms of drawing
STATUS_S = 1.0
COUNTDOWN_S = 1 / 20
LAYOUTS = ("code", "scan", "verdict", "status", "enrol", "operator", "pin", "ask", "pages", "rows")
TYPED_INTO = {"code", "enrol", "pin", "ask"}
WITH_CAMERA = {"scan", "enrol", "operator"}
HISTORY_ROWS_WIDE = 9
HISTORY_ROWS_TALL = 16
PREFLIGHT_ROWS = 9
ROWS_WIDE, ROWS_WIDE_COLUMNS = 6, 2
ROWS_TALL, ROWS_TALL_COLUMNS = 5, 1
CHOICES_PER_ROW_WIDE = 4
CHOICES_PER_ROW_TALL = 2


class KioskApp(App):
    """One window of one kiosk. Implements the views of `session` and `enrolling`."""

    kv_file = ""  # Kivy would load a file named after the class by itself
    u = NumericProperty(1.0)
    portrait = BooleanProperty(defaultvalue=False)
    directions = ObjectProperty(Direction)

    def __init__(
        self,
        settings: ScreenSettings,
        clock: Clock,
        station: StationPort | None,
        enrol_port: EnrolPort | None,
    ) -> None:
        """Keep the parts; nothing is opened before `run`."""
        super().__init__()
        self.settings, self.clock = settings, clock
        self.station, self.enrol_port = station, enrol_port
        self.session: Session | None = None
        self.enrolling: Enrolling | None = None
        self.liking = settings.liking
        self.language = settings.liking.language or settings.language
        self.camera_state: CameraState | None = None
        self.frames = NewestFrame()
        self.grabber: Grabber | None = None
        self.decoder: Decoder | None = None
        self.scanner: SerialPort | None = None
        self.player: Player | None = None
        self.shelf: Shelf | None = None
        self._preview_number = 0
        self._advance_s = self._left_s = 0.0

    def build(self) -> ScreenManager:
        """Make every screen once."""
        register_fonts()
        load_rules()
        keypad.register()
        for name in LAYOUTS:
            load_layout(name)
        Window.clearcolor = theme.NIGHT
        self._measure()
        self.scan_screen, self.verdict = ScanScreen(name="scan"), VerdictScreen(name="verdict")
        self.status_screen, self.code = StatusScreen(name="status"), CodeScreen(name="code")
        self.enrol, self.operator = EnrolScreen(name="enrol"), OperatorScreen(name="operator")
        self.pin, self.ask, self.pages = PinScreen(name="pin"), AskScreen(name="ask"), PagesScreen(name="pages")
        self.rows = RowsScreen(name="rows")
        self.manager = ScreenManager(transition=NoTransition())
        for shape in Shape:
            emblem_texture(shape)  # now, not when the first guest waits for it
        for screen in self._screens():
            self.manager.add_widget(screen)
        return self.manager

    def on_start(self) -> None:
        """Open camera and keys, and begin where the kiosk stands."""
        self.player = Player() if self.settings.sound else None
        self._apply_liking()
        self.scan_screen.build_languages(self.speak_to)
        self.enrol.build_languages(self.speak)
        self.operator.build_languages(self.speak_to)
        self.verdict.chosen = self.pages.chosen = self.rows.chosen = self.act
        self.verdict.stepper = self._step
        self.mishaps = watch(self._mishap)
        self._bind_window()
        self._open_camera()
        self._open_scanner()
        for period_s, job in ((PREVIEW_S, self._preview), (STATUS_S, self._tick), (COUNTDOWN_S, self._count_down)):
            KivyClock.schedule_interval(job, period_s)
        if self.station is not None:
            self.joined(self.station)
        else:
            self._begin_enrolling()

    def on_stop(self) -> None:
        """End every thread; a thread left inside OpenCV would abort the program."""
        for part in (self.decoder, self.grabber, self.scanner, self.session, self.enrolling, self.shelf):
            if part is not None:
                part.stop()

    # What the session asks for.

    def show_picture(self, picture: Picture) -> None:
        """A verdict, at once and with its sound."""
        per_row = CHOICES_PER_ROW_TALL if self.portrait else CHOICES_PER_ROW_WIDE
        self.verdict.show(picture, self.u, per_row, "center" if self.portrait else "left")
        self._turn_to("verdict", theme.VERDICT[picture.colour])
        self._advance_s = self._left_s = picture.auto_advance_s or 0.0
        self._play(picture.sound)

    def show_scanning(self) -> None:
        """Back to the camera."""
        self._left_s = 0.0
        self._turn_to("scan")

    def show_cue(self, text: str) -> None:
        """A line for a moment, on the scan and verdict screens alike."""
        self.scan_screen.cue = self.verdict.cue = text
        KivyClock.unschedule(self._end_cue)
        KivyClock.schedule_once(self._end_cue, CUE_S)
        self._play(Sound.CUE)

    def refresh(self) -> None:
        """Language, selection or status changed."""
        if self.session is None:
            return
        if self.session.selection.language != self.language:
            self.speak(self.session.selection.language)
        self.scan_screen.refresh(self.session)
        self.verdict.show_quantity(self.session.ask_quantity)
        self._refresh_status()

    def show_operator(self, asked: BadgeAsked) -> None:
        """Who is here, or that a badge is wanted; locked, nothing of the last guest stays."""
        if asked is BadgeAsked.TO_UNLOCK:
            self.verdict.forget()
        status = self.session.status if self.session is not None else None
        self.operator.show(asked, status.device if status is not None else None)
        self._turn_to("operator")

    def show_pin(self, asked: PinAsked) -> None:
        """The keypad, empty."""
        self.pin.show(asked)
        self._turn_to("pin")

    def show_form(self, form: Form) -> None:
        """Questions, or why something is allowed."""
        self.ask.show(form)
        self._turn_to("ask")

    def show_rows(self, rows: Rows) -> None:
        """A list to touch."""
        wide, tall = (ROWS_WIDE, ROWS_WIDE_COLUMNS), (ROWS_TALL, ROWS_TALL_COLUMNS)
        self.rows.show(rows, *(tall if self.portrait else wide))
        self._turn_to("rows")

    def forget_found(self) -> None:
        """What was found leaves the screens; a verdict that is shown stays."""
        self.rows.forget()
        self.ask.forget()

    def show_history(self, rows: tuple[HistoryRow, ...]) -> None:
        """The last own entries."""
        per_page = HISTORY_ROWS_TALL if self.portrait else HISTORY_ROWS_WIDE
        self._show_pages(history_pages(rows, self._setting(), per_page), per_page)

    def show_messages(self, messages: tuple[MessageShown, ...]) -> None:
        """What the control room said."""
        self._show_pages(messages_pages(messages, self._setting()), 1)

    def show_preflight(self, checks: tuple[Check, ...]) -> None:
        """The check before doors, with camera and sound; the sound is played, so that it can be heard."""
        sound = None if self.player is None else self.player.works
        self._play(Sound.ADMIT)
        pages = preflight_pages(checks, self.camera_state, sound=sound, setting=self._setting())
        self._show_pages(pages, PREFLIGHT_ROWS)

    # What the enrol screen asks for.

    def show_note(self, text: str, *, trouble: bool) -> None:
        """A line under the fields."""
        self.enrol.show_note(text, trouble=trouble)

    def show_offer(self, offer: EnrolmentOffer) -> None:
        """The thumbprint to compare."""
        self.enrol.show_offer(offer)

    def joined(self, station: StationPort) -> None:
        """The kiosk has its station: begin to scan."""
        self.session = Session(station, self, self.deliver, self.clock, self.language)
        for screen in (self.scan_screen, self.code, self.status_screen, self.operator, self.pin, self.ask, self.rows):
            screen.session = self.session
        self.shelf = Shelf(station.picture, self.deliver)
        self.verdict.want = self.shelf.want
        self.shelf.start()
        self.speak(self.language)
        self.scan_screen.refresh(self.session)
        self.session.start(self._forget)
        self.show_scanning()

    # What touches ask for.

    def act(self, action: Action) -> None:
        """A button of a verdict or a list."""
        self._left_s = 0.0
        if isinstance(action, ChangeSetting):
            self._change(action)
            return
        if self.session is not None:
            self.session.act(action)

    def open_code(self) -> None:
        """Type a ticket code."""
        self.code.begin()
        self._turn_to("code")

    def open_status(self) -> None:
        """How the kiosk stands."""
        self._refresh_status()
        self._turn_to("status")

    def open_operator(self) -> None:
        """Who is at the kiosk."""
        self.show_operator(BadgeAsked.NOT)

    def open_settings(self) -> None:
        """For a supervisor's badge and PIN; without them, ask for them."""
        if self._may_change():
            self.show_rows(setting_rows(self.liking, Texts(self.language)))
        else:
            self.show_operator(BadgeAsked.TO_SET)

    def speak_to(self, language: str) -> None:
        """A language was touched where the session may not be there yet."""
        if self.session is not None:
            self.session.speak(language)

    def undo_last(self) -> None:
        """Take the last entry back."""
        if self.session is not None and self.session.last_entry is not None:
            self.session.undo(self.session.last_entry)

    def speak(self, language: str) -> None:
        """All screens in this language, at once."""
        self.language = language
        texts = Texts(language)
        if self.enrolling is not None:
            self.enrolling.texts = texts
        for screen in self._screens():
            screen.speak(texts)
        self._show_camera_message()

    # Keys of a hand.

    def typed(self, char: str) -> None:
        """A character for the field that is shown."""
        if self.manager.current in TYPED_INTO:
            self.manager.current_screen.typed(char)

    def erased(self) -> None:
        """Backspace."""
        if self.manager.current in TYPED_INTO:
            self.manager.current_screen.erased()

    def entered(self) -> None:
        """Enter."""
        if self.manager.current in TYPED_INTO:
            self.manager.current_screen.entered()

    def deliver(self, job: Callable[[], None]) -> None:
        """Run a job on the screen's thread, in the next frame; from any thread."""
        KivyClock.schedule_once(lambda _: job(), 0)

    def _turn_to(self, name: str, colour: theme.Rgba = theme.NIGHT) -> None:
        # Clearing the window in the verdict's colour is free; a rectangle of that size takes 20 ms in software.
        Window.clearcolor = colour
        self.manager.current = name
        # Even no transition keeps the old screen for one frame, under the new one: end it before anything is drawn.
        self.manager.transition.stop()

    def _show_pages(self, pages: Pages, rows: int) -> None:
        self.pages.show(pages, rows)
        self._turn_to("pages")

    def _setting(self) -> Setting:
        if self.session is None:
            raise RuntimeError("a list is shown before the kiosk has joined")
        return self.session.setting()

    def _may_change(self) -> bool:
        status = self.session.status if self.session is not None else None
        return may_change(None if status is None else status.device)

    def _change(self, action: ChangeSetting) -> None:
        """One setting, at once and for every start to come."""
        before = self.liking
        if self._may_change():
            self.liking = changed(before, action.name)
            write_liking(Folder(self.settings.folder), self.liking)
            self._apply_liking()
            if self.liking.camera != before.camera:
                self._close_camera()
                self._open_camera()
            language = self.liking.language
            if self.session is not None and language is not None and language != before.language:
                self.session.speak(language)
        self.open_settings()

    def _apply_liking(self) -> None:
        self.scan_screen.put_tools(self.liking.hand)
        if self.player is not None:
            self.player.set_volume(self.liking.volume)

    def _step(self, change: int) -> None:
        if self.session is not None:
            self.session.step(change)

    def _screens(self) -> tuple[KioskScreen, ...]:
        asking = (self.operator, self.pin, self.ask, self.pages, self.rows)
        return (self.scan_screen, self.verdict, self.status_screen, self.code, self.enrol, *asking)

    def _begin_enrolling(self) -> None:
        if self.enrol_port is None:
            raise RuntimeError("a kiosk needs a station or a way to enrol: pass one of them")
        self.enrolling = Enrolling(self.enrol_port, self, self.deliver)
        self.enrol.enrolling = self.enrolling
        self.enrolling.start()
        self.speak(self.language)
        self._turn_to("enrol")

    def _on_input(self, event: InputEvent) -> None:
        """From the decoder's thread or the key hook."""
        if self.session is not None:
            self.session.on_input(event)
        elif self.enrolling is not None and isinstance(event, Scanned):
            self.enrolling.scanned(event.text)

    def _open_camera(self) -> None:
        camera = self.settings.camera if self.liking.camera is None else self.liking.camera or None
        if camera is None:
            self._show_camera_message()
            return
        source = Cv2Source(camera, self.clock)
        self.grabber = Grabber(source, self.frames, self.clock, self._camera_changed)
        self.decoder = Decoder(self.frames, self.clock, self._on_input)
        self.grabber.start()
        self.decoder.start()

    def _open_scanner(self) -> None:
        if self.settings.serial:
            settings = self.settings
            self.scanner = SerialPort(settings.serial, settings.baud, self.clock, self._on_input, settings.framing)
            self.scanner.start()

    def _close_camera(self) -> None:
        for part in (self.decoder, self.grabber):
            if part is not None:
                part.stop()
        self.decoder = self.grabber = self.camera_state = None
        self.frames.clear()

    def _camera_changed(self, state: CameraState) -> None:
        self.camera_state = state
        self.deliver(self._show_camera_message)

    def _show_camera_message(self) -> None:
        message = camera_message(self.camera_state, Texts(self.language))
        for screen in (self.scan_screen, self.enrol, self.operator):
            screen.ids.camera.message = message
        self._refresh_status()

    def _preview(self, _elapsed_s: float) -> None:
        is_deciding = self.session is not None and self.session.is_deciding
        if self.manager.current not in WITH_CAMERA or is_deciding:
            return
        view, frame = self.manager.current_screen.ids.camera, self.frames.peek()
        if frame is None:
            view.show(None)
        elif frame.number != self._preview_number:
            self._preview_number = frame.number
            view.show(to_preview(frame.image, mirrored=self.settings.mirrored))

    def _refresh_status(self) -> None:
        if self.session is not None and self.session.status is not None:
            status, texts = self.session.status, Texts(self.language)
            self.status_screen.refresh(sync_line(status, texts), facts(status, self.camera_state, texts))

    def _tick(self, _elapsed_s: float) -> None:
        if self.session is not None:
            self.session.ask_status()
            if self.manager.current == "pin":
                self.pin.wait(self.session.pin_wait_s())

    def _count_down(self, elapsed_s: float) -> None:
        if self._left_s <= 0 or self.manager.current != "verdict":
            self.verdict.remaining = 0
            return
        self._left_s -= elapsed_s
        self.verdict.remaining = max(0.0, self._left_s / self._advance_s)
        if self._left_s <= 0 and self.session is not None:
            self.session.go_on()

    def _end_cue(self, _elapsed_s: float) -> None:
        self.scan_screen.cue = self.verdict.cue = ""

    def _mishap(self, failure: Exception) -> None:
        if self.session is not None:
            self.session.failed(failure)

    def _forget(self) -> None:
        if self.decoder is not None:
            self.decoder.forget()

    def _play(self, sound: Sound) -> None:
        if self.player is not None:
            self.player.play(sound)

    def _bind_window(self) -> None:
        self.keys = KeyHook(self.clock, self._on_input, self, self.settings.framing)
        Window.bind(on_key_down=self._key_down, on_textinput=self._text_input, size=self._measure)
        KivyClock.schedule_interval(lambda _: self.keys.tick(), TICK_S)

    def _key_down(self, _window: object, _key: int, scancode: int, _text: str | None, modifiers: list[str]) -> bool:
        return self.keys.key_down(scancode, shift="shift" in modifiers)

    def _text_input(self, _window: object, text: str) -> bool:
        return self.keys.text_input(text)

    def _measure(self, *_: object) -> None:
        self.u = theme.scale(Window.width, Window.height)
        self.portrait = Window.width < Window.height
