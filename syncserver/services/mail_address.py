"""Mail addresses as people type them."""

from __future__ import annotations

import re
import unicodedata

MAIL_CHARS_MAX = 254

# What a mail server will take apart properly; whether anyone reads there only a mail can tell.
_MAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]]+\.[^@\s<>\"(),:;\\\[\].]{2,}")


def mail_address(text: str) -> str | None:
    """The address in its one form (NFKC), or None for what is none.

    Without the one form a letter like the Kelvin sign, whose small letter is an ordinary k, would let the reader of one
    address prove to be the reader of another.
    """
    mail = unicodedata.normalize("NFKC", text.strip())
    is_one = len(mail) <= MAIL_CHARS_MAX and mail.isprintable() and _MAIL.fullmatch(mail) is not None
    return mail if is_one else None
