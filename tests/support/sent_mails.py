"""Mails a test's mail server has kept: what stands in one of them, as soon as it comes."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

from common.errors import BadInput


def found_in_mails(mails: Path, pattern: str, within_s: float) -> str:
    """The first group of a pattern in the text of any mail in this folder. Raises BadInput if none comes in time."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        for path in sorted(mails.glob("*.eml")):
            body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
            found = re.search(pattern, body.get_content()) if body else None
            if found:
                return found[1]
        time.sleep(0.1)
    raise BadInput(f"no mail with {pattern} came within {within_s:.0f} s")
