"""Words for buyers in their language: gettext catalogues, plural forms, money and dates by locale.

The texts in code and templates are English and serve as the keys. Catalogues are the `.po` files beside this module,
compiled in memory at first use, so that there is no second, compiled copy that could be stale.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision, get_currency_symbol
from babel.support import Translations

from common.errors import require

LANGUAGES = ("cs", "en", "de", "fr", "it", "pl")
OWN_NAMES = {"cs": "Čeština", "en": "English", "de": "Deutsch", "fr": "Français", "it": "Italiano", "pl": "Polski"}
SOURCE_LANGUAGE = "en"
FOLDER = Path(__file__).parent / "locale"

# English of Europe: day before month, 24 hours, the currency's sign rather than its code.
_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Translator:
    """All that differs by language. Instants are ms UTC and are shown in the zone given."""

    language: str
    catalogue: Translations
    locale: Locale

    def text(self, message: str, **values: object) -> str:
        """The message in this language, with `%(name)s` filled in."""
        found = str(self.catalogue.gettext(message))
        return found % values if values else found

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """The form that fits the count, which the text has as `%(count)s`."""
        found = str(self.catalogue.ngettext(one, many, count))
        return found % {"count": count, **values}

    def money(self, amount_minor: int, currency: str) -> str:
        """Like `1 250 Kč`: no decimals where there are none to show."""
        return _money(self.locale, amount_minor, currency)

    def moment(self, at_ms: int, zone: str) -> str:
        """Date and time of day."""
        at = local(at_ms, zone)
        return f"{_date(self.locale, at.date(), 'medium')}, {_time(self.locale, at.hour, at.minute)}"

    def time_of_day(self, at_ms: int, zone: str) -> str:
        """Hours and minutes."""
        at = local(at_ms, zone)
        return _time(self.locale, at.hour, at.minute)

    def number(self, value: float) -> str:
        """Like `5,5`: at most two decimals, and none where there are none to show."""
        return _number(self.locale, value)

    def day(self, day: date) -> str:
        """The date in words."""
        shown = _date(self.locale, day, "long")
        return f"1er{shown[1:]}" if self.language == "fr" and day.day == 1 else shown

    def days(self, first: date, last: date) -> str:
        """A range of dates, both included, like `6–9 July 2028`."""
        if first == last:
            return self.day(first)
        if (first.year, first.month) == (last.year, last.month):
            return self.text("%(first)s–%(last)s", first=self._day_number(first), last=self.day(last))
        return f"{self.day(first)} – {self.day(last)}"

    def _day_number(self, day: date) -> str:
        if self.language == "fr" and day.day == 1:
            return "1er"
        return _date(self.locale, day, "d." if self.language in {"cs", "de"} else "d")


@lru_cache(maxsize=4_096)
def _date(locale: Locale, day: date, form: str) -> str:
    """A date, by the name of a form or its pattern. The days of an event and of its orders are few."""
    return str(format_date(day, form, locale=locale))


@lru_cache(maxsize=6 * 24 * 60)
def _time(locale: Locale, hour: int, minute: int) -> str:
    """A time of day in figures."""
    return str(format_time(time(hour, minute), "short", locale=locale))


@lru_cache(maxsize=4_096)
def _number(locale: Locale, value: float) -> str:
    return str(format_decimal(value, "#,##0.##", locale=locale))


@lru_cache(maxsize=4_096)
def _money(locale: Locale, amount_minor: int, currency: str) -> str:
    """A page of the catalogue shows some hundred prices, most of them the same as on the page before."""
    digits = get_currency_precision(currency)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    require(whole < 10**12, f"an amount of {whole} {currency} is beyond what can be shown exactly")
    value = amount_minor / 10**digits  # for showing only; nothing is computed with it
    pattern = locale.currency_formats["standard"].pattern
    if get_currency_symbol(currency, locale=locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\u00a0#")  # CZK 625, but €625
    if not rest:
        pattern = pattern.replace(".00", "")
    shown = format_currency(value, currency, pattern, locale=locale, currency_digits=bool(rest))
    return str(shown)


def local(at_ms: int, zone: str) -> datetime:
    """An instant in ms UTC as a local time of an IANA zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))


@cache
def translator(language: str, folder: Path = FOLDER) -> Translator:
    """The translator of one of LANGUAGES, with the texts of a folder of catalogues."""
    require(language in LANGUAGES, f"no catalogue for language {language!r}")
    return Translator(language, _catalogue(language, folder), Locale.parse(_LOCALES.get(language, language)))


def best_language(accepted: list[str], offered: tuple[str, ...], fallback: str) -> str:
    """The first accepted language (like `cs-CZ`) among those offered, else the fallback."""
    for wanted in accepted:
        short = wanted.split("-")[0].split("_")[0].lower()
        if short in offered:
            return short
        if short == "sk" and "cs" in offered:
            return "cs"  # who reads Slovak reads Czech
    return fallback


def is_complete(language: str) -> bool:
    """Whether every text has been put into this language: only complete ones are offered to buyers."""
    return language == SOURCE_LANGUAGE or (FOLDER / f"{language}.po").exists()


def _catalogue(language: str, folder: Path) -> Translations:
    path = folder / f"{language}.po"
    if not path.exists():
        return Translations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
