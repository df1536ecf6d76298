"""The keys of a US keyboard by their physical place, so that the machine's layout cannot change a scan.

Source: USB HID Usage Tables 1.5, page 0x07 (Keyboard/Keypad); SDL scancodes are the same numbers.
"""

from __future__ import annotations

import string
from typing import Final

ENTER: Final = 40
TAB: Final = 43
KEYPAD_ENTER: Final = 88
TERMINATORS: Final = frozenset({ENTER, TAB, KEYPAD_ENTER})
SHIFTS: Final = frozenset({225, 229})

_PUNCTUATION: Final = {
    44: "  ",
    45: "-_",
    46: "=+",
    47: "[{",
    48: "]}",
    49: "\\|",
    50: "\\|",  # the extra key of ISO boards, beside Enter
    51: ";:",
    52: "'\"",
    53: "`~",
    54: ",<",
    55: ".>",
    56: "/?",
}
_KEYPAD: Final = {84: "/", 85: "*", 86: "-", 87: "+", 98: "0", 99: "."}


def _us_map() -> dict[int, tuple[str, str]]:
    keys = {4 + i: (letter, letter.upper()) for i, letter in enumerate(string.ascii_lowercase)}
    keys.update(
        {30 + i: (digit, upper) for i, (digit, upper) in enumerate(zip("1234567890", "!@#$%^&*()", strict=True))}
    )
    keys.update({code: (pair[0], pair[1]) for code, pair in _PUNCTUATION.items()})
    keys.update({code: (char, char) for code, char in _KEYPAD.items()})
    # Keypad digits stay digits with Shift or without Num Lock: a scanner means digits.
    keys.update({89 + i: (digit, digit) for i, digit in enumerate("123456789")})
    return keys


US_KEYS: Final = _us_map()


def character(scancode: int, *, shift: bool) -> str | None:
    """The character a US keyboard has at that place; None for keys that write nothing."""
    pair = US_KEYS.get(scancode)
    return None if pair is None else pair[1 if shift else 0]
