"""One thread that writes one SQLite file: jobs come by a queue, each is one transaction."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from kiosk.store.faults import StoreTrouble, Unwritable, trouble_of

JOBS_WAITING_MAX = 10_000
T = TypeVar("T")
_Job = tuple[Callable[[sqlite3.Connection], Any], "Future[Any]"]


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
        self._jobs: queue.Queue[_Job | None] = queue.Queue(JOBS_WAITING_MAX)
        self._closing = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a job. The future raises StoreTrouble if the file cannot be written."""
        future: Future[T] = Future()
        with self._closing:
            if self._is_closed:
                raise Unwritable(f"{self._path}: already closed; restart the kiosk")
            try:
                self._jobs.put_nowait((job, future))
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
        while (item := self._jobs.get()) is not None:
            job, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._in_transaction(job))
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the job
                future.set_exception(error)
        self._drop_connection()

    def _in_transaction(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._open()
            self._connection.execute("BEGIN IMMEDIATE")
            result = job(self._connection)
            self._connection.execute("COMMIT")
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

    def _drop_connection(self) -> None:
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        with contextlib.suppress(sqlite3.Error):  # it is dropped because it is broken: what it says now tells nothing
            connection.close()
