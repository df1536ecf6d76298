"""Which codes of a picture count as a scan: one at a time, and each once while it is held before the camera."""

from __future__ import annotations

from collections.abc import Collection

from kiosk.input.events import InputEvent, SameAgain, Scanned, Source, TwoCodes

SAME_S = 3.0  # a code is the same one until it has been out of sight for this long
CUE_GAP_S = 1.0  # the neutral cue and "one at a time" come at most once in this time
SETTLE_S = 0.3  # after two codes in one picture, one alone must be seen for this long before it is taken
REMEMBERED_MAX = 16


class DuplicateGate:
    """Turns the codes of successive pictures into events. Pure but for its memory; times come in as arguments.

    The window of a code slides while it stays in sight, so a phone held still after an ADMIT never turns into a
    refusal "already used" three seconds later. Not thread-safe, except `forget`.
    """

    def __init__(self) -> None:
        self._seen_s: dict[str, float] = {}
        self._cued_s = float("-inf")
        self._crowded_s = float("-inf")

    def judge(self, texts: Collection[str], picture_s: float, now_s: float) -> InputEvent | None:
        """The event of a picture taken at `picture_s` that holds these codes; None if it says nothing new."""
        distinct = set(texts)
        self._drop_old(picture_s)
        if len(distinct) > 1:
            return self._two(distinct, picture_s, now_s)
        for text in distinct:
            return self._one(text, picture_s, now_s)
        return None

    def forget(self) -> None:
        """Take the next code even if it is the last one: the hostess has changed direction or quantity."""
        self._seen_s = {}
        self._crowded_s = float("-inf")

    def _one(self, text: str, picture_s: float, now_s: float) -> InputEvent | None:
        if text in self._seen_s:
            self._seen_s[text] = picture_s
            return self._cue(SameAgain(text, now_s), picture_s)
        if picture_s - self._crowded_s < SETTLE_S:
            return None
        self._seen_s[text] = picture_s
        self._cued_s = picture_s
        return Scanned(text, Source.CAMERA, now_s, max(0, round((now_s - picture_s) * 1000)))

    def _two(self, texts: Collection[str], picture_s: float, now_s: float) -> InputEvent | None:
        self._seen_s.update((text, picture_s) for text in texts if text in self._seen_s)
        first = picture_s - self._crowded_s >= SETTLE_S
        self._crowded_s = picture_s
        if first:
            self._cued_s = picture_s
            return TwoCodes(now_s)
        return self._cue(TwoCodes(now_s), picture_s)

    def _cue(self, event: InputEvent, picture_s: float) -> InputEvent | None:
        if picture_s - self._cued_s < CUE_GAP_S:
            return None
        self._cued_s = picture_s
        return event

    def _drop_old(self, picture_s: float) -> None:
        kept = {text: seen_s for text, seen_s in self._seen_s.items() if picture_s - seen_s < SAME_S}
        newest = sorted(kept, key=kept.__getitem__)[-REMEMBERED_MAX:]
        self._seen_s = {text: kept[text] for text in newest}
