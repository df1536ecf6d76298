"""Who knew of which use: read off the entries alone, it is what each writer really had."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from common.doubles import has_seen
from common.facts import EventFacts, UseFact
from common.ids import Ref
from common.ledger import fold
from common.marks import LACKED_CAUSES
from tests.support.fact_worlds import NOW_MS, TICKET, device, ref_of, use_of

DEVICES = 4


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_whoever_reads_the_entries_knows_what_each_writer_had_heard(seed: int, steps: int) -> None:
    """News comes to each gate in any order and with holes, as it does by LAN and stick."""
    rng = random.Random(seed)
    held: dict[int, dict[Ref, UseFact]] = {number: {} for number in range(DEVICES)}
    written: dict[Ref, UseFact] = {}
    knew: dict[Ref, set[Ref]] = {}
    for step in range(steps):
        writer = rng.randrange(DEVICES)
        for ref in rng.sample(sorted(written), rng.randint(0, len(written))):
            held[writer][ref] = written[ref]
        ledger = fold(TICKET, held[writer].values(), EventFacts(), NOW_MS).ledger
        use = use_of(ref_of(device(writer), step + 1), NOW_MS - 10_000 + step, ledger.heads)
        use = replace(use, flags=(LACKED_CAUSES,) if ledger.lacks_causes else ())
        knew[use.ref] = set(held[writer])
        written[use.ref] = held[writer][use.ref] = use
    causes = {use.ref.digest: use.seen for use in written.values()}
    for use in written.values():
        told = {ref for ref in written if has_seen(use, ref.digest, causes)}
        assert told == knew[use.ref]
