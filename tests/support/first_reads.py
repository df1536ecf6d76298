"""A process whose threads all read entries and messages for the very first time at once.

`python -m tests.support.first_reads` ends with 0 and says how many it read; a library that studies a type while another
thread already uses it ends it by a signal instead.
"""

from __future__ import annotations

import sys
import threading

from common.entries import Entry, stored_entry
from common.exchange import ExchangeRequest, from_payload, to_payload
from tests.support.entry_makers import BODIES, make_entry
from tests.support.signed_things import EVENT

THREADS = 8


def main() -> None:
    """Write, then let eight threads loose at once."""
    sys.setswitchinterval(1e-6)
    raws = [make_entry(body).raw for body in BODIES.values()]
    request = to_payload(ExchangeRequest(1, 1, EVENT, b"n" * 16, None, tuple(raws), None, None, None))
    gate, found = threading.Barrier(THREADS), []

    def read(turn: int) -> None:
        gate.wait()
        for raw in raws[turn:] + raws[:turn]:
            found.append(isinstance(stored_entry(raw, EVENT), Entry))
            found.append(isinstance(from_payload(request, ExchangeRequest), ExchangeRequest))

    threads = [threading.Thread(target=read, args=(turn,)) for turn in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(found) if all(found) else "some could not be read")


if __name__ == "__main__":
    main()
