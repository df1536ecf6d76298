"""Why something was not done, in the language in use; what is in plain English goes to the log alone. No Kivy."""

from __future__ import annotations

import logging

from common.reason_texts import reason_text
from kiosk.not_done import NotDone, Why
from kiosk.store.faults import StoreTrouble, fault_of
from kiosk.sync.errors import SyncError
from kiosk.ui.catalogue import Texts

log = logging.getLogger(__name__)


def failure_words(failure: Exception, texts: Texts) -> str:
    """What to say of it; the whole of it goes to the log, for whoever helps."""
    log.info("not done: %s: %s", type(failure).__name__, failure)
    if isinstance(failure, StoreTrouble):
        return reason_text(fault_of(failure).code, texts.language).sentence
    if isinstance(failure, SyncError) and failure.why is not None:
        return texts(f"sync_why_{failure.why}")
    why = failure.why if isinstance(failure, NotDone) else Why.UNKNOWN
    return texts(f"not_done_{why}") if isinstance(why, Why) else reason_text(why, texts.language).sentence
