"""The few widgets all screens are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase
from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.input.frames import Preview
from kiosk.ui import emblems, theme
from kiosk.ui.fitting import Sized, fitting_size, stack_scale
from kiosk.ui.guarding import Guarded, Pressed
from kiosk.ui.picture import Shape
from kiosk.ui.shelf import Pixels
from kiosk.ui.status_words import Tone

DETAIL_SIZE = 30  # of what a tile says below its name, at scale 1
_MEASURED_AT = 100
_PICTURE_SHARES = (0.36, 0.24, 0.16)  # of a tile's width
_NAME_LEAST = 0.82  # of the size of a name beside a picture; rather no picture than a name nobody can read


def register_fonts() -> None:
    """Make the bundled font known and the default of every label."""
    LabelBase.register(
        theme.FONT, str(theme.FONTS / "NotoSans-Regular.ttf"), fn_bold=str(theme.FONTS / "NotoSans-Bold.ttf")
    )


@functools.lru_cache(maxsize=4096)
def word_width(word: str, *, bold: bool) -> float:
    """How wide a word is at font size 1."""
    label = CoreLabel(font_name=theme.FONT, font_size=_MEASURED_AT, bold=bold)
    return float(label.get_extents(word)[0]) / _MEASURED_AT


class FitLabel(Label):
    """A label whose text is never cut: it shrinks from `largest` until it fits its box."""

    largest = NumericProperty(24)
    smallest = NumericProperty(8)
    full = NumericProperty(0)  # its size in a stack that has room
    alike = ObjectProperty(None, allownone=True)  # those it has one size with
    tint = ColorProperty(None, allownone=True)  # None: the theme's colour of text

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Kivy's own options
        """Fit once per frame at most, whatever changes."""
        super().__init__(**options)
        for changed in ("size", "largest", "alike"):
            self.fbind(changed, self._trigger_texture)

    def texture_update(self, *changed: object) -> None:
        """Fit first, then draw, and draw once: Kivy would draw at the old size before the fitting one."""
        self._fit()
        super().texture_update(*changed)
        self._trigger_texture.cancel()

    def settle_again(self) -> None:
        """Those beside it are smaller or larger now."""
        self._trigger_texture()

    def _fit(self, *_: object) -> None:
        left, top, right, bottom = self.padding
        width, height = self.width - left - right, self.height - top - bottom
        if width <= 1 or height <= 1:
            return
        width_of = functools.partial(word_width, bold=self.bold)
        # No height is given: with one, lines that do not fit would be left out without a word.
        self.text_size = (self.width, None)
        self.font_size = self._with_those_beside(
            fitting_size(self.text, width, height, self.largest, self.smallest, width_of)
        )

    def _with_those_beside(self, own: float) -> float:
        if self.alike is None:
            return own
        if not self.text.strip():
            self.alike.leave(self)
            return own
        return min(own, float(self.alike.settle(self, own)))


class NoteLine(FitLabel):
    """A line that may be shortened: then it lies on a ground of its own, to be touched for all of it."""

    is_cut = BooleanProperty(defaultvalue=False)
    fill = ColorProperty(theme.BUTTON)  # that ground


class Banner(FitLabel):
    """A line that lies over a whole screen for a moment."""


class Curtain(BoxLayout):
    """Covers a whole screen: while it is there, nothing below is seen or touched."""


class Sheet(Pressed, Curtain):
    """Covers a whole screen in a colour of its own until it is touched."""

    fill = ColorProperty(None, allownone=True)


class Touch(Pressed, FitLabel):
    """A button: large, flat, rounded. `fill` is its colour, `chosen` marks the one in force of a row."""

    fill = ColorProperty(None, allownone=True)  # None: the theme's colour of buttons
    own = ColorProperty(theme.DARK.raised)  # its colour while it can be touched
    chosen = BooleanProperty(defaultvalue=False)
    gone = BooleanProperty(defaultvalue=False)  # there is nothing to touch it for
    detail = StringProperty("")
    size_u = NumericProperty(26)  # of its text at scale 1: set from Python it holds, `largest` would not
    action = ObjectProperty(None, allownone=True)


class Way(Pressed, BoxLayout):
    """In or out, to be touched. The one in force is the larger; out has an emblem and a colour of its own."""

    text = StringProperty("")
    chosen = BooleanProperty(defaultvalue=False)
    fill = ColorProperty(None, allownone=True)  # while it is in force; None: the theme's colour of what is chosen
    shape = StringProperty("")  # beside the word while it is in force
    is_shaped = BooleanProperty(defaultvalue=False)
    ground = ColorProperty(theme.DARK.raised)
    ink = ColorProperty(theme.WHITE)


class Touches(Guarded, GridLayout):
    """Things to touch that are exchanged together."""


class Panel(BoxLayout):
    """A rounded darker area that holds things together."""

    fill = ColorProperty(None, allownone=True)  # None: the theme's colour of panels


class Tile(Panel):
    """A number with its name."""

    number = StringProperty("0")
    name = StringProperty("")
    numbers = ObjectProperty(None, allownone=True)  # those that its number, and its name, have one size with
    names = ObjectProperty(None, allownone=True)


class Fact(BoxLayout):
    """One row of the status screen: name, value, and a dot that says how good it is."""

    name = StringProperty("")
    value = StringProperty("")
    says = ObjectProperty(Tone.QUIET)  # how good it is
    tone = ColorProperty(theme.DARK.quiet)
    mark = StringProperty("")  # the shape in place of a dot, where it is not good
    name_share = NumericProperty(0.42)  # of the width, beside 1 for the value; 0: there is no name
    scale = NumericProperty(1.0)  # of its letters, as the list has room
    is_large = BooleanProperty(defaultvalue=False)
    is_heading = BooleanProperty(defaultvalue=False)  # of the rows below it: bold, without a dot


class Emblem(Widget):
    """One of the five emblems in a colour."""

    shape = StringProperty(Shape.DOT.value)
    tint = ColorProperty(None, allownone=True)  # None: the theme's colour of text
    texture = ObjectProperty(None, allownone=True)

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Kivy's own options
        """Load the texture of the first shape."""
        super().__init__(**options)
        self.fbind("shape", self._load)
        self._load()

    def _load(self, *_: object) -> None:
        self.texture = emblem_texture(Shape(self.shape))


@functools.cache
def emblem_texture(shape: Shape) -> Any:  # noqa: ANN401 - Kivy's texture has no type
    """White with the emblem's opacity; smaller sizes are filtered from mipmaps."""
    side = emblems.SIDE
    opaque = emblems.alpha(shape, side)
    pixels = bytearray(b"\xff" * (side * side * 4))
    pixels[3::4] = opaque
    texture = Texture.create(size=(side, side), colorfmt="rgba", mipmap=True)
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


