"""The ticket code: derived, printed, typed, hashed, and proven."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from common.errors import InvariantError
from common.ids import DeviceId, EventUid, RunId, TicketId
from common.ticket_code import (
    CodeFault,
    TicketCode,
    code_hash,
    derive_code,
    format_code,
    is_code_of,
    is_proven,
    parse_code,
    proof_of_scan,
)
from tests.support.signed_things import CODE_KEY, EVENT, TICKET

DEVICE, RUN = DeviceId(b"device of 16 byt"), RunId(b"run of 8")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
codes = st.binary(min_size=10, max_size=10).map(TicketCode)


def test_the_code_is_the_first_80_bits_of_the_hmac() -> None:
    expected = hmac.new(CODE_KEY, TICKET + bytes([0, 1, 0, 2]), hashlib.sha256).digest()[:10]
    assert derive_code(CODE_KEY, TICKET, 65_538) == expected


@given(st.binary(min_size=8, max_size=8).map(TicketId), st.integers(0, 2**32 - 2))
def test_the_next_generation_has_another_code(ticket: TicketId, generation: int) -> None:
    assert derive_code(CODE_KEY, ticket, generation) != derive_code(CODE_KEY, ticket, generation + 1)


def test_a_code_as_printed_checked_by_hand() -> None:
    """Bits 00000 00001 ... 01111; Luhn by hand: 1 3 5 ... undoubled, 2 4 6 ... doubled from the right."""
    code = TicketCode(int("".join(f"{value:05b}" for value in range(16)), 2).to_bytes(10, "big"))
    # From the right: 15 doubled is 30, 14, 13 doubled is 26, ... none reaches 32, so the sum is plain.
    total = 2 * (15 + 13 + 11 + 9 + 7 + 5 + 3 + 1) + (14 + 12 + 10 + 8 + 6 + 4 + 2)
    assert format_code(code) == f"0123-4567-89AB-CDEF-{ALPHABET[-total % 32]}"


@given(codes)
def test_a_printed_code_is_read_back(code: TicketCode) -> None:
    text = format_code(code)
    assert len(text) == 21
    assert parse_code(text) == code


@given(codes)
def test_spelling_does_not_matter(code: TicketCode) -> None:
    text = format_code(code)
    for spelling in (
        text.lower(),
        text.replace("-", ""),
        text.replace("-", " "),
        f"  {text}\t",
        text.replace("-", "\u2013"),
        text.replace("-", "\u00a0"),
        text.replace("0", "O").replace("1", "I"),
        text.replace("0", "o").replace("1", "l"),
    ):
        assert parse_code(spelling) == code


@given(codes, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(code: TicketCode, at: int, wrong: str) -> None:
    text = format_code(code).replace("-", "")
    assume(text[at] != wrong)
    assert parse_code(text[:at] + wrong + text[at + 1 :]) is CodeFault.WRONG_CHECK


def test_nearly_all_swaps_of_neighbours_are_found() -> None:
    """Luhn overlooks only a swap of the first and last character of the alphabet."""
    missed = {
        (a, b) for a in ALPHABET for b in ALPHABET if a != b and not isinstance(parse_code(_swapped(a, b)), CodeFault)
    }
    assert missed == {("0", "Z"), ("Z", "0")}


def _swapped(a: str, b: str) -> str:
    number = 0
    for character in a + b + "0" * 14:
        number = number << 5 | ALPHABET.index(character)
    text = format_code(TicketCode(number.to_bytes(10, "big"))).replace("-", "")
    return b + a + text[2:]


@given(st.text(max_size=80))
def test_any_text_gives_a_code_or_a_fault(text: str) -> None:
    assert isinstance(parse_code(text), (bytes, CodeFault))


@given(st.text(alphabet=[*ALPHABET, "-", " ", "O", "l"], min_size=15, max_size=22))
def test_a_text_that_is_read_is_the_text_that_would_be_printed(text: str) -> None:
    code = parse_code(text)
    if not isinstance(code, CodeFault):
        plain = text.upper().translate(str.maketrans("OIL", "011", "- "))
        assert format_code(code).replace("-", "") == plain


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", CodeFault.WRONG_LENGTH),
        ("----", CodeFault.WRONG_LENGTH),
        ("0123-4567-89AB-CDEF", CodeFault.WRONG_LENGTH),
        ("0" * 18, CodeFault.WRONG_LENGTH),
        ("0" * 65, CodeFault.WRONG_LENGTH),
        ("U123-4567-89AB-CDEF-0", CodeFault.WRONG_CHARACTER),
        ("0123-4567-89AB-CDEF-\u0131", CodeFault.WRONG_CHARACTER),
        ("0123_4567_89AB_CDEF_0", CodeFault.WRONG_CHARACTER),
        ("\u0660123-4567-89AB-CDEF-0", CodeFault.WRONG_CHARACTER),
    ],
)
def test_each_refusal_has_its_reason(text: str, fault: CodeFault) -> None:
    assert parse_code(text) is fault


@given(codes, codes)
def test_a_hash_knows_its_code_only(code: TicketCode, other: TicketCode) -> None:
    assert len(code_hash(code)) == 12
    assert is_code_of(code, code_hash(code))
    assert is_code_of(other, code_hash(code)) == (other == code)


def test_a_hash_is_not_the_plain_hash_of_the_code() -> None:
    code = TicketCode(bytes(10))
    assert code_hash(code) != hashlib.sha256(code).digest()[:12]


def test_the_proof_is_the_first_8_bytes_of_the_hmac() -> None:
    code = derive_code(CODE_KEY, TICKET, 0)
    message = EVENT + DEVICE + RUN + (7).to_bytes(8, "big")
    expected = hmac.new(code, message, hashlib.sha256).digest()[:8]
    assert proof_of_scan(code, EVENT, DEVICE, RUN, 7) == expected
    assert is_proven(expected, code, EVENT, DEVICE, RUN, 7)


def test_a_proof_holds_for_one_entry_and_one_code_only() -> None:
    code = derive_code(CODE_KEY, TICKET, 0)
    proof = proof_of_scan(code, EVENT, DEVICE, RUN, 7)
    assert not is_proven(proof, derive_code(CODE_KEY, TICKET, 1), EVENT, DEVICE, RUN, 7)
    assert not is_proven(proof, code, EventUid(b"else"), DEVICE, RUN, 7)
    assert not is_proven(proof, code, EVENT, DeviceId(b"another 16 bytes"), RUN, 7)
    assert not is_proven(proof, code, EVENT, DEVICE, RunId(b"run of 9"), 7)
    assert not is_proven(proof, code, EVENT, DEVICE, RUN, 8)
    assert not is_proven(b"", code, EVENT, DEVICE, RUN, 7)


def test_values_of_wrong_size_break_the_program() -> None:
    code = derive_code(CODE_KEY, TICKET, 0)
    with pytest.raises(InvariantError):
        derive_code(CODE_KEY[:31], TICKET, 0)
    with pytest.raises(InvariantError):
        derive_code(CODE_KEY, TICKET, 2**32)
    with pytest.raises(InvariantError):
        proof_of_scan(code, EVENT, DEVICE, RunId(b"short"), 1)
    with pytest.raises(InvariantError):
        proof_of_scan(code, EVENT, DEVICE, RUN, 0)
    with pytest.raises(InvariantError):
        format_code(TicketCode(b"short"))
