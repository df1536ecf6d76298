"""The control room on a host name of its own, where one is set: it answers nowhere else, and nothing of the shop there.

To a browser another host is another site: a script that somebody smuggled into a page of the shop reads nothing of the
control room and sends no form there. It is no lock, since whoever calls may name any host; who may what is decided by
the control room's own guard, as ever.
"""

from __future__ import annotations

from flask import Flask, abort, redirect, request
from flask.typing import ResponseReturnValue

ADMIN = ("admin.",)
USUAL_PORTS = frozenset({"80", "443"})
EVERYWHERE = ("health.", "shop.static")  # whoever watches the server asks by any name; the icon is the shop's


def keep_apart(app: Flask, admin_host: str) -> None:
    """Let the control room answer under this name alone, and under this name nothing but it."""

    def refuse_elsewhere() -> ResponseReturnValue | None:
        is_its_host, endpoint = is_host(request.host, admin_host), request.endpoint or ""
        if is_its_host and request.path == "/":
            return redirect("/admin/", code=302)
        if not endpoint.startswith(EVERYWHERE) and _is_admin(endpoint, request.path) != is_its_host:
            abort(404)
        return None

    app.before_request(refuse_elsewhere)


def is_host(asked: str, wanted: str) -> bool:
    """Whether a Host header names the host that is wanted; its port counts only where one is wanted.

    Browsers and Flask leave out the usual ones.
    """
    name, _, port = asked.lower().partition(":")
    wanted_name, _, wanted_port = wanted.partition(":")
    fits = port == wanted_port or (not port and wanted_port in USUAL_PORTS)
    return name.rstrip(".") == wanted_name and (not wanted_port or fits)


def _is_admin(endpoint: str, path: str) -> bool:
    return endpoint.startswith(ADMIN) or path == "/admin" or path.startswith("/admin/")
