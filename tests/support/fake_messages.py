"""What the control room says on screens of tests: a long message and a short one."""

from __future__ import annotations

from kiosk.shown import MessageShown

NOW_MS = 1_846_500_300_000  # as the fake station has it
CLOSING = (
    "Severní brána zavírá ve 22:00. Poslední vstup je ve 21:45; kdo přijde později, jde k jižní bráně. "
    "Ztracené děti veďte do stanu první pomoci za hlavním pódiem, volejte linku 112 jen v ohrožení života. "
)
MESSAGES = (
    MessageShown("a1", NOW_MS - 60_000, CLOSING * 4, to_all=True, read=False),
    MessageShown("b2", NOW_MS - 7_200_000, "Vyměňte si baterii u stánku 4.", to_all=False, read=True),
)
