"""Migrations, run by the program itself: no file of settings, no shell."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from stores.errors import BUSY_SECONDS, explained
from stores.sqlite import migrating_engine

HEAD: Final = "v0002"
"""The revision that this version of the program needs."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""Alembic keeps its context in a global of the process."""
_SCRIPTS: Final = Path(__file__).parent / "migrations"


def upgrade(path: Path) -> None:
    """Create the file and bring its tables to ``HEAD``. Blocks. Safe in several processes at once.

    Raises ``StoreError``.
    """
    with explained(path), _ONE_AT_A_TIME:
        path.parent.mkdir(parents=True, exist_ok=True)
        _switch_to_wal(path)
        engine = migrating_engine(path)
        try:
            with engine.begin() as connection:
                command.upgrade(_config(connection), "head")
        finally:
            engine.dispose()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _switch_to_wal(path: Path) -> None:
    """The switch does not wait for its lock as other statements do: two processes may create the file at once."""
    until = time.monotonic() + BUSY_SECONDS
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        while not _switched(connection, until):
            time.sleep(0.02)


def _switched(connection: sqlite3.Connection, until: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) or time.monotonic() > until:
            raise
        return False
    return True
