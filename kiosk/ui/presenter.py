"""Turns an answer of the station into a picture: colour, shape, word, sound, lines, buttons. No Kivy, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from common.decide import OVERRIDABLE, SUPERVISING
from common.decision import Direction, Fault, FaultCode, Outcome, Reason, Verdict
from common.reason_texts import ReasonText, not_enough_text, reason_text
from common.rules import PointKind
from common.unbroken import UNBROKEN
from kiosk.shown import (
    Answer,
    BackInService,
    BadgeRefused,
    FamilyShown,
    GateBusy,
    Locked,
    OfferedChoice,
    OperatorTaken,
    PinRefused,
    PinTrouble,
    RealInPractice,
    Shown,
    TakenBack,
    UndoTrouble,
)
from kiosk.ui.catalogue import Texts
from kiosk.ui.how_many import (
    CONFIRMED,
    asks_how_many,
    how_many_words,
    party_button,
    party_of,
    quantity_first,
    quantity_most,
)
from kiosk.ui.last_use import last_use_picture
from kiosk.ui.picture import (
    Button,
    Choose,
    Colour,
    Confirm,
    EnterPin,
    GoOn,
    Line,
    Override,
    Picture,
    Reply,
    Shape,
    Sound,
    Undo,
    Weight,
)
from kiosk.ui.pins import pin_opens
from kiosk.ui.room import LINES_MAX, in_room, listed
from kiosk.ui.telling import (
    Setting,
    admit_lines,
    counted,
    refuse_lines,
    variant_words,
    what_of,
)
from kiosk.ui.which_size import asks_which, other_variant, which_buttons, which_words

ADMIT_S = 3.0
HANDING_S = 60.0  # somebody goes for a shirt, and there may be none of that size
ATTENTION_S = 8.0  # there is something to read before the next guest
REFUSE_S = 20.0
NOTE_S = 4.0
OPERATOR_S = 20.0  # time to read it and to touch "PIN"; the next code takes its place at once
DETAILED_MAX = 6  # more leave no room for what to hand out in words; the verdict says it

_LOOK = {
    Outcome.ADMIT: (Colour.GREEN, Shape.TICK, Sound.ADMIT),
    Outcome.ASK: (Colour.AMBER, Shape.HAND, Sound.ASK),
    Outcome.REFUSE: (Colour.RED, Shape.CROSS, Sound.REFUSE),
}
# Nobody takes an exit for an admission, nor a kiosk left on Out for one on In.
_OUT = (Colour.CYAN, Shape.ARROW, Sound.OUT)
_WOULD = {
    Outcome.ADMIT: "word_would_admit",
    Outcome.ASK: "word_would_ask",
    Outcome.REFUSE: "word_would_refuse",
}
# What only a person can answer: a guest before a turnstile needs to know just that.
_STAFFS = frozenset({*CONFIRMED, Reason.QUESTIONS, Reason.CHOOSE, Reason.PROOF_MISSING, Reason.NEEDS_SUPERVISOR})
_OVERRIDDEN = frozenset({Reason.UNPAID, Reason.PROOF_MISSING, Reason.NEEDS_SUPERVISOR})
_UNDO_FAILED: Mapping[UndoTrouble | None, str] = {
    UndoTrouble.ANOTHERS: "undo_anothers",
    UndoTrouble.NOT_LAST: "undo_by_supervisor",
    UndoTrouble.TOO_OFTEN: "undo_by_supervisor",
}
_FEWER = frozenset({Reason.NOTHING_LEFT, Reason.LIMIT_TODAY, Reason.ALREADY_TODAY, Reason.ALREADY_INSIDE})


def present(answer: Answer, setting: Setting) -> Picture:
    """The picture of any answer of the station."""
    if isinstance(answer, Shown):
        return _shown(answer, answer.verdict, setting)
    texts = setting.texts
    match answer:
        case OperatorTaken():
            return _operator(answer, setting)
        case BadgeRefused(name, why):
            return _note(texts("badge_refused", name=name), texts(f"badge_{why}"), setting, "word_failed")
        case PinRefused():
            return _note(pin_words(answer, texts), "", setting, "word_failed")
        case Locked():
            return _note(texts("locked"), texts("locked_what"), setting, "word_failed")
        case RealInPractice():
            return _real_in_practice(setting)
        case GateBusy():
            return _note(texts("gate_busy"), "", setting)
        case BackInService(name):
            return _note(texts("in_service"), texts("in_service_what", name=name), setting)
    if answer.done:
        return _taken_back(answer.use, setting)
    sentence = texts(_UNDO_FAILED.get(answer.trouble, "undo_failed_what"))
    return _note(texts("undo_failed"), sentence, setting, "word_failed")


def _taken_back(use: TakenBack | None, setting: Setting) -> Picture:
    """Which use it was, so that nobody wonders whose: product, time, the guest and the code as far as known."""
    texts = setting.texts
    if use is None:
        return _note(texts("undone"), texts("undone_what"), setting)
    note = _note(counted(use.quantity, texts.name(use.product)) or texts("undone"), "", setting)
    code = texts("undone_code", end=use.code_end) if use.code_end else ""
    when, who = texts.when(use.time_ms, setting.zone, setting.now_ms), use.holder or code
    told = [Line(texts.pair(when, who) if who else when, Weight.STRONG)]
    told += [Line(code, Weight.STRONG)] if use.holder and code else []
    return replace(
        note, word=texts("word_undone"), lines=(*told, Line(texts("undone_what"))), auto_advance_s=ATTENTION_S
    )


def moved_note(trouble: str, place: str, setting: Setting) -> Picture:
    """The kiosk stands at another point now; or why it does not."""
    if trouble:
        return failed_note("move_failed", trouble, setting)
    return _note(setting.texts("moved_to", place=place), setting.texts("moved_what"), setting)


def losses_note(trouble: str, setting: Setting) -> Picture:
    """Nothing that a damaged journal lost is waited for; or why not."""
    if trouble:
        return failed_note("damage_not_gone_on", trouble, setting)
    return _note(setting.texts("damage_gone_on"), setting.texts("damage_gone_on_what"), setting)


def failed_note(key: str, trouble: str, setting: Setting) -> Picture:
    """Something was not done, and why."""
    return replace(_note(setting.texts(key), trouble, setting, "word_failed"), auto_advance_s=REFUSE_S)


def pin_words(refused: PinRefused, texts: Texts) -> str:
    """Why a PIN was not taken, and what to do."""
    match refused.why:
        case PinTrouble.WRONG:
            return texts("pin_wrong", left=refused.tries_left)
        case PinTrouble.RESTING:
            return texts("pin_rest", wait=texts.age(refused.wait_s * 1000))
        case PinTrouble.UNKNOWN_BADGE:
            return texts("pin_unknown_badge")
    return texts("pin_no_badge")


def badge_words(answer: OperatorTaken | BadgeRefused, texts: Texts) -> str:
    """Whether a badge was taken, in a line that leaves what is shown where it is."""
    if isinstance(answer, OperatorTaken):
        gone = f" · {texts('operator_before', name=answer.before)}" if answer.before else ""
        return f"{texts('operator_taken', name=answer.name)} · {role_words(answer.roles, texts)}{gone}"
    return f"{texts('badge_refused', name=answer.name)}. {texts(f'badge_{answer.why}')}"


def role_words(roles: Iterable[str], texts: Texts) -> str:
    """Roles of an operator in words."""
    return ", ".join(texts(f"role_{role}") for role in roles)


def pin_good_words(roles: tuple[str, ...], texts: Texts) -> str:
    """That the PIN was entered, and what it allows whoever has these roles."""
    return texts("pin_entered" if SUPERVISING.isdisjoint(roles) else "pin_good")


def _operator(taken: OperatorTaken, setting: Setting) -> Picture:
    texts = setting.texts
    headline = texts("operator_taken", name=taken.name)
    note = _note(headline, role_words(taken.roles, texts), setting, "word_signed_in")
    if taken.before:
        note = replace(note, lines=(*note.lines, Line(texts("operator_before", name=taken.before))))
    if taken.pin_good:
        return replace(note, lines=(*note.lines, Line(pin_good_words(taken.roles, texts))))
    if setting.by_pin_alone:
        return replace(note, lines=(*note.lines, Line(texts("pin_alone"))))
    if not pin_opens(taken.roles):
        return replace(note, lines=(*note.lines, Line(texts("pin_not_needed"))))
    buttons = _attended(setting, Button(EnterPin(), texts("pin_enter")))
    return replace(note, buttons=(*note.buttons, *buttons), auto_advance_s=OPERATOR_S)


def _real_in_practice(setting: Setting) -> Picture:
    texts = setting.texts
    note = _note(texts("practice_real"), texts("practice_real_what"), setting)
    return replace(note, word=texts("practice_word"), auto_advance_s=ATTENTION_S)


def _shown(shown: Shown, verdict: Verdict | Fault, setting: Setting) -> Picture:
    texts = setting.texts
    if shown.practice is not None:
        picture = _decided(shown, verdict, _of_practice(shown, setting))
        key = "practice_nothing" if shown.practice is PointKind.STAND else "practice_nobody"
        return replace(picture, lines=in_room((Line(texts(key), Weight.STRONG), *picture.lines)))
    past = texts("from_before") if shown.from_before and not setting.unattended else ""
    return replace(_decided(shown, verdict, setting), past=past)


def _decided(shown: Shown, verdict: Verdict | Fault, setting: Setting) -> Picture:
    if isinstance(verdict, Fault):
        return _fault(verdict, setting)
    if shown.info:
        return _only_looked(shown, verdict, setting)
    if shown.is_last:
        return last_use_picture(shown, verdict, setting)
    if verdict.outcome is Outcome.ADMIT:
        return _admit(shown, verdict, setting)
    return _not_admitted(shown, verdict, setting)


def _fault(fault: Fault, setting: Setting) -> Picture:
    texts = setting.texts
    if fault.code is FaultCode.OUT_OF_ORDER:
        return out_of_order(setting)
    said = reason_text(fault.code, texts.language)
    really = []
    if fault.code is FaultCode.CLOCK_UNUSABLE:
        really = [Line(texts("clock_really", when=texts.moment(setting.now_ms, setting.zone)), Weight.STRONG)]
    if setting.unattended:  # the guest reads where to go; what is wrong is for whoever comes
        told = (Line(said.headline), *(Line(line.text) for line in really))
        return Picture(Colour.VIOLET, Shape.WRENCH, Sound.FAULT, texts("word_fault"), texts("fault_to_guest"), told)
    what = really or [Line(said.sentence, Weight.STRONG)]  # the question says what to do as well
    lines = (Line(texts("fault_not_guest"), Weight.STRONG), *what)
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    return Picture(Colour.VIOLET, Shape.WRENCH, Sound.FAULT, texts("word_fault"), said.headline, lines, buttons)


def out_of_order(setting: Setting, of_the_pass: str = "", then: str = "") -> Picture:
    """Nobody comes in here; it stays until staff has looked. `then`: what to do, where it is not to go elsewhere."""
    texts, word = setting.texts, setting.texts("word_out_of_order")  # the reason's headline would say it once more
    sentence = reason_text(FaultCode.OUT_OF_ORDER, texts.language).sentence
    headline, what = of_the_pass or texts("fault_not_guest"), then or sentence
    if setting.unattended and not of_the_pass:
        headline, what = texts("fault_to_guest"), texts("gate_staff")
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    lines = (Line(what, Weight.STRONG),)
    return Picture(Colour.VIOLET, Shape.WRENCH, Sound.FAULT, word, headline, lines, buttons)


def _admit(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    texts, is_asked = setting.texts, asks_which(shown, verdict, setting)
    lines = tuple(admit_lines(shown, verdict, setting))
    asked = tuple(which_buttons(shown, verdict, texts)) if is_asked else ()
    other = () if is_asked or shown.entry is None else tuple(other_variant(shown, texts))
    undo = () if shown.entry is None else (Button(Undo(shown.entry), texts("undo")),)
    name = shown.holder.name if shown.holder is not None else ""  # it alone keeps no screen, a plate beside it does
    says = any(line.weight is Weight.STRONG and line.text != name for line in lines)
    calls = says or verdict.flags or shown.from_before or shown.handing
    wait_s = HANDING_S if other and not setting.unattended else ATTENTION_S if calls else ADMIT_S
    return Picture(
        *(_OUT if verdict.direction is Direction.OUT else _LOOK[Outcome.ADMIT]),
        _admit_word(verdict, setting),
        (which_words(shown, verdict, texts) if is_asked else "") or what_of(shown, verdict, texts),
        in_room((*_family_lines(shown.family, setting), *lines)),
        _attended(setting, Button(GoOn(), texts("next"), main=not is_asked), *asked, *other, *undo),
        None if is_asked else wait_s,
        shown.picture,
    )


def _not_admitted(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    texts, said, outcome = setting.texts, _said(shown, verdict, setting), _outcome_shown(verdict, setting)
    told = replace(shown, product=None) if asks_how_many(shown, verdict, setting) else shown  # its button names it
    lines = in_room(refuse_lines(told, verdict, said, setting))
    answers = tuple(_answers(shown, verdict, setting))
    overrides = any(isinstance(one.action, Override) for one in answers) and not any(one.main for one in answers)
    close = Button(GoOn(), texts(_not_done(verdict, answers, setting)), main=overrides)  # an override is no usual way
    buttons = _attended(setting, close, *answers)
    wait_s, word = None if outcome is Outcome.ASK else REFUSE_S, _refuse_word(outcome, verdict, setting)
    look, most, first = _LOOK[outcome], quantity_most(shown, verdict, setting), quantity_first(shown, setting)
    told_in, picture = _told_in(verdict, setting), shown.picture
    return Picture(*look, word, said.headline, lines, buttons, wait_s, picture, most, first, told_in)


def _only_looked(shown: Shown, verdict: Verdict, setting: Setting) -> Picture:
    """What would happen. Blue, an eye, words of its own, no tick and no green: nobody is let in by it."""
    texts = setting.texts
    headline, lines = what_of(shown, verdict, texts), tuple(admit_lines(shown, verdict, setting))
    outcome = _outcome_shown(verdict, setting)
    if outcome is not Outcome.ADMIT:
        said = _reason(shown, verdict, setting)
        headline = "" if verdict.reason is Reason.CHOOSE else said.headline  # nothing can be chosen here
        lines = tuple(refuse_lines(shown, verdict, said, setting))
    offers = tuple(Line(_offer_words(one, texts)) for one in shown.choices if verdict.outcome is Outcome.ASK)
    offers = (Line(texts("look_choices"), Weight.STRONG), *offers) if offers else ()
    lines = in_room((*((Line(headline, Weight.STRONG),) if headline else ()), *lines), len(offers))
    lines = (*lines, *listed(offers, LINES_MAX - len(lines), texts))
    word, headline = texts(_WOULD[outcome]), texts("only_looked")  # the loudest after the word
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    picture = Picture(Colour.BLUE, Shape.EYE, Sound.CUE, word, headline, lines, buttons, REFUSE_S, shown.picture)
    return replace(picture, told_in=_told_in(verdict, setting), sign=_LOOK[outcome][1])


def told_to_guest(shown: Shown, language: str, setting: Setting) -> Picture:
    """The same verdict in the guest's words; what can be touched, and what to do, stays in those of whoever does it."""
    hers, guests = present(shown, setting), present(shown, replace(setting, texts=Texts(language)))
    word = hers.word
    if guests.colour is Colour.RED and language != setting.texts.language:
        word = _refused_guests_word(shown.verdict, replace(_of_practice(shown, setting), texts=Texts(language)))
    return replace(guests, word=word, buttons=hers.buttons, retold=True)


