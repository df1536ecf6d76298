"""The shop as a site: real pages over HTTP, the real sandbox bank, a real mail catcher, workers in threads."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from common.clock import Millis, SystemClock
from shop_web.blueprint import add_shop
from syncserver.db.engine import Database
from syncserver.integrations.sandbox.provider import SandboxProvider
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.services.event_file.model import Loaded
from syncserver.services.import_event import import_event
from syncserver.services.keys import KeyStore, publish_key_list
from syncserver.services.passes import SignedPasses
from syncserver.services.postbox import SmtpPostbox, SmtpSettings
from syncserver.services.scribe import Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.shop import Outside, Shop, make_shop
from syncserver.stores import events as event_store
from tests.support.kept_schema import put_schema
from tests.support.sandbox_bank import PROJECT, SECRET, RunningBank, running_bank
from tests.support.served_app import served


class MovedClock(SystemClock):
    """The machine's clock, with what was added to it: a reservation is over when a test says so."""

    def __init__(self) -> None:
        self._added_ms = 0
        self._lock = threading.Lock()

    def now_ms(self) -> Millis:
        with self._lock:
            return super().now_ms() + self._added_ms

    def forward(self, minutes: float) -> None:
        """So much later it is now. The bank, a process of its own, does not notice."""
        with self._lock:
            self._added_ms += round(minutes * 60_000)


class Hands:
    """The worker's thread, which can be sent away."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._stop = worker, threading.Event()
        self._thread = self._begin()

    def _begin(self) -> threading.Thread:
        self._stop.clear()
        thread = threading.Thread(target=self._worker.run, args=(self._stop,))
        thread.start()
        return thread

    def stop(self) -> None:
        """End after the job in hand; may be called twice."""
        self._stop.set()
        self._worker.wake()
        self._thread.join()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody signs passes or sends mails within the block."""
        self.stop()
        try:
            yield
        finally:
            self._thread = self._begin()


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything is."""

    url: str
    key: str  # the event's
    event_url: str
    bank: RunningBank
    mails: Path
    db: Database
    shop: Shop
    clock: MovedClock
    hands: Hands

    @property
    def bank_url(self) -> str:
        return self.bank.url


@contextmanager
def running_catcher(folder: Path) -> Iterator[str]:
    """The mail catcher's process; its SMTP address."""
    command = [
        sys.executable,
        "packaging/mail_catcher.py",
        "--folder",
        str(folder),
        "--smtp-port",
        "0",
        "--http-port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["smtp"]
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def running_site(folder: Path, loaded: Loaded, late_s: float = 3.0) -> Iterator[Site]:
    """The whole shop on SQLite in a folder, ended with the block."""
    with ExitStack() as stack:
        db, clock, keys = Database(f"sqlite:///{folder / 'site.sqlite'}"), MovedClock(), KeyStore(folder / "keys")
        stack.callback(db.close)
        put_schema(db)
        done = import_event(db, clock, loaded)
        keys.create(done.uid)
        with db.write() as tx:
            event = event_store.by_id(tx, done.event_id)
            assert event is not None
            publish_key_list(tx, clock, keys, event)
        bank = stack.enter_context(running_bank(folder / "bank.jsonl", late_s))
        smtp = stack.enter_context(running_catcher(folder / "mails"))
        app = Flask("site")
        url = stack.enter_context(served(app))
        provider, postbox = SandboxProvider(bank.url, SECRET), SmtpPostbox(SmtpSettings(smtp), clock)
        outside = Outside(url, b"secret of the site", {"sandbox": provider}, SignedPasses(db, keys), postbox)
        shop = make_shop(db, clock, outside)
        add_shop(app, shop)
        handlers = {**shop.handlers(), **scribe_handlers(Scribe(clock, keys))}
        hands = Hands(Worker(db, clock, (SCRIBE_QUEUE, *shop.queues), handlers))
        stack.callback(hands.stop)
        yield Site(url, done.key, f"{url}/{{language}}/{done.key}/", bank, folder / "mails", db, shop, clock, hands)
