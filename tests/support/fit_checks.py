"""What is wrong with a screen as it is drawn: texts cut or too small, things over each other, buttons too small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, Final

from PIL import Image

from kiosk.ui.theme import Rgba, contrast

READABLE_PX: Final = 11  # a text squeezed below this is as good as cut
TOUCHED_PX_MIN: Final = 40  # of the shorter side of what is touched with a glove, at 1024x600
CONTRAST_MIN: Final = 4.5  # AA of WCAG 2.2
FAINT_MIN: Final = 3.0  # of what cannot be touched now: what it would do is read all the same
LETTERS_OVER_MIDDLE: Final = 0.37  # of a capital letter, share of its size: Noto Sans's are 0.714 high
CROP_SLACK: Final = 0.001  # shares of the picture: Kivy keeps single precision
SIZE_SLACK: Final = 0.5  # pixels of a letter
SLACK_PX: Final = 1.5  # boxes are laid out in fractions of a pixel


def faults_of(screen: Any) -> Iterator[str]:  # noqa: ANN401 - Kivy's widgets have no types
    """Everything on this screen that a person would not see whole, or could not hit."""
    seen = [widget for widget in _visible(_uppermost(screen)) if min(widget.size) > SLACK_PX]
    yield from _cut(seen)
    yield from _outside(seen, screen)
    yield from _overlapping(seen)
    yield from _too_small(seen)
    yield from _words_under_banners(seen)
    yield from _emblems_under_banners(seen)
    yield from _squeezed(seen)
    yield from _pictured_over(seen)
    yield from _outgrown(seen)
    yield from _louder_than_their_headline(screen)
    yield from _uneven(seen)


def faint_texts(screen: Any, picture: Image.Image) -> Iterator[str]:  # noqa: ANN401 - Kivy's widgets have no types
    """Texts that hardly stand out from what is really drawn behind them.

    What cannot be touched now may be fainter, but for a product: that there are too few of it is read there.
    """
    from kiosk.ui.widgets import CameraView, FitLabel, OfferTile  # noqa: PLC0415 - importing Kivy opens a window

    for label in _visible(_uppermost(screen)):
        if not isinstance(label, FitLabel) or not label.text.strip() or min(label.size) <= SLACK_PX:
            continue
        parents = [label, *_parents(label)]
        is_product = any(isinstance(one, OfferTile) for one in parents)
        if any(isinstance(one, CameraView) or (not is_product and one.opacity < 1) for one in parents):
            continue
        least = FAINT_MIN if label.disabled and not is_product else CONTRAST_MIN
        ground = _ground(picture, _box(label))
        ratio = contrast(_mixed(label, math.prod(one.opacity for one in parents), ground), ground)
        if ratio < least:
            yield f"{label.text!r}: {ratio:.1f} : 1"


def _mixed(label: Any, opacity: float, ground: Rgba) -> Rgba:  # noqa: ANN401 - Kivy's widgets have no types
    """The colour in which a label is seen: what shines through is the ground."""
    colour = tuple(label.disabled_color if label.disabled else label.color)
    share = opacity * colour[3]
    red, green, blue = (c * share + g * (1 - share) for c, g in zip(colour[:3], ground[:3], strict=True))
    return (red, green, blue, 1.0)


def sizes_of(screens: list[Any]) -> dict[str, list[str]]:
    """What every widget of these screens was told of its sizes, by the screen's name."""
    names = ("largest", "spacing", "padding")
    return {
        screen.name: [f"{name} {_rounded(getattr(one, name, None))}" for one in screen.walk() for name in names]
        for screen in screens
    }


def _rounded(size: Any) -> Any:  # noqa: ANN401 - a number, or four of them
    return round(float(size), 2) if isinstance(size, int | float) else size


def _ground(picture: Image.Image, box: tuple[float, float, float, float]) -> Rgba:
    """The commonest colour within the box; Kivy counts from below."""
    left, low, right, high = (round(edge) for edge in box)
    part = picture.crop((left, picture.height - high, right, picture.height - low))
    colours: Any = part.getcolors(maxcolors=part.width * part.height)
    red, green, blue = max(colours)[1]
    return (red / 255, green / 255, blue / 255, 1.0)


