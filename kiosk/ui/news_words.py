"""A message about conflicts in the kiosk's own language: who decides, then each by kind, product, uses and code."""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict_kinds import ConflictKind
from kiosk.shown import ConflictShown, MessageShown
from kiosk.ui.telling import Setting

_KINDS = set(ConflictKind)


def news_lines(message: MessageShown, setting: Setting) -> Iterator[str]:
    """Line by line."""
    texts = setting.texts
    yield texts("news_head")
    for one in message.conflicts:
        yield _told(one, setting)
    if message.more:
        yield texts("news_more", n=message.more)


def _told(one: ConflictShown, setting: Setting) -> str:
    """A kind of a later version is told by the rest alone."""
    texts = setting.texts
    kind = texts(f"news_{one.kind}") if one.kind in _KINDS else texts("news_other")
    uses = (f"{texts.clock_s(time_ms, setting.zone)} {texts.name(point)}".strip() for time_ms, point in one.uses)
    code = texts("history_code", end=one.code_end) if one.code_end else ""
    return texts.pair(kind, " · ".join(filter(None, (texts.name(one.product), " + ".join(uses), code))))
