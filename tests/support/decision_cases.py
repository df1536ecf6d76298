"""One scan per reason and per rule of use, with the verdict it must get."""

from __future__ import annotations

from dataclasses import replace

from common.decision import Direction, NotVerified, Outcome, Reason, Request
from common.facts import Standing, UseKind
from common.ids import AreaNo, CodeHash, EventDay
from common.leaving import leaving_marks
from common.questions import AskChoice, AskText, Question, UnknownAsk
from common.rules import (
    AtMost,
    ConfirmMode,
    InOut,
    LaneKind,
    OfflinePolicy,
    Once,
    OncePerDay,
    Quantity,
    UnknownRule,
    Unlimited,
    Window,
)
from tests.support.scans import (
    CAMP,
    ENTRY,
    HOUR_MS,
    MINUTE_MS,
    NOON,
    SHIRT,
    SIGNED_S,
    STAND,
    TODAY,
    TYPED,
    Scene,
    at,
    ledger,
    use,
)

OK = Scene()
SHIRTS = Scene(point=STAND)
OTHER_CODE = CodeHash(b"another-hash")
TOMORROW_BORDER = at("2028-07-07 05:00")
YESTERDAY = EventDay(TODAY - 1)
OUT = Request(direction=Direction.OUT)
EVENING = Window(from_minute=18 * 60, until_minute=23 * 60)
MORNING = Window(from_minute=8 * 60, until_minute=11 * 60)
SIZE = (Question("size", AskChoice(("s", "l"))), Question("wish", AskText(20), required=False))
WISH = (Question("wish", AskText(20), required=False),)
PARTY = OK.viewing(items=((ENTRY, 4),), items_ms=((ENTRY, NOON),))
NIGHT = Window(from_minute=22 * 60, until_minute=13 * 60)


def entry_rule(usage: object, *uses: object, **rules: object) -> Scene:
    """A scan of an admitting product with another rule and these earlier uses."""
    return replace(OK.ruled(ENTRY, usage=usage, **rules), uses=ledger(*uses))  # type: ignore[arg-type]


def shirt_rule(quantity: int, *uses: object, usage: object = None, **rules: object) -> Scene:
    """A wish for some of three shirts after these earlier uses."""
    scene = SHIRTS.ruled(SHIRT, usage=usage or Quantity(), **rules).asking(quantity=quantity)
    return replace(scene, uses=ledger(*uses))  # type: ignore[arg-type]


def party_rule(usage: object, *uses: object, wanted: int = 1) -> Scene:
    """A wish of some of a party of four after these earlier uses."""
    scene = PARTY.ruled(ENTRY, usage=usage).asking(quantity=wanted)
    return replace(scene, uses=ledger(*uses))  # type: ignore[arg-type]


ADMITTED = (Outcome.ADMIT, Reason.OK)
EXITED = (use(1), use(2, kind=UseKind.EXIT))
YESTERDAYS = use(1, day=YESTERDAY, time_ms=NOON - 24 * HOUR_MS)