def _told_in(verdict: Verdict, setting: Setting) -> str | None:
    """Where there is something to explain, and somebody who can ask for it; a choice is read off its tiles."""
    has_words = verdict.outcome is not Outcome.ADMIT and verdict.reason is not Reason.CHOOSE
    return setting.texts.language if has_words and not setting.unattended else None


def _offer_words(offer: OfferedChoice, texts: Texts) -> str:
    name, most = texts.name(offer.names), offer.choice.most
    return name if most is None else f"{name} · {texts('left', left=most).replace(' ', UNBROKEN)}"


def _note(headline: str, sentence: str, setting: Setting, word: str = "word_noted") -> Picture:
    texts = setting.texts
    lines = (Line(sentence, Weight.STRONG),) if sentence else ()
    buttons = _attended(setting, Button(GoOn(), texts("close"), main=True))
    shape = Shape.WARNING if word == "word_failed" else Shape.DOT
    return Picture(Colour.BLUE, shape, Sound.CUE, texts(word), headline, lines, buttons, NOTE_S)


def _attended(setting: Setting, *buttons: Button) -> tuple[Button, ...]:
    return () if setting.unattended else buttons


def _admit_word(verdict: Verdict, setting: Setting) -> str:
    goes_in = verdict.direction is Direction.IN and setting.kind is PointKind.GATE
    if setting.unattended:
        return _guests_word(Outcome.ADMIT if goes_in else Reason.OK, setting.texts)
    staff_word = "word_let_out" if verdict.direction is Direction.OUT else "word_hand_out"
    return setting.texts("word_admit" if goes_in else staff_word)


