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
    LIMIT_TICKET_ORDERED = "limit_ticket_ordered"  # with what was ordered for the ticket before, by whomever
    LIMIT_ORDER = "limit_order"
    LIMIT_PERSON = "limit_person"  # tickets of one kind that one buyer may have
    LIMIT_VOUCHER = "limit_voucher"
    BASKET_FULL = "basket_full"
    BASKET_EMPTY = "basket_empty"
    ANSWERS_MISSING = "answers_missing"  # of `product`: what it asks is not answered, or not so that it will do
    NAME_MISSING = "name_missing"
    MAIL_WRONG = "mail_wrong"
    TERMS_MISSING = "terms_missing"
    COMPANY_MISSING = "company_missing"
    ADDRESS_MISSING = "address_missing"
    COUNTRY_MISSING = "country_missing"
    VAT_ID_WRONG = "vat_id_wrong"  # `product` is how one of that country looks
    NO_MORE_TIME = "no_more_time"
    PAYMENT_UNREACHABLE = "payment_unreachable"
    PLACES_GONE = "places_gone"  # of an order whose time to pay was over
    PAID_TOO_OFTEN = "paid_too_often"  # as many attempts to pay an order as there may be, and none came to anything
    LIMIT_MEANWHILE = "limit_meanwhile"  # of an order whose time to pay was over: others ordered as much as one may
    TOO_MANY_REQUESTS = "too_many_requests"
    FORM_TOO_OLD = "form_too_old"
    PRICE_CHANGED = "price_changed"  # the total is not the one that was shown
    VOUCHER_UNKNOWN = "voucher_unknown"
    VOUCHER_EARLY = "voucher_early"  # not valid yet
    VOUCHER_OVER = "voucher_over"  # valid no more, or withdrawn
    VOUCHER_USED_UP = "voucher_used_up"
    VOUCHER_ONE_DISCOUNT = "voucher_one_discount"
    VOUCHER_PERSON = "voucher_person"  # this buyer has used it as often as one person may
    VOUCHERS_FULL = "vouchers_full"
    NOTHING_TO_RETURN = "nothing_to_return"
    NOT_RETURNABLE = "not_returnable"  # the organiser's rules, or more than there are
    USED_ALREADY = "used_already"  # what was handed out stays
    NOTHING_TO_SEND = "nothing_to_send"  # not paid, or given back
    NAME_FIXED = "name_fixed"  # used, or corrected often enough
    TICKET_CODE_WRONG = "ticket_code_wrong"
    NOT_CHANGEABLE = "not_changeable"  # handed out, or to another price
    TICKET_BLOCKED = "ticket_blocked"  # or cancelled: nothing is bought for it, nor can it become another one
    UPGRADE_ITEM = "upgrade_item"  # `product` is on the ticket and does not go with the other one
    UPGRADE_WAITING = "upgrade_waiting"  # an order to change this ticket waits for its payment
    UPGRADE_CHEAPER = "upgrade_cheaper"  # `product` costs less than was paid
    WITH_TICKET = "with_ticket"  # what a ticket was changed by goes back with it, not alone
    RETURN_CHANGED = "return_changed"  # the amount is no longer the one that was shown
    ADDRESS_WRONG = "address_wrong"  # of who wants to sign in
    PASSWORD_WRONG = "password_wrong"  # or the address, or it has none: never said which
    PASSWORD_SHORT = "password_short"
    PASSWORD_EASY = "password_easy"
    PASSWORD_COMMON = "password_common"
    PROVE_FIRST = "prove_first"  # neither a link or passkey just now nor the old password
    PASSKEY_WRONG = "passkey_wrong"  # unknown, removed, copied, too late or forged: never said which
    PASSKEYS_FULL = "passkeys_full"
    PASSKEY_TWICE = "passkey_twice"
    TOO_MANY_TRIES = "too_many_tries"
    LINK_OVER = "link_over"  # to sign in: used, too old or never ours


class CannotBuy(RallygateError):
    """The buyer is told why; nothing was changed. `product` and `limit` fill the sentence.

    `holder` is whose ticket it is about, where a basket has several.
    """

    def __init__(self, reason: Reason, product: str = "", limit: int = 0, holder: str = "") -> None:
        super().__init__(f"{reason.value} {product} {limit}".strip())
        self.reason, self.product, self.limit, self.holder = reason, product, limit, holder
