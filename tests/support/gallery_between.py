"""The gallery's walk through what is done between guests: joining, the camera, people, questions, lists, settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from common.decision import Direction, Reason
from common.reason_texts import reason_text
from kiosk.input.camera import CameraState, Condition
from kiosk.input.events import Scanned, Source
from kiosk.input.serial_port import ScannerState
from kiosk.machine.trouble import MachineWhy
from kiosk.not_done import Why
from kiosk.rules_here import NO_RULES
from kiosk.shown import (
    BadgeRefused,
    BadgeTrouble,
    EnrolmentOffer,
    FindTrouble,
    NamesHere,
    OperatorTaken,
    PinRefused,
    PinTrouble,
)
from kiosk.store.liking import Liking
from kiosk.sync.errors import SyncWhy
from kiosk.ui.asking import Form, code_form, find_form, place_form, questions_form, why_form
from kiosk.ui.cameras import Chosen, TrialShown, camera_name, camera_rows
from kiosk.ui.catalogue import Texts
from kiosk.ui.heard import Heard
from kiosk.ui.picture import Sound
from kiosk.ui.places import place_rows
from kiosk.ui.presenter import badge_words, failed_note, losses_note, moved_note, pin_words, present
from kiosk.ui.rows import find_trouble, found_picture, found_rows, names_elsewhere, shift_rows
from kiosk.ui.scanners import Line, scanner_rows
from kiosk.ui.settings import SetUp, own_rows, setting_rows
from kiosk.ui.status_words import StatusFact, Tone, open_losses
from kiosk.ui.variants import asking_of, variant_rows
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_lists import FOUND, PEOPLE, PLACES
from tests.support.fake_messages import MESSAGES, longest_news
from tests.support.fake_names import EVENT
from tests.support.fake_station import ANSWERS, CHECKS, HISTORY, NOW_MS, status_of
from tests.support.gallery_states import (
    DAMAGE,
    asked_variant,
    every_note,
    leaving_alone,
    preflights,
    scan_states,
    status_states,
)
from tests.support.gallery_walk import Topic, Walk
from tests.support.longest_texts import longest
from tests.support.sample_questions import QUESTIONS
from tests.support.sample_rules import RULES

FILLED = {
    "extras": "0,2",
    "club": "Motorkáři Horní Dolní",
    "kilometres": "1250",
    "born": "0607198",
    "back": "1430",
    "mail": "jana@",
}
CAMERAS = {
    "camera": CameraState(Condition.UNREADABLE, "http://192.168.1.20/stream"),
    "camera-lost": CameraState(Condition.LOST, "0"),
    "camera-file": CameraState(Condition.UNREADABLE, "/srv/rally/recordings/gate-north-2028-07-06.mjpeg"),
    "camera-starting": CameraState(Condition.STARTING, "0"),
    "camera-unread": CameraState(Condition.UNREAD, "http://192.168.1.20/stream"),
    "camera-none": None,
}
SCANNER_LINE = "/dev/serial/by-id/usb-Honeywell_1950g_Barcode_Scanner-if00"
SCANNERS = {
    name: ScannerState(SCANNER_LINE, is_open)
    for name, is_open in (("status", True), ("status-bad", False), ("preflight", False), ("preflight-good", True))
}
SCANNER_LINES = (SCANNER_LINE, "/dev/serial/by-id/usb-Datalogic_ADC_Inc._Magellan_1500i-if00")
SET_UP = SetUp("http://192.168.1.20:8080/stream-of-the-north-gate.mjpg", "de", Line(SCANNER_LINE, 9_600))


def longest_why(texts: Texts, key: str, whys: type[StrEnum]) -> str:
    """Of the words for these reasons the ones that need the most room."""
    return max((texts(f"{key}_{why}") for why in whys), key=len)


class StillPlayer:
    """A sound device that is there, and that nobody hears."""

    works = True
    volume = 100

    def play(self, sound: Sound) -> None:
        """Nothing is heard."""


class BetweenGuests(Walk):
    """Everything but answers."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """One after the other."""
        return (
            ("joining", self.joining),
            ("scanning", self.scanning),
            ("people", self.people),
            ("asking", self.asking),
            ("lists", self.lists),
            ("finding", self.finding),
        )

    def joining(self, language: str) -> Iterator[str]:
        screen = self.app.stage.enrol
        self.app.stage.turn_to("enrol")
        screen.address, screen.code, screen.at_code = "", "", False
        screen.show_note("", trouble=False)
        yield from self.shot("enrol-first")
        screen.address, screen.code, screen.at_code = "https://gates.rally.example.org", "GOOD-CODE", True
        screen.show_note(Texts(language)("enrol_bad_address"), trouble=True)
        yield from self.shot("enrol")
        texts = Texts(language)
        why = longest_why(texts, "sync_why", SyncWhy)
        screen.show_note(texts("enrol_failed", why=why), trouble=True)
        yield from self.shot("enrol-failed")
        screen.show_note(Texts(language)("enrol_asking"), trouble=False)
        yield from self.shot("enrol-asking")
        screen.show_offer(EnrolmentOffer(EVENT, "gate-7", bytes(range(100, 132)), must_compare=True))
        yield from self.shot("compare")
        screen.answer(same=False)

    def scanning(self, language: str) -> Iterator[str]:
        self.app.readers.frames.clear()
        self.app.stage.show_scanning()
        for name, state in CAMERAS.items():
            self.app.stage.show_camera(state)
            yield from self.shot(name)
        yield from self._by_scanner()
        self.app.readers.frames.put(self.frame())
        self.app.stage.show_camera(CameraState(Condition.OPEN, "0"))
        for stand in (False, True):
            self.stand_at(status_of(stand=stand, connected=stand))
            yield from self.shot("stand" if stand else "gate")
        yield from self._outwards()
        for cue in ("two_codes", "torn", "same_again", "busy", "undecided"):
            self.cue(Texts(language)(cue))
            yield from self.shot(f"cue-{cue}")
        self.no_cue()
        yield from self._torch(on=True)
        yield from self.shot("torch-on")
        yield from self._torch(on=False)
        self.app.lamps._say(MachineWhy.COMMAND)
        yield from self.shot("light-trouble")
        self.app.explain_light()
        yield from self.shot("light-explained")
        self.stand_at(replace(status_of(), unread=2, message=MESSAGES[0].text))
        self.app.stage.show_scanning()
        self.no_cue()
        yield from self.shot("message")
        self.stand_at(replace(status_of(), unread=2, message=MESSAGES[0].text, tells_conflicts=True))
        self.app.stage.show_scanning()
        yield from self.shot("message-news")
        for name, status in scan_states():
            self.stand_at(status)
            yield from self.shot(name)
        for name, status in status_states():
            self.plug(name)
            self.stand_at(status)
            self.app.open_status()
            yield from self.shot(name)
        self.plug("")
        yield from self._exchange()
        self.stand_at(status_of())
        self.app.open_code()
        for char in "5YD8MFE7K2QRTW3N9":
            self.app.typed(char)
        self.app.stage.code.note = Texts(language)("code_bad")
        yield from self.shot("code")

    def _by_scanner(self) -> Iterator[str]:
        """No camera reads, and nobody misses it: codes come from a scanner."""
        stage = self.app.stage
        stage.heard.hear(Scanned("8", Source.WEDGE, 0.0))
        stage.show_camera(CameraState(Condition.UNREADABLE, "0"))
        yield from self.shot("camera-by-scanner")
        stage.show_operator(BadgeAsked.TO_UNLOCK)
        yield from self.shot("operator-by-scanner")
        stage.heard = Heard()
        stage.show_scanning()

    def _outwards(self) -> Iterator[str]:
        """People are let out: where they come in too, where they only go, and where nobody stands."""
        at_stand, both = self.station.now, status_of(connected=True)
        self.stand_at(both)
        self.app.session.turn(Direction.OUT)
        yield from self.shot("gate-out")
        self.stand_at(leaving_alone(unattended=False))
        yield from self.shot("gate-only-out")
        self.stand_at(leaving_alone(unattended=True))
        yield from self.shot("unattended-out")
        self.app.session.turn(Direction.IN)
        self.stand_at(at_stand)

    def plug(self, name: str) -> None:
        """The serial scanner as it stands in this state: there, pulled out, or none set up."""
        state = SCANNERS.get(name)
        self.app.stage.scanner = lambda: state

    def _exchange(self) -> Iterator[str]:
        """Asked for: it runs, no server answers, or it does not work for another cause."""
        self.stand_at(status_of(connected=True))
        self.app.open_status()
        exchanging = self.app.session.exchanging
        texts = self.app.session.desk.texts
        for name, tone in (("running", Tone.QUIET), ("failed", Tone.WARN), ("troubled", Tone.WARN)):
            exchanging.says = StatusFact("", texts(f"exchange_{name}", trouble=texts("trouble")), tone)
            self.app.stage.refresh_status()
            yield from self.shot(f"status-exchange-{name}")
        exchanging.says = None

    def _torch(self, *, on: bool) -> Iterator[str]:
        """Touched, and switched by the thread beside the screen; a walk that waits for ever is ended by its test."""
        self.app.switch_torch()
        while self.app.stage.scan.torch.chosen is not on:
            yield "torch"

    def people(self, language: str) -> Iterator[str]:
        self.stand_at(
            replace(status_of(), device=replace(status_of().device, operator="Zdeňka Kratochvílová-Nováková"))
        )
        self.no_cue()
        for asked in BadgeAsked:
            self.app.stage.show_operator(asked)
            yield from self.shot(f"operator-{asked.value}")
        self.stand_at(replace(status_of(), device=replace(status_of().device, pin_good=True)))
        self.app.stage.show_operator(BadgeAsked.NOT)
        yield from self.shot("operator-pin-entered")
        self.stand_at(replace(status_of(), device=replace(status_of().device, operator=None, roles=())))
        self.app.stage.show_operator(BadgeAsked.NOT)
        yield from self.shot("operator-nobody")
        self.stand_at(status_of())
        self.app.readers.frames.clear()
        self.app.stage.show_operator(BadgeAsked.TO_UNLOCK)
        self.app.stage.show_camera(CameraState(Condition.UNREADABLE, "0"))
        self.app.readers.frames.put(self.frame())  # one that came late
        yield from self.shot("operator-blind")
        self.app.readers.frames.put(self.frame())
        self.app.stage.show_camera(CameraState(Condition.OPEN, "0"))
        self.app.stage.show_operator(BadgeAsked.TO_UNLOCK)
        self.cue(Texts(language)("not_a_badge"))
        yield from self.shot("operator-no-badge")
        self.no_cue()
        self.app.stage.show_operator(BadgeAsked.NOT)
        for name, answer in every_note():
            self.app.stage.show_picture(present(answer, self.setting(language)))
            yield from self.shot(name)
        refused = PinRefused(PinTrouble.RESTING, 0, 272, "")
        told = pin_words(refused, Texts(language))
        self.app.session.people.refused(refused)
        self.app.stage.show_pin(PinAsked("Zdeňka Kratochvílová-Nováková", told, asked=BadgeAsked.TO_FIND))
        for digit in "481516":
            self.app.typed(digit)
        yield from self.shot("pin")
        self.cue(self._badge_cue(language))
        yield from self.shot("pin-badge")
        self.app.session.people.rest_no_more()
        self.no_cue()

    def asking(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        form = questions_form(QUESTIONS, texts)
        form = replace(form, entered=tuple(FILLED.get(field.key, "") for field in form.fields))
        for at, field in enumerate(form.fields):
            self.app.stage.show_form(replace(form, at=at))
            yield from self.shot(f"ask-{field.key}")
        self.app.stage.show_form(self._why(texts))
        yield from self.shot("ask-why")
        self.cue(self._badge_cue(language))
        yield from self.shot("ask-why-badge")
        self.app.stage.show_form(form)
        yield from self.shot("ask-badge")
        self.no_cue()
        self.app.stage.show_picture(present(ANSWERS["unpaid"], self.setting(language)))
        self.cue(self._badge_cue(language))
        yield from self.shot("verdict-badge")
        self.no_cue()

    def _badge_cue(self, language: str) -> str:
        """The longest there is to say of a badge while something is asked."""
        name, texts = "Zdeňka Kratochvílová-Nová", Texts(language)
        told = [badge_words(BadgeRefused(name, why, ""), texts) for why in BadgeTrouble]
        taken = OperatorTaken(name, ("supervisor", "wild_hostess", "support"), before=name)
        return max([*told, badge_words(taken, texts)], key=len)

    def _why(self, texts: Texts) -> Form:
        form = why_form(Reason.NEEDS_SUPERVISOR, reason_text(Reason.ALREADY_INSIDE, texts.language).headline, texts)
        return form.chosen(texts("why_3"))

    def lists(self, language: str) -> Iterator[str]:
        stage = self.app.stage
        for name, history in (("history", HISTORY), ("history-none", ())):
            stage.show_history(history)
            yield from self.shot(name)
        news = (longest_news(),)
        for name, messages in (
            ("messages", MESSAGES),
            ("messages-news", news),
            ("message-read", MESSAGES[1:]),
            ("messages-none", ()),
        ):
            stage.show_messages(messages)
            yield from self.shot(name)
        for name, checks in (("preflight", CHECKS), *preflights()):
            stage.player = StillPlayer() if name == "preflight-good" else None
            self.plug(name)
            stage.show_preflight(checks)
            yield from self.shot(name)
        self.plug("")
        stage.player = None
        self.app.stage.show_rules(RULES)
        pages = self.app.stage.pages
        for at in range(len(pages.pages.pages)):
            yield from self.shot(f"rules-{at + 1}")
            pages.leaf(1)
        self.app.stage.show_rules(NO_RULES)
        yield from self.shot("rules-none")

    def finding(self, language: str) -> Iterator[str]:
        texts = Texts(language)
        self.stand_at(status_of())
        self.app.stage.scan.cue = ""
        self.app.session.only_look(on=True)
        self.app.stage.show_scanning()
        yield from self.shot("only-look")
        self.app.stage.show_picture(
            present(replace(ANSWERS["admit_holder"], info=True, entry=None), self.setting(language))
        )
        yield from self.shot("only-look-admit")
        self.app.session.only_look(on=False)
        for trouble in FindTrouble:
            self.app.stage.show_form(find_form(texts, find_trouble(trouble, texts), "Příhoda"))
            yield from self.shot(f"find-{trouble.value}")
        yield from self._elsewhere(texts)
        self.app.stage.show_form(find_form(texts))
        yield from self.shot("find-with-badge")
        for name, note in (("find", texts("find_needs")), ("find-not-yet", find_trouble(FindTrouble.NOT_YET, texts))):
            self.app.stage.show_form(find_form(texts, note))
            yield from self.shot(name)
        list_of = texts.when(DAMAGE.found_ms, "Europe/Prague", NOW_MS)
        for name, found, since in (("found", FOUND, 0), ("found-none", (), 0), ("found-none-since", (), 12_345)):
            self.app.stage.show_rows(found_rows("Příhoda", found, texts, list_of, since))
            yield from self.shot(name)
        for at in range(3):
            self.app.stage.show_picture(found_picture(FOUND[at], texts))
            yield from self.shot(f"found-{at}")
        for name, people in (("shift", PEOPLE), ("shift-none", ())):
            self.app.stage.show_rows(shift_rows(people, "Jana", texts))
            yield from self.shot(name)

        self.app.stage.show_rows(setting_rows(Liking(camera="", language="pl"), texts, SET_UP, has_brightness=True))
        yield from self.shot("settings")
        self.app.stage.show_rows(own_rows(Liking(theme="sunlight"), texts))
        yield from self.shot("settings-own")
        liking, place = Liking(camera="", language="pl"), texts.name(longest("stand")[0])
        damaged = open_losses(replace(status_of(), damage=DAMAGE), texts)
        told = {
            "trouble": texts("light_failed"),
            "place": place,
            "losses": damaged,
        }
        rows = setting_rows(liking, texts, SET_UP, has_brightness=True, **told)
        self.app.stage.show_rows(rows)
        yield from self.shot("settings-light-trouble")
        for name, why in (
            ("damage-gone-on", ""),
            ("damage-not-gone-on", longest_why(texts, "not_done", Why)),
        ):
            self.app.stage.show_picture(losses_note(why, self.setting(language)))
            yield from self.shot(name)
        yield from self._cameras(texts)
        yield from self._places(texts)
        self.app.stage.scan.put_tools("left")
        self.app.stage.show_scanning()
        yield from self.shot("left-hand")
        self.app.stage.scan.put_tools("right")

    def _elsewhere(self, texts: Texts) -> Iterator[str]:
        """No names to be found here: why, and who looks them up."""
        point = status_of().point
        assert point is not None
        for names_here, where in zip(list(NamesHere)[1:], (longest("stand", 3), (EVENT,), ()), strict=True):
            told = replace(point, names_here=names_here, found_at=tuple(where))
            self.app.stage.show_picture(names_elsewhere(told, texts))
            yield from self.shot(f"find-names-{names_here}")
        self.app.stage.show_form(code_form(texts))
        yield from self.shot("find-names-code")

    def _cameras(self, texts: Texts) -> Iterator[str]:
        """Another camera: chosen, tried before and after it has read something, none at all, and not kept."""
        stage = self.app.stage
        stage.show_rows(setting_rows(Liking(), texts, SET_UP))
        yield from self.shot("settings-as-set-up")
        stage.show_rows(camera_rows(Chosen(SET_UP.camera, "1"), texts))
        yield from self.shot("cameras")
        for name, state in (("works", True), ("gone", False)):
            liked, line = Liking(serial=SCANNER_LINE, baud=115_200), Line("/dev/ttyACM0", 9_600)
            stage.show_rows(scanner_rows(liked, line, SCANNER_LINES, ScannerState(SCANNER_LINE, state), texts))
            yield from self.shot(f"scanners-{name}")
        name, left = camera_name(SET_UP.camera, texts), texts("camera_try_left", n=27)
        title, keep = texts("camera_try"), texts("camera_keep")
        unread = TrialShown(title, name, texts("camera_try_what"), texts("camera_try_unread"), False, left, keep, False)
        read = replace(unread, read=texts("camera_try_read"), is_read=True, may_keep=True)
        title, keep = texts("camera_try_none"), texts("camera_keep_none")
        none = TrialShown(title, camera_name(None, texts), texts("camera_try_off"), "", False, left, keep, True)
        for name, trial in (("unread", unread), ("read", read)):
            stage.show_trial(trial)
            yield from self.shot(f"camera-try-{name}")
        self.app.readers.frames.clear()
        stage.show_camera(None)
        stage.camera.ids.camera.show(None)
        stage.show_trial(none)
        yield from self.shot("camera-try-none")
        self.app.readers.frames.put(self.frame())
        stage.show_camera(CameraState(Condition.OPEN, "0"))
        for why in (texts("camera_unreadable", source="2"), texts("camera_not_kept")):
            stage.show_picture(failed_note("camera_not_changed", why, self.setting(texts.language)))
            yield from self.shot("camera-back")

    def _places(self, texts: Texts) -> Iterator[str]:
        """Moving the kiosk: which point, found by a part of its name, done and refused."""
        for name, places in (("places", PLACES), ("places-none", ())):
            self.app.stage.show_rows(place_rows(places, "", texts))
            yield from self.shot(name)
        self.app.stage.show_form(place_form(texts))
        yield from self.shot("place-find")
        setting = self.setting(texts.language)
        self.app.stage.show_picture(moved_note("", texts.name(longest("stand")[0]), setting))
        yield from self.shot("moved")
        trouble = longest_why(texts, "not_done", Why)
        self.app.stage.show_picture(moved_note(trouble, "", setting))
        yield from self.shot("move-failed")
        asking = asking_of(asked_variant(), texts)
        assert asking is not None
        self.app.stage.show_rows(variant_rows(asking, texts))
        yield from self.shot("variants")
        self.app.stage.show_picture(failed_note("variant_failed", longest_why(texts, "not_done", Why), setting))
        yield from self.shot("variant-failed")
