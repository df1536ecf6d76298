"""In which order an answer by vector brings what is lacked."""

from __future__ import annotations

from pathlib import Path

from common.entries import Entry, stored_entry
from syncserver.db.engine import Database
from tests.integration.syncserver.test_exchange import Net
from tests.support.server_world import make_server


def test_statements_come_first_so_that_certificates_are_there_before_what_they_vouch_for(
    db: Database, tmp_path: Path
) -> None:
    """Else a message full of entries nobody can check yet would come again and again."""
    net = Net(make_server(db, tmp_path), tmp_path)
    pens = [net.join() for _ in range(6)]
    for pen in pens:
        net.call(pen, pen.request((pen.redeem(net.server.issue()[0]).raw,), vector=()))
    found = [stored_entry(raw, net.server.event.uid) for raw in net.call(pens[0], pens[0].request(vector=())).entries]
    authors = [one.ref.identity.device for one in found if isinstance(one, Entry)]
    kiosks = {pen.device for pen in pens}
    assert len(authors) > len(pens)
    assert set(authors[-len(pens) :]) == kiosks
    assert not kiosks & set(authors[: -len(pens)])
