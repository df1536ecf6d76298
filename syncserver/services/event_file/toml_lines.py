"""Which line each key of a TOML text stands on: tomllib gives values without places.

The text must already have been accepted by tomllib; only then are the short cuts taken here right.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from common.errors import InvariantError

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
# Longest opening first; a multi-line string may end in up to two quotes of its own before the closing three.
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"""(?!")|"""(?:[^\\]|\\.)*?""""{1,2}', re.DOTALL),
    re.compile(r"'''.*?'''(?!')|'''.*?''''{1,2}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def key_lines(text: str) -> dict[Path, int]:
    """Line, from 1, of every key, table and list element by its path. O(n) in the text's length."""
    return _Scanner(text).scan()


class _Scanner:
    """One pass over the text; `_at` is the offset of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}  # how many tables an array of tables has so far

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._element_header()
            elif self._peek() == "[":
                table = self._table_header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _element_header(self) -> Path:
        line = self._line()
        self._at += 2
        base = self._through_arrays(self._keys(), keep_last=True)
        self._at += 2
        index = self._counts.get(base, 0)
        self._counts[base] = index + 1
        self._lines.setdefault(base, line)
        self._lines[(*base, index)] = line
        return (*base, index)

    def _table_header(self) -> Path:
        line = self._line()
        self._at += 1
        path = self._through_arrays(self._keys(), keep_last=False)
        self._at += 1
        self._note_prefixes(path, line)
        return path

    def _through_arrays(self, keys: list[str], *, keep_last: bool) -> Path:
        """A header's path with the index of the newest element put in behind each array of tables on the way."""
        path: Path = ()
        for position, key in enumerate(keys, start=1):
            path = (*path, key)
            if path in self._counts and not (keep_last and position == len(keys)):
                path = (*path, self._counts[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._keys())
        self._note_prefixes(path, line)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _note_prefixes(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._peek() == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._skip(_SPACE)
        if self._peek() in "\"'":
            quoted = self._string()
            key = str(tomllib.loads(f"key = {quoted}")["key"])
        else:
            key = self._take(_BARE_KEY)
        self._skip(_SPACE)
        return key

    def _value(self, path: Path) -> None:
        match self._peek():
            case "[":
                self._list(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._string()
            case _:
                self._take(_SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        index = 0
        self._skip(_BLANK)
        while self._peek() != "]":
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._skip_comma()
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        while self._peek() != "}":
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip(_BLANK)
        if self._peek() == ",":
            self._at += 1
            self._skip(_BLANK)

    def _string(self) -> str:
        for kind in _STRINGS:
            if found := kind.match(self._text, self._at):
                self._at = found.end()
                return found.group()
        return self._take(_SCALAR)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:  # cannot be in a text tomllib took; going on would loop for ever
            raise InvariantError(f"line {self._line()}: tomllib took this text, the key locator cannot follow it")
        self._at = found.end()
        return found.group()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        return bisect_right(self._starts, self._at)
