"""The second front end: a line in, a line of JSON out. Whatever the screen can do, this can.

A line that begins with `{` is a command, any other line is a scanned text. kiosk/README.md documents both. Any bytes as
a line get an answer; a line over LINE_BYTES_MAX is read to its end and answered with an error.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from common.clock import Clock
from common.decision import Fault, Request
from common.errors import BadInput, UserFacing
from common.ids import BadgeId, PointNo, TicketId
from common.verdict_json import plain, plain_object, plain_verdict
from kiosk.front import Front
from kiosk.headless_lines import (
    Answered,
    Command,
    bytes_of,
    enrolment_of,
    entry_text,
    error_of,
    names_of,
    ref_of,
    request_of,
)
from kiosk.input.events import Scanned, Source, Torn
from kiosk.joining import Joining
from kiosk.machine.lights import Lights
from kiosk.practice.samples import Sample, text_of
from kiosk.rule_words import plain_rules
from kiosk.shown import (
    Answer,
    BackInService,
    BadgeRefused,
    EnrolmentOffer,
    GateBusy,
    GateNews,
    Locked,
    OperatorTaken,
    PinRefused,
    RealInPractice,
    Shown,
    Undone,
)

LINE_BYTES_MAX: Final = 16 * 1024
VERDICT_S_MAX: Final = 2.0


_DARK: Final = Lights()


class Headless:
    """Answers lines for one kiosk; without `front` only enrolling is possible."""

    def __init__(self, front: Front | None, joining: Joining, clock: Clock, lights: Lights = _DARK) -> None:
        self._front, self._joining, self._clock, self._lights = front, joining, clock, lights
        self._writing = threading.Condition()
        self._write: Callable[[str], None] | None = None
        self._last_said = ""  # the entry of the last verdict
        self._settled: list[Answered] = []  # what a restart made of an admission at a turnstile

    @property
    def front(self) -> Front | None:
        """The open kiosk, once it has joined."""
        return self._front

    def answer(self, line: bytes) -> Answered | None:
        """The answer to a line without its end; None for `quit`. Never raises for what the line holds."""
        if len(line) > LINE_BYTES_MAX:
            return error_of(f"a line may have {LINE_BYTES_MAX} bytes, this one is longer; it was not looked at")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            return error_of(f"the line is not UTF-8 (byte {error.start}); it was not looked at")
        try:
            if text.lstrip().startswith("{"):
                return self._command(text)
            return self._scan(text.strip("\r\n"), Source.SERIAL, self._plain_request())
        except UserFacing as error:
            return error_of(str(error))

    def greeting(self) -> Iterator[Answered]:
        """What is said first: entries that were committed but that nobody saw, or that a turnstile never let in."""
        yield from self._settled
        if self._front is not None:
            for shown in self._front.not_shown_yet():
                yield self._shown(shown)

    def tell_gate(self, write: Callable[[str], None]) -> None:
        """Say what becomes of admissions at a turnstile, in lines of their own."""
        if self._front is not None:
            self._front.watch_gate(self._gate_told)
        self._write = write

    def take_from(self, write: Callable[[str], None]) -> Callable[[Scanned | Torn], None]:
        """What to call with each code of a scanner that has a thread of its own."""

        def take(scanned: Scanned | Torn) -> None:
            if isinstance(scanned, Torn):
                self.say({"answer": "torn"}, write)
                return
            try:
                answered = self._answered(self._open().scan(scanned, self._plain_request()))
            except UserFacing as error:
                answered = error_of(str(error))
            self.say(answered, write)

        return take

    def say(self, answered: Answered, write: Callable[[str], None]) -> None:
        """Write a whole line; from then on its entry counts as shown. From any thread."""
        entry = answered.get("entry") if answered.get("answer") == "verdict" else None
        with self._writing:
            write(json.dumps(answered, ensure_ascii=False, separators=(",", ":")))
            if isinstance(entry, str):
                self._last_said = entry
                self._writing.notify_all()
        if isinstance(entry, str) and self._front is not None:
            self._front.was_shown(ref_of(entry))

    def _gate_told(self, news: GateNews) -> None:
        """From the turnstile's thread, which may be faster than whoever writes the verdict."""
        entry, write = entry_text(news.entry), self._write
        said = {"outcome": news.outcome.value, "annulled": news.annulled, "what": news.what}
        told: Answered = {"answer": "turnstile", "entry": entry, **said}
        if write is None:
            self._settled.append(told)
            return
        with self._writing:
            self._writing.wait_for(lambda: self._last_said == entry, VERDICT_S_MAX)
        self.say(told, write)

    def _command(self, text: str) -> Answered | None:
        try:
            command = msgspec.json.decode(text, type=Command)
        except msgspec.MsgspecError as error:
            return error_of(f"not a command ({error}); kiosk/README.md lists them")
        if command.do == "quit":
            return None
        if command.do == "enrol":
            return self._enrol(command)
        if command.do == "light":
            return self._light(command)
        if command.do in {"scan", "code", "badge", "again"}:
            return self._scan_command(command)
        if command.do in {"pin", "shift", "switch", "give_back", "sign_out", "lock", "move", "accept_losses"}:
            return self._operator_command(command)
        return self._other(command)

    def _scan_command(self, command: Command) -> Answered:
        request = request_of(command)
        if command.do == "again":
            return self._answered(self._open().again(request))
        return self._scan(command.text, Source.TYPED if command.do == "code" else Source.SERIAL, request)

    def _operator_command(self, command: Command) -> Answered:
        front = self._open()
        match command.do:
            case "pin":
                return self._answered(front.enter_pin(command.pin))
            case "switch":
                return self._answered(front.switch(BadgeId(bytes_of("badge", command.badge, 8)), command.pin))
            case "shift":
                return {"answer": "shift", "operators": [plain(person) for person in front.shift()]}
            case "give_back":
                return {"answer": "given_back", "operator": front.give_back()}
            case "move":
                front.move_to(PointNo(command.point))
                return {"answer": "done"}
            case "accept_losses":
                front.accept_losses()
                return {"answer": "done"}
            case "lock":
                front.lock()
                return {"answer": "locked"}
        front.sign_out()
        return {"answer": "done"}

    def _other(self, command: Command) -> Answered:
        front = self._open()
        match command.do:
            case "undo" | "annul" | "hand_out":
                return self._of_entry(front, command)
            case "acknowledge":
                return {"answer": "in_service", "was_out_of_order": front.acknowledge()}
            case "practice":
                front.practise(on=command.on)
                return {"answer": "practice", "on": command.on, "passes": {one.value: text_of(one) for one in Sample}}
            case "shown":
                front.was_shown(ref_of(command.entry))
                return {"answer": "done"}
            case "redeem":
                ticket = TicketId(bytes_of("ticket", command.ticket, 8))
                return self._answered(front.redeem_found(ticket, request_of(command)))
            case "exchange":
                return self._exchange(front, wait=command.wait)
            case "carry":
                return _carried(front, command)
            case "status":
                return {"answer": "status", **plain_object(front.status())}
        return _told(front, command)

    def _of_entry(self, front: Front, command: Command) -> Answered:
        """What is done about a use that was written."""
        entry = ref_of(command.entry)
        if command.do == "hand_out":
            handing = front.hand_out(entry, tuple(command.variants.items()))
            return {"answer": "handed_out", "entry": command.entry, "handing": plain(handing)}
        return self._answered(front.undo(entry) if command.do == "undo" else front.annul(entry))

    def _exchange(self, front: Front, *, wait: bool) -> Answered:
        """Exchange now; with `wait` until it is done or ten seconds have passed."""
        before = front.sync.state
        front.exchange_now()
        deadline_s = self._clock.monotonic_s() + (10.0 if wait else 0.0)
        while self._clock.monotonic_s() < deadline_s:
            state = front.sync.state
            if state.exchanges > before.exchanges + 1 or (state.exchanges > before.exchanges and not state.pending):
                break
            if state.trouble and not state.connected and state is not before:
                break
            self._clock.sleep(0.05)
        state = front.sync.state
        return {"answer": "exchange", "connected": state.connected, "pending": state.pending, "trouble": state.trouble}

    def _enrol(self, command: Command) -> Answered:
        """Ask, then keep: at once for a scanned code, after a typed one when the thumbprint is given back."""
        if self._front is not None:
            raise BadInput("this kiosk has joined already; start it with another folder to join another event")
        offer = self._offer(command)
        if offer is None:
            return {"answer": "asked", "file": command.file}
        thumbprint = offer.thumbprint.hex()
        if offer.must_compare and command.thumbprint.replace(" ", "").lower() != thumbprint:
            return {"answer": "compare", "event": dict(offer.event), "thumbprint": thumbprint}
        self._front = self._joining.accept(offer)
        self._front.watch_gate(self._gate_told)
        if command.file:
            self._front.carry(Path(command.file))
        return {"answer": "enrolled", "event": dict(offer.event), "device": offer.device, "thumbprint": thumbprint}

    def _offer(self, command: Command) -> EnrolmentOffer | None:
        """By network, or by a carry file; None: the question was put into the file."""
        if command.file:
            return self._joining.enrol_by_file(enrolment_of(command), Path(command.file))
        return self._joining.enrol(enrolment_of(command))

    def _scan(self, text: str, source: Source, request: Request) -> Answered:
        scanned = Scanned(text, source, self._clock.monotonic_s())
        return self._answered(self._open().scan(scanned, request))

    def _light(self, command: Command) -> Answered:
        light = self._lights.torch if command.light == "torch" else self._lights.brightness
        if light is None:
            raise BadInput(f"this machine has no {command.light} set up; docs/tablets.md says how")
        light.set(command.level)
        return {"answer": "done"}

    def _plain_request(self) -> Request:
        """Of a code that came alone, as a turnstile's does: out, where people only go out."""
        return Request(direction=self._open().usual_direction())

    def _open(self) -> Front:
        if self._front is None:
            raise BadInput('this kiosk has not joined an event; send {"do": "enrol", "text": "<the code\'s digits>"}')
        return self._front

    def _answered(self, answer: Answer) -> Answered:
        match answer:
            case OperatorTaken():
                roles = list(answer.roles)
                return {"answer": "operator", "name": answer.name, "roles": roles, "pin_good": answer.pin_good}
            case BadgeRefused():
                return {"answer": "badge_refused", **plain_object(answer)}
            case PinRefused():
                return {"answer": "pin_refused", **plain_object(answer)}
            case Locked():
                return {"answer": "locked"}
            case Undone():
                return {"answer": "undo", "done": answer.done, "why_not": answer.why_not, "trouble": answer.trouble}
            case GateBusy():
                return {"answer": "busy"}
            case RealInPractice():
                return {"answer": "real_in_practice"}
            case BackInService():
                return {"answer": "in_service", "was_out_of_order": True, "name": answer.name}
        return self._shown(answer)

    def _shown(self, shown: Shown) -> Answered:
        """A verdict or fault. Writing the line is showing it: the entry need not be shown again."""
        verdict = shown.verdict
        if isinstance(verdict, Fault):
            return {"answer": "fault", "code": verdict.code.value, "what": verdict.what}
        answered: Answered = {"answer": "verdict", **plain_verdict(verdict), **names_of(shown)}
        if shown.entry is not None:
            answered["entry"] = entry_text(shown.entry)
        if shown.practice is not None:
            answered["practice"] = True
        return answered


