"""run, worker."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server as Granian

from common.errors import BadInput
from syncserver.cli.context import Context, Parsers
from syncserver.config import ServerConfig
from syncserver.db.in_use import is_in_use
from syncserver.logs import web_server_logs
from syncserver.services.keys import KeysMissing, check_keys
from syncserver.stores import events as event_store

THREADS = 8
BACKPRESSURE = 256
STOP_S = 15
COUNT_MAX = 256


def add_commands(commands: Parsers) -> None:
    """Add this group to the command line."""
    run = commands.add_parser("run", help="serve the shop, the admin and the kiosks")
    run.add_argument(
        "--workers", type=int, default=1, metavar="N", help="web processes (more than one: PostgreSQL only)"
    )
    run.add_argument("--threads", type=int, default=THREADS, metavar="N", help=f"per process (default {THREADS})")
    run.set_defaults(run=_run)
    worker = commands.add_parser(
        "worker", help="carry out jobs, fold entries, build snapshots (beside `run` on PostgreSQL)"
    )
    worker.set_defaults(run=_work)


def _run(context: Context, chosen: argparse.Namespace) -> int:
    for name in ("workers", "threads"):
        if not 1 <= getattr(chosen, name) <= COUNT_MAX:
            raise BadInput(f"--{name}: from 1 to {COUNT_MAX}")
    services = context.services
    if chosen.workers > 1 and services.db.is_sqlite:
        raise BadInput(
            "--workers: SQLite has one writer, so one process; several need RALLYGATE_DATABASE_URL=postgresql://..."
        )
    _check_ready(context)
    services.db.close()
    config = context.config
    _check_port(config)
    print(f"serving {config.public_url} on {config.listen_host}:{config.listen_port}; stop with Ctrl-C", flush=True)
    server = Granian(
        "syncserver.wsgi:app",
        address=config.listen_host,
        port=config.listen_port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=STOP_S,
        log_level=LogLevels.warning,
        log_dictconfig=web_server_logs(),
        websockets=False,
    )
    server.serve()
    return 0


def _check_ready(context: Context) -> None:
    """Say what is wrong with this machine; stop where starting would do harm."""
    services = context.services
    if services.db.is_sqlite and is_in_use(services.db):
        raise BadInput("a server already runs on this database, and SQLite has one writer: stop that one first")
    with services.db.read() as tx:
        for event in event_store.all_events(tx):
            with suppress(KeysMissing, BadInput):  # told below: gates get their snapshots all the same
                check_keys(tx, services.keys, event)
    for key in services.rotation.refresh():
        print(f"event {key}: published a key list that tells the keys of this machine", flush=True)
    for trouble in services.health.troubles():
        print(f"rallygate-server: warning: {trouble.what}: {trouble.detail}", file=sys.stderr, flush=True)


def _check_port(config: ServerConfig) -> None:
    """Say it here in one line: the web server would say it in a trace of its worker."""
    family = socket.AF_INET6 if ":" in config.listen_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.listen_host, config.listen_port))
        except OSError as fault:
            raise BadInput(
                f"cannot listen on {config.listen_host}:{config.listen_port}: {_why(fault)}; "
                "stop what uses it, or set RALLYGATE_LISTEN=host:port"
            ) from fault


def _why(fault: OSError) -> str:
    """A name that cannot be resolved has a number of its own, which the system has no words for."""
    return str(fault.strerror) if isinstance(fault, socket.gaierror) else os.strerror(fault.errno or 0)


def _work(context: Context, _: argparse.Namespace) -> int:
    services = context.services
    if services.db.is_sqlite:
        raise BadInput("with SQLite `rallygate-server run` does this work itself: start only that")
    _check_ready(context)
    background = services.background(is_apart=True)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        background.stop()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    background.start()
    background.wait()
    background.stop()
    services.db.close()
    return 0