def _outcome_shown(verdict: Verdict, setting: Setting) -> Outcome:
    """What it looks like. Where fewer can be had than asked for, somebody decides: it looks no refusal."""
    return Outcome.ASK if verdict.fewer and not setting.unattended else verdict.outcome


def _refuse_word(outcome: Outcome, verdict: Verdict, setting: Setting) -> str:
    texts = setting.texts
    if outcome is Outcome.ASK:
        return texts("word_ask")
    if setting.unattended:
        return texts("word_call_staff") if verdict.reason in _STAFFS else _refused_guests_word(verdict, setting)
    if verdict.direction is Direction.OUT:
        return texts("word_refuse_out")
    return texts("word_refuse_stand" if setting.kind is PointKind.STAND else "word_refuse")


def _refused_guests_word(verdict: Verdict | Fault, setting: Setting) -> str:
    """What the guest does not get: the way out, what is handed out, or the way in."""
    if isinstance(verdict, Verdict) and verdict.direction is Direction.OUT:
        return setting.texts("word_guest_out")
    if setting.kind is PointKind.STAND:
        return setting.texts("word_guest_stand")
    return _guests_word(Outcome.REFUSE, setting.texts)


def _guests_word(cause: Outcome | Reason, texts: Texts) -> str:
    """Where nobody stands the guest reads the screen: welcome, not what somebody is to do."""
    return reason_text(cause, texts.language).headline.upper()


