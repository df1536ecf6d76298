"""What goes into a snapshot's rows comes out again, and damage is named."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor
from common.bodies import HandedLine
from common.catalogue import (
    CatalogueFault,
    CatalogueProduct,
    QuestionWords,
    decode_catalogue,
    encode_catalogue,
    usage_of_list,
    usage_to_list,
)
from common.enrolment import (
    ENROLMENT_DIGITS_MAX,
    Enrolment,
    EnrolmentFault,
    enrolment_text,
    parse_enrolment,
    typed_enrolment,
)
from common.fact_rows import (
    DamagedRows,
    facts_of_rows,
    own_digests,
    pack_event_fact,
    pack_facts,
    rows_of,
    statement_numbers,
    unpack_event_fact,
)
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    EventFact,
    Fact,
    ForkedFact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import Cause, CodeHash, DeviceId, Digest, Identity, ProductNo, Ref, RunId, TicketId
from common.questions import AskChoice, AskText, Question
from common.rules import (
    AtMost,
    InOut,
    Once,
    OncePerDay,
    ProductKind,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    Window,
)
from common.snapshot_format import Base, code_rows, key_ranges, ticket_key, ticket_of_key
from tests.support.kiosk_world import catalogue

TICKET = TicketId(b"ticket 1")
BASE = Base(1_782_000_000_000, 20_600)
SERVER, RUN = DeviceId(b"s" * 16), RunId(b"server r")

small = st.integers(1, 60)
proofs = st.none() | st.binary(min_size=8, max_size=8)
digests = st.binary(min_size=16, max_size=16).map(Digest)
names = st.builds(
    Identity, st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8), st.integers(1, 2**40)
)


def ref_of(name: Identity, branch: int) -> Ref:
    """A reference as they are: the digest goes by the content, so no two identities have the same one."""
    of = hashlib.sha256(b"%b %b %d %d" % (name.device, name.run, name.number, branch))
    return Ref(name, Digest(of.digest()[:16]))


refs = st.builds(ref_of, names, st.integers(0, 2))
causes = st.binary(min_size=16, max_size=16).map(Cause)
codes = st.binary(min_size=12, max_size=12).map(CodeHash)
times = st.integers(-(2**52), 2**52)
several = st.lists(refs, max_size=3).map(tuple)
uses = st.builds(
    UseFact,
    ref=refs,
    ticket=st.just(TICKET),
    kind=st.sampled_from(UseKind),
    generation=st.integers(0, 2**32 - 1),
    product=small,
    quantity=st.integers(1, 1_000_000),
    point=small,
    area=st.integers(0, 9),
    day=st.integers(-1_000_000, 10_000_000),
    time_ms=times,
    seen=st.lists(digests, max_size=4).map(tuple),
    standing=st.just(Standing.CLAIMED),
    proof=proofs,
    flags=st.lists(small, max_size=3).map(tuple),
)
items = st.lists(st.tuples(small, small), max_size=4).map(tuple)
ticket = st.just(TICKET)
statements = st.one_of(
    st.builds(IssueFact, refs, ticket, causes, codes, st.integers(0, 9), small, items, st.booleans(), times),
    st.builds(ReissueFact, refs, ticket, causes, codes, st.integers(0, 9), several, several, times),
    st.builds(EntitleFact, refs, ticket, causes, small, small, times),
    st.builds(CancelFact, refs, ticket, causes, st.none() | small, st.none() | small, times),
    st.builds(BlockFact, refs, ticket, causes, st.booleans(), st.text(max_size=20), several),
    st.builds(DecideFact, refs, ticket, causes, refs, st.integers(1, 9), several),
    st.builds(VoidFact, refs, ticket, refs),
    st.builds(HandedFact, refs, ticket, refs, st.just((HandedLine("l", 2), HandedLine("m", 1, "xl"))), st.just(())),
)


class Numbers:
    """Numbers runs and statements as the writer of a snapshot does."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self.runs: dict[tuple[bytes, bytes], int] = {}
        self.of_ref: dict[Ref, int] = {}
        self.facts = {fact.ref: fact for fact in facts}

    def run_of(self, device: DeviceId, run: RunId) -> int:
        return self.runs.setdefault((device, run), len(self.runs) + 1)

    def statement_of(self, ref: Ref) -> int:
        return self.of_ref.setdefault(ref, len(self.of_ref) + 1)

    def rows(self) -> dict[int, tuple[int, int, int, bytes, bytes, int]]:
        found = {}
        for ref, no in self.of_ref.items():
            fact, name = self.facts[ref], ref.identity
            cause, time_ms = getattr(fact, "cause", b""), getattr(fact, "time_ms", 0)
            found[no] = (no, self.run_of(name.device, name.run), name.number, bytes(ref.digest), bytes(cause), time_ms)
        return found


