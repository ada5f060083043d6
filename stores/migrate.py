"""Migrations, run by the program itself: no file of settings, no shell."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from stores.database import Database
from stores.errors import explained

HEAD: Final = "v0012"
"""The revision that this version of the program needs."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""Alembic keeps its context in a global of the process."""
_SCRIPTS: Final = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Bring its tables to ``HEAD``. Blocks. Safe in several processes at once. Raises ``StoreError``."""
    with explained(database.place), _ONE_AT_A_TIME:
        database.migrate(lambda connection: command.upgrade(_config(connection), "head"))


def downgrade(database: Database, revision: str) -> None:
    """Back to an older revision, or to ``base``: no tables. Blocks. Raises ``StoreError``."""
    with explained(database.place), _ONE_AT_A_TIME:
        database.migrate(lambda connection: command.downgrade(_config(connection), revision))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
