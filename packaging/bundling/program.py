"""What the bundle starts: `rallygate-kiosk` with all its commands, where no Python is installed."""

from __future__ import annotations

import sys

from kiosk.cli import main

sys.exit(main())
