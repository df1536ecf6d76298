"""What a kiosk can send to whoever helps from afar: logs, versions, numbers, settings. Nothing of people or keys.

What goes in is named one by one, never a file of the store as it is: `logs/` holds only what this program logged, and
of the store only counts, sizes and times are told.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import zipfile
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from common.errors import BadInput, UserFacing
from kiosk.config import KioskConfig, without_credentials
from kiosk.machine.files import make_private_folder
from kiosk.machine.names import system_described
from kiosk.store.counts import SQLITE_VERSION, counts_of
from kiosk.store.enrolled import read_enrolled
from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder
from kiosk.sync.exchange import VERSION

LOG_BYTES_MAX: Final = 1024 * 1024
LOGS_KEPT: Final = 3
LINES_MAX: Final = 20_000
_PACKAGES: Final = ("cbor2", "cryptography", "Kivy", "opencv-python-headless", "requests", "zstandard", "zxing-cpp")
_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_folder(folder: Folder) -> None:
    """Keep what is logged in the folder too, 4 MB at most. A folder that cannot be written is told once, elsewhere."""
    try:
        make_private_folder(_logs(folder))
        handler = logging.handlers.RotatingFileHandler(
            _logs(folder) / "kiosk.log", maxBytes=LOG_BYTES_MAX, backupCount=LOGS_KEPT, encoding="utf-8"
        )
    except OSError as error:
        logging.getLogger("rallygate.kiosk").warning("no log file: %s", trouble_of_os(error, _logs(folder)))
        return
    handler.setFormatter(logging.Formatter(_LINE))
    logging.getLogger().addHandler(handler)


def write_bundle(folder: Folder, config: KioskConfig, target: Path) -> int:
    """Write the bundle into a new file; its size. Works beside a running kiosk. Raises BadInput, StoreTrouble."""
    if not folder.path.is_dir():
        raise BadInput(f"{folder.path}: there is no such folder; give the kiosk's with --folder")
    try:
        with target.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, told in _told(folder, config).items():
                bundle.writestr(f"{name}.json", json.dumps(told, ensure_ascii=False, indent=1))
            for path in sorted(_logs(folder).glob("kiosk.log*")):
                bundle.writestr(f"logs/{path.name}", _last_lines(path))
    except FileExistsError as error:
        raise BadInput(f"{target}: exists already; name a new file") from error
    except OSError as error:
        raise trouble_of_os(error, target) from error
    return target.stat().st_size


def _told(folder: Folder, config: KioskConfig) -> dict[str, object]:
    return {
        "versions": _versions(),
        "settings": {name: _setting(name, str(value)) for name, value in asdict(config).items()},
        "enrolment": _enrolment(folder),
        "counts": counts_of(folder),
        "files": {
            str(p.relative_to(folder.path)): p.stat().st_size for p in sorted(folder.path.rglob("*")) if p.is_file()
        },
        "disk": {"free": folder.free_bytes()},
    }


def _setting(name: str, value: str) -> str:
    """A setting without secrets: of a header nothing, of a command's words only the program."""
    if name == "turnstile_header":
        return "set" if value else ""
    if name == "turnstile" and "://" not in value and " " in value:
        return value.partition(" ")[0] + " …"
    return without_credentials(value)


def _versions() -> dict[str, str]:
    found = {"rallygate": VERSION, "python": sys.version, "system": system_described(), "sqlite": SQLITE_VERSION}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _enrolment(folder: Folder) -> dict[str, object]:
    """Where it belongs: public names only; keys are named by their ids."""
    try:
        enrolled = read_enrolled(folder)
        if enrolled is None:
            return {"joined": False}
        key_list = enrolled.ring().key_list
    except UserFacing as trouble:
        return {"trouble": str(trouble)}
    keys = [{"use": k.use.value, "kid": k.kid.hex(), "withdrawn": k.is_withdrawn()} for k in key_list.keys]
    return {
        "joined": True,
        "event": enrolled.event.hex(),
        "event_name": enrolled.event_name,
        "point": enrolled.point,
        "key_list_version": key_list.version,
        "keys": keys,
    }


def _logs(folder: Folder) -> Path:
    return folder.path / "logs"


def _last_lines(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").splitlines()
    return "\n".join(lines[-LINES_MAX:])
