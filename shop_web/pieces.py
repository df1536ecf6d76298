"""Parts of the list that are the same for everyone: made once for a version of the catalogue and kept with it.

A catalogue is read anew every few seconds; what was made of the one before goes with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import Response, current_app
from markupsafe import Markup

from syncserver.services.catalogue import Catalogue
from syncserver.services.visitors import Visitor

EXTENSION = "rallygate_shop_pieces"
TOKEN = "token-of-this-visitor"  # stands in kept markup where each visitor's own will
FRONT, FRONT_S = "front", 1.0
KEPT_MAX = 500  # of one catalogue; a shelf has another form for each state of its stock and prices

Value = TypeVar("Value")


class Pieces:
    """Markup by catalogue and key. Safe for threads: two may make the same piece, and both are right."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[Catalogue, dict[Hashable, Any]]] = {}
        self._lock = threading.Lock()

    def of(self, catalogue: Catalogue, key: Hashable, make: Callable[[], str]) -> Markup:
        """The piece of this key, made now if it is not there. Whatever it depends on stands in the key."""
        return self.value(catalogue, key, lambda: Markup(make()))  # noqa: S704 - a template of ours made it

    def value(self, catalogue: Catalogue, key: Hashable, make: Callable[[], Value]) -> Value:
        """The same for what is no markup; each key has a kind of its own."""
        kept = self._of(catalogue)
        found: Value | None = kept.get(key)
        if found is None:
            found = make()
            if len(kept) < KEPT_MAX:
                kept[key] = found
        return found

    def of_visitor(self, catalogue: Catalogue, key: Hashable, visitor: Visitor, make: Callable[[], str]) -> Markup:
        """A piece that differs between visitors in the token of their forms alone."""

        def without() -> str:
            return make().replace(visitor.form_token, TOKEN)

        return Markup(self.of(catalogue, key, without).replace(TOKEN, visitor.form_token))  # noqa: S704 - hexadecimal

    def front(self, catalogue: Catalogue, visitor: Visitor, now_s: float, make: Callable[[], Response]) -> Response:
        """The whole list for a browser that was never here, a second old at most: a crowd reads no table."""
        kept = self._of(catalogue)
        second = int(now_s // FRONT_S)
        found = kept.get((FRONT, second))
        if found is None:
            made = make()
            kept.pop((FRONT, second - 1), None)
            kept[FRONT, second] = Markup(made.get_data(as_text=True).replace(visitor.form_token, TOKEN))  # noqa: S704
            return made
        response = Response(found.replace(TOKEN, visitor.form_token), mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _of(self, catalogue: Catalogue) -> dict[Hashable, Any]:
        whose = (catalogue.event.id, catalogue.language)
        with self._lock:
            kept = self._kept.get(whose)
            if kept is None or kept[0] is not catalogue:
                kept = self._kept[whose] = (catalogue, {})
            return kept[1]


def pieces() -> Pieces:
    """Those of this application."""
    found: Pieces = current_app.extensions[EXTENSION]
    return found
