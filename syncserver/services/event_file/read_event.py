"""The event itself and what stands beside it: tax rates, areas, categories, quotas, parking, waves."""

from __future__ import annotations

import re
from datetime import UTC
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, is_currency

from syncserver.services.event_file.fields import NAME_CHARS_MAX, SENTENCE_CHARS_MAX, Fields, Known
from syncserver.services.event_file.model import (
    LANGUAGES,
    Area,
    Category,
    Event,
    Geo,
    LegalTexts,
    MailSender,
    OnPlan,
    Organiser,
    ParkingArea,
    Position,
    Quota,
    VatRate,
    Wave,
)
from syncserver.services.event_file.moments import event_date, find_zone, parse_minute, parse_scaled
from syncserver.services.event_file.tree import Leaf

LEGAL_CHARS_MAX = 40_000
EVENT_DAYS_MAX = 60
BORDER_MINUTE_MAX = 12 * 60
QUOTA_MAX = 10_000_000
PEOPLE_MAX = 1_000_000
AREAS_MAX = 100
CATEGORIES_MAX = 200
QUOTAS_MAX = 2_000
VAT_KEYS_MAX = 20
WAVES_MAX = 100

_MAIL = re.compile(r"[^@\s<>\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,47}")


def frame(fields: Fields) -> Known:
    """Zone, languages and currency, which every other reader needs."""
    languages = _languages(fields)
    default = fields.text("default_language") if languages else ""
    if languages and default not in languages:
        fields.refuse("default_language", f"is {default!r}: name one of {', '.join(languages)}")
    return Known(
        problems=fields.known.problems,
        zone=_zone(fields),
        file=fields.table.place.file,
        languages=languages or LANGUAGES,
        default_language=default if default in languages else (languages or LANGUAGES)[0],
        currency_digits=get_currency_precision(_currency(fields)),
    )


def _zone(fields: Fields) -> ZoneInfo:
    name = fields.text("zone")
    zone = find_zone(name) if name else None
    if name and zone is None:
        fields.refuse("zone", f"is {name!r}: name a zone of the IANA list, like Europe/Prague")
    return zone or ZoneInfo("UTC")


def _currency(fields: Fields) -> str:
    code = fields.text("currency")
    if code and not is_currency(code, "en"):
        fields.refuse("currency", f"is {code!r}: name an ISO 4217 currency, like CZK")
        return "CZK"
    return code or "CZK"


def _languages(fields: Fields) -> tuple[str, ...]:
    words = fields.words("languages", len(LANGUAGES))
    for place, word in words:
        if word not in LANGUAGES:
            path = fields.at("languages")
            fields.known.problems.refuse(place, path, f"{word!r} is not spoken here; known: {', '.join(LANGUAGES)}")
    if not words:
        fields.refuse("languages", f"is missing: list at least one of {', '.join(LANGUAGES)}")
    return tuple(dict.fromkeys(word for _, word in words if word in LANGUAGES))


def read_event(fields: Fields, legal: Fields) -> Event:
    """The event table and the legal texts, with `frame` already in `fields.known`."""
    known = fields.known
    fields.words("languages")
    fields.node("zone")
    border = _border_minute(fields)
    starts, ends = fields.instant("starts"), fields.instant("ends")
    first, last = event_date(starts, known.zone, border), event_date(max(starts, ends - 1), known.zone, border)
    if ends <= starts:
        fields.refuse("ends", "is not after the start: set it later")
    elif (last - first).days >= EVENT_DAYS_MAX:
        fields.refuse("ends", f"makes the event longer than {EVENT_DAYS_MAX} days: set it earlier")
    event = Event(
        key=_slug(fields),
        name=fields.texts("name", NAME_CHARS_MAX),
        sentence=fields.maybe_texts("sentence", SENTENCE_CHARS_MAX),
        zone=_zone_name(fields),
        border_minute=border,
        starts_ms=starts,
        ends_ms=ends,
        first_day=first,
        last_day=last,
        currency=fields.text("currency"),
        currency_digits=known.currency_digits,
        languages=known.languages,
        default_language=known.default_language,
        is_test=fields.flag("test"),
        organiser=_organiser(fields),
        legal=_legal(legal),
        sender=_sender(fields),
        sale=fields.span("sale_from", "sale_until"),
    )
    fields.node("default_language")
    fields.close()
    return event


def _zone_name(fields: Fields) -> str:
    return fields.known.zone.key or str(UTC)


def _slug(fields: Fields) -> str:
    key = fields.text("key")
    if key and not _SLUG.fullmatch(key):
        fields.refuse("key", f"is {key!r}: use a to z, digits and -, at most 48, a letter first")
    return key


def _border_minute(fields: Fields) -> int:
    text = fields.maybe_text("border_hour") or "05:00"
    minute = parse_minute(text)
    if minute is None or minute > BORDER_MINUTE_MAX:
        fields.refuse("border_hour", f'is {text!r}: write a time from "00:00" to "12:00"')
        return 0
    return minute


