"""Why an import is refused as a whole."""

from __future__ import annotations

from common.errors import BadInput


class ImportRefused(BadInput):
    """The file is well-formed, but would break what is sold; nothing was changed. One line per reason."""
