"""Offers: what vouchers give."""

from __future__ import annotations

import re

from syncserver.services.event_file.fields import NAME_CHARS_MAX, Fields
from syncserver.services.event_file.model import Offer, Reserve
from syncserver.services.event_file.read_products import LIMIT_MAX, expand_products
from syncserver.services.voucher_codes import folded

OFFERS_MAX = 200
USES_MAX = 1_000_000
RESERVES_MAX = 20
PLACES_MAX = 1_000_000

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}[A-Z0-9]")


def read_offers(section: Fields) -> tuple[Offer, ...]:
    """Offers by key, in the file's order. No two codes may read alike."""
    seen: dict[str, str] = {}
    offers = []
    for key, fields in section.children(OFFERS_MAX):
        offer = _offer(key, fields)
        other = seen.setdefault(folded(offer.code), key) if offer.code else key
        if other != key:
            fields.refuse("code", f"reads like the code of {other!r}: choose another")
        offers.append(offer)
    return tuple(offers)


def _offer(key: str, fields: Fields) -> Offer:
    offer = Offer(
        key=key,
        name=fields.texts("name", NAME_CHARS_MAX),
        code=_code(fields),
        opens=_products(fields, "opens"),
        cheaper=_products(fields, "cheaper"),
        percent_bp=fields.percent("percent") if fields.has("percent") else 0,
        amount_minor=fields.money("amount") if fields.has("amount") else 0,
        reserves=_reserves(fields),
        valid=fields.span("valid_from", "valid_until"),
        uses_max=fields.maybe_integer("uses", 1, USES_MAX) or 1,
        per_person_max=fields.maybe_integer("limit_per_person", 1, LIMIT_MAX),
        per_order_max=fields.maybe_integer("limit_per_order", 1, LIMIT_MAX),
    )
    for optional in ("percent", "amount"):
        fields.node(optional)
    _check(offer, fields)
    fields.close()
    return offer


def _check(offer: Offer, fields: Fields) -> None:
    is_cheaper = bool(offer.percent_bp or offer.amount_minor)
    if offer.percent_bp and offer.amount_minor:
        fields.refuse("amount", "stands beside a percentage: keep one of them")
    if not (is_cheaper or offer.opens or offer.reserves):
        fields.known.problems.refuse(
            fields.table.place, fields.path, "gives nothing: add opens, percent, amount or reserve"
        )
    if offer.cheaper and not is_cheaper:
        fields.refuse("cheaper", "says what is cheaper, but not by how much: add percent or amount")


def _code(fields: Fields) -> str | None:
    code = fields.maybe_text("code")
    if code is not None and not _CODE.fullmatch(code):
        fields.refuse("code", f"is {code!r}: use 4 to 32 of A to Z, 0 to 9 and -, no - at its ends")
    return code


def _products(fields: Fields, key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name in expand_products(fields, key)))


def _reserves(fields: Fields) -> tuple[Reserve, ...]:
    found: dict[str, Reserve] = {}
    for row in fields.rows("reserve", RESERVES_MAX):
        reserve = Reserve(row.reference("quota", "quotas"), row.integer("size", 1, PLACES_MAX))
        if reserve.quota in found:
            row.refuse("quota", f"names {reserve.quota!r} twice: remove one")
        row.close()
        found[reserve.quota] = reserve
    return tuple(found.values())
