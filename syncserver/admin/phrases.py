"""Stable words of the services, put for people: what pages of the control room say."""

from __future__ import annotations

from common.bodies import Flag, Ruling
from common.conflict_kinds import ConflictKind
from syncserver.services.admin_overview import Hindrance
from syncserver.services.books import Check
from syncserver.services.plausible import Pace
from syncserver.services.rights import Role
from syncserver.services.ticket_timeline import MomentKind
from syncserver.services.translations import Translator


def hindrance_names(words: Translator) -> dict[str, str]:
    """Lines of the launch list: what it is, and what to do."""
    t = words.text
    return {
        Hindrance.KEYS_MISSING: t(
            "The signing keys are not on this machine. Bring them: rallygate-server keys import."
        ),
        Hindrance.KEYS_NOT_EXPORTED: t(
            "The signing keys were never exported: if this machine is lost, no pass can be made. "
            "Run rallygate-server keys export and keep the file elsewhere."
        ),
        Hindrance.NO_BACKUP: t("There is no backup. Run rallygate-server backup, and have it run by itself."),
        Hindrance.BACKUP_OLD: t("The last backup is older than a day. Run rallygate-server backup."),
        Hindrance.NO_SNAPSHOT: t("No snapshot was built: a new kiosk would know no ticket. Build one."),
        Hindrance.SNAPSHOT_OLD: t("Products or points changed after the last snapshot. It is built anew by itself."),
        Hindrance.NO_DEVICE: t("No kiosk has joined yet. Enrol one."),
        Hindrance.NO_BADGE: t("Nobody has a staff badge: nobody can sign on at a kiosk. Make one on the page Badges."),
        Hindrance.POINT_WITHOUT_PRODUCT: t("Points that serve no product: kiosks there refuse everyone."),
        Hindrance.TICKET_WITHOUT_GATE: t("Tickets that no gate admits:"),
        Hindrance.DEVICE_WITHOUT_POINT: t("Devices that stand nowhere yet:"),
        Hindrance.DEVICE_FORKED: t("Devices of which a copy writes too: find it and revoke one."),
        Hindrance.OUT_OF_ORDER: t("Turnstiles that are out of order until staff has looked:"),
        Hindrance.CLOCK_OFF: t("Devices whose clock is off by more than a minute:"),
        Hindrance.JOBS_DEAD: t(
            "Jobs have failed and are no longer tried by themselves: look at them and try them again."
        ),
        Hindrance.NO_MAIL: t("No mail server is set up: mails wait. Set RALLYGATE_SMTP_URL."),
        Hindrance.BOOKS_DIFFER: t("The books do not agree: look at the page Books. What does not:"),
        Hindrance.NO_PROVIDER: t("No payment provider is set up: nobody can pay."),
        Hindrance.TEXTS_MISSING: t(
            "Texts of products or points are missing, and buyers read them in the event's own language. "
            "rallygate-server texts --missing lists them."
        ),
    }


def moment_names(words: Translator) -> dict[str, str]:
    """What happened to a ticket."""
    t = words.text
    return {
        MomentKind.ORDERED: t("Ordered"),
        MomentKind.PAID: t("Paid"),
        MomentKind.REFUNDED: t("Money given back"),
        MomentKind.CLOSED: t("Order closed"),
        MomentKind.MAILED: t("Mail sent"),
        MomentKind.ISSUED: t("Issued"),
        MomentKind.CHANGED: t("Changed into another ticket"),
        MomentKind.ENTITLED: t("Item added"),
        MomentKind.CANCELLED: t("Cancelled"),
        MomentKind.REISSUED: t("New code"),
        MomentKind.BLOCKED: t("Blocked"),
        MomentKind.UNBLOCKED: t("Unblocked"),
        MomentKind.DECIDED: t("Decided"),
        MomentKind.REDEEM: t("Redeemed"),
        MomentKind.EXIT: t("Exit"),
        MomentKind.OVERRIDE: t("Override"),
        MomentKind.VOID: t("Taken back"),
        MomentKind.REFUSE: t("Refused"),
    }


