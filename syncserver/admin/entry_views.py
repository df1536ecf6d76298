"""Entries as they come."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from syncserver.admin.page import language, show, words
from syncserver.admin.visit import admin, event, may
from syncserver.admin.words import kind_names, reason_namer, state_names
from syncserver.services.admin_entries import PER_PAGE, Asked, EntryKind, EntryPage, ShownEntry
from syncserver.services.rights import Right, right
from syncserver.services.translations import local

EVERY_S = 3


def add_routes(bp: Blueprint) -> None:
    """The page and what it polls."""
    bp.add_url_rule("/admin/<event_key>/entries", "entries", entries)
    bp.add_url_rule("/admin/<event_key>/entries.json", "entries_json", entries_json)
    bp.add_url_rule("/admin/<event_key>/handed-out", "handed_out", handed_out)
    bp.add_url_rule("/admin/<event_key>/handed-out.json", "handed_out_json", handed_out_json)


@right(Right.SEE_ENTRIES)
def entries() -> ResponseReturnValue:
    """Who was admitted, where and when, the newest first."""
    asked = _asked()
    page = _page(asked, language())
    said = words()
    return show(
        "entries.html",
        page=page,
        asked=asked,
        points=admin().entries.points(event().event, language()),
        kinds=kind_names(said),
        states=state_names(said),
        shows_holders=may(Right.SEE_HOLDERS),
        reason_name=reason_namer(language()),
        is_still=request.args.get("still") == "yes",
        every_s=EVERY_S,
    )


@right(Right.SEE_ENTRIES)
def entries_json() -> ResponseReturnValue:
    """The same for programs; unchanged entries cost no bytes."""
    page = _page(_asked(), "en")
    zone = event().event.zone
    response = jsonify(entries=[_row(one, zone) for one in page.entries], next=page.next)
    return fresh(response)


@right(Right.SEE_ENTRIES)
def handed_out() -> ResponseReturnValue:
    """How many of each size or colour were handed out."""
    return show("handed_out.html", products=admin().handed_out.products(event().event, language()))


@right(Right.SEE_ENTRIES)
def handed_out_json() -> ResponseReturnValue:
    """The same for programs."""
    found = admin().handed_out.products(event().event, "en")
    variants = [
        {"product": one.product.key, "variant": v.name, "quantity": v.quantity, "instead": v.instead}
        for one in found
        for v in one.variants
    ]
    return fresh(jsonify(variants=variants, untold={one.product.key: one.untold for one in found}))


def fresh(response: Response) -> Response:
    """Let only this browser keep it, and ask each time whether it changed."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _asked() -> Asked:
    args = request.args
    kind = args.get("kind", "")
    if kind and kind not in set(EntryKind):
        abort(404)
    return Asked(
        kind=EntryKind(kind) if kind else None,
        point_key=args.get("point") or None,
        cursor=args.get("cursor") or None,
        limit=args.get("limit", PER_PAGE, type=int),
    )


def _page(asked: Asked, speech: str) -> EntryPage:
    return admin().entries.page(event().event, asked, speech, with_holders=may(Right.SEE_HOLDERS))


def _row(one: ShownEntry, zone: str) -> dict[str, object]:
    return {
        "time_ms": one.time_ms,
        "when": f"{local(one.time_ms, zone):%Y-%m-%d %H:%M:%S}",
        "kind": one.kind.value,
        "point": one.point.name if one.point else "",
        "point_key": one.point.key if one.point else "",
        "product": one.product.name if one.product else "",
        "quantity": one.quantity,
        "variants": one.variants,
        "holder": one.holder,
        "ticket": one.ticket.hex() if one.ticket else "",
        "device": one.device,
        "state": one.state,
        "reason": one.reason,
        "typed": one.typed,
        "times": one.times,
        "until_ms": one.until_ms,
        "digest": one.digest.hex(),
    }
