"""Whom of the LAN to call, when, and for what: a pure function of what happened and the time. No I/O, no threads.

New entries are pushed to all partners at once; with a few, picked at random, whole vectors are compared every ten
seconds, every two while the server cannot be reached. A partner that failed is left alone for a while and then
compared with: that brings whatever the missed pushes would have. The while is 3 s at most, so that two kiosks hear
of each other within 5 s of a healed network; it grows with the number of partners that fail, since a call to a machine
that is off holds one of eight lines for two seconds, and the pushes to the others need the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kiosk.sync.plan import jittered

RECONCILE_EVERY_S: Final = 10.0
RECONCILE_ALONE_S: Final = 2.0
RECONCILE_WITH: Final = 2
BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MAX_S: Final = 3.0
BACKOFF_PER_FAILING_S: Final = 0.4
PARTNERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Partner:
    """A kiosk of the LAN. `owes`: own entries wait to be pushed; `met`: compared with since it last failed."""

    owes: bool = False
    is_busy: bool = False
    met: bool = False
    failures: int = 0
    next_s: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """All partners by address, and when to compare next. Times on the monotonic clock."""

    reconcile_s: float
    partners: dict[str, Partner] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Push:
    """Give a partner the own entries it was not given."""

    address: str


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare vectors with a partner, take and give what is lacking."""

    address: str


Action = Push | Reconcile


@dataclass(frozen=True, slots=True)
class Due:
    """What to do now, and how long nothing else need be done unless something happens."""

    actions: tuple[Action, ...]
    wait_s: float


@dataclass(frozen=True, slots=True)
class EntryWritten:
    """An own entry was committed."""


@dataclass(frozen=True, slots=True)
class Found:
    """Addresses of partners, known or not."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """An address is no partner (any more): it left, or it is this kiosk itself."""

    address: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A call succeeded. `more`: there is more to take or to give."""

    action: Action
    more: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A call failed."""

    action: Action


Happened = EntryWritten | Found | Lost | Answered | Failed


def started(now_s: float) -> State:
    """The state at a start: nobody is known yet."""
    return State(now_s)


def due(state: State, now_s: float, order: Sequence[str]) -> Due:
    """What to do now; `order` are the partners' addresses in random order."""
    free = {address: partner for address, partner in state.partners.items() if not partner.is_busy}
    pushes = [Push(address) for address, partner in free.items() if partner.owes and partner.met]
    pushed = {push.address for push in pushes}
    called = [address for address, partner in free.items() if not partner.met and partner.next_s <= now_s]
    if state.reconcile_s <= now_s:
        others = [a for a in order if a in free and free[a].met and a not in pushed]
        called += others[:RECONCILE_WITH]
    times = [state.reconcile_s, *(partner.next_s for partner in free.values() if not partner.met)]
    later = [at_s - now_s for at_s in times if at_s > now_s]
    return Due((*pushes, *map(Reconcile, called)), min(later, default=RECONCILE_EVERY_S))


def begun(state: State, actions: Iterable[Action], now_s: float, chance: float, *, is_alone: bool) -> State:
    """The state once these calls are under way. `is_alone`: the server cannot be reached."""
    partners = dict(state.partners)
    for action in actions:
        partners[action.address] = replace(partners[action.address], is_busy=True, owes=False)
    reconcile_s = state.reconcile_s
    if reconcile_s <= now_s:
        reconcile_s = now_s + jittered(RECONCILE_ALONE_S if is_alone else RECONCILE_EVERY_S, chance)
    return State(reconcile_s, partners)


def after(state: State, happened: Happened, now_s: float, chance: float) -> State:
    """The state after something happened. `chance` from 0 to 1 makes kiosks not call in step."""
    match happened:
        case EntryWritten():
            owing = {address: replace(partner, owes=True) for address, partner in state.partners.items()}
            return replace(state, partners=owing)
        case Found():
            return replace(state, partners=_with(state.partners, happened.addresses, now_s))
        case Lost():
            rest = {address: one for address, one in state.partners.items() if address != happened.address}
            return replace(state, partners=rest)
        case Answered():
            met = not (happened.more and isinstance(happened.action, Reconcile))
            return _set(state, happened.action, met=met, failures=0, next_s=now_s)
        case Failed():
            known = state.partners.get(happened.action.address, Partner())
            wait_s = min(_longest_s(state), BACKOFF_FIRST_S * 2.0 ** min(known.failures, 10))
            next_s = now_s + jittered(wait_s, chance)
            return _set(state, happened.action, met=False, failures=known.failures + 1, next_s=next_s)


def _longest_s(state: State) -> float:
    """How long a partner may be left alone at most."""
    failing = sum(partner.failures > 0 for partner in state.partners.values())
    return max(BACKOFF_MAX_S, BACKOFF_PER_FAILING_S * failing)


def _with(partners: dict[str, Partner], addresses: Iterable[str], now_s: float) -> dict[str, Partner]:
    """New ones are called at once; one that failed is there again, since it was announced."""
    grown = dict(partners)
    for address in addresses:
        if address in grown:
            grown[address] = replace(grown[address], next_s=min(grown[address].next_s, now_s))
        elif len(grown) < PARTNERS_MAX:
            grown[address] = Partner(next_s=now_s)
    return grown


def _set(state: State, action: Action, *, met: bool, failures: int, next_s: float) -> State:
    known = state.partners.get(action.address)
    if known is None:
        return state
    changed = replace(known, is_busy=False, met=met, failures=failures, next_s=next_s)
    return replace(state, partners={**state.partners, action.address: changed})
