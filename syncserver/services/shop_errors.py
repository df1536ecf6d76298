"""Why something cannot be bought: one reason per cause, with the values its sentence needs. Pages have the words."""

from __future__ import annotations

from enum import StrEnum

from common.errors import RallygateError


class Reason(StrEnum):
    """Each has one sentence in `shop_web/reasons.py`."""

    NOT_ON_SALE = "not_on_sale"
    SOLD_OUT = "sold_out"
    NEEDS_TICKET = "needs_ticket"  # an item without a ticket to put it on
    WRONG_TICKET = "wrong_ticket"  # this item is for holders of other tickets
    CHOOSE_VARIANT = "choose_variant"
    LIMIT_TICKET = "limit_ticket"
    LIMIT_ORDER = "limit_order"
    BASKET_FULL = "basket_full"
    BASKET_EMPTY = "basket_empty"
    NAME_MISSING = "name_missing"
    MAIL_WRONG = "mail_wrong"
    TERMS_MISSING = "terms_missing"
    NO_MORE_TIME = "no_more_time"
    PAYMENT_UNREACHABLE = "payment_unreachable"
    TOO_MANY_REQUESTS = "too_many_requests"
    FORM_TOO_OLD = "form_too_old"


class CannotBuy(RallygateError):
    """The buyer is told why; nothing was changed. `product` and `limit` fill the sentence."""

    def __init__(self, reason: Reason, product: str = "", limit: int = 0) -> None:
        super().__init__(f"{reason.value} {product} {limit}".strip())
        self.reason, self.product, self.limit = reason, product, limit
