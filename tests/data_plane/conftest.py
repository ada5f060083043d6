from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus import open_bus
from data_plane.backbone import Backbone
from schemas.settings import Settings
from schemas.topics import TOPICS
from stores import open_store
from stores.database import Database
from stores.migrate import upgrade

_migrating = threading.Lock()


def migrate_alone(database: Database) -> None:
    """Alembic keeps its context in the process: two stores of one process are migrated one after the other."""
    with _migrating:
        upgrade(database)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, lease_seconds=1.0, tick_seconds=0.05, worker_tasks=2)


async def open_backbone(settings: Settings) -> Backbone:
    """What one more process would open."""
    backbone = Backbone(settings, open_store(settings.store_url), open_bus(settings.bus_url))
    await asyncio.to_thread(migrate_alone, backbone.store.database)
    await backbone.bus.start(TOPICS)
    return backbone


@pytest.fixture
async def backbone(settings: Settings) -> AsyncIterator[Backbone]:
    opened = await open_backbone(settings)
    yield opened
    await opened.close()


@pytest.fixture
async def other(settings: Settings, backbone: Backbone) -> AsyncIterator[Backbone]:
    """A second process over the same files."""
    opened = await open_backbone(settings)
    yield opened
    await opened.close()