def _said(shown: Shown, verdict: Verdict, setting: Setting) -> ReasonText:
    """The reason's words; where only staff could answer, and none is there, that staff must be called."""
    if setting.unattended and verdict.reason in _STAFFS:
        return ReasonText(reason_text(Outcome.ASK, setting.texts.language).sentence.rstrip("."), "")
    return _reason(shown, verdict, setting)


def _reason(shown: Shown, verdict: Verdict, setting: Setting) -> ReasonText:
    """The reason's words. At a stand what was handed out is not "used up": that sounds as if there were no shirts.

    Nor is what some are left of, anywhere: fewer can be had.
    """
    texts, said = setting.texts, reason_text(verdict.reason, setting.texts.language)
    if asks_how_many(shown, verdict, setting):
        return replace(said, headline=how_many_words(verdict, texts))
    if verdict.fewer and not setting.unattended:
        said = replace(said, sentence="", detail="") if verdict.reason is Reason.NOTHING_LEFT else said
        return replace(said, headline=texts("only_few", left=verdict.fewer))
    if verdict.reason is Reason.NOTHING_LEFT and verdict.fewer:
        return not_enough_text(texts.language)
    if verdict.reason is not Reason.NOTHING_LEFT or setting.kind is not PointKind.STAND or shown.first_use is None:
        return said
    used = shown.used_up
    headline = texts("handed_already") if used is None else texts("handed_all", n=used.used, size=used.most)
    return ReasonText(headline, said.sentence, texts("handed_when", time="{time}", point="{point}"))


