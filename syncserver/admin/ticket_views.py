"""Tickets: finding one, its line of time, blocking, reading its code out, a new code."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from syncserver.admin.page import form_key, go, language, show, words
from syncserver.admin.phrases import flag_names, moment_names, ruling_names
from syncserver.admin.visit import actor, admin, event, may
from syncserver.admin.words import reason_namer, state_names
from syncserver.services.admin_search import cleaned
from syncserver.services.qr import svg_of
from syncserver.services.rights import Right, right


def add_routes(bp: Blueprint) -> None:
    """The search, one ticket, its forms."""
    at = "/admin/<event_key>/tickets"
    bp.add_url_rule(at, "tickets", tickets)
    bp.add_url_rule(f"{at}/<ticket>", "ticket_page", ticket_page)
    bp.add_url_rule(f"{at}/<ticket>/block", "ticket_block", block, methods=["POST"])
    bp.add_url_rule(f"{at}/<ticket>/unblock", "ticket_unblock", unblock, methods=["POST"])
    bp.add_url_rule(f"{at}/<ticket>/note", "ticket_note", note, methods=["POST"])
    bp.add_url_rule(f"{at}/<ticket>/code", "ticket_code", code, methods=["POST"])
    bp.add_url_rule(f"{at}/<ticket>/reissue", "ticket_reissue", reissue, methods=["GET", "POST"])


@right(Right.SEE_TICKETS)
def tickets() -> ResponseReturnValue:
    """The search; the one ticket it finds is shown at once."""
    asked, sees_holders = cleaned(request.args.get("q", "")), may(Right.SEE_HOLDERS)
    found = admin().tickets.find(event().event, asked, language(), with_holders=sees_holders) if asked else ()
    if len(found) == 1:
        return go("ticket_page", ticket=found[0].ticket.hex())
    return show("tickets.html", asked=asked, found=found, shows_holders=sees_holders)


@right(Right.SEE_TICKETS)
def ticket_page(ticket: str) -> ResponseReturnValue:
    """One ticket and all that happened to it."""
    found, said = admin().tickets.one(event().event, ticket, language()), words()
    return show(
        "ticket.html",
        one=found,
        kinds=moment_names(said),
        states=state_names(said) | ruling_names(said),
        flags=flag_names(said),
        reason_name=reason_namer(language()),
        shows_holders=may(Right.SEE_HOLDERS),
    )


@right(Right.BLOCK_TICKETS)
def block(ticket: str) -> ResponseReturnValue:
    """Kiosks refuse it from now on."""
    return _set_blocked(ticket, blocked=True)


@right(Right.BLOCK_TICKETS)
def unblock(ticket: str) -> ResponseReturnValue:
    """Take the block back."""
    return _set_blocked(ticket, blocked=False)


def _set_blocked(ticket: str, *, blocked: bool) -> ResponseReturnValue:
    found = admin().tickets.one(event().event, ticket, language())
    admin().tickets.set_blocked(actor(), found.ticket, request.form.get("why", ""), form_key(), blocked=blocked)
    return go("ticket_page", "blocked" if blocked else "unblocked", ticket=ticket)


@right(Right.CORRECT_ORDERS)
def note(ticket: str) -> ResponseReturnValue:
    """What whoever scans the pass is told."""
    found = admin().tickets.one(event().event, ticket, language())
    changed = admin().tickets.set_note(actor(), found.ticket, request.form.get("note", ""))
    return go("ticket_page", "noted" if changed else None, ticket=ticket)


@right(Right.REISSUE_TICKETS)
def code(ticket: str) -> ResponseReturnValue:
    """The code under the QR, for a holder whose phone is dead. Whoever may give a new one may read out this one."""
    found = admin().tickets.one(event().event, ticket, language())
    return show("code_read.html", one=found, pass_=admin().tickets.read_code(actor(), found.ticket))


@right(Right.REISSUE_TICKETS)
def reissue(ticket: str) -> ResponseReturnValue:
    """Asks once more, then shows the new pass: only now."""
    found = admin().tickets.one(event().event, ticket, language())
    if request.method == "GET":
        return show("reissue.html", one=found)
    made = admin().tickets.reissue(actor(), found.ticket, form_key())
    # The SVG is drawn by our own code from digits alone.
    qr = Markup(svg_of(made.pass_.digits)) if made.pass_ else None  # noqa: S704
    return show("reissued.html", one=found, made=made, qr=qr)
