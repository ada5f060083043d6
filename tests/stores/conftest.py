from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from stores import Store, open_store

Opener = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind that there is."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
async def opener(url: str) -> AsyncIterator[Opener]:
    """Opens the same store again, as another process would."""
    opened: list[Store] = []

    async def open_again() -> Store:
        opened.append(open_store(url))
        return opened[-1]

    yield open_again
    for store in opened:
        await store.close()


@pytest.fixture
async def store(opener: Opener) -> Store:
    opened = await opener()
    await opened.migrate()
    return opened


@pytest.fixture
async def other(opener: Opener, store: Store) -> Store:
    """A second one over the same data."""
    return await opener()
