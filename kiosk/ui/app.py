"""The Kivy app: opens the window, carries values between threads, screens and keys, and keeps time."""

from __future__ import annotations

from collections.abc import Callable

from kivy.app import App
from kivy.clock import Clock as KivyClock
from kivy.core.window import Window
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from msgspec.structs import replace

from common.clock import Clock
from common.decide import SUPERVISING
from common.decision import Direction
from kiosk.input.events import InputEvent, Scanned
from kiosk.machine.serial import serial_lines
from kiosk.shown import DeviceShown, EnrolmentOffer
from kiosk.store.folder import Folder
from kiosk.store.liking import Liking, write_liking
from kiosk.ui import theme
from kiosk.ui.cameras import Cameras, Chosen, Outcomes
from kiosk.ui.catalogue import Texts
from kiosk.ui.enrolling import Enrolling
from kiosk.ui.keys import TICK_S, KeyHook
from kiosk.ui.lamps import Lamps
from kiosk.ui.launch import ScreenSettings
from kiosk.ui.mishaps import watch
from kiosk.ui.people import Wanted
from kiosk.ui.picture import (
    Action,
    ChangeBaud,
    ChangeSetting,
    DropCamera,
    KeepCamera,
    OpenAllSettings,
    OpenCameras,
    OpenOperator,
    OpenScanners,
    OpenSettings,
    Shape,
    SpeakToGuest,
    TryCamera,
    UseScanner,
)
from kiosk.ui.player import Player
from kiosk.ui.ports import EnrolPort, StationPort
from kiosk.ui.presenter import failed_note
from kiosk.ui.readers import Readers
from kiosk.ui.rows import Rows
from kiosk.ui.scanners import Kept, Line, Scanners
from kiosk.ui.screens import keypad
from kiosk.ui.screens.base import load_layout
from kiosk.ui.session import Session
from kiosk.ui.settings import SetUp, changed, has_signed_in, may_change, may_set, own_rows, setting_rows, spoken
from kiosk.ui.shelf import Shelf
from kiosk.ui.stage import LAYOUTS, Stage
from kiosk.ui.status_words import open_losses
from kiosk.ui.views import BadgeAsked
from kiosk.ui.widgets import emblem_texture, load_rules, register_fonts

PREVIEW_S = 1 / 20  # smooth enough to aim by; in software each picture costs 20 ms of drawing
STATUS_S = 1.0
COUNTDOWN_S = 1 / 20
BANNER_HEIGHT = 70  # of the line over every screen in practice, at scale 1: the screens below are drawn smaller by it
TYPED_INTO = {"code", "enrol", "pin", "ask"}
WITH_CAMERA = {"scan", "enrol", "operator", "camera"}


