"""Answers of the purchase are cut and counted by one rule, and go sealed with the holder as older data did."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, sealing
from common.errors import InvariantError
from common.ids import EventUid, ProductNo, TicketId
from common.kept_answers import KEPT_BYTES_MAX, KEPT_CHARACTERS_MAX, KeptAnswer, cut, keep
from common.sealing import HOLDER_BYTES_MAX, HolderData, open_holder, seal_holder
from common.ticket_code import TicketCode

CODE, EVENT, TICKET = TicketCode(b"0123456789"), EventUid(b"even"), TicketId(b"8 bytes.")
LUNCH, PITCH = ProductNo(3), ProductNo(7)


def holder(*answers: KeptAnswer, name: str = "Jana") -> HolderData:
    return HolderData(name, None, "", "cs", attention=False, answers=answers)


def sealed(data: HolderData) -> bytes:
    return seal_holder(CODE, EVENT, TICKET, 0, data)


answers = st.lists(
    st.builds(
        KeptAnswer,
        st.integers(0, 300).map(ProductNo),
        st.integers(1, 60),
        st.text("abc_", min_size=1, max_size=48),
        st.text(max_size=500),
    ),
    max_size=60,
)


@given(answers)
def test_what_is_kept_of_any_answers_is_sealed_and_opened_again(given_answers: list[KeptAnswer]) -> None:
    kept = keep(given_answers)
    data = holder(*kept)
    assert open_holder(CODE, EVENT, TICKET, 0, sealed(data)) == data


@given(answers)
def test_as_many_are_kept_as_find_room_the_first_pieces_first(given_answers: list[KeptAnswer]) -> None:
    kept, there = keep(given_answers), [one for one in given_answers if one.answer]
    assert [one.unit for one in kept] == sorted(one.unit for one in kept)
    assert all(len(one.answer) <= KEPT_CHARACTERS_MAX for one in kept)
    size = sum(len(cbor.encode([one.product, one.unit, one.question, one.answer])) for one in kept)
    assert size <= KEPT_BYTES_MAX
    assert len(kept) == len(there) or size + 3 + 48 + 4 * KEPT_CHARACTERS_MAX + 16 > KEPT_BYTES_MAX


@pytest.mark.parametrize(
    ("answer", "short"),
    [
        ("meat", "meat"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("no nuts, " * 10, ("no nuts, " * 10)[:79] + "…"),
        (",".join(["vegetarian"] * 9), ",".join(["vegetarian"] * 7) + ",…"),  # keys of options go as wholes
    ],
)
def test_a_long_answer_is_cut(answer: str, short: str) -> None:
    assert cut(answer) == short
    assert len(cut(answer)) <= KEPT_CHARACTERS_MAX


def test_the_longest_holder_there_can_be_is_sealed_with_the_most_answers() -> None:
    wide = "\U0001f3cd"  # four bytes in UTF-8
    kept = keep([KeptAnswer(LUNCH, unit, "dish", wide * 80) for unit in range(1, 60)])
    longest = HolderData(wide * 120, wide * 20, wide * 500, wide * 8, attention=True, answers=kept)
    assert len(kept) == 4
    assert len(sealed(longest)) <= HOLDER_BYTES_MAX
    assert open_holder(CODE, EVENT, TICKET, 0, sealed(longest)) == longest


def test_without_answers_the_bytes_are_those_of_before() -> None:
    """Five values, which kiosks that know no answers open too."""
    key = sealing._holder_key(CODE, EVENT, TICKET, 0)
    old = AESSIV(key).encrypt(cbor.encode(["Jana", None, "", "cs", False]), None)
    assert sealed(holder()) == old
    assert open_holder(CODE, EVENT, TICKET, 0, old) == holder()


@pytest.mark.parametrize(
    "rows",
    [
        "text",
        [[3, 1, "dish"]],
        [[3, 0, "dish", "meat"]],
        [[-1, 1, "dish", "meat"]],
        [["3", 1, "dish", "meat"]],
        [[3, 1, "dish", "x" * 81]],
        [[3, 1, "dish", "x" * 80]] * 20,
    ],
    ids=lambda rows: str(rows)[:30],
)
def test_data_that_keeps_to_no_limit_opens_as_nothing(rows: cbor.Cbor) -> None:
    key = sealing._holder_key(CODE, EVENT, TICKET, 0)
    raw = AESSIV(key).encrypt(cbor.encode(["Jana", None, "", "cs", False, rows]), None)
    assert open_holder(CODE, EVENT, TICKET, 0, raw) is None


def test_answers_over_the_limits_are_not_sealed() -> None:
    with pytest.raises(InvariantError):
        sealed(holder(KeptAnswer(LUNCH, 1, "dish", "x" * 81)))
    with pytest.raises(InvariantError):
        sealed(holder(*(KeptAnswer(PITCH, unit, "plate", "x" * 80) for unit in range(1, 20))))
