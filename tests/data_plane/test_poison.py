"""A message that nobody can read blocks nothing, on any topic, over either bus, into either store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from bus import Outgoing
from data_plane import materializer, planner
from data_plane.backbone import Backbone
from data_plane.worker import Worker
from schemas.event import encode, utc_now
from schemas.settings import Settings
from schemas.states import ScanStatus
from schemas.topics import DEAD_LETTERS, EVENTS, SCANS, TASKS
from stores import dead_letters, scans
from stores.dead_letters import LetterFilters, LetterRow
from tests.data_plane.conftest import open_backbone
from tests.data_plane.scripted import Scripted, event_of, spec_of, task_of, tidy, until
from tests.support.kafka import own_broker

KEYS = [f"key-{n}" for n in range(12)]
"""They cover the four partitions."""

DEEP = b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LARGE = b"x" * 900_000
POISON = [b"poison", b'{"id": 1}', b"", b"\xff\xfe\x00", b'{"kind": "\xff"}', DEEP, LARGE, b'"\\u0000"']


def shaped_poison(topic: str) -> bytes:
    """The right shape around what a database refuses: U+0000."""
    if topic == SCANS:
        return b'{"kind": "accepted", "scan_id": "a\\u0000b", "client_id": "acme"}'
    if topic == TASKS:
        return b'{"kind":"dispatch","task_id":"a\\u0000b","scan_id":"s","account_id":"a","region":"r","family":"f"}'
    if topic == EVENTS:
        return encode(msgspec.structs.replace(event_of(task_of(), 1), type="aws.metadata.e\0bs", asof=utc_now()))
    return b'{"topic":"no\\u0000ne","partition":0,"offset":0,"key":"k","reason":"r","body":"b"}'


@pytest.fixture(scope="module")
def broker(kafka_means: None) -> Iterator[str]:
    """Of this module alone: the topics have their real names."""
    with own_broker() as (address, _):
        yield address


WAYS = [
    pytest.param(("sqlite", "sqlite"), id="sqlite"),
    pytest.param(("sqlite", "postgres"), id="postgres"),
    pytest.param(("kafka", "sqlite"), id="kafka", marks=[pytest.mark.kafka, pytest.mark.slow]),
]


@pytest.fixture(params=WAYS)
async def backbone(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backbone]:
    bus, store = request.param
    wanted: dict[str, Any] = {}
    if bus == "kafka":
        wanted["bus"] = f"kafka://{request.getfixturevalue('broker')}"
    if store == "postgres":
        wanted["store"] = request.getfixturevalue("postgres_url")
    opened = await open_backbone(Settings(home=tmp_path, lease_seconds=5.0, tick_seconds=0.05, **wanted))
    yield opened
    await opened.close()


@asynccontextmanager
async def everything_running(backbone: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = Worker(backbone, Scripted(tidy).runner(backbone))
    roles = [planner.run(backbone, stop), materializer.run(backbone, stop), worker.run(stop)]
    running = [asyncio.ensure_future(role) for role in roles]
    try:
        yield
        assert not any(role.done() for role in running)
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await asyncio.gather(*running)


async def poisoned(backbone: Backbone, topic: str) -> int:
    sender = backbone.bus.sender()
    bodies = [*POISON, shaped_poison(topic)]
    await sender.send([Outgoing(topic, key, body, {"x-from": "elsewhere"}) for key in KEYS[:4] for body in bodies[:5]])
    await sender.send([Outgoing(topic, key, body) for key in KEYS for body in bodies[5:]])
    await sender.flush()
    return 4 * 5 + 12 * (len(bodies) - 5)


async def letters(backbone: Backbone, topic: str) -> list[LetterRow]:
    async with backbone.store.read() as reading:
        return await dead_letters.find_letters(reading, LetterFilters(topic=topic), limit=1000)


@pytest.mark.timeout(120)
@pytest.mark.xdist_group("poison")
@pytest.mark.parametrize("topic", [SCANS, TASKS, EVENTS, DEAD_LETTERS])
async def test_poison_is_kept_aside_and_the_scan_behind_it_ends(backbone: Backbone, topic: str) -> None:
    count = await poisoned(backbone, topic)
    scan_id = f"scan-{uuid4().hex[:8]}"
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec_of(scan_id), utc_now())

    async def over() -> bool:
        async with backbone.store.read() as reading:
            row = await scans.get_scan(reading, None, scan_id)
        return row is not None and row.status is ScanStatus.COMPLETED

    async def kept() -> bool:
        return len(await letters(backbone, topic)) >= count

    async with everything_running(backbone):
        await until(over, seconds=60)
        await until(kept, seconds=60)
    found = await letters(backbone, topic)
    assert len(found) == count
    assert {row.status for row in found} == {"open"}
    assert {row.truncated for row in found} == {False}
    assert {row.body_bytes for row in found} == {len(body) for body in [*POISON, shaped_poison(topic)]}
    assert min(row.log_offset for row in found) >= 0
    assert all(row.reason.startswith(("not a", "event is too large", "cannot be stored")) for row in found)
