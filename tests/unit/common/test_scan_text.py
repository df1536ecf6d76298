"""What is built like a code of ours from end to end."""

from __future__ import annotations

import pytest

from common.decimal_text import to_decimal
from common.enrolment import enrolment_text
from common.passes import sign_pass
from common.scan_text import is_whole
from common.ticket_code import TicketCode, format_code
from tests.support.signed_things import PASS_KEY, make_pass

PASS = to_decimal(sign_pass(make_pass(), PASS_KEY))
CODE = format_code(TicketCode(bytes(range(10))))
ENROLMENT = enrolment_text("https://gates.example.org/" + "long/" * 40, "GOOD-CODE", bytes(32))


@pytest.mark.parametrize("text", [PASS, CODE, ENROLMENT], ids=["pass", "code", "enrolment"])
def test_a_code_of_ours_is_whole_and_no_beginning_or_end_of_it_is(text: str) -> None:
    assert is_whole(text)
    parts = [part for at in range(18, len(text)) for part in (text[:at], text[at:]) if len(part) != 17]
    assert [part for part in parts if is_whole(part)] == []


@pytest.mark.parametrize("text", ["", "WIFI:S:hall", "8231907745", "https://example.org", "4006381333931"])
def test_what_is_not_ours_is_not(text: str) -> None:
    assert not is_whole(text)
