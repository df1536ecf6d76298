"""One event acted out on a real server: its tables, its snapshot, its statements and badges, and what it answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from common.badges import Role
from common.bodies import Exit, KioskBody, Override, Redeem, Ruling, Void
from common.catalogue import Catalogue, CatalogueArea, CataloguePoint, CatalogueProduct, encode_catalogue
from common.clock import ManualClock
from common.decimal_text import to_decimal
from common.entries import Entry
from common.envelope import Signed, Typ, sign, verify
from common.exchange import PROTOCOL, DecideAnswer, DecideRequest, from_payload, to_payload
from common.ids import AreaNo, EventDay, EventUid, PointNo, ProductNo, Ref, TicketId
from common.keys import KeyList, KeyUse, key_entry, sign_key_list
from common.leaving import leaving_marks
from common.passes import Pass as SignedPass
from common.passes import sign_pass
from common.sealing import seal_public
from common.signing import SigningKey
from common.ticket_code import TicketCode, derive_code, format_code, proof_of_scan
from syncserver.jobs.statement_args import CancelWanted, GrantWanted, TicketWanted
from syncserver.services import statements
from syncserver.services.badges import IssuedBadge
from syncserver.services.event_file.model import Loaded
from syncserver.services.event_file.shift import shift_to
from syncserver.services.keys import EventKeys
from syncserver.services.projector import Projector
from syncserver.services.proofs import Proofs
from syncserver.services.scribe import Desk
from syncserver.services.statements import RunPart
from syncserver.services.ticket_fold import read_ticket
from syncserver.stores import events as event_store
from syncserver.stores import key_lists
from tests.support.admin_world import Office, make_office
from tests.support.differential.chance import HOUR, SUPERVISED, WITH_HOSTESS
from tests.support.differential.sold import rows_of_order
from tests.support.differential.told import Case, Event, Pass, Ticket, Use
from tests.support.server_world import Pen
from tests.support.small_event import small_event

OTHER, TRIAL = EventUid(b"othr"), EventUid(b"tria")
PIN = "12345678"  # of badges that look people up
# Both look people up; of what is in doubt only the first may answer for everything.
ROLES = {SUPERVISED: (Role.SUPERVISOR,), WITH_HOSTESS: (Role.HOSTESS, Role.WILD_HOSTESS)}
Plain = dict[str, Any]


@dataclass
class Keys:
    """Pass keys: the event's own, one of its own that was withdrawn, and those of others."""

    own: EventKeys
    withdrawn: SigningKey = field(default_factory=SigningKey.generate)
    other: SigningKey = field(default_factory=SigningKey.generate)
    trial: SigningKey = field(default_factory=SigningKey.generate)
    stranger: SigningKey = field(default_factory=SigningKey.generate)


