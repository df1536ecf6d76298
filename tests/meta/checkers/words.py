"""Words and addresses that have no place in what we publish."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.meta.checkers.tree import Finding, Source

# One regular expression a line. They stand in a file of their own, since a list of banned words contains banned words.
LIST = Path(__file__).with_name("unfinished_words.txt")
LOCK_LINE = re.compile(r"(?:[a-z0-9][a-z0-9.-]*==\S+ \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?|# .*|)$")


def unfinished_words() -> re.Pattern[str]:
    """Words by which authors excuse what is missing."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return re.compile("|".join(lines))


def spoken_of(sources: Iterable[Source], pattern: re.Pattern[str], why: str) -> list[Finding]:
    """Every line that matches."""
    return [
        Finding(source.path, number, f"{match.group()!r}: {why}")
        for source in sources
        for number, line in enumerate(source.text.splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def foreign_lock_lines(sources: Iterable[Source]) -> list[Finding]:
    """Lines of a lock file that are neither a pinned package nor a hash: addresses, options, unpinned names."""
    return [
        Finding(source.path, number, f"{line[:60]!r} is neither a pinned package nor a hash")
        for source in sources
        for number, line in enumerate(source.text.splitlines(), start=1)
        if not LOCK_LINE.match(line) or "://" in line
    ]
