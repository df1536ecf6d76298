"""What a WSGI server imports: `syncserver.wsgi:app`. Settings come from the environment."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from syncserver.app import create_app, make_services
from syncserver.config import config_from
from syncserver.db.in_use import InUse
from syncserver.logs import set_up_logs

# A thread that computes gives way to one that waits only after this long, 5 ms by default. A request waits some twenty
# times (each look into the database), so one busy loop beside it would make tenths of a second of a few milliseconds.
sys.setswitchinterval(0.000_5)

config = config_from(os.environ)
set_up_logs(config.log_level)
services = make_services(config)
app = create_app(config, services)

# The search for garbage in circles took 1.5 ms of CPU a whole order, most of it in what is there for good.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)

# SQLite has one writer: the process that serves also works. With PostgreSQL `rallygate-server worker` does that.
if services.db.is_sqlite:
    in_use = InUse(services.db)  # held until the process ends
    background = services.background()
    background.start()
    atexit.register(background.stop)
