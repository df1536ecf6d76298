"""Why somebody overrode is where it is judged: conflict, ticket and entries; for who may see answers."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from common.answers import WHY_KEY, GivenAnswers, encode_answers
from common.bodies import Note, Override
from common.decision import Reason
from common.entries import Entry
from common.ids import BadgeId, TicketId
from common.keys import KeyUse
from common.reason_texts import reason_text
from common.sealing import seal_to_server
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS, Pen

WHY = "Fehler von uns zuvor, Frau <Köhler>"
SAID = "Fehler von uns zuvor, Frau &lt;Köhler&gt;"
AGAINST = reason_text(Reason.ALREADY_TODAY, "en").headline
JANA = BadgeId(b"jana-in-")


@dataclass(frozen=True)
class Overridden:
    """A ticket let in against a refusal."""

    ticket: TicketId
    use: Entry

    @property
    def pages(self) -> tuple[str, str, str]:
        """The conflict, the ticket, the entries."""
        return f"conflicts/{self.use.ref.digest.hex()}", f"tickets/{self.ticket.hex()}", "entries?kind=override"


def sealed_why(office: Office, pen: Pen, use: Entry, why: str = WHY) -> Entry:
    ring = office.services.known.event(office.event.uid).ring
    public = ring.ring.entries_of(KeyUse.SEAL)[0].public
    assert isinstance(use.body, Override)
    (plain,) = encode_answers(GivenAnswers(use.ref, FOUR_DAYS, ((WHY_KEY, why),)))
    return pen.write(Note(use.body.ticket, seal_to_server(public, plain)))


def overriding(pen: Pen, ticket: TicketId, why: str = "") -> Entry:
    return pen.write(Override(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), None, "already_today", why), JANA)


def override(office: Office) -> Overridden:
    (ticket,), pen = office.issue(), office.join()
    use = overriding(pen, ticket)
    office.take(use, sealed_why(office, pen, use))
    return Overridden(ticket, use)


def told(office: Office, role: Role) -> list[dict[str, object]]:
    reply = office.as_role(role).get(office.at("entries.json?kind=override"))
    found: list[dict[str, object]] = json.loads(reply.data)["entries"]
    return found


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SUPPORT])
def test_the_conflict_the_ticket_and_the_entries_say_why_somebody_overrode(any_office: Office, role: Role) -> None:
    made, client = override(any_office), any_office.as_role(role)
    for page in made.pages:
        text = client.get(any_office.at(page)).text
        assert SAID in text, page
        assert AGAINST in text, page


def test_who_may_not_see_answers_sees_only_what_spoke_against_it(any_office: Office) -> None:
    override(any_office)
    client = any_office.as_role(Role.WILD_HOSTESS)
    page = client.get(any_office.at("entries")).text
    assert (AGAINST in page, "Köhler" in page) == (True, False)
    (entry,) = told(any_office, Role.WILD_HOSTESS)
    assert (entry["reason"], entry["typed"]) == ("already_today", "")
    (entry,) = told(any_office, Role.SUPPORT)
    assert entry["typed"] == WHY


def test_another_device_has_no_say_in_why_somebody_overrode(any_office: Office) -> None:
    (ticket,), pen, other = any_office.issue(), any_office.join("North"), any_office.join("South")
    use = overriding(pen, ticket)
    any_office.take(use, overriding(other, ticket), sealed_why(any_office, other, use, "a tale"))
    any_office.take(pen.write(Note(ticket, b"\x00" * 60)))
    page = any_office.as_role(Role.SUPPORT).get(any_office.at(f"tickets/{ticket.hex()}")).text
    assert (AGAINST in page, "a tale" in page) == (True, False)


def test_words_that_came_with_the_entry_itself_are_shown_too(any_office: Office) -> None:
    (ticket,), pen = any_office.issue(), any_office.join()
    any_office.take(overriding(pen, ticket, "known to me"))
    assert "known to me" in any_office.as_role(Role.SUPPORT).get(any_office.at(f"tickets/{ticket.hex()}")).text
