"""One thread that writes one SQLite file: jobs come by a queue, each is one transaction."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kiosk.store.faults import StoreTrouble, Unwritable, trouble_of

JOBS_WAITING_MAX = 10_000
FOLD_AFTER_COMMITS = 100  # then, at the next pause, the WAL is folded into the file
FOLD_IDLE_S = 0.5
_NORMAL = 1  # of PRAGMA synchronous: in WAL mode a commit does not wait for the disk
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[sqlite3.Connection], Any]
    done: Future[Any]
    is_precious: bool


class Writer:
    """Runs jobs one after the other, each between BEGIN IMMEDIATE and COMMIT, durable when its future is done.

    A job that raises is rolled back and its future raises the same; errors of SQLite come as StoreTrouble. After an
    error of the disk the file is opened anew, since what the old connection believes of it may be wrong.
    """

    def __init__(self, path: Path, open_connection: Callable[[], sqlite3.Connection]) -> None:
        """Opens the file at once, so that the caller hears of trouble. Raises StoreTrouble."""
        self._path = path
        self._open = open_connection
        self._connection: sqlite3.Connection | None = open_connection()
        self._synchronous = _synchronous(self._connection)
        self._jobs: queue.Queue[_Job | None] = queue.Queue(JOBS_WAITING_MAX)
        self._closing = threading.Lock()
        self._is_closed = False
        self._commits_in_wal = 0  # about: the file may have been folded meanwhile
        self._thread = threading.Thread(target=self._run, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[sqlite3.Connection], T], *, is_precious: bool = True) -> Future[T]:
        """Queue a job. The future raises StoreTrouble if the file cannot be written.

        What is not precious may be lost by a power cut (not by a crash): it does not wait for the disk, and becomes
        durable with the next job that does.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._is_closed:
                raise Unwritable(f"{self._path}: already closed; restart the kiosk")
            try:
                self._jobs.put_nowait(_Job(job, future, is_precious))
            except queue.Full:
                raise Unwritable(f"{self._path}: {JOBS_WAITING_MAX} writes wait; the disk is too slow") from None
        return future

    def close(self) -> None:
        """Carry out what is queued, then close. May be called twice."""
        with self._closing:
            was_closed, self._is_closed = self._is_closed, True
            if not was_closed:
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if not job.done.set_running_or_notify_cancel():
                continue
            try:
                job.done.set_result(self._in_transaction(job))
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the job
                job.done.set_exception(error)
        self._drop_connection()

    def _next(self) -> _Job | None:
        """The next job. Folding the WAL takes several waits for the disk, so that is done while there is none."""
        if self._commits_in_wal < FOLD_AFTER_COMMITS:
            return self._jobs.get()
        try:
            return self._jobs.get(timeout=FOLD_IDLE_S)
        except queue.Empty:
            self._fold_wal()
            return self._jobs.get()

    def _fold_wal(self) -> None:
        self._commits_in_wal = 0
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):  # all is safe in the WAL; the next commit tells of a broken disk
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _in_transaction(self, job: _Job) -> Any:  # noqa: ANN401 - whatever the job returns
        try:
            connection = self._ready_for(job)
            connection.execute("BEGIN IMMEDIATE")
            result = job.run(connection)
            connection.execute("COMMIT")
            self._commits_in_wal += 1
        except sqlite3.Error as error:
            self._drop_connection()
            raise trouble_of(error, self._path) from error
        except StoreTrouble:
            self._drop_connection()
            raise
        except BaseException:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result

    def _ready_for(self, job: _Job) -> sqlite3.Connection:
        """The connection, set before each job to wait for the disk as this one needs it."""
        if self._connection is None:
            self._connection = self._open()
            self._synchronous = _synchronous(self._connection)
        level = self._synchronous if job.is_precious else min(self._synchronous, _NORMAL)
        self._connection.execute(f"PRAGMA synchronous = {level}")
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        with contextlib.suppress(sqlite3.Error):  # it is dropped because it is broken: what it says now tells nothing
            connection.close()


def _synchronous(connection: sqlite3.Connection) -> int:
    (level,) = connection.execute("PRAGMA synchronous").fetchone()
    return int(level)