class World:
    """Acts out the stories of one event, then answers for the server."""

    def __init__(self, folder: Path, told: Event, database_url: str | None = None) -> None:
        """On SQLite in the folder, or in an empty PostgreSQL database."""
        self.folder, self.told = folder, told
        self.office: Office = make_office(folder / "server", database_url, _on(told.built_ms))
        self.services, self.uid = self.office.services, self.office.event.uid
        self.event_id = self.office.event.id
        self.clock: ManualClock = self.office.clock
        self.keys = Keys(self.services.keys.of(self.uid))
        self._publish()
        self.pens = {name: self.office.join(name, None) for name in "abr"}
        self.refs: dict[int, Ref] = {}  # id of a Use -> the entry that says it
        self.late: list[Entry] = []
        self.badges: dict[int, IssuedBadge] = {}  # by the point where its holder is
        self.sold: dict[bytes, int] = {}  # by ticket, the number of its order
        self._client: FlaskClient = self.office.app.test_client()

    def close(self) -> None:
        """Close the database."""
        self.services.db.close()

    # --- the server -------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Our catalogue and key list in place of the imported ones."""
        mine, others = self.keys.own, self.keys
        signing = ((KeyUse.PASS, mine.pass_), (KeyUse.BADGE, mine.badge), (KeyUse.SCRIBE, mine.scribe))
        entries = [key_entry(use, key.verify_key.raw, self.uid) for use, key in signing]
        entries += [
            key_entry(KeyUse.ONLINE, mine.online.verify_key.raw, self.uid),
            key_entry(KeyUse.SEAL, seal_public(mine.seal), self.uid),
            key_entry(KeyUse.PASS, others.withdrawn.verify_key.raw, self.uid, withdrawn_at_s=1),
            key_entry(KeyUse.PASS, others.other.verify_key.raw, OTHER),
            key_entry(KeyUse.PASS, others.trial.verify_key.raw, TRIAL, is_test=True),
        ]
        made_s = self.clock.now_ms() // 1000
        self.key_list = sign_key_list(KeyList(2, self.uid, made_s, tuple(entries)), mine.root)
        with self.services.db.write() as tx:
            key_lists.add(tx, self.event_id, 2, mine.root.verify_key.raw, self.key_list, 0)
            body = encode_catalogue(self._catalogue())
            event_store.add_catalogue(tx, self.event_id, 2, body, 0)

    def _catalogue(self) -> Catalogue:
        told = self.told
        return Catalogue(
            version=2,
            event=self.uid,
            names={"en": "Trial"},
            languages=("en",),
            default_language="en",
            days=told.days,
            starts_ms=told.built_ms - 96 * HOUR,
            ends_ms=told.built_ms + 96 * HOUR,
            products=tuple(CatalogueProduct(one, {"en": f"P{no}"}) for no, one in told.products.items()),
            points=tuple(
                CataloguePoint(one, {"en": f"G{no}"}, wants_search=no in ROLES) for no, one in told.points.items()
            ),
            areas=(CatalogueArea(AreaNo(1), {"en": "A1"}), CatalogueArea(AreaNo(2), {"en": "A2"})),
        )

    def act(self, tickets: list[Ticket]) -> None:
        """Everything that happened, in its order: badges, issue, uses, changes, snapshot, later uses and changes."""
        built = self.told.built_ms
        heard = [one for one in tickets if one.heard]
        self._make_badges()
        with self._at(built - 96 * HOUR) as desk:
            wanted = [TicketWanted(one.id, one.product, tuple(one.items.items()), one.paid) for one in heard]
            statements.issue(desk, b"issue", wanted)
            self._sell(desk, heard)
        self._take(self._write_uses(tickets, late=False))
        spans = {name: RunPart(pen.device, pen.run, 1, pen.number) for name, pen in self.pens.items()}
        with self._at(built - 2 * HOUR) as desk:
            self._rule(desk, tickets, late=False)
            for one in heard:
                for at, product, count in one.grants:
                    statements.entitle(desk, _key(one, "grant", at), [GrantWanted(one.id, product, count)])
            for one in heard[::2]:
                self._end(desk, one)
            statements.revoke(desk, b"revoke", self.pens["r"].device, "lost")
            self._redate(desk, spans, late=False)
        with self._at(built - HOUR) as desk:
            for one in heard:
                self._reissue(desk, one)
        while Proofs(self.services.db, self.services.scribe).step(self.event_id):
            pass
        self._build()
        # Statements before the uses arrive, and these folded without keys: no kiosk could know what the server judged.
        later_uses = self._write_uses(tickets, late=True)
        with self._at(built + 3 * HOUR) as desk:
            self.late += [*self._rule(desk, tickets, late=True), *self._redate(desk, spans, late=True)]
            for one in heard:
                for at, product, count in one.takings:
                    self.late += statements.cancel(desk, _key(one, "take", at), [CancelWanted(one.id, product, count)])
            for one in heard[1::2]:
                self.late += self._end(desk, one)
        self._take(later_uses)
        self.late += later_uses

    def _make_badges(self) -> None:
        """Staff badges as the admin makes them: the snapshot knows them, and seals the list of names to them."""
        self.clock.set_wall(self.told.built_ms - 96 * HOUR)
        for point, roles in ROLES.items():
            self.badges[point] = self.services.badges.issue(self.event_id, f"Jana {point}", roles, PIN)

    def _sell(self, desk: Desk, tickets: list[Ticket]) -> None:
        """The orders behind tickets, as far as kiosks are told of them: a holder, and what was answered."""
        self.sold = {one.id: number for number, one in enumerate(tickets, 1)}
        for number, one in enumerate(tickets, 1):
            for table, rows in rows_of_order(self.event_id, number, one):
                if rows:
                    desk.tx.execute(table.insert(), rows)

    @contextmanager
    def _at(self, now_ms: int) -> Iterator[Desk]:
        """One transaction of the scribe at a time."""
        self.clock.set_wall(now_ms)
        with self.services.db.write() as tx:
            yield self.services.scribe.open(tx, self.event_id)

    def _write_uses(self, tickets: list[Ticket], *, late: bool) -> list[Entry]:
        uses = [(use, one) for one in tickets for use in one.uses if use.late is late]
        entries: list[Entry] = []
        for use, ticket in sorted(uses, key=lambda pair: pair[0].time_ms):
            self.clock.set_wall(use.time_ms)
            pen = self.pens[use.device]
            entry = pen.write(self._body(use, ticket, pen))
            self.refs[id(use)] = entry.ref
            entries.append(entry)
            if use.void:
                entries.append(pen.write(Void(TicketId(ticket.id), entry.ref, "undone")))
        return entries

    def _body(self, use: Use, ticket: Ticket, pen: Pen) -> KioskBody:
        code = self.code(ticket, use.generation)
        proof = proof_of_scan(code, self.uid, pen.device, pen.run, pen.number + 1)
        shown = {"good": proof, "bad": bytes(8), "none": None}[use.proof]
        mine = [self.refs[id(one)] for one in ticket.uses if id(one) in self.refs]
        seen = tuple(mine[-1:]) if use.sees else ()
        who, product, quantity = (TicketId(ticket.id), use.generation), ProductNo(use.product), use.quantity
        point, area, day = PointNo(use.point), AreaNo(use.area), EventDay(use.day)
        if use.kind == "exit":
            return Exit(*who, product, point, area, day, seen, shown, leaving_marks(quantity))
        if use.kind == "override":
            return Override(*who, product, quantity, point, area, day, seen, shown, "nothing_left", "known to me")
        return Redeem(*who, product, quantity, point, area, day, seen, shown)

    def _take(self, entries: list[Entry]) -> None:
        known = self.services.known.event(self.uid)
        raws = [entry.raw for entry in entries]
        while raws:
            taken = self.services.ingest.take(known, raws[:2000], None)
            raws = raws[taken.count :]
            self.clock.advance(60)
        Projector(self.services.db, self.clock).catch_up(self.event_id)

    def _rule(self, desk: Desk, tickets: list[Ticket], *, late: bool) -> list[Entry]:
        said: list[Entry | None] = []
        for one in tickets:
            for use in one.uses:
                if use.late is late and (use.error or use.ruled_proven or use.allowed):
                    ruling = Ruling.ERROR if use.error else Ruling.ALLOW if use.allowed else Ruling.PROVEN
                    key = _key(one, "rule", use.time_ms)
                    said.append(statements.decide(desk, key, TicketId(one.id), self.refs[id(use)], ruling))
        return [entry for entry in said if entry is not None]

    def _redate(self, desk: Desk, spans: dict[str, RunPart], *, late: bool) -> list[Entry]:
        wrong = {name: one for name, one in self.told.redated.items() if one.late is late and spans[name].last}
        said = [
            statements.redate(desk, f"redate {name}".encode(), spans[name], one.seconds) for name, one in wrong.items()
        ]
        return [entry for entry in said if entry is not None]

    def _end(self, desk: Desk, ticket: Ticket) -> list[Entry]:
        said: list[Entry] = []
        if ticket.cancelled:
            said += statements.cancel(desk, _key(ticket, "cancel", 0), [CancelWanted(ticket.id)])
        if ticket.blocked:
            entry = statements.block(desk, _key(ticket, "block", 0), TicketId(ticket.id), "lost")
            said += [entry] if entry else []
        return said

    def _reissue(self, desk: Desk, ticket: Ticket) -> None:
        if ticket.generations[-1] >= 0:
            return
        statements.reissue(desk, _key(ticket, "reissue", 0), TicketId(ticket.id))
        found = read_ticket(desk.tx, desk.event, TicketId(ticket.id), desk.now_ms)
        assert found is not None
        assert found.folded.view is not None
        ticket.generations[-1] = found.folded.view.generation
        for use in ticket.uses:
            shown = use.proof == "good" or use.ruled_proven
            use.accepted = shown and not (use.late or use.void or use.error)

    def _build(self) -> None:
        self.clock.set_wall(self.told.built_ms)
        self.snapshot = self.services.snapshots.build(self.event_id)

    # --- what is asked ----------------------------------------------------------------------------

    def at_the_server(self, case: Case, text: str) -> Plain:
        """What the server answers over HTTP."""
        request = case.request
        form = {
            "text": text,
            "typed": "yes" if case.shown.typed else "",
            "found": "yes" if case.shown.what == "found" else "",
            "point": str(case.point),
            "at_ms": str(case.now_ms),
            "view_age_ms": str(case.now_ms - self.told.built_ms),
            "direction": request.direction.value,
            "product": str(request.product or ""),
            "quantity": str(request.quantity),
            "lane": request.lane.value if request.lane else "",
            "confirmed": "yes" if request.confirmed else "",
            "answers": json.dumps(dict(request.answers)),
            "override": request.override.value if request.override else "",
            "answered_for": ",".join(request.answered_for),
            "why": request.override_why,
            "role": case.role,
        }
        return self._post(form)

    def _post(self, fields: dict[str, str]) -> Plain:
        """A question of a device, signed; the answer under the event's online key."""
        asked = DecideRequest(PROTOCOL, self.uid, bytes(16), fields)
        raw = sign(to_payload(asked), self.pens["a"].key.as_device(), Typ.DECIDE)
        reply = self._client.post("/api/v1/decide", data=raw)
        assert reply.status_code == 200, reply.text
        online = self.keys.own.online.verify_key
        signed = verify(reply.data, Typ.ANSWER, lambda kid: online if kid == online.kid else None)
        assert isinstance(signed, Signed)
        answer = from_payload(signed.payload, DecideAnswer)
        assert isinstance(answer, DecideAnswer)
        return dict(json.loads(answer.verdict))

    # --- what is shown ----------------------------------------------------------------------------

    def code(self, ticket: Ticket, generation: int) -> TicketCode:
        """The code of a ticket's generation."""
        return derive_code(self.keys.own.code, TicketId(ticket.id), generation)

    def text(self, ticket: Ticket, shown: Pass) -> str:
        """What the scanner reads; a found ticket's id."""
        match shown.what:
            case "found":
                return ticket.id.hex()
            case "garbage":
                return "https://example.org/" + secrets.token_hex(4)
            case "strange_code":
                return format_code(TicketCode(secrets.token_bytes(10)))
            case "code":
                return format_code(self.code(ticket, shown.generation))
            case "pass":
                key = self.keys.withdrawn if shown.withdrawn else self.keys.own.pass_
                return to_decimal(self._signed(ticket, shown, self.uid, key))
        others = {"wrong_event": (OTHER, self.keys.other), "test_pass": (TRIAL, self.keys.trial)}
        event, key = others.get(shown.what, (self.uid, self.keys.own.pass_))
        if shown.what == "unknown_key":
            key = self.keys.stranger
        raw = self._signed(ticket, Pass("pass", signed_ms=0, until_ms=HOUR, product=1), event, key)
        return to_decimal(raw[:-1] + bytes([raw[-1] ^ 1]) if shown.what == "bad_signature" else raw)

    def _signed(self, ticket: Ticket, shown: Pass, event: EventUid, key: SigningKey) -> bytes:
        pass_ = SignedPass(
            event=event,
            ticket=TicketId(ticket.id),
            code=self.code(ticket, shown.generation),
            generation=shown.generation,
            signed_s=shown.signed_ms // 1000,
            expires_s=shown.until_ms // 1000,
            not_before_s=None if shown.from_ms is None else shown.from_ms // 1000,
            product=ProductNo(shown.product),
            items=tuple((ProductNo(no), count) for no, count in shown.items.items()),
            kid=key.kid,
        )
        return sign_pass(pass_, key)


def _on(built_ms: int) -> Loaded:
    """The small event on the days around the snapshot: badges are good until a day after its end."""
    loaded = small_event()
    today = datetime.fromtimestamp(built_ms / 1000, UTC).date()
    return Loaded(shift_to(loaded.event_file, today), loaded.pictures, loaded.warnings)


def _key(ticket: Ticket, what: str, at: int) -> bytes:
    return ticket.id + what.encode() + str(at).encode()
