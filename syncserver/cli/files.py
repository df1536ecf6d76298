"""Files a person names on the command line: read up to a limit, so that a pipe without an end ends too."""

from __future__ import annotations

import getpass
import sys
import warnings
from pathlib import Path

from common.errors import BadInput

SECRET_BYTES_MAX = 4096


def read_file(path: Path, bytes_max: int) -> bytes:
    """All bytes of a file. Raises BadInput where it cannot be read, or holds more than so many."""
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror}") from fault
    if len(content) > bytes_max:
        raise BadInput(f"{path}: holds more than {bytes_max:,} bytes, so it is not the file meant here")
    return content


def typed_secret(prompt: str, option: str) -> str:
    """What a person types, not shown, or a line of a pipe. Raises BadInput where there is none; `option`: a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # no terminal: it would say so in three lines
            return getpass.getpass(prompt)
    except getpass.GetPassWarning:
        line = sys.stdin.readline(SECRET_BYTES_MAX)
    except EOFError:
        line = ""
    if not line:
        raise BadInput(f"nobody can type it here: write it into a file and name that with {option}")
    return line.rstrip("\r\n")


def read_secret(path: Path) -> str:
    """The one line a file holds: a PIN, a password, a passphrase. Raises BadInput."""
    try:
        return read_file(path, SECRET_BYTES_MAX).decode("utf-8").strip()
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path}: is no text in UTF-8") from fault