def headline_of(reason: Reason, shown: Shown | None, setting: Setting) -> str:
    """What is to be answered for, in the words in which this answer is refused."""
    verdict = None if shown is None else shown.verdict
    if shown is None or not isinstance(verdict, Verdict) or verdict.reason is not reason:
        return reason_text(reason, setting.texts.language).headline
    return _reason(shown, verdict, _of_practice(shown, setting)).headline


def _of_practice(shown: Shown, setting: Setting) -> Setting:
    """A sample pass of a stand is spoken of as at a stand, wherever the kiosk stands."""
    return setting if shown.practice is None else replace(setting, kind=shown.practice)


def _family_lines(family: FamilyShown | None, setting: Setting) -> Iterator[Line]:
    """How many came of those with one order. It is read beside the word, so it does not keep the screen."""
    if family is not None and not setting.unattended:
        key = "family_all" if family.admitted >= family.size else "family_some"
        yield Line(setting.texts(key, n=family.admitted, size=family.size), Weight.STRONG)


def _answers(shown: Shown, verdict: Verdict, setting: Setting) -> Iterator[Button]:
    texts, asks, party = setting.texts, verdict.outcome is Outcome.ASK, party_of(shown)
    if party is not None and asks_how_many(shown, verdict, setting):
        yield party_button(party, verdict, texts)
    elif verdict.reason is Reason.CHOOSE:
        # What is asked about one of them, such as its questions, comes once it is chosen.
        open_here = [offer for offer in shown.choices if offer.choice.reason not in _FEWER]
        few = len(open_here) <= DETAILED_MAX
        yield from (_choice(offer, texts, detailed=few) for offer in open_here)
    elif asks and verdict.reason is Reason.QUESTIONS:
        yield Button(Reply(), texts("reply"), main=True)
    elif asks and verdict.reason in CONFIRMED:
        counts = quantity_most(shown, verdict, setting) is not None  # whatever is counted beside it
        yield Button(Confirm(), texts(_confirmed_by(verdict, setting)[0]), main=True, counts=counts)
    elif verdict.reason in _FEWER:
        yield from _fewer(verdict, setting)
    if verdict.reason in _OVERRIDDEN or (verdict.reason in OVERRIDABLE and setting.is_supervised):
        yield Button(Override(verdict.reason), texts("allow_anyway"))


