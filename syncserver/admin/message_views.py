"""Messages of the control room to kiosks, and who has read them."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from syncserver.admin.page import form_key, go, language, show
from syncserver.admin.visit import actor, admin, event
from syncserver.services.admin_messages import TEXT_CHARACTERS_MAX
from syncserver.services.rights import Right, right


def add_routes(bp: Blueprint) -> None:
    """The list with its form, and one message."""
    at = "/admin/<event_key>/messages"
    bp.add_url_rule(at, "messages", messages)
    bp.add_url_rule(f"{at}/send", "message_send", send, methods=["POST"])
    bp.add_url_rule(f"{at}/<message>", "message_page", message_page)


@right(Right.SEE_MESSAGES)
def messages() -> ResponseReturnValue:
    """The last ones, and a form for the next."""
    found = admin().messages.newest(event().event, language())
    points = admin().entries.points(event().event, language())
    return show("messages.html", messages=found, points=points, characters_max=TEXT_CHARACTERS_MAX)


@right(Right.SEE_MESSAGES)
def message_page(message: str) -> ResponseReturnValue:
    """What became of one at each kiosk."""
    return show("message.html", message=admin().messages.one(event().event, message, language()))


@right(Right.SEND_MESSAGES)
def send() -> ResponseReturnValue:
    """To one point, or to all."""
    form = request.form
    admin().messages.send(actor(), form.get("point", ""), form.get("text", ""), form_key())
    return go("messages", "sent")
