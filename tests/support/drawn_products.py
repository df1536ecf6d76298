"""Pictures of products, drawn: a shirt, a lunch, and one that is damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

SHIRT_PICTURE, LUNCH_PICTURE, DAMAGED_PICTURE = (hashlib.sha256(name).hexdigest() for name in (b"s", b"l", b"d"))


def draw_pictures(folder: Path) -> dict[str, Path]:
    """Two products' pictures and a damaged one, as files by digest."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {digest: folder / digest for digest in (SHIRT_PICTURE, LUNCH_PICTURE, DAMAGED_PICTURE)}
    shirt = np.full((400, 400, 4), 0, np.uint8)
    outline = [(60, 110), (150, 60), (250, 60), (340, 110), (300, 190), (270, 170), (270, 350), (130, 350), (130, 170)]
    cv2.fillPoly(shirt, [np.array([*outline, (100, 190)])], (40, 40, 40, 255))
    cv2.putText(shirt, "115", (150, 240), cv2.FONT_HERSHEY_DUPLEX, 1.6, (40, 150, 250, 255), 3)
    lunch = np.full((300, 450, 3), (225, 235, 245), np.uint8)
    cv2.circle(lunch, (225, 150), 120, (250, 250, 250), -1)
    cv2.circle(lunch, (200, 140), 55, (60, 100, 170), -1)
    cv2.circle(lunch, (275, 180), 40, (80, 160, 90), -1)
    found[SHIRT_PICTURE].write_bytes(cv2.imencode(".png", shirt)[1].tobytes())
    found[LUNCH_PICTURE].write_bytes(cv2.imencode(".jpg", lunch)[1].tobytes())
    found[DAMAGED_PICTURE].write_bytes(found[SHIRT_PICTURE].read_bytes()[:200])
    return found
