"""A kiosk that is killed between the commit of its first entry and the answer, as a flat battery would.

The fail point goes into the kiosk's composition root from outside; the kiosk at a gate has none.
"""

from __future__ import annotations

import os
import signal
import sys

from common.clock import SystemClock
from kiosk.cli import main
from kiosk.failpoints import Failpoints
from kiosk.root import Options


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    doom = Failpoints({"after-commit-before-show": _die})
    sys.exit(main(sys.argv[1:], Options(SystemClock(), doom)))
