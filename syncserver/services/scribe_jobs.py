"""The scribe's jobs: each statement asked for through the queue is written and marked done in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from common.decide import SUPERVISING
from common.entries import Entry
from common.ids import DeviceId, PointNo, TicketId
from syncserver.jobs.model import GiveUp, Handler, JobContext
from syncserver.jobs.statement_args import (
    BLOCK,
    CANCEL,
    CATALOGUE,
    CHANGE,
    DEVICE,
    ENTITLE,
    ISSUE,
    MOVED,
    REISSUE,
    REVOKE,
    BlockArgs,
    CancelArgs,
    CatalogueArgs,
    ChangeArgs,
    DeviceArgs,
    EntitleArgs,
    IssueArgs,
    MovedArgs,
    ReissueArgs,
    RevokeArgs,
)
from syncserver.services import statements
from syncserver.services.scribe import Desk, Scribe
from syncserver.stores import badges as badge_store
from syncserver.stores import devices as device_store

A = TypeVar(
    "A",
    IssueArgs,
    EntitleArgs,
    CancelArgs,
    ChangeArgs,
    BlockArgs,
    ReissueArgs,
    DeviceArgs,
    RevokeArgs,
    CatalogueArgs,
    MovedArgs,
)


def scribe_handlers(scribe: Scribe) -> Mapping[str, Handler]:
    """Handlers of the queue `scribe` by job name."""
    return {
        ISSUE: _stating(scribe, IssueArgs, lambda desk, a: statements.issue(desk, a.key, a.tickets)),
        ENTITLE: _stating(scribe, EntitleArgs, lambda desk, a: statements.entitle(desk, a.key, a.grants)),
        CANCEL: _stating(scribe, CancelArgs, lambda desk, a: statements.cancel(desk, a.key, a.cancelled)),
        CHANGE: _stating(scribe, ChangeArgs, lambda desk, a: statements.change_product(desk, a.key, a.changes)),
        BLOCK: _stating(scribe, BlockArgs, _block),
        REISSUE: _stating(scribe, ReissueArgs, lambda desk, a: statements.reissue(desk, a.key, TicketId(a.ticket))),
        MOVED: _stating(scribe, MovedArgs, _state_move),
        DEVICE: _stating(scribe, DeviceArgs, _move_device),
        REVOKE: _stating(scribe, RevokeArgs, lambda d, a: statements.revoke(d, a.key, DeviceId(a.device), a.why)),
        CATALOGUE: _stating(scribe, CatalogueArgs, lambda desk, a: statements.catalogue(desk, a.key, a.version)),
    }


def _stating(scribe: Scribe, kind: type[A], write: Callable[[Desk, A], object]) -> Handler:
    def handle(job: JobContext) -> None:
        args: msgspec.Struct = job.args(kind)
        with job.finishing() as tx:
            write(scribe.open(tx, args.event_id), args)  # type: ignore[attr-defined, arg-type]

    return handle


def _block(desk: Desk, args: BlockArgs) -> object:
    return statements.block(desk, args.key, TicketId(args.ticket), args.why, blocked=args.blocked)


def _move_device(desk: Desk, args: DeviceArgs) -> object:
    known = device_store.by_id(desk.tx, desk.event.id, args.device)
    if known is None:
        raise GiveUp(f"device {args.device.hex()} is not known here: it has to enrol first")
    point = None if args.point is None else PointNo(args.point)
    return statements.device(desk, args.key, DeviceId(args.device), known.certificate, args.name, point)


def _state_move(desk: Desk, args: MovedArgs) -> Entry | None:
    """State that the kiosk stands where its people say; nothing where the server's own word is another by now.

    A move that no supervisor answered for stays an entry and states nothing.
    """
    known = device_store.by_id(desk.tx, desk.event.id, args.device)
    if known is None or known.is_revoked or known.point_no != args.before or not _is_supervised(desk, args):
        return None
    return statements.device(
        desk, args.entry, DeviceId(args.device), known.certificate, known.name, PointNo(args.point)
    )


def _is_supervised(desk: Desk, args: MovedArgs) -> bool:
    badge = None if args.operator is None else badge_store.by_id(desk.tx, desk.event.id, args.operator)
    return badge is not None and not badge.is_withdrawn and not SUPERVISING.isdisjoint(badge.roles.split(","))
