"""The push against a small aggregator that takes, fails, hangs, throttles and refuses."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bus import Outgoing
from data_plane import push
from data_plane.backbone import Backbone
from schemas.event import encode
from schemas.topics import DEAD_LETTERS, EVENTS, DeadLetter
from tests.data_plane.processes import RoleProcess
from tests.data_plane.scripted import event_of, task_of, until
from tests.data_plane.test_planner import messages_of
from tests.support.receiver import Received, Receiver, receiving


def pushing_to(backbone: Backbone, receiver: Receiver, **changes: Any) -> Backbone:
    told = {"push_url": f"{receiver.url}/submit-metrics", "push_batch": 4, "push_seconds": 0.1} | changes
    return replace(backbone, settings=backbone.settings.model_copy(update=told))


@asynccontextmanager
async def pushing(backbone: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(push.run(backbone, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def tell(backbone: Backbone, *bodies: bytes) -> None:
    sender = backbone.bus.sender()
    await sender.send([Outgoing(EVENTS, "one-resource", body) for body in bodies])
    await sender.flush()


def facts(count: int) -> list[bytes]:
    """So many facts about one resource, in order."""
    return [encode(event_of(task_of(), 1, kind=f"aws.metadata.ebs.v{n:03}", value=n)) for n in range(count)]


def values(request: Received) -> list[int]:
    return [metric["metric_value"] for metric in json.loads(gzip.decompress(request.body))]


def taken(receiver: Receiver, statuses: Sequence[int] = ()) -> list[int]:
    """The values in the order in which they were taken; ``statuses`` are those of the first answers, then 200."""
    requests = receiver.requests[len(statuses) :]
    return [value for request in requests for value in values(request)]


async def until_true(claim: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return claim()

    await until(holds)


async def test_events_arrive_in_2cbp_form_in_batches_in_order(backbone: Backbone) -> None:
    async with receiving(lambda _: 200) as receiver:
        await tell(backbone, *facts(10))
        async with pushing(pushing_to(backbone, receiver, push_authorization="Bearer planted")):
            await until_true(lambda: len(taken(receiver)) >= 10)
    first = receiver.requests[0]
    assert (first.path, first.headers["content-encoding"]) == ("/submit-metrics", "gzip")
    assert first.headers["authorization"] == "Bearer planted"
    metric = json.loads(gzip.decompress(first.body))[0]
    assert metric.pop("timestamp").endswith(("+01:00", "+02:00"))
    assert metric == {
        "client_id": "acme",
        "resource_id": "arn:aws:ec2:eu-west-1:111111111111:volume/vol-eu-west-1-1",
        "metric_type": "aws.metadata.ebs.v000",
        "metric_value": 0,
    }
    assert max(len(values(request)) for request in receiver.requests) <= 4
    assert taken(receiver) == list(range(10))


@pytest.mark.parametrize("status", [500, 503, 429, 401, 404, 302, 0])
async def test_what_may_pass_is_sent_again_and_nothing_overtakes_it(backbone: Backbone, status: int) -> None:
    async with receiving(lambda number: status if number <= 2 else 200) as receiver:
        await tell(backbone, *facts(8))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(taken(receiver, [status, status])) >= 8)
    keys = [request.headers["idempotency-key"] for request in receiver.requests]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert taken(receiver, [status, status]) == list(range(8))


async def test_an_aggregator_that_hangs_is_asked_again(backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "ATTEMPT_SECONDS", 0.3)
    async with receiving(lambda number: -1 if number == 1 else 200) as receiver:
        await tell(backbone, *facts(3))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(taken(receiver, [-1])) >= 3)
    assert taken(receiver, [-1]) == [0, 1, 2]


async def test_an_aggregator_that_throttles_gets_the_pause_that_it_asks_for(backbone: Backbone) -> None:
    loop, moments = asyncio.get_running_loop(), list[float]()

    def answer(number: int) -> int:
        moments.append(loop.time())
        return 429 if number == 1 else 200

    async with receiving(answer) as receiver:
        receiver.more = "retry-after: 1\r\n"
        await tell(backbone, *facts(2))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(taken(receiver, [429])) >= 2)
    assert moments[1] - moments[0] >= 1.0


async def test_what_is_refused_is_a_dead_letter_and_the_others_arrive(backbone: Backbone) -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: 422 if 3 in values(receiver.requests[-1]) else 200

        def good() -> list[int]:
            return [value for request in receiver.requests if 3 not in values(request) for value in values(request)]

        await tell(backbone, *facts(8))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(good()) >= 7)
    assert good() == [0, 1, 2, 4, 5, 6, 7]
    (letter,) = [msgspec.json.decode(m.value, type=DeadLetter) for m in await messages_of(backbone, DEAD_LETTERS)]
    assert json.loads(letter.body)["data"]["value"] == 3
    assert letter.reason == "the aggregator refuses it: answered 422"


async def test_what_was_not_taken_before_a_stop_is_sent_by_the_next(backbone: Backbone, other: Backbone) -> None:
    async with receiving(lambda _: 503) as receiver:
        await tell(backbone, *facts(3))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(receiver.requests) >= 1)
        refused = [503] * len(receiver.requests)
        receiver.answer = lambda _: 200
        async with pushing(pushing_to(other, receiver)):
            await until_true(lambda: len(taken(receiver, refused)) >= 3)
    assert taken(receiver, refused) == [0, 1, 2]


async def test_what_is_no_event_holds_nothing_up(backbone: Backbone) -> None:
    async with receiving(lambda _: 200) as receiver:
        await tell(backbone, b"poison", *facts(2))
        async with pushing(pushing_to(backbone, receiver)):
            await until_true(lambda: len(taken(receiver)) >= 2)
    assert taken(receiver) == [0, 1]


@pytest.mark.parametrize("url", ["", "ftp://aggregator/submit-metrics", "https://user:planted@aggregator/"])
def test_without_an_aggregator_the_role_refuses_to_start(url: str, tmp_path: Path) -> None:
    process = RoleProcess("push", tmp_path, tmp_path / "log", push_url=url)
    assert process.process.wait(timeout=20) == 2
    told = (tmp_path / "log").read_text()
    assert "SENTINEL_PUSH_URL" in told
    assert "planted" not in told
