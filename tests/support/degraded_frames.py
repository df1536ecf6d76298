"""Pictures of a code as hands, weather and cheap cameras make them: 1280x720 grey, the same for the same seed.

Each kind spoils one thing, from barely to beyond what anybody reads; the rest stays as it is with a good phone before a
good camera. What decoders make of them compares decoders; it foretells no venue's rate.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import cv2
import numpy as np

from kiosk.input.frames import Image
from tests.support.camera_stand import HEIGHT, WIDTH, draw_code

SIDE: Final = 440  # pixels of a code's side, quiet zone included, where nothing else is said
JPEG_QUALITY: Final = 80

Picture = Any  # float pixels from 0 to 255; OpenCV's types say less


class Kind(StrEnum):
    """What is wrong with the picture."""

    PLAIN = "plain"
    BLUR = "blur"
    MOTION = "motion blur"
    TILT = "tilt"
    GLARE = "glare"
    DARK = "low light"
    SMALL = "small"
    MOIRE = "moiré"
    OCCLUDED = "occluded"
    INVERTED = "inverted"


def degraded(text: str, kind: Kind, seed: int) -> Image:
    """A picture of the text's code with this fault; how bad, where and how turned comes from the seed."""
    rng = random.Random(f"{kind} {seed}")
    code = draw_code(text).astype(np.float32)
    if kind is Kind.INVERTED:
        code = 255 - code
    side = rng.uniform(95, 220) if kind is Kind.SMALL else SIDE * rng.uniform(0.9, 1.2)
    tilt = rng.uniform(0.15, 0.42) if kind is Kind.TILT else rng.uniform(0.0, 0.06)
    scene, mask = _placed(code, side, tilt, rng)
    scene = _FAULTS.get(kind, _unchanged)(scene, mask, rng)
    return _through_a_camera(scene, rng)


def frames(text_of: Callable[[int], str], kind: Kind, count: int) -> list[tuple[str, Image]]:
    """So many texts with their pictures."""
    return [(text, degraded(text, kind, seed)) for seed in range(count) for text in (text_of(seed),)]


def _placed(code: Picture, side: float, tilt: float, rng: random.Random) -> tuple[Picture, Picture]:
    """The code somewhere on an uneven background, turned, one edge farther away; and where it lies, from 0 to 1."""
    edge = code.shape[0]
    angle = rng.choice([0, 90, 180, 270]) + rng.uniform(-20, 20)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * side / 2
    corners[:2] *= 1 - tilt  # the upper edge is farther away
    corners[:, 1] *= 1 - tilt / 2
    turn = cv2.getRotationMatrix2D((0, 0), angle, 1.0)[:, :2]
    middle = (WIDTH / 2 + rng.uniform(-60, 60), HEIGHT / 2 + rng.uniform(-25, 25))
    places = (corners @ turn.T + middle).astype(np.float32)
    flat = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, places)
    shape = (WIDTH, HEIGHT)
    # Every output pixel of a code drawn larger than it is shown would hit a single one of its pixels.
    smooth = cv2.GaussianBlur(code, (0, 0), max(0.3, 0.35 * edge / side))
    mask = cv2.warpPerspective(np.ones_like(code), matrix, shape)
    drawn = cv2.warpPerspective(smooth, matrix, shape, flags=cv2.INTER_LINEAR)
    return _background(rng) * (1 - mask) + drawn * mask, mask


def _background(rng: random.Random) -> Picture:
    coarse = np.random.default_rng(rng.getrandbits(32)).uniform(40, 190, (9, 16)).astype(np.float32)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _through_a_camera(scene: Picture, rng: random.Random) -> Image:
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2, scene.shape)
    seen = np.clip(scene + noise, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _unchanged(scene: Picture, _mask: Picture, _rng: random.Random) -> Picture:
    return scene


def _blurred(scene: Picture, _mask: Picture, rng: random.Random) -> Picture:
    return cv2.GaussianBlur(scene, (0, 0), rng.uniform(1.5, 4.5))


def _moved(scene: Picture, _mask: Picture, rng: random.Random) -> Picture:
    length = round(rng.uniform(5, 19))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2, :] = 1.0
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1.0)
    turned = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(scene, -1, turned / turned.sum())


def _glaring(scene: Picture, mask: Picture, rng: random.Random) -> Picture:
    """A lamp's reflection somewhere on the code, and its haze around."""
    rows, columns = np.nonzero(mask > 0.5)
    at = rng.randrange(len(rows))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot(x - columns[at], (y - rows[at]) * rng.uniform(0.6, 1.6)) / rng.uniform(40, 130)
    shine = np.exp(-(far**2)) * rng.uniform(150, 330)
    return scene + shine * mask + 0.25 * shine


def _dark(scene: Picture, _mask: Picture, rng: random.Random) -> Picture:
    light = rng.uniform(0.06, 0.3)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(4, 11), scene.shape)
    return scene * light + 8 + noise


def _striped(scene: Picture, mask: Picture, rng: random.Random) -> Picture:
    """The grid of a phone's screen against the grid of the camera's sensor."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    stripes = np.zeros_like(scene)
    for _ in range(2):
        angle, period = rng.uniform(0, np.pi), rng.uniform(3.0, 11.0)
        stripes += np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    return scene + stripes * mask * rng.uniform(15, 50)


def _covered(scene: Picture, mask: Picture, rng: random.Random) -> Picture:
    """A finger or a fold over a part of it."""
    rows, columns = np.nonzero(mask > 0.5)
    at = rng.randrange(len(rows))
    middle = (int(columns[at]), int(rows[at]))
    axes = (round(rng.uniform(12, 46)), round(rng.uniform(12, 30)))
    return cv2.ellipse(scene.copy(), middle, axes, rng.uniform(0, 180), 0, 360, rng.uniform(60, 200), -1)


_FAULTS: Final[dict[Kind, Callable[[Picture, Picture, random.Random], Picture]]] = {
    Kind.BLUR: _blurred,
    Kind.MOTION: _moved,
    Kind.GLARE: _glaring,
    Kind.DARK: _dark,
    Kind.MOIRE: _striped,
    Kind.OCCLUDED: _covered,
}
