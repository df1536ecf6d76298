"""The search index: what is found, what is not, and that a chunk opens for one key and place only."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import TicketId
from common.search_index import (
    HOLDERS_PER_CHUNK,
    Holder,
    Place,
    fold_text,
    is_enough,
    open_chunk,
    plate_of,
    seal_chunks,
)
from tests.support.signed_things import EVENT, OTHER_EVENT

KEY = bytes(range(32))
BUILD_MS = 1_782_900_000_000


def holder(name: str, plate: str = "", order: str = "ABC234") -> Holder:
    return Holder(TicketId(os.urandom(8)), name, plate_of(plate), order)


def found(query: str, *holders: Holder) -> list[str]:
    names: list[str] = []
    for no, sealed in seal_chunks(KEY, EVENT, BUILD_MS, holders):
        chunk = open_chunk(KEY, Place(EVENT, BUILD_MS, no), sealed)
        assert chunk is not None
        names += [one.name for one in chunk.find(query)]
    return names


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Žluťoučký KŮŇ", "zlutoucky kun"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Straße", "strasse"),
        ("Åse Bjørnæs", "ase bjornaes"),
        ("d’Àvila", "d’avila"),
    ],
    ids=["czech", "polish", "german", "nordic", "italian"],
)
def test_folding_takes_accents_and_case_away(text: str, folded: str) -> None:
    assert fold_text(text) == folded
    assert fold_text(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize(
    ("query", "is_hit"),
    [
        ("dvor", True),
        ("anna dvor", True),
        ("DVOŘÁKOVÁ anna", True),
        ("dvorakova bara", False),
        ("vorak", False),
        ("anna anna", False),
        ("dvorakovaa", False),
        ("5a1 0007", True),
        ("5a10007", True),
        ("5a1000", False),
        ("abc234", True),
        ("abc23", False),
    ],
)
def test_each_word_of_the_query_begins_a_word_of_the_name(query: str, is_hit: bool) -> None:
    assert found(query, holder("Anna Dvořáková", "5A1 0007"), holder("Bára Malá", order="XYZ789")) == (
        ["Anna Dvořáková"] if is_hit else []
    )


@pytest.mark.parametrize(("query", "enough"), [("nov", False), ("n o v", False), ("nova", True), ("li ja", True)])
def test_a_query_needs_four_letters(query: str, enough: bool) -> None:
    assert is_enough(query) is enough
    assert not is_enough("x" * 121)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(NAMES, min_size=1, max_size=20))
def test_every_holder_of_any_name_comes_back_whole(names: list[str]) -> None:
    holders = [holder(name, order=f"K{at:05d}") for at, name in enumerate(names)]
    for at, one in enumerate(holders):
        assert found(f"K{at:05d}", *holders) == [" ".join(one.name.split())]


@given(st.binary(max_size=200))
def test_any_bytes_as_a_chunk_are_none_and_no_exception(raw: bytes) -> None:
    assert open_chunk(KEY, Place(EVENT, BUILD_MS, 1), raw) is None


def test_a_chunk_opens_for_its_key_event_build_and_number_only() -> None:
    ((no, sealed),) = seal_chunks(KEY, EVENT, BUILD_MS, [holder("Anna")])
    assert open_chunk(KEY, Place(EVENT, BUILD_MS, no), sealed) is not None
    for key, place in (
        (bytes(32), Place(EVENT, BUILD_MS, no)),
        (KEY, Place(OTHER_EVENT, BUILD_MS, no)),
        (KEY, Place(EVENT, BUILD_MS + 1, no)),
        (KEY, Place(EVENT, BUILD_MS, no + 1)),
    ):
        assert open_chunk(key, place, sealed) is None


def test_a_chunk_has_at_most_a_thousand_holders_in_the_order_of_names() -> None:
    holders = [holder(f"Novák {number:04d}") for number in range(2 * HOLDERS_PER_CHUNK + 1)]
    sealed = list(seal_chunks(KEY, EVENT, BUILD_MS, reversed(holders)))
    assert [no for no, _ in sealed] == [1, 2, 3]
    first = open_chunk(KEY, Place(EVENT, BUILD_MS, 1), sealed[0][1])
    assert first is not None
    assert first.names.split("\n")[:2] == ["Novák 0000", "Novák 0001"]
