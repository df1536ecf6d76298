"""Keys that change: rotated while a kiosk is offline, withdrawn because one was stolen."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.decimal_text import to_decimal
from common.decision import Outcome, Reason
from common.errors import BadInput
from common.ids import TicketId
from common.passes import Pass, sign_pass
from common.signing import SigningKey
from common.ticket_code import derive_code
from syncserver.db.tables_sync import key_lists as table
from syncserver.services.issue_passes import PassText, passes_of
from syncserver.services.keys import KeyStore, publish_key_list
from syncserver.stores import key_lists
from tests.support.server_world import FOUR_DAYS
from tests.support.whole_world import Guest, WholeWorld


def kid_in_use(world: WholeWorld, use: str) -> str:
    (kid,) = (k.kid for k in world.services.rotation.listed(world.event.id) if (k.use, k.state) == (use, "in use"))
    return kid


def again(world: WholeWorld, pass_: PassText) -> str:
    """The same ticket's pass, signed now."""
    with world.services.db.read() as tx:
        (fresh,) = passes_of(tx, world.services.keys, world.event.id, [pass_.ticket])
    return fresh.digits


def signed_by(world: WholeWorld, key: SigningKey, ticket: TicketId) -> str:
    """A pass for a ticket nobody has issued, as whoever holds a stolen key makes them."""
    code = derive_code(bytes(32), ticket, 0)
    now_s = world.clock.now_ms() // 1000
    made = Pass(world.event.uid, ticket, code, 0, now_s - 60, now_s + 86_400, None, FOUR_DAYS, (), key.kid)
    return to_decimal(sign_pass(made, key))


@pytest.mark.parametrize("use", ["pass", "badge", "scribe", "online"])
def test_a_key_rotated_while_a_kiosk_was_offline_is_known_to_it_in_advance(world: WholeWorld, use: str) -> None:
    (first,) = world.issue(Guest("Anna"))
    world.build()
    gate = world.gate()
    gate.transport.is_down = True
    world.services.rotation.rotate(world.event.id, use)
    (later,) = world.issue(Guest("Bára"))
    assert gate.verdict(later.digits).outcome is Outcome.ADMIT  # sold since, signed by the key the kiosk was told of
    assert gate.verdict(first.digits).outcome is Outcome.ADMIT  # the old key's passes stay good
    badge = world.badge()
    gate.scan(badge.digits)
    gate.transport.is_down = False
    gate.settle()
    assert gate.front.sync.state.connected
    assert gate.front.sync.party.ring.key_list.version > 1
    world.services.rotation.rotate(world.event.id, use)
    gate.settle()
    (last,) = world.issue(Guest("Cyril"))
    world.build()
    gate.idle()
    assert len(gate.front.kiosk.stores.snapshots.in_use) == 1
    assert gate.verdict(again(world, last)).outcome is Outcome.ADMIT


def test_a_withdrawn_keys_passes_stay_good_where_they_were_heard_of_and_no_others(world: WholeWorld) -> None:
    thief = world.services.keys.of(world.event.uid).pass_
    (old, unused) = world.issue(Guest("Anna"), Guest("Bára"))
    world.build()
    gate = world.gate()
    forged = signed_by(world, thief, TicketId(b"made up!"))
    assert gate.verdict(forged).outcome is Outcome.ADMIT  # so far nobody can tell: the signature holds
    kid = kid_in_use(world, "pass")
    assert world.services.rotation.withdraw(world.event.id, kid) == "pass"
    gate.settle()
    assert gate.reason(signed_by(world, thief, TicketId(b"made up2"))) is Reason.REVOKED
    assert gate.verdict(old.digits).outcome is Outcome.ADMIT
    fresh = again(world, unused)
    assert fresh != unused.digits
    assert gate.verdict(fresh).outcome is Outcome.ADMIT
    states = {k.kid: k.state for k in world.services.rotation.listed(world.event.id)}
    assert states[kid] == "withdrawn"


def test_a_withdrawal_survives_a_restore_of_an_old_database(world: WholeWorld, tmp_path: Path) -> None:
    """The list is made anew from the folder of keys, and its version is above what the kiosks have seen."""
    kid = kid_in_use(world, "pass")
    with world.services.db.read() as tx:
        before = key_lists.newest(tx, world.event.id)
    world.advance(3600)
    world.services.rotation.withdraw(world.event.id, kid)
    with world.services.db.read() as tx:
        told = key_lists.newest(tx, world.event.id)
    assert before is not None
    assert told is not None
    bundle = world.services.keys.export(world.event.uid, "a long passphrase")
    elsewhere = KeyStore(tmp_path / "elsewhere")
    elsewhere.import_(bundle, "a long passphrase")
    world.advance(600)
    with world.services.db.write() as tx:
        tx.execute(table.delete().where(table.c.version > before[0]))
        version = publish_key_list(tx, world.clock, elsewhere, world.event)
    assert version > told[0]
    assert {k.state for k in world.services.rotation.listed(world.event.id) if k.kid == kid} == {"withdrawn"}


def test_a_withdrawn_badge_key_makes_its_badges_strangers(world: WholeWorld) -> None:
    badge = world.badge()
    world.build()
    gate = world.gate()
    gate.sign_on(badge)
    world.services.rotation.withdraw(world.event.id, kid_in_use(world, "badge"))
    gate.settle()
    assert gate.verdict(badge.digits).outcome is Outcome.REFUSE


def test_what_cannot_be_withdrawn_is_told(world: WholeWorld) -> None:
    with pytest.raises(BadInput, match="rotate it instead"):
        world.services.rotation.withdraw(world.event.id, kid_in_use(world, "scribe"))
    with pytest.raises(BadInput, match="keys list"):
        world.services.rotation.withdraw(world.event.id, "00000000")


def test_a_running_server_takes_up_a_key_that_another_process_rotated(world: WholeWorld) -> None:
    other = KeyStore(world.services.config.keys)
    before = world.services.keys.of(world.event.uid).pass_.kid
    other.rotate(world.event.uid, "pass")
    assert world.services.keys.of(world.event.uid).pass_.kid == other.of(world.event.uid).pass_.kid != before


@pytest.mark.parametrize("use", ["pass", "badge", "scribe", "online"])
def test_a_start_after_a_restore_older_than_a_rotation_tells_everybody_the_keys_of_now(
    world: WholeWorld, use: str
) -> None:
    world.build()
    gate = world.gate()
    assert world.services.rotation.refresh() == ()
    rotation, event_id = world.services.rotation, world.event.id
    with world.services.db.read() as tx:
        known = key_lists.newest(tx, event_id)
    assert known is not None
    world.advance(3600)
    rotation.rotate(event_id, use)
    gate.settle()
    heard = gate.front.sync.party.ring.key_list
    with world.services.db.write() as tx:  # the database as it was before
        tx.execute(table.delete().where(table.c.event_id == event_id, table.c.version > known[0]))
    world.advance(600)
    assert rotation.refresh() == (world.event.key,)
    assert rotation.refresh() == ()
    gate.settle()
    told = gate.front.sync.party.ring.key_list
    assert told.version > heard.version
    assert {entry.public for entry in told.keys} == {entry.public for entry in heard.keys}
