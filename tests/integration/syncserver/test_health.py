"""Health is asked for by machines: it tells whether the process lives and whether it can work."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from syncserver.api.health import health_blueprint
from syncserver.db.engine import Database


def test_health_says_when_the_database_is_gone(db: Database, tmp_path: Path) -> None:
    app = Flask("test")
    app.testing = True
    app.register_blueprint(health_blueprint(db))
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    gone = Flask("gone")
    gone.testing = True
    gone.register_blueprint(health_blueprint(Database(f"sqlite:///{tmp_path / 'no folder' / 'x.sqlite'}")))
    assert gone.test_client().get("/healthz").status_code == 200
    assert gone.test_client().get("/readyz").status_code == 503
