"""Telling points of conflicts: each hears, in the control room's messages, of the uses that its kiosks wrote.

The scribe's work, since a message is a statement. What was found at once is told at once, in one message a point: when
a partition heals, hundreds may be found together. Words are for kiosks of before: others word what is told in their own
language (`common.conflict_news`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlalchemy import Connection

from common.conflict_kinds import ConflictKind
from common.conflict_news import DIGEST_HEX_CHARS, ToldConflict, ToldUse, with_news
from common.conflict_news import ConflictNews as Told
from common.ids import PointNo
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.admin_names import Names
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.translations import LANGUAGES, SOURCE_LANGUAGE, Translator, best_language, local, translator
from syncserver.stores import conflicts as store
from syncserver.stores.conflicts import ConflictRow, UseOfDevice
from syncserver.stores.events import EventRow

BATCH_MAX = 100  # conflicts at once
LINES_MAX = 5
TEXT_CHARACTERS_MAX = 1000  # of a message
MS_PER_SECOND = 1000


class ConflictNews:
    """Tells of conflicts nobody was told of yet."""

    def __init__(self, db: Database, scribe: Scribe) -> None:
        self._db, self._scribe = db, scribe

    def step(self, event_id: int) -> int:
        """Tell of up to 100 conflicts; how many it were."""
        with self._db.read() as tx:
            if not store.untold(tx, event_id, 1):
                return 0
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            found = store.untold(tx, event_id, BATCH_MAX)
            self._tell(desk, [row for row in found if row.ruling is None])
            store.set_told(tx, event_id, [row.digest for row in found], desk.now_ms)
            return len(found)

    @staticmethod
    def _tell(desk: Desk, found: Sequence[ConflictRow]) -> None:
        if not found:
            return
        letter = _Letter(desk.tx, desk.event, found)
        points = {point for row in found for point in letter.points_of(row)}
        for point in sorted(points):
            here = [row for row in found if point in letter.points_of(row)]
            statements.message(desk, _cause(point, here), PointNo(point), letter.text(here))


def _cause(point: int, found: Iterable[ConflictRow]) -> bytes:
    """What is told once to a point: these uses as what they are now. One that became something else is told anew."""
    said = (row.digest + (row.other or bytes(32)) + row.why.encode() + b"\0" for row in found)
    return sha256(b"conflicts" + point.to_bytes(8) + b"".join(said)).digest()


class _Letter:
    """Puts conflicts into words of the event's own language."""

    def __init__(self, tx: Connection, event: EventRow, found: Iterable[ConflictRow]) -> None:
        self._words: Translator = translator(best_language([event.default_language], LANGUAGES, SOURCE_LANGUAGE))
        self._zone = event.zone
        self._called = Names.of(tx, event, event.default_language)
        wanted = [digest for row in found for digest in (row.digest, row.other) if digest is not None]
        self._uses = store.uses_by_digest(tx, event.id, wanted)

    def points_of(self, row: ConflictRow) -> set[int]:
        """Where its uses were written; not where somebody answered for one, who knows."""
        return {use.point_no for use in self._both(row) if not _is_answered_for(row, use)}

    def text(self, found: Sequence[ConflictRow]) -> str:
        """The message about some conflicts of one point."""
        words, more = self._words, max(0, len(found) - LINES_MAX)
        lines = [
            words.text("The control room decides, nothing is to be done here:"),
            *(self._line(row) for row in found[:LINES_MAX]),
            *([words.text("and %(count)s more", count=more)] if more else []),
        ]
        return with_news(lines, Told(tuple(map(self._told, found[:LINES_MAX])), more), TEXT_CHARACTERS_MAX)

    def _told(self, row: ConflictRow) -> ToldConflict:
        uses = (
            ToldUse(use.time_ms // MS_PER_SECOND, use.point_no, use.digest.hex()[:DIGEST_HEX_CHARS])
            for use in self._both(row)
        )
        return ToldConflict(row.why, row.product_no, tuple(uses))

    def _line(self, row: ConflictRow) -> str:
        uses = " + ".join(self._use(use) for use in self._both(row))
        return f"{self._why(row.why)}: {uses} ({self._called.product(row.product_no)})"

    def _use(self, use: UseOfDevice) -> str:
        point = self._called.points.get(use.point_no)
        where = point.name if point else f"#{use.point_no}"
        return f"{local(use.time_ms, self._zone):%H:%M:%S} {where} / {self._called.device(use.device)}"

    def _both(self, row: ConflictRow) -> list[UseOfDevice]:
        found = [self._uses.get(digest) for digest in (row.other, row.digest) if digest is not None]
        return [use for use in found if use is not None]

    def _why(self, why: str) -> str:
        words = self._words
        said = {
            ConflictKind.PROOF_FAILED: words.text("The kiosk cannot have had this pass before it"),
            ConflictKind.FORKED: words.text("A copy of the kiosk writes too"),
            ConflictKind.AFTER_BLOCK: words.text("Used after the ticket was blocked"),
            ConflictKind.AFTER_CANCEL: words.text("Used after it was cancelled"),
            ConflictKind.AFTER_REISSUE: words.text("Used with an old pass after a new one was made"),
            ConflictKind.BEYOND: words.text("More than was bought"),
            ConflictKind.DEVICES: words.text("Used twice, by kiosks that had not heard of each other"),
            ConflictKind.WAITING: words.text("Written after the kiosk was withdrawn: waits to be allowed"),
            ConflictKind.CLOCK: words.text("Stamped later than it arrived: the kiosk's clock was wrong"),
            ConflictKind.OVERRIDE: words.text("Somebody at the point answered for it"),
        }
        return said[ConflictKind(why)]


def _is_answered_for(row: ConflictRow, use: UseOfDevice) -> bool:
    """Whether all there is to decide is that this person, with badge and PIN, let somebody in."""
    return row.why == ConflictKind.OVERRIDE and use.digest == row.digest and use.operator is not None
