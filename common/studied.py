"""What msgspec knows of our types, learnt while modules are imported and never by two threads at once.

msgspec studies a type at its first use and runs Python code meanwhile; another thread that uses the half-studied type
then reads memory that is not there yet (seen in 2 of 6 starts of a server under load: the process ended by SIGSEGV).
"""

from __future__ import annotations

from typing import Any

import msgspec


def studied(*kinds: Any) -> None:  # noqa: ANN401 - structs and unions of them; the latter have no common type
    """Let msgspec study these types, and all they are made of, now. Call it where a module declares them."""
    for kind in kinds:
        msgspec.json.Decoder(kind)
