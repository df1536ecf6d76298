"""Where people of this kiosk set it up, until the server has a newer word about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.ids import DIGEST_BYTES, Digest, PointNo
from kiosk.store.learnt import Learnt

_POINT: Final = "placed_point"
_OVER: Final = "placed_over"  # the statements about this kiosk known when it was moved, their digests joined
_SNAPSHOT: Final = "placed_snapshot"  # the point the snapshot in use said then; -1 for none


@dataclass(frozen=True, slots=True)
class Said:
    """What was heard of this kiosk's place: statements about it, and the point of the newest snapshot."""

    statements: frozenset[Digest]
    snapshot: PointNo | None


class Placement:
    """Kept beside what was learnt. A server that has heard of the move states it, and so takes over."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt

    def choose(self, point: PointNo, said: Said) -> None:
        """The kiosk stands there from now on, over all that was said. Raises StoreTrouble."""
        notes: dict[str, int | bytes] = {
            _OVER: b"".join(sorted(said.statements)),
            _SNAPSHOT: -1 if said.snapshot is None else int(said.snapshot),
            _POINT: int(point),
        }
        for written in [self._learnt.note(name, value) for name, value in notes.items()]:
            written.result()

    def point(self, said: Said) -> PointNo | None:
        """The point chosen here; None where none was, or where the server has said something since."""
        chosen = self._learnt.noted_number(_POINT)
        if chosen is None:
            return None
        if self._is_newer(said):
            self._learnt.note(_POINT, None)
            return None
        return PointNo(chosen)

    def _is_newer(self, said: Said) -> bool:
        joined = self._learnt.noted(_OVER)
        over = joined if isinstance(joined, bytes) else b""
        known = {Digest(over[at : at + DIGEST_BYTES]) for at in range(0, len(over), DIGEST_BYTES)}
        snapshot = -1 if said.snapshot is None else int(said.snapshot)
        return not said.statements <= known or snapshot != self._learnt.noted_number(_SNAPSHOT)
