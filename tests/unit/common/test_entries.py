"""Entries: what is written is read, what is not understood is kept, and no bytes raise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import cbor, envelope
from common.bodies import KioskBody, Redeem, Statement, UnknownBody
from common.entries import (
    ENTRY_BYTES_MAX,
    Entry,
    EntryFault,
    PreviousRun,
    Stamp,
    body_of,
    is_statement,
    open_entry,
    stored_entry,
)
from common.envelope import EnvelopeFault, Typ
from common.expand import event_facts_of, facts_of, is_allowed, tickets_of
from common.facts import Standing, UseFact
from common.ids import DeviceId, Digest, EventUid
from common.signing import VerifyKey
from tests.support.entry_makers import (
    BADGE,
    BODIES,
    DIGEST,
    KIOSK,
    KIOSK_BODIES,
    NOW_MS,
    RUN,
    STATEMENTS,
    any_body,
    make_entry,
)
from tests.support.signed_things import EVENT, OTHER_EVENT

DEVICE_KEY = KIOSK.as_device()


def find(device: DeviceId) -> VerifyKey | None:
    return DEVICE_KEY.verify_key if device == DEVICE_KEY.kid else None


def opened(raw: bytes, event: EventUid = EVENT) -> Entry | EntryFault | EnvelopeFault:
    return open_entry(raw, event, find)


def signed(payload: Any) -> bytes:  # noqa: ANN401 - whatever CBOR can hold
    return envelope.sign(cbor.encode(payload), DEVICE_KEY, Typ.ENTRY)


def payload(body: Any = None, **changes: Any) -> list[Any]:  # noqa: ANN401 - whatever CBOR can hold
    """The array of an entry, by the names of its parts."""
    parts = {
        "event": EVENT,
        "run": RUN,
        "number": 1,
        "previous": None,
        "opens": None,
        "wall_ms": NOW_MS,
        "offset_ms": None,
        "offset_age_s": None,
        "doubtful": False,
        "operator": None,
        "body": [5000, "of the future"] if body is None else body,
    }
    return list({**parts, **changes}.values())


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_every_kind_is_read_as_it_was_written(body: KioskBody | Statement) -> None:
    written = make_entry(body)
    assert opened(written.raw) == written
    assert stored_entry(written.raw, EVENT) == written


@given(any_body(), st.integers(1, 2**40), st.integers(-(2**53), 2**53), st.booleans())
def test_any_body_within_its_limits_goes_round(
    body: KioskBody | Statement, number: int, wall_ms: int, has_operator: bool
) -> None:
    opens = PreviousRun(RUN, 4, DIGEST) if number == 1 else None
    stamp = Stamp(wall_ms, 5, 0, doubtful=has_operator)
    written = make_entry(body, number, opens=opens, stamp=stamp, operator=BADGE if has_operator else None)
    assert opened(written.raw) == written


def test_the_corrected_time_is_the_wall_time_plus_the_offset_known_then() -> None:
    assert Stamp(1000, -300).corrected_ms == 700
    assert Stamp(1000).corrected_ms == 1000


@given(st.binary(max_size=400))
def test_no_bytes_raise(raw: bytes) -> None:
    assert isinstance(opened(raw), EnvelopeFault)
    assert isinstance(stored_entry(raw, EVENT), EntryFault | EnvelopeFault)


@given(st.sampled_from(sorted(BODIES)), st.data())
def test_a_changed_byte_is_never_an_entry(name: str, data: st.DataObject) -> None:
    raw = bytearray(make_entry(BODIES[name]).raw)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert isinstance(opened(bytes(raw)), EnvelopeFault)


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.binary(max_size=20) | st.text("abž€", max_size=9),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.integers(0, 50), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_LIKE)
def test_a_signature_around_anything_is_an_entry_or_a_fault(content: Any) -> None:  # noqa: ANN401 - anything
    if _depth(content) <= cbor.DEPTH_MAX:
        assert isinstance(opened(signed(content)), Entry | EntryFault)


@given(st.integers(1, 50), st.lists(JSON_LIKE, max_size=11))
def test_a_body_of_anything_is_kept(kind: int, fields: list[Any]) -> None:
    """Whatever stands in the body, the entry has its identity, and its bytes are kept to be handed on."""
    if _depth(fields) > cbor.DEPTH_MAX - 2:
        return
    raw = signed(payload([kind, *fields]))
    entry = opened(raw)
    assert isinstance(entry, Entry)
    assert entry.raw == raw
    if isinstance(entry.body, UnknownBody):
        assert entry.body.kind == kind
        assert entry.body.why


def _depth(content: object) -> int:
    if isinstance(content, dict):
        return 1 + max(map(_depth, content.values()), default=0)
    return 1 + max(map(_depth, content), default=0) if isinstance(content, list) else 0


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (payload(event=OTHER_EVENT), EntryFault.WRONG_EVENT),
        (payload(previous=DIGEST), EntryFault.UNCHAINED),
        (payload(number=2), EntryFault.UNCHAINED),
        (payload(number=2, previous=DIGEST, opens=[RUN, 4, DIGEST]), EntryFault.UNCHAINED),
        (payload(number=0), EntryFault.UNREADABLE),
        (payload(number=2**40 + 1, previous=DIGEST), EntryFault.UNREADABLE),
        (payload(run=b"short"), EntryFault.UNREADABLE),
        (payload(wall_ms="noon"), EntryFault.UNREADABLE),
        (payload(wall_ms=2**53 + 1), EntryFault.UNREADABLE),
        (payload(doubtful=1), EntryFault.UNREADABLE),
        (payload()[:-1], EntryFault.UNREADABLE),
        ([*payload(), None], EntryFault.UNREADABLE),
        ({}, EntryFault.UNREADABLE),
    ],
)
def test_a_payload_that_is_no_entry_says_why(content: Any, fault: EntryFault) -> None:  # noqa: ANN401 - whatever CBOR can hold
    assert opened(signed(content)) is fault


def test_an_entry_of_another_device_has_no_identity_here() -> None:
    stranger = make_entry(key=KIOSK.from_seed(bytes(32)))
    assert opened(stranger.raw) is EnvelopeFault.UNKNOWN_KEY
    claimed = envelope.sign(cbor.encode(payload()), KIOSK.from_seed(bytes(32)).with_kid(DEVICE_KEY.kid), Typ.ENTRY)
    assert opened(claimed) is EnvelopeFault.BAD_SIGNATURE


def test_another_type_of_envelope_is_no_entry() -> None:
    message = envelope.sign(cbor.encode(payload()), DEVICE_KEY, Typ.EXCHANGE)
    assert opened(message) is EnvelopeFault.WRONG_TYPE


def test_an_entry_has_a_size_limit() -> None:
    content = cbor.encode(payload([6, None, b"x" * ENTRY_BYTES_MAX]))
    raw = envelope.sign(content, DEVICE_KEY, Typ.ENTRY, 2 * ENTRY_BYTES_MAX)
    assert opened(raw) is EnvelopeFault.TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        [77, b"future"],
        ["redeem"],
        [],
        None,
        "redeem",
        [1, b"12345678"],
        [1, b"short", 0, 7, 1, 3, 1, 21_371, [], None],
        [1, b"12345678", 0, 7, 0, 3, 1, 21_371, [], None],
        [3, b"12345678", [[DEVICE_KEY.kid, RUN, 1], DIGEST], "why", "a field more"],
        [32, b"0123456789abcdef", []],
    ],
)
def test_what_is_not_understood_is_kept_and_means_nothing(body: Any) -> None:  # noqa: ANN401 - whatever CBOR can hold
    entry = opened(signed(payload(body, operator=BADGE)))
    assert isinstance(entry, Entry)
    assert isinstance(entry.body, UnknownBody)
    assert (facts_of(entry, Standing.PROVEN), event_facts_of(entry), tickets_of(entry)) == ((), (), ())
    assert is_allowed(entry, is_server=True)
    assert is_allowed(entry, is_server=False)


def test_a_flag_and_a_ruling_of_the_future_are_understood_as_numbers() -> None:
    plain = [1, b"12345678", 0, 7, 1, 3, 1, 21_371, [], None, [99]]
    body = body_of(plain)
    assert isinstance(body, Redeem)
    assert body.flags == (99,)


@pytest.mark.parametrize("name", BODIES)
def test_statements_are_the_servers_and_the_rest_the_kiosks(name: str) -> None:
    entry = make_entry(BODIES[name])
    is_servers = name in STATEMENTS
    assert is_statement(entry.body) is is_servers
    assert is_allowed(entry, is_server=True) is is_servers
    assert is_allowed(entry, is_server=False) is not is_servers


@pytest.mark.parametrize(
    "name", sorted(set(BODIES) - {"badge", "catalogue", "device", "message", "redate", "revoke", "gap"})
)
def test_an_index_by_ticket_finds_every_entry_with_facts(name: str) -> None:
    entry = make_entry(BODIES[name])
    tickets = tickets_of(entry)
    assert {fact.ticket for fact in facts_of(entry, Standing.PROVEN)} <= set(tickets)
    assert len(set(tickets)) == len(tickets)
    assert bool(tickets) is (name not in {"note", "refuse a foreign code", "moved", "read"})


@given(any_body())
def test_facts_name_their_entry_and_only_redates_and_revocations_bear_on_all(body: KioskBody | Statement) -> None:
    entry = make_entry(body)
    facts = facts_of(entry, Standing.PROVEN)
    assert all(fact.ref == entry.ref for fact in (*facts, *event_facts_of(entry)))
    assert len(set(facts)) == len(facts), "a set of facts loses none"
    assert set(tickets_of(entry)) >= {fact.ticket for fact in facts}


@pytest.mark.parametrize(
    ("standing", "proof", "want"),
    [
        (Standing.PROVEN, None, Standing.PROVEN),
        (Standing.PROVEN, b"proof-08", Standing.PROVEN),
        (Standing.CLAIMED, b"proof-08", Standing.CLAIMED),
        (Standing.CLAIMED, None, Standing.UNPROVEN),
        (Standing.UNPROVEN, b"proof-08", Standing.UNPROVEN),
    ],
)
def test_a_claim_without_a_proof_is_unproven(standing: Standing, proof: bytes | None, want: Standing) -> None:
    redeem = KIOSK_BODIES["redeem"]
    assert isinstance(redeem, Redeem)
    body = Redeem(**{name: getattr(redeem, name) for name in redeem.__struct_fields__ if name != "proof"}, proof=proof)
    (fact,) = facts_of(make_entry(body), standing)
    assert isinstance(fact, UseFact)
    assert fact.standing is want


def test_a_use_carries_its_corrected_time_and_the_digests_it_had_seen() -> None:
    entry = make_entry(stamp=Stamp(NOW_MS, -1500, 60))
    (fact,) = facts_of(entry, Standing.CLAIMED)
    assert isinstance(fact, UseFact)
    assert (fact.time_ms, fact.seen, fact.quantity) == (NOW_MS - 1500, (Digest(DIGEST),), 2)
