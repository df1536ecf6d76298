from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.meta.checkers.calls import own_clocks, stray_sql, swallowed_exceptions
from tests.meta.checkers.tree import PRODUCT, Source, python_files, report

HERE = PurePosixPath("kiosk/sample.py")


def test_only_the_clock_asks_for_the_time() -> None:
    findings = own_clocks(python_files(*PRODUCT))
    assert not findings, report(findings)


def test_no_exception_vanishes() -> None:
    findings = swallowed_exceptions(python_files())
    assert not findings, report(findings)


def test_sql_stands_only_in_the_stores() -> None:
    findings = stray_sql(python_files(*PRODUCT))
    assert not findings, report(findings)


@pytest.mark.parametrize(
    "code",
    [
        "import time\nx = time.time()",
        "import time as t\nx = t.monotonic_ns()",
        "from time import perf_counter as tick\nx = tick()",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)",
        "from datetime import datetime, UTC\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.date.today()",
        "import time\ndef f(clock=time.time): ...",
    ],
)
def test_a_clock_of_ones_own_is_found(code: str) -> None:
    assert own_clocks([Source(HERE, code)])


def test_durations_and_conversions_are_no_clocks() -> None:
    code = "import time\nfrom datetime import UTC, datetime\ntime.sleep(1)\nx = datetime.fromtimestamp(5, UTC)"
    assert not own_clocks([Source(HERE, code)])
    assert not own_clocks([Source(PurePosixPath("common/clock.py"), "import time\ntime.time_ns()")])


@pytest.mark.parametrize(
    "handler",
    ["except ValueError:\n    pass", "except Exception:\n    ...", "except:\n    print(1)", "except E:\n    'why'"],
)
def test_a_vanishing_exception_is_found(handler: str) -> None:
    assert swallowed_exceptions([Source(HERE, f"try:\n    f()\n{handler}")])


def test_a_handled_exception_is_not() -> None:
    assert not swallowed_exceptions([Source(HERE, "try:\n    f()\nexcept ValueError:\n    g()")])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM t",
        "\n  INSERT OR IGNORE INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "PRAGMA user_version",
    ],
)
def test_sql_outside_the_stores_is_found(text: str) -> None:
    assert stray_sql([Source(HERE, f"x = {text!r}")])
    assert stray_sql([Source(HERE, f"x = f{text + '{n}'!r}")])
    assert not stray_sql([Source(PurePosixPath("kiosk/store/sample.py"), f"x = {text!r}")])


def test_prose_about_sql_is_not() -> None:
    assert not stray_sql([Source(HERE, 'def f():\n    """SELECT is not said here."""\n    x = "Update the app"')])
