"""Reading a table field by field: each reader returns a value of its type and notes what is wrong with its line.

After a problem a stand-in of the right type is returned, so that one pass finds every problem; the loader throws the
whole result away when there was any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from syncserver.services.event_file.model import LANGUAGES, Problem, Span, Texts
from syncserver.services.event_file.moments import parse_instant_ms, parse_scaled
from syncserver.services.event_file.tree import Leaf, Node, Place, Row, Table, describe

PROBLEMS_MAX = 500
NAME_CHARS_MAX = 80
SENTENCE_CHARS_MAX = 200
PRICE_MINOR_MAX = 100_000_000
LIST_MAX = 1_000

KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")

Member = TypeVar("Member", bound=StrEnum)


class Problems:
    """Collects what is wrong and what deserves a look, in the order found."""

    def __init__(self) -> None:
        self.wrong: list[Problem] = []
        self.warned: list[Problem] = []

    def refuse(self, place: Place, path: str, text: str) -> None:
        """Note a problem; beyond PROBLEMS_MAX they are no longer kept."""
        if len(self.wrong) < PROBLEMS_MAX:
            self.wrong.append(Problem(place.file, place.line, path, text))

    def warn(self, place: Place, path: str, text: str) -> None:
        """Note something that does not stop an import."""
        if len(self.warned) < PROBLEMS_MAX:
            self.warned.append(Problem(place.file, place.line, path, text))

    def touch(self, path: str) -> bool:
        """Whether anything was wrong at this path or inside it."""
        return any(problem.path == path or problem.path.startswith(f"{path}.") for problem in self.wrong)


@dataclass(frozen=True, slots=True)
class Known:
    """What the readers of one section need of the others."""

    problems: Problems
    zone: ZoneInfo
    file: str = ""  # the main file's name, where the whole is meant
    languages: tuple[str, ...] = LANGUAGES
    default_language: str = LANGUAGES[0]
    currency_digits: int = 2
    keys: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)  # section -> key -> where it stands
    tickets: tuple[str, ...] = ()
    of_category: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Fields:
    """One table being read. `close()` complains about keys nobody asked for."""

    def __init__(self, table: Table, path: str, known: Known) -> None:
        self.table = table
        self.path = path
        self.known = known
        self._asked: set[str] = set()

    # --- plumbing ---------------------------------------------------------------------------------

    def at(self, key: str) -> str:
        """The path of a key inside this table."""
        return f"{self.path}.{key}" if self.path else key

    def node(self, key: str) -> Node | None:
        """The node at a key, None if it is absent; marks the key as understood."""
        self._asked.add(key)
        return self.table.nodes.get(key)

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self.table.nodes

    def refuse(self, key: str, text: str) -> None:
        """Note a problem at a key, or at the table if the key is absent."""
        node = self.table.nodes.get(key)
        self.known.problems.refuse(node.place if node else self.table.place, self.at(key), text)

    def warn(self, key: str, text: str) -> None:
        """Note a warning at a key, or at the table if the key is absent."""
        node = self.table.nodes.get(key)
        self.known.problems.warn(node.place if node else self.table.place, self.at(key), text)

    def close(self) -> None:
        """Refuse every key that was never asked for, with the nearest known one."""
        for key in self.table.nodes:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(self._asked))}"
                self.refuse(key, f"unknown key; {hint}")

    def _leaf(self, key: str, wanted: str) -> str | int | float | None:
        """The value at a key if it is a leaf; a missing or nested one is a problem."""
        node = self.node(key)
        if node is None:
            self.refuse(key, f"is missing: add {wanted}")
            return None
        if isinstance(node, Leaf) and node.value is not None:
            return node.value
        self.refuse(key, f"is {describe(node)}: write {wanted}")
        return None

    # --- single values ----------------------------------------------------------------------------

    def text(self, key: str, chars_max: int = NAME_CHARS_MAX) -> str:
        """A text of 1 to `chars_max` characters."""
        value = self._leaf(key, "a text")
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(key, "is not text: put it in quotes")
            return ""
        return value.strip() if self._is_sound_text(key, value, chars_max) else ""

    def maybe_text(self, key: str, chars_max: int = NAME_CHARS_MAX) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key, chars_max) if self._wrote(key) else None

    def _wrote(self, key: str) -> bool:
        self._asked.add(key)
        return self.has(key)

    def _is_sound_text(self, key: str, value: str, chars_max: int) -> bool:
        if not value.strip():
            self.refuse(key, "is empty: write something or remove it")
        elif len(value) > chars_max:
            self.refuse(key, f"is {len(value)} characters long, at most {chars_max} fit: shorten it")
        elif any(ord(char) < 32 and char != "\n" for char in value):
            self.refuse(key, "holds control characters: remove them")
        else:
            return True
        return False

    def integer(self, key: str, least: int, most: int) -> int:
        """A whole number within limits, both included."""
        value = self._leaf(key, f"a whole number from {least} to {most}")
        if value is None:
            return least
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(key, f"is {value!r}: write a whole number from {least} to {most}")
            return least
        return value

    def maybe_integer(self, key: str, least: int, most: int) -> int | None:
        """A whole number within limits, or None where the key is absent."""
        return self.integer(key, least, most) if self._wrote(key) else None

    def flag(self, key: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 - reads as what it is
        """True or false."""
        if not self._wrote(key):
            return default
        value = self._leaf(key, "true or false")
        if value is not None and not isinstance(value, bool):
            self.refuse(key, f"is {value!r}: write true or false")
        return value is True

    def member(self, key: str, kinds: type[Member], default: Member | None = None) -> Member:
        """One of an enumeration's words; without a default it must be written."""
        words = [kind.value for kind in kinds]
        if default is not None and not self._wrote(key):
            return default
        value = self._leaf(key, f"one of {', '.join(words)}")
        if isinstance(value, str) and value in words:
            return kinds(value)
        if value is not None:
            self.refuse(key, f"is {value!r}: write one of {', '.join(words)}")
        return default or next(iter(kinds))

    def money(self, key: str) -> int:
        """An amount in the event's currency, as minor units."""
        digits = self.known.currency_digits
        value = self._leaf(key, "an amount")
        amount = None if value is None or isinstance(value, bool) else parse_scaled(value, digits)
        if value is not None and (amount is None or not 0 <= amount <= PRICE_MINOR_MAX):
            most = PRICE_MINOR_MAX // 10**digits
            self.refuse(key, f"is {value!r}: write an amount from 0 to {most} with at most {digits} decimals")
        return amount or 0

    def percent(self, key: str) -> int:
        """A share of 0 to 100 percent, as basis points."""
        value = self._leaf(key, "a percentage from 0 to 100")
        share = None if value is None or isinstance(value, bool) else parse_scaled(value, 2)
        if value is not None and (share is None or not 0 <= share <= 10_000):
            self.refuse(key, f"is {value!r}: write a percentage from 0 to 100 with at most 2 decimals")
        return share or 0

    def instant(self, key: str) -> int:
        """A moment, as milliseconds UTC; without an offset it is the event's local time."""
        value = self._leaf(key, 'a moment like "2028-07-06 09:00"')
        at_ms = parse_instant_ms(value, self.known.zone) if isinstance(value, str) else None
        if value is not None and at_ms is None:
            self.refuse(key, f'is {value!r}: write a moment that exists in the event\'s zone, like "2028-07-06 09:00"')
        return at_ms or 0

    def maybe_instant(self, key: str) -> int | None:
        """A moment, or None where the key is absent."""
        return self.instant(key) if self._wrote(key) else None

    def span(self, from_key: str, until_key: str) -> Span:
        """Two optional moments, the first before the second."""
        span = Span(self.maybe_instant(from_key), self.maybe_instant(until_key))
        if span.from_ms is not None and span.until_ms is not None and span.from_ms >= span.until_ms:
            self.refuse(until_key, f"is not after {from_key!r}: set it later")
        return span

    # --- texts in languages -----------------------------------------------------------------------

    def texts(self, key: str, chars_max: int) -> Texts:
        """A text per language; one plain text stands for all of them, as proper names do."""
        node = self.node(key)
        if isinstance(node, Leaf):
            return self._same_everywhere(key, chars_max)
        if not isinstance(node, Table):
            self.refuse(key, "needs a text, or a table with one per language: add it")
            return Texts(())
        return self._per_language(Fields(node, self.at(key), self.known), chars_max)

    def maybe_texts(self, key: str, chars_max: int) -> Texts | None:
        """Texts, or None where the key is absent."""
        return self.texts(key, chars_max) if self._wrote(key) else None

    def _same_everywhere(self, key: str, chars_max: int) -> Texts:
        text = self.text(key, chars_max)
        return Texts(tuple((language, text) for language in self.known.languages))

    def _per_language(self, inner: Fields, chars_max: int) -> Texts:
        found = [(language, inner.maybe_text(language, chars_max)) for language in self.known.languages]
        inner.close()
        missing = [language for language, text in found if text is None]
        if self.known.default_language in missing:
            inner.refuse(self.known.default_language, "is missing: the default language must have every text")
        elif missing:
            self.known.problems.warn(inner.table.place, inner.path, f"not translated into {', '.join(missing)}")
        return Texts(tuple((language, text) for language, text in found if text is not None))

    # --- lists, references, tables ----------------------------------------------------------------

    def words(self, key: str, count_max: int = LIST_MAX) -> list[tuple[Place, str]]:
        """A list of short texts with their places; absent is empty."""
        node = self.node(key)
        if node is None:
            return []
        if not isinstance(node, Row) or len(node.nodes) > count_max:
            self.refuse(key, f"is {describe(node)}: write a list of at most {count_max} keys")
            return []
        leaves = [leaf for leaf in node.nodes if isinstance(leaf, Leaf)]
        words = [(leaf.place, leaf.value) for leaf in leaves if isinstance(leaf.value, str)]
        if len(words) < len(node.nodes):
            self.refuse(key, "holds something other than text: write keys in quotes")
        return words

    def reference(self, key: str, section: str) -> str:
        """The key of something in another section."""
        name = self.text(key)
        if name:
            self.must_know(self.table.nodes[key].place, self.at(key), section, name)
        return name

    def maybe_reference(self, key: str, section: str) -> str | None:
        """A reference, or None where the key is absent."""
        return self.reference(key, section) if self._wrote(key) else None

    def references(self, key: str, section: str) -> tuple[str, ...]:
        """Keys of things in another section, each once."""
        names: list[str] = []
        for place, name in self.words(key):
            self.must_know(place, self.at(key), section, name)
            if name in names:
                self.known.problems.refuse(place, self.at(key), f"names {name!r} twice: remove one")
            names.append(name)
        return tuple(names)

    def must_know(self, place: Place, path: str, section: str, name: str) -> None:
        """Refuse a name that is in no such section."""
        known = self.known.keys.get(section, {})
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"add [{section}.{name}] or name another"
            self.known.problems.refuse(place, path, f"there is no {name!r} in {section}; {hint}")

    def table_at(self, key: str) -> Fields | None:
        """The table at a key, None where absent; anything else is a problem."""
        node = self.node(key)
        if node is not None and not isinstance(node, Table):
            self.refuse(key, f"is {describe(node)}: write a table")
        return Fields(node, self.at(key), self.known) if isinstance(node, Table) else None

    def rows(self, key: str, count_max: int) -> Iterator[Fields]:
        """The tables of a list of tables; absent is empty."""
        node = self.node(key)
        if node is None:
            return
        if not isinstance(node, Row) or len(node.nodes) > count_max:
            self.refuse(key, f"is {describe(node)}: write a list of at most {count_max} tables")
            return
        for index, inner in enumerate(node.nodes):
            path = f"{self.at(key)}.{index}"
            if isinstance(inner, Table):
                yield Fields(inner, path, self.known)
            else:
                self.known.problems.refuse(inner.place, path, f"is {describe(inner)}: write a table")

    def children(self, count_max: int) -> Iterator[tuple[str, Fields]]:
        """The tables inside this one with their keys, where the organiser chooses the keys."""
        for number, (key, node) in enumerate(self.table.nodes.items()):
            self._asked.add(key)
            if number >= count_max:
                self.refuse(key, f"is number {number + 1}, at most {count_max} are taken: remove some")
                return
            if not KEY.fullmatch(key):
                self.refuse(key, "is no key: use a to z, digits and _, at most 48, a letter first")
            elif not isinstance(node, Table):
                self.refuse(key, f"is {describe(node)}: write a table")
            else:
                yield key, Fields(node, self.at(key), self.known)
