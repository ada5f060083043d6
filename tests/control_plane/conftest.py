"""An API over a store of its own, called through ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from control_plane.app import create_app
from schemas.settings import Settings
from stores import Store
from tests.support.identity import SETTINGS, SIGNED_IN

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, demo_endpoint="http://127.0.0.1:9", fixed_now=NOW, id_seed="tests", **SETTINGS)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    application = create_app(settings, clock=lambda: NOW)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
def store(app: FastAPI) -> Store:
    found = app.state.context.store
    assert isinstance(found, Store)
    return found


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=SIGNED_IN) as client:
        yield client