def flag_names(words: Translator) -> dict[int, str]:
    """What people should know of a use."""
    t = words.text
    return {
        Flag.HISTORY_INCOMPLETE: t("the kiosk had not heard of this pass"),
        Flag.VIEW_OLD: t("the kiosk had heard nothing for long"),
        Flag.CLOCK_DOUBTFUL: t("the kiosk's clock was doubtful"),
        Flag.NOT_INSIDE: t("went out without having come in"),
        Flag.UNPAID: t("let in unpaid"),
        Flag.FOUND_BY_NAME: t("found by name, without a code"),
        Flag.DOUBLE_OPEN: t("while a double use of the ticket was not decided"),
    }


def ruling_names(words: Translator) -> dict[str, str]:
    """What was decided of a use."""
    t = words.text
    return {
        Ruling.ACCEPT.name.lower(): t("it stands"),
        Ruling.BLOCK.name.lower(): t("it stands, the ticket is blocked"),
        Ruling.ERROR.name.lower(): t("it never happened"),
        Ruling.ALLOW.name.lower(): t("it counts though its device was revoked"),
        Ruling.NOTE.name.lower(): t("noted"),
    }


def conflict_names(words: Translator) -> dict[str, str]:
    """Why a use is a conflict."""
    t = words.text
    return {
        ConflictKind.PROOF_FAILED: t("the kiosk cannot have had this pass before it"),
        ConflictKind.FORKED: t("a copy of the kiosk writes too"),
        ConflictKind.AFTER_BLOCK: t("used after the ticket was blocked"),
        ConflictKind.AFTER_CANCEL: t("used after it was cancelled or refunded"),
        ConflictKind.AFTER_REISSUE: t("used with an old pass after a new one was made"),
        ConflictKind.BEYOND: t("more than was bought"),
        ConflictKind.DEVICES: t("two devices that had not heard of each other"),
        ConflictKind.WAITING: t("written after its device was revoked"),
        ConflictKind.CLOCK: t("stamped later than it was received: a clock is wrong"),
        ConflictKind.OVERRIDE: t("a person at the point answered for it"),
    }


def pace_names(words: Translator) -> dict[str, str]:
    """What it takes to be at both points in that time."""
    t = words.text
    return {
        Pace.SAME_PLACE: t("The same place: one person can be there twice."),
        Pace.WALK: t("One person can have walked."),
        Pace.RUN: t("One person would have had to run or cycle."),
        Pace.VEHICLE: t("One person would have had to drive."),
        Pace.IMPOSSIBLE: t("No person can have been at both: two people had this pass, or a clock is wrong."),
        Pace.UNKNOWN: t("How far apart the points lie is not on the map."),
    }


def order_states(words: Translator) -> dict[str, str]:
    """Where an order stands."""
    t = words.text
    return {
        "awaiting": t("to be paid"),
        "checking": t("payment being checked"),
        "fulfilled": t("paid"),
        "lapsed": t("lapsed unpaid"),
        "refunded": t("given back"),
    }


def payment_states(words: Translator) -> dict[str, str]:
    """How far a payment is."""
    t = words.text
    return {
        "created": t("begun"),
        "pending": t("waiting for the bank"),
        "paid": t("paid"),
        "failed": t("failed"),
        "expired": t("expired"),
    }


def movement_names(words: Translator) -> dict[str, str]:
    """Which way money moved."""
    return {"payment": words.text("Payment"), "refund": words.text("Given back")}


def mail_names(words: Translator) -> dict[str, str]:
    """What a mail told."""
    return {
        "tickets": words.text("The tickets"),
        "refunded": words.text("The money goes back"),
        "returned": words.text("What was given back"),
        "links": words.text("All orders of the address"),
        "confirm": words.text("To a new address, to be confirmed"),
        "moved": words.text("The address has changed"),
    }


