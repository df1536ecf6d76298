"""Whether a proof of scan holds: only who has the code key can say so."""

from __future__ import annotations

from common.facts import UseFact
from common.ledger import CheckProof
from common.ticket_code import derive_code, is_proven
from syncserver.stores.events import EventRow


def judge(code_key: bytes, event: EventRow) -> CheckProof:
    """Tells of a use of this event whether the kiosk that wrote it really had the pass before it."""

    def holds(use: UseFact) -> bool:
        name = use.ref.identity
        code = derive_code(code_key, use.ticket, use.generation)
        return use.proof is not None and is_proven(use.proof, code, event.uid, name.device, name.run, name.number)

    return holds