def _organiser(fields: Fields) -> Organiser:
    inner = fields.table_at("organiser") or _absent(fields, "organiser")
    organiser = Organiser(
        name=inner.text("name"),
        address=inner.text("address", SENTENCE_CHARS_MAX),
        country=inner.text("country"),
        company_id=inner.maybe_text("company_id"),
        vat_id=inner.maybe_text("vat_id"),
        mail=_mail(inner, "mail"),
        phone=inner.maybe_text("phone"),
    )
    if organiser.country and not _COUNTRY.fullmatch(organiser.country):
        inner.refuse("country", "is no ISO 3166 code: write two capital letters, like CZ")
    inner.close()
    return organiser


def _absent(fields: Fields, key: str) -> Fields:
    """An empty table in place of a missing one, whose fields then are all reported as missing, with full paths."""
    return Fields(type(fields.table)(fields.table.place, {}), fields.at(key), fields.known)


def _mail(fields: Fields, key: str) -> str:
    address = fields.text(key, 254)
    if address and not _MAIL.fullmatch(address):
        fields.refuse(key, f"is {address!r}: write a mail address, like info@example.org")
    return address


def _legal(fields: Fields) -> LegalTexts:
    legal = LegalTexts(*(fields.texts(key, LEGAL_CHARS_MAX) for key in ("imprint", "terms", "privacy")))
    fields.close()
    return legal


def _sender(fields: Fields) -> MailSender:
    inner = fields.table_at("sender") or _absent(fields, "sender")
    sender = MailSender(inner.text("name"), _mail(inner, "address"))
    inner.close()
    return sender


# --- the small sections ---------------------------------------------------------------------------


def read_vat(section: Fields) -> tuple[VatRate, ...]:
    """Tax rates by key; each has a first rate and may change at moments that only rise."""
    rates: list[VatRate] = []
    for key, fields in section.children(VAT_KEYS_MAX):
        rates.append(VatRate(key, fields.percent("percent"), None))
        last_ms: int | None = None
        for change in fields.rows("changes", 20):
            rate = VatRate(key, change.percent("percent"), change.instant("from"))
            if last_ms is not None and rate.from_ms is not None and rate.from_ms <= last_ms:
                change.refuse("from", "is not after the change before it: put them in order of time")
            last_ms = rate.from_ms
            change.close()
            rates.append(rate)
        fields.close()
    return tuple(rates)


def read_areas(section: Fields) -> tuple[Area, ...]:
    """Areas by key."""
    areas = []
    for key, fields in section.children(AREAS_MAX):
        areas.append(Area(key, fields.texts("name", NAME_CHARS_MAX), fields.maybe_integer("capacity", 1, PEOPLE_MAX)))
        fields.close()
    return tuple(areas)


def read_categories(section: Fields) -> tuple[Category, ...]:
    """Shelves of the shop by key."""
    categories = []
    for key, fields in section.children(CATEGORIES_MAX):
        categories.append(Category(key, fields.texts("name", NAME_CHARS_MAX)))
        fields.close()
    return tuple(categories)


def read_quotas(section: Fields) -> tuple[Quota, ...]:
    """Stock limits by key."""
    quotas = []
    for key, fields in section.children(QUOTAS_MAX):
        quotas.append(Quota(key, fields.integer("size", 1, QUOTA_MAX)))
        fields.close()
    return tuple(quotas)


def read_parking(section: Fields) -> tuple[ParkingArea, ...]:
    """Parking areas by key."""
    areas = []
    for key, fields in section.children(AREAS_MAX):
        name, capacity = fields.texts("name", NAME_CHARS_MAX), fields.integer("capacity", 1, PEOPLE_MAX)
        areas.append(ParkingArea(key, name, capacity, read_position(fields)))
        fields.close()
    return tuple(areas)


def read_waves(section: Fields) -> tuple[Wave, ...]:
    """Starts of the parade by key."""
    waves = []
    for key, fields in section.children(WAVES_MAX):
        name, starts = fields.texts("name", NAME_CHARS_MAX), fields.instant("starts")
        waves.append(Wave(key, name, starts, fields.integer("capacity", 1, PEOPLE_MAX)))
        fields.close()
    return tuple(waves)


def read_position(fields: Fields) -> Position | None:
    """`position = { lat = 50.1, lon = 14.4 }` in degrees, or `{ x = 120, y = 340 }` in thousandths of the plan."""
    inner = fields.table_at("position")
    if inner is None:
        return None
    position: Position
    if inner.has("lat") or inner.has("lon"):
        position = Geo(_degrees(inner, "lat", 90), _degrees(inner, "lon", 180))
    else:
        position = OnPlan(inner.integer("x", 0, 1000), inner.integer("y", 0, 1000))
    inner.close()
    return position


def _degrees(fields: Fields, key: str, most: int) -> int:
    node = fields.node(key)
    value = node.value if isinstance(node, Leaf) else None
    microdeg = None if value is None or isinstance(value, bool) else parse_scaled(value, 6)
    if microdeg is None or abs(microdeg) > most * 1_000_000:
        fields.refuse(key, f"needs degrees from -{most} to {most} with at most 6 decimals: correct it")
    return microdeg or 0
