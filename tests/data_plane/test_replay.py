"""Replay: what was stored of the events is stored again, row by row, and nothing else changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from data_plane.backbone import Backbone
from data_plane.replay.rebuild import Replay
from schemas.settings import Settings
from stores import Store, facts, open_store
from tests.data_plane.conftest import open_backbone
from tests.data_plane.replaying import all_published, differing, live, rows_of
from tests.support.kafka import own_broker

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("replay")]


STORES = [pytest.param(("sqlite", store), id=store) for store in ("sqlite", "postgres")]


@pytest.fixture
def broker(kafka_means: None) -> Iterator[str]:
    """Of this test alone: the topics have their real names."""
    with own_broker() as (address, _):
        yield address


@pytest.fixture
async def original(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backbone]:
    """After four scans."""
    bus, store = request.param
    wanted: dict[str, Any] = {"bus": f"kafka://{request.getfixturevalue('broker')}"} if bus == "kafka" else {}
    wanted |= {"events_topic": "facts.of.{client}"} if bus == "a topic for each client" else {}
    wanted |= {"store": request.getfixturevalue("postgres_url")} if store == "postgres" else {}
    opened = await open_backbone(Settings(home=tmp_path, lease_seconds=5.0, tick_seconds=0.05, **wanted))
    await live(opened)
    await all_published(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'rebuilt.sqlite'}"
    opened = open_store(request.getfixturevalue("postgres_url") if request.param == "postgres" else url)
    await opened.migrate()
    yield opened
    await opened.close()


def quiet(backbone: Backbone) -> Backbone:
    return replace(backbone, settings=backbone.settings.model_copy(update={"changes": False}))


def rebuilt(original: str, into: str, *marks: pytest.MarkDecorator) -> object:
    return pytest.param((original, "sqlite"), into, id=f"{original}-{into}", marks=marks)


WAYS = [
    rebuilt("sqlite", "sqlite"),
    rebuilt("sqlite", "postgres"),
    rebuilt("a topic for each client", "sqlite"),
    rebuilt("kafka", "sqlite", pytest.mark.kafka, pytest.mark.slow),
]


@pytest.mark.parametrize(("original", "empty"), WAYS, indirect=True)
async def test_an_empty_store_gets_every_row_and_no_decision(original: Backbone, empty: Store) -> None:
    before = await rows_of(original.store)
    assert {name: bool(rows) for name, rows in before.items()} == dict.fromkeys(before, True)
    assert {row.status for row in before["findings"]} == {"open", "resolved"}
    into = replace(quiet(original), store=empty)
    for _ in range(2):
        done = await Replay(into).run()
        assert differing(before, await rows_of(empty)) == {}
    assert (done.refused, done.settled, done.not_settled) == (0, 0, 0)
    everything = await rows_of(empty, facts_only=False)
    assert {name for name, rows in everything.items() if rows} == set(before)


@pytest.mark.parametrize("original", STORES, indirect=True)
async def test_a_present_store_keeps_what_it_has(original: Backbone) -> None:
    before = await rows_of(original.store, facts_only=False)
    await Replay(quiet(original)).run()
    assert differing(before, await rows_of(original.store, facts_only=False)) == {}


@pytest.mark.parametrize("original", STORES, indirect=True)
async def test_a_present_store_gets_back_what_it_lost(original: Backbone) -> None:
    before = await rows_of(original.store, facts_only=False)
    assert len(before["decisions"]) == 2
    async with original.store.write() as writing:
        for table in facts.TABLES:
            await writing.change(delete(table))
    done = await Replay(quiet(original)).run()
    assert differing(before, await rows_of(original.store, facts_only=False)) == {}
    assert done.settled == len(before["settled_tasks"])
    assert (done.read, done.stored) == (done.total, done.total)
