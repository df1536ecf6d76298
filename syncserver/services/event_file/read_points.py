"""Redemption points: gates and stands."""

from __future__ import annotations

from common.rules import ConfirmMode, LaneKind, OfflinePolicy, PointKind
from syncserver.services.event_file.fields import NAME_CHARS_MAX, Fields
from syncserver.services.event_file.model import Lanes, Point
from syncserver.services.event_file.read_event import read_position
from syncserver.services.event_file.read_products import expand_products
from syncserver.services.event_file.read_rules import MINUTES_MAX, read_windows

POINTS_MAX = 1_000
LANES_MAX = 200


def read_points(section: Fields) -> tuple[Point, ...]:
    """Points by key, in the file's order."""
    return tuple(_point(key, fields) for key, fields in section.children(POINTS_MAX))


def _point(key: str, fields: Fields) -> Point:
    kind = fields.member("kind", PointKind)
    point = Point(
        key=key,
        kind=kind,
        name=fields.texts("name", NAME_CHARS_MAX),
        area=fields.reference("area", "areas"),
        position=read_position(fields),
        hours=read_windows(fields, "hours"),
        products=_products(fields),
        lanes=_lanes(fields),
        lets_in=fields.flag("lets_in", default=True),
        lets_out=fields.flag("lets_out", default=kind is PointKind.GATE),
        offline=fields.member("offline", OfflinePolicy, OfflinePolicy.ACCEPT),
        view_age_minutes_max=fields.maybe_integer("view_age_minutes_max", 1, MINUTES_MAX),
        confirm=fields.member("confirm", ConfirmMode, ConfirmMode.AUTO),
        allows_unpaid=fields.flag("allows_unpaid"),
        is_unattended=fields.flag("unattended"),
        finds_people=fields.flag("finds_people"),
    )
    _check_person(point, fields)
    fields.close()
    return point


def _products(fields: Fields) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for _, name in expand_products(fields, "products")))
    if not fields.has("products"):
        fields.refuse("products", "is missing: list what this point serves")
    return names


def _lanes(fields: Fields) -> tuple[Lanes, ...]:
    """`lanes = { walking = 6, riding = 2 }`; absent, one walking lane."""
    inner = fields.table_at("lanes")
    if inner is None:
        return (Lanes(LaneKind.WALKING, 1),)
    counts = [(kind, inner.maybe_integer(kind.value, 0, LANES_MAX)) for kind in LaneKind]
    inner.close()
    lanes = tuple(Lanes(kind, count) for kind, count in counts if count)
    if not lanes:
        fields.refuse("lanes", "opens no lane: give walking or riding a count of at least 1")
    return lanes


def _check_person(point: Point, fields: Fields) -> None:
    """Where nobody stands, nobody can be asked, and every question would be a refusal."""
    if not point.lets_in and not point.lets_out:
        fields.refuse("lets_in", "and lets_out are both false: nothing could pass here; set one to true")
    if point.is_unattended and point.confirm is ConfirmMode.CONFIRM:
        fields.refuse("confirm", "needs a person, but the point is unattended: write auto, or unattended = false")
    if point.is_unattended and point.offline is OfflinePolicy.ASK:
        fields.refuse("offline", "is ask, but the point is unattended: write accept or refuse")
    if point.is_unattended and point.finds_people:
        fields.refuse("finds_people", "needs a person, but the point is unattended: set it to false")
    if point.is_unattended and point.allows_unpaid:
        fields.refuse("allows_unpaid", "needs a person, but the point is unattended: set it to false")