def _confirmed_by(verdict: Verdict, setting: Setting) -> tuple[str, str]:
    """The texts of its two keys. Where records are missing nothing was said to be confirmed: they name the act."""
    if verdict.reason is not Reason.HISTORY_INCOMPLETE:
        return ("confirm", "not_confirm")
    if verdict.direction is Direction.OUT:
        return ("do_let_out", "not_let_out")
    return ("do_admit", "not_admit") if setting.kind is PointKind.GATE else ("do_hand_out", "not_hand_out")


def _not_done(verdict: Verdict, answers: tuple[Button, ...], setting: Setting) -> str:
    confirms = any(isinstance(one.action, Confirm) for one in answers)
    return _confirmed_by(verdict, setting)[1] if confirms else "close"


def _choice(offer: OfferedChoice, texts: Texts, *, detailed: bool) -> Button:
    most = offer.choice.most
    sizes = variant_words(offer.variants, texts)  # say how many are left, too
    left = "" if most is None or sizes else texts("left", left=most)
    detail = " · ".join(filter(None, (texts.name(offer.hand_out) if detailed else "", sizes, left)))
    return Button(Choose(offer.choice.product), texts.name(offer.names), detail, picture=offer.picture, most=most)


def _fewer(verdict: Verdict, setting: Setting) -> Iterator[Button]:
    """More was asked for than is left: what is left can still be had."""
    key, fewer = "only_left" if setting.kind is PointKind.STAND else "only_left_in", verdict.fewer
    if fewer and verdict.product is not None:
        yield Button(Choose(verdict.product, fewer), setting.texts(key, left=fewer), main=True)
