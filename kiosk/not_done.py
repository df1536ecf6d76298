"""Why something a person asked the kiosk for was not done: a closed code for screens, plain English for logs."""

from __future__ import annotations

from enum import StrEnum

from common.decision import FaultCode
from common.errors import BadInput


class Why(StrEnum):
    """One cause each; screens have a text for each in every language."""

    LOCKED = "locked"
    PRACTISING = "practising"
    SUPERVISOR = "supervisor"  # badge and PIN of one are missing
    POINT_UNKNOWN = "point_unknown"
    USE_GONE = "use_gone"  # taken back, or not of this kiosk
    NO_VARIANTS = "no_variants"  # what was given does not fit what was handed out
    UNATTENDED = "unattended"
    OTHER_EVENT = "other_event"
    UNKNOWN = "unknown"  # what only the log can say


class NotDone(BadInput):
    """Nothing was changed; `why` is told on screens, a fault of the device in the words of faults."""

    def __init__(self, what: str, why: Why | FaultCode) -> None:
        super().__init__(what)
        self.why = why