def refund_reasons(words: Translator) -> dict[str, str]:
    """Why money goes back."""
    t = words.text
    return {
        "sold_out": t("paid too late, sold out meanwhile"),
        "paid_twice": t("paid twice"),
        "closed": t("the order was closed"),
        "wrong_amount": t("not the amount asked for"),
        "ticket_gone": t("its ticket was given back meanwhile"),
        "over_limit": t("paid too late, over a limit meanwhile"),
        "ticket_changed": t("its ticket became another one meanwhile"),
        "ticket_blocked": t("its ticket was blocked meanwhile"),
        "returned": t("given back"),
    }


def check_names(words: Translator) -> dict[str, str]:
    """What the books prove."""
    t = words.text
    return {
        Check.TAKEN: t("Of every limit, what is taken is the sum of what buyers hold and have"),
        Check.SIZE: t("Of every limit, taken and free are its size: nothing is sold twice"),
        Check.CLOSED: t("Orders that were given up or back take no places"),
        Check.PAYMENTS: t("Every payment that is paid has its money, and all money its payment"),
        Check.ORDERS: t("Every fulfilled order cost what came in for it"),
        Check.REFUNDS: t("Of no payment more is given back than came"),
        Check.GIVEN: t("What went back is what the refunds say"),
        Check.RETURNS: t("For everything given back its amount was asked for"),
        Check.POSITIONS: t("What counts as given back is what was given back"),
        Check.NEITHER: t("Every order that was paid is fulfilled or given back"),
        Check.ISSUED: t("Every fulfilled order has its tickets within ten minutes"),
        Check.BECAME: t("Every ticket is one product: the one that was paid for it last"),
        Check.VOUCHERS: t("Of each voucher, what was used is the sum of its claims, and no more than it has"),
        Check.STUCK: t("No refund waits longer than a day, and none was refused"),
    }


def tray_reasons(words: Translator) -> dict[str, str]:
    """Why bytes are no entry, in words."""
    t = words.text
    return {
        "too_large": t("larger than any entry"),
        "not_cbor": t("no entry at all: the bytes have no shape"),
        "not_deterministic": t("encoded in another way than ours"),
        "trailing_bytes": t("something follows the entry"),
        "not_cose": t("not signed as entries are"),
        "unprotected_header": t("carries a header that nobody signed"),
        "wrong_algorithm": t("signed by another algorithm"),
        "unknown_header": t("carries a header not known here"),
        "wrong_type": t("signed, but no entry"),
        "unknown_key": t("signed by a device not known here: it is taken in when the device proves itself"),
        "bad_signature": t("changed on the way, or forged"),
        "unreadable": t("signed, but not to be read"),
        "wrong_event": t("of another event"),
        "unchained": t("not linked to the entry before it"),
    }


def silent_names(words: Translator) -> dict[str, str]:
    """Why a verified entry counts for nothing."""
    return {
        "unknown": words.text("not understood: written by a newer version"),
        "not_allowed": words.text("not allowed: this device may not say such a thing"),
    }


def entry_kind_names(words: Translator) -> dict[int, str]:
    """What entries are called by their number."""
    t = words.text
    return {
        1: t("Redeemed"), 2: t("Exit"), 3: t("Taken back"), 4: t("Refused"), 5: t("Override"), 6: t("Note"),
        8: t("Kiosk moved"), 9: t("Sizes handed out"), 10: t("Message read"),
        32: t("Issued"), 33: t("New code"), 34: t("Item added"), 35: t("Cancelled"), 36: t("Blocked or unblocked"),
        37: t("Catalogue changed"), 38: t("Device enrolled or moved"), 39: t("Message"), 40: t("Decided"),
        41: t("Clock corrected"), 42: t("Device revoked"), 43: t("Gap"),
    }  # fmt: skip


