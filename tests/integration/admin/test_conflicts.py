"""A supervisor works through conflicts: finds, judges, decides one or many, revises; points hear, kiosks are told."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from common.bodies import Message, Override, Redeem
from common.clock import ManualClock
from common.conflict_news import ConflictNews as ToldNews
from common.conflict_news import ToldConflict, ToldUse, split_news
from common.entries import Entry, Stamp, stored_entry, write_entry
from common.ids import BadgeId, PointNo, TicketId
from syncserver.services.conflict_news import ConflictNews
from syncserver.services.rights import Role
from syncserver.services.ticket_fold import KnownTicket, read_ticket
from syncserver.stores import conflicts as store
from syncserver.stores import entries as entry_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.conflicts import ConflictFilter, ConflictRow
from tests.support.admin_world import Office
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS, KITCHEN, Pen

YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Double:
    """A ticket admitted at two gates that had not heard each other."""

    ticket: TicketId
    gate: Pen
    other: Pen
    first: Entry
    second: Entry

    @property
    def page(self) -> str:
        return f"conflicts/{self.second.ref.digest.hex()}"


def make_double(office: Office) -> Double:
    ticket = office.issue()[0]
    gate, other = office.join("North gate"), office.join("South gate")
    first = gate.redeem(ticket)
    office.clock.advance(90)
    second = other.write(Redeem(ticket, 0, FOUR_DAYS, 1, KITCHEN, GROUNDS, DAY, (), None))
    office.take(second)
    office.take(first)
    return Double(ticket, gate, other, first, second)


@pytest.fixture
def double(any_office: Office) -> Double:
    return make_double(any_office)


def ticket_of(office: Office, ticket: TicketId) -> KnownTicket:
    with office.services.db.read() as tx:
        known = read_ticket(tx, office.event, ticket, office.clock.now_ms())
    assert known is not None
    return known


def all_conflicts(office: Office, *, is_decided: bool | None = None) -> list[ConflictRow]:
    with office.services.db.read() as tx:
        return list(store.listed(tx, office.event.id, ConflictFilter(is_decided), None, 100))


def decide(office: Office, page: str, wish: str, note: str = "", client: FlaskClient | None = None) -> None:
    client = client or office.as_role(Role.SUPERVISOR)
    office.clock.advance(1)
    key = re.search(r'name="key" value="([0-9a-f]+)"', client.get(office.at(page)).text)
    assert key is not None
    reply = office.post(client, page, f"{page}/decide", wish=wish, note=note, key=key[1])
    assert reply.status_code == 303, reply.text


def test_from_the_overview_to_a_decision_in_four_clicks(any_office: Office, double: Double) -> None:
    """Overview, list, conflict, decision: each is a link or a button of the page before."""
    client = any_office.as_role(Role.SUPERVISOR)
    assert any_office.at("conflicts") in client.get(any_office.at("")).text
    listed = client.get(any_office.at("conflicts")).text
    assert any_office.at(double.page) in listed
    page = client.get(any_office.at(double.page)).text
    for told in ("North gate", "South gate", "nobody signed in", "Knew of the other", "90 seconds between"):
        assert told in page, told
    assert page.count("The use in question") == 1
    decide(any_office, double.page, "accept", "twins with one name")
    after = client.get(any_office.at(double.page)).text
    assert "it stands" in after
    assert "twins with one name" in after
    assert "Supervisor" in after
    assert "No conflict fits" in client.get(any_office.at("conflicts")).text
    assert double.page in client.get(any_office.at("conflicts?state=decided")).text


def test_an_error_strikes_the_use_and_accepting_it_later_brings_it_back(any_office: Office, double: Double) -> None:
    decide(any_office, double.page, "error")
    assert [use.ref for use in ticket_of(any_office, double.ticket).folded.ledger.struck] == [double.second.ref]
    decide(any_office, double.page, "note", "asked the gate")
    assert ticket_of(any_office, double.ticket).folded.ledger.struck != ()
    decide(any_office, double.page, "accept")
    assert len(ticket_of(any_office, double.ticket).folded.ledger.counted) == 2
    page = any_office.as_role(Role.SUPERVISOR).get(any_office.at(double.page)).text
    assert page.index("it stands") < page.index("asked the gate") < page.rindex("it never happened")


def test_block_blocks_the_ticket_and_revising_it_lifts_that_block_alone(any_office: Office, double: Double) -> None:
    decide(any_office, double.page, "block", "sold on")
    view = ticket_of(any_office, double.ticket).folded.view
    assert view is not None
    assert view.blocked
    decide(any_office, double.page, "accept")
    view = ticket_of(any_office, double.ticket).folded.view
    assert view is not None
    assert not view.blocked
    decide(any_office, double.page, "block")
    client = any_office.as_role(Role.SUPERVISOR)
    ticket_page = f"tickets/{double.ticket.hex()}"
    any_office.post(client, double.page, f"{ticket_page}/block", why="reported stolen", key="00" * 8)
    decide(any_office, double.page, "error")
    view = ticket_of(any_office, double.ticket).folded.view
    assert view is not None
    assert view.blocked


def test_a_form_sent_twice_decides_once(any_office: Office, double: Double) -> None:
    client = any_office.as_role(Role.SUPERVISOR)
    for _ in range(2):
        any_office.post(client, double.page, f"{double.page}/decide", wish="accept", key="ab" * 8)
    page = client.get(any_office.at(double.page)).text
    assert page.count("<li>") == 1


@pytest.mark.parametrize(("wish", "note"), [("", ""), ("forgive", ""), ("note", ""), ("accept", "x" * 181)])
def test_a_decision_that_says_nothing_is_answered_with_what_to_do(
    any_office: Office, double: Double, wish: str, note: str
) -> None:
    client = any_office.as_role(Role.SUPERVISOR)
    reply = any_office.post(client, double.page, f"{double.page}/decide", wish=wish, note=note)
    assert reply.status_code == 400
    assert len(all_conflicts(any_office, is_decided=False)) == 1


def test_support_sees_conflicts_and_decides_none(any_office: Office, double: Double) -> None:
    client = any_office.as_role(Role.SUPPORT)
    page = client.get(any_office.at(double.page))
    assert page.status_code == 200
    assert 'name="wish"' not in page.text
    assert client.post(any_office.at(f"{double.page}/decide"), data={"wish": "accept"}).status_code == 403


def test_many_at_once_by_point_time_and_range_of_a_run(any_office: Office) -> None:
    office, gate, other = any_office, any_office.join("North gate"), any_office.join("South gate")
    tickets = office.issue(6)
    office.take(*(gate.redeem(ticket) for ticket in tickets))
    office.clock.advance(60)
    office.take(*(other.redeem(ticket) for ticket in tickets))
    client = office.as_role(Role.SUPERVISOR)
    run = {"device": other.device.hex(), "run": other.run.hex(), "first": "2", "last": "4"}
    at = client.get(office.at("conflicts"), query_string=run).text
    assert "3 open conflicts fit" in at
    reply = office.post(client, "conflicts", "conflicts/decide", wish="accept", note="tablet was offline", **run)
    assert "3 uses decided" in client.get(reply.location).text
    assert len(all_conflicts(office, is_decided=False)) == 3
    office.post(client, "conflicts", "conflicts/decide", wish="error", point="main_gate", since="2028-07-06T10:00")
    assert {row.ruling for row in all_conflicts(office)} == {1, 3}
    assert all_conflicts(office, is_decided=False) == []


@pytest.mark.parametrize("odd", ["\x00", "9" * 40, "<script>", "٣", "-1", "é" * 300])
def test_odd_filters_are_answered_with_what_to_do(any_office: Office, double: Double, odd: str) -> None:
    client = any_office.as_role(Role.SUPERVISOR)
    for name in ("point", "device", "run", "first", "last", "since", "until"):
        reply = client.get(any_office.at("conflicts"), query_string={name: odd})
        assert reply.status_code == 400, name
        assert "<script>" not in reply.text.replace('<script src="', "")
    assert double.page in client.get(any_office.at("conflicts"), query_string={"kind": odd, "cursor": odd}).text
    assert client.get(any_office.at(f"conflicts/{odd[:9]}")).status_code in {400, 404}


# --- told -----------------------------------------------------------------------------------------


def messages(office: Office) -> list[Message]:
    with office.services.db.read() as tx:
        raws = entry_store.raws_of_kind(tx, office.event.id, 39)
    found = (stored_entry(raw, office.event.uid) for raw in raws)
    return [one.body for one in found if isinstance(one, Entry) and isinstance(one.body, Message)]


def tell_all(office: Office) -> None:
    news = ConflictNews(office.services.db, office.services.scribe)
    while news.step(office.event.id):
        pass


def test_both_points_are_told_once(any_office: Office, double: Double) -> None:
    news = ConflictNews(any_office.services.db, any_office.services.scribe)
    assert news.step(any_office.event.id) == 1
    assert news.step(any_office.event.id) == 0
    told = messages(any_office)
    assert {one.point for one in told} == {GATE, KITCHEN}
    assert all("North gate" in one.text and "South gate" in one.text for one in told)
    assert double.ticket.hex() not in told[0].text


def test_what_is_told_can_be_worded_at_the_kiosk(any_office: Office, double: Double) -> None:
    """The words are in the event's language; what they are about is there for programs, without the ticket's code."""
    tell_all(any_office)
    words, news = split_news(messages(any_office)[0].text)
    assert words.startswith("Rozhoduje dispečink, tady není co dělat:\n")
    uses = tuple(
        ToldUse(entry.stamp.corrected_ms // 1000, point, entry.ref.digest.hex()[:8])
        for entry, point in ((double.first, GATE), (double.second, KITCHEN))
    )
    assert news == ToldNews((ToldConflict("devices_had_not_heard", FOUR_DAYS, uses),))
    page = any_office.as_role(Role.SUPERVISOR).get(any_office.at("messages")).text
    assert ("tady není co dělat" in page, "#conflicts" in page) == (True, False)


def test_who_answered_for_a_use_with_badge_and_pin_is_not_told_of_it(any_office: Office) -> None:
    """It stays in the list of conflicts: somebody looks at it there."""
    office, pen, ticket = any_office, any_office.join("North gate"), any_office.issue()[0]
    overriding = Override(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None, "already_today", "")
    office.take(pen.write(overriding, BadgeId(b"jana-in-")))
    assert [row.why for row in all_conflicts(office, is_decided=False)] == ["override"]
    tell_all(office)
    assert messages(office) == []


@pytest.mark.parametrize("kind", ["clock_ahead", "override", "after_revocation"])
def test_whatever_is_to_be_decided_is_told_to_its_point(any_office: Office, kind: str) -> None:
    office, pen, ticket = any_office, any_office.join("North gate"), any_office.issue()[0]
    if kind == "after_revocation":
        revoke(office, pen)
    overriding = Override(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None, "already_today", "known to me")
    made = {
        "clock_ahead": lambda: ahead(office, pen, ticket, YEAR_S),
        "override": lambda: pen.write(overriding),
        "after_revocation": lambda: pen.redeem(ticket),
    }
    office.take(made[kind]())
    assert [row.why for row in all_conflicts(office)] == [kind]
    tell_all(office)
    (told,) = messages(office)
    assert (told.point, "North gate" in told.text) == (GATE, True)


def test_what_has_become_another_conflict_is_told_anew_to_both_points(any_office: Office) -> None:
    """A use stamped ahead is told as such; the other gate's entry, which comes later, makes it a double."""
    office, gate, other, ticket = any_office, any_office.join("North"), any_office.join("South"), any_office.issue()[0]
    first = other.write(Redeem(ticket, 0, FOUR_DAYS, 1, KITCHEN, GROUNDS, DAY, (), None))
    office.take(ahead(office, gate, ticket, YEAR_S))
    tell_all(office)
    assert [(row.why, one.point) for row in all_conflicts(office) for one in messages(office)] == [
        ("clock_ahead", GATE)
    ]
    office.take(first)
    tell_all(office)
    assert [row.why for row in all_conflicts(office)] == ["devices_had_not_heard"]
    anew = messages(office)[1:]
    assert {one.point for one in anew} == {GATE, KITCHEN}
    assert all("North" in one.text and "South" in one.text for one in anew)
    tell_all(office)
    assert len(messages(office)) == 3


