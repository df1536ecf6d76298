"""The menu: a page stands in it for whoever may open it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request, url_for

from syncserver.admin import visit
from syncserver.services.rights import right_of
from syncserver.services.translations import Translator


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of the menu."""

    name: str
    address: str
    is_here: bool


def menu_of(words: Translator) -> tuple[MenuItem, ...]:
    """What the reader may open in the event of the address; nothing where it names none."""
    here = g.get("admin_event")
    if here is None:
        return ()
    names = {
        "overview": words.text("Overview"),
        "entries": words.text("Entries"),
        "handed_out": words.text("Handed out"),
        "devices": words.text("Devices"),
        "messages": words.text("Messages"),
        "points": words.text("Points"),
        "tickets": words.text("Tickets"),
        "simulator": words.text("Simulator"),
        "answers": words.text("Answers"),
        "orders": words.text("Orders"),
        "payments": words.text("Payments"),
        "vouchers": words.text("Vouchers"),
        "books": words.text("Books"),
        "conflicts": words.text("Conflicts"),
        "flags": words.text("Flags"),
        "tray": words.text("Not accepted"),
        "jobs": words.text("Jobs"),
        "snapshots": words.text("Snapshots"),
        "staff": words.text("Staff"),
        "badges": words.text("Badges"),
    }
    return tuple(
        MenuItem(name, url_for(f"admin.{endpoint}", event_key=here.event.key), _is_here(endpoint))
        for endpoint, name in names.items()
        if _may_open(f"admin.{endpoint}")
    )


def _may_open(endpoint: str) -> bool:
    needed = right_of(current_app.view_functions[endpoint]) if endpoint in current_app.view_functions else None
    return needed is not None and visit.may(needed)


def _is_here(endpoint: str) -> bool:
    asked = (request.endpoint or "").removeprefix("admin.")
    return asked == endpoint or asked.startswith(f"{endpoint.rstrip('s')}_")
