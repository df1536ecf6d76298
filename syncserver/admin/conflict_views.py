"""Conflicts: the list, one with both uses, deciding one or many; the uses of a device; correcting its clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from common.bodies import Ruling
from common.conflict_kinds import ConflictKind
from common.errors import BadInput
from common.ids import DEVICE_ID_BYTES, DIGEST_BYTES, DeviceId, RunId
from syncserver.admin.entry_views import fresh
from syncserver.admin.page import form_key, go, language, show, words
from syncserver.admin.phrases import conflict_names, flag_names, pace_names, ruling_names
from syncserver.admin.visit import actor, admin, event
from syncserver.admin.words import kind_names, reason_namer, state_names
from syncserver.services.conflict_pages import Wanted, bytes_of, run_of
from syncserver.services.conflicts import Done, Said, Wish
from syncserver.services.rights import Right, right
from syncserver.services.statements import RunPart
from syncserver.services.ticket_fold import COUNTED, STRUCK, WAITING

OPEN, DECIDED, ALL = "open", "decided", "all"
NUMBER_MAX = 2**53
SECONDS_MAX = 2**33
MINUTE_FORMAT = "%Y-%m-%dT%H:%M"


def add_routes(bp: Blueprint) -> None:
    """Lists, pages and their forms."""
    at = "/admin/<event_key>/conflicts"
    bp.add_url_rule(at, "conflicts", conflicts)
    bp.add_url_rule(f"{at}.json", "conflicts_json", conflicts_json)
    bp.add_url_rule(f"{at}/decide", "conflicts_decide", decide_listed, methods=["POST"])
    bp.add_url_rule(f"{at}/<digest>", "conflict_page", conflict_page)
    bp.add_url_rule(f"{at}/<digest>/decide", "conflict_decide", decide_one, methods=["POST"])
    of_device = "/admin/<event_key>/devices/<device>"
    bp.add_url_rule(f"{of_device}/uses", "device_uses", device_uses)
    bp.add_url_rule(f"{of_device}/uses/decide", "device_uses_decide", decide_uses, methods=["POST"])
    bp.add_url_rule(f"{of_device}/clock", "device_clock", clock, methods=["GET", "POST"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for, as typed, so that forms can repeat it; empty fields ask nothing."""

    state: str
    kind: str
    point: str
    device: str
    run: str
    first: str
    last: str
    since: str
    until: str

    @classmethod
    def of(cls, given: MultiDict[str, str], device: str | None = None) -> Asked:
        """From an address or a form."""
        found = {name: given.get(name, "").strip()[:40] for name in cls.__dataclass_fields__}
        return cls(**{**found, **({} if device is None else {"device": device})})

    @property
    def fields(self) -> dict[str, str]:
        """Those that ask something."""
        return {name: value for name in self.__dataclass_fields__ if (value := getattr(self, name))}

    @property
    def asks_for_range(self) -> bool:
        """Whether one of the rarer fields is filled in."""
        return any((self.run, self.first, self.last, self.since, self.until))

    def filter(self) -> Wanted:
        """The conflicts asked for. Raises BadInput for what can be none of ours."""
        states = {DECIDED: True, ALL: None}
        return Wanted(
            is_decided=states.get(self.state, False),
            kind=self.kind if self.kind in set(ConflictKind) else None,
            point_no=_point_no(self.point),
            device=_id(self.device, DEVICE_ID_BYTES, "device"),
            run=_id(self.run, 8, "run"),
            first=_number(self.first),
            last=_number(self.last),
            from_ms=_instant(self.since),
            until_ms=_instant(self.until, end_of_minute=True),
        )


@right(Right.SEE_FLAGS)
def conflicts() -> ResponseReturnValue:
    """Open ones, those found last first; others by the filter."""
    asked, said = Asked.of(request.args), words()
    page = admin().conflicts.page(event().event, asked.filter(), request.args.get("cursor"), language())
    return show(
        "conflicts.html",
        page=page,
        asked=asked,
        why=conflict_names(said),
        rulings=_rulings(),
        points=admin().entries.points(event().event, language()),
        devices=admin().devices.all(event().event, language()),
    )


@right(Right.SEE_FLAGS)
def conflicts_json() -> ResponseReturnValue:
    """The first page for programs."""
    asked = Asked.of(request.args)
    page = admin().conflicts.page(event().event, asked.filter(), None, "en")
    listed = [
        {
            "use": one.row.digest.hex(),
            "ticket": one.row.ticket.hex(),
            "why": one.row.why,
            "ruling": one.row.ruling,
            "time_ms": one.row.time_ms,
            "point": one.point.key if one.point else None,
            "device": one.row.device.hex(),
        }
        for one in page.conflicts
    ]
    return fresh(jsonify(total=page.total, conflicts=listed))


@right(Right.SEE_FLAGS)
def conflict_page(digest: str) -> ResponseReturnValue:
    """One conflict: both uses, how plausible they are, what was decided so far."""
    said = words()
    return show(
        "conflict.html",
        case=admin().conflicts.case(event().event, digest, language()),
        why=conflict_names(said),
        paces=pace_names(said),
        reason_name=reason_namer(language()),
        kinds=_use_kinds(),
        states=state_names(said),
        flags=flag_names(said),
        rulings=_rulings(),
    )


