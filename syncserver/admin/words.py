"""Stable words of the services, put for people."""

from __future__ import annotations

from collections.abc import Callable

from common.decision import Reason
from common.reason_texts import reason_text
from syncserver.services.admin_entries import EntryKind
from syncserver.services.translations import Translator


def notice_of(words: Translator, done: str) -> str:
    """What a form did; empty for a word that is none of ours."""
    said = {
        "sent": words.text("The message is on its way; each kiosk hears of it with its next exchange."),
        "moved": words.text("The device is moved; it hears of it with its next exchange."),
        "revoked": words.text("The device is revoked. What it wrote until now counts; what comes later waits."),
        "blocked": words.text("The ticket is blocked. Kiosks hear of it with their next exchange."),
        "unblocked": words.text("The ticket is no longer blocked. Kiosks hear of it with their next exchange."),
        "decided": words.text("Decided. Kiosks hear of it with their next exchange."),
        "redated": words.text("The times are corrected. Kiosks hear of it with their next exchange."),
        "building": words.text("A snapshot is being built. It stands here when it is done."),
        "retrying": words.text("The job is tried again."),
        "password": words.text("The password is changed. Sign in with the new one."),
        "signed_out": words.text("You are signed out."),
        "resent": words.text("The mail goes out again in a moment."),
        "noted": words.text("The note is kept. Kiosks show it after the next snapshot."),
        "corrected": words.text("It is corrected. The codes stay the same."),
        "refunded": words.text(
            "It goes back. The money is on its way, and kiosks hear of it with their next exchange."
        ),
        "by_hand": words.text("Noted: the money was given back by hand."),
        "taken": words.text("It is an entry after all, and was taken in."),
        "ended": words.text("Every sign-in of this account is ended."),
        "roles": words.text("The roles are changed."),
        "off": words.text("The account is off: nobody can sign in with it, and whoever was is signed out."),
        "on": words.text("The account is on again."),
        "made": words.text("The vouchers are made. Their codes are in the file below."),
        "badge_blocked": words.text("The badge is blocked. Kiosks hear of it with their next exchange."),
        "withdrawn": words.text("Withdrawn: nobody can enter them any more. Orders that were placed stay as they are."),
    }
    return said.get(done, "")


def kind_names(words: Translator) -> dict[str, str]:
    """What kinds of entries are called."""
    return {
        EntryKind.REDEEM.value: words.text("Redeemed"),
        EntryKind.EXIT.value: words.text("Exit"),
        EntryKind.OVERRIDE.value: words.text("Override"),
        EntryKind.REFUSE.value: words.text("Refused"),
        EntryKind.VOID.value: words.text("Taken back"),
        EntryKind.NOTE.value: words.text("Note"),
    }


def state_names(words: Translator) -> dict[str, str]:
    """How uses count."""
    return {
        "counted": words.text("counts"),
        "waiting": words.text("waits: written after its device was revoked"),
        "struck": words.text("does not count"),
    }


def reason_namer(language: str) -> Callable[[str], str]:
    """Puts a reason's stable word as the kiosk's screen does; one this version does not know stays as it is."""

    def name(reason: str) -> str:
        return reason_text(Reason(reason), language).headline if reason in set(Reason) else reason

    return name
