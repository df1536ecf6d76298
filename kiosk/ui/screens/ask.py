"""Questions and reasons: one field at a time, with the input that fits it."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.ui.asking import Form, Input, rows_of
from kiosk.ui.catalogue import Texts
from kiosk.ui.screens.base import KioskScreen
from kiosk.ui.screens.keypad import GAP
from kiosk.ui.widgets import Touch

LETTER_COLUMNS = 10
DIGIT_COLUMNS = 3
CURSOR = "|"


class AskScreen(KioskScreen):
    """Shows the form's field in hand; every touch makes another form, the last one goes to the session."""

    session = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    question = StringProperty("")
    place = StringProperty("")
    cue = StringProperty("")
    shown = StringProperty("")
    keys = StringProperty("")
    columns = NumericProperty(LETTER_COLUMNS)
    has_keys = BooleanProperty(defaultvalue=False)
    has_options = BooleanProperty(defaultvalue=False)
    has_letters = BooleanProperty(defaultvalue=False)
    rows = NumericProperty(1)  # that the question takes, three at most
    wide_key = StringProperty(" ")
    is_unfinished = BooleanProperty(defaultvalue=False)
    texts = Texts("en")
    form: Form | None = None

    def speak(self, texts: Texts) -> None:
        """Buttons; the form's own words came with it."""
        self.texts = texts
        self.ids.back.text, self.ids.delete.text = texts("back"), texts("delete")

    def show(self, form: Form) -> None:
        """This form, at the field in hand."""
        field = form.field
        is_other = self.form is None or self.form.fields is not form.fields or self.form.at != form.at
        self.form = form
        self.title, self.question, self.wide_key = form.title, field.title, form.wide_key
        self.rows = rows_of(field.title)
        self.ids.space.text = self.texts("space") if self.wide_key == " " else self.wide_key
        self.place = f"{form.at + 1} / {len(form.fields)}" if len(form.fields) > 1 else ""
        self.shown = form.shown + (CURSOR if field.input is Input.LETTERS else "")
        if is_other:
            self.columns = LETTER_COLUMNS if field.input is Input.LETTERS else DIGIT_COLUMNS
            self.keys, self.has_keys = _arranged(field.keys, int(self.columns)), field.input is not Input.BUTTONS
            self.has_letters, self.has_options = field.input is Input.LETTERS, bool(field.options)
            self._show_options(form)
        went_on_by = self.ids.go.text
        self._show_state(form)
        if is_other and self.ids.go.text != went_on_by:
            self.ids.go.comes_up()  # it would skip or send now

    def forget(self) -> None:
        """Nothing of what was entered stays here."""
        self.form, self.shown = None, ""

    def typed(self, char: str) -> None:
        """One more character."""
        self._turn(self.form and self.form.typed(char))

    def erased(self) -> None:
        """The last one away."""
        self._turn(self.form and self.form.erased())

    def entered(self) -> None:
        """To the next field, or to the session after the last one."""
        form = self.form
        if form is None or not form.is_good:
            return
        if form.is_last:
            self.form = None
            self.session.submit(form)
        else:
            self.show(form.forward())

    def back(self) -> None:
        """To the field before, or to what asked."""
        before = self.form and self.form.back()
        if before is None:
            leads_to = self.form and self.form.back_to
            self.form = None
            if leads_to is not None:
                self.session.act(leads_to)
            else:
                self.session.put_off()
        else:
            self.show(before)

    def _turn(self, form: Form | None) -> None:
        if form is not None:
            self.show(form)

    def _choose(self, value: str) -> None:
        form = self.form
        if form is not None:
            self.show(form.chosen(value))
            if form.field.input is Input.BUTTONS and not form.field.several:
                self.entered()

    def _show_options(self, form: Form) -> None:
        box, options = self.ids.options, form.field.options
        box.comes_up()
        box.clear_widgets()
        box.cols = 1 if len(options) < 4 and not self.has_letters else 2
        for value, label in options:
            touch = Touch(text=label, action=value)
            touch.bind(on_release=lambda touched: self._choose(touched.action))
            box.add_widget(touch)

    def _show_state(self, form: Form) -> None:
        ids, field = self.ids, form.field
        for touch in ids.options.children:
            touch.chosen = touch.action in form.taken
            touch.size_u = ids.go.size_u * (1 if self.has_letters else 1.5)
        skips = not form.text and not field.required
        ids.go.text = self.texts(_end(form, skips=skips) if form.is_last else "skip" if skips else "next")
        ids.go.disabled = not form.is_good
        self.is_unfinished = bool(form.text) and not form.is_good


def _arranged(keys: str, columns: int) -> str:
    """The 0 stands under the 8, where every hand looks for it."""
    is_alone = columns == DIGIT_COLUMNS and len(keys) % columns == 1
    return f"{keys[:-1]}{GAP}{keys[-1]}" if is_alone else keys


def _end(form: Form, *, skips: bool) -> str:
    """What the button of the last field says."""
    if form.finds or form.places:
        return "find_go"
    return "skip" if skips else "send"
