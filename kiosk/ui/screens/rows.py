"""A list of rows to touch, leafed through page by page."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.ui.alike import Alike
from kiosk.ui.catalogue import Texts
from kiosk.ui.rows import Row, Rows
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.widgets import OfferTile


class RowsScreen(KioskScreen):
    """Shows one page of rows; `chosen` is called with the action of what was touched."""

    session = ObjectProperty(None, allownone=True)
    chosen = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    place = StringProperty("")
    outcome, advice = StringProperty(""), StringProperty("")  # in place of rows
    what = StringProperty("")
    has_button = BooleanProperty(defaultvalue=False)
    at = NumericProperty(0)
    rows: Rows | None = None
    per_page = 1
    columns = 1
    _there: tuple[object, ...] = ()  # the title, and what each row of the page does

    def speak(self, texts: Texts) -> None:
        """Buttons; the rows' own words came with them."""
        ids = self.ids
        ids.back.text, ids.before.text, ids.after.text = texts("back"), texts("row_before"), texts("row_after")

    def show(self, rows: Rows, per_page: int, columns: int) -> None:
        """These rows from the first one on."""
        if self.rows is None or self.rows.button != rows.button:
            self.ids.does.comes_up()
        self.rows, self.per_page, self.columns = rows, per_page, columns
        self.title, self.outcome, self.advice = rows.title, rows.outcome, rows.advice
        self.what = rows.what if rows.rows else ""
        self.has_button = rows.button is not None
        self.ids.does.text = rows.button.label if rows.button else ""
        self._turn_to(0)

    def forget(self) -> None:
        """Nothing of what was listed stays here."""
        self.rows, self.title = None, ""
        self.ids.rows.clear_widgets()

    def leaf(self, change: int) -> None:
        """A page on or back."""
        self._turn_to(int(self.at) + change)

    def go_back(self) -> None:
        """To where this list was opened."""
        if self.rows is not None and self.rows.back is not None:
            self.chosen(self.rows.back)
        else:
            self.session.put_off()

    def touched(self) -> None:
        """The list's own button."""
        if self.rows is not None and self.rows.button is not None:
            self.chosen(self.rows.button.action)

    def _turn_to(self, at: int) -> None:
        rows = self.rows.rows if self.rows else ()
        count = max(1, -(-len(rows) // self.per_page))
        if not 0 <= at < count:
            return
        self.at, self.place = at, f"{at + 1} / {count}" if count > 1 else ""
        self.ids.before.disabled, self.ids.after.disabled = at == 0, at == count - 1
        self.ids.before.gone = self.ids.after.gone = count == 1
        box = self.ids.rows
        box.clear_widgets()
        box.cols, alike = self.columns, Alike()
        page = rows[at * self.per_page : (at + 1) * self.per_page]
        self._tell_what_is_new(page)
        for row in page:
            box.add_widget(self._tile(row, alike))
        for _ in range(self.per_page - len(page) if page else 0):
            box.add_widget(Widget())

    def _tell_what_is_new(self, page: tuple[Row, ...]) -> None:
        """The same list with other details, as settings are, may be touched on and on."""
        there = (self.title, *(row.action for row in page))
        if there != self._there:
            self.ids.rows.comes_up()
        self._there = there

    def _tile(self, row: Row, alike: Alike) -> OfferTile:
        tile = OfferTile(name=row.label, detail=row.detail, action=row.action, warns=row.warns)
        tile.alike = alike
        tile.chosen = row.chosen
        tile.bind(on_release=lambda touched: self.chosen(touched.action))
        return tile