def test_a_conflict_beside_another_use_than_before_is_told_to_that_one_s_point(any_office: Office) -> None:
    """The use before it comes last: the double now collides with the kitchen's."""
    office, gate, ticket = any_office, any_office.join("North"), any_office.issue()[0]
    first = gate.redeem(ticket)
    office.clock.advance(60)
    middle = office.join("Kitchen").write(Redeem(ticket, 0, FOUR_DAYS, 1, KITCHEN, GROUNDS, DAY, (), None))
    office.clock.advance(60)
    office.take(first, office.join("South").redeem(ticket))
    tell_all(office)
    assert {one.point for one in messages(office)} == {GATE}
    office.take(middle)
    tell_all(office)
    assert [one.point for one in messages(office)].count(KITCHEN) == 1


def test_what_is_found_together_is_told_in_one_message_a_point(any_office: Office) -> None:
    office, gate, other = any_office, any_office.join("North gate"), any_office.join("South gate")
    tickets = office.issue(8)
    office.take(*(gate.redeem(ticket) for ticket in tickets), *(other.redeem(ticket) for ticket in tickets))
    ConflictNews(office.services.db, office.services.scribe).step(office.event.id)
    (told,) = messages(office)
    assert told.point == GATE
    words, news = split_news(told.text)
    assert len(words.splitlines()) >= 3  # a head, and as many of five conflicts as there is room for
    assert news is not None
    assert (len(news.told), news.more) == (5, 3)
    assert len(told.text) <= 1000


