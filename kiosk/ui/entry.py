"""Text typed on our own keys: a ticket code in groups, an address. No Kivy."""

from __future__ import annotations

from dataclasses import dataclass, replace

CODE_KEYS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's alphabet: no I, L, O, U to mistake
CODE_CHARS = 17  # 16 and the check character
ADDRESS_KEYS = "1234567890qwertyuiopasdfghjkl-zxcvbnm./:"
_SAME = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: what was typed so far, at most `chars_max` characters; `is_code` folds and groups it."""

    text: str = ""
    chars_max: int = CODE_CHARS
    is_code: bool = True

    def typed(self, char: str) -> Entry:
        """With one more character; unchanged if it is full or the character cannot stand there."""
        if self.is_code:
            char = char.upper().translate(_SAME)
        fits = char in CODE_KEYS if self.is_code else char.isprintable() and not char.isspace()
        if len(char) != 1 or not fits or len(self.text) >= self.chars_max:
            return self
        return replace(self, text=self.text + char)

    def erased(self) -> Entry:
        """Without the last character."""
        return replace(self, text=self.text[:-1])

    @property
    def shown(self) -> str:
        """As it is read aloud: groups of four."""
        if not self.is_code:
            return self.text
        return " ".join(self.text[i : i + 4] for i in range(0, len(self.text), 4))