def job_names(words: Translator) -> dict[str, str]:
    """What jobs do."""
    t = words.text
    return {
        "send_mail": t("Send a mail"),
        "find_lost_mail": t("Look up an address that lost its mail"),
        "send_sign_in": t("Send a link to sign in"),
        "check_payment": t("Ask about a payment"),
        "refund_payment": t("Give money back"),
        "build_snapshot": t("Build a snapshot"),
        "issue": t("Issue tickets"),
        "entitle": t("Add items to tickets"),
        "cancel": t("Cancel tickets or items"),
        "reissue": t("Give a ticket a new code"),
        "block": t("Block or unblock a ticket"),
        "device": t("Enrol or move a device"),
        "revoke": t("Revoke a device"),
        "catalogue": t("Tell kiosks of a changed catalogue"),
        "decide": t("Decide about a use"),
        "proofs": t("Check proofs of scan"),
    }


def role_names(words: Translator) -> dict[str, str]:
    """What roles are called."""
    t = words.text
    return {
        Role.HOSTESS: t("Hostess"),
        Role.WILD_HOSTESS: t("Roaming hostess"),
        Role.SUPERVISOR: t("Supervisor"),
        Role.ACCOUNTANT: t("Accountant"),
        Role.SUPPORT: t("Support"),
        Role.ADMIN: t("Admin"),
    }


def role_hints(words: Translator) -> dict[str, str]:
    """What a role is for."""
    t = words.text
    return {
        Role.HOSTESS: t("sees figures and points"),
        Role.WILD_HOSTESS: t("also entries and devices"),
        Role.SUPERVISOR: t(
            "also people and tickets; moves, enrols and revokes devices; blocks badges; decides what counts"
        ),
        Role.ACCOUNTANT: t("orders and payments, without people's names"),
        Role.SUPPORT: t("people, tickets, orders, payments; blocks, gives new codes, sends mails again"),
        Role.ADMIN: t("everything, the staff too"),
    }


def badge_hints(words: Translator) -> dict[str, str]:
    """What a kiosk lets the holder of a badge do."""
    t = words.text
    return {
        Role.HOSTESS: t("signs on at a kiosk and scans: lets people in, hands out"),
        Role.WILD_HOSTESS: t("also finds people by name, with the PIN: for whoever walks along the queue"),
        Role.SUPERVISOR: t(
            "also answers for exceptions, takes back uses, unlocks turnstiles, moves the kiosk to another point, "
            "changes its settings, practises"
        ),
        Role.ACCOUNTANT: t("signs on and scans; nothing more at a kiosk"),
        Role.SUPPORT: t("signs on, scans, finds people by name"),
        Role.ADMIN: t("everything a supervisor may"),
    }


def action_names(words: Translator) -> dict[str, str]:
    """What people did."""
    t = words.text
    return {
        "enrol": t("made an enrolment code for"),
        "move": t("moved the device"),
        "revoke": t("revoked the device"),
        "block": t("blocked the ticket"),
        "unblock": t("unblocked the ticket"),
        "reissue": t("gave a new code to the ticket"),
        "resend": t("sent the mail again of the order"),
        "refund": t("gave money back of the order"),
        "refund_by_hand": t("gave money of the order back by hand"),
        "correct": t("corrected address or names of the order"),
        "note": t("wrote a note for the gate about the ticket"),
        "retry": t("tried again the job"),
        "retry_tray": t("tried again what was not accepted:"),
        "build": t("asked for a"),
        "new_account": t("made the account"),
        "new_password": t("gave a new password to"),
        "set_roles": t("changed the roles of"),
        "switch_off": t("switched off"),
        "switch_on": t("switched on"),
        "sign_out": t("ended the sign-ins of"),
        "decide": t("decided about the use"),
        "redate": t("corrected the clock of"),
        "make_vouchers": t("made vouchers of the offer"),
        "withdraw_vouchers": t("withdrew vouchers of the offer"),
        "send_message": t("sent a message"),
        "read_code": t("read out the code of the ticket"),
        "make_badge": t("made the badge"),
        "block_badge": t("blocked the badge"),
    }