# --- devices --------------------------------------------------------------------------------------


def test_entries_written_before_a_move_keep_their_point(any_office: Office) -> None:
    """The tablet is moved while it is offline; what it delivers afterwards was written at the old point."""
    ticket, pen = any_office.issue()[0], any_office.join("Tablet 4", GATE)
    entry = pen.redeem(ticket)
    client = any_office.as_role(Role.SUPERVISOR)
    page = f"devices/{pen.device.hex()}"
    assert any_office.post(client, page, f"{page}/move", point="kitchen").status_code == 303
    any_office.take(entry)
    (use,) = ticket_of(any_office, ticket).folded.ledger.counted
    assert use.point == GATE


def revoke(office: Office, pen: Pen) -> None:
    page = f"devices/{pen.device.hex()}"
    reply = office.post(office.as_role(Role.SUPERVISOR), f"{page}/revoke", f"{page}/revoke", why="lost")
    assert reply.status_code == 303


def test_a_lost_device_delivers_its_journal_and_later_entries_wait_for_a_supervisor(any_office: Office) -> None:
    office, pen, tickets = any_office, any_office.join("Tablet 5"), any_office.issue(4)
    before = [pen.redeem(ticket) for ticket in tickets[:2]]
    office.take(*before)
    revoke(office, pen)
    office.clock.advance(600)
    office.take(*(pen.redeem(ticket) for ticket in tickets[2:]))
    states = [len(ticket_of(office, one).folded.ledger.waiting) for one in tickets]
    assert states == [0, 0, 1, 1]
    client, uses = office.as_role(Role.SUPERVISOR), f"devices/{pen.device.hex()}/uses"
    listed = client.get(office.at(f"{uses}?uses=waiting")).text
    assert tickets[2].hex() in listed
    assert tickets[0].hex() not in listed
    decide(office, f"conflicts/{all_conflicts(office)[0].digest.hex()}", "accept")
    assert sum(len(ticket_of(office, one).folded.ledger.waiting) for one in tickets) == 1
    office.post(client, uses, f"{uses}/decide", wish="accept", note="found again", uses="waiting")
    assert sum(len(ticket_of(office, one).folded.ledger.counted) for one in tickets) == 4


