"""Whether a caller's versions are served here."""

from __future__ import annotations

from common.versions import Versions
from syncserver.services.problems import OtherVersion


def require_served(versions: Versions, protocol: int | None, schema: int = 0) -> None:
    """Raises OtherVersion where they are not, saying who must be updated; None is a request that names no protocol."""
    refusal = None if protocol is None else versions.refusal(protocol, schema)
    if refusal is not None:
        raise OtherVersion(refusal)
