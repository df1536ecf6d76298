"""How much lies in a kiosk's files, read beside a running kiosk: numbers only, for whoever helps from afar."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from kiosk.store.faults import StoreTrouble, trouble_of
from kiosk.store.folder import Folder
from kiosk.store.journal import JOURNAL
from kiosk.store.learnt import LEARNT
from kiosk.store.opening import FileKind, open_reader

SQLITE_VERSION = sqlite3.sqlite_version
_JOURNAL = {
    "entries": "SELECT count(*) FROM entries",
    "uses": "SELECT count(*) FROM entries WHERE is_use",
    "runs": "SELECT count(DISTINCT run) FROM entries",
}
_LEARNT = {
    "entries": "SELECT count(*) FROM entries",
    "devices": "SELECT count(*) FROM devices",
    "tray": "SELECT count(*) FROM tray",
}


def counts_of(folder: Folder) -> dict[str, dict[str, int | str]]:
    """Rows of journal and learnt entries; of a file that cannot be read, its trouble."""
    return {"journal": _counts(folder.journal, JOURNAL, _JOURNAL), "learnt": _counts(folder.learnt, LEARNT, _LEARNT)}


def _counts(path: Path, kind: FileKind, queries: dict[str, str]) -> dict[str, int | str]:
    if not path.exists():
        return {"trouble": "there is no such file"}
    try:
        with contextlib.closing(open_reader(path, kind)) as connection:
            return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
    except StoreTrouble as trouble:
        return {"trouble": str(trouble)}
    except sqlite3.Error as error:
        return {"trouble": str(trouble_of(error, path))}
