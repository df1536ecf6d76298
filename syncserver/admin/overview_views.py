"""The overview: what a person in the control room wants first."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from common.days import date_of_day
from syncserver.admin.page import language, show, words
from syncserver.admin.phrases import hindrance_names
from syncserver.admin.visit import admin, event
from syncserver.services.rights import Right, right

EVERY_S = 30


def add_routes(bp: Blueprint) -> None:
    """One page."""
    bp.add_url_rule("/admin/<event_key>/", "overview", overview)


@right(Right.SEE_OVERVIEW)
def overview() -> ResponseReturnValue:
    """Figures of today, what needs a hand, the launch list; a script refreshes them unless asked to keep still."""
    found = admin().overviews.of(event().event, language())
    return show(
        "overview.html",
        one=found,
        day=date_of_day(found.day),
        hindrances=hindrance_names(words()),
        is_still=request.args.get("still") == "yes",
        every_s=EVERY_S,
    )
