"""What is taken off is exactly what the offer says, whole minor units at the right lines, whatever the basket."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.discounts import Priced, Terms, spread

LINES = st.lists(
    st.builds(Priced, st.integers(1, 10**6), st.integers(1, 5), st.integers(1, 50), st.integers(0, 10**8)),
    max_size=12,
    unique_by=lambda line: line.line_id,
)
PRODUCTS = st.frozensets(st.integers(1, 5))
PIECES = st.none() | st.integers(1, 20)
PERCENTS = st.builds(Terms, st.integers(1, 10_000), st.just(0), PRODUCTS, PIECES)
AMOUNTS = st.builds(Terms, st.just(0), st.integers(1, 10**8), PRODUCTS, PIECES)
EVERYTHING: frozenset[int] = frozenset()


def base_of(lines: list[Priced], terms: Terms) -> int:
    """What the discount is of, counted piece by piece."""
    pieces = [line.price_minor for line in lines if not terms.products or line.product_no in terms.products
              for _ in range(line.quantity)]  # fmt: skip
    return sum(sorted(pieces, reverse=True)[: terms.pieces_max])


@given(LINES, PERCENTS | AMOUNTS)
def test_no_line_costs_less_than_nothing_and_only_what_is_cheaper_gets_cheaper(
    lines: list[Priced], terms: Terms
) -> None:
    by_id = {line.line_id: line for line in lines}
    for line_id, off in spread(lines, terms).items():
        line = by_id[line_id]
        assert 0 < off <= line.quantity * line.price_minor
        assert not terms.products or line.product_no in terms.products


@given(LINES, PERCENTS)
def test_the_shares_of_a_percentage_are_the_percentage_of_the_sum_rounded_once(
    lines: list[Priced], terms: Terms
) -> None:
    exact = Fraction(base_of(lines, terms) * terms.percent_bp, 10_000)
    off = sum(spread(lines, terms).values())
    assert abs(off - exact) <= Fraction(1, 2)
    assert off >= exact or exact - off < Fraction(1, 2), "a half is rounded up"


@given(LINES, AMOUNTS)
def test_the_shares_of_an_amount_are_the_amount_or_all_there_is(lines: list[Priced], terms: Terms) -> None:
    assert sum(spread(lines, terms).values()) == min(terms.amount_minor, base_of(lines, terms))


@given(LINES, PERCENTS | AMOUNTS)
def test_each_share_is_within_one_unit_of_its_proportion(lines: list[Priced], terms: Terms) -> None:
    if terms.pieces_max is not None:
        return
    base, shares = base_of(lines, terms), spread(lines, terms)
    for line in lines:
        if base and (not terms.products or line.product_no in terms.products):
            exact = Fraction(sum(shares.values()) * line.quantity * line.price_minor, base)
            assert abs(shares.get(line.line_id, 0) - exact) < 1


@given(LINES, PERCENTS | AMOUNTS, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(lines: list[Priced], terms: Terms, mixer: object) -> None:
    mixed = list(lines)
    mixer.shuffle(mixed)  # type: ignore[attr-defined]
    assert spread(mixed, terms) == spread(lines, terms)


@pytest.mark.parametrize(
    ("terms", "shares"),
    [
        pytest.param(Terms(1_000, 0, EVERYTHING, None), {1: 125, 2: 19}, id="ten percent of 1439"),
        pytest.param(Terms(10_000, 0, EVERYTHING, None), {1: 1_250, 2: 189}, id="all of it"),
        pytest.param(Terms(0, 100, EVERYTHING, None), {1: 87, 2: 13}, id="an amount"),
        pytest.param(Terms(0, 5_000, EVERYTHING, None), {1: 1_250, 2: 189}, id="more than there is"),
        pytest.param(Terms(5_000, 0, frozenset({8}), None), {2: 95}, id="half of one product, a half rounded up"),
        pytest.param(Terms(5_000, 0, EVERYTHING, 1), {1: 313}, id="half of the dearest piece"),
    ],
)
def test_shares_of_two_tickets_and_a_lunch(terms: Terms, shares: dict[int, int]) -> None:
    assert spread([Priced(1, 7, 2, 625), Priced(2, 8, 1, 189)], terms) == shares