class ProductPicture(Widget):
    """A product's picture, whole in its box; nothing until it has come, and nothing if it cannot be drawn."""

    texture = ObjectProperty(None, allownone=True)
    digest = StringProperty("")

    def ask(self, digest: str | None, want: Callable[[str, Callable[[Pixels | None], None]], None]) -> None:
        """Show this picture once `want` has it; another one asked for meanwhile wins."""
        self.digest, self.texture = digest or "", None
        if digest:
            want(digest, lambda pixels: self._take(digest, pixels))

    def _take(self, digest: str, pixels: Pixels | None) -> None:
        if digest != self.digest or pixels is None:
            return
        texture = Texture.create(size=(pixels.width, pixels.height), colorfmt="rgb")
        texture.blit_buffer(pixels.rgb, colorfmt="rgb", bufferfmt="ubyte")
        texture.flip_vertical()
        self.texture = texture

    def drawn(self, *_changed: object) -> tuple[float, float, float, float]:
        """Where it is drawn: x, y, width, height."""
        if self.texture is None:
            return (self.x, self.y, 0.0, 0.0)
        wide, high = self.texture.size
        share = min(self.width / wide, self.height / high)
        width, height = wide * share, high * share
        return (self.center_x - width / 2, self.center_y - height / 2, width, height)