def serve(headless: Headless, source: BinaryIO, write: Callable[[str], None]) -> bool:
    """Answer each line until the input ends (False) or `quit` (True)."""
    headless.tell_gate(write)
    for answered in headless.greeting():
        headless.say(answered, write)
    for line in lines_of(source):
        answered_or_none = headless.answer(line)
        if answered_or_none is None:
            return True
        headless.say(answered_or_none, write)
    return False


def lines_of(source: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; of one over the limit only so much is kept that its length shows."""
    while piece := source.readline(LINE_BYTES_MAX + 2):
        line = piece
        while not piece.endswith(b"\n") and (piece := source.readline(LINE_BYTES_MAX)):
            continue
        yield line.rstrip(b"\r\n")


def _told(front: Front, command: Command) -> Answered:
    """What is listed or read, and changes nothing a guest would notice."""
    match command.do:
        case "find":
            return {"answer": "found", "tickets": [plain(found) for found in front.find(command.text)]}
        case "places":
            return {"answer": "places", "places": [plain(place) for place in front.places()]}
        case "history":
            rows = [{**plain_object(row), "entry": entry_text(row.entry)} for row in front.history()]
            return {"answer": "history", "entries": rows}
        case "messages":
            return {"answer": "messages", "messages": [plain(message) for message in front.messages()]}
        case "read":
            front.mark_read(command.message)
            return {"answer": "done"}
        case "rules":
            return {"answer": "rules", **plain_rules(front.rules(), command.language)}
        case "picture":
            path = front.picture(command.picture)
            return {"answer": "picture", "path": None if path is None else str(path)}
    checks = front.preflight()
    return {"answer": "preflight", "checks": [plain(check) for check in checks]}


def _carried(front: Front, command: Command) -> Answered:
    if not command.file:
        raise BadInput('file: name the carry file, for instance {"do":"carry","file":"/media/stick/rally.rallygate"}')
    return {"answer": "carried", "file": command.file, **plain_object(front.carry(Path(command.file)))}
