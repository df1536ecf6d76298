from __future__ import annotations

import secrets
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from werkzeug.test import TestResponse

from common import cbor
from common.certificates import issue_certificate
from common.entries import Entry, stored_entry
from common.envelope import Signed, Typ, digest, open_unverified, sign, verify
from common.exchange import (
    Cursor,
    DeviceStatus,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    from_payload,
    to_payload,
)
from common.ids import Identity, Ref
from common.keys import SigningKey
from common.vectors import NothingHeld, covers
from syncserver.api.errors import register_errors
from syncserver.api.sync import SyncServices, sync_blueprint
from syncserver.db.engine import Database
from syncserver.db.tables import all_tables
from syncserver.services import statements
from syncserver.services.enrol import Enrol
from syncserver.services.evidence import Evidence, open_manifest
from syncserver.services.exchange import Exchange
from syncserver.services.ingest import AUTHOR_BURST, Ingest
from syncserver.services.known_events import KnownEvents
from syncserver.services.pictures import Pictures
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import snapshots as snapshot_store
from syncserver.stores import tickets as ticket_store
from tests.support.server_world import GATE, LUNCH, NOW_MS, Pen, Server, make_server


class Net:
    """A server behind its HTTP views, and kiosks that speak to it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.known = KnownEvents(server.db, server.clock)
        self.ingest = Ingest(server.db, server.clock, self.known)
        self.evidence = Evidence(server.db, server.clock, folder / "snapshots")
        self.exchange = Exchange(server.db, server.clock, server.keys, self.known, self.ingest, self.evidence)
        self.enrol = Enrol(server.db, server.clock, server.scribe, "http://127.0.0.1:8080")
        self.builder = SnapshotBuilder(server.db, server.clock, server.keys, folder / "snapshots", folder / "backups")
        app = Flask("test")
        app.testing = True
        register_errors(app)
        pictures = Pictures(server.db)
        services = SyncServices(self.enrol, self.exchange, self.evidence, folder / "snapshots", pictures)
        app.register_blueprint(sync_blueprint(services))
        self.client: FlaskClient = app.test_client()

    def join(self, point: int | None = GATE) -> Pen:
        """A kiosk, enrolled over HTTP."""
        pen = Pen(self.server)
        code = self.enrol.make_code(self.server.event.id, "Gate 1", point)
        self.enrolled(pen, code.code)
        return pen

    def enrolled(self, pen: Pen, code: str) -> EnrolAnswer:
        """The answer to an enrolment."""
        nonce = secrets.token_bytes(16)
        request = EnrolRequest(1, 1, code, pen.key.verify_key.raw, "kiosk", nonce)
        reply = self.client.post(
            "/api/sync/v1/enrol", data=sign(to_payload(request), pen.key.as_device(), Typ.ENROLMENT)
        )
        assert reply.status_code == 200, reply.text
        answer = self._opened(reply.data, EnrolAnswer)
        assert isinstance(answer, EnrolAnswer)
        assert answer.nonce == nonce
        return answer

    def call(self, pen: Pen, request: ExchangeRequest) -> ExchangeAnswer:
        """One exchange that succeeds."""
        raw = sign(to_payload(request), pen.key.as_device(), Typ.EXCHANGE, 16_000_000)
        reply = self.client.post("/api/sync/v1/exchange", data=raw)
        assert reply.status_code == 200, reply.text
        answer = self._opened(reply.data, ExchangeAnswer)
        assert isinstance(answer, ExchangeAnswer)
        assert answer.nonce == request.nonce
        return answer

    def _opened(self, raw: bytes, kind: type[EnrolAnswer | ExchangeAnswer]) -> EnrolAnswer | ExchangeAnswer:
        online = self.server.keys.of(self.server.event.uid).online.verify_key
        signed = verify(raw, Typ.ANSWER, lambda _: online, 16_000_000)
        answer = from_payload(signed.payload, kind, 16_000_000)  # type: ignore[union-attr]
        assert isinstance(answer, kind)
        return answer

    def certificate(self, pen: Pen) -> bytes:
        """A certificate the scribe once signed."""
        keys = self.server.keys.of(self.server.event.uid)
        return issue_certificate(keys.scribe, self.server.event.uid, pen.key.verify_key.raw, "lost", NOW_MS // 1000)


def _problem(reply: TestResponse) -> dict[str, object]:
    found = reply.get_json()
    assert isinstance(found, dict)
    return found


@pytest.fixture
def net(db: Database, tmp_path: Path) -> Net:
    return Net(make_server(db, tmp_path), tmp_path)


def test_enrolling_twice_with_one_code_and_key_gives_the_same_certificate(net: Net) -> None:
    pen = Pen(net.server)
    code = net.enrol.make_code(net.server.event.id, "Gate 1", GATE)
    first, second = net.enrolled(pen, code.code), net.enrolled(pen, code.code.lower().replace("-", ""))
    assert first.certificate == second.certificate
    assert first.point == GATE
    with net.server.db.read() as tx:
        assert len(device_store.all_devices(tx, net.server.event.id)) == 1


def test_a_code_serves_one_device_and_ten_minutes(net: Net) -> None:
    code = net.enrol.make_code(net.server.event.id, "Gate 1", GATE)
    net.enrolled(Pen(net.server), code.code)

    def refused(code: str) -> str:
        pen = Pen(net.server)
        request = EnrolRequest(1, 1, code, pen.key.verify_key.raw, "kiosk", secrets.token_bytes(16))
        raw = sign(to_payload(request), pen.key.as_device(), Typ.ENROLMENT)
        reply = net.client.post("/api/sync/v1/enrol", data=raw)
        assert reply.status_code == 403
        assert reply.content_type == "application/problem+json"
        return str(_problem(reply)["code"])

    assert refused(code.code) == "code_used"
    later = net.enrol.make_code(net.server.event.id, "Gate 2", GATE)
    net.server.clock.advance(10 * 60)
    assert refused(later.code) == "code_unknown"
    assert refused("NOPE-NOPE-NOPE") == "code_unknown"


def test_entries_come_in_once_and_go_out_to_the_other_kiosk(net: Net) -> None:
    one, other = net.join(), net.join()
    [ticket] = net.server.issue()
    entry = one.redeem(ticket)
    for _ in range(2):
        answer = net.call(one, one.request((entry.raw,), vector=()))
        assert (answer.taken, answer.rejected) == (1, ())
        with net.server.db.read() as tx:
            held = [stored.raw for stored in entry_store.after(tx, net.server.event.id, 0, 99)]
        assert held.count(entry.raw) == 1
    answer = net.call(other, other.request(vector=()))
    assert entry.raw in answer.entries
    assert answer.cursor is not None
    assert answer.vector == net.server.vector()
    assert net.call(other, other.request(cursor=answer.cursor)).entries == ()


def test_a_cursor_lies_behind_what_the_caller_delivered_and_skips_nothing_of_others(net: Net) -> None:
    one, other = net.join(), net.join()
    start = net.call(one, one.request(vector=())).cursor
    net.call(other, other.request((other.redeem(net.server.issue()[0]).raw,), vector=()))
    own = one.redeem(net.server.issue()[0])
    answer = net.call(one, one.request((own.raw,), cursor=start))
    assert own.raw not in answer.entries
    assert len(answer.entries) == 3
    assert net.call(one, one.request(cursor=answer.cursor)).entries == ()


def test_a_strange_tag_is_answered_with_the_vector(net: Net) -> None:
    pen = net.join()
    cursor = net.call(pen, pen.request(vector=())).cursor
    assert cursor is not None
    answer = net.call(pen, pen.request(cursor=Cursor(cursor.position, cursor.tag + 1)))
    assert answer.cursor is None
    assert answer.vector == net.server.vector()
    beyond = net.call(pen, pen.request(cursor=Cursor(cursor.position + 1_000, cursor.tag)))
    assert beyond.cursor is None
    assert beyond.vector is not None


def test_concurrent_appenders_never_let_a_cursor_skip(net: Net) -> None:
    """Readers that follow the cursor while four kiosks deliver see every entry exactly once."""
    pens = [net.join() for _ in range(4)]
    reader = net.join()
    tickets = net.server.issue(10)
    cursor = net.call(reader, reader.request(vector=())).cursor
    seen: list[bytes] = []
    written = {pen.device: [pen.redeem(tickets[n % 10]) for n in range(25)] for pen in pens}

    def deliver(pen: Pen) -> None:
        for entry in written[pen.device]:
            net.ingest.take(net.known.event(net.server.event.uid), [entry.raw], pen.device)

    threads = [threading.Thread(target=deliver, args=(pen,)) for pen in pens]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        net.server.clock.advance(0.3)
        answer = net.call(reader, reader.request(cursor=cursor))
        seen += answer.entries
        cursor = answer.cursor
    for thread in threads:
        thread.join()
    net.server.clock.advance(1)
    answer = net.call(reader, reader.request(cursor=cursor))
    seen += answer.entries
    expected = sorted(entry.raw for entries in written.values() for entry in entries)
    assert sorted(seen) == expected
    assert net.server.positions() == list(range(1, len(net.server.positions()) + 1))


def test_one_bad_entry_hinders_none_behind_it_and_lies_in_the_tray(net: Net) -> None:
    pen = net.join()
    [ticket] = net.server.issue()
    good, foreign = pen.redeem(ticket), Pen(net.server).redeem(ticket)
    broken = good.raw[:-1] + bytes([good.raw[-1] ^ 1])
    answer = net.call(pen, pen.request((b"", b"nonsense", broken, foreign.raw, good.raw), vector=()))
    assert answer.taken == 5
    assert {one.reason for one in answer.rejected} >= {"bad_signature", "unknown_key"}
    assert {one.digest for one in answer.rejected} == {digest(raw) for raw in (b"", b"nonsense", broken, foreign.raw)}
    with net.server.db.read() as tx:
        assert entry_store.held(tx, net.server.event.id, [good.ref.digest]) == {good.ref.digest}


def test_what_lay_in_the_tray_for_want_of_a_key_counts_when_its_author_proves_itself(net: Net) -> None:
    pen, lost = net.join(), Pen(net.server)
    [ticket] = net.server.issue()
    entry = lost.redeem(ticket)
    net.call(pen, pen.request((entry.raw,), vector=()))
    answer = net.call(lost, lost.request(vector=(), certificate=net.certificate(lost)))
    assert entry.raw in answer.entries
    with net.server.db.read() as tx:
        device = device_store.by_id(tx, net.server.event.id, lost.device)
    assert device is not None
    assert not device.is_remembered


def test_a_stranger_is_told_to_bring_its_certificate(net: Net) -> None:
    stranger = Pen(net.server)
    raw = sign(to_payload(stranger.request(vector=())), stranger.key.as_device(), Typ.EXCHANGE)
    reply = net.client.post("/api/sync/v1/exchange", data=raw)
    assert (reply.status_code, _problem(reply)["code"]) == (401, "not_signed")
    forged = stranger.request(vector=(), certificate=net.certificate(Pen(net.server)))
    raw = sign(to_payload(forged), stranger.key.as_device(), Typ.EXCHANGE)
    assert net.client.post("/api/sync/v1/exchange", data=raw).status_code == 401


def test_same_identity_other_bytes_are_both_kept_and_the_device_is_flagged(net: Net) -> None:
    pen = net.join()
    first, second = net.server.issue(2)
    one = pen.redeem(first)
    pen.number, pen.last = 0, None
    other = pen.redeem(second)
    assert one.ref.identity == other.ref.identity
    net.call(pen, pen.request((one.raw, other.raw), vector=()))
    with net.server.db.read() as tx:
        device = device_store.by_id(tx, net.server.event.id, pen.device)
        held = entry_store.held(tx, net.server.event.id, [one.ref.digest, other.ref.digest])
    assert len(held) == 2
    assert device is not None
    assert device.is_forked
    reader = net.join()
    assert {one.raw, other.raw} <= set(net.call(reader, reader.request(vector=())).entries)


def test_a_revoked_device_still_delivers_and_what_comes_after_the_cut_waits(net: Net) -> None:
    pen = net.join()
    before, after = net.server.issue(2)
    net.call(pen, pen.request((pen.redeem(before).raw,), vector=()))
    with net.server.db.write() as tx:
        statements.revoke(net.server.scribe.open(tx, net.server.event.id), b"r", pen.device, "lost")
    net.call(pen, pen.request((pen.redeem(after).raw,), vector=()))
    net.server.projector.catch_up(net.server.event.id)
    with net.server.db.read() as tx:
        states = [state for state, _, _ in ticket_store.use_states(tx, net.server.event.id, [before, after]).values()]
        rows = ticket_store.use_states(tx, net.server.event.id, [after])
    assert sorted(states) == ["counted", "waiting"]
    assert [state for state, _, _ in rows.values()] == ["waiting"]


def test_the_projector_finds_two_admissions_that_had_not_heard_each_other(net: Net) -> None:
    one, other = net.join(), net.join()
    [ticket] = net.server.issue(items=((LUNCH, 1),))
    first = one.redeem(ticket)
    second = other.redeem(ticket)
    third = other.redeem(ticket, seen=(Ref(Identity(other.device, other.run, 1), second.ref.digest),))
    net.call(one, one.request((first.raw,), vector=()))
    net.call(other, other.request((second.raw, third.raw), vector=()))
    net.server.projector.catch_up(net.server.event.id)
    with net.server.db.read() as tx:
        found = ticket_store.conflict_digests(tx, net.server.event.id, ticket)
        folded = ticket_store.by_ids(tx, net.server.event.id, [ticket])
    assert len(found) == 1
    assert found <= {first.ref.digest, second.ref.digest}
    assert folded[ticket].is_issued


def test_an_author_over_its_budget_waits_and_loses_nothing(net: Net) -> None:
    pen = net.join()
    [ticket] = net.server.issue()
    assert net.ingest._budget.take(net.server.event.id, pen.device, AUTHOR_BURST - 2) == AUTHOR_BURST - 2
    entries = tuple(pen.redeem(ticket).raw for _ in range(5))
    answer = net.call(pen, pen.request(entries, vector=()))
    assert answer.taken == 2
    assert answer.retry_after_ms is not None
    net.server.clock.advance(10)
    assert net.call(pen, pen.request(entries[2:], vector=())).taken == 3


def test_status_is_written_at_most_once_in_thirty_seconds(net: Net) -> None:
    pen = net.join()

    def status(version: str) -> str | None:
        net.call(pen, pen.request(vector=(), status=DeviceStatus(version, 0, 0)))
        with net.server.db.read() as tx:
            device = device_store.by_id(tx, net.server.event.id, pen.device)
        assert device is not None
        return device.status

    first = status("1")
    assert first is not None
    assert status("2") == first
    net.server.clock.advance(31)
    assert status("3") != first


def test_an_older_or_newer_kiosk_is_told_so(net: Net) -> None:
    pen = net.join()
    request = pen.request(vector=())
    other = ExchangeRequest(9, 1, request.event, request.nonce, None, (), None, (), None)
    reply = net.client.post("/api/sync/v1/exchange", data=sign(to_payload(other), pen.key.as_device(), Typ.EXCHANGE))
    assert (reply.status_code, _problem(reply)["code"]) == (409, "other_version")


def test_a_snapshot_is_offered_served_in_ranges_and_holds_what_its_vector_says(net: Net) -> None:
    pen = net.join()
    tickets = net.server.issue(30, items=((LUNCH, 2),))
    net.call(pen, pen.request(tuple(pen.redeem(ticket).raw for ticket in tickets[:10]), vector=()))
    built = net.builder.build(net.server.event.id)
    assert (built.ticket_count, built.use_count) == (30, 10)
    net.server.clock.advance(3)
    answer = net.call(pen, pen.request(vector=()))
    assert answer.manifest == built.manifest
    assert net.call(pen, pen.request(vector=(), manifests=(built.manifest,))).manifest is None
    path = f"/api/sync/v1/snapshot/{built.admission.hex()}"
    with net.client.get(path) as whole, net.client.get(path, headers={"Range": "bytes=100-199"}) as part:
        assert (part.status_code, part.data) == (206, whole.data[100:200])
        tag = whole.headers["ETag"]
    with net.client.get(path, headers={"If-None-Match": tag}) as unchanged:
        assert unchanged.status_code == 304
    assert net.client.get("/api/sync/v1/snapshot/" + "0" * 64).status_code == 404
    assert net.client.get("/api/sync/v1/snapshot/..%2fetc").status_code in {400, 404}


def test_a_restored_server_takes_back_what_its_own_snapshot_proves(net: Net, tmp_path: Path) -> None:
    """Evidence: rows of a snapshot this server signed, but no longer remembers, join its fold flagged as recovered."""
    pen = net.join()
    [before] = net.server.issue()
    memory = _all_rows(net.server.db)
    [lost] = net.server.issue(items=((LUNCH, 3),))
    entry = pen.redeem(lost)
    net.call(pen, pen.request((entry.raw,), vector=()))
    built = net.builder.build(net.server.event.id)
    compressed = (tmp_path / "snapshots" / built.admission.hex()).read_bytes()
    _put_back(net.server.db, memory)
    after = Net(net.server, tmp_path)
    with net.server.db.read() as tx:
        assert lost not in ticket_store.by_ids(tx, net.server.event.id, [lost])
    answer = after.call(pen, pen.request(vector=(), manifests=(built.manifest,)))
    assert answer.wants_snapshots == (built.admission,)
    other = after.client.put(f"/api/sync/v1/snapshot/{built.admission.hex()}", data=b"something")
    assert other.status_code == 400
    reply = after.client.put(f"/api/sync/v1/snapshot/{built.admission.hex()}", data=compressed)
    assert reply.status_code == 204, reply.text
    with net.server.db.read() as tx:
        found = ticket_store.by_ids(tx, net.server.event.id, [lost, before])
        items = ticket_store.items_of(tx, net.server.event.id, [lost])
        uses = ticket_store.use_states(tx, net.server.event.id, [lost])
    assert found[lost].is_recovered
    assert found[lost].is_issued
    assert not found[before].is_recovered
    assert items[lost] == ((LUNCH, 3),)
    assert set(uses) == {entry.ref.digest}
    again = after.call(pen, pen.request(vector=(), manifests=(built.manifest,)))
    assert again.wants_snapshots == ()
    newer = after.builder.build(net.server.event.id)
    assert newer.ticket_count == 2
    with net.server.db.read() as tx:
        assert snapshot_store.newest(tx, net.server.event.id) == newer
    known = after.known.event(net.server.event.uid)
    now, then = open_manifest(known, newer.manifest), open_manifest(known, built.manifest)
    assert now is not None
    assert then is not None
    assert covers(now.vector, then.vector, NothingHeld())


def test_an_upload_that_is_not_asked_for_is_refused(net: Net) -> None:
    name, content = secrets.token_hex(32), b"something"
    assert net.client.put(f"/api/sync/v1/snapshot/{name}", data=content).status_code == 404
    assert net.client.put(f"/api/sync/v1/snapshot/{sha256(content).hexdigest()}", data=content).status_code == 404


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.sampled_from(["exchange", "enrol"]), st.booleans())
def test_any_bytes_as_a_request_are_answered_with_one_problem_shape(
    net: Net, raw: bytes, call: str, is_signed: bool
) -> None:
    key = SigningKey.generate().as_device()
    body = sign(raw, key, Typ.EXCHANGE if call == "exchange" else Typ.ENROLMENT) if is_signed else raw
    reply = net.client.post(f"/api/sync/v1/{call}", data=body)
    assert reply.status_code in {400, 401, 403, 429}
    assert reply.content_type == "application/problem+json"
    assert set(_problem(reply)) == {"type", "title", "status", "detail", "code"}


def _all_rows(db: Database) -> dict[str, list[dict[str, object]]]:
    with db.read() as tx:
        return {
            table.name: [dict(row._mapping) for row in tx.execute(table.select())]
            for table in all_tables().sorted_tables
        }


def _put_back(db: Database, memory: dict[str, list[dict[str, object]]]) -> None:
    tables = all_tables().sorted_tables
    with db.write() as tx:
        for table in reversed(tables):
            tx.execute(table.delete())
        for table in tables:
            if memory[table.name]:
                tx.execute(table.insert(), memory[table.name])


def test_entries_of_the_server_that_come_back_are_not_written_again(net: Net) -> None:
    """After a restore the scribe's own statements return from kiosks; their causes are then stated already."""
    pen = net.join()
    memory = _all_rows(net.server.db)
    [lost] = net.server.issue(key=b"the order")
    raws = net.call(pen, pen.request(vector=())).entries
    _put_back(net.server.db, memory)
    after = Net(net.server, Path("/nonexistent"))
    after.call(pen, pen.request(tuple(raws), vector=()))
    net.server.projector.catch_up(net.server.event.id)
    net.server.issue(key=b"the order")
    with net.server.db.read() as tx:
        stored = [
            stored_entry(one.raw, net.server.event.uid) for one in entry_store.after(tx, net.server.event.id, 0, 99)
        ]
        assert lost in ticket_store.by_ids(tx, net.server.event.id, [lost])
    assert sum(isinstance(one, Entry) and type(one.body).__name__ == "Issue" for one in stored) == 1


