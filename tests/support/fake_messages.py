"""What the control room says on screens of tests: a long message, a short one, and as many conflicts as one tells."""

from __future__ import annotations

from common.conflict_kinds import ConflictKind
from kiosk.shown import ConflictShown, MessageShown
from tests.support.longest_texts import longest

NOW_MS = 1_846_500_300_000  # as the fake station has it
CLOSING = (
    "Severní brána zavírá ve 22:00. Poslední vstup je ve 21:45; kdo přijde později, jde k jižní bráně. "
    "Ztracené děti veďte do stanu první pomoci za hlavním pódiem, volejte linku 112 jen v ohrožení života. "
)
MESSAGES = (
    MessageShown("a1", NOW_MS - 60_000, CLOSING * 4, to_all=True, read=False),
    MessageShown("b2", NOW_MS - 7_200_000, "Vyměňte si baterii u stánku 4.", to_all=False, read=True),
)


def longest_news() -> MessageShown:
    """Five conflicts of two uses each, at the points and of the products with the longest names, and more besides."""
    gates = longest("gate", 2)
    uses = tuple((NOW_MS - 90_000 * (2 - at), gate) for at, gate in enumerate(gates))
    kinds = (ConflictKind.DEVICES, ConflictKind.WAITING, ConflictKind.PROOF_FAILED, ConflictKind.CLOCK, "of_later")
    told = tuple(ConflictShown(kind, longest("ticket")[0], uses, "TW3N 9") for kind in kinds)
    return MessageShown("c3", NOW_MS - 30_000, "-", to_all=False, read=False, conflicts=told, more=95)
