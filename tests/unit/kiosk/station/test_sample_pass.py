"""Sample passes before doors: whatever would refuse everybody at the next opening is found now, with its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common import signing
from common.decision import Moment, Reason
from common.ids import ProductNo
from common.rules import (
    AtMost,
    ConfirmMode,
    LaneKind,
    OfflinePolicy,
    Once,
    ProductKind,
    ProductRules,
    UnknownRule,
    UsageRule,
    Window,
)
from kiosk.checks_shown import Check, Health
from kiosk.preflight import verdict_check
from kiosk.sample_pass import is_real_recognised, try_products
from kiosk.surroundings import Here
from tests.support.kiosk_world import EVENT, GATE, LUNCH, NOW_MS, RALLY, STAND, catalogue

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
IN_TWO_HOURS = Window(from_ms=NOW_MS + 2 * HOUR_MS)
IN_FIVE_HOURS = Window(from_ms=NOW_MS + 5 * HOUR_MS)
TOMORROW = Window(from_ms=NOW_MS + DAY_MS)
NEXT_YEAR = Window(from_ms=NOW_MS + 365 * DAY_MS)
YESTERDAY = Window(until_ms=NOW_MS - DAY_MS)
LAST_YEAR = Window(until_ms=NOW_MS - 365 * DAY_MS)
DAY_TICKET = ProductNo(9)


def here_with(*products: ProductRules, **point: object) -> Here:
    """The gate, serving these products alone."""
    found = catalogue().place(GATE)
    assert found is not None
    rules = {one.product: one for one in products}
    changed = replace(found.point, serves=tuple(rules), **point)  # type: ignore[arg-type]
    return Here(GATE, replace(found, point=changed, products=found.products | rules), catalogue())


def ticket(*windows: Window, product: ProductNo = RALLY, usage: UsageRule | None = None) -> ProductRules:
    return ProductRules(product, ProductKind.TICKET, usage or Once(), windows)


def check(here: Here, view_age_ms: int | None = 0) -> Check:
    return verdict_check(tuple(try_products(here.place, EVENT, Moment(NOW_MS, view_age_ms))), here, NOW_MS)


def test_before_doors_it_is_said_when_they_open_and_that_a_pass_is_good_then() -> None:
    found = check(here_with(ticket(IN_TWO_HOURS)))
    assert (found.found, found.health) == ("closed", Health.WARN)
    assert found.values["opens_ms"] == NOW_MS + 2 * HOUR_MS


@pytest.mark.parametrize("usage", [UnknownRule("moon_phase"), AtMost(total=0)])
def test_a_rule_that_refuses_everybody_does_not_hide_behind_closed_doors(usage: UsageRule) -> None:
    found = check(here_with(ticket(IN_TWO_HOURS, usage=usage)))
    assert (found.found, found.health, found.product["en"]) == ("refused", Health.BAD, "Rally pass")
    assert found.values["reason"] not in {Reason.WRONG_DAY, Reason.WRONG_TIME, Reason.OK}


def test_the_point_opens_later_than_its_product_and_the_later_time_is_said() -> None:
    found = check(here_with(ticket(IN_TWO_HOURS), windows=(IN_FIVE_HOURS,)))
    assert (found.found, found.values["opens_ms"]) == ("closed", NOW_MS + 5 * HOUR_MS)


@pytest.mark.parametrize(
    ("windows", "found", "health"),
    [
        ((Window(from_ms=NOW_MS + 3 * DAY_MS),), "far", Health.WARN),
        ((NEXT_YEAR,), "far", Health.BAD),
        ((YESTERDAY,), "over", Health.BAD),
        ((LAST_YEAR,), "over", Health.BAD),
        ((), "good", Health.GOOD),
    ],
)
def test_opening_late_or_never_again_is_no_right_before_doors(
    windows: tuple[Window, ...], found: str, health: Health
) -> None:
    got = check(here_with(ticket(*windows)))
    assert (got.found, got.health) == (found, health)


def test_hours_of_point_and_product_that_never_meet_open_nothing() -> None:
    morning, evening = Window(from_minute=480, until_minute=600), Window(from_minute=1080, until_minute=1200)
    assert check(here_with(ticket(morning), windows=(evening,))).found == "over"


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (YESTERDAY, "good"),  # the ticket of the day before, as on every day but the first
        (TOMORROW, "good"),
        (NEXT_YEAR, "one_far"),
        (LAST_YEAR, "one_over"),
    ],
)
def test_a_ticket_of_another_day_is_as_it_should_be_and_one_of_another_year_is_named(other: Window, found: str) -> None:
    got = check(here_with(ticket(), ticket(other, product=DAY_TICKET)))
    assert got.found == found
    assert got.health is (Health.GOOD if found == "good" else Health.WARN)
    assert (got.product["en"] == "#9") is (found != "good")


def test_of_all_products_here_the_worst_is_named() -> None:
    here = here_with(*(ticket(product=ProductNo(100 + at)) for at in range(40)))
    strange = ticket(product=ProductNo(137), usage=UnknownRule("moon_phase"))
    here = replace(here, place=replace(here.place, products=here.place.products | {ProductNo(137): strange}))
    got = check(here)
    assert (got.found, got.product["en"]) == ("refused", "#137")


def test_an_item_whose_rule_nobody_knows_is_found_beside_one_that_is_good() -> None:
    found = catalogue().place(STAND)
    assert found is not None
    strange = ProductRules(LUNCH, ProductKind.ITEM, UnknownRule("moon_phase"))
    place = replace(found, products={**found.products, LUNCH: strange})
    got = check(Here(STAND, place, catalogue()))
    assert (got.found, got.product["en"]) == ("refused", "Lunch")
    assert check(Here(STAND, found, catalogue())).found == "good"


def test_a_product_the_catalogue_lacks_and_a_lane_it_cannot_pass_are_found() -> None:
    here = here_with(ticket())
    missing = replace(here, place=replace(here.place, point=replace(here.place.point, serves=(ProductNo(77),))))
    assert (check(missing).found, check(missing).values["reason"]) == ("refused", Reason.RULE_UNEVALUABLE)
    riding = replace(ticket(), lane=LaneKind.RIDING)
    assert check(here_with(riding)).values["reason"] == Reason.WRONG_LANE


def test_a_point_that_serves_nothing_is_not_ready() -> None:
    assert check(here_with()) == Check("verdict", "nothing", Health.BAD)


def test_where_people_only_go_out_a_good_pass_goes_out() -> None:
    assert check(here_with(ticket(LAST_YEAR), lets_in=False, lets_out=True)).found == "good"


def test_what_a_person_would_be_asked_is_refused_where_there_is_nobody() -> None:
    asked = {"confirm": ConfirmMode.CONFIRM}
    assert check(here_with(ticket(), **asked)).found == "good"
    got = check(here_with(ticket(), unattended=True, **asked))
    assert (got.found, got.values["reason"]) == ("refused", Reason.CONFIRM)


def test_at_a_turnstile_the_one_product_that_wants_a_look_is_named_and_the_others_make_it_ready() -> None:
    looked_at = replace(ticket(product=DAY_TICKET), attention=True)
    got = check(here_with(ticket(), looked_at, unattended=True))
    assert (got.found, got.health, got.product["en"]) == ("one_asked", Health.WARN, "#9")
    strange = ticket(product=ProductNo(10), usage=UnknownRule("moon_phase"))
    assert check(here_with(ticket(), looked_at, strange, unattended=True)).found == "refused"


@pytest.mark.parametrize(("view_age_ms", "found"), [(0, "good"), (HOUR_MS, "unheard"), (None, "unheard")])
def test_a_view_too_old_for_this_point_is_said_to_need_a_connection(view_age_ms: int | None, found: str) -> None:
    here = here_with(ticket(), offline=OfflinePolicy.REFUSE, view_age_minutes_max=30)
    assert check(here, view_age_ms).found == found


def test_a_real_signature_is_told_from_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = NOW_MS // 1000
    assert is_real_recognised(EVENT, now_s)
    for answer in (False, True):
        monkeypatch.setattr(signing.VerifyKey, "verify", lambda *_: answer)  # noqa: B023 - used within the turn
        assert not is_real_recognised(EVENT, now_s)


def test_a_library_that_breaks_is_found_and_nothing_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError("no such algorithm in this build")

    monkeypatch.setattr(signing.SigningKey, "sign", broken)
    assert not is_real_recognised(EVENT, NOW_MS // 1000)
