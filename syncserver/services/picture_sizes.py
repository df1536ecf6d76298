"""Pictures of products in the widths that pages show them in, made once: at the import, or for old ones by themselves.

Smaller ones are WebP, which every browser of the last years takes; whoever does not gets the picture as it came.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from sqlalchemy import Connection

from syncserver.db.engine import Database
from syncserver.services.event_file.model import PictureFile
from syncserver.stores import events as store

# A list shows them some 180 to 280 points wide, a product's page up to 560, on screens of one to three dots a point.
WIDTHS = (320, 480, 960)
WIDEST = 1280
PIXELS_MAX = 16_000_000  # unpacked 64 MB; a file of 256 KiB may claim far more
QUALITY = 78
AT_ONCE = 10  # pictures of before, some 60 ms each

# What a profile says its channels are, by what a picture's are; and the picture's mode that has these alone.
RGB, GREY, INKS = "RGB ", "GRAY", "CMYK"
SPACES = {"RGB": RGB, "RGBA": RGB, "P": RGB, "PA": RGB, "L": GREY, "LA": GREY, "CMYK": INKS}
CHANNELS = {RGB: "RGB", GREY: "L", INKS: "CMYK"}

WEBP = "image/webp"
SIDE_MAX = 16_383  # points of a WebP
# A PNG that was cut is a SyntaxError to Pillow.
_UNREADABLE = (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Size:
    """A picture in one width; `data` is None where that is the picture itself."""

    width: int
    height: int
    data: bytes | None


class PictureSizes:
    """Makes what pictures of before lack."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def step(self) -> int:
        """Make the widths of a few pictures that have none; of how many."""
        with self._db.read() as tx:
            lacking = store.pictures_without_sizes(tx, AT_ONCE)
        made = [(sha, sizes_of(media_type, data)) for sha, media_type, data in lacking]
        if made:
            with self._db.write() as tx:
                put_sizes(tx, made)
        return len(made)


def missing_sizes(db: Database, pictures: Sequence[PictureFile]) -> list[tuple[bytes, tuple[Size, ...]]]:
    """The widths of those of the pictures that have none yet: made before an import's transaction, not in it."""
    if not pictures:
        return []
    with db.read() as tx:
        known = store.with_sizes(tx, [one.sha256 for one in pictures])
    wanted = {one.sha256: one for one in pictures if one.sha256 not in known}
    return [(sha, sizes_of(one.media_type, one.data)) for sha, one in wanted.items()]


def put_sizes(tx: Connection, made: Iterable[tuple[bytes, tuple[Size, ...]]]) -> None:
    """Keep them; a picture that has no other width is marked, so that nobody tries again."""
    store.put_sizes(
        tx, [(sha, one.width, one.height, one.data) for sha, sizes in made for one in sizes or (Size(0, 0, None),)]
    )


def sizes_of(media_type: str, data: bytes) -> tuple[Size, ...]:
    """A picture in all its widths, the smallest first; none where it has one only, or cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > PIXELS_MAX or max(opened.size) > SIDE_MAX:
                return ()
            picture = _in_srgb(_upright(opened), opened.info.get("icc_profile"))
    except _UNREADABLE as error:
        log.warning("picture_unreadable", error=type(error).__name__)
        return ()
    is_own = media_type == WEBP and picture.width <= WIDEST
    whole = min(picture.width, WIDEST)
    smaller = [_resized(picture, width) for width in WIDTHS if width < whole]
    sizes = [one for one in smaller if len(one.data or b"") <= len(data)]
    widest = Size(picture.width, picture.height, None) if is_own else _resized(picture, whole)
    return (*sizes, widest) if sizes else ()


def _upright(opened: Image.Image) -> Image.Image:
    """The picture turned as it says: a camera's lies as it was held, and what is made of it says nothing any more."""
    try:
        return ImageOps.exif_transpose(opened)
    except (SyntaxError, struct.error, KeyError, TypeError):
        return opened  # what it says makes no sense; browsers pass over it too


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in the colours every screen knows, so that a smaller one, which has no profile, shows the same."""
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    space = SPACES.get(picture.mode, "")
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        if given.profile.xcolor_space != space:
            return plain
        figures = (plain if space == RGB else picture).convert(CHANNELS[space])
        found = ImageCms.profileToProfile(figures, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        return plain  # none, or none that makes sense; browsers pass over it too
    if found is not None and plain.mode == "RGBA":
        found.putalpha(plain.getchannel("A"))
    return found or plain


def _resized(picture: Image.Image, width: int) -> Size:
    height = max(1, round(picture.height * width / picture.width))
    made = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS).save(made, "WEBP", quality=QUALITY, method=4)
    return Size(width, height, made.getvalue())
