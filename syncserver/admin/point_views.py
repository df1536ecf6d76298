"""Points: what each serves, who stands there, how its day goes."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from syncserver.admin.page import language, show, words
from syncserver.admin.visit import admin, event, may
from syncserver.admin.words import kind_names, reason_namer, state_names
from syncserver.services.admin_entries import Asked
from syncserver.services.rights import Right, right
from syncserver.services.rule_words import RuleWords

LATEST = 20


def add_routes(bp: Blueprint) -> None:
    """The list, one point."""
    bp.add_url_rule("/admin/<event_key>/points", "points", points)
    bp.add_url_rule("/admin/<event_key>/points/<point>", "point_page", point_page)


@right(Right.SEE_POINTS)
def points() -> ResponseReturnValue:
    """All points in use."""
    return show("points.html", points=admin().points.all(event().event, language()))


@right(Right.SEE_POINTS)
def point_page(point: str) -> ResponseReturnValue:
    """One point: its rules in words, its latest entries for whoever may see them."""
    here, said = event().event, words()
    found = admin().points.one(here, point, language())
    sees_holders = may(Right.SEE_HOLDERS)
    latest = None
    if may(Right.SEE_ENTRIES):
        asked = Asked(point_key=point, limit=LATEST)
        latest = admin().entries.page(here, asked, language(), with_holders=sees_holders)
    return show(
        "point.html",
        one=found,
        rules=RuleWords(said, here.zone, found.called),
        page=latest,
        kinds=kind_names(said),
        states=state_names(said),
        shows_holders=sees_holders,
        reason_name=reason_namer(language()),
    )
