"""Importing this module fills the one MetaData with every table of the server."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import MetaData

from syncserver.db.base import metadata


def all_tables() -> MetaData:
    """The whole schema: each module `tables_*.py` of this folder adds its own part."""
    for module in sorted(Path(__file__).parent.glob("tables_*.py")):
        importlib.import_module(f"syncserver.db.{module.stem}")
    return metadata