def _uppermost(screen: Any) -> Any:  # noqa: ANN401 - Kivy's widgets have no types
    """The screen, or the curtain that covers it."""
    from kiosk.ui.widgets import Curtain  # noqa: PLC0415 - importing Kivy opens a window

    curtains = (widget for widget in _visible(screen) if isinstance(widget, Curtain))
    return next(curtains, screen)


def _visible(widget: Any) -> Iterator[Any]:  # noqa: ANN401 - Kivy's widgets have no types
    if widget.opacity:
        yield widget
        for child in widget.children:
            yield from _visible(child)


def _cut(seen: list[Any]) -> Iterator[str]:
    """Labels whose drawn text is larger than their box, or squeezed until nobody can read it."""
    from kiosk.ui.widgets import FitLabel  # noqa: PLC0415 - importing Kivy opens a window

    for label in seen:
        if not isinstance(label, FitLabel) or not label.text.strip():
            continue
        wide, high = label.texture_size
        if wide > label.width + 1 or high > label.height + 1:
            yield f"{label.text!r}: {wide}x{high} in a box of {label.width:.0f}x{label.height:.0f}"
        elif label.font_size < READABLE_PX:
            yield f"{label.text!r}: only {label.font_size:.1f} px high"


def _is_thing(widget: Any) -> bool:  # noqa: ANN401 - Kivy's widgets have no types
    """Whether it shows something of its own that nothing else may cover."""
    from kiosk.ui.widgets import Banner, CameraView, Emblem, FitLabel, ProductPicture  # noqa: PLC0415 - as above

    if isinstance(widget, Banner):  # lies over a screen for a moment, on purpose
        return False
    if isinstance(widget, FitLabel):
        return bool(widget.text.strip())
    return isinstance(widget, CameraView | Emblem | ProductPicture)


def _overlapping(seen: list[Any]) -> Iterator[str]:
    things = [(widget, _box(widget)) for widget in seen if _is_thing(widget)]
    for (one, first), (other, second) in itertools.combinations(things, 2):
        wide = min(first[2], second[2]) - max(first[0], second[0])
        high = min(first[3], second[3]) - max(first[1], second[1])
        if wide > SLACK_PX and high > SLACK_PX and one not in _parents(other) and other not in _parents(one):
            yield f"{_named(one)} and {_named(other)} overlap by {wide:.0f}x{high:.0f}"


