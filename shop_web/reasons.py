"""What pages say after a form: one sentence per reason, and per thing done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncserver.services.shop_errors import Reason
from syncserver.services.translations import Translator

LIMIT_SHOWN_MAX = 100_000  # a day in seconds is less
AGAIN_S = 60  # where nobody said after how long
TRIES_AGAIN_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, and whether it is about something that went wrong."""

    text: str
    is_problem: bool
    again_s: int = 0  # after so long the same may do; 0: this is not about time


def problem(words: Translator, reason: Reason, product: str, limit: int) -> Notice:
    """Why something cannot be bought."""
    again_s = {Reason.TOO_MANY_REQUESTS: limit or AGAIN_S, Reason.TOO_MANY_TRIES: TRIES_AGAIN_S}.get(reason, 0)
    return Notice(_SENTENCES[reason](words, product or words.text("This"), limit), is_problem=True, again_s=again_s)


def done(words: Translator, what: str, product: str) -> Notice | None:
    """What was done; None for what is not on the list."""
    make = _DONE.get(what)
    return None if make is None else Notice(make(words, product), is_problem=False)


_Sentence = Callable[[Translator, str, int], str]


def _not_on_sale(words: Translator, product: str, _: int) -> str:
    return words.text("%(product)s is not on sale now.", product=product)


def _sold_out(words: Translator, product: str, _: int) -> str:
    return words.text(
        "%(product)s: there are not so many left. Take fewer, or come back later: places that others do not pay for "
        "are given free again.",
        product=product,
    )


def _needs_ticket(words: Translator, product: str, _: int) -> str:
    return words.text(
        "%(product)s is for ticket holders. Put a ticket into the basket first, or open your order to add to a ticket "
        "you have.",
        product=product,
    )


def _wrong_ticket(words: Translator, product: str, _: int) -> str:
    return words.text("%(product)s does not go with the ticket you chose.", product=product)


def _choose_variant(words: Translator, product: str, _: int) -> str:
    return words.text("%(product)s: please choose which one.", product=product)


def _limit_ticket(words: Translator, product: str, limit: int) -> str:
    return words.text("%(product)s: at most %(limit)s per ticket.", product=product, limit=limit)


def _limit_ticket_ordered(words: Translator, product: str, limit: int) -> str:
    return words.text(
        "%(product)s: at most %(limit)s per ticket, and some were ordered for this one already. Take it out of the "
        "basket, or put in fewer.",
        product=product,
        limit=limit,
    )


def _limit_person(words: Translator, product: str, limit: int) -> str:
    return words.text(
        "%(product)s: one buyer may have %(limit)s at most, and some are ordered with this address already.",
        product=product,
        limit=limit,
    )


def _limit_order(words: Translator, product: str, limit: int) -> str:
    return words.text("%(product)s: at most %(limit)s per order.", product=product, limit=limit)


def _limit_voucher(words: Translator, product: str, limit: int) -> str:
    return words.text("%(product)s: at most %(limit)s with this voucher.", product=product, limit=limit)


def _voucher_person(words: Translator, _: str, limit: int) -> str:
    return words.plural(
        "One person may use this voucher once. Take it out to go on.",
        "One person may use this voucher %(count)s times. Take it out to go on.",
        limit,
    )


def _vouchers_full(words: Translator, _: str, limit: int) -> str:
    return words.text("A basket takes %(limit)s vouchers at most.", limit=limit)


def _basket_full(words: Translator, _: str, limit: int) -> str:
    return words.text("A basket holds %(limit)s lines at most. Order these first.", limit=limit)


def _answers_missing(words: Translator, product: str, _: int) -> str:
    return words.text("%(product)s: please answer what is asked about it.", product=product)


def _upgrade_item(words: Translator, product: str, _: int) -> str:
    return words.text(
        "%(product)s is on this ticket and does not go with the other one. Give it back first.", product=product
    )


def _upgrade_cheaper(words: Translator, product: str, _: int) -> str:
    return words.text(
        "%(product)s costs less than was paid for this ticket. A ticket changes only into one that costs as much or "
        "more.",
        product=product,
    )


