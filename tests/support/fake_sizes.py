"""Sizes of a shirt on screens of tests: an L and an XL handed out, one XL left."""

from __future__ import annotations

from dataclasses import replace

from kiosk.shown import Handing, VariantShown

SIZES = tuple(VariantShown(key, {"en": key.upper()}, n) for key, n in (("l", 1), ("xl", 2), ("s", 0), ("m", 0)))
HANDING = Handing((SIZES[0], replace(SIZES[1], quantity=1)), (replace(SIZES[1], quantity=1),), SIZES)
