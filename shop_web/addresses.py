"""Addresses of our pages, made once: a page has a hundred of them, and Werkzeug puts each together anew."""

from __future__ import annotations

from functools import lru_cache

from flask import request, url_for

KEPT_MAX = 8_192
# What the kept addresses may depend on. A token is somebody's key: it is in no memory longer than its page.
PUBLIC = frozenset(
    {"language", "event_key", "key", "which", "sha256", "filename", "at", "notice", "item", "limit", "_anchor"}
)


def address_of(endpoint: str, **values: object) -> str:
    """`url_for` of the shop's pages."""
    if PUBLIC.issuperset(values) and all(isinstance(value, str) for value in values.values()):
        return _kept(request.script_root, endpoint, tuple(values.items()))
    return url_for(endpoint, **values)  # type: ignore[arg-type]  # what its own keywords are is not asked here


@lru_cache(maxsize=KEPT_MAX)
def _kept(_root: str, endpoint: str, values: tuple[tuple[str, str], ...]) -> str:
    return url_for(endpoint, **dict(values))  # type: ignore[arg-type]
