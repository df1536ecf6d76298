"""Reasons in English: headline, sentence, and a detail where there is one."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Welcome", "Everything is in order."),
    "ask": ("Please decide", "A member of staff has to decide here."),
    "refuse": ("Not admitted", "This cannot be admitted here and now."),
    "ok": ("In order", "The pass is good."),
    "malformed": ("Not a pass", "This code is neither a pass nor a ticket code."),
    "unknown_key": ("Unknown pass", "This kiosk does not know the key the pass was signed with."),
    "bad_signature": ("Not genuine", "The pass was altered, or the organiser did not make it."),
    "wrong_event": ("Another event", "The pass belongs to another event."),
    "test_pass": ("Test pass", "This pass is for trials only and admits nobody."),
    "unknown_ticket": ("Unknown code", "No ticket with this code is known here. Check what was typed."),
    "revoked": ("Pass revoked", "The key of this pass was withdrawn, and the pass is not in the records."),
    "superseded": ("Pass replaced", "There is a newer pass for this ticket. Only the newest one is good."),
    "cancelled": ("Ticket cancelled", "The ticket was cancelled or refunded."),
    "blocked": ("Ticket blocked", "The ticket is blocked. Please ask at the help desk."),
    "not_yet_valid": ("Not valid yet", "The pass is not valid yet.", "The pass is valid from {time}."),
    "expired": ("Expired", "The pass is no longer valid."),
    "history_incomplete": ("Records missing", "This kiosk has not heard enough about this pass."),
    "not_bought": ("Not bought", "The ticket does not include what is offered here."),
    "wrong_point": ("Not here", "This is served somewhere else.", "Please go to: {point}."),
    "wrong_lane": ("Other lane", "This pass is for another lane.", "Please use the other lane: {point}."),
    "wrong_day": ("Not today", "The pass is for another day.", "Come again: {time}."),
    "wrong_time": ("Not at this hour", "It is not open at this hour.", "Open from {time}."),
    "no_exit_here": ("No exit here", "There is no way out here.", "Please leave by: {point}."),
    "nothing_left": ("Used up", "Not enough is left on this ticket.", "Used up: {time}, {point}."),
    "already_today": ("Already used today", "Today it was used already.", "Used: {time}, {point}."),
    "limit_today": ("Today’s limit reached", "No more than that in one day.", "Left for today: {left}."),
    "days_used_up": ("No days left", "All days of this ticket are used up.", "Last used: {time}, {point}."),
    "already_inside": ("Already inside", "The pass is inside already.", "Came in: {time}, {point}."),
    "too_soon": ("Too soon", "It was used a short while ago.", "Again from {from}."),
    "after_first_use_window": ("Time is up", "The time after the first use is up.", "First used: {time}, {point}."),
    "rule_unevaluable": ("Rule not known", "This kiosk cannot apply the rule of this product. Call a supervisor."),
    "unpaid": ("Not paid", "The order has not been paid yet."),
    "proof_missing": ("Use in doubt", "An earlier use is reported but not proven.", "Reported: {time}, {point}."),
    "questions": ("Please ask", "Some questions have to be answered first."),
    "confirm": ("Please check", "Check the guest and confirm."),
    "choose": ("Please choose", "Several things can be redeemed here."),
    "needs_supervisor": ("Call a supervisor", "Uses by a withdrawn device are waiting for a decision."),
    "journal_unwritable": ("Cannot write", "The kiosk cannot write its journal. Use another kiosk and call support."),
    "disk_full": ("Storage full", "The kiosk’s storage is full. Use another kiosk and call support."),
    "clock_unusable": (
        "Clock in doubt",
        "The kiosk’s time may be wrong. If it is right, scan a staff badge; if not, connect the kiosk.",
    ),
    "no_snapshot": ("No data yet", "The kiosk has no data of the event yet. Connect it to the server."),
    "no_point": ("No place yet", "The kiosk has not been given a place. Ask the admin."),
    "snapshot_unreadable": ("Data damaged", "The kiosk’s data cannot be read. Connect it to the server."),
    "out_of_order": (
        "Entrance out of order",
        "This entrance does not open. Use another one; staff: scan a supervisor’s badge here.",
    ),
    "internal": ("Internal error", "Something went wrong in the kiosk. Scan again; if it stays, call support."),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("Not enough left", "Can be had now: {left}.")
