from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data_plane.backbone import Backbone
from data_plane.redispatch import patience_seconds, redispatch
from data_plane.relay import relay_scans, relay_tasks
from schemas.event import utc_now
from schemas.settings import Settings
from schemas.states import TaskStatus
from schemas.topics import SCANS, TASKS
from stores import tasks
from tests.data_plane.scripted import Scripted, tidy, until
from tests.data_plane.test_planner import insert, messages_of, planned
from tests.data_plane.test_worker import has_status, working


def after(backbone: Backbone, seconds: float) -> Backbone:
    """The same, so much later."""
    return replace(backbone, clock=lambda: utc_now() + timedelta(seconds=seconds))


async def lose(backbone: Backbone, topic: str, group: str) -> int:
    """Messages that were read and committed, and that nobody did anything with."""
    consumer = await backbone.bus.subscribe([topic], group)
    lost = await consumer.fetch(timeout=1)
    await consumer.commit({(m.topic, m.partition): m.offset + 1 for m in lost})
    await consumer.close()
    return len(lost)


async def test_a_task_whose_message_is_lost_is_sent_again_and_runs(backbone: Backbone) -> None:
    ids = await planned(backbone)
    assert await relay_tasks(backbone) == 2
    assert await lose(backbone, TASKS, "workers") == 2
    assert await redispatch(after(backbone, 31)) == 2
    async with working(backbone, Scripted(tidy)):
        await until(lambda: has_status(backbone, ids[0], TaskStatus.SUCCEEDED))
        await until(lambda: has_status(backbone, ids[1], TaskStatus.SUCCEEDED))


async def test_what_may_still_be_taken_up_is_left_alone(backbone: Backbone) -> None:
    ids = await planned(backbone)
    await relay_tasks(backbone)
    assert await redispatch(after(backbone, 29)) == 0
    now = utc_now()
    async with backbone.store.write() as writing:
        assert await tasks.claim_task(writing, ids[0], "w", now + timedelta(seconds=30), now)
    assert await redispatch(after(backbone, 31)) == 1
    assert await relay_tasks(after(backbone, 31)) == 1
    assert await redispatch(after(backbone, 40)) == 0
    assert len(await messages_of(backbone, TASKS)) == 3


async def test_a_clock_that_was_put_back_leaves_no_task_waiting(backbone: Backbone) -> None:
    ids = await planned(backbone)
    await relay_tasks(after(backbone, 3600))
    assert await lose(backbone, TASKS, "workers") == 2
    assert await redispatch(backbone) == len(ids)
    assert await relay_tasks(backbone) == 2
    assert await redispatch(backbone) == 0


async def test_an_accepted_scan_whose_message_is_lost_is_sent_again(backbone: Backbone) -> None:
    await insert(backbone)
    await relay_scans(backbone)
    assert await redispatch(after(backbone, 31)) == 1
    assert await relay_scans(backbone) == 1
    assert len(await messages_of(backbone, SCANS)) == 2


@pytest.mark.parametrize(("lease", "patience"), [(1.0, 30.0), (30.0, 90.0)])
def test_patience_is_longer_than_any_lease(lease: float, patience: float) -> None:
    assert patience_seconds(Settings(lease_seconds=lease)) == patience
