"""One topic of events for each client: nobody reads or tells what belongs to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest

from bus import Outgoing
from data_plane import event_topics, materializer
from data_plane.backbone import Backbone
from data_plane.event_topics import all_topics, client_topic
from schemas.errors import InvalidInputError
from schemas.event import Event, decode, encode
from schemas.topics import DEAD_LETTERS, DeadLetter, check_events_topic, fixed_topics
from stores import scans
from stores.events import EventQuery, find_events
from tests.data_plane.scripted import event_of, spec_of, task_of, until
from tests.data_plane.test_planner import messages_of

TEMPLATE = "facts.{client}"


@pytest.fixture
def backbone_by_client(backbone: Backbone) -> Backbone:
    return replace(backbone, settings=backbone.settings.model_copy(update={"events_topic": TEMPLATE}))


async def asked_by(backbone: Backbone, client: str) -> None:
    async with backbone.store.write() as w:
        await scans.insert_scan(w, spec_of(f"scan-{client}", client_id=client), backbone.clock())


async def told(backbone: Backbone, topic: str, event: Event) -> None:
    sender = backbone.bus.sender()
    await sender.send([Outgoing(topic, event.subject, encode(event))])
    await sender.flush()


def fact_of(client: str) -> Event:
    return event_of(task_of(spec_of(f"scan-{client}", client_id=client)), 1)


async def stored(backbone: Backbone, client: str) -> list[Event]:
    async with backbone.store.read() as r:
        return [decode(body) for body in await find_events(r, EventQuery(client_id=client))]


@asynccontextmanager
async def materializing(backbone: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(materializer.run(backbone, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_each_client_has_a_topic_also_one_that_comes_later(
    backbone_by_client: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_topics, "LOOK_SECONDS", 0.1)
    backbone = backbone_by_client
    assert await all_topics(backbone) == ()
    async with materializing(backbone):
        for client in ("acme", "zeta"):
            await asked_by(backbone, client)
            topic = await client_topic(backbone, client)
            assert topic == f"facts.{client}"
            await told(backbone, topic, fact_of(client))

            async def is_stored(whose: str = client) -> bool:
                return len(await stored(backbone, whose)) == 1

            await until(is_stored)
    assert await all_topics(backbone) == ("facts.acme", "facts.zeta")


async def test_what_is_told_of_another_client_is_a_dead_letter(backbone_by_client: Backbone) -> None:
    backbone = backbone_by_client
    await asked_by(backbone, "acme")
    await asked_by(backbone, "zeta")
    topic = await client_topic(backbone, "acme")
    await told(backbone, topic, fact_of("zeta"))
    await told(backbone, topic, fact_of("acme"))
    await materializer.store(backbone, await messages_of(backbone, topic))
    assert await stored(backbone, "zeta") == []
    assert len(await stored(backbone, "acme")) == 1
    (letter,) = await messages_of(backbone, DEAD_LETTERS)
    assert msgspec.json.decode(letter.value, type=DeadLetter).reason == (
        "clientid 'zeta' does not belong on topic 'facts.acme'"
    )


@pytest.mark.parametrize("name", ["", "a b", "{client}{client}", "sentinel.scans", "..", "x" * 181, "{tenant}"])
def test_a_name_that_is_no_topic_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_EVENTS_TOPIC"):
        check_events_topic(name)


@pytest.mark.parametrize("name", ["sentinel.events", "acme-facts", "facts.{client}", "{client}"])
def test_a_name_of_a_topic_is_taken(name: str) -> None:
    check_events_topic(name)
    assert ("sentinel.scans" in fixed_topics(name), name in fixed_topics(name)) == (True, "{" not in name)
