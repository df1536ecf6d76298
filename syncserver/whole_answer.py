"""Answers that are there whole go to the web server in one piece.

Granian sends a list at once. Anything else it takes piece by piece through a channel, asking Python for each: that took
0.2 ms of CPU more for each page, which has one piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class WholeAnswer(Response):
    """An answer of the whole application; what is read from a file or made on the way goes as it comes."""

    def get_app_iter(self, environ: WSGIEnvironment) -> Iterable[bytes]:
        """The body for the web server."""
        pieces = super().get_app_iter(environ)
        if self.is_streamed:
            return pieces
        try:
            return list(pieces)
        finally:
            self.close()
