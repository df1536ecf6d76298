"""Why the server has not taken an entry: by its code in whoever reads' language, an unknown one as it came. No Kivy."""

from __future__ import annotations

from typing import Final

from common.entries import EntryFault
from common.envelope import EnvelopeFault
from kiosk.ui.catalogue import Texts

_KEYS: Final = {
    EnvelopeFault.UNKNOWN_KEY.value: "refused_unknown_key",
    EnvelopeFault.BAD_SIGNATURE.value: "refused_damaged",
    EntryFault.WRONG_EVENT.value: "refused_event",
    EntryFault.UNCHAINED.value: "refused_chain",
    "failed_on_it": "refused_failed",  # as `sync.outbox` says it
}


def refused_words(why: str, texts: Texts) -> str:
    """What the code means and what to do."""
    if key := _KEYS.get(why):
        return texts(key)
    return texts("refused_unreadable") if why in {*EnvelopeFault, *EntryFault} else why
