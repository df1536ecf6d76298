"""The gallery's walk through answers: every verdict, reason and fault, a turnstile's news, and practice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from common.decision import Direction, Outcome, Reason, Request, Verdict
from common.rules import PointKind
from kiosk.practice.samples import Sample, text_of
from kiosk.practice.station import PracticeStation
from kiosk.shown import GateNews, GateOutcome, RealInPractice, Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.gate import news_picture
from kiosk.ui.leafing import CHOICES_PER_PAGE
from kiosk.ui.picture import Cue, Picture
from kiosk.ui.practising import sample_rows
from kiosk.ui.presenter import present, told_to_guest
from kiosk.ui.telling import Setting
from kiosk.ui.variants import asking_of, variant_rows
from tests.support.fake_names import AGE_CHECK
from tests.support.fake_station import ANSWERS, NOW_MS, REF, at_a_turnstile, status_of
from tests.support.gallery_states import REAL_CHOICES, every_reason, just_used, parties, real_names
from tests.support.gallery_walk import Topic, Walk

REAL_SIZES = (
    "sizes",
    "real-sizes",
    "real-sizes-unknown",
    "real-sizes-unlisted",
    "real-sizes-noted",
    "real-sizes-which",
    "real-sizes-which-few",
    "real-sizes-which-list",
    "real-sizes-either",
    "real-sizes-either-some",
    "real-choose-sizes",
    "last-sizes",
    "just-handed",
)
AT_A_STAND = {
    "hand_out",
    "used_here",
    "choose",
    "choose_many",
    "party",
    "too_many",
    "reason-choose",
    "real-hand-out",
    "real-kept",
    "real-note",
    "real-all-at-once",
    *REAL_SIZES,
    *REAL_CHOICES,
}
GATE_NEWS = tuple(
    (outcome, annulled) for outcome in (GateOutcome.NOBODY, GateOutcome.FAILED) for annulled in (True, False)
)
PRACTISED = ("admit_holder", "choose", "used")  # with the longest there is to say
UNATTENDED = ("admit_holder", "used", "foreign", "fault")
LOOKED_AT = ("admit_holder", "choose", "used", "wrong_point")


class Answered(Walk):
    """Full-screen answers, as the presenter makes them."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """One after the other."""
        return (
            ("verdicts", self.verdicts),
            ("reasons", self.reasons),
            ("turnstile", self.turnstile),
            ("practice", self.practice),
        )

    def verdicts(self, language: str) -> Iterator[str]:
        for name, shown in ANSWERS.items():
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            picture = present(shown, replace(self.setting(language), kind=kind))
            self.app.session.desk.picture = picture
            self.app.stage.show_picture(picture)
            self.app.stage.verdict.show_quantity(picture.quantity_first or min(2, picture.quantity_most or 1))
            yield from self.shot(f"verdict-{name}")
        for name, asked in self._asked_again(language):
            self.app.stage.show_picture(asked)
            yield from self.shot(name)
        for name in ("admit", "too_many", "used", "admit_holder"):
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            self.app.stage.show_picture(present(ANSWERS[name], replace(self.setting(language), kind=kind)))
            for cue, about in (("same_again", Cue.ANSWERED), ("undecided", Cue.CODE)):
                self.cue(Texts(language)(cue), about)
                yield from self.shot(f"verdict-{cue}-{name}")
        self.no_cue()
        for name in LOOKED_AT:
            self.app.stage.show_picture(present(replace(ANSWERS[name], info=True), self.setting(language)))
            yield from self.shot(f"looked-{name}")

    def _asked_again(self, language: str) -> Iterator[tuple[str, Picture]]:
        """What a supervisor may allow, an override that was not taken, and what an entrance without staff shows."""
        setting = self.setting(language)
        yield "verdict-used-supervised", present(ANSWERS["used"], replace(setting, roles=("supervisor",)))
        yield "verdict-guest", told_to_guest(ANSWERS["used"], "de" if language != "de" else "fr", setting)
        yield from self._refused_elsewhere(setting)
        yield "verdict-not-allowed", present(ANSWERS["unpaid"], replace(setting, overriding=Reason.UNPAID))
        alone = replace(setting, unattended=True)
        for name in UNATTENDED:
            yield f"unattended-{name}", present(ANSWERS[name], alone)
        asked = ANSWERS["confirm"]
        assert isinstance(asked.verdict, Verdict)
        leaving = replace(asked, verdict=replace(asked.verdict, direction=Direction.OUT), attention=AGE_CHECK)
        yield "verdict-asks-out", present(leaving, setting)
        refused = replace(asked, verdict=replace(asked.verdict, outcome=Outcome.REFUSE))
        yield "unattended-confirm", present(refused, alone)
        yield "verdict-admit-again", present(ANSWERS["admit"], setting)

    def _refused_elsewhere(self, setting: Setting) -> Iterator[tuple[str, Picture]]:
        """At an exit and at a stand, to staff, to the guest, and where nobody stands."""
        guests = "de" if setting.texts.language != "de" else "fr"
        used = ANSWERS["used"]
        assert isinstance(used.verdict, Verdict)
        leaving = replace(used, verdict=replace(used.verdict, direction=Direction.OUT))
        for where, shown, kind in (("exit", leaving, PointKind.GATE), ("stand", used, PointKind.STAND)):
            here = replace(setting, kind=kind)
            yield f"verdict-refused-{where}", present(shown, here)
            yield f"verdict-refused-{where}-guest", told_to_guest(shown, guests, here)
            yield f"unattended-refused-{where}", present(shown, replace(here, unattended=True))

    def reasons(self, language: str) -> Iterator[str]:
        """Every reason and fault in its own words, and the longest names of a real event."""
        setting = self.setting(language)
        for name, shown in (*every_reason(), *real_names(), *parties(), *just_used()):
            kind = PointKind.STAND if name in AT_A_STAND else PointKind.GATE
            list_ms = NOW_MS - 26 * 3_600_000 if name == "real-sizes-unlisted" else None
            picture = present(shown, replace(setting, kind=kind, list_ms=list_ms))
            self.app.stage.show_picture(picture)
            self.app.stage.verdict.show_quantity(picture.quantity_first or 1)
            yield from self.shot(name)
            if name == "real-note":
                self.app.stage.verdict.open_note()
                yield from self.shot(f"{name}-whole")
            if len(shown.choices) > CHOICES_PER_PAGE:
                self.app.stage.verdict.ids.buttons.children[0].dispatch("on_release")  # the last: more items
                yield from self.shot(f"{name}-more")

    def turnstile(self, language: str) -> Iterator[str]:
        setting = Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE, unattended=True)
        for outcome, annulled in GATE_NEWS:
            picture = news_picture(GateNews(REF, outcome, annulled), setting)
            assert picture is not None
            self.app.stage.show_picture(picture)
            yield from self.shot(f"turnstile-{outcome}-{'annulled' if annulled else 'stands'}")
        self.stand_at(at_a_turnstile())
        self.app.stage.show_scanning()
        self.cue(Texts(language)("gate_busy"))
        yield from self.shot("turnstile-busy")
        self.no_cue()
        self.stand_at(status_of())

    def practice(self, language: str) -> Iterator[str]:
        """The line over a screen of each kind: camera, list, verdict with much to read, keys, the neutral answer."""
        texts, stage = Texts(language), self.app.stage
        setting = Setting(texts, "Europe/Prague", NOW_MS)
        self.stand_at(replace(status_of(), practice=True))
        self.app.session.practising.status_came()
        stage.show_scanning()
        yield from self.shot("practice-gate")
        stage.show_rows(sample_rows(texts))
        yield from self.shot("practice-samples")
        for name in PRACTISED:
            stage.show_picture(present(replace(ANSWERS[name], practice=PointKind.GATE), setting))
            yield from self.shot(f"practice-long-{name}")
        yield from self._samples(setting)
        stage.show_picture(present(RealInPractice(), setting))
        yield from self.shot("practice-real")
        self.app.open_code()
        yield from self.shot("practice-code")
        self.stand_at(status_of())
        self.app.session.practising.status_came()

    def _samples(self, setting: Setting) -> Iterator[str]:
        """Every sample as the practice decides it, and another size handed out."""
        practice, texts, stage = (
            PracticeStation(lambda: NOW_MS, lambda request: request, setting.zone),
            setting.texts,
            self.app.stage,
        )
        for sample in Sample:
            shown = practice.scan(text_of(sample), Request())
            assert isinstance(shown, Shown)
            stage.show_picture(present(shown, setting))
            stage.verdict.show_quantity(1)
            yield from self.shot(f"practice-{sample}")
            asking = asking_of(shown, texts)
            if asking is not None:
                stage.show_rows(variant_rows(asking, texts))
                yield from self.shot(f"practice-{sample}-which")
                put_right = replace(shown, handing=practice.hand_out(asking.entry, (("xl", 1),)))
                stage.show_picture(present(put_right, setting))
                yield from self.shot(f"practice-{sample}-changed")
