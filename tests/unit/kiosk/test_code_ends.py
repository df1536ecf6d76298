"""The ends of codes are kept for as many entries as are listed, and for nobody who comes later."""

from __future__ import annotations

from common.ids import DeviceId, Digest, Identity, Ref, RunId
from common.ticket_code import TicketCode, format_code
from kiosk.code_ends import ENDS_MAX, CodeEnds

CODE = TicketCode(bytes(range(10)))
REFS = [Ref(Identity(DeviceId(b"d" * 16), RunId(b"r" * 8), n), Digest(b"%016d" % n)) for n in range(1, 61)]


def test_no_more_are_kept_than_the_history_lists_and_none_once_somebody_left() -> None:
    ends = CodeEnds()
    for ref in REFS:
        ends.keeper(CODE)(ref)
    assert list(ends.all()) == REFS[-ENDS_MAX:]
    assert ends.of(REFS[-1]) == format_code(CODE)[-6:]
    ends.forget()
    assert ends.all() == {}


def test_an_entry_written_after_whoever_read_its_code_left_tells_nothing() -> None:
    ends = CodeEnds()
    keep = ends.keeper(CODE)
    ends.forget()
    keep(REFS[0])
    assert ends.of(REFS[0]) == ""


def test_where_no_code_was_read_there_is_no_end() -> None:
    ends = CodeEnds()
    ends.keeper(None)(REFS[0])
    assert ends.all() == {}
