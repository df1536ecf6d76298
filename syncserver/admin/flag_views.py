"""What people should look at: flags, and the tray."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from syncserver.admin.entry_views import fresh
from syncserver.admin.page import go, language, show, words
from syncserver.admin.phrases import entry_kind_names, flag_names, silent_names, tray_reasons
from syncserver.admin.visit import actor, admin, event
from syncserver.services.admin_flags import ListCursors
from syncserver.services.conflict_pages import Wanted
from syncserver.services.rights import Right, right

NUMBER_MAX = 2**63 - 1  # of a row in either database


def add_routes(bp: Blueprint) -> None:
    """Both pages, and what can be done in the tray."""
    bp.add_url_rule("/admin/<event_key>/flags", "flags", flags)
    bp.add_url_rule("/admin/<event_key>/flags.json", "flags_json", flags_json)
    at = "/admin/<event_key>/tray"
    bp.add_url_rule(at, "tray", tray)
    bp.add_url_rule(f"{at}/<int(max={NUMBER_MAX}):item>.bin", "tray_raw", raw)
    bp.add_url_rule(f"{at}/<int(max={NUMBER_MAX}):item>/retry", "tray_retry", retry, methods=["POST"])


@right(Right.SEE_FLAGS)
def flags() -> ResponseReturnValue:
    """Conflicts, what came back after a restore, forked devices, uses with a flag."""
    args, said = request.args, words()
    at = ListCursors(args.get("orderless"), args.get("flagged"))
    page = admin().flags.page(event().event, at, language())
    return show("flags.html", page=page, at=at, flags=flag_names(said))


@right(Right.SEE_FLAGS)
def flags_json() -> ResponseReturnValue:
    """The first page of each list for programs."""
    page = admin().flags.page(event().event, ListCursors(), "en")
    open_ = admin().conflicts.page(event().event, Wanted(), None, "en")
    return fresh(
        jsonify(
            conflicts=[{"ticket": one.row.ticket.hex(), "why": one.row.why} for one in open_.conflicts],
            tickets_without_order=[one.ticket.hex() for one in page.orderless],
            devices_known_again=[one.name for one in page.returned_devices],
            devices_by_certificate=[one.name for one in page.unremembered_devices],
            devices_forked=[one.name for one in page.forked_devices],
        )
    )


@right(Right.SEE_TRAY)
def tray() -> ResponseReturnValue:
    """Bytes that are no entry, and entries that fold as nothing."""
    args, said = request.args, words()
    page = admin().tray.page(event().event, args.get("rejected"), args.get("silent"), language())
    return show(
        "tray.html", page=page, reasons=tray_reasons(said), states=silent_names(said), kinds=entry_kind_names(said)
    )


@right(Right.SEE_TRAY)
def raw(item: int) -> ResponseReturnValue:
    """The bytes as they came, for whoever finds out what they are."""
    name, found = admin().tray.raw(event().event, item)
    answer = Response(found, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.bin"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@right(Right.RETRY_TRAY)
def retry(item: int) -> ResponseReturnValue:
    """Verify them again."""
    admin().tray.retry(actor(), event().event, item)
    return go("tray", "taken")