def test_unknown_kinds_are_kept_forwarded_and_fold_as_nothing(net: Net) -> None:
    pen, other = net.join(), net.join()
    known = pen.redeem(net.server.issue()[0])
    signed = open_unverified(known.raw, Typ.ENTRY)
    assert isinstance(signed, Signed)
    payload = cbor.decode(signed.payload, 65_536)
    assert isinstance(payload, list)
    payload[-1] = [200, "from a later version"]
    strange = sign(cbor.encode(payload), pen.key.as_device(), Typ.ENTRY)
    assert net.call(pen, pen.request((strange,), vector=())).rejected == ()
    assert strange in net.call(other, other.request(vector=())).entries
    net.server.projector.catch_up(net.server.event.id)
    assert net.server.projector.progress(net.server.event.id).position == len(net.server.positions())


def test_keys_of_another_device_sign_nothing_for_this_one(net: Net) -> None:
    pen = net.join()
    other = SigningKey.generate()
    raw = sign(to_payload(pen.request(vector=())), other.as_device().with_kid(pen.device), Typ.EXCHANGE)
    assert net.client.post("/api/sync/v1/exchange", data=raw).status_code == 401


def test_nothing_new_touches_no_table(net: Net) -> None:
    pen = net.join()
    cursor = net.call(pen, pen.request(vector=())).cursor
    net.call(pen, pen.request(cursor=cursor))
    asked: list[str] = []
    event.listen(net.server.db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for _ in range(5):
        assert net.call(pen, pen.request(cursor=cursor)).cursor == cursor
    assert asked == []