def _outside(seen: list[Any], screen: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    for widget in filter(_is_thing, seen):
        left, low, right, high = _box(widget)
        if min(left, low) < -SLACK_PX or right > screen.width + SLACK_PX or high > screen.height + SLACK_PX:
            yield f"{_named(widget)} hangs out of the screen: {left:.0f},{low:.0f} to {right:.0f},{high:.0f}"


def _too_small(seen: list[Any]) -> Iterator[str]:
    from kivy.uix.behaviors import ButtonBehavior  # noqa: PLC0415 - as above

    for widget in seen:
        if isinstance(widget, ButtonBehavior) and not widget.disabled and min(widget.size) < TOUCHED_PX_MIN:
            yield f"{_named(widget)} is too small to hit: {widget.width:.0f}x{widget.height:.0f}"


def _words_under_banners(seen: list[Any]) -> Iterator[str]:
    """A line that lies over a screen for a moment must not hide the word that says what to do."""
    from kiosk.ui.widgets import Banner, FitLabel  # noqa: PLC0415 - as above

    banners = [_box(one) for one in seen if isinstance(one, Banner)]
    words = [one for one in seen if isinstance(one, FitLabel) and one.bold and one.text.isupper()]
    for (left, low, right, high), word in itertools.product(banners, words):
        middle, letters = word.to_window(word.x, word.center_y)[1], word.font_size * LETTERS_OVER_MIDDLE
        top, is_beside = middle + letters, _box(word)[0] > right or _box(word)[2] < left
        if low < top and high > middle - letters and not is_beside and not isinstance(word, Banner):
            yield f"{_named(word)} is hidden by the line above it: {top - low:.0f} px"


def _emblems_under_banners(seen: list[Any]) -> Iterator[str]:
    """Nor may it cut off a verdict's shape: that tells it apart without colour."""
    from kiosk.ui.widgets import Banner, Emblem  # noqa: PLC0415 - as above

    banners = [_box(one) for one in seen if isinstance(one, Banner)]
    for (left, low, right, high), emblem in itertools.product(banners, seen):
        if isinstance(emblem, Emblem):
            x, y = emblem.to_window(*emblem.center)
            half = min(emblem.size) / 2 - SLACK_PX
            if left < x + half and x - half < right and low < y + half and y - half < high:
                yield f"the emblem is cut off by the line above it: {y + half - low:.0f} px"


def _squeezed(seen: list[Any]) -> Iterator[str]:
    """Camera pictures drawn otherwise than the view says: squeezed into its box, or upside down."""
    from kiosk.ui.widgets import CameraView  # noqa: PLC0415 - as above

    for view in seen:
        if isinstance(view, CameraView) and view.texture is not None:
            drawn = [one.tex_coords for one in view.canvas.children if type(one).__name__ == "Rectangle"]
            said = view.drawn.tex_coords
            if any(abs(is_ - should) > CROP_SLACK for is_, should in zip(drawn[0], said, strict=True)):
                yield f"the camera's picture is squeezed: {drawn[0]} instead of {said}"


def _pictured_over(seen: list[Any]) -> Iterator[str]:
    """A camera's picture over the words that say why there is none."""
    from kiosk.ui.widgets import CameraView  # noqa: PLC0415 - as above

    for view in seen:
        if isinstance(view, CameraView) and view.texture is not None and view.message:
            yield f"a picture lies over {view.message!r}"


def _outgrown(seen: list[Any]) -> Iterator[str]:
    """A name that is smaller than what is said of it."""
    from kiosk.ui.widgets import FitLabel, OfferTile  # noqa: PLC0415 - as above

    for tile in seen:
        if isinstance(tile, OfferTile):
            labels = [one for one in tile.walk(restrict=True) if isinstance(one, FitLabel) and one.text.strip()]
            sizes = {one.text: one.font_size for one in labels}
            if sizes and sizes.get(tile.name, 0) + SIZE_SLACK < max(sizes.values()):
                yield f"{tile.name!r} is smaller than what is said of it: {sizes}"


def _louder_than_their_headline(screen: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Lines of a verdict that are larger than what they explain."""
    if screen.name == "verdict" and screen.headline:
        size = screen.ids.headline.font_size
        for label in screen.ids.lines.children:
            if label.text.strip() and label.font_size > size + SIZE_SLACK:
                yield f"{_named(label)} is larger than the headline: {label.font_size:.1f} beside {size:.1f} px"


def _uneven(seen: list[Any]) -> Iterator[str]:
    """Texts of one row in different sizes."""
    from kiosk.ui.widgets import FitLabel  # noqa: PLC0415 - as above

    rows: dict[int, list[Any]] = {}
    for label in seen:
        if isinstance(label, FitLabel) and label.alike is not None and label.text.strip():
            rows.setdefault(id(label.alike), []).append(label)
    for row in rows.values():
        sizes = sorted(label.font_size for label in row)
        if sizes[-1] - sizes[0] > SIZE_SLACK:
            yield f"{_named(row[0])} and those beside it are uneven: {sizes[0]:.1f} to {sizes[-1]:.1f} px"


def _box(widget: Any) -> tuple[float, float, float, float]:  # noqa: ANN401 - as above
    left, low = widget.to_window(widget.x, widget.y)
    return (left, low, left + widget.width, low + widget.height)


def _parents(widget: Any) -> list[Any]:  # noqa: ANN401 - as above
    found, parent = [], widget.parent
    while parent is not None and parent is not parent.parent:
        found.append(parent)
        parent = parent.parent
    return found


def _named(widget: Any) -> str:  # noqa: ANN401 - as above
    return repr(getattr(widget, "text", "") or type(widget).__name__)
