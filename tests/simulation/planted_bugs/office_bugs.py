"""Bugs where the server folds, states, builds and restores."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from common import conflicts as conflicts_module
from common.bodies import Block, Cancel, Entitle, Reissue, Void
from common.entries import Entry, EntryFault
from common.facts import Standing, UseFact, VoidFact
from syncserver.services import projector as projector_module
from syncserver.services import proofs as proofs_module
from syncserver.services import scribe as scribe_module
from syncserver.services import snapshot_builder as builder_module
from syncserver.services import statements as statements_module
from syncserver.services import ticket_fold
from syncserver.services.ingest import Ingest
from syncserver.services.projector import Projector
from syncserver.stores import conflicts as conflict_store
from syncserver.stores import entries as entry_store
from tests.simulation.swapping import all_swapped, real_of, swapped

Plant = Callable[[], AbstractContextManager[None]]


def doubles_not_listed() -> AbstractContextManager[None]:
    """Admissions that had not heard of each other are in order where their times differ."""
    return swapped(conflicts_module, "doubles_among", lambda _product, _counted, _known: ())


def items_beyond_not_listed() -> AbstractContextManager[None]:
    """More items than bought are nobody's conflict."""
    return swapped(conflicts_module._Judged, "_beyond", lambda _self, _view, _counted, _shifts: iter(()))


def undo_not_folded() -> AbstractContextManager[None]:
    """The server does not fold what a kiosk took back."""
    return _fold_without(Void)


def later_items_not_folded() -> AbstractContextManager[None]:
    """The projector leaves out what was bought later; so does the scribe."""
    return _fold_without(Entitle)


def _fold_without(kind: type) -> AbstractContextManager[None]:
    real = projector_module.apply_entries

    def apply_entries(tx: Any, event: Any, ring: Any, found: Any, *more: Any) -> None:  # noqa: ANN401
        real(tx, event, ring, [entry for entry in found if not isinstance(entry.body, kind)], *more)

    return all_swapped(
        (projector_module, "apply_entries", apply_entries), (scribe_module, "apply_entries", apply_entries)
    )


def returned_statements_not_folded() -> AbstractContextManager[None]:
    """The projector leaves the server's own statements out: the scribe applies them when it writes them."""
    real = projector_module.apply_entries

    def apply_entries(tx: Any, event: Any, ring: Any, found: Any, *more: Any) -> None:  # noqa: ANN401
        others = [entry for entry in found if entry.ref.identity.device not in ring.servers]
        real(tx, event, ring, others, *more)

    return swapped(projector_module, "apply_entries", apply_entries)


def statements_too_old_to_return() -> AbstractContextManager[None]:
    """Blocks, cancellations and reissues of the server that come back are put aside as long known."""
    real = Ingest._opened

    def opened(self: Ingest, event: Any, raws: Any) -> Any:  # noqa: ANN401 - as the real one
        return [
            EntryFault.UNCHAINED if isinstance(e, Entry) and isinstance(e.body, Block | Cancel | Reissue) else e
            for e in real(self, event, raws)
        ]

    return swapped(Ingest, "_opened", opened)


def snapshots_lack_undo() -> AbstractContextManager[None]:
    """Facts are packed without what was taken back."""
    real = real_of(ticket_fold, "pack_facts")

    def pack(facts: Any, *parts: Any) -> Any:  # noqa: ANN401 - as the real one
        return real([fact for fact in facts if not isinstance(fact, VoidFact)], *parts)

    return swapped(ticket_fold, "pack_facts", pack)


def _believing(use: UseFact) -> Standing:
    return Standing.CLAIMED if use.proof is None else Standing.PROVEN


def server_believes_any_proof() -> AbstractContextManager[None]:
    """The server takes a proof for good without computing it, when it folds and when it looks again."""
    return all_swapped(
        (projector_module, "judge", lambda _key, _event: _believing),
        (proofs_module, "judge", lambda _key, _event: _believing),
    )


def reissue_accepts_all_uses() -> AbstractContextManager[None]:
    """A reissue names all uses that count as accepted, proven or not."""
    return swapped(statements_module, "judge", lambda _key, _event: lambda _use: Standing.PROVEN)


def manifest_ahead_of_the_fold() -> AbstractContextManager[None]:
    """A snapshot is built without folding first, and its vector is that of all entries."""

    def vector(tx: Any, event_id: int, _until: int) -> Any:  # noqa: ANN401 - a vector
        return entry_store.vector(tx, event_id)

    def catch_up(_self: Projector, _event_id: int) -> None:
        return None

    return all_swapped((builder_module, "_vector", vector), (Projector, "catch_up", catch_up))


def conflicts_forgotten_at_each_fold() -> AbstractContextManager[None]:
    """A ticket's conflicts are taken off the list whenever something new is heard of it."""
    real = conflict_store.put

    def put(tx: Any, event_id: int, of_tickets: Any, _new: Any) -> None:  # noqa: ANN401 - as the real one
        real(tx, event_id, of_tickets, [])

    return swapped(conflict_store, "put", put)


BUGS: Final[dict[str, tuple[Plant, ...]]] = {
    "no-double": (
        doubles_not_listed,
        items_beyond_not_listed,
        conflicts_forgotten_at_each_fold,
    ),
    "same-ledger": (undo_not_folded, later_items_not_folded, snapshots_lack_undo),
    "no-forgery": (server_believes_any_proof, reissue_accepts_all_uses),
    "honest-vectors": (manifest_ahead_of_the_fold,),
    "remembered": (returned_statements_not_folded, statements_too_old_to_return),
}