@given(st.lists(uses, max_size=4, unique_by=lambda use: use.ref.digest), st.lists(statements, max_size=4))
def test_facts_survive_packing(some_uses: list[UseFact], others: list[Fact]) -> None:
    places = {fact.ref for fact in others}
    unique = [fact for number, fact in enumerate(others) if fact.ref not in {one.ref for one in others[:number]}]
    facts: tuple[Fact, ...] = (*(use for use in some_uses if use.ref not in places), *unique)
    numbers = Numbers(facts)
    packed = pack_facts(facts, BASE, numbers.run_of, numbers.statement_of)
    rows, stated = rows_of(packed), numbers.rows()
    assert set(statement_numbers(rows)) == set(stated)
    runs = {no: run for run, no in numbers.runs.items()}
    assert facts_of_rows(rows, TICKET, BASE, runs, stated) == facts
    own = {fact.ref.digest for fact in facts if isinstance(fact, UseFact | VoidFact | HandedFact)}
    assert set(own_digests(packed)) == own


def test_a_proof_is_dropped_once_the_server_has_judged() -> None:
    ref = Ref(Identity(SERVER, RUN, 1), Digest(b"d" * 16))
    use = UseFact(ref, TICKET, UseKind.EXIT, 0, 1, 1, 1, 0, 20_601, BASE.ms, (), Standing.PROVEN, b"p" * 8)  # type: ignore[arg-type]
    packed = pack_facts((use,), BASE, lambda _device, _run: 1, lambda _ref: 1)
    (again,) = facts_of_rows(rows_of(packed), TICKET, BASE, {1: (SERVER, RUN)}, {})
    assert isinstance(again, UseFact)
    assert (again.standing, again.proof, again.kind) == (Standing.PROVEN, None, UseKind.EXIT)


@given(st.binary(max_size=80))
def test_any_bytes_as_rows_are_facts_or_named_damage(raw: bytes) -> None:
    with contextlib.suppress(DamagedRows):
        assert isinstance(facts_of_rows(rows_of(raw), TICKET, BASE, {}, {}), tuple)
    with contextlib.suppress(DamagedRows):
        assert isinstance(list(own_digests(raw)), list)


@given(
    st.builds(RedateFact, refs, st.just(SERVER), st.just(RUN), small, small, st.integers(-9, 9), several)
    | st.builds(RevokeFact, refs, st.just(SERVER), st.lists(st.tuples(st.just(RUN), small, digests)).map(tuple))
    | st.builds(ForkedFact, st.just(SERVER), st.just(RUN), st.lists(st.tuples(small, small)).map(tuple))
)
def test_facts_about_the_event_survive_packing(fact: EventFact) -> None:
    assert unpack_event_fact(pack_event_fact(fact)) == fact


@given(st.lists(st.tuples(codes, st.binary(min_size=8, max_size=8).map(TicketId)), max_size=30))
def test_every_ticket_is_found_by_its_code(pairs: list[tuple[CodeHash, TicketId]]) -> None:
    rows = dict(code_rows(pairs))
    for code, one in pairs:
        ranges = key_ranges(rows[int.from_bytes(code[:2], "big")])
        assert any(first <= ticket_key(one) <= last for first, last in ranges)
        assert ticket_of_key(ticket_key(one)) == one


def test_the_catalogue_survives_and_later_fields_and_rules_do_no_harm() -> None:
    raw = encode_catalogue(catalogue())
    assert decode_catalogue(raw) == catalogue()
    assert decode_catalogue(raw[:-1]) is CatalogueFault.NOT_CBOR
    assert decode_catalogue(b"\xa0") is CatalogueFault.WRONG_SHAPE


