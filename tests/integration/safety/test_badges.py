"""Badges end to end: the real server issues and blocks them, real kiosks check the PIN, search and override."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from common.badges import Role
from common.bodies import Flag, Redeem
from common.decision import Outcome, Reason, Request
from common.errors import BadInput
from common.ids import TicketId
from kiosk import operators
from kiosk.front import Front
from kiosk.input.events import Scanned, Source
from kiosk.pin_tries import REST_S, TRIES_MAX
from kiosk.point_here import point_shown
from kiosk.shown import (
    BadgeRefused,
    BadgeTrouble,
    FindTrouble,
    Locked,
    NamesHere,
    OperatorTaken,
    PinRefused,
    PinTrouble,
    Shown,
)
from kiosk.surroundings import Here
from tests.support.server_world import KITCHEN, LUNCH
from tests.support.whole_world import PIN, Gate, Guest, WholeWorld, make_whole_world

pytestmark = pytest.mark.usefixtures("cheap_argon2")


def outcome(answer: object) -> tuple[Outcome, Reason]:
    assert isinstance(answer, Shown), answer
    verdict = answer.verdict
    return verdict.outcome, verdict.reason  # type: ignore[union-attr]


def refused(gate: Gate, pin: str) -> tuple[PinTrouble, int]:
    answer = gate.front.enter_pin(pin)
    assert isinstance(answer, PinRefused), answer
    return answer.why, answer.tries_left


def test_a_badge_of_the_snapshot_opens_with_its_pin_and_no_other(world: WholeWorld) -> None:
    badge = world.badge()
    world.build()
    gate = world.gate()
    gate.scan(badge.digits)
    assert refused(gate, "000000") == (PinTrouble.WRONG, TRIES_MAX - 1)
    assert gate.front.enter_pin(PIN) == OperatorTaken("Jana", ("supervisor",), pin_good=True)


def test_a_badge_issued_after_the_snapshot_is_known_with_the_next_exchange(world: WholeWorld) -> None:
    world.build()
    gate = world.gate()
    badge = world.badge()
    gate.scan(badge.digits)
    assert refused(gate, PIN) == (PinTrouble.UNKNOWN_BADGE, TRIES_MAX)
    gate.settle()
    assert isinstance(gate.front.enter_pin(PIN), OperatorTaken)


def test_a_blocked_badge_is_out_within_an_exchange_even_in_the_middle_of_its_session(world: WholeWorld) -> None:
    badge = world.badge()
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    assert len(gate.front.find("rericha")) == 1
    world.services.badges.block(world.event.id, "Jana")
    gate.settle()
    with pytest.raises(BadInput, match="enter its PIN"):
        gate.front.find("rericha")
    scanned = gate.front.scan(Scanned(badge.digits, Source.CAMERA, 0.0), Request())
    for answer in (gate.front.enter_pin(PIN), scanned):
        assert isinstance(answer, BadgeRefused)
        assert (answer.name, answer.why) == ("Jana", BadgeTrouble.BLOCKED)
    world.work()
    gate.idle()
    newest = gate.front.kiosk.stores.snapshots.in_use[-1]
    assert newest.file.badge(badge.badge).is_blocked  # type: ignore[union-attr]
    assert newest.search is not None
    assert newest.search.role_key(badge.badge, Role.SUPERVISOR) is None


def test_a_new_badge_gets_the_role_key_with_the_snapshot_that_issuing_it_asked_for(world: WholeWorld) -> None:
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    gate = world.gate()
    badge = world.badge("Ota", (Role.WILD_HOSTESS,))
    gate.settle()
    gate.sign_on(badge)
    assert gate.front.names_trouble() is FindTrouble.NOT_YET
    with pytest.raises(BadInput, match="next snapshot"):
        gate.front.find("rericha")
    world.work()
    gate.idle()
    gate.sign_on(badge)
    assert gate.front.names_trouble() is None
    assert [found.name for found in gate.front.find("rericha")] == ["Jiří Řeřicha"]


def test_the_role_key_is_new_at_each_build_and_opens_nothing_of_another(world: WholeWorld) -> None:
    badge = world.badge()
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    first = gate.front.kiosk.stores.snapshots.in_use[-1].search
    world.issue(Guest("Nová Anna"))
    world.build()
    gate.settle(3)
    gate.idle()
    gate.sign_on(badge)
    second = gate.front.kiosk.stores.snapshots.in_use[-1].search
    assert first is not None
    assert second is not None
    assert first.path != second.path
    assert len(gate.front.find("nova anna")) == 1


@pytest.mark.parametrize("role", [Role.HOSTESS, Role.ACCOUNTANT], ids=str)
def test_roles_that_may_not_see_people_get_no_key(world: WholeWorld, role: Role) -> None:
    badge = world.badge("Iva", (role,))
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    assert gate.front.names_trouble() is FindTrouble.NO_RIGHT
    with pytest.raises(BadInput, match="may not look people up"):
        gate.front.find("rericha")


def test_a_point_that_finds_nobody_gets_no_search_file(tmp_path: Path) -> None:
    world = make_whole_world(tmp_path)
    badge = world.badge()
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    kitchen = world.gate(KITCHEN)
    assert not list(kitchen.folder.snapshots.glob("*-search.sqlite"))
    kitchen.sign_on(badge)
    with pytest.raises(BadInput, match="no list of names"):
        kitchen.front.find("rericha")
    world.close()


def test_a_point_that_finds_nobody_says_so_before_anything_is_typed_and_names_one_that_does(tmp_path: Path) -> None:
    world = make_whole_world(tmp_path)
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    kitchen, gate = world.gate(KITCHEN).front.status().point, world.gate().front.status().point
    assert kitchen is not None
    assert gate is not None
    assert (kitchen.names_here, kitchen.found_at) == (NamesHere.ELSEWHERE, (gate.names,))
    assert (gate.names_here, gate.found_at) == (NamesHere.READY, ())
    world.close()


def test_a_list_of_names_that_has_not_come_is_told_from_one_that_was_not_built(world: WholeWorld) -> None:
    kiosk = found(world).front.kiosk
    here, in_use = kiosk.around.here(), kiosk.stores.snapshots.in_use
    assert isinstance(here, Here)
    assert point_shown(here, in_use).names_here is NamesHere.READY
    coming = [replace(one, search=None) for one in in_use]
    assert point_shown(here, coming).names_here is NamesHere.COMING
    assert point_shown(here, ()).names_here is NamesHere.LATER


# --- finding --------------------------------------------------------------------------------------


def found(world: WholeWorld) -> Gate:
    badge = world.badge()
    world.issue(Guest("Łukasz Dvořák-Žižka", "1AB 2345"), Guest("Jana Nováková"), items=((LUNCH, 2),))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    return gate


@pytest.mark.parametrize(
    "text", ["lukasz", "ŁUKASZ", "dvorak", "Žižka", "zizk luka", "1ab2345", "1AB 2345", "K00001", "k00001"]
)
def test_a_holder_is_found_by_folded_name_plate_or_order(world: WholeWorld, text: str) -> None:
    (one,) = found(world).front.find(text)
    assert (one.name, one.plate, one.order) == ("Łukasz Dvořák-Žižka", "1AB2345", "K00001")
    assert [(item.bought, item.used) for item in one.items] == [(2, 0)]


@pytest.mark.parametrize("text", ["luk", "a", "", "....", "l u"])
def test_a_question_of_fewer_than_four_letters_lists_nobody(world: WholeWorld, text: str) -> None:
    with pytest.raises(BadInput, match="at least 4 letters"):
        found(world).front.find(text)


def test_a_ticket_code_finds_its_own_ticket_without_a_badge(world: WholeWorld) -> None:
    (pass_,) = world.issue(Guest("Jana Nováková"))
    world.build()
    (one,) = world.gate().front.find(pass_.code)
    assert (one.ticket, one.name) == (pass_.ticket, "Jana Nováková")


def test_at_most_twenty_are_listed(world: WholeWorld) -> None:
    badge = world.badge()
    world.issue(*(Guest(f"Novák {number}") for number in range(50)))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    assert len(gate.front.find("novak")) == 20


def test_a_locked_kiosk_finds_and_redeems_nothing_and_no_pin_alone_unlocks_it(world: WholeWorld) -> None:
    badge = world.badge()
    (pass_,) = world.issue(Guest("Łukasz Wójcik"))
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    (one,) = gate.front.find("lukasz")
    gate.front.lock()
    for text in ("lukasz", pass_.code):
        with pytest.raises(BadInput, match="locked"):
            gate.front.find(text)
    assert gate.front.redeem_found(one.ticket, Request()) == Locked()
    assert gate.front.switch(badge.badge, PIN) == Locked()
    gate.sign_on(badge)
    with pytest.raises(BadInput, match="last search"):
        gate.front.redeem_found(one.ticket, Request())
    assert len(gate.front.find("lukasz")) == 1


def test_a_hand_over_by_pin_alone_names_whose_shift_it_was(world: WholeWorld) -> None:
    gate = found(world)
    (jana,) = gate.front.shift()
    other = world.badge("Iva", (Role.HOSTESS,))
    gate.front.scan(Scanned(other.digits, Source.CAMERA, 0.0), Request())
    assert gate.front.switch(jana.badge, PIN) == OperatorTaken(
        "Jana", ("supervisor",), before="Iva", brings_rights=True
    )


def test_leaving_ends_it_all_and_the_pin_alone_opens_nothing(world: WholeWorld) -> None:
    gate = found(world)
    (one,) = gate.front.find("lukasz")
    gate.front.sign_out()
    with pytest.raises(BadInput):
        gate.front.find("lukasz")
    with pytest.raises(BadInput):
        gate.front.redeem_found(one.ticket, Request())
    (person,) = gate.front.shift()
    assert gate.front.switch(person.badge, PIN) == OperatorTaken("Jana", ("supervisor",), brings_rights=True)
    with pytest.raises(BadInput, match="scan a badge"):
        gate.front.find("lukasz")
    with pytest.raises(BadInput, match="badge and its PIN"):
        gate.front.redeem_found(one.ticket, Request())
    assert gate.front.kiosk.station.operators.sign(Request()).operator == person.badge
    gate.restart()
    assert gate.front.shift() == ()


@pytest.mark.parametrize("leave", [Front.sign_out, Front.lock])
def test_the_keys_are_overwritten_when_the_operator_leaves_or_locks(
    world: WholeWorld, leave: Callable[[Front], None]
) -> None:
    gate = found(world)
    session = gate.front.kiosk.station.operators._session
    assert session is not None
    assert any(session.private)
    assert any(session.secret)
    leave(gate.front)
    assert not any(session.private)
    assert not any(session.secret)


def test_a_pin_is_good_for_a_quarter_of_an_hour(world: WholeWorld) -> None:
    gate = found(world)
    session = gate.front.kiosk.station.operators._session
    world.advance(operators.PIN_GOOD_FOR_S - 1)
    assert gate.front.find("lukasz")
    world.advance(2)
    with pytest.raises(BadInput, match="enter its PIN"):
        gate.front.find("lukasz")
    assert session is not None
    assert not any(session.private)


def test_a_badge_that_expires_while_its_holder_is_here_opens_nothing_more(world: WholeWorld) -> None:
    gate = found(world)
    (pass_,) = world.issue(Guest("Karel Vrba"))
    (person,) = gate.front.shift()
    session = gate.front.kiosk.station.operators._session
    assert session is not None
    assert gate.verdict(pass_.digits).outcome is Outcome.ADMIT
    world.advance(session.expires_s - world.clock.now_ms() / 1000 - 60)
    assert isinstance(gate.front.enter_pin(PIN), OperatorTaken)
    assert not any(session.private)
    session = gate.front.kiosk.station.operators._session
    assert session is not None
    world.advance(61)
    with pytest.raises(BadInput, match="enter its PIN"):
        gate.front.find("lukasz")
    assert not any(session.private)
    assert gate.front.shift() == ()
    for answer in (gate.front.enter_pin(PIN), gate.front.switch(person.badge, PIN)):
        assert isinstance(answer, BadgeRefused)
        assert answer.why is BadgeTrouble.EXPIRED
    assert not gate.front.kiosk.station.operators.sign(Request()).badge_and_pin


def test_what_one_badge_found_the_next_cannot_use(world: WholeWorld) -> None:
    searcher, hostess = world.badge(), world.badge("Iva", (Role.HOSTESS,))
    world.issue(Guest("Jiří Řeřicha"))
    world.build()
    gate = world.gate()
    gate.sign_on(searcher)
    (one,) = gate.front.find("rericha")
    gate.sign_on(hostess)
    with pytest.raises(BadInput, match="last search"):
        gate.front.redeem_found(one.ticket, Request())


# --- redeeming without a code ---------------------------------------------------------------------


def test_a_found_ticket_is_admitted_and_counts_elsewhere_once_the_server_says_so(world: WholeWorld) -> None:
    badge = world.badge()
    (pass_,) = world.issue(Guest("Jana Nováková"))
    world.build()
    north, south = world.gate(), world.gate()
    north.sign_on(badge)
    (one,) = north.front.find("novakova")
    assert outcome(north.front.redeem_found(one.ticket, Request())) == (Outcome.ADMIT, Reason.OK)
    assert outcome(north.front.redeem_found(one.ticket, Request()))[0] is Outcome.REFUSE  # own entries are proven
    (body,) = (e.body for e in north.front.kiosk.stores.journal.since(0) if isinstance(e.body, Redeem))
    assert Flag.FOUND_BY_NAME in body.flags
    north.settle()
    south.settle()
    assert outcome(south.scan(pass_.digits)) == (Outcome.ASK, Reason.PROOF_MISSING)
    world.tick()
    south.settle()
    assert outcome(south.scan(pass_.digits)) == (Outcome.REFUSE, Reason.ALREADY_TODAY)


def test_only_what_the_last_search_found_can_be_used_without_a_code(world: WholeWorld) -> None:
    gate = found(world)
    (other,) = world.issue(Guest("Karel Vrba"))
    gate.settle()
    with pytest.raises(BadInput, match="last search"):
        gate.front.redeem_found(other.ticket, Request())


def test_a_blocked_or_cancelled_ticket_is_refused_when_found_too(world: WholeWorld) -> None:
    gate = found(world)
    (one,) = gate.front.find("lukasz")
    world.block_ticket(TicketId(one.ticket))
    gate.settle()
    (again,) = gate.front.find("lukasz")
    assert again.is_blocked
    assert outcome(gate.front.redeem_found(one.ticket, Request())) == (Outcome.REFUSE, Reason.BLOCKED)


# --- overrides and PIN tries ----------------------------------------------------------------------


def test_an_override_needs_badge_and_pin(world: WholeWorld) -> None:
    badge = world.badge()
    (pass_,) = world.issue(Guest("Jana Nováková"))
    world.build()
    gate = world.gate()
    assert gate.verdict(pass_.digits).outcome is Outcome.ADMIT
    override = Request(override=Reason.ALREADY_TODAY, override_why="I know her")
    assert gate.verdict(pass_.digits, override).outcome is Outcome.REFUSE
    gate.scan(badge.digits)
    assert gate.verdict(pass_.digits, override).outcome is Outcome.REFUSE
    gate.front.enter_pin(PIN)
    assert gate.verdict(pass_.digits, override).outcome is Outcome.ADMIT
    gate.front.sign_out()
    gate.front.switch(badge.badge, PIN)
    assert gate.verdict(pass_.digits, override).outcome is Outcome.REFUSE


def test_wrong_pins_are_bounded_across_restarts(world: WholeWorld) -> None:
    badge = world.badge()
    world.build()
    gate = world.gate()
    for left in range(TRIES_MAX - 1, -1, -1):
        gate.scan(badge.digits)
        assert refused(gate, "000000") == (PinTrouble.WRONG if left else PinTrouble.RESTING, left)
        gate.restart()
    gate.scan(badge.digits)
    assert refused(gate, PIN) == (PinTrouble.RESTING, 0)
    world.advance(REST_S + 1)
    assert isinstance(gate.front.enter_pin(PIN), OperatorTaken)


def deleted(path: Path) -> None:
    path.unlink()


def damaged(path: Path) -> None:
    path.write_bytes(b"no database any more" * 1000)


@pytest.mark.parametrize("harm", [deleted, damaged])
@pytest.mark.parametrize("name", ["learnt", "journal"])
def test_a_file_that_is_lost_gives_no_tries_back(world: WholeWorld, harm: Callable[[Path], None], name: str) -> None:
    badge = world.badge()
    world.build()
    gate = world.gate()
    for _ in range(TRIES_MAX):
        gate.scan(badge.digits)
        refused(gate, "000000")
    gate.front.close()
    harm(gate.folder.path / f"{name}.sqlite")
    gate.front = world.open(gate.folder, gate.transport)
    gate.scan(badge.digits)
    assert refused(gate, PIN) == (PinTrouble.RESTING, 0)
    world.advance(REST_S + 1)
    assert isinstance(gate.front.enter_pin(PIN), OperatorTaken)
    gate.front.sign_out()
    gate.scan(badge.digits)
    assert refused(gate, "000000") == (PinTrouble.WRONG, TRIES_MAX - 1)
