"""What may end a device's program, and what a checker says."""

from __future__ import annotations


class PowerCut(BaseException):
    """The device's program ends here and now. No handler of the program may catch it, as none can catch a power cut."""


class Violation(AssertionError):
    """A checker's claim does not hold."""

    def __init__(self, checker: str, what: str) -> None:
        super().__init__(f"{checker}: {what}")
        self.checker = checker
        self.what = what