def test_what_a_lost_device_wrote_since_an_instant_is_struck_in_one_form(any_office: Office) -> None:
    office, pen, tickets = any_office, any_office.join("Tablet 6"), any_office.issue(3)
    early = pen.redeem(tickets[0])
    office.clock.advance(3600)
    office.take(early, *(pen.redeem(ticket) for ticket in tickets[1:]))
    client, uses = office.as_role(Role.SUPERVISOR), f"devices/{pen.device.hex()}/uses"
    office.post(client, uses, f"{uses}/decide", wish="error", note="stolen at 10:30", since="2028-07-06T10:30")
    struck = [len(ticket_of(office, one).folded.ledger.struck) for one in tickets]
    assert struck == [0, 1, 1]


def test_forged_entries_of_a_stolen_key_are_named_and_use_up_nobodys_pass(any_office: Office) -> None:
    """The thief has the key but no passes: the proofs do not hold, and who comes later collides with nothing."""
    office, thief, gate, ticket = any_office, any_office.join("Stolen"), any_office.join("Gate"), any_office.issue()[0]
    office.take(thief.write(Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), b"forgery!")))
    office.clock.advance(60)
    office.take(gate.redeem(ticket))
    found = {row.device: row.why for row in all_conflicts(office)}
    assert found == {thief.device: "proof_failed"}


