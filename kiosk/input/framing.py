"""Takes off what scanners put around a code: prefix, suffix, symbology and charset markers, line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A pass has 365 digits at most, an enrolment 1,200; what is longer than this was never a code of ours, so the rest of
# it is not kept. Prefix and suffix (16 each at most) still leave more than 1,200 characters: a cut text can never be
# taken for a whole one.
TEXT_CHARS_MAX = 1300
PREFIX_CHARS_MAX = 16

# ISO/IEC 15424 symbology identifiers of QR codes are ]Q0 to ]Q6; a scanner whose Shift gets lost sends ]q1.
_AIM_ID = re.compile(r"\A\][Qq][0-6]")
# AIM ECI: a backslash and six digits name the character set before the text.
_ECI = re.compile(r"\A\\[0-9]{6}")
# A scanner set to a French or Czech board sends Shift with every digit of the main row.
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
# Blanks, line ends and other controls (STX, ETX, GS), and the byte order mark of a scanner set to UTF-8.
_EDGE = "".join(map(chr, range(0x21))) + "\x7f\ufeff"


@dataclass(frozen=True, slots=True)
class Framing:
    """What this scanner was set up to send before and after each code; both may be empty."""

    prefix: str = ""
    suffix: str = ""

    def __post_init__(self) -> None:
        """Refuse a setting that would eat codes."""
        if max(len(self.prefix), len(self.suffix)) > PREFIX_CHARS_MAX:
            msg = f"scanner prefix or suffix longer than {PREFIX_CHARS_MAX} characters: shorten it in the settings"
            raise ValueError(msg)


def strip_framing(text: str, framing: Framing) -> str:
    """The code itself: no prefix, suffix, AIM identifier, ECI marker, controls or blanks at either end.

    The prefix may stand before or behind the symbology marker, since scanners differ in that. A text that is digits
    but for Shift is given as digits: ours are, and nothing else of ours has such signs.
    """
    bare = text.strip(_EDGE).removeprefix(framing.prefix)
    bare = _ECI.sub("", _AIM_ID.sub("", bare)).removeprefix(framing.prefix)
    return _unshifted(bare.strip(_EDGE).removesuffix(framing.suffix).strip(_EDGE))


def _unshifted(text: str) -> str:
    digits = text.translate(_SHIFTED)
    return digits if digits.isascii() and digits.isdigit() else text
