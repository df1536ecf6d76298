"""Which variants were bought, handed out and are left: tables and properties of pure functions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bodies import HandedLine
from common.decision import Ledger
from common.facts import EventFacts, Fact, HandedFact, UseFact, VoidFact
from common.ids import ProductNo
from common.ledger import fold
from common.variants import Bought, Left, Pieces, bought_of, first_of, left_by_variant, lines_for, pack_bought
from tests.support.fact_worlds import NOW_MS, TICKET, device, ref_of, use_of

SHIRT, LUNCH = ProductNo(4), ProductNo(2)
ORDER = ("s", "m", "l", "xl")
BOUGHT = (Bought(SHIRT, "xl", 1), Bought(SHIRT, "l", 2), Bought(LUNCH, "vegan", 1))
EVENT = EventFacts()


def used(number: int, quantity: int, *lines: HandedLine) -> tuple[UseFact, tuple[HandedFact, ...]]:
    """A use of shirts, and what its kiosk said it handed out."""
    use = use_of(ref_of(device(1), number), NOW_MS - 9000 + number, product=SHIRT, quantity=quantity)
    return use, (HandedFact(ref_of(device(1), number + 50), TICKET, use.ref, lines, ()),) if lines else ()


def ledger_of(*uses: tuple[UseFact, tuple[HandedFact, ...]]) -> Ledger:
    """The fold of these uses and what was said of them."""
    facts: list[Fact] = [use for use, _ in uses]
    facts += [one for _, said in uses for one in said]
    return fold(TICKET, facts, EVENT, NOW_MS).ledger


@pytest.mark.parametrize(
    ("uses", "most", "total"),
    [
        pytest.param((), (("l", 2), ("xl", 1)), 3, id="nothing used: the catalogue's order"),
        pytest.param((used(1, 1, HandedLine("xl", 1)),), (("l", 2),), 2, id="what was handed out is gone"),
        pytest.param((used(1, 1),), (("l", 2), ("xl", 1)), 2, id="a use that says nothing took either"),
        pytest.param((used(1, 2),), (("l", 1), ("xl", 1)), 1, id="no more of one is left than of all"),
        pytest.param((used(1, 1, HandedLine("s", 1, "xl")),), (("l", 2),), 2, id="another size stands for one bought"),
        pytest.param((used(1, 1, HandedLine("s", 1)),), (("l", 2), ("xl", 1)), 2, id="one never bought took either"),
        pytest.param((used(1, 3, HandedLine("xl", 1)),), (), 0, id="what a use leaves unsaid is gone too"),
        pytest.param((used(1, 9, HandedLine("xl", 9)),), (), 0, id="more than was bought leaves nothing"),
        pytest.param((used(1, 1, HandedLine("l", 2)),), (("xl", 1),), 1, id="a line too long leaves the rest"),
        pytest.param((used(1, 1), used(2, 2, HandedLine("l", 2))), (), 0, id="where all is gone nothing is unsure"),
        pytest.param((used(1, 1), used(2, 1, HandedLine("xl", 1))), (("l", 1),), 1, id="of one size it is known"),
    ],
)
def test_what_is_left_by_size(
    uses: tuple[tuple[UseFact, tuple[HandedFact, ...]], ...], most: Pieces, total: int
) -> None:
    assert left_by_variant(BOUGHT, SHIRT, ledger_of(*uses), ORDER) == Left(most, total)


def test_which_one_went_unnoted_is_not_chosen_by_the_catalogues_order() -> None:
    """M and XL were bought, the first was handed out unnoted: XL was said to be left, though it may have been that."""
    bought = (Bought(SHIRT, "m", 1), Bought(SHIRT, "xl", 1))
    left = left_by_variant(bought, SHIRT, ledger_of(used(1, 1)), ORDER)
    assert (left.most, left.total, left.is_known) == ((("m", 1), ("xl", 1)), 1, False)
    assert left.without([("m", 1)]) == Left((), 0)
    noted = left_by_variant(bought, SHIRT, ledger_of(used(1, 1), used(2, 1, HandedLine("m", 1))), ORDER)
    assert noted == Left((), 0)


@given(
    st.lists(st.tuples(st.sampled_from(ORDER), st.integers(1, 9)), max_size=4, unique_by=lambda one: one[0]),
    st.lists(st.tuples(st.sampled_from(ORDER), st.integers(1, 5)), max_size=4),
)
def test_no_more_is_left_than_was_bought_and_what_is_known_adds_up(
    bought: list[tuple[str, int]], taken: list[tuple[str, int]]
) -> None:
    left = left_by_variant((Bought(SHIRT, key, n) for key, n in bought), SHIRT, Ledger(), ORDER).without(taken)
    assert left.total <= sum(n for _, n in bought)
    assert all(0 < n <= min(dict(bought)[key], left.total) for key, n in left.most)
    assert sum(n for _, n in left.most) >= left.total


def test_a_use_taken_back_takes_what_it_handed_out_back_too() -> None:
    use, said = used(1, 2, HandedLine("l", 1), HandedLine("xl", 1))
    void = VoidFact(ref_of(device(1), 90), TICKET, use.ref)
    ledger = fold(TICKET, [use, *said, void], EVENT, NOW_MS).ledger
    assert left_by_variant(BOUGHT, SHIRT, ledger, ORDER) == Left((("l", 2), ("xl", 1)), 3)


def test_only_the_device_of_a_use_says_what_it_handed_out_and_its_last_word_holds() -> None:
    use, (first,) = used(1, 1, HandedLine("l", 1))
    later = HandedFact(ref_of(device(1), 60), TICKET, use.ref, (HandedLine("m", 1, "xl"),), (first.ref,))
    strange = HandedFact(ref_of(device(2), 61), TICKET, use.ref, (HandedLine("s", 1),), (later.ref,))
    facts: list[Fact] = [strange, later, use, first]
    ledgers = {fold(TICKET, some, EVENT, NOW_MS).ledger.handed for some in (facts, facts[::-1])}
    assert ledgers == {((use.ref.digest, later.lines),)}


def test_each_piece_stands_for_its_own_size_first_and_else_for_the_first_left() -> None:
    assert lines_for(["xl", "s", "l"], (("l", 2), ("xl", 1))) == (
        HandedLine("xl", 1),
        HandedLine("l", 1),
        HandedLine("s", 1, "l"),
    )
    assert lines_for(["s"], ()) == (HandedLine("s", 1, None),)


@given(
    st.lists(st.tuples(st.sampled_from(ORDER), st.integers(1, 9)), max_size=4, unique_by=lambda one: one[0]),
    st.integers(0, 40),
)
def test_the_first_ones_are_never_more_than_asked_or_there(left: list[tuple[str, int]], quantity: int) -> None:
    taken = first_of(tuple(left), quantity)
    assert sum(n for _, n in taken) == min(quantity, sum(n for _, n in left))
    assert all(n <= dict(left)[key] for key, n in taken)


@given(st.lists(st.sampled_from(ORDER), min_size=1, max_size=6), st.lists(st.sampled_from(ORDER), max_size=8))
def test_lines_name_every_piece_once_and_stand_for_no_more_than_is_left(given_: list[str], there: list[str]) -> None:
    left = tuple((key, there.count(key)) for key in ORDER)
    lines = lines_for(given_, left)
    assert sum(line.quantity for line in lines) == len(given_)
    stood = [line.bought for line in lines for _ in range(line.quantity) if line.bought]
    own = [line.variant for line in lines for _ in range(line.quantity) if line.bought is None]
    assert all(stood.count(key) + min(own.count(key), n) <= n for key, n in left)


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 50)), max_size=20))
def test_what_was_bought_survives_packing(lines: list[tuple[int, int]]) -> None:
    variants = {no: (4, f"v{no}") for no, _ in lines}
    found = bought_of(pack_bought(lines), variants)
    assert found == tuple(Bought(SHIRT, f"v{no}", quantity) for no, quantity in lines)


@pytest.mark.parametrize("packed", [b"", b"\xff", b"\x01", b"\x81\x01", b"\x82\x01\x00", b"\x82\x61a\x01"])
def test_bytes_that_are_no_purchase_say_nothing(packed: bytes) -> None:
    assert bought_of(packed, {1: (4, "l")}) is None


def test_a_number_nobody_explained_is_passed_over() -> None:
    assert bought_of(pack_bought([(1, 1), (9, 2)]), {1: (4, "l")}) == (Bought(SHIRT, "l", 1),)


def test_other_products_and_ways_out_take_nothing() -> None:
    use, said = used(1, 1, HandedLine("l", 1))
    ledger = replace(ledger_of((use, said)), counted=(replace(use, product=LUNCH),))
    assert left_by_variant(BOUGHT, SHIRT, ledger, ORDER) == Left((("l", 2), ("xl", 1)), 3)