def too_often(words: Translator, again_s: int) -> str:
    """That something was done too often, and after how long it may be done again: rounded up."""
    if again_s <= 90:
        return words.plural(
            "That was very fast. Please try again in a second.",
            "That was very fast. Please try again in %(count)s seconds.",
            again_s,
        )
    minutes = -(-again_s // 60)
    if minutes <= 90:
        return words.plural(
            "That was often. Please try again in a minute.",
            "That was often. Please try again in %(count)s minutes.",
            minutes,
        )
    return words.plural(
        "That was often. Please try again in an hour.",
        "That was often. Please try again in %(count)s hours.",
        -(-minutes // 60),
    )


def _says(make: Callable[[Translator], str]) -> _Sentence:
    return lambda words, _product, _limit: make(words)


_SENTENCES: dict[Reason, _Sentence] = {
    Reason.NOT_ON_SALE: _not_on_sale,
    Reason.SOLD_OUT: _sold_out,
    Reason.NEEDS_TICKET: _needs_ticket,
    Reason.WRONG_TICKET: _wrong_ticket,
    Reason.CHOOSE_VARIANT: _choose_variant,
    Reason.LIMIT_TICKET: _limit_ticket,
    Reason.LIMIT_TICKET_ORDERED: _limit_ticket_ordered,
    Reason.LIMIT_ORDER: _limit_order,
    Reason.LIMIT_PERSON: _limit_person,
    Reason.LIMIT_VOUCHER: _limit_voucher,
    Reason.VOUCHER_EARLY: _says(lambda t: t.text("This voucher is not valid yet.")),
    Reason.VOUCHER_OVER: _says(lambda t: t.text("This voucher is no longer valid.")),
    Reason.VOUCHER_USED_UP: _says(
        lambda t: t.text(
            "This voucher has been used as often as it may be. If it waits in a basket that nobody pays, it will be "
            "free again."
        )
    ),
    Reason.VOUCHER_PERSON: _voucher_person,
    Reason.VOUCHERS_FULL: _vouchers_full,
    Reason.VOUCHER_UNKNOWN: _says(lambda t: t.text("There is no such voucher. Please look at its letters once more.")),
    Reason.VOUCHER_ONE_DISCOUNT: _says(
        lambda t: t.text("There is a discount in the basket already, and one order takes one. Take it out first.")
    ),
    Reason.PRICE_CHANGED: _says(
        lambda t: t.text("The total has changed since you saw it. Please look at it once more before you order.")
    ),
    Reason.BASKET_FULL: _basket_full,
    Reason.BASKET_EMPTY: _says(lambda t: t.text("The basket is empty.")),
    Reason.ANSWERS_MISSING: _answers_missing,
    Reason.NAME_MISSING: _says(lambda t: t.text("Please give your name.")),
    Reason.MAIL_WRONG: _says(lambda t: t.text("Please check your e-mail address: the tickets go there.")),
    Reason.TERMS_MISSING: _says(lambda t: t.text("Please agree to the terms.")),
    Reason.COMPANY_MISSING: _says(lambda t: t.text("For an invoice we need the company's name.")),
    Reason.ADDRESS_MISSING: _says(lambda t: t.text("For an invoice we need street, town and postcode.")),
    Reason.COUNTRY_MISSING: _says(lambda t: t.text("Please choose the company's country.")),
    Reason.VAT_ID_WRONG: lambda t, example, _: t.text(
        "This is no VAT number of that country: one looks like %(example)s. Leave it empty if there is none.",
        example=example,
    ),
    Reason.NO_MORE_TIME: _says(lambda t: t.text("The time cannot be extended any further. Please order now.")),
    Reason.PAYMENT_UNREACHABLE: _says(
        lambda t: t.text("The payment page does not answer. Your order is kept: please try again in a minute.")
    ),
    Reason.PLACES_GONE: _says(
        lambda t: t.text(
            "Some of what you ordered went to others meanwhile, so it cannot be paid now. Try again later: places that "
            "others do not pay for are given free again."
        )
    ),
    Reason.PAID_TOO_OFTEN: lambda t, _, limit: t.text(
        "Paying this order failed %(limit)s times, and more attempts it cannot have. Nothing was taken. Please cancel "
        "it and order again, with another card if need be, or write to the organiser.",
        limit=limit,
    ),
    Reason.LIMIT_MEANWHILE: _says(
        lambda t: t.text(
            "While this order waited, as much was ordered as one ticket or one person may have, so it can no longer be "
            "paid."
        )
    ),
    Reason.TOO_MANY_REQUESTS: lambda words, _, limit: too_often(words, limit or AGAIN_S),
    Reason.NOTHING_TO_RETURN: _says(lambda t: t.text("Nothing was chosen that can be given back.")),
    Reason.NOT_RETURNABLE: _says(lambda t: t.text("This cannot be given back, or not any more.")),
    Reason.USED_ALREADY: _says(lambda t: t.text("This was used already, so it cannot be given back.")),
    Reason.NOTHING_TO_SEND: _says(lambda t: t.text("This order has no tickets to send.")),
    Reason.NAME_FIXED: _says(
        lambda t: t.text("This name can no longer be changed here. If it is wrong, write to the organiser.")
    ),
    Reason.TICKET_CODE_WRONG: _says(
        lambda t: t.text("This is no code of a ticket that is good now. It stands under the square code of the ticket.")
    ),
    Reason.NOT_CHANGEABLE: _says(lambda t: t.text("This can no longer be changed.")),
    Reason.TICKET_BLOCKED: _says(
        lambda t: t.text(
            "This ticket is blocked: nothing can be bought for it or changed. If you do not know why, write to the "
            "organiser."
        )
    ),
    Reason.UPGRADE_ITEM: _upgrade_item,
    Reason.UPGRADE_CHEAPER: _upgrade_cheaper,
    Reason.UPGRADE_WAITING: _says(
        lambda t: t.text(
            "A change of this ticket waits to be paid. Pay it, or cancel that order to choose another one."
        )
    ),
    Reason.WITH_TICKET: _says(
        lambda t: t.text("What changed a ticket goes back with it: give the ticket back, in the order that bought it.")
    ),
    Reason.RETURN_CHANGED: _says(
        lambda t: t.text("Something changed in the meantime. Please look at the amount once more.")
    ),
    Reason.ADDRESS_WRONG: _says(lambda t: t.text("Please check your e-mail address: the link goes there.")),
    Reason.PASSWORD_WRONG: _says(
        lambda t: t.text("Address and password do not go together. You can always let us send you a link.")
    ),
    Reason.PASSWORD_SHORT: lambda t, _, limit: t.text("Please take %(limit)s characters at least.", limit=limit),
    Reason.PASSWORD_COMMON: _says(
        lambda t: t.text("Too many people have this password: thieves try it first. Please think of another one.")
    ),
    Reason.PASSWORD_EASY: _says(
        lambda t: t.text(
            "This password is easy to guess: from your address, the event's name, keys in a row or few letters. Please "
            "think of another one."
        )
    ),
    Reason.PROVE_FIRST: _says(
        lambda t: t.text("Please give the password you have, or sign in by a link and come back within 15 minutes.")
    ),
    Reason.PASSKEY_WRONG: _says(
        lambda t: t.text("This passkey could not be used here. Please try once more, or let us send you a link.")
    ),
    Reason.PASSKEYS_FULL: lambda t, _, limit: t.text(
        "An account has %(limit)s passkeys at most. Remove one first.", limit=limit
    ),
    Reason.PASSKEY_TWICE: _says(lambda t: t.text("This passkey is in the list already.")),
    Reason.TOO_MANY_TRIES: _says(
        lambda t: t.text("Too many tries. Wait a quarter of an hour, or let us send you a link.")
    ),
    Reason.LINK_OVER: _says(lambda t: t.text("This link has been used or is too old. Let us send you another one.")),
    Reason.FORM_TOO_OLD: _says(lambda t: t.text("This page was too old. Please try again.")),
}

_DONE: dict[str, Callable[[Translator, str], str]] = {
    "added": lambda t, p: t.text("%(product)s is in the basket.", product=p),
    "upgrade_added": lambda t, p: t.text(
        "The change to %(product)s is in the basket. Pay the difference to make it.", product=p
    ),
    "answered": lambda t, _: t.text("Your answers are saved."),
    "removed": lambda t, p: t.text("%(product)s was taken out.", product=p),
    "removed_with_items": lambda t, p: t.text("%(product)s was taken out, and with it what was on it.", product=p),
    "voucher_entered": lambda t, p: t.text("%(offer)s: the voucher counts.", offer=p),
    "voucher_opens": lambda t, p: t.text("%(offer)s: you can now buy what the voucher opens.", offer=p),
    "voucher_removed": lambda t, _: t.text("The voucher was taken out."),
    "voucher_removed_with_lines": lambda t, _: t.text("The voucher was taken out, and with it what it had opened."),
    "given_back": lambda t, _: t.text("Done. What you gave back is no longer good, and the money is on its way."),
    "resent": lambda t, _: t.text("The mail goes out again in a moment."),
    "ticket_shown": lambda t, _: t.text("The ticket is here. You can now add to it."),
    "swapped": lambda t, _: t.text("It is changed. The code stays the same."),
    "renamed": lambda t, _: t.text("The names are corrected. The codes stay the same."),
    "language_set": lambda t, _: t.text("Saved. PDF and mails have the ticket in that language from now on."),
    "confirm_asked": lambda t, _: t.text("Please open the mail we have sent to the new address, and confirm it there."),
    "link_sent": lambda t, _: t.text("A mail with a link is on its way to you. Look into the spam folder, too."),
    "signed_in": lambda t, _: t.text("You are signed in."),
    "some_left_behind": lambda t, _: t.text(
        "You are signed in. Not everything could come into the basket you had: some of it would be more than one "
        "ticket or one order may have."
    ),
    "password_set": lambda t, _: t.text("The password is set. Other devices are signed out."),
    "password_removed": lambda t, _: t.text("The password is gone. Links by mail go on working."),
    "passkey_added": lambda t, _: t.text("The passkey is in the list. From now on it signs you in."),
    "passkey_removed": lambda t, _: t.text("The passkey is removed. Other devices are signed out."),
    "ended": lambda t, _: t.text("That device is signed out."),
    "proved": lambda t, _: t.text("Thank you. For 15 minutes you can change how you sign in."),
    "link_made": lambda t, _: t.text("Here is the link. Send it to whom the ticket is for."),
    "link_ended": lambda t, _: t.text("The link leads nowhere any more."),
    "signed_out": lambda t, _: t.text("You are signed out. Your basket waits until you sign in again."),
    "signed_out_everywhere": lambda t, _: t.text("You are signed out on all devices."),
    "extended": lambda t, _: t.text("You have ten minutes more."),
    "time_enough": lambda t, _: t.text("You still have more than ten minutes. Press it again when there are fewer."),
}