@right(Right.DECIDE_CONFLICTS)
def decide_one(digest: str) -> ResponseReturnValue:
    """Decide one; again means anew."""
    found = bytes_of(digest, DIGEST_BYTES)
    if found is None:
        raise BadInput("this is no use's id")
    admin().deciding.one(actor(), found, _said())
    return go("conflict_page", "decided", digest=digest)


@right(Right.DECIDE_CONFLICTS)
def decide_listed() -> ResponseReturnValue:
    """Decide all open conflicts of a list."""
    asked = Asked.of(request.form)
    wanted = replace(asked.filter(), is_decided=False)
    return _done("conflicts", admin().deciding.conflicts(actor(), wanted, _said()), asked.fields)


@right(Right.SEE_FLAGS)
def device_uses(device: str) -> ResponseReturnValue:
    """What a device wrote, since an instant or in a run: for one that was lost, copied or stolen."""
    shown = admin().devices.one(event().event, device, language())
    asked, state = Asked.of(request.args, device), _state(request.args)
    uses, is_more = admin().conflicts.uses(event().event, asked.filter(), state, language())
    said = words()
    return show(
        "device_uses.html",
        device=shown,
        asked=asked,
        state=state or "",
        uses=uses,
        is_more=is_more,
        kinds=_use_kinds(),
        states=state_names(said),
        flags=flag_names(said),
    )


@right(Right.DECIDE_CONFLICTS)
def decide_uses(device: str) -> ResponseReturnValue:
    """Decide all uses of the list."""
    admin().devices.one(event().event, device, language())
    asked, state = Asked.of(request.form, device), _state(request.form)
    done = admin().deciding.uses(actor(), asked.filter(), state, _said())
    return _done("device_uses", done, {**asked.fields, **({"uses": state} if state else {})})


@right(Right.DECIDE_CONFLICTS)
def clock(device: str) -> ResponseReturnValue:
    """The runs of a device, and the correction of a wrong clock."""
    shown = admin().devices.one(event().event, device, language())
    if request.method == "GET":
        return show("device_clock.html", device=shown, runs=admin().conflicts.runs(event().event, shown.device))
    form = request.form
    run, first, last = run_of(form.get("run", "")), _number(form.get("first", "")), _number(form.get("last", ""))
    if run is None or first is None or last is None:
        raise BadInput("give the run, and the first and the last entry to correct, as the list has them")
    span = RunPart(DeviceId(shown.device), RunId(run), first, last)
    admin().deciding.redate(actor(), span, _seconds(form.get("seconds", "")), form_key())
    return go("device_clock", "redated", device=device)


def _said() -> Said:
    """The decision of the form. Raises BadInput."""
    try:
        wish = Wish(request.form.get("wish", ""))
    except ValueError as error:
        raise BadInput("choose what to decide: it stands, it stands and the ticket is blocked, or an error") from error
    return Said(wish, " ".join(request.form.get("note", "").split()), form_key())


def _done(endpoint: str, done: Done, fields: dict[str, str]) -> ResponseReturnValue:
    """Back to the list, which says how many were decided."""
    told: dict[str, Any] = {**fields, "count": done.count, "left": done.left}
    return redirect(url_for(f"admin.{endpoint}", event_key=event().event.key, **told), code=303)


def _rulings() -> dict[int, str]:
    named = ruling_names(words())
    return {int(ruling): named[ruling.name.lower()] for ruling in Ruling if ruling.name.lower() in named}


def _use_kinds() -> dict[int, str]:
    named = kind_names(words())
    return {1: named["redeem"], 2: named["exit"], 3: named["override"]}


def _state(given: MultiDict[str, str]) -> str | None:
    asked = given.get("uses", "")
    return asked if asked in {COUNTED, WAITING, STRUCK} else None


def _point_no(key: str) -> int | None:
    if not key:
        return None
    found = next((one.no for one in admin().entries.points(event().event, "en") if one.key == key), None)
    if found is None:
        raise BadInput(f"{key!r}: the event has no such point")
    return found


def _id(text: str, length: int, what: str) -> bytes | None:
    found = bytes_of(text, length)
    if text and found is None:
        raise BadInput(f"{text!r} is no id of a {what}: take it from the list")
    return found


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text) <= NUMBER_MAX:
        raise BadInput(f"{text!r} is no number of an entry: entries are numbered from 1")
    return int(text)


def _seconds(text: str) -> int:
    bare = text.strip().removeprefix("+").removeprefix("-")
    if not bare.isdecimal() or not bare.isascii() or len(bare) > 10 or int(bare) > SECONDS_MAX:
        raise BadInput(f"{text[:20]!r} is no number of seconds: give whole seconds, with - to go back")
    return -int(bare) if text.strip().startswith("-") else int(bare)


def _instant(text: str, *, end_of_minute: bool = False) -> int | None:
    """An instant from a local time of the event, as browsers send it."""
    if not text:
        return None
    try:
        local = datetime.strptime(text[:16], MINUTE_FORMAT).replace(tzinfo=ZoneInfo(event().event.zone))
        at_ms = round(local.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text!r} is no time: give it like 2028-07-06T14:30") from error
    return at_ms + (59_999 if end_of_minute else 0)
