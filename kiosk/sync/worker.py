"""The two threads of sync: one exchanges, the other fetches snapshots. Neither is ever waited for by a scan."""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from common.decision import Fault
from common.errors import UserFacing
from common.windows import window_finding
from kiosk.root import Kiosk
from kiosk.store.enrolled import device_key
from kiosk.store.faults import StoreTrouble
from kiosk.sync import plan
from kiosk.sync.carry import Carried, Carrying
from kiosk.sync.errands import Errands, Quiet
from kiosk.sync.errors import Refused, Retry, SyncError, SyncWhy, TooMuch
from kiosk.sync.exchange import Exchanger, Machine, Outcome, Party
from kiosk.sync.pictures import PICTURES_PATH, Pictures
from kiosk.sync.transport import Transport

COUNTS_EVERY_S: Final = 30.0
WAIT_MAX_S: Final = 5.0  # the longest sleep, so that a wall of timers never stands between stop() and the end
ERRANDS_WAITING_MAX: Final = 16
FAR_BEHIND: Final = "far behind the others: their news comes with the ticket list that is being fetched"
_log = logging.getLogger("rallygate.kiosk.sync")


@dataclass(frozen=True, slots=True)
class SyncState:
    """How sync stands, for people. `last_contact_ms`: when the server last told all it had."""

    connected: bool = False
    last_contact_ms: int | None = None
    pending: int = 0
    trouble: str = ""
    exchanges: int = 0
    why: SyncWhy | None = None  # of `trouble`, where there is a word for it
    failures: int = 0  # exchanges that did not work, since the start