class KioskApp(App):
    """One window of one kiosk. Implements the view of `enrolling`; its stage is the view of `session`."""

    kv_file = ""  # Kivy would load a file named after the class by itself
    u = NumericProperty(1.0)
    portrait = BooleanProperty(defaultvalue=False)
    directions = ObjectProperty(Direction)
    look = ObjectProperty(theme.DARK, rebind=True)  # every layout follows it at once

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
        self.look = theme.THEMES[self.liking.theme]
        self.readers = Readers(settings, clock, self._on_input, self._camera_changed)
        self.lamps = Lamps(settings.lights, self.deliver, self._show_lamps)
        self.shelf: Shelf | None = None
        self._set_up = SetUp(settings.camera, settings.language, Line(settings.serial, settings.baud))
        self._settings: Rows | None = None
        self._banner_height = 0

    def build(self) -> BoxLayout:
        """Make every screen once."""
        register_fonts()
        load_rules()
        keypad.register()
        for name in LAYOUTS:
            load_layout(name)
        Window.clearcolor = self.look.night
        self._measure()
        for shape in Shape:
            emblem_texture(shape)  # now, not when the first guest waits for it
        self.stage = Stage(self, self.settings.liking.language or self.settings.language)
        return self.stage.root

    def on_start(self) -> None:
        """Open camera and keys, and begin where the kiosk stands."""
        stage = self.stage
        stage.player = Player() if self.settings.sound else None
        self.lamps.start()
        if self.lamps.has_torch:
            stage.scan.build_torch(self.switch_torch)
        stage.scan.explain_light, stage.scan.choose_camera = self.explain_light, self.choose_camera
        self._apply_liking()
        if self.liking.brightness is not None:
            self.lamps.set_brightness(self.liking.brightness)
        stage.scan.build_languages(self.speak_to)
        stage.enrol.build_languages(self.speak_to)
        stage.operator.build_languages(self.speak_to)
        stage.verdict.build_languages(lambda language: self.act(SpeakToGuest(language)))
        stage.verdict.chosen = stage.pages.chosen = stage.rows.chosen = stage.camera.chosen = self.act
        stage.banner.chosen = self.act
        stage.banner.bind(is_shown=self._make_room)
        stage.verdict.stepper = self._step
        self.mishaps = watch(self._mishap)
        self._bind_window()
        outcomes = Outcomes(self._keep_camera, self.open_settings, self._camera_not_changed)
        chosen = Chosen(self.settings.camera, self.liking.camera)
        self.cameras = Cameras(self.readers, stage, self.clock, chosen, outcomes)
        self.cameras.open()
        kept = Kept(lambda: self.liking, self._like)
        self.scanners = Scanners(self.readers, stage, self._set_up.scanner, kept, serial_lines)
        self.scanners.open()
        stage.scanner = lambda: self.readers.scanner_state
        for period_s, job in ((PREVIEW_S, self._preview), (STATUS_S, self._tick), (COUNTDOWN_S, stage.count_down)):
            KivyClock.schedule_interval(job, period_s)
        if self.station is not None:
            self.joined(self.station)
        else:
            self._begin_enrolling()

    def on_stop(self) -> None:
        """End every thread."""
        self.readers.close()
        for part in (self.lamps, self.session, self.enrolling, self.shelf):
            if part is not None:
                part.stop()

    # --- what the enrol screen asks for -----------------------------------------------------------

    def show_note(self, text: str, *, trouble: bool) -> None:
        """A line under the fields."""
        self.stage.enrol.show_note(text, trouble=trouble)

    def show_offer(self, offer: EnrolmentOffer) -> None:
        """The thumbprint to compare."""
        self.stage.enrol.show_offer(offer)

    def joined(self, station: StationPort) -> None:
        """The kiosk has its station: begin to scan."""
        stage = self.stage
        self.session = Session(station, stage, self.deliver, self.clock, stage.language)
        stage.attend(self.session)
        self.shelf = Shelf(station.picture, self.deliver)
        stage.verdict.want = self.shelf.want
        self.shelf.start()
        self.speak(stage.language)
        stage.scan.refresh(self.session)
        stage.show_scanning()
        self.session.start(self.readers.forget, has_joined=self.enrolling is not None)

    # --- what touches ask for ---------------------------------------------------------------------

    def act(self, action: Action) -> None:
        """A button of a verdict or a list."""
        self.stage.stay()
        if self.session is not None:
            self.session.people.touched()
        if isinstance(action, ChangeSetting):
            self._change(action)
            return
        if isinstance(action, OpenSettings):
            self.open_settings()
            return
        if isinstance(action, OpenOperator):
            self.open_operator()
            return
        if isinstance(action, OpenAllSettings):
            self._want_to_set(self.open_settings, back=self.open_settings)
            return
        if isinstance(action, OpenScanners | UseScanner | ChangeBaud):
            self._choose_scanner(action)
            return
        if isinstance(action, OpenCameras | TryCamera | KeepCamera | DropCamera):
            self._choose_camera(action)
            return
        if self.session is not None:
            self.session.act(action)

    def show_scanning(self) -> None:
        """Back to the camera."""
        if self.session is not None:
            self.session.go_on()

    def leave_pages(self) -> None:
        """Back from a list to where it was opened."""
        if self.stage.pages_came_from == "status":
            self.open_status()
        else:
            self.show_scanning()

    def open_code(self) -> None:
        """Type a ticket code."""
        self.stage.code.begin()
        self.stage.turn_to("code")

    def open_status(self) -> None:
        """How the kiosk stands."""
        self.stage.refresh_status()
        self.stage.turn_to("status")

    def open_operator(self) -> None:
        """Who is at the kiosk."""
        self.stage.show_operator(BadgeAsked.NOT)

    def open_settings(self) -> None:
        """All for a supervisor's badge and PIN, two for whoever has signed in; without a badge, ask for one."""
        if self._may_change():
            texts = Texts(self.stage.language)
            has_brightness = self.lamps.has_brightness
            trouble = texts("light_failed") if self.lamps.trouble else ""  # why is told on the scan screen
            place = None if self.session is None else self.session.places.name
            losses = "" if self.session is None else open_losses(self.session.desk.status, texts)
            self._settings = setting_rows(
                self.liking,
                texts,
                self._set_up,
                has_brightness=has_brightness,
                trouble=trouble,
                place=place,
                losses=losses,
            )
            self.stage.show_rows(self._settings)
        elif has_signed_in(self._device()):
            self.stage.show_rows(own_rows(self.liking, Texts(self.stage.language)))
        else:
            self.stage.show_operator(BadgeAsked.TO_SET)

    def choose_camera(self) -> None:
        """What the scan screen says in place of a camera's picture was touched: another one, or none."""
        self._want_to_set(lambda: self.cameras.act(OpenCameras()), back=self.show_scanning)

    def _want_to_set(self, go_on: Callable[[], None], back: Callable[[], None]) -> None:
        """Something of the settings, once a supervisor's badge and PIN are there; anybody else is asked for one."""

        def set_it() -> None:
            if self.session is not None and self._may_change():
                self.session.people.want_nothing()
                go_on()
            else:
                self.stage.show_operator(BadgeAsked.TO_SET)

        if self.session is not None:
            self.session.people.want(Wanted(BadgeAsked.TO_SET, set_it, SUPERVISING, back=back))

    def switch_torch(self) -> None:
        """The lamp on or off."""
        self.lamps.switch_torch(on=not self.lamps.torch_on)

    def explain_light(self) -> None:
        """Why a light could not be switched."""
        if self.session is not None:
            setting = self.session.desk.setting()
            self.stage.show_picture(failed_note("light_failed", self.lamps.trouble_words(setting.texts), setting))
            self.lamps.forget_trouble()

    def speak_to(self, language: str) -> None:
        """A language was touched, by whoever is here: at once, and after a power cut too."""
        if self.session is not None:
            self.session.speak(language)
        else:
            self.speak(language)
        self._like(spoken(self.liking, language, self._set_up))

    def undo_last(self) -> None:
        """The last use, to be taken back."""
        if self.session is not None:
            self.session.open_last()

    def speak(self, language: str) -> None:
        """All screens in this language, at once."""
        if self.enrolling is not None:
            self.enrolling.texts = Texts(language)
        self.stage.speak(language)

    # --- keys of a hand ---------------------------------------------------------------------------

    def is_typed_into(self) -> bool:
        """Whether a screen with a field is shown."""
        return self.stage.current in TYPED_INTO

    def typed(self, char: str) -> None:
        """A character for the field that is shown."""
        if self.is_typed_into():
            self.stage.manager.current_screen.typed(char)

    def erased(self) -> None:
        """Backspace."""
        if self.is_typed_into():
            self.stage.manager.current_screen.erased()

    def entered(self) -> None:
        """Enter."""
        if self.is_typed_into():
            self.stage.manager.current_screen.entered()

    def deliver(self, job: Callable[[], None]) -> None:
        """Run a job on the screen's thread, in the next frame; from any thread."""
        KivyClock.schedule_once(lambda _: job(), 0)

    # --- settings ---------------------------------------------------------------------------------

    def _device(self) -> DeviceShown | None:
        return None if self.session is None else self.session.desk.device

    def _may_change(self) -> bool:
        return may_change(self._device())

    def _change(self, action: ChangeSetting) -> None:
        """One setting, at once and for every start to come."""
        before = self.liking
        if may_set(self._device(), action.name):
            self._like(changed(before, action.name))
            self._apply_liking()
            if self.liking.brightness is not None and self.liking.brightness != before.brightness:
                self.lamps.set_brightness(self.liking.brightness)
            if self.session is not None and self.liking.language != before.language:
                self.session.speak(self.liking.language or self.settings.language)
        self.open_settings()

    def _choose_camera(self, action: OpenCameras | TryCamera | KeepCamera | DropCamera) -> None:
        """Whoever may not change it any more is asked for badge and PIN, and the camera before reads again."""
        if self._may_change():
            self.cameras.act(action)
        else:
            self.open_settings()

    def _choose_scanner(self, action: OpenScanners | UseScanner | ChangeBaud) -> None:
        if self._may_change():
            self.scanners.act(action)
        else:
            self.open_settings()

    def _keep_camera(self, camera: str | None) -> None:
        self._like(replace(self.liking, camera=camera))

    def _like(self, liking: Liking) -> None:
        """Kept for every start to come, where it is another than before."""
        if liking != self.liking:
            write_liking(Folder(self.settings.folder), liking)
            self.liking = liking

    def _camera_not_changed(self, why: str) -> None:
        if self.session is not None:
            self.stage.show_picture(failed_note("camera_not_changed", why, self.session.desk.setting()))

    def _apply_liking(self) -> None:
        self.look = theme.THEMES[self.liking.theme]
        self.stage.scan.put_tools(self.liking.hand)
        if self.stage.player is not None:
            self.stage.player.set_volume(self.liking.volume)

    def _show_lamps(self) -> None:
        """Torch, brightness, or what went wrong with them; wherever it was touched."""
        scan, trouble = self.stage.scan, self.lamps.trouble
        scan.show_torch(on=self.lamps.torch_on)
        texts = Texts(self.stage.language)
        scan.light_trouble = texts.pair(texts("light_failed"), texts("light_reason")) if trouble else ""
        if self._settings is not None and self.stage.shows_rows(self._settings):
            self.open_settings()

    # --- threads, keys and time -------------------------------------------------------------------

    def _step(self, change: int) -> None:
        if self.session is not None:
            self.session.step(change)

    def _begin_enrolling(self) -> None:
        if self.enrol_port is None:
            raise RuntimeError("a kiosk needs a station or a way to enrol: pass one of them")
        self.enrolling = Enrolling(self.enrol_port, self, self.deliver)
        self.stage.enrol.enrolling = self.enrolling
        self.enrolling.start()
        self.speak(self.stage.language)
        self.stage.turn_to("enrol")

    def _on_input(self, event: InputEvent) -> None:
        """From the decoder's thread or the key hook."""
        self.stage.heard.hear(event)
        if self.cameras.takes(event):
            return
        if self.session is not None:
            self.session.on_input(event)
        elif self.enrolling is not None and isinstance(event, Scanned):
            self.enrolling.scanned(event.text)

    def _camera_changed(self) -> None:
        self.stage.show_camera(self.readers.camera_state)

    def _preview(self, _elapsed_s: float) -> None:
        self.readers.watch()
        self.stage.watch_scanner()
        self.cameras.tick()
        is_deciding = self.session is not None and self.session.is_deciding
        if self.stage.current not in WITH_CAMERA or is_deciding:
            return
        view = self.stage.manager.current_screen.ids.camera
        if not self.readers.has_picture():
            view.show(None)
        elif (preview := self.readers.newer_preview()) is not None:
            view.show(preview)

    def _tick(self, _elapsed_s: float) -> None:
        self.scanners.tick()
        if self.session is not None:
            self.session.ask_status()
            if self.stage.current == "pin":
                self.stage.pin.wait(self.session.people.pin_wait_s())

    def _mishap(self, failure: Exception) -> None:
        if self.session is not None:
            self.session.desk.failed(failure)

    def _install_settings_keys(self, _window: object) -> None:
        """Kivy's own are left out: F1 would open our settings wherever somebody is, before joining too."""

    def _bind_window(self) -> None:
        self.keys = KeyHook(self.clock, self._on_input, self, self.settings.framing)
        Window.bind(on_key_down=self._key_down, on_textinput=self._text_input, size=self._measure)
        KivyClock.schedule_interval(lambda _: self.keys.tick(), TICK_S)

    def _key_down(self, _window: object, _key: int, scancode: int, _text: str | None, modifiers: list[str]) -> bool:
        return self.keys.key_down(scancode, shift="shift" in modifiers)

    def _text_input(self, _window: object, text: str) -> bool:
        return self.keys.text_input(text)

    def _make_room(self, _banner: object, is_shown: bool) -> None:  # noqa: FBT001 - Kivy calls it
        self._banner_height = BANNER_HEIGHT if is_shown else 0
        self._measure()

    def _measure(self, *_: object) -> None:
        banner = self._banner_height * theme.scale(Window.width, Window.height)
        self.u = theme.scale(Window.width, Window.height - banner)
        self.portrait = Window.width < Window.height