CASES: dict[str, tuple[Scene, Outcome, Reason]] = {
    "admitted": (OK, Outcome.ADMIT, Reason.OK),
    "typed code admitted": (replace(OK, scan=TYPED), Outcome.ADMIT, Reason.OK),
    "sold a minute ago": (replace(OK, view=None), Outcome.ADMIT, Reason.OK),
    "higher generation than heard": (OK.showing(generation=9, code_hash=OTHER_CODE), Outcome.ADMIT, Reason.OK),
    "malformed": (replace(OK, scan=NotVerified(Reason.MALFORMED)), Outcome.REFUSE, Reason.MALFORMED),
    "unknown key": (replace(OK, scan=NotVerified(Reason.UNKNOWN_KEY)), Outcome.REFUSE, Reason.UNKNOWN_KEY),
    "bad signature": (replace(OK, scan=NotVerified(Reason.BAD_SIGNATURE)), Outcome.REFUSE, Reason.BAD_SIGNATURE),
    "wrong event": (replace(OK, scan=NotVerified(Reason.WRONG_EVENT)), Outcome.REFUSE, Reason.WRONG_EVENT),
    "test pass": (replace(OK, scan=NotVerified(Reason.TEST_PASS)), Outcome.REFUSE, Reason.TEST_PASS),
    "code nobody heard of": (replace(OK, scan=TYPED, view=None), Outcome.REFUSE, Reason.UNKNOWN_TICKET),
    "code of another ticket": (
        replace(OK, scan=TYPED).viewing(code_hash=OTHER_CODE),
        Outcome.REFUSE,
        Reason.UNKNOWN_TICKET,
    ),
    "key withdrawn, pass not heard of": (
        replace(OK, view=None).showing(key_withdrawn=True),
        Outcome.REFUSE,
        Reason.REVOKED,
    ),
    "key withdrawn, forged code of a known ticket": (
        OK.showing(key_withdrawn=True, code_hash=OTHER_CODE, generation=9),
        Outcome.REFUSE,
        Reason.REVOKED,
    ),
    "key withdrawn, pass heard of": (OK.showing(key_withdrawn=True), Outcome.ADMIT, Reason.OK),
    "lower generation": (OK.viewing(generation=4, code_hash=OTHER_CODE), Outcome.REFUSE, Reason.SUPERSEDED),
    "same generation, other code": (OK.viewing(code_hash=OTHER_CODE), Outcome.REFUSE, Reason.SUPERSEDED),
    "past code typed": (
        replace(OK, scan=TYPED).viewing(code_hash=OTHER_CODE, past_codes=(TYPED.code_hash,)),
        Outcome.REFUSE,
        Reason.SUPERSEDED,
    ),
    "higher generation was here": (
        replace(OK, uses=ledger(use(generation=3, kind=UseKind.EXIT)), view=None),
        Outcome.REFUSE,
        Reason.SUPERSEDED,
    ),
    "a claim of a higher generation proves nothing": (
        replace(OK, uses=ledger(use(generation=3, kind=UseKind.EXIT, standing=Standing.CLAIMED)), view=None),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "cancelled": (OK.viewing(cancelled=True), Outcome.REFUSE, Reason.CANCELLED),
    "blocked": (OK.viewing(blocked=True), Outcome.REFUSE, Reason.BLOCKED),
    "blocked though the issue was not heard": (
        OK.viewing(blocked=True, product=None, code_hash=None),
        Outcome.REFUSE,
        Reason.BLOCKED,
    ),
    "not yet valid": (OK.showing(not_before_s=NOON // 1000 + 60), Outcome.REFUSE, Reason.NOT_YET_VALID),
    "expired": (OK.showing(expires_s=NOON // 1000), Outcome.REFUSE, Reason.EXPIRED),
    "not bought": (SHIRTS.viewing(items=()).showing(items=()), Outcome.REFUSE, Reason.NOT_BOUGHT),
    "cancelled item on an old pass": (
        SHIRTS.viewing(items=((SHIRT, 0),), items_ms=((SHIRT, NOON),)),
        Outcome.REFUSE,
        Reason.NOT_BOUGHT,
    ),
    "asked for what is served elsewhere": (SHIRTS.asking(product=ENTRY), Outcome.REFUSE, Reason.WRONG_POINT),
    "ticket of another gate": (OK.at_point(serves=(CAMP,)), Outcome.REFUSE, Reason.WRONG_POINT),
    "nothing served": (OK.at_point(serves=()), Outcome.REFUSE, Reason.WRONG_POINT),
    "gate that only lets out": (OK.at_point(lets_in=False), Outcome.REFUSE, Reason.WRONG_POINT),
    "riding product in a walking lane": (OK.ruled(ENTRY, lane=LaneKind.RIDING), Outcome.REFUSE, Reason.WRONG_LANE),
    "riding product in the riding lane": (
        OK.ruled(ENTRY, lane=LaneKind.RIDING).at_point(lanes=(LaneKind.WALKING, LaneKind.RIDING)),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "walking product ridden in": (
        OK.ruled(ENTRY, lane=LaneKind.WALKING)
        .at_point(lanes=(LaneKind.WALKING, LaneKind.RIDING))
        .asking(lane=LaneKind.RIDING),
        Outcome.REFUSE,
        Reason.WRONG_LANE,
    ),
    "lane the point does not have": (OK.asking(lane=LaneKind.RIDING), Outcome.REFUSE, Reason.WRONG_LANE),
    "another day's product": (OK.ruled(ENTRY, windows=(Window(days=(YESTERDAY,)),)), Outcome.REFUSE, Reason.WRONG_DAY),
    "today's product": (OK.ruled(ENTRY, windows=(Window(days=(YESTERDAY, TODAY)),)), Outcome.ADMIT, Reason.OK),
    "before the hour": (OK.ruled(ENTRY, windows=(EVENING,)), Outcome.REFUSE, Reason.WRONG_TIME),
    "within the hours": (
        replace(OK.ruled(ENTRY, windows=(EVENING,)), now_ms=at("2028-07-06 18:00")),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "window over midnight": (OK.ruled(ENTRY, windows=(NIGHT,)), Outcome.ADMIT, Reason.OK),
    "any window admits": (OK.ruled(ENTRY, windows=(EVENING, NIGHT)), Outcome.ADMIT, Reason.OK),
    "point closed": (OK.at_point(windows=(EVENING,)), Outcome.REFUSE, Reason.WRONG_TIME),
    "window over": (OK.ruled(ENTRY, windows=(Window(until_ms=NOON),)), Outcome.REFUSE, Reason.WRONG_TIME),
    "window of long ago": (
        OK.ruled(ENTRY, windows=(Window(until_ms=NOON - 48 * HOUR_MS),)),
        Outcome.REFUSE,
        Reason.WRONG_DAY,
    ),
    "no exit here": (replace(OK.at_point(lets_out=False), request=OUT), Outcome.REFUSE, Reason.NO_EXIT_HERE),
    "exit": (replace(OK, request=OUT, uses=ledger(use())), Outcome.ADMIT, Reason.OK),
    "exit skips validity, hours, usage and payment": (
        replace(OK.ruled(ENTRY, windows=(EVENING,)).viewing(paid=False), request=OUT).showing(expires_s=1),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "exit skips history": (
        replace(OK, view=None, policy=OfflinePolicy.REFUSE, request=OUT, uses=ledger(use())),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "exit with waiting uses": (
        replace(OK, request=OUT, uses=ledger(use(), waiting=(use(2),))),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "exit of a blocked ticket": (replace(OK.viewing(blocked=True), request=OUT), Outcome.REFUSE, Reason.BLOCKED),
    "once": (entry_rule(Once(), use()), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "once, on another day too": (entry_rule(Once(), YESTERDAYS), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "once, used with another product": (entry_rule(Once(), use(product=SHIRT)), Outcome.ADMIT, Reason.OK),
    "once per area": (entry_rule(Once(), use(area=AreaNo(2)), per_area=True), Outcome.ADMIT, Reason.OK),
    "once over all areas": (entry_rule(Once(), use(area=AreaNo(2))), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "an override used it up": (entry_rule(Once(), use(kind=UseKind.OVERRIDE)), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "an exit uses nothing up": (entry_rule(Once(), use(kind=UseKind.EXIT)), Outcome.ADMIT, Reason.OK),
    "once per day, today": (entry_rule(OncePerDay(), use()), Outcome.REFUSE, Reason.ALREADY_TODAY),
    "once per day, yesterday": (entry_rule(OncePerDay(), YESTERDAYS), Outcome.ADMIT, Reason.OK),
    "in and out, inside": (entry_rule(InOut(), use()), Outcome.REFUSE, Reason.ALREADY_INSIDE),
    "in and out, went out": (entry_rule(InOut(), *EXITED), Outcome.ADMIT, Reason.OK),
    "in and out, back in": (entry_rule(InOut(), *EXITED, use(3)), Outcome.REFUSE, Reason.ALREADY_INSIDE),
    "in and out, inside another area": (entry_rule(InOut(), use(area=AreaNo(2))), Outcome.ADMIT, Reason.OK),
    "in and out, the border has passed": (entry_rule(InOut(), YESTERDAYS), Outcome.ADMIT, Reason.OK),
    "unlimited": (entry_rule(Unlimited(), use(1), use(2), use(3)), Outcome.ADMIT, Reason.OK),
    "at most in all": (entry_rule(AtMost(total=2), YESTERDAYS, use(2)), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "at most in all, one left": (entry_rule(AtMost(total=2), use()), Outcome.ADMIT, Reason.OK),
    "at most per day": (entry_rule(AtMost(per_day=1), use()), Outcome.REFUSE, Reason.LIMIT_TODAY),
    "at most per day, next day": (entry_rule(AtMost(per_day=1), YESTERDAYS), Outcome.ADMIT, Reason.OK),
    "at most on days": (entry_rule(AtMost(days=1), YESTERDAYS), Outcome.REFUSE, Reason.DAYS_USED_UP),
    "at most on days, this is one": (entry_rule(AtMost(days=1), use()), Outcome.ADMIT, Reason.OK),
    "at most on days, and today is one too many already": (
        entry_rule(AtMost(days=1), YESTERDAYS, use(2)),
        Outcome.REFUSE,
        Reason.DAYS_USED_UP,
    ),
    "at most without limits": (entry_rule(AtMost(), use()), Outcome.ADMIT, Reason.OK),
    "rule of the future": (entry_rule(UnknownRule("x")), Outcome.REFUSE, Reason.RULE_UNEVALUABLE),
    "product not in the catalogue": (replace(OK, products=()), Outcome.REFUSE, Reason.RULE_UNEVALUABLE),
    "too soon": (entry_rule(Unlimited(), use(), min_gap_minutes=61), Outcome.REFUSE, Reason.TOO_SOON),
    "gap kept": (entry_rule(Unlimited(), use(), min_gap_minutes=60), Outcome.ADMIT, Reason.OK),
    "stamp a little ahead is recent": (
        entry_rule(Unlimited(), use(time_ms=NOON + MINUTE_MS), min_gap_minutes=5),
        Outcome.REFUSE,
        Reason.TOO_SOON,
    ),
    "stamp far ahead says nothing": (
        entry_rule(Unlimited(), use(time_ms=NOON + 9 * HOUR_MS), min_gap_minutes=5),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "after the window of the first use": (
        entry_rule(Unlimited(), use(), first_use_minutes=59),
        Outcome.REFUSE,
        Reason.AFTER_FIRST_USE_WINDOW,
    ),
    "within the window of the first use": (
        entry_rule(Unlimited(), use(), first_use_minutes=60),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "two of three": (shirt_rule(2), Outcome.ADMIT, Reason.OK),
    "the third after two": (shirt_rule(1, use(product=SHIRT, quantity=2)), Outcome.ADMIT, Reason.OK),
    "two after two of three": (shirt_rule(2, use(product=SHIRT, quantity=2)), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "four of three": (shirt_rule(4), Outcome.REFUSE, Reason.NOTHING_LEFT),
    "daily limit of a quantity": (
        shirt_rule(1, use(product=SHIRT), usage=Quantity(per_day=1)),
        Outcome.REFUSE,
        Reason.LIMIT_TODAY,
    ),
    "once, bought three times": (
        shirt_rule(1, use(product=SHIRT, quantity=2), usage=Once()),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "newer pass has more": (
        SHIRTS.showing(items=((SHIRT, 5),), signed_s=SIGNED_S + 60).asking(quantity=5),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "a tie is the statement's": (
        SHIRTS.showing(items=((SHIRT, 5),)).asking(quantity=5),
        Outcome.REFUSE,
        Reason.NOTHING_LEFT,
    ),
    "newer statement has more": (
        SHIRTS.viewing(items=((SHIRT, 5),), items_ms=((SHIRT, NOON),)).asking(quantity=5),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "upgraded by statement": (
        OK.at_point(serves=(CAMP,)).viewing(product=CAMP, product_ms=NOON),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "upgraded by a newer pass": (
        OK.at_point(serves=(CAMP,)).showing(product=CAMP, signed_s=SIGNED_S + 60),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "unpaid": (OK.viewing(paid=False), Outcome.REFUSE, Reason.UNPAID),
    "unpaid, does not matter": (OK.viewing(paid=False).ruled(ENTRY, needs_paid=False), Outcome.ADMIT, Reason.OK),
    "only claimed": (
        entry_rule(Once(), use(standing=Standing.CLAIMED)),
        Outcome.ASK,
        Reason.PROOF_MISSING,
    ),
    "without any proof": (entry_rule(Once(), use(standing=Standing.UNPROVEN)), Outcome.ASK, Reason.PROOF_MISSING),
    "claimed, but enough is left": (
        shirt_rule(1, use(product=SHIRT, standing=Standing.CLAIMED)),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "questions": (OK.ruled(ENTRY, asks_questions=True), Outcome.ASK, Reason.QUESTIONS),
    "questions answered": (
        OK.ruled(ENTRY, asks_questions=True).asking(answers=(("size", "L"),)),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "questions answered by word of mouth": (
        OK.ruled(ENTRY, asks_questions=True).asking(confirmed=True),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "a required question": (OK.ruled(ENTRY, questions=SIZE), Outcome.ASK, Reason.QUESTIONS),
    "a required question cannot be passed by a word": (
        OK.ruled(ENTRY, questions=SIZE).asking(confirmed=True, answers=(("wish", "none"),)),
        Outcome.ASK,
        Reason.QUESTIONS,
    ),
    "a wrong answer": (
        OK.ruled(ENTRY, questions=SIZE).asking(answers=(("size", "xxl"),)),
        Outcome.ASK,
        Reason.QUESTIONS,
    ),
    "a good answer": (OK.ruled(ENTRY, questions=SIZE).asking(answers=(("size", "l"),)), Outcome.ADMIT, Reason.OK),
    "an optional question is put once": (OK.ruled(ENTRY, questions=WISH), Outcome.ASK, Reason.QUESTIONS),
    "an optional question skipped": (
        OK.ruled(ENTRY, questions=WISH).asking(answers=(("wish", ""),)),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "an optional question passed by a word": (
        OK.ruled(ENTRY, questions=WISH).asking(confirmed=True),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "a kind of question of the future": (
        OK.ruled(ENTRY, questions=(Question("x", UnknownAsk("scent")),)),
        Outcome.REFUSE,
        Reason.RULE_UNEVALUABLE,
    ),
    "used up is said before questions": (
        replace(OK.ruled(ENTRY, questions=SIZE), uses=ledger(use())),
        Outcome.REFUSE,
        Reason.NOTHING_LEFT,
    ),
    "too late to come first": (
        entry_rule(Unlimited(), first_windows=(MORNING,), later_windows=()),
        Outcome.REFUSE,
        Reason.WRONG_TIME,
    ),
    "once inside, later is fine": (
        entry_rule(Unlimited(), use(), first_windows=(MORNING,), later_windows=()),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "later uses have windows of their own": (
        entry_rule(Unlimited(), use(), first_windows=(), later_windows=(EVENING,)),
        Outcome.REFUSE,
        Reason.WRONG_TIME,
    ),
    "a first use nobody could prove is none": (
        entry_rule(Unlimited(), use(standing=Standing.CLAIMED), later_windows=(EVENING,)),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "three of a party of four": (PARTY.asking(quantity=3), Outcome.ADMIT, Reason.OK),
    "the fourth of a party comes later": (
        replace(PARTY, uses=ledger(use(quantity=3))).asking(quantity=1),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "a fifth of a party of four": (
        replace(PARTY, uses=ledger(use(quantity=3))).asking(quantity=2),
        Outcome.REFUSE,
        Reason.NOTHING_LEFT,
    ),
    **{
        f"five of a party of four, {type(rule).__name__}": (
            PARTY.ruled(ENTRY, usage=rule).asking(quantity=5),
            Outcome.REFUSE,
            Reason.NOTHING_LEFT,
        )
        for rule in (Once(), InOut(), Unlimited(), AtMost(days=2), AtMost(total=9), AtMost(per_day=9))
    },
    "five of a party of four, once a day": (
        PARTY.ruled(ENTRY, usage=OncePerDay()).asking(quantity=5),
        Outcome.REFUSE,
        Reason.ALREADY_TODAY,
    ),
    "four of a party of four, without limits": (party_rule(Unlimited(), use(quantity=4), wanted=4), *ADMITTED),
    "in and out, the fourth of a party": (party_rule(InOut(), use(quantity=3)), *ADMITTED),
    "in and out, two more of a party of which three are inside": (
        party_rule(InOut(), use(quantity=3), wanted=2),
        Outcome.REFUSE,
        Reason.ALREADY_INSIDE,
    ),
    "in and out, a party is all inside": (
        party_rule(InOut(), use(quantity=3), use(2)),
        Outcome.REFUSE,
        Reason.ALREADY_INSIDE,
    ),
    "in and out, one of a party went out": (
        party_rule(InOut(), use(quantity=4), use(2, kind=UseKind.EXIT)),
        *ADMITTED,
    ),
    "in and out, one of a party went out and two want in": (
        party_rule(InOut(), use(quantity=4), use(2, kind=UseKind.EXIT), wanted=2),
        Outcome.REFUSE,
        Reason.ALREADY_INSIDE,
    ),
    "in and out, two of a party went out at once": (
        party_rule(InOut(), use(quantity=4), use(2, kind=UseKind.EXIT, flags=leaving_marks(2)), wanted=2),
        *ADMITTED,
    ),
    "in and out, a missed exit of one is made good by the next one": (
        entry_rule(InOut(), use(), use(2, kind=UseKind.OVERRIDE), use(3, kind=UseKind.EXIT)),
        *ADMITTED,
    ),
    "three of one shuttle seat": (
        shirt_rule(3, usage=Unlimited()).viewing(items=((SHIRT, 1),), items_ms=((SHIRT, NOON),)),
        Outcome.REFUSE,
        Reason.NOTHING_LEFT,
    ),
    "three rides of a card for three": (
        shirt_rule(3, usage=AtMost(total=3)).viewing(items=((SHIRT, 1),), items_ms=((SHIRT, NOON),)),
        *ADMITTED,
    ),
    "confirm": (OK.at_point(confirm=ConfirmMode.CONFIRM), Outcome.ASK, Reason.CONFIRM),
    "confirmed": (OK.at_point(confirm=ConfirmMode.CONFIRM).asking(confirmed=True), Outcome.ADMIT, Reason.OK),
    "attention": (OK.ruled(ENTRY, attention=True), Outcome.ASK, Reason.CONFIRM),
    "choose": (OK.at_point(serves=(ENTRY, SHIRT)), Outcome.ASK, Reason.CHOOSE),
    "chosen": (OK.at_point(serves=(ENTRY, SHIRT)).asking(product=SHIRT), Outcome.ADMIT, Reason.OK),
    "one of two is admissible": (
        replace(OK.at_point(serves=(ENTRY, SHIRT)), uses=ledger(use())),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "a question about one is asked when it is chosen": (
        OK.at_point(serves=(ENTRY, SHIRT)).ruled(ENTRY, asks_questions=True),
        Outcome.ASK,
        Reason.CHOOSE,
    ),
    "waiting uses": (replace(OK, uses=ledger(waiting=(use(),))), Outcome.ASK, Reason.NEEDS_SUPERVISOR),
    "policy asks": (replace(OK, view=None, policy=OfflinePolicy.ASK), Outcome.ASK, Reason.HISTORY_INCOMPLETE),
    "policy asked": (
        replace(OK, view=None, policy=OfflinePolicy.ASK).asking(confirmed=True),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "policy of the point refuses": (
        replace(OK, view=None).at_point(offline=OfflinePolicy.REFUSE),
        Outcome.REFUSE,
        Reason.HISTORY_INCOMPLETE,
    ),
    "policy of the product outranks the point's": (
        replace(OK, view=None).at_point(offline=OfflinePolicy.REFUSE).ruled(ENTRY, offline=OfflinePolicy.ACCEPT),
        Outcome.ADMIT,
        Reason.OK,
    ),
    "policy does not concern what was heard of": (replace(OK, policy=OfflinePolicy.REFUSE), Outcome.ADMIT, Reason.OK),
    "view too old": (
        replace(OK, view_age_ms=11 * MINUTE_MS, policy=OfflinePolicy.REFUSE).at_point(view_age_minutes_max=10),
        Outcome.REFUSE,
        Reason.HISTORY_INCOMPLETE,
    ),
    "view never heard": (
        replace(OK, view_age_ms=None, policy=OfflinePolicy.REFUSE).at_point(view_age_minutes_max=10),
        Outcome.REFUSE,
        Reason.HISTORY_INCOMPLETE,
    ),
    "view fresh enough": (
        replace(OK, view_age_ms=10 * MINUTE_MS, policy=OfflinePolicy.REFUSE).at_point(view_age_minutes_max=10),
        Outcome.ADMIT,
        Reason.OK,
    ),
}
