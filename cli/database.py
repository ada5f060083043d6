"""``sentinel db upgrade``."""

from __future__ import annotations

import asyncio
import sys

from cli.configuration import load_settings, make_home
from cli.exits import ExitCode
from schemas.addresses import masked


def upgrade_store() -> int:
    """Migrate the store of ``SENTINEL_STORE`` (or the one in the home folder)."""
    settings = load_settings()
    if not settings.store:
        make_home(settings)
    asyncio.run(_migrate(settings.store_url))
    print(f"store {masked(settings.store_url)} is at the schema of this version", file=sys.stderr)
    return ExitCode.CLEAN


async def _migrate(url: str) -> None:
    from stores import open_store

    store = open_store(url)
    try:
        await store.migrate()
    finally:
        await store.close()
