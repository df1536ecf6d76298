"""The small numbers by which packed facts name runs and statements, given out once per event and kept in tables.

They are the same in every snapshot of the event, so the snapshot builder copies packed facts as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from common.errors import require
from common.fact_rows import Row, RowKind, facts_of_rows, own_digest, standing_of, statement_numbers
from common.facts import Fact, HandedFact, Standing, UseFact, VoidFact
from common.ids import DeviceId, Digest, Ref, RunId, TicketId
from common.snapshot_format import Base, StatementRow
from syncserver.stores import fact_numbers as store
from syncserver.stores.events import EventRow

MS_PER_DAY = 86_400_000


def base_of(event: EventRow) -> Base:
    """From where packed facts of an event count their times and days."""
    return Base(event.facts_base_ms, event.facts_base_ms // MS_PER_DAY)


class FactNumbers:
    """Numbers within one transaction that holds the projection lock: what it gives out is written at once."""

    def __init__(self, tx: Connection, event: EventRow) -> None:
        self._tx, self._event_id, self._base = tx, event.id, base_of(event)
        self.runs: dict[int, tuple[bytes, bytes]] = store.fact_run_rows(tx, event.id)
        self._run_nos = {run: no for no, run in self.runs.items()}
        self._statements: dict[int, StatementRow] = {}
        self._statement_nos: dict[bytes, int] = {}

    @property
    def base(self) -> Base:
        """From where times and days count."""
        return self._base

    def run_of(self, device: DeviceId, run: RunId) -> int:
        """The number of a run, a new one if it has none."""
        no = self._run_nos.get((device, run))
        if no is None:
            no = max(self.runs, default=0) + 1
            store.add_fact_run(self._tx, self._event_id, no, device, run)
            self.runs[no] = (device, run)
            self._run_nos[device, run] = no
        return no

    def statement_of(self, ref: Ref) -> int:
        """The number of a statement that was registered or loaded before."""
        no = self._statement_nos.get(ref.digest)
        require(no is not None, f"statement {ref.digest.hex()} has no number: register it before packing")
        return no or 0

    def register(self, stated: Iterable[tuple[Ref, bytes, int]]) -> None:
        """Give numbers to statements (reference, cause, time in ms) that have none."""
        wanted = {ref.digest: (ref, cause, time_ms) for ref, cause, time_ms in stated}
        if not wanted:
            return
        self._statement_nos.update(store.statement_nos(self._tx, self._event_id, list(wanted)))
        missing = [one for digest, one in wanted.items() if digest not in self._statement_nos]
        last = store.last_statement_no(self._tx, self._event_id) if missing else 0
        new: list[StatementRow] = []
        for no, (ref, cause, time_ms) in enumerate(missing, start=last + 1):
            name = ref.identity
            new.append((no, self.run_of(name.device, name.run), name.number, ref.digest, cause, time_ms))
            self._statement_nos[ref.digest] = no
        store.add_statements(self._tx, self._event_id, new)

    def has_all(self, rows: Sequence[Row], facts: Sequence[Fact]) -> bool:
        """Whether there are facts and each is in these rows; all a statement says of a ticket comes in one piece."""
        if not facts or not rows:
            return False
        uses = {own_digest(row): standing_of(row) for row in rows if row[0] < RowKind.ISSUE}
        stated = set(statement_numbers(rows))
        return all(self._is_among(fact, uses, stated) for fact in facts)

    def _is_among(self, fact: Fact, uses: Mapping[Digest, Standing], stated: AbstractSet[int]) -> bool:
        if isinstance(fact, UseFact | VoidFact | HandedFact):
            known = uses.get(fact.ref.digest)
            # What is claimed adds nothing to the same entry judged before; only the server's word does.
            is_proof = isinstance(fact, UseFact) and fact.standing is Standing.PROVEN
            return known is Standing.PROVEN or (known is not None and not is_proof)
        return self._statement_nos.get(fact.ref.digest) in stated

    def unpack(self, rows: Mapping[TicketId, Sequence[Row]]) -> dict[TicketId, tuple[Fact, ...]]:
        """The facts of several tickets from their rows."""
        self._load({no for found in rows.values() for no in statement_numbers(found)})
        return {
            ticket: facts_of_rows(found, ticket, self._base, self.runs, self._statements)
            for ticket, found in rows.items()
        }

    def _load(self, nos: set[int]) -> None:
        missing = [no for no in nos if no not in self._statements]
        found = store.statement_rows(self._tx, self._event_id, missing)
        self._statements.update(found)
        self._statement_nos.update({row[3]: no for no, row in found.items()})
