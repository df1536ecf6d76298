"""The verdict, full screen: colour, emblem, word, what is meant, and what can be done."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from common.unbroken import UNBROKEN
from kiosk.ui import theme
from kiosk.ui.alike import Alike
from kiosk.ui.catalogue import Texts
from kiosk.ui.fitting import (
    HEADLINE,
    LINES,
    WORD,
    Shares,
    Sized,
    asking,
    beginning,
    giving_way,
    is_read,
    rows_in,
    shared,
)
from kiosk.ui.key_row import QUARTERS, THIRDS, is_offer, shares
from kiosk.ui.leafing import CHOICES_PER_PAGE, leaf_of
from kiosk.ui.picture import Action, Button, Colour, Cue, Line, PickVariant, Picture, Shape, Weight
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.shelf import Use
from kiosk.ui.stacking import sized
from kiosk.ui.widgets import FitLabel, NoteLine, OfferTile, Touch, word_width

_SIZES = {Weight.STRONG: 46, Weight.PLAIN: 36, Weight.QUIET: 28}
_BUTTON_SIZE = 36
_ROW_HEIGHTS = {0: 0, 1: 236, 2: 176, 3: 150}  # of rows of choices at scale 1; more rows get 120
_ROW_HEIGHT_LEAST = 120
_ROW_HEIGHT_COUNTED = 176  # of a number alone: what is said of the guest above needs the room
_ROW_HEIGHT_SHORT = 112  # of sizes: two rows of them are as high as one of products with pictures
_COUNTED_SIZE = 64
_SIZE_SIZE = 44  # of a size to touch: a letter or two
_HEADLINE_SIZE = 58
# What letters of word and headline, their boxes, and the sign keep of their size where the lines need the room.
_GIVING_WAY = (
    (1.0, 1.0, 1.0),
    (0.9, 0.9, 1.0),
    (0.8, 0.8, 1.0),
    (0.8, 0.7, 0.8),
    (0.7, 0.55, 0.7),
    (0.7, 0.45, 0.5),
    (0.6, 0.35, 0.45),
)
_ASKING = _GIVING_WAY[:5]  # where the headline is a question with its answers below: it keeps its room
_SIGN, _SIGN_BESIDE_CHOICES = (0.42, 0.6), (0.22, 0.34)  # beside the lines and above them: of their width, their height
_LEAST_OF_SIDE = 30  # no line is smaller than this part of the screen's shorter side while the word has room to give
_LEAST_OF_FAULT = 22  # of the few of a fault: what to do is read from afar, and the word is no guest's
_LEAST_BESIDE_NOTE = 24  # nor than this while a note can be shortened
_ALONE_MAX = 3  # so few choices have a row each in a tall window
_LINES_BESIDE_CHOICES = {2: 0.62, 3: 0.5}  # of their size in a wide window: no name outgrows the word above it


class VerdictScreen(KioskScreen):
    """Shows one picture; `chosen` is called with what was touched. The app gives the window its colour."""

    ink, ground = ColorProperty(theme.WHITE), ColorProperty(theme.BLACK)
    weak = ColorProperty(theme.BUTTON)  # keys that are not the one to be touched
    shape = StringProperty("dot")
    sign = StringProperty("")  # beside it: what it would have been
    word = StringProperty("")
    headline = StringProperty("")
    cue = StringProperty("")
    cue_about = StringProperty(Cue.NEWS.value)
    band = NumericProperty(0)  # how high it is at scale 1 where it is about a code; 0: the cue is a strip
    past = StringProperty("")  # that what is shown was written before a restart
    is_past = BooleanProperty(defaultvalue=False)  # whoever stands there now is not whom this is about
    before = StringProperty("")  # said beside a cue where what is shown was decided before
    is_amber = BooleanProperty(defaultvalue=False)  # on amber an amber strip is not seen
    remaining = NumericProperty(0)
    loudness = NumericProperty(1.0)  # of the word and the headline: less where the lines below need the room
    sign_share = NumericProperty(_SIGN[0])  # of the width of the lines, or of their height where it stands above them
    asks = BooleanProperty(defaultvalue=False)  # the headline is a question that the tiles below answer
    note = StringProperty("")  # all of one that is shortened, while somebody reads it
    to_close = StringProperty("")
    loud_room = NumericProperty(1.0)  # of their boxes: what is smaller needs less around it
    headline_share, lines_share = NumericProperty(HEADLINE), NumericProperty(LINES)  # of the height
    rows = NumericProperty(0)
    choices_height = NumericProperty(0)
    chosen = ObjectProperty(None, allownone=True)
    stepper = ObjectProperty(None, allownone=True)
    most = NumericProperty(0)
    quantity = StringProperty("1")
    told_in = StringProperty("")  # the language of its words; empty: no other is offered
    want: Callable[[str, Use], None] = staticmethod(lambda _digest, use: use(None))
    more_items = ""
    opened: Callable[[], None] = staticmethod(lambda: None)  # somebody reads: it does not go away by itself
    few: Callable[..., str] = staticmethod(lambda **_: "")
    _tiles, _keys = Alike(), Alike()  # of the choices shown, and of the buttons
    _buttons: tuple[Button, ...] = ()
    _notes: tuple[tuple[NoteLine, str], ...] = ()  # the lines that may be shortened, with all they say
    _at = 0  # of the pages of choices
    _measure = (1.0, 1)  # scale, and choices beside each other
    _is_tall = False  # the window: lines are centred there, and the stepper has a row of its own
    _asked = 1  # pieces
    _counting: tuple[tuple[Touch | OfferTile, str], ...] = ()  # what says how many, behind its label

    def speak(self, texts: Texts) -> None:
        """The stepper's name, and what leads to more choices; a picture's own words came with it."""
        self.more_items, self.few = texts("more_items"), functools.partial(texts, "only_few")
        self.before, self.to_close = texts("answer_before"), texts("close")
        self.ids.quantity_name.text, self.ids.to_guest.text = texts("quantity"), texts("to_guest")

    def build_languages(self, speak: Callable[[str], None]) -> None:
        """Small ones that the guest may ask for, in the colour of this screen's buttons."""
        super().build_languages(speak)
        self._mark_told()

    def show(self, picture: Picture, look: theme.Theme, scale: float, per_row: int, align: str) -> None:
        """Fill the screen with this picture, `per_row` choices beside each other, lines to the left or centred."""
        if not picture.retold:
            self.comes_up()
        self.told_in, self.note, self.weak = picture.told_in or "", "", look.weak(look.verdict[picture.colour])
        self._mark_told()
        self.ink, self.ground = look.ink[picture.colour], look.verdict[picture.colour]
        self.is_amber = picture.colour is Colour.AMBER
        self.shape, self.word, self.headline = picture.shape.value, picture.word, picture.headline
        self.sign = picture.sign.value if picture.sign else ""
        self.cue, self.past, self.most = "", picture.past, picture.quantity_most or 0
        self.ids.picture.ask(picture.product_picture, self.want)
        self._at = self._at if picture.buttons == self._buttons else 0
        self._buttons, self._measure, self._is_tall = picture.buttons, (scale, per_row), align == "center"
        self._show_buttons()
        self.show_quantity(self._asked)  # a picture that comes back, from a badge or a form, says the same as before
        self._show_lines(picture.lines, scale, align)

    def forget(self) -> None:
        """Nothing of the last guest stays here."""
        self.word = self.headline = self.note = ""
        self._buttons, self._notes = (), ()
        self.ids.picture.ask(None, self.want)
        for box in (self.ids.lines, self.ids.choices, self.ids.buttons):
            box.clear_widgets()

    def show_quantity(self, quantity: int) -> None:
        """How many are asked for; what there are fewer of cannot be chosen."""
        self._asked = quantity
        self.quantity = f"{quantity}{UNBROKEN}/{UNBROKEN}{int(self.most)}" if self.most else ""
        for widget, label in self._counting:
            setattr(widget, "name" if isinstance(widget, OfferTile) else "text", f"{label}{UNBROKEN}{quantity}")
        self.ids.fewer.disabled, self.ids.more.disabled = quantity <= 1, quantity >= self.most
        for tile in self.ids.choices.children:
            if isinstance(tile, OfferTile):
                tile.disabled = bool(self.most) and 0 < tile.most < quantity

    def stepped(self, change: int) -> None:
        """The stepper was touched."""
        if self.stepper is not None:
            self.stepper(change)

    def _show_lines(self, lines: tuple[Line, ...], scale: float, align: str) -> None:
        box = self.ids.lines
        most = _LINES_BESIDE_CHOICES.get(int(self.rows), 1.0) if align == "left" else 1.0
        box.clear_widgets()
        self._notes = ()
        for line in lines:
            kind = NoteLine if line.is_note else FitLabel
            label = kind(text=line.text, tint=self.ink, bold=line.weight is Weight.STRONG, halign=align)
            label.full = scale * most * _SIZES[line.weight]
            box.add_widget(label)
            if isinstance(label, NoteLine):
                label.fill = self.weak
                self._notes = (*self._notes, (label, line.text))
        self.give_way()

    def give_way(self) -> None:
        """What is read at a glance gets smaller before the lines below it cannot be read, then a long note shorter."""
        boxes, labels, side = self._boxes(), self.ids.lines.children, min(self.size)
        least = side / (_LEAST_OF_FAULT if self.shape == Shape.WRENCH.value else _LEAST_OF_SIDE)
        least_beside = side / _LEAST_BESIDE_NOTE
        for label, note in self._notes:
            label.text = note
        for label, note in self._notes:
            others, own = [sized(one) for one in labels if one is not label], sized(label)

            def is_enough(told: str, others: list[Sized] = others, own: Sized = own) -> bool:
                return is_read([*others, replace(own, text=told)], boxes[-1], least_beside)

            label.text = note if is_enough(note) else beginning(note, is_enough)
            label.is_cut = label.text != note
            label.tint = theme.WHITE if label.is_cut else self.ink
        at = giving_way([sized(label) for label in labels], boxes, least_beside if self._notes else least)
        self.loudness, self.loud_room, share = self._ways[at]
        self.sign_share = self._sign(share)
        self.lines_share = boxes[at].lines
        self.headline_share = boxes[at].loud - WORD * self.loud_room

    def _boxes(self) -> list[Shares]:
        """What word, headline and lines have for themselves, the more they give way the more lines."""
        body = self.ids.body
        width, height, is_above = body.width, body.height - body.padding[1], body.orientation == "vertical"
        boxes = []
        for letters, loud, sign in self._ways:
            of = 1 + self._sign(sign)
            size = (width, (height - body.spacing) / of) if is_above else ((width - body.spacing) / of, height)
            in_letters = size[0] / (self._measure[0] * _HEADLINE_SIZE * letters)
            rows = rows_in(self.headline, in_letters, functools.partial(word_width, bold=True))
            boxes.append(asking(size, loud) if self.asks else shared(size, rows, loud))
        return boxes

    @property
    def _ways(self) -> tuple[tuple[float, float, float], ...]:
        return _ASKING if self.asks else _GIVING_WAY

    def _sign(self, share: float) -> float:
        """How large the sign is where it keeps this share of its size; beside choices it is small enough."""
        is_above = self.ids.body.orientation == "vertical"
        return _SIGN_BESIDE_CHOICES[is_above] if self.rows > 1 else _SIGN[is_above] * share

    def open_note(self) -> None:
        """All of a note that is shortened, until somebody closes it or the next code comes."""
        cut = next((note for label, note in self._notes if label.is_cut), "")
        if cut:
            self.opened()
            self.comes_up()
            self.note = cut

    def close_note(self) -> None:
        """What was shown before."""
        self.comes_up()
        self.note = ""

    def leaf(self) -> None:
        """The next page of choices; behind the last one the first."""
        self._at += 1
        self._show_buttons()
        self.show_quantity(self._asked)

    def _show_buttons(self) -> None:
        scale, per_row = self._measure
        leaf = leaf_of([button for button in self._buttons if is_offer(button)], self._at)
        per_row = 1 if per_row < _ALONE_MAX and len(leaf.choices) <= _ALONE_MAX and not leaf.others else per_row
        self.ids.choices.clear_widgets()
        self.ids.buttons.clear_widgets()
        self._counting, self._tiles, self._keys = (), Alike(), Alike()
        # All pages have the rows of a full one, so that nothing moves; fewer choices get rows as equal as can be.
        self.rows = -(-(CHOICES_PER_PAGE if leaf.others else len(leaf.choices)) // per_row)
        self.ids.choices.cols = per_row if leaf.others else max(1, -(-len(leaf.choices) // max(1, int(self.rows))))
        is_counted = any(button.counts for button in leaf.choices)
        height = _ROW_HEIGHT_COUNTED if is_counted else _ROW_HEIGHTS.get(self.rows, _ROW_HEIGHT_LEAST)
        self.asks = bool(leaf.choices) and all(isinstance(button.action, PickVariant) for button in leaf.choices)
        if self.asks:
            self.choices_height, self.rows = scale * self.rows * _ROW_HEIGHT_SHORT, 1 if self.rows <= 2 else self.rows
        else:
            self.choices_height = scale * self.rows * height
        for button in leaf.choices:
            self.ids.choices.add_widget(self._tile(button))
        if leaf.others:
            for _ in range(CHOICES_PER_PAGE - len(leaf.choices)):
                self.ids.choices.add_widget(Widget())
        self._show_keys(leaf.others)

    def _show_keys(self, others: str) -> None:
        """The keys below: the first in the corner that every screen is left by. `others`: choices on other pages."""
        keys, row = [button for button in self._buttons if not is_offer(button)], self.ids.buttons
        # Leafing and the stepper need the room, and no "Undo" comes up below an answer beside them.
        is_narrow = bool(others or (self.most and not self._is_tall))
        parts = (1,) * len(keys) if is_narrow else shares(keys, THIRDS if self._is_tall else QUARTERS)
        for button, part in zip(keys, parts, strict=False):
            row.add_widget(self._touch(button, part))
        for part in parts[len(keys) :]:
            row.add_widget(Widget(size_hint_x=part))
        if others:
            row.add_widget(self._leafs(others))

    def _leafs(self, others: str) -> Touch:
        touch = Touch(text=f"{self.more_items}\n{others}", size_u=_BUTTON_SIZE, alike=self._keys)
        touch.fill = theme.MAIN_BUTTON
        touch.bind(on_release=lambda _: self.leaf())
        return touch

    def _tile(self, button: Button) -> OfferTile:
        tile = OfferTile(name=button.label, detail=button.detail, action=button.action, most=button.most or 0)
        if button.counts:
            tile.name_size = _COUNTED_SIZE
            self._counting = (*self._counting, (tile, button.label))
        elif self.asks:
            tile.name_size = _SIZE_SIZE
        tile.alike, tile.few = self._tiles, self.few(left=button.most or 0)
        tile.fill, tile.has_picture = theme.MAIN_BUTTON, button.picture is not None
        tile.ids.picture.ask(button.picture, self.want)
        tile.bind(on_release=lambda touched: self._touched(touched.action))
        return tile

    def _touch(self, button: Button, part: int) -> Touch:
        text = f"{button.label}\n{button.detail}" if button.detail else button.label
        touch = Touch(text=text, action=button.action, size_u=_BUTTON_SIZE, alike=self._keys, size_hint_x=part)
        touch.fill = theme.MAIN_BUTTON if button.main else self.weak
        if button.counts:
            self._counting = (*self._counting, (touch, button.label))
        touch.bind(on_release=lambda touched: self._touched(touched.action))
        return touch

    def _mark_told(self) -> None:
        # White stands out on every verdict; the blue of what is chosen does not on a blue one.
        for button in self.ids.languages.children:
            button.fill = theme.WHITE if button.action == self.told_in else self.weak

    def _touched(self, action: Action) -> None:
        if self.chosen is not None:
            self.chosen(action)
