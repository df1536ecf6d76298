"""The simulator: what would a gate say, and which check decides it, writing nothing. And what people answered there."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from common.answers import WHY_KEY
from common.decision import Direction, Reason
from common.errors import BadInput
from common.reason_texts import reason_text
from common.rules import LaneKind
from syncserver.admin.page import language, show, words
from syncserver.admin.visit import admin, event
from syncserver.services.rights import Right, right
from syncserver.services.simulator import ROLES, plain_decision, question_namer, told, wall_text


def add_routes(bp: Blueprint) -> None:
    """The page, and the same for programs."""
    bp.add_url_rule("/admin/<event_key>/simulator", "simulator", simulator, methods=["GET", "POST"])
    bp.add_url_rule("/admin/<event_key>/answers", "answers", answers)
    bp.add_url_rule("/admin/<event_key>/simulator.json", "simulator_json", simulator_json, methods=["POST"])


@right(Right.SIMULATE)
def simulator() -> ResponseReturnValue:
    """The form, and below it what was decided."""
    here, form = event().event, request.form
    decided, problem, catalogue = None, "", None
    try:
        catalogue = admin().simulator.catalogue(here)
        if request.method == "POST":
            decided = told(admin().simulator.decide(here, form, admin().clock.now_ms()), words(), here.zone)
    except BadInput as fault:
        problem = str(fault)
    return show(
        "simulator.html",
        400 if problem else 200,
        problem=problem,
        form=form,
        decided=decided,
        catalogue=catalogue,
        now_text=wall_text(admin().clock.now_ms(), here.zone),
        directions=tuple(Direction),
        lanes=tuple(LaneKind),
        roles=ROLES,
        reasons={one.value: reason_text(one, language()).headline for one in Reason},
    )


@right(Right.SIMULATE)
def simulator_json() -> ResponseReturnValue:
    """The decision as values."""
    return jsonify(plain_decision(admin().simulator.decide(event().event, request.form, admin().clock.now_ms())))


@right(Right.SEE_ANSWERS)
def answers() -> ResponseReturnValue:
    """What people answered at points, the newest first."""
    here = event().event
    return show(
        "answers.html",
        found=admin().answers.newest(here),
        name=question_namer(admin().simulator.catalogue(here), language()),
        why_key=WHY_KEY,
    )