@given(st.binary(max_size=300))
def test_any_bytes_as_a_catalogue_are_a_fault(raw: bytes) -> None:
    assert isinstance(decode_catalogue(raw), CatalogueFault)


@given(st.data())
def test_a_changed_byte_leaves_a_whole_catalogue_or_is_a_fault(data: st.DataObject) -> None:
    raw = bytearray(encode_catalogue(catalogue()))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    found = decode_catalogue(bytes(raw))
    assert isinstance(found, CatalogueFault) or decode_catalogue(encode_catalogue(found)) == found


@pytest.mark.parametrize(
    "rule", [Once(), OncePerDay(), InOut(), Unlimited(), AtMost(5, None, 2), Quantity(3), UnknownRule("lunar")]
)
def test_rules_of_usage_survive(rule: Once) -> None:
    assert usage_of_list(usage_to_list(rule)) == rule


@given(st.lists(st.text(max_size=50) | st.integers() | st.none(), max_size=4))
def test_any_list_is_a_rule_and_strange_ones_are_unknown(plain: list[str | int | None]) -> None:
    assert usage_of_list(plain) is not None


def test_an_enrolment_survives_its_code() -> None:
    text = enrolment_text("https://tickets.example.org:8443", "ABCD-EFGH-JKMN", b"t" * 32)
    assert len(text) <= ENROLMENT_DIGITS_MAX
    assert parse_enrolment(text) == Enrolment("https://tickets.example.org:8443", "ABCD-EFGH-JKMN", b"t" * 32)


@pytest.mark.parametrize(
    ("address", "code", "fault"),
    [
        ("ftp://x", "ABCD", EnrolmentFault.BAD_ADDRESS),
        ("https://", "ABCD", EnrolmentFault.BAD_ADDRESS),
        ("https://user@x", "ABCD", EnrolmentFault.BAD_ADDRESS),
        ("https://x:99999", "ABCD", EnrolmentFault.BAD_ADDRESS),
        ("https://x y", "ABCD", EnrolmentFault.BAD_ADDRESS),
        ("x.example.org", "", EnrolmentFault.BAD_CODE),
        ("x.example.org", "A B", EnrolmentFault.BAD_CODE),
    ],
)
def test_typed_enrolments_that_cannot_be_are_named(address: str, code: str, fault: EnrolmentFault) -> None:
    assert typed_enrolment(address, code) is fault


@given(st.text(max_size=60) | st.text("0123456789", max_size=1300))
def test_any_text_is_an_enrolment_or_a_fault(text: str) -> None:
    assert isinstance(parse_enrolment(text), Enrolment | EnrolmentFault)


def test_windows_by_turn_and_questions_survive_the_catalogue() -> None:
    product = ProductRules(
        ProductNo(9),
        ProductKind.TICKET,
        AtMost(days=2),
        first_windows=(Window(until_minute=720),),
        later_windows=(Window(from_minute=600),),
        questions=(Question("size", AskChoice(("s", "l"))), Question("wish", AskText(9), required=False)),
        asks_questions=True,
    )
    words = (QuestionWords("size", {"en": "Size"}, {"s": {"en": "S"}, "l": {"en": "L"}}), QuestionWords("wish", {}))
    made = replace(catalogue(), products=(CatalogueProduct(product, {"en": "Late"}, questions=words),))
    assert decode_catalogue(encode_catalogue(made)) == made


def test_to_a_version_without_windows_by_turn_their_rule_is_unknown() -> None:
    """0.1.0 passes over fields it does not know; it must refuse such a product, not admit at any time."""
    product = ProductRules(ProductNo(9), ProductKind.TICKET, Once(), first_windows=(Window(until_minute=720),))
    raw = encode_catalogue(replace(catalogue(), products=(CatalogueProduct(product, {"en": "Late"}),)))
    plain = cbor.decode(raw, len(raw))
    assert isinstance(plain, dict)
    products = plain["products"]
    assert isinstance(products, list)
    assert isinstance(products[0], dict)
    usage = products[0]["usage"]
    assert usage_of_list(usage) == UnknownRule("by_turn")  # type: ignore[arg-type]
