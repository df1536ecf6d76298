"""Who may import whom, and which library belongs to which folder."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.meta.checkers.names import Use, imported_modules, used_names
from tests.meta.checkers.tree import PRODUCT, Finding, Source, is_below, parsed

# Folder -> our own modules it may import, the narrowest folder that fits a file counts.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "common": ("common",),
    "kiosk": ("common", "kiosk"),
    "kiosk/machine": ("common", "kiosk.machine"),
    "shop_web": ("common", "shop_web", "syncserver.services"),
    "syncserver": ("common", "syncserver"),
    "syncserver/app.py": PRODUCT,
    "syncserver/db": ("common", "syncserver.db"),
    # Below the services, but the frozen values they speak in are the same.
    "syncserver/stores": (
        "common",
        "syncserver.db",
        "syncserver.stores",
        "syncserver.jobs.model",
        "syncserver.services.event_file.model",
        "syncserver.services.payment_provider",
    ),
}
# Folder -> our own modules it must not import although the row above would let it: layers point downwards.
MUST_NOT_IMPORT: dict[str, tuple[str, ...]] = {
    "kiosk/store": ("kiosk.station", "kiosk.sync", "kiosk.ui", "kiosk.headless", "kiosk.input"),
    "kiosk/input": ("kiosk.station", "kiosk.store", "kiosk.sync", "kiosk.ui", "kiosk.headless"),
    "syncserver/services": ("syncserver.app", "syncserver.api", "syncserver.admin", "syncserver.dashboards"),
    "syncserver/api": ("syncserver.app", "syncserver.stores", "syncserver.admin", "syncserver.dashboards"),
    "syncserver/admin": ("syncserver.app", "syncserver.stores", "syncserver.api", "syncserver.dashboards"),
    "syncserver/dashboards": ("syncserver.app", "syncserver.stores", "syncserver.api", "syncserver.admin"),
}
# Library -> the only places in the product that may import it.
LIBRARY_HOME: dict[str, tuple[str, ...]] = {
    "kivy": ("kiosk/ui",),
    "sqlite3": ("kiosk/store", "syncserver/db", "syncserver/stores"),
    "sqlite_utils": ("kiosk/store", "syncserver/db", "syncserver/stores"),
    "alembic": ("syncserver/db",),
    "psycopg": ("syncserver/db", "syncserver/stores"),
    "webauthn": ("syncserver/services/passkeys.py",),
}
# What a service that owns a transaction must name; everything else of SQLAlchemy builds SQL.
SQLALCHEMY_ANYWHERE = (
    "sqlalchemy.Connection",
    "sqlalchemy.Engine",
    "sqlalchemy.Row",
    "sqlalchemy.engine",
    "sqlalchemy.exc",
    "sqlalchemy.orm.Session",
    "sqlalchemy.orm.sessionmaker",
)
SQL_FOLDERS = ("kiosk/store", "syncserver/db", "syncserver/stores")
# The tables of the one SQLite file that server and kiosk exchange: a format, so it stands in common, as text only.
SQL_FORMATS = ("common/snapshot_format.py",)


def wrong_directions(sources: Iterable[Source]) -> list[Finding]:
    """Imports of our own modules against the stream."""
    return [
        Finding(source.path, use.line, f"must not import {use.name}: imports flow one way (see {__name__})")
        for source in sources
        for use in imported_modules(parsed(source))
        if use.name.partition(".")[0] in (*PRODUCT, "tests") and not _may_import(source.path, use.name)
    ]


def _may_import(path: PurePosixPath, module: str) -> bool:
    allowed, refused = _narrowest(MAY_IMPORT, path), _narrowest(MUST_NOT_IMPORT, path)
    # `from syncserver import services` names the package on its way to a part of it.
    on_the_way = any(one.startswith(f"{module}.") for one in allowed)
    return (_covers(allowed, module) or on_the_way) and not _covers(refused, module)


def _narrowest(table: dict[str, tuple[str, ...]], path: PurePosixPath) -> tuple[str, ...]:
    fitting = [folder for folder in table if path.is_relative_to(folder)]
    return table[max(fitting, key=len)] if fitting else ()


def _covers(modules: tuple[str, ...], name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def homeless_libraries(sources: Iterable[Source]) -> list[Finding]:
    """Libraries imported outside the folders they belong to, and SQLAlchemy used to build SQL outside the stores."""
    found: list[Finding] = []
    for source in sources:
        tree = parsed(source)
        found += [Finding(source.path, use.line, what) for use, what in _library_faults(source.path, tree)]
    return found


def _library_faults(path: PurePosixPath, tree: ast.AST) -> Iterator[tuple[Use, str]]:
    for use in imported_modules(tree):
        home = LIBRARY_HOME.get(use.name.partition(".")[0])
        if home and not is_below(path, *home):
            yield use, f"{use.name} belongs to {', '.join(home)}"
    if not is_below(path, *SQL_FOLDERS):
        for use in used_names(tree):
            if use.name.startswith("sqlalchemy.") and not _known_outside(use.name):
                yield use, f"{use.name} builds SQL: that belongs to {', '.join(SQL_FOLDERS)}"


def _known_outside(name: str) -> bool:
    on_the_way = any(one.startswith(f"{name}.") for one in SQLALCHEMY_ANYWHERE)
    return on_the_way or _covers(SQLALCHEMY_ANYWHERE, name)
