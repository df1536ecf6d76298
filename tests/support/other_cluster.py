"""A second PostgreSQL cluster, as a machine that takes over has one: made by initdb, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import missing

_OPTIONS = "-c listen_addresses='' -c fsync=off"


@contextmanager
def other_cluster() -> Iterator[str]:
    """Its SQLAlchemy address. Skips, loudly, where there is no server to start."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    if not found:
        missing("no PostgreSQL server: a restore into a fresh cluster is not tested")
    programs, folder = found[-1].parent, Path(tempfile.mkdtemp(prefix="rallygate-pg2."))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = f"--pgdata={folder / 'data'}"
    try:
        _run(str(programs / "initdb"), data, "--username=rallygate", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        options = f"--options={_OPTIONS} -k {folder}"
        _run(str(programs / "pg_ctl"), data, f"--log={folder / 'log'}", "--wait", "--silent", options, "start")
        yield f"postgresql+psycopg://rallygate@/postgres?host={folder}"
    finally:
        _run(str(programs / "pg_ctl"), data, "--mode=immediate", "--silent", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str, check: bool = True) -> None:
    """Not as root: PostgreSQL refuses that."""
    drop = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    subprocess.run([*drop, *command], check=check, cwd="/", stdout=subprocess.DEVNULL, timeout=120)