class Sync:
    """Exchanges with the server for as long as it runs. `step` does one thing; `start` runs steps in threads."""

    def __init__(self, kiosk: Kiosk, transport: Transport, machine: Callable[[], Machine] = Machine) -> None:
        self._kiosk = kiosk
        self._clock = kiosk.clock
        self.party = Party(
            folder=kiosk.folder,
            key=device_key(kiosk.folder),
            enrolled=kiosk.enrolled,
            ring=kiosk.ring,
            stores=kiosk.stores,
            around=kiosk.around,
            device_clock=kiosk.device_clock,
            monotonic_s=kiosk.clock.monotonic_s,
            machine=machine,
            on_ring=kiosk.station.use_ring,
            on_learnt=kiosk.heard,
            on_forked=kiosk.known.found_forked,
            give_way=kiosk.station.give_way,
        )
        self.exchanger = Exchanger(self.party, transport)
        self.errands = Errands(self.party, transport, self.installed)
        self.pictures = Pictures(self.party, transport)
        now_s = self._clock.monotonic_s()
        self._plan = plan.started(now_s)
        self._entry_s = self._counts_s = now_s
        self._changed = threading.Condition()
        self._is_stopping = False
        self._waiting: queue.Queue[Callable[[], object] | None] = queue.Queue(ERRANDS_WAITING_MAX)
        self._underway: set[bytes] = set()
        self._threads: list[threading.Thread] = []
        self._random = random.Random()  # noqa: S311 - spreads load, guards nothing
        self._state = SyncState(pending=self.exchanger.outbox.pending())
        kiosk.bell.listen(self._entry_written)

    # --- for front ends ---------------------------------------------------------------------------

    @property
    def state(self) -> SyncState:
        """How sync stands."""
        with self._changed:
            return self._state

    def exchange_now(self) -> None:
        """Ask for an exchange at once; returns before it is done."""
        self._happened(plan.Asked())

    def start(self) -> None:
        """Run until `stop`."""
        for name, work in (("exchange", self._run), ("snapshots", self._run_errands)):
            thread = threading.Thread(target=work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, within_s: float = 10.0) -> None:
        """Stop both threads; what they were at is repeated at the next start. May be called twice."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(within_s)
        self._threads = []

    def is_worth_taking(self, signed: bytes, *, is_far: bool = False) -> bool:
        """Whether to fetch this snapshot now. `is_far`: nothing else is given until it is here."""
        return self.errands.is_worth_taking(signed, replace(self._quiet(), is_far=is_far))

    def carry(self, path: Path) -> Carried:
        """Take what a carry file brings and add what it lacks; returns when it is done. No download is waited for.

        Raises BadInput, StoreTrouble, SyncError.
        """
        exchanger = self.exchanger
        carrying = Carrying(self.party, exchanger.held, exchanger.reception, exchanger.outbox, self.installed)
        with self.party.shelf:
            return carrying.carry(path)

    # --- steps ------------------------------------------------------------------------------------

    def step(self) -> float:
        """Exchange if it is due; how many seconds may pass until the next step. Never raises."""
        now_s = self._clock.monotonic_s()
        self._write_counts(now_s)
        with self._changed:
            action = plan.due(self._plan, now_s)
        if isinstance(action, plan.Wait):
            return action.seconds
        self._exchange(action)
        return 0.0

    def run_errands(self) -> int:
        """Carry out the errands that wait, here and now; how many. For tests and one-shot commands."""
        done = 0
        while not self._waiting.empty():
            errand = self._waiting.get()
            if errand is not None:
                self._run_errand(errand)
                done += 1
        return done

    def _exchange(self, action: plan.Exchange) -> None:
        started_s = self._clock.monotonic_s()
        try:
            outcome = self.exchanger.exchange(action.batch, by_vector=action.by_vector)
        except (Retry, Refused, StoreTrouble) as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - the thread's outermost handler: log, count, go on
            _log.exception("an exchange broke")
            self._failed(UserFacing(f"the exchange broke ({type(error).__name__}); see the log"))
        else:
            if action.batch == 0:
                self.exchanger.skip_suspect()
            self._succeeded(outcome)
            if self._entry_s > started_s:  # written while the message was under way: it must not wait for the next
                self._happened(plan.EntryWritten())

    def _failed(self, error: UserFacing) -> None:
        retry_after_s = error.retry_after_s if isinstance(error, Retry) else None
        self._happened(plan.Failed(isinstance(error, TooMuch), self.exchanger.sent, retry_after_s))
        with self._changed:
            why = error.why if isinstance(error, SyncError) else None
            failures = self._state.failures + 1
            self._state = replace(self._state, connected=False, trouble=str(error), why=why, failures=failures)
        _log.info("no exchange: %s", error)

    def _succeeded(self, outcome: Outcome) -> None:
        self._happened(replace(outcome.answered, is_point_open=self._is_point_open()))
        pending = self.exchanger.outbox.pending()
        now_ms = self._kiosk.device_clock.now_ms()
        waits = f"{outcome.waits} entries of one device wait: it wrote too many" if outcome.waits else ""
        why = SyncWhy.TOO_MANY if waits and not outcome.is_far else None
        waits = FAR_BEHIND if outcome.is_far else waits
        with self._changed:
            heard_ms = now_ms if outcome.heard_all else self._state.last_contact_ms
            exchanges, failures = self._state.exchanges + 1, self._state.failures
            self._state = SyncState(True, heard_ms, pending, waits, exchanges, why, failures)
        self._order_errands(outcome)

    def _order_errands(self, outcome: Outcome) -> None:
        if outcome.manifest is not None and self.is_worth_taking(outcome.manifest, is_far=outcome.is_far):
            fetch = self._fetch if outcome.is_far else self.errands.fetch
            self.order(outcome.manifest, partial(fetch, outcome.manifest))
        elif outcome.manifest is not None and outcome.is_far:
            self.exchanger.decline(outcome.manifest)
        elif self.errands.lacks_search() is not None:
            self.order(b"search", self.errands.fetch_search)
        for wanted in outcome.wanted:
            self.order(wanted, partial(self.errands.upload, wanted))
        if self.pictures.are_due():
            self.order(PICTURES_PATH.encode(), self.pictures.fetch)

    def _fetch(self, manifest: bytes) -> None:
        """Take a snapshot; where that fails, entries come for a while, however many there are."""
        is_taken = False
        try:
            is_taken = self.errands.fetch(manifest)
        finally:
            if not is_taken:
                self.exchanger.decline(manifest)

    def order(self, name: bytes, errand: Callable[[], object]) -> None:
        """Queue an errand unless the same is under way; when many wait, the next answer asks again."""
        with self._changed:
            if name in self._underway or self._waiting.full():
                return
            self._underway.add(name)

        def run() -> object:
            try:
                return errand()
            finally:
                with self._changed:
                    self._underway.discard(name)

        self._waiting.put(run)

    def _run_errand(self, errand: Callable[[], object]) -> None:
        try:
            errand()
        except (SyncError, StoreTrouble) as error:
            with self._changed:
                why = error.why if isinstance(error, SyncError) else None
                self._state = replace(self._state, trouble=str(error), why=why)
            _log.info("no snapshot: %s", error)
        except Exception:  # noqa: BLE001 - the thread's outermost handler: log, go on
            _log.exception("an errand broke")

    # --- threads ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_stopping:
            wait_s = self.step()
            with self._changed:
                action = plan.due(self._plan, self._clock.monotonic_s())
                if wait_s > 0 and isinstance(action, plan.Wait):
                    self._changed.wait(min(action.seconds, WAIT_MAX_S))

    def _run_errands(self) -> None:
        while (errand := self._waiting.get()) is not None:
            if not self._is_stopping:
                self._run_errand(errand)

    # --- inside -----------------------------------------------------------------------------------

    def _happened(self, happened: plan.Happened) -> None:
        chance = self._random.random()
        with self._changed:
            self._plan = plan.after(self._plan, happened, self._clock.monotonic_s(), chance)
            self._changed.notify_all()

    def _entry_written(self) -> None:
        self._entry_s = self._clock.monotonic_s()
        self._happened(plan.EntryWritten())

    def installed(self) -> None:
        """A snapshot came into use, whoever brought it."""
        self.exchanger.held.rebuild()
        self._happened(plan.SnapshotInstalled())

    def _quiet(self) -> Quiet:
        stores = self._kiosk.stores
        since_s = self._clock.monotonic_s() - self._entry_s
        return Quiet(since_s, stores.learnt.count(), bool(stores.snapshots.in_use))

    def _is_point_open(self) -> bool:
        here = self._kiosk.around.here()
        if isinstance(here, Fault):
            return True
        place = here.place
        return window_finding(place.point.windows, self._kiosk.device_clock.now_ms(), place.days) is None

    def _write_counts(self, now_s: float) -> None:
        if now_s - self._counts_s < COUNTS_EVERY_S:
            return
        self._counts_s = now_s
        try:
            self._kiosk.station.write_counts()
        except StoreTrouble as trouble:
            _log.warning("refusals could not be counted: %s", trouble)
