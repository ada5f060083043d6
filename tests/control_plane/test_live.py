"""WS /api/v1/scans/{id}/live, over real sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stores import Store, progress
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import accept, spec
from tests.control_plane.test_process import Api, _end, _say, client, running, steps, store
from tests.support.identity import SIGNED_IN

__all__ = ["client", "running", "store"]

pytestmark = pytest.mark.xdist_group("api_process")


def live(running: Api, scan_id: str, query: str = "", **options: Any) -> connect:
    return connect(
        f"{running.base.replace('http', 'ws')}/api/v1/scans/{scan_id}/live{query}",
        proxy=None,
        additional_headers=SIGNED_IN,
        **options,
    )


async def rest(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Everything until the other side closes, and its code."""
    found = []
    try:
        async with asyncio.timeout(20):
            while True:
                found.append(json.loads(await socket.recv()))
    except ConnectionClosed:
        return found, socket.close_code


async def test_steps_come_as_they_happen_and_the_end_closes(running: Api, store: Store, client: Any) -> None:
    await accept(store, spec("scan-live"))
    async with live(running, "scan-live") as socket, asyncio.timeout(20):
        first = json.loads(await socket.recv())
        await _say(store, "scan-live", "task_started")
        second = json.loads(await socket.recv())
        await socket.send("what is sent is dropped")
        await _end(store, "scan-live")
        others, code = await rest(socket)
    told = [first, second, *others]
    assert [step["kind"] for step in told] == ["scan_accepted", "task_started", "scan_started", "scan_finished"]
    assert code == 1000
    async with client.stream("GET", "/api/v1/scans/scan-live/progress") as answer:
        assert [(step["seq"], step["kind"]) for step in told] == [step async for step in steps(answer)]
    async with live(running, "scan-live", f"?after={second['seq']}") as socket:
        assert await rest(socket) == (others, 1000)
    async with live(running, "scan-live", f"?after={others[-1]['seq']}") as socket:
        assert await rest(socket) == ([], 1000)


@pytest.mark.parametrize("scan_id", ["nothing", "scan-foreign"])
async def test_an_unknown_scan_closes_with_its_code(running: Api, store: Store, scan_id: str) -> None:
    if scan_id == "scan-foreign":
        await accept(store, spec(scan_id, client_id="somebody-else"))
    async with live(running, scan_id) as socket:
        assert await rest(socket) == ([], 4404)
        assert socket.close_reason == f'there is no scan "{scan_id}"'


async def test_nobody_follows_a_scan_without_a_token(running: Api, store: Store) -> None:
    await accept(store, spec("scan-shut"))
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{running.base.replace('http', 'ws')}/api/v1/scans/scan-shut/live", proxy=None)
    assert refused.value.response.status_code == 401


async def test_a_page_of_another_origin_is_refused(running: Api, store: Store) -> None:
    await accept(store, spec("scan-origin"))
    with pytest.raises(InvalidStatus) as refused:
        await live(running, "scan-origin", origin="http://elsewhere.example")
    assert refused.value.response.status_code == 403
    async with live(running, "scan-origin", origin=running.base) as socket, asyncio.timeout(20):
        assert json.loads(await socket.recv())["kind"] == "scan_accepted"


async def test_a_message_that_is_too_long_ends_the_connection(running: Api, store: Store) -> None:
    await accept(store, spec("scan-long"))
    async with live(running, "scan-long") as socket, asyncio.timeout(20):
        await socket.recv()
        await socket.send("x" * 5000)
        assert (await rest(socket))[1] == 1009


async def test_a_reader_that_reads_nothing_holds_up_nobody(running: Api, store: Store) -> None:
    await accept(store, spec("scan-slow"))
    async with store.write() as writing:
        for _ in range(300):
            await progress.append(writing, "scan-slow", "task_started", {"filler": "x" * 10_000}, NOW)
    async with live(running, "scan-slow", max_queue=1) as slow, live(running, "scan-slow") as quick:
        await slow.recv()
        await _end(store, "scan-slow")
        found, code = await rest(quick)
        assert (len(found), code) == (303, 1000)
        late, code = await rest(slow)
        assert (len(late), code) == (302, 1000)
