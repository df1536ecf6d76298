from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.meta.checkers.directions import homeless_libraries, wrong_directions
from tests.meta.checkers.tree import PRODUCT, Source, python_files, report


def test_imports_flow_one_way() -> None:
    findings = wrong_directions(python_files(*PRODUCT))
    assert not findings, report(findings)


def test_libraries_stay_in_the_folders_they_belong_to() -> None:
    findings = homeless_libraries(python_files(*PRODUCT))
    assert not findings, report(findings)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("common/passes.py", "import kiosk.station"),
        ("common/passes.py", "def f():\n    from syncserver import app"),
        ("kiosk/station.py", "from syncserver.services import orders"),
        ("kiosk/station.py", "import shop_web"),
        ("kiosk/input/camera.py", "from kiosk.store import journal"),
        ("kiosk/machine/files.py", "from kiosk.store.faults import trouble_of_os"),
        ("shop_web/views.py", "from syncserver.stores import orders"),
        ("shop_web/views.py", "from syncserver import stores"),
        ("shop_web/views.py", "from syncserver.db.engine import Engine"),
        ("syncserver/cli.py", "import shop_web"),
        ("syncserver/services/orders.py", "from kiosk import station"),
        ("syncserver/services/orders.py", "from syncserver.api import exchange"),
        ("syncserver/api/exchange.py", "from syncserver.stores import entries"),
        ("syncserver/stores/entries.py", "from syncserver.services import ingest"),
        ("syncserver/db/schema.py", "from syncserver.stores import entries"),
        ("syncserver/app.py", "from tests.support import clocks"),
    ],
)
def test_an_import_against_the_stream_is_found(path: str, code: str) -> None:
    assert wrong_directions([Source(PurePosixPath(path), code)])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("common/passes.py", "from common.envelope import verify\nimport sqlalchemy"),
        ("kiosk/ui/app.py", "from kiosk.station import Station\nfrom common import ids"),
        (
            "kiosk/machine/files.py",
            "from common.durable import sync_folder\nfrom kiosk.machine.windows import move_through",
        ),
        ("shop_web/views.py", "from syncserver.services import orders\nfrom syncserver.services.holds import take"),
        ("syncserver/app.py", "import shop_web\nfrom shop_web.views import blueprint"),
        ("syncserver/cli.py", "from syncserver.app import create_app"),
        ("syncserver/services/orders.py", "from syncserver.stores import orders"),
        (
            "syncserver/stores/entries.py",
            "from syncserver.db.schema import entries\nfrom syncserver.stores.rows import row",
        ),
    ],
)
def test_an_import_with_the_stream_is_not(path: str, code: str) -> None:
    assert not wrong_directions([Source(PurePosixPath(path), code)])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("kiosk/station.py", "import kivy.clock"),
        ("kiosk/station.py", "from kivy.clock import Clock"),
        ("kiosk/sync/loop.py", "import sqlite3"),
        ("common/ledger.py", "import sqlite3"),
        ("syncserver/services/orders.py", "from sqlalchemy import select"),
        ("syncserver/services/orders.py", "import sqlalchemy as sa\nsa.text('x')"),
        ("syncserver/api/exchange.py", "from sqlalchemy.dialects import postgresql"),
        ("shop_web/views.py", "import psycopg"),
        ("syncserver/cli.py", "from alembic import command"),
        ("kiosk/station.py", "import webauthn"),
    ],
)
def test_a_library_far_from_home_is_found(path: str, code: str) -> None:
    assert homeless_libraries([Source(PurePosixPath(path), code)])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("kiosk/ui/app.py", "from kivy.app import App"),
        ("kiosk/store/journal.py", "import sqlite3"),
        ("syncserver/stores/orders.py", "from sqlalchemy import select, text"),
        (
            "syncserver/services/orders.py",
            "from sqlalchemy import Connection\nfrom sqlalchemy.exc import IntegrityError",
        ),
        ("syncserver/services/orders.py", "from sqlalchemy.orm import Session"),
    ],
)
def test_a_library_at_home_is_not(path: str, code: str) -> None:
    assert not homeless_libraries([Source(PurePosixPath(path), code)])
