"""Whom an invoice is for: company, address, numbers; checked by the formats of the country's own tax office.

Formats of VAT numbers: the European Commission's list of their structure (VIES), and the tax offices of Britain, Norway
and Switzerland. Whether a number is given to anyone only those offices can tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import msgspec
from babel import Locale

from syncserver.services.shop_errors import CannotBuy, Reason

FIELD_CHARS_MAX = 120
# Codes of the language data that are no countries: groups, and stand-ins for tests.
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}

# Country -> (format, how one looks). Greece writes EL, whatever its code.
_VAT: dict[str, tuple[str, str]] = {
    "AT": (r"ATU\d{8}", "ATU12345678"),
    "BE": (r"BE[01]\d{9}", "BE0123456789"),
    "BG": (r"BG\d{9,10}", "BG123456789"),
    "CH": (r"CHE\d{9}(MWST|TVA|IVA)?", "CHE123456789MWST"),
    "CY": (r"CY\d{8}[A-Z]", "CY12345678X"),
    "CZ": (r"CZ\d{8,10}", "CZ12345678"),
    "DE": (r"DE\d{9}", "DE123456789"),
    "DK": (r"DK\d{8}", "DK12345678"),
    "EE": (r"EE\d{9}", "EE123456789"),
    "ES": (r"ES[A-Z0-9]\d{7}[A-Z0-9]", "ESX1234567X"),
    "FI": (r"FI\d{8}", "FI12345678"),
    "FR": (r"FR[A-HJ-NP-Z0-9]{2}\d{9}", "FR12345678901"),
    "GB": (r"GB(\d{9}|\d{12}|(GD|HA)\d{3})", "GB123456789"),
    "GR": (r"EL\d{9}", "EL123456789"),
    "HR": (r"HR\d{11}", "HR12345678901"),
    "HU": (r"HU\d{8}", "HU12345678"),
    "IE": (r"IE(\d{7}[A-Z]{1,2}|\d[A-Z0-9+*]\d{5}[A-Z])", "IE1234567X"),
    "IT": (r"IT\d{11}", "IT12345678901"),
    "LT": (r"LT(\d{9}|\d{12})", "LT123456789"),
    "LU": (r"LU\d{8}", "LU12345678"),
    "LV": (r"LV\d{11}", "LV12345678901"),
    "MT": (r"MT\d{8}", "MT12345678"),
    "NL": (r"NL[A-Z0-9+*]{10}\d{2}", "NL123456789B01"),
    "NO": (r"NO\d{9}(MVA)?", "NO123456789MVA"),
    "PL": (r"PL\d{10}", "PL1234567890"),
    "PT": (r"PT\d{9}", "PT123456789"),
    "RO": (r"RO\d{2,10}", "RO12345678"),
    "SE": (r"SE\d{12}", "SE123456789012"),
    "SI": (r"SI\d{8}", "SI12345678"),
    "SK": (r"SK\d{10}", "SK1234567890"),
}
_ANYWHERE = r"[A-Z0-9]{4,20}"
_SEPARATORS = str.maketrans("", "", " .-/\u00a0\u2010\u2011\u2012\u2013")


@dataclass(frozen=True, slots=True)
class Invoice:
    """Whom an invoice is for. `company_id` and `vat_id` may be empty; the latter is as its country writes it."""

    company: str
    street: str
    city: str
    postcode: str
    country: str  # ISO 3166-1 alpha-2
    company_id: str
    vat_id: str


def to_text(invoice: Invoice | None) -> str | None:
    """As the database keeps it."""
    return None if invoice is None else msgspec.json.encode(invoice).decode()


def from_text(text: str | None) -> Invoice | None:
    """From what the database keeps."""
    return None if text is None else msgspec.json.decode(text, type=Invoice)


def checked(invoice: Invoice) -> Invoice | None:
    """As it is stored; None where nothing but a country was given: then no invoice is wanted. Raises CannotBuy."""
    invoice = Invoice(**{name: _tidy(getattr(invoice, name)) for name in Invoice.__dataclass_fields__})
    if not any((invoice.company, invoice.street, invoice.city, invoice.postcode, invoice.company_id, invoice.vat_id)):
        return None
    if not invoice.company:
        raise CannotBuy(Reason.COMPANY_MISSING)
    if not (invoice.street and invoice.city and invoice.postcode):
        raise CannotBuy(Reason.ADDRESS_MISSING)
    if invoice.country not in countries("en"):
        raise CannotBuy(Reason.COUNTRY_MISSING)
    vat_id = _vat_id(invoice.country, invoice.vat_id)
    return Invoice(**{**_fields(invoice), "vat_id": vat_id})


def _fields(invoice: Invoice) -> dict[str, str]:
    return {name: getattr(invoice, name) for name in Invoice.__dataclass_fields__}


def _vat_id(country: str, typed: str) -> str:
    vat_id = typed.upper().translate(_SEPARATORS)
    if not vat_id:
        return ""
    pattern, example = _VAT.get(country, (_ANYWHERE, ""))
    prefix = "EL" if country == "GR" else country
    for candidate in (vat_id, prefix + vat_id):  # many leave their own country's letters out
        if re.fullmatch(pattern, candidate):
            return candidate
        if country not in _VAT:
            break
    raise CannotBuy(Reason.VAT_ID_WRONG, example or "12345678")


def _tidy(text: str) -> str:
    kept = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(kept.split())[:FIELD_CHARS_MAX]


@cache
def countries(language: str) -> dict[str, str]:
    """Code -> name of every country, by name in the language."""
    named = Locale(language).territories
    real = {code: name for code, name in named.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY}
    return dict(sorted(real.items(), key=lambda pair: pair[1].casefold()))


def address_lines(invoice: Invoice, language: str) -> tuple[str, ...]:
    """The address as it is printed: street, then town, then country."""
    country = countries(language).get(invoice.country, invoice.country)
    return invoice.street, f"{invoice.postcode} {invoice.city}", country