class OfferTile(Pressed, BoxLayout):
    """A product to choose: picture, name, and what is left. `most` is the largest quantity it can be had in.

    A picture that leaves too little room for the name is smaller, or is left out.
    """

    name = StringProperty("")
    name_size = NumericProperty(34)  # at scale 1
    detail = StringProperty("")
    fill = ColorProperty(None, allownone=True)  # None: the theme's colour of buttons, or of what is chosen
    ground = ColorProperty(theme.DARK.raised)  # what it is drawn in
    ink = ColorProperty(theme.WHITE)
    few = StringProperty("")  # in place of the detail while there is too little of it to be touched
    warns = StringProperty("")  # what is not in order with it
    chosen = BooleanProperty(defaultvalue=False)
    action = ObjectProperty(None, allownone=True)
    most = NumericProperty(0)
    has_picture = BooleanProperty(defaultvalue=False)
    picture_share = NumericProperty(0)  # of the width
    unit = NumericProperty(1.0)  # the scale of the window
    alike = ObjectProperty(None, allownone=True)  # the tiles its words have one size with

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Kivy's own options
        """The picture's share follows what has to be read beside it."""
        super().__init__(**options)
        for changed in ("size", "name", "name_size", "detail", "has_picture", "unit"):
            self.fbind(changed, self._share)
        self._share()

    def _share(self, *_: object) -> None:
        shares = _PICTURE_SHARES if self.has_picture and min(self.size) > 1 else (0.0,)
        self.picture_share = next((share for share in shares if self._is_read_beside(share)), 0.0)

    def _is_read_beside(self, share: float) -> bool:
        if not share:
            return True
        unit = self.unit
        width = self.width - unit * 30 - min(self.height - unit * 24, self.width * share)
        told = [(self.name, self.name_size, True), (self.detail, DETAIL_SIZE, False)]
        texts = [
            Sized(text, unit * size, functools.partial(word_width, bold=bold)) for text, size, bold in told if text
        ]
        return width > 1 and stack_scale(texts, width, self.height - unit * 20) >= _NAME_LEAST


class CameraView(Widget):
    """The live picture, filling its box, with the aiming frame over it. Without a picture it says why."""

    message = StringProperty("")
    is_calm = BooleanProperty(defaultvalue=False)  # what it says is no trouble
    texture = ObjectProperty(None, allownone=True)
    # What is drawn of the texture. A part with coordinates of its own, no coordinates beside the texture: whoever gives
    # a rectangle a new texture takes those away, and then the picture stood upside down and stretched.
    drawn = ObjectProperty(None, allownone=True)

    def corner(self, across: int, up: int, *_changed: object) -> tuple[float, ...]:
        """The points of one corner of the aiming frame, a square of 68 % of the shorter side."""
        half, arm = 0.34 * min(self.size), 0.09 * min(self.size)
        x, y = self.center_x + across * half, self.center_y + up * half
        return (x - across * arm, y, x, y, x, y - up * arm)

    def show(self, preview: Preview | None) -> None:
        """Put a new picture there; None takes it away, and so does what is said in its place."""
        if preview is None or self.message:
            self.texture = self.drawn = None
            return
        size = (preview.width, preview.height)
        if self.texture is None or tuple(self.texture.size) != size:
            self.texture = Texture.create(size=size, colorfmt="rgb")
            self._cover()
        self.texture.blit_buffer(preview.rgb, colorfmt="rgb", bufferfmt="ubyte")
        self.canvas.ask_update()

    def on_message(self, *_changed: object) -> None:
        """A picture that came just before would lie over it, and contradict it."""
        if self.message:
            self.show(None)

    def on_size(self, *_changed: object) -> None:
        """The picture that is there fills the new box undistorted; a still one would wait for the next."""
        self._cover()

    def _cover(self) -> None:
        if self.texture is not None:
            drawn = self.texture.get_region(*covering(tuple(self.texture.size), (self.width, self.height)))
            drawn.flip_vertical()  # the top row came first
            self.drawn = drawn


class TouchedCamera(Pressed, CameraView):
    """A camera's picture that is touched where something else is said in its place."""


def covering(picture: tuple[float, float], box: tuple[float, float]) -> tuple[int, int, int, int]:
    """The part of a picture that fills a box undistorted: x, y, width, height; what hangs over is cut on both sides."""
    # Before the first layout a box has no size; what is drawn then is not seen.
    (wide, high), shape = picture, max(1.0, box[0]) / max(1.0, box[1])
    width, height = max(1, round(min(wide, high * shape))), max(1, round(min(high, wide / shape)))
    return (round((wide - width) / 2), round((high - height) / 2), width, height)


def load_rules() -> None:
    """Load the drawing rules of these widgets; once per program."""
    path = str(Path(__file__).with_suffix(".kv"))
    Builder.unload_file(path)
    Builder.load_file(path)
