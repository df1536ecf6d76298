"""Words of reasons for screen tests, until the screens are given others: long ones, so that boxes are tried."""

from __future__ import annotations

from common.decision import FaultCode, Reason


def wording(cause: Reason | FaultCode, language: str) -> tuple[str, str]:
    """The cause's name as headline and a sentence of usual length."""
    headline = str(cause).replace("_", " ").capitalize()
    return f"{headline} ({language})", "Something that the hostess can do now, in one sentence of usual length."
