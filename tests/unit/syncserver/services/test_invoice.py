"""Invoice data is checked by the country's own format, and a private buyer is asked for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.invoice import _VAT, Invoice, address_lines, checked, countries, from_text, to_text
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.translations import LANGUAGES

FIRM = Invoice("Motor s.r.o.", "Dlouhá 1", "Praha 1", "110 00", "CZ", "12345678", "CZ12345678")
NOTHING = Invoice("", "", "", "", "CZ", "", "")


def test_a_country_alone_wants_no_invoice() -> None:
    assert checked(NOTHING) is None


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("company", Reason.COMPANY_MISSING),
        ("street", Reason.ADDRESS_MISSING),
        ("city", Reason.ADDRESS_MISSING),
        ("postcode", Reason.ADDRESS_MISSING),
        ("country", Reason.COUNTRY_MISSING),
    ],
)
def test_what_is_missing_is_named(field: str, reason: Reason) -> None:
    with pytest.raises(CannotBuy) as caught:
        checked(replace(FIRM, **{field: " \u202e "}))
    assert caught.value.reason is reason


@pytest.mark.parametrize("country", sorted(_VAT))
def test_the_example_of_each_country_is_taken_with_and_without_its_letters(country: str) -> None:
    example = _VAT[country][1]
    prefix = "EL" if country == "GR" else country
    for typed in (example, example.removeprefix(prefix), f" {example[:4]}.{example[4:]} ".lower()):
        assert checked(replace(FIRM, country=country, vat_id=typed)) == replace(FIRM, country=country, vat_id=example)


@pytest.mark.parametrize(
    ("country", "typed"),
    [("CZ", "CZ1234567"), ("CZ", "DE123456789"), ("DE", "12345678"), ("FR", "FRIO123456789"), ("US", "x"),
     ("GR", "GR123456789")],
)  # fmt: skip
def test_a_number_of_another_form_is_refused_with_how_one_looks(country: str, typed: str) -> None:
    with pytest.raises(CannotBuy) as caught:
        checked(replace(FIRM, country=country, vat_id=typed))
    assert caught.value.reason is Reason.VAT_ID_WRONG
    assert caught.value.product == _VAT.get(country, ("", "12345678"))[1]


@pytest.mark.parametrize(("country", "typed"), [("US", "12-3456789"), ("JP", "T1234567890123"), ("CZ", "")])
def test_a_country_without_a_known_form_takes_any_number_and_none_is_needed(country: str, typed: str) -> None:
    assert checked(replace(FIRM, country=country, vat_id=typed)) is not None


@given(st.builds(Invoice, *(st.text() for _ in Invoice.__dataclass_fields__)))
def test_any_text_is_stored_as_one_line_or_refused(typed: Invoice) -> None:
    try:
        found = checked(typed)
    except CannotBuy:
        return
    if found is not None:
        assert from_text(to_text(found)) == found
        assert checked(found) == found, "what was stored would be stored again"
        assert all(getattr(found, name).isprintable() for name in Invoice.__dataclass_fields__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_and_none_is_a_group(language: str) -> None:
    found = countries(language)
    assert {"CZ", "US", "JP", *_VAT} <= set(found)
    assert not {"EU", "UN", "ZZ"} & set(found)
    assert all(found.values())


def test_an_address_is_printed_in_the_readers_language() -> None:
    assert address_lines(FIRM, "de") == ("Dlouhá 1", "110 00 Praha 1", "Tschechien")
