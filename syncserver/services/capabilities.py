"""Links that are keys: 128 bits derived from the server's secret and a row's random bytes, stored only as a hash.

So a mail or a page can show a link again, and a stolen copy of the database opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

UID_BYTES = 16


class Capabilities:
    """Makes and recognises the links of one kind; `kind` keeps kinds apart that share a secret."""

    def __init__(self, secret: bytes, kind: str) -> None:
        self._secret, self._kind = secret, kind.encode()

    def token(self, uid: bytes) -> str:
        """What the link of the row with these random bytes carries: 22 characters."""
        mac = hmac.new(self._secret, self._kind + b"|" + uid, hashlib.sha256).digest()[:16]
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def capability_hash(token: str) -> bytes:
    """What the database keeps of a link. What is none has a hash too, which nothing there is found by."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
