"""Bodies and entries with test keys, valid by default, and hypothesis strategies for all of them."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from common.bodies import (
    BadgeStated,
    Block,
    Cancel,
    Cancellation,
    CatalogueChanged,
    Decide,
    DeviceStated,
    Entitle,
    Entitlement,
    Exit,
    Gap,
    HandedLine,
    HandedOut,
    Issue,
    IssuedTicket,
    KioskBody,
    Message,
    MessageRead,
    Moved,
    Note,
    Override,
    Redate,
    Redeem,
    Refuse,
    Reissue,
    Revoke,
    Ruling,
    RunCut,
    Statement,
    Void,
)
from common.entries import Entry, PreviousRun, Stamp, write_entry
from common.ids import (
    AreaNo,
    BadgeId,
    Cause,
    CodeHash,
    DeviceId,
    Digest,
    EventDay,
    Identity,
    PointNo,
    ProductNo,
    Ref,
    RunId,
)
from common.signing import SigningKey
from tests.support.signed_things import EVENT, NOW_S, TICKET, signing_key

KIOSK = signing_key("device")
SERVER = signing_key("server's device")
RUN = RunId(b"test run")
NOW_MS = NOW_S * 1000
STAMP = Stamp(NOW_MS, -1500, 60)
DIGEST = Digest(bytes(range(16)))
CAUSE = Cause(b"cause of a test.")
HASH = CodeHash(b"hash of code")
TARGET = Ref(Identity(DeviceId(KIOSK.as_device().kid), RUN, 3), DIGEST)
BADGE = BadgeId(b"badge-01")

_USE = {
    "ticket": TICKET,
    "generation": 0,
    "product": ProductNo(7),
    "point": PointNo(3),
    "area": AreaNo(1),
    "day": EventDay(21_371),
    "seen": (TARGET,),
    "proof": b"proof-08",
}

KIOSK_BODIES: dict[str, KioskBody] = {
    "redeem": Redeem(**_USE, quantity=2),  # type: ignore[arg-type]
    "exit": Exit(**_USE),  # type: ignore[arg-type]
    "void": Void(TICKET, TARGET, "not_turned"),
    "refuse": Refuse(TICKET, 0, None, "nothing_left", PointNo(3), EventDay(21_371), 4),
    "refuse a foreign code": Refuse(None, None, DIGEST, "malformed", PointNo(3), EventDay(21_371)),
    "override": Override(**_USE, quantity=1, reason="unpaid", why="paid in cash", flags=(5,)),  # type: ignore[arg-type]
    "note": Note(None, b"sealed bytes"),
    "moved": Moved(PointNo(4), PointNo(3)),
    "handed out": HandedOut(TICKET, TARGET, (HandedLine("l", 1), HandedLine("m", 1, "xl")), (TARGET,)),
    "read": MessageRead(DIGEST, PointNo(3)),
}
STATEMENTS: dict[str, Statement] = {
    "issue": Issue(CAUSE, (IssuedTicket(TICKET, HASH, 0, ProductNo(1), ((ProductNo(7), 2),)),)),
    "reissue": Reissue(CAUSE, TICKET, 525_600, HASH, (TARGET,), ()),
    "entitle": Entitle(CAUSE, (Entitlement(TICKET, ProductNo(7), 1),)),
    "cancel": Cancel(CAUSE, (Cancellation(TICKET), Cancellation(TICKET, ProductNo(7), 1))),
    "block": Block(CAUSE, TICKET, True, "reported stolen", (TARGET,)),
    "catalogue": CatalogueChanged(CAUSE, 4),
    "device": DeviceStated(CAUSE, TARGET.identity.device, b"certificate", "Gate 1", PointNo(3), ()),
    "message": Message(CAUSE, None, "Rain is coming"),
    "decide": Decide(CAUSE, TICKET, TARGET, int(Ruling.ERROR), (), "slip of the hand", BADGE),
    "redate": Redate(CAUSE, TARGET.identity.device, RUN, 1, 9, -3600, ()),
    "revoke": Revoke(CAUSE, TARGET.identity.device, (RunCut(RUN, 9, DIGEST),), "lost"),
    "gap": Gap(CAUSE, TARGET.identity.device, RUN, 4, 5),
    "badge": BadgeStated(CAUSE, BADGE, bytes(range(32)), 4, NOW_S, blocked=True),
}
BODIES: dict[str, KioskBody | Statement] = {**KIOSK_BODIES, **STATEMENTS}


def make_entry(
    body: KioskBody | Statement = KIOSK_BODIES["redeem"],
    number: int = 1,
    previous: Digest | None = None,
    opens: PreviousRun | None = None,
    stamp: Stamp = STAMP,
    key: SigningKey = KIOSK,
    operator: BadgeId | None = None,
) -> Entry:
    """A signed entry; a number above 1 gets some previous digest unless it is given."""
    before = DIGEST if number > 1 and previous is None else previous
    return write_entry(key, EVENT, RUN, number, before, opens, stamp, operator, body)


def any_body() -> st.SearchStrategy[KioskBody | Statement]:
    """Any body that keeps its declared limits, built from its type."""
    kinds = tuple(type(body) for body in BODIES.values())
    return st.sampled_from(sorted(set(kinds), key=lambda kind: kind.__name__)).flatmap(_of_kind)


def _of_kind(kind: type[KioskBody | Statement]) -> st.SearchStrategy[KioskBody | Statement]:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return st.tuples(*(_of_type(field.type) for field in info.fields)).map(lambda values: kind(*values))


def _of_type(info: msgspec.inspect.Type) -> st.SearchStrategy[object]:
    inspect = msgspec.inspect
    if isinstance(info, inspect.UnionType):
        return st.one_of([_of_type(each) for each in info.types])
    if isinstance(info, inspect.NoneType):
        return st.none()
    if isinstance(info, inspect.BoolType):
        return st.booleans()
    if isinstance(info, inspect.IntType):
        low, high = info.ge if info.ge is not None else -(2**63), info.le if info.le is not None else 2**63 - 1
        return st.integers(low, high)
    if isinstance(info, inspect.BytesType):
        length = 40 if info.max_length is None else min(info.max_length, 40)
        return st.binary(min_size=min(info.min_length or 0, length), max_size=length)
    if isinstance(info, inspect.StrType) and info.pattern is not None:
        return st.from_regex(info.pattern.removesuffix("$") + r"\Z")
    if isinstance(info, inspect.StrType):
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=min(info.max_length or 20, 20))
    if isinstance(info, inspect.VarTupleType):
        return st.lists(_of_type(info.item_type), min_size=info.min_length or 0, max_size=3).map(tuple)
    if isinstance(info, inspect.TupleType):
        return st.tuples(*(_of_type(each) for each in info.item_types))
    assert isinstance(info, inspect.StructType), info
    cls = info.cls
    return st.tuples(*(_of_type(field.type) for field in info.fields)).map(lambda values: cls(*values))
