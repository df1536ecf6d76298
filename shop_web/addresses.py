"""Addresses of our pages, made once: a page has a hundred of them, and Werkzeug puts each together anew.

A token or a ticket is somebody's key: it is in no memory longer than its page. What is kept has a mark in its place.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache

from flask import request, url_for

KEPT_MAX = 8_192
# What the kept addresses may depend on.
PUBLIC = frozenset(
    {"language", "event_key", "key", "which", "sha256", "filename", "at", "notice", "item", "limit", "_anchor"}
)
MARKS = {name: secrets.token_hex(12) for name in ("token", "ticket")}  # drawn, so that nobody types one
KNOWN = PUBLIC | MARKS.keys()
_AS_IT_IS = re.compile(r"[A-Za-z0-9_-]{1,100}")  # stands in an address unchanged, wherever that is


def address_of(endpoint: str, **values: object) -> str:
    """`url_for` of the shop's pages."""
    if not KNOWN.issuperset(values):
        return url_for(endpoint, **values)  # type: ignore[arg-type]  # what its own keywords are is not asked here
    asked, marked = [], []
    for name, value in values.items():
        if not isinstance(value, str) or (name in MARKS and not _AS_IT_IS.fullmatch(value)):
            return url_for(endpoint, **values)  # type: ignore[arg-type]
        if name in MARKS:
            marked.append((MARKS[name], value))
        asked.append((name, MARKS.get(name, value)))
    address = _kept(request.script_root, endpoint, tuple(asked))
    for mark, value in marked:
        address = address.replace(mark, value)
    return address


@lru_cache(maxsize=KEPT_MAX)
def _kept(_root: str, endpoint: str, values: tuple[tuple[str, str], ...]) -> str:
    return url_for(endpoint, **dict(values))  # type: ignore[arg-type]
