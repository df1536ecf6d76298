"""One event acted out: a real server with its tables, its snapshot and statements, and kiosks that hold these."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from flask.testing import FlaskClient

from common.badges import Badge, Role, badge_public, new_badge_secret, sign_badge
from common.bodies import Exit, KioskBody, Override, Redeem, Ruling, Void
from common.catalogue import Catalogue, CatalogueArea, CataloguePoint, CatalogueProduct, encode_catalogue
from common.certificates import issue_certificate
from common.clock import ManualClock
from common.decimal_text import to_decimal
from common.entries import Entry
from common.envelope import Signed, Typ, sign, verify
from common.exchange import (
    PROTOCOL,
    DecideAnswer,
    DecideRequest,
    FileKind,
    Manifest,
    SnapshotFile,
    from_payload,
    to_payload,
)
from common.ids import AreaNo, EventDay, EventUid, PointNo, ProductNo, Ref, TicketId
from common.keys import KeyList, KeyUse, key_entry, sign_key_list
from common.leaving import leaving_marks
from common.passes import Pass as SignedPass
from common.passes import sign_pass
from common.signing import SigningKey
from common.ticket_code import TicketCode, derive_code, format_code, proof_of_scan
from kiosk.front import Front
from kiosk.headless import Headless
from kiosk.joining import Joining
from kiosk.root import Options, open_kiosk
from kiosk.store.enrolled import Enrolled, device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.store.learnt import Intake
from kiosk.store.snapshots import Snapshots, file_of, open_manifest, stem_of
from syncserver.jobs.statement_args import CancelWanted, GrantWanted, TicketWanted
from syncserver.services import statements
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

OTHER, TRIAL = EventUid(b"othr"), EventUid(b"tria")
PIN = "123456"
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
    """Acts out the stories of one event, then asks both sides."""

    def __init__(self, folder: Path, told: Event, database_url: str | None = None) -> None:
        """On SQLite in the folder, or in an empty PostgreSQL database."""
        self.folder, self.told = folder, told
        self.office: Office = make_office(folder / "server", database_url)
        self.services, self.uid = self.office.services, self.office.event.uid
        self.event_id = self.office.event.id
        self.clock: ManualClock = self.office.clock
        self.keys = Keys(self.services.keys.of(self.uid))
        self._publish()
        self.pens = {name: self.office.join(name, None) for name in "abr"}
        self.refs: dict[int, Ref] = {}  # id of a Use -> the entry that says it
        self.late: list[Entry] = []
        self.kiosks: dict[int, Headless] = {}
        self.kiosk_clock = ManualClock(told.built_ms)
        self._client: FlaskClient = self.office.app.test_client()

    def close(self) -> None:
        """Close every kiosk and the database."""
        for kiosk in self.kiosks.values():
            if kiosk.front is not None:
                kiosk.front.close()
        self.services.db.close()

    # --- the server -------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Our catalogue and key list in place of the imported ones."""
        mine, others = self.keys.own, self.keys
        signing = ((KeyUse.PASS, mine.pass_), (KeyUse.BADGE, mine.badge), (KeyUse.SCRIBE, mine.scribe))
        entries = [key_entry(use, key.verify_key.raw, self.uid) for use, key in signing]
        entries += [
            key_entry(KeyUse.ONLINE, mine.online.verify_key.raw, self.uid),
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
            points=tuple(CataloguePoint(one, {"en": f"G{no}"}) for no, one in told.points.items()),
            areas=(CatalogueArea(AreaNo(1), {"en": "A1"}), CatalogueArea(AreaNo(2), {"en": "A2"})),
        )

    def act(self, tickets: list[Ticket]) -> None:
        """Everything that happened, in its order: issue, uses, changes, snapshot, later uses and changes."""
        built = self.told.built_ms
        heard = [one for one in tickets if one.heard]
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

    def _sell(self, desk: Desk, tickets: list[Ticket]) -> None:
        """The orders behind tickets, as far as kiosks are told of them: a holder, and what was answered."""
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

    # --- kiosks -----------------------------------------------------------------------------------

    def open_kiosks(self) -> None:
        """One at each point, with the snapshot and all that was said since."""
        self.badges = {SUPERVISED: self._badge(Role.SUPERVISOR), WITH_HOSTESS: self._badge(Role.HOSTESS)}
        self.files = self._plain_files()
        for point in self.told.points:
            self.kiosks[point] = self._open_kiosk(point)

    def _badge(self, role: Role) -> tuple[bytes, bytes, str]:
        secret, public = _badge_secret(role)
        expires_s = self.told.built_ms // 1000 + 30 * 86_400
        badge = Badge(self.uid, "Jana", (role,), secret, expires_s)
        return badge.badge, public, to_decimal(sign_badge(badge, self.keys.own.badge))

    def _plain_files(self) -> dict[FileKind, bytes]:
        """The snapshot's files, unpacked; the badges are put in."""
        ring = self.services.known.event(self.uid).ring.ring
        manifest = open_manifest(self.snapshot.manifest, ring)
        assert isinstance(manifest, Manifest)
        plain: dict[FileKind, bytes] = {}
        for kind in (FileKind.ADMISSION, FileKind.HOLDERS):
            offer = file_of(manifest, kind)
            assert offer is not None
            packed = (self.services.config.snapshots / offer.sha256.hex()).read_bytes()
            plain[kind] = zstandard.ZstdDecompressor().decompress(packed, max_output_size=offer.plain_size)
        path = self.folder / "admission.sqlite"
        path.write_bytes(plain[FileKind.ADMISSION])
        with sqlite3.connect(path) as connection:
            rows = [(badge, public) for badge, public, _ in self.badges.values()]
            connection.executemany("INSERT OR REPLACE INTO badges VALUES (?, ?, 0)", rows)
        connection.close()
        plain[FileKind.ADMISSION] = path.read_bytes()
        self._sign_anew(manifest, plain[FileKind.ADMISSION])
        return plain

    def _sign_anew(self, manifest: Manifest, admission: bytes) -> None:
        """The manifest of the same snapshot with the badges in it."""
        packed = zstandard.ZstdCompressor().compress(admission)
        hashes = hashlib.sha256(packed).digest(), hashlib.sha256(admission).digest()
        mine = SnapshotFile(FileKind.ADMISSION.value, hashes[0], len(packed), hashes[1], len(admission))
        others = tuple(one for one in manifest.files if one.kind != FileKind.ADMISSION)
        changed = msgspec.structs.replace(manifest, files=(mine, *others))
        self.stem = stem_of(changed)
        self.manifest = sign(to_payload(changed), self.keys.own.scribe, Typ.MANIFEST)

    def _open_kiosk(self, point: int) -> Headless:
        folder = Folder(self.folder / f"kiosk{point}")
        folder.make()
        mine = self.keys.own
        public = device_key(folder).verify_key.raw
        certificate = issue_certificate(mine.scribe, self.uid, public, f"Kiosk {point}", self.told.built_ms // 1000)
        root = mine.root.verify_key.raw
        papers = Enrolled(self.uid, "Trial", "http://127.0.0.1:9", certificate, root, self.key_list, PointNo(point))
        write_enrolled(folder, papers)
        self._install(folder, papers)
        options = Options(self.kiosk_clock)
        kiosk = open_kiosk(folder, options)
        kiosk.stores.learnt.take(Intake(tuple(self.late))).result()
        kiosk.station.heard(tuple(self.late))
        front = Front(kiosk, _Unconnected())  # type: ignore[arg-type]
        headless = Headless(front, Joining(folder, "", options), self.kiosk_clock)
        if point in self.badges:
            assert self._say(headless, {"do": "badge", "text": self.badges[point][2]})["answer"] == "operator"
            assert self._say(headless, {"do": "pin", "pin": PIN})["answer"] == "operator"
        return headless

    def _install(self, folder: Folder, papers: Enrolled) -> None:
        snapshots = Snapshots(folder, papers.ring())
        paths = {}
        for kind, ending in ((FileKind.ADMISSION, ".sqlite"), (FileKind.HOLDERS, "-holders.sqlite")):
            paths[kind] = folder.snapshots / f"{self.stem}{ending}"
            paths[kind].write_bytes(self.files[kind])
        snapshots.install(paths[FileKind.ADMISSION], paths[FileKind.HOLDERS], self.manifest)
        snapshots.close()

    # --- a case -----------------------------------------------------------------------------------

    def at_the_kiosk(self, case: Case, text: str, *, info: bool) -> Plain:
        """What the kiosk answers on its line."""
        self.kiosk_clock.set_wall(case.now_ms)
        self._confirm_the_time(self.kiosks[case.point])
        request = case.request
        command = {
            "do": "code" if case.shown.typed else "scan",
            "text": text,
            "info": info,
            "direction": request.direction.value,
            "product": request.product,
            "quantity": request.quantity,
            "lane": request.lane.value if request.lane else None,
            "confirmed": request.confirmed,
            "answers": dict(request.answers),
            "override": request.override.value if request.override else None,
            "answered_for": [one.value for one in request.answered_for],
            "why": request.override_why,
        }
        return self._say(self.kiosks[case.point], command)

    @staticmethod
    def _confirm_the_time(kiosk: Headless) -> None:
        """After hours without a contact somebody says that the time shown is right: clocks are not what is compared."""
        assert kiosk.front is not None
        device_clock = kiosk.front.kiosk.device_clock
        if not device_clock.is_usable():
            device_clock.doubt_shown()
            assert device_clock.confirm()

    def at_the_server(self, case: Case, text: str) -> Plain:
        """What the server answers over HTTP."""
        request = case.request
        form = {
            "text": text,
            "typed": "yes" if case.shown.typed else "",
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

    @staticmethod
    def _say(headless: Headless, command: Plain) -> Plain:
        answer = headless.answer(json.dumps(command).encode())
        assert answer is not None
        return answer

    # --- what is shown ----------------------------------------------------------------------------

    def code(self, ticket: Ticket, generation: int) -> TicketCode:
        """The code of a ticket's generation."""
        return derive_code(self.keys.own.code, TicketId(ticket.id), generation)

    def text(self, ticket: Ticket, shown: Pass) -> str:
        """What the scanner reads."""
        match shown.what:
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


@cache
def _badge_secret(role: Role) -> tuple[bytes, bytes]:
    """A badge's secret and public key, the same in every event: deriving it costs a third of a second on purpose."""
    secret = new_badge_secret()
    return secret, badge_public(secret, PIN)


class _Unconnected:
    """A transport that is never used: the kiosks here hear nothing more."""

    def close(self) -> None:
        """Nothing to close."""


def _key(ticket: Ticket, what: str, at: int) -> bytes:
    return ticket.id + what.encode() + str(at).encode()
