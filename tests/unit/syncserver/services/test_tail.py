"""The entries kept in memory: a stretch without a hole that says nothing rather than something wrong."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from common.exchange import Cursor
from syncserver.services.tail import Tail
from syncserver.stores.entries import Head, StoredEntry


def rows(first: int, last: int, history: int = 0) -> list[StoredEntry]:
    """Rows of one history: a restored server gives other tags to the same positions."""
    return [StoredEntry(at, at * 10 + history, bytes([at]), b"entry %d" % at) for at in range(first, last + 1)]


def cursor(at: int, history: int = 0) -> Cursor:
    return Cursor(at, at * 10 + history)


def test_what_lies_behind_a_cursor_comes_in_order_and_no_more_than_asked_for() -> None:
    tail = Tail()
    tail.add(rows(5, 9))
    tail.add(rows(8, 12))
    assert tail.after(cursor(7), 3) == rows(8, 10)
    assert tail.after(cursor(12), 3) == []
    assert tail.end() == Head(12, 120)


def test_it_does_not_know_a_cursor_before_it_beyond_it_or_of_another_history() -> None:
    tail = Tail()
    tail.add(rows(5, 9))
    for strange in (cursor(4), cursor(10), cursor(0), cursor(7, history=1)):
        assert tail.after(strange, 3) is None


def test_rows_behind_a_hole_are_not_added() -> None:
    tail = Tail()
    tail.add(rows(1, 3))
    tail.add(rows(5, 6))
    assert tail.after(cursor(1), 9) == rows(2, 3)


def test_a_database_put_back_is_noticed_by_its_tags() -> None:
    tail = Tail()
    tail.add(rows(1, 6))
    tail.add(rows(6, 8, history=1))
    assert tail.after(cursor(6), 9) is None
    assert tail.after(cursor(6, history=1), 9) == rows(7, 8, history=1)


def test_an_end_that_does_not_fit_empties_it_and_one_that_is_merely_old_or_new_does_not() -> None:
    for head, is_kept in ((Head(9, 90), True), (Head(4, 40), True), (Head(12, 120), True), (Head(9, 91), False)):
        tail = Tail()
        tail.add(rows(3, 9))
        tail.drop_unless(head)
        assert (tail.end() is not None) == is_kept, head
    tail.drop_unless(Head(1, 10))
    assert tail.end() is None


def test_it_forgets_the_oldest_by_number_and_by_bytes() -> None:
    tail = Tail(entries_max=8)
    tail.add(rows(1, 9))
    assert tail.after(cursor(4), 9) == rows(5, 9)
    assert tail.after(cursor(3), 9) is None
    small = Tail(bytes_max=40)
    small.add(rows(1, 9))
    assert small.after(cursor(6), 9) == rows(7, 9)
    assert small.after(cursor(5), 9) is None


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), max_size=30),
    st.integers(0, 60),
    st.integers(1, 30),
)
def test_whatever_is_added_an_answer_is_what_the_table_would_say(
    added: Sequence[tuple[int, int]], at: int, limit: int
) -> None:
    tail = Tail(entries_max=25)
    for first, count in added:
        tail.add(rows(first, first + count - 1))
        found = tail.after(cursor(at), limit)
        end = tail.end()
        if found is not None and end is not None:
            assert found == rows(at + 1, min(end.position, at + limit))