def test_a_copied_device_is_found_by_the_numbers_it_uses_twice(any_office: Office) -> None:
    """Both branches' uses are conflicts whatever came first; what was written before the copy was made is none."""
    office, pen, tickets = any_office, any_office.join("Copied"), any_office.issue(3)
    office.take(pen.redeem(tickets[0]))
    clone = Pen(office.world, pen.key, pen.run, pen.number, pen.last)
    office.take(pen.redeem(tickets[1]))
    office.take(clone.redeem(tickets[2]))
    assert {(row.ticket, row.why) for row in all_conflicts(office)} == {
        (tickets[1], "forked_journal"),
        (tickets[2], "forked_journal"),
    }


def ahead(office: Office, pen: Pen, ticket: TicketId, by_s: int) -> Entry:
    """A use stamped by a clock that is wrong."""
    honest = office.clock.now_ms()
    wrong = ManualClock(honest + by_s * 1000)
    pen.number += 1
    stamp = Stamp(wrong.now_ms(), 0, 1)
    body = Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None)
    entry = write_entry(pen.key, office.event.uid, pen.run, pen.number, pen.last, None, stamp, None, body)
    pen.last = entry.ref.digest
    return entry


def test_a_clock_a_year_ahead_is_corrected_by_what_the_page_suggests(any_office: Office) -> None:
    office, pen, ticket = any_office, any_office.join("From the future"), any_office.issue()[0]
    office.take(ahead(office, pen, ticket, YEAR_S))
    assert [row.why for row in all_conflicts(office)] == ["clock_ahead"]
    client, page = office.as_role(Role.SUPERVISOR), f"devices/{pen.device.hex()}/clock"
    text = client.get(office.at(page)).text
    assert f'value="-{YEAR_S}"' in text
    form = {"run": pen.run.hex(), "first": "1", "last": "1"}
    assert office.post(client, page, page, seconds=str(-YEAR_S), **form).status_code == 303
    office.services.projector.catch_up(office.event.id)
    assert all_conflicts(office) == []
    with office.services.db.read() as tx:
        (state,) = ticket_store.use_states(tx, office.event.id, [ticket]).values()
    assert state[2] == office.clock.now_ms()
    assert f"{-YEAR_S} s" in client.get(office.at(page)).text
    assert office.post(client, page, page, seconds="0", **form).status_code == 303
    assert [row.why for row in all_conflicts(office)] == ["clock_ahead"]


@pytest.mark.parametrize(
    "form",
    [
        {"first": "3", "last": "1"}, {"seconds": "soon"}, {"seconds": "9" * 12}, {"run": "xy"}, {"first": "0"},
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_is_answered_with_what_to_do(any_office: Office, form: dict[str, str]) -> None:
    pen = any_office.join("Tablet 8")
    page = f"devices/{pen.device.hex()}/clock"
    whole = {"run": pen.run.hex(), "first": "1", "last": "1", "seconds": "5", **form}
    assert any_office.post(any_office.as_role(Role.SUPERVISOR), page, page, **whole).status_code == 400


def test_a_correction_cannot_tear_an_earlier_one(any_office: Office) -> None:
    office, pen = any_office, any_office.join("Tablet 9")
    office.take(*(pen.redeem(ticket) for ticket in office.issue(3)))
    client, page = office.as_role(Role.SUPERVISOR), f"devices/{pen.device.hex()}/clock"
    form = {"run": pen.run.hex(), "first": "1", "last": "3", "seconds": "60"}
    assert office.post(client, page, page, **form).status_code == 303
    torn = office.post(client, page, page, **{**form, "first": "2"})
    assert torn.status_code == 400
    assert "corrected together" in torn.text
    assert office.post(client, page, page, **{**form, "seconds": "90"}).status_code == 303
    assert PointNo(1) == GATE
