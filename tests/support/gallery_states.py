"""What the gallery shows beside the fake station's answers: every reason, every state of the exchange, real names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from common.conflict_kinds import ConflictKind
from common.decision import Choice, Direction, Fault, FaultCode, Hint, Outcome, Reason, Verdict
from common.ids import ProductNo
from common.rules import LaneKind, PointKind
from kiosk.checks_shown import Check, Health
from kiosk.shown import (
    Answer,
    AnswerShown,
    BackInService,
    BadgeRefused,
    BadgeTrouble,
    DamageShown,
    FamilyShown,
    FirstUse,
    Handing,
    Holder,
    Locked,
    OfferedChoice,
    OperatorTaken,
    PinRefused,
    PinTrouble,
    PointShown,
    QuestionKind,
    Shown,
    StatusShown,
    TakenBack,
    Undone,
    UndoTrouble,
    UsedUp,
    VariantShown,
)
from kiosk.sync.errors import LanWhy, SyncWhy
from kiosk.ui.which_size import KEYS_MAX
from tests.support.drawn_products import SHIRT_PICTURE
from tests.support.fake_checks import list_at
from tests.support.fake_names import AGE_CHECK
from tests.support.fake_sizes import SIZES
from tests.support.fake_station import CODE_END, HOLDER, NOW_MS, REF, last_of, offers, status_of
from tests.support.longest_texts import longest

ASKED = {
    Reason.PROOF_MISSING,
    Reason.QUESTIONS,
    Reason.CONFIRM,
    Reason.CHOOSE,
    Reason.NEEDS_SUPERVISOR,
    Reason.HISTORY_INCOMPLETE,
}
USED = {
    Reason.NOTHING_LEFT,
    Reason.ALREADY_TODAY,
    Reason.LIMIT_TODAY,
    Reason.DAYS_USED_UP,
    Reason.ALREADY_INSIDE,
    Reason.TOO_SOON,
    Reason.AFTER_FIRST_USE_WINDOW,
}
DATED = {Reason.NOT_YET_VALID, Reason.WRONG_DAY, Reason.WRONG_TIME, Reason.TOO_SOON}
PLACED = {Reason.NOT_BOUGHT, Reason.WRONG_POINT, Reason.WRONG_LANE, Reason.NO_EXIT_HERE}
REAL_CHOICES = {f"real-choose-{count}": count for count in (2, 3, 6, 12, 17)}


def every_reason() -> Iterator[tuple[str, Shown]]:
    """Each reason and each fault with all that can stand beside it."""
    for reason in Reason:
        if reason is not Reason.OK:
            yield f"reason-{reason}", _with_all(reason)
    doubled = _with_all(Reason.ALREADY_TODAY)
    if isinstance(doubled.verdict, Verdict):
        for kind in ConflictKind:
            yield f"undecided-{kind}", replace(doubled, verdict=replace(doubled.verdict, undecided=(kind,)))
        every = replace(doubled.verdict, undecided=tuple(ConflictKind))
        yield "undecided-every", replace(doubled, verdict=every)
    for code in FaultCode:
        yield f"fault-{code}", Shown(Fault(code, "in plain English for the log"))


def _with_all(reason: Reason) -> Shown:
    outcome = Outcome.ASK if reason in ASKED else Outcome.REFUSE
    hint = Hint(from_ms=NOW_MS + 3 * 86_400_000 if reason in DATED else None)
    if reason is Reason.EXPIRED:
        hint = Hint(until_ms=NOW_MS - 86_400_000)
    ago_ms = 3 * 3_600_000 if reason is Reason.ALREADY_TODAY else 26 * 3_600_000
    first = FirstUse(NOW_MS - ago_ms, longest("gate")[0], "brana-sever-07", here=False)
    direction = Direction.OUT if reason is Reason.NO_EXIT_HERE else Direction.IN
    return Shown(
        Verdict(outcome, reason, product=ProductNo(1), quantity=1, hint=hint, direction=direction),
        longest("ticket")[0],
        left=0 if reason is Reason.LIMIT_TODAY else None,
        holder=HOLDER,
        first_use=first if reason in USED else None,
        points=longest("gate", 3) if reason in PLACED else (),
        choices=offers() if reason is Reason.CHOOSE else (),
    )


def parties() -> Iterator[tuple[str, Shown]]:
    """A party at a gate: how many come, and leave, with a question before; fewer than were asked for; what is left."""
    ticket, holder = longest("ticket")[0], Holder("Bartholoměj Příhoda-Třešňák", "5A8 2317")
    for name, choice in (
        ("in", Choice(ProductNo(1), left=4, bought=4)),
        ("bus", Choice(ProductNo(1), left=48, bought=52)),
        ("out", Choice(ProductNo(1), left=1, bought=4, inside=3)),
    ):
        direction = Direction.OUT if choice.inside else Direction.IN
        verdict = Verdict(Outcome.ASK, Reason.CHOOSE, (choice,), product=ProductNo(1), quantity=1, direction=direction)
        asked = Shown(verdict, ticket, choices=(OfferedChoice(choice, ticket),), holder=holder)
        yield f"real-party-{name}", asked
        if name == "in":
            asked = replace(asked, holder=replace(holder, attention=note(120)), attention=AGE_CHECK)
            yield "real-party-confirm", replace(asked, verdict=replace(verdict, reason=Reason.CONFIRM))
            yield "real-party-note", asked
    fewer = Choice(ProductNo(1), left=2, reason=Reason.ALREADY_INSIDE, bought=4)
    refused = Verdict(Outcome.REFUSE, Reason.ALREADY_INSIDE, (fewer,), product=ProductNo(1), quantity=4)
    first = FirstUse(NOW_MS - 60_000, longest("gate")[0], "brana-sever-07", here=False)
    yield "real-party-fewer", Shown(refused, ticket, choices=(OfferedChoice(fewer, ticket),), first_use=first, left=2)
    admitted = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=3)
    yield "real-party-left", Shown(admitted, ticket, left=1, holder=holder, entry=REF)


_ASKED = "Přijde s vozíkem a asistentem, pustit oba bočním vchodem. "


def note(letters: int) -> str:
    """What staff noted, in whole sentences: cut off, it would look as if the screen had cut it."""
    return (_ASKED * (letters // len(_ASKED))).strip()


def real_names() -> Iterator[tuple[str, Shown]]:
    """The longest a real event says at a gate and at a stand."""
    holder = Holder("Bartholoměj Příhoda-Třešňák", "5A8 2317")
    yield (
        "real-admit",
        Shown(
            Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, flags=(1,)),
            longest("ticket")[0],
            holder=holder,
            hand_out=longest("handout")[0],
            entry=REF,
        ),
    )
    yield (
        "real-hand-out",
        Shown(
            Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=2),
            longest("item")[0],
            left=3,
            holder=holder,
            hand_out=longest("handout")[0],
            picture=SHIRT_PICTURE,
            entry=REF,
        ),
    )
    yield "real-kept", _dinner(holder)
    yield "real-note", _dinner(replace(holder, attention=note(500)))
    admitted = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, flags=(1,))
    yield "real-family", Shown(admitted, longest("ticket")[0], holder=holder, entry=REF, family=FamilyShown(12, 14))
    yield "real-family-all", Shown(admitted, longest("ticket")[0], entry=REF, family=FamilyShown(14, 14))
    sizes = _longest_sizes()
    handed = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=3)
    sized = Shown(
        handed, longest("item")[0], left=2, more=1, holder=holder, picture=SHIRT_PICTURE, entry=REF, handing=sizes
    )
    yield "real-sizes", sized
    yield "real-sizes-unknown", replace(sized, handing=replace(sizes, now=(), left=()))
    yield "real-sizes-unlisted", replace(sized, handing=replace(sizes, now=(), left=()), left=0, more=0)
    yield from _which_sizes(sized, sizes)
    yield "real-sizes-noted", replace(sized, handing=replace(sizes, noted=True))
    yield "real-all-at-once", _all_at_once(replace(holder, attention=note(120)))
    last = Shown(admitted, longest("ticket")[0], entry=REF)
    yield "last-gate", replace(last_of(last, longest("gate")[0], holder), code_end=CODE_END)
    yield "last-code", replace(last_of(last, longest("gate")[0]), code_end=CODE_END)
    yield "last-sizes", last_of(replace(sized, left=None), longest("stand")[0], None)
    noted = replace(sized, left=None, handing=replace(sizes, noted=True))
    yield "last-sizes-noted", last_of(noted, longest("stand")[0], None)
    offers = tuple(
        OfferedChoice(Choice(ProductNo(at), left=at), names, SHIRT_PICTURE if at % 3 else None)
        for at, names in enumerate(longest("item", 17), start=1)
    )
    for name, count in REAL_CHOICES.items():
        yield (
            name,
            Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=offers[:count], holder=holder),
        )
    sized_offers = tuple(replace(one, variants=sizes.now) for one in offers[:6])
    yield "real-choose-sizes", Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=sized_offers, holder=holder)


def _which_sizes(sized: Shown, sizes: Handing) -> Iterator[tuple[str, Shown]]:
    """Of one piece it is not known which one was bought, or which of two is left; of several which are."""
    one = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=1)
    unknown = Handing((), (), tuple(replace(each, quantity=0) for each in sizes.offers))
    alone = replace(sized, verdict=one, handing=unknown)
    yield "real-sizes-which", replace(alone, handing=replace(unknown, offers=unknown.offers[:KEYS_MAX]))
    few = tuple(replace(each, quantity=0) for each in SIZES)
    yield "real-sizes-which-few", replace(alone, handing=replace(unknown, offers=few))
    yield "real-sizes-which-list", alone
    either = replace(sizes, now=(), left=(), offers=sizes.offers[:KEYS_MAX], either=sizes.offers[:2])
    yield "real-sizes-either", replace(alone, handing=either, left=0, more=0)
    yield "real-sizes-either-some", replace(sized, handing=either)


def just_used() -> Iterator[tuple[str, Shown]]:
    """Used here a moment ago, by whoever stands there or by the guest before; and all of several used up."""
    here = FirstUse(NOW_MS - 4_000, longest("gate")[0], "brana-sever-07", here=True, ago_ms=4_000)
    inside = Verdict(Outcome.REFUSE, Reason.ALREADY_INSIDE, product=ProductNo(1), quantity=1)
    yield "just-inside", Shown(inside, longest("ticket")[0], holder=HOLDER, first_use=here)
    gone = Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT, product=ProductNo(2), quantity=1)
    handed = Shown(gone, longest("item")[0], left=0, first_use=here, used_up=UsedUp(12, 12), picture=SHIRT_PICTURE)
    yield "just-handed", handed


def _longest_sizes() -> Handing:
    """Three pieces of the longest variants there are, and more to choose from than one page holds."""
    names = longest("variant", 10)
    offers = tuple(VariantShown(f"v{at}", one, 2 if at < 2 else 0) for at, one in enumerate(names))
    now = (offers[0], replace(offers[1], quantity=1))
    return Handing(now, (replace(offers[1], quantity=1),), offers)


def asked_variant() -> Shown:
    """What the question for another variant is asked about."""
    verdict = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=3)
    return Shown(verdict, longest("item")[0], entry=REF, handing=_longest_sizes())


def _dinner(holder: Holder) -> Shown:
    """A dinner with what was answered when it was bought."""
    names = {"cs": "S masem", "en": "With meat", "de": "Mit Fleisch", "fr": "Avec viande", "it": "Con carne"}
    vegan = {"cs": "Veganské", "en": "Vegan", "de": "Vegan", "fr": "Végétalien", "it": "Vegano", "pl": "Wegańskie"}
    menu, allergy = {"en": "Menu", "de": "Menü"}, {"en": "Allergy", "cs": "Alergie", "fr": "Allergie"}
    choice, said = QuestionKind.CHOICE, "Ořechy, mléko a všechno, v čem je celer nebo hořčice, ani ve stopách, prosím…"
    return Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=2),
        longest("item")[0],
        holder=holder,
        kept=(
            AnswerShown("menu", menu, choice, "meat", (("meat", names),), 2),
            AnswerShown("menu", menu, choice, "vegan", (("vegan", vegan),), 1),
            AnswerShown("allergies", allergy, QuestionKind.TEXT, said),
        ),
        entry=REF,
    )


def _all_at_once(holder: Holder) -> Shown:
    """More to say than there are lines: answers, what to look at, what to hand out, a family, a double use."""
    dinner = _dinner(holder)
    open_ones = (ConflictKind.DEVICES,)
    verdict = Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, undecided=open_ones)
    told = replace(dinner, verdict=verdict, hand_out=longest("handout")[0], attention=AGE_CHECK, left=3)
    return replace(told, family=FamilyShown(12, 14))


def every_note() -> Iterator[tuple[str, Answer]]:
    """What is no verdict: people, badges, entries taken back."""
    yield "taken", OperatorTaken("Zdeňka Kratochvílová-Nováková", ("supervisor", "wild_hostess", "support"))
    yield "taken-hostess", OperatorTaken("Zdeňka Kratochvílová-Nováková", ("hostess",))
    name = "Bartoloměj Kratochvíle-Novotný"
    yield "taken-over", OperatorTaken("Zdeňka Kratochvílová-Nováková", ("supervisor", "support"), before=name)
    yield "taken-pin", OperatorTaken("Zdeňka Kratochvílová-Nováková", ("supervisor",), pin_good=True)
    for why in BadgeTrouble:
        yield f"badge-{why}", BadgeRefused("Zdeňka Kratochvílová-Nováková", why, "")
    yield "pin-wrong", PinRefused(PinTrouble.WRONG, 4, 0, "")
    yield "pin-unknown-badge", PinRefused(PinTrouble.UNKNOWN_BADGE, 5, 0, "")
    yield "locked", Locked()
    yield "in-service", BackInService("Zdeňka Kratochvílová-Nováková")
    yield "undone", Undone(done=True)
    yield "undone-named", Undone(done=True, use=TakenBack(NOW_MS, longest("ticket")[0], 2, "PQRS-T", HOLDER.name))
    yield "undone-code", Undone(done=True, use=TakenBack(NOW_MS, longest("item")[0], 1, "PQRS-T"))
    yield "undone-time", Undone(done=True, use=TakenBack(NOW_MS, longest("item")[0], 1))
    yield "undo-failed", Undone(done=False)
    for trouble in (UndoTrouble.ANOTHERS, UndoTrouble.NOT_LAST):
        yield f"undo-{trouble}", Undone(done=False, trouble=trouble)


DAMAGE = DamageShown(NOW_MS - 26 * 3_600_000, 11_204, 1_250, is_open=True)


def scan_states() -> Iterator[tuple[str, StatusShown]]:
    """The scan screen in every state of the exchange, and where the kiosk itself is in trouble."""
    alone = status_of()
    sync, device = alone.sync, alone.device
    yield "sync-connected", status_of(connected=True)
    yield (
        "sync-sending",
        replace(status_of(connected=True), sync=replace(status_of(connected=True).sync, pending=1_250)),
    )
    yield "sync-never", replace(alone, sync=replace(sync, last_contact_ms=None, pending=1_250))
    yield "sync-alone-long", replace(alone, sync=replace(sync, last_contact_ms=NOW_MS - 26 * 3_600_000, pending=12_345))
    yield "nobody", replace(alone, device=replace(device, operator=None, roles=()))
    yield "check-due", replace(alone, check_due=True)
    yield "check-due-nobody", replace(alone, check_due=True, device=replace(device, operator=None, roles=()))
    for code in FaultCode:
        yield f"trouble-{code}", replace(alone, fault=Fault(code, "in plain English for the log"))
    yield "trouble-damage", replace(alone, damage=DAMAGE)
    yield "no-point", replace(alone, point=None)
    yield "inside-uncounted", replace(status_of(connected=True), inside=None)
    for kind in PointKind:
        yield f"real-{kind}", replace(alone, point=_longest_point(kind), device=replace(device, operator=HOLDER.name))
    yield (
        "unattended",
        replace(
            alone, point=replace(_longest_point(PointKind.GATE), unattended=True), device=replace(device, operator=None)
        ),
    )


def leaving_alone(*, unattended: bool) -> StatusShown:
    """A point where people only go, with staff or without."""
    status = status_of(connected=True)
    point = replace(_longest_point(PointKind.GATE), lets_in=False, unattended=unattended)
    return replace(status, point=point, device=replace(status.device, operator=None) if unattended else status.device)


def _longest_point(kind: PointKind) -> PointShown:
    gate = kind is PointKind.GATE
    return PointShown(longest(str(kind))[0], kind, tuple(LaneKind), lets_in=True, lets_out=gate)


def status_states() -> Iterator[tuple[str, StatusShown]]:
    """The status page on a good day and on a bad one."""
    alone = status_of()
    bad_sync = replace(
        alone.sync,
        trouble="the log's",
        why=SyncWhy.STRANGE,
        refused=3,
        refused_why="unknown_key",
        snapshot_built_ms=NOW_MS - 50 * 3_600_000,
    )
    bad_device = replace(
        alone.device, battery_percent=7, storage_free=120_000_000, commit_ms=183.4, clock_doubtful=True
    )
    yield "status", alone
    yield "status-bad", replace(alone, sync=bad_sync, device=bad_device)
    cut_off = replace(alone.sync, trouble="the log's", lan_whys=(LanWhy.NOT_CALLED,))
    yield "status-alone", replace(alone, sync=cut_off)
    connected = status_of(connected=True)
    yield "status-sold-since", replace(connected, sync=replace(connected.sync, unlisted=12_345))
    yield "status-damage", replace(alone, damage=DAMAGE)
    yield "status-damage-over", replace(alone, damage=replace(DAMAGE, is_open=False))
    yield "status-damage-unknown", replace(alone, damage=replace(DAMAGE, missing=0, is_open=False, is_end_unknown=True))


def verdict_checks() -> Iterator[Check]:
    """Every other thing that sample passes may tell, of the product with the longest name and in the next year."""
    ticket, item = longest("ticket")[0], longest("item")[0]
    opens_ms, over = NOW_MS + 300 * 86_400_000, {"reason": "wrong_time", "opens_ms": None}
    yield Check("keys", "broken", Health.BAD, {"passes": 2, "badges": 1, "version": 3})
    yield Check("verdict", "refused", Health.BAD, {"reason": "rule_unevaluable", "opens_ms": None}, item)
    yield Check("verdict", "unheard", Health.BAD, {"reason": "history_incomplete", "opens_ms": None}, ticket)
    yield Check("verdict", "nothing", Health.BAD)
    yield Check("verdict", "far", Health.BAD, {"reason": "wrong_day", "opens_ms": opens_ms}, ticket)
    yield Check("verdict", "over", Health.BAD, over, ticket)
    yield Check("verdict", "one_far", Health.WARN, {"reason": "wrong_day", "opens_ms": opens_ms}, item)
    yield Check("verdict", "one_over", Health.WARN, over, item)
    yield Check("verdict", "one_asked", Health.WARN, {"reason": "confirm", "opens_ms": None}, ticket)


def preflights() -> Iterator[tuple[str, tuple[Check, ...]]]:
    """The check before doors where all is well, and with every other thing it may find."""
    found = tuple(verdict_checks())
    yield "preflight-verdicts", found[: len(found) // 2]
    yield "preflight-times", found[len(found) // 2 :]
    disk = "the disk refuses to write: I/O error at /var/lib/rallygate/journal.sqlite"
    yield (
        "preflight-good",
        (
            Check("clock", "right", Health.GOOD, {"now_ms": NOW_MS, "offset_ms": 18}),
            Check("storage", "good", Health.GOOD, {"free": 11_400_000_000, "p99_ms": 3.2}),
            Check("snapshot", "good", Health.GOOD, list_at(NOW_MS)),
            Check("keys", "good", Health.GOOD, {"passes": 2, "badges": 1, "version": 3}),
            Check("verdict", "good", Health.GOOD, {"reason": "ok", "opens_ms": NOW_MS}, longest("ticket")[0]),
            Check("server", "connected", Health.GOOD),
            Check("battery", "charging", Health.GOOD, {"percent": 64}),
            Check("turnstile", "ready", Health.GOOD),
        ),
    )
    yield (
        "preflight-broken",
        (
            Check("clock", "doubtful", Health.BAD, {"now_ms": NOW_MS}),
            Check("storage", "broken", Health.BAD, {"what": disk}),
            Check("snapshot", "broken", Health.BAD, {"what": disk}),
            Check("keys", "no_badges", Health.BAD, {"passes": 2, "badges": 0, "version": 3}),
            Check("verdict", "fault", Health.BAD, {"what": disk, "fault": "snapshot_unreadable"}),
            Check("server", "alone", Health.WARN),
            Check("battery", "unknown", Health.GOOD),
            Check("turnstile", "out_of_order", Health.BAD, {"what": "no answer from /dev/ttyACM0 within 2 s"}),
        ),
    )
    yield (
        "preflight-empty",
        (
            Check("clock", "unmeasured", Health.WARN, {"now_ms": NOW_MS}),
            Check("storage", "full", Health.BAD, {"free": 1_200_000}),
            Check("snapshot", "empty", Health.WARN, {**list_at(NOW_MS), "tickets": 0, "learnt": 0}),
            Check("keys", "good", Health.GOOD, {"passes": 2, "badges": 1, "version": 3}),
            Check("verdict", "closed", Health.WARN, {"reason": "wrong_time", "opens_ms": NOW_MS}, longest("ticket")[0]),
            Check("server", "alone", Health.WARN),
            Check("battery", "good", Health.GOOD, {"percent": 88}),
        ),
    )
    yield (
        "preflight-none",
        (
            Check("clock", "unmeasured", Health.WARN, {"now_ms": NOW_MS}),
            Check("storage", "low", Health.WARN, {"free": 310_000_000, "p99_ms": 12.5}),
            Check("snapshot", "none", Health.BAD),
            Check("keys", "none", Health.BAD, {"passes": 0, "badges": 0, "version": 1}),
            Check("verdict", "wrong", Health.BAD),
            Check("server", "alone", Health.WARN),
        ),
    )
