"""The lines of headless as values: commands in, the parts of answers out."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from common.decision import Direction, Reason, Request
from common.enrolment import Enrolment, EnrolmentFault, parse_enrolment, typed_enrolment
from common.errors import BadInput
from common.ids import DeviceId, Digest, Identity, ProductNo, Ref, RunId
from common.rules import LaneKind
from common.verdict_json import plain, plain_choice
from kiosk.shown import Shown

QUANTITY_MAX: Final = 1000


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """A JSON line. `do` says what; the other fields are those of its request."""

    do: Literal[
        "scan",
        "code",
        "again",
        "undo",
        "annul",
        "acknowledge",
        "practice",
        "shown",
        "status",
        "exchange",
        "badge",
        "pin",
        "shift",
        "switch",
        "give_back",
        "sign_out",
        "lock",
        "find",
        "redeem",
        "history",
        "messages",
        "read",
        "preflight",
        "rules",
        "picture",
        "light",
        "enrol",
        "carry",
        "places",
        "hand_out",
        "move",
        "accept_losses",
        "quit",
    ]
    text: str = ""
    direction: Direction = Direction.IN
    product: int | None = None
    quantity: int = 1
    lane: LaneKind | None = None
    confirmed: bool = False
    info: bool = False
    ask_how_many: bool = False
    answers: dict[str, str] = {}
    variants: dict[str, int] = {}
    override: Reason | None = None
    answered_for: list[Reason] = []
    why: str = ""
    entry: str = ""
    pin: str = ""
    badge: str = ""
    ticket: str = ""
    message: str = ""
    picture: str = ""
    point: int = 0
    server: str = ""
    code: str = ""
    thumbprint: str = ""
    file: str = ""
    language: str = "en"
    wait: bool = True
    on: bool = True
    light: Literal["torch", "brightness"] = "torch"
    level: int = 100


Answered = dict[str, object]


def entry_text(ref: Ref) -> str:
    """How an entry is named on a line: device, run, number and digest, joined by dots."""
    name = ref.identity
    return f"{name.device.hex()}.{name.run.hex()}.{name.number}.{ref.digest.hex()}"


def ref_of(text: str) -> Ref:
    """The entry a line names. Raises BadInput."""
    try:
        device, run, number, digest = text.split(".")
        return Ref(
            Identity(DeviceId(bytes.fromhex(device)), RunId(bytes.fromhex(run)), int(number)),
            Digest(bytes.fromhex(digest)),
        )
    except ValueError as error:
        raise BadInput(f"entry: {text[:80]!r} names no entry; give the `entry` of an earlier answer") from error


def bytes_of(field: str, text: str, size: int) -> bytes:
    """Bytes of a field that holds hex. Raises BadInput."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size:
        raise BadInput(f"{field}: {text[:80]!r} has to be {size * 2} hex digits, as an earlier answer gave them")
    return found


def request_of(command: Command) -> Request:
    """What a command asks for. Raises BadInput."""
    if not 1 <= command.quantity <= QUANTITY_MAX:
        raise BadInput(f"quantity: {command.quantity} cannot be asked for; give 1 to {QUANTITY_MAX}")
    return Request(
        direction=command.direction,
        product=None if command.product is None else ProductNo(command.product),
        quantity=command.quantity,
        lane=command.lane,
        confirmed=command.confirmed,
        info=command.info,
        asks_how_many=command.ask_how_many,
        answers=tuple(sorted(command.answers.items())),
        override=command.override,
        override_why=command.why[:200],
        answered_for=tuple(command.answered_for),
    )


def enrolment_of(command: Command) -> Enrolment:
    """The enrolment a command carries. Raises BadInput."""
    found = parse_enrolment(command.text) if command.text else typed_enrolment(command.server, command.code)
    if isinstance(found, EnrolmentFault):
        raise BadInput(f"no enrolment ({found.value}): give `text` with the code's digits, or `server` and `code`")
    return found


def names_of(shown: Shown) -> Answered:
    """All that is said with a verdict."""
    return {
        "product_names": plain(shown.product),
        "ticket_names": plain(shown.ticket),
        "choices": [
            {
                **plain_choice(one.choice),
                "names": dict(one.names),
                "hand_out": dict(one.hand_out),
                "picture": one.picture,
                "variants": [plain(variant) for variant in one.variants],
            }
            for one in shown.choices
        ],
        "left": shown.left,
        "more": shown.more,
        "holder": plain(shown.holder),
        "first_use": plain(shown.first_use),
        "used_up": plain(shown.used_up),
        "points": [dict(names) for names in shown.points],
        "hand_out": dict(shown.hand_out),
        "picture": shown.picture,
        "handing": plain(shown.handing),
        "family": plain(shown.family),
        "attention": dict(shown.attention),
        "questions": [plain(question) for question in shown.questions],
        "kept": [plain(one) for one in shown.kept],
        "from_before": shown.from_before,
        "info": shown.info,
    }


def error_of(what: str) -> Answered:
    """The answer to what could not be done."""
    return {"answer": "error", "what": what}
