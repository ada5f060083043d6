"""The progress of a scan from its rows in the store, and as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from control_plane.context import Context
from schemas.states import SCAN_TERMINAL
from schemas.topics import ProgressMessage
from stores import progress, scans

LOOK_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 12.0
"""Proxies tend to cut what is silent for a minute or less."""
BATCH: Final = 500
HEARTBEAT: Final = b": still here\n\n"


async def follow(context: Context, client_id: str, scan_id: str, seq: int) -> AsyncIterator[bytes]:
    """What happened after ``seq``, as it happens, until the scan has ended."""
    async for step in steps(context, client_id, scan_id, seq):
        yield HEARTBEAT if step is None else server_sent_event(step)


async def steps(context: Context, client_id: str, scan_id: str, seq: int) -> AsyncIterator[ProgressMessage | None]:
    """The steps after ``seq``, as they happen, until the scan has ended; None after a while of silence.

    Never more than one batch is held: the next is read when all of this one was taken.
    """
    loop = asyncio.get_running_loop()
    silent_since = loop.time()
    while True:
        rows, ended = await _look(context, client_id, scan_id, seq)
        for row in rows:
            yield row
            seq, silent_since = row.seq, loop.time()
        if ended and not rows:
            return
        if not rows:
            await asyncio.sleep(LOOK_SECONDS)
        if loop.time() - silent_since >= HEARTBEAT_SECONDS:
            yield None
            silent_since = loop.time()


async def nothing_left(context: Context, client_id: str, scan_id: str, seq: int) -> bool:
    """Whether the scan has ended and all was told: a browser that comes back is then told to stay away."""
    rows, ended = await _look(context, client_id, scan_id, seq)
    return ended and not rows


async def _look(context: Context, client_id: str, scan_id: str, seq: int) -> tuple[list[ProgressMessage], bool]:
    async with context.store.read() as reading:
        scan = await scans.get_scan(reading, client_id, scan_id)
        rows = await progress.after(reading, scan_id, seq, BATCH)
    return list(rows), scan is None or scan.status in SCAN_TERMINAL


def server_sent_event(row: ProgressMessage) -> bytes:
    """One event: its id is what ``Last-Event-ID`` resumes after. JSON has no line breaks of its own."""
    return f"id: {row.seq}\nevent: {row.kind}\ndata: {msgspec.json.encode(row).decode()}\n\n".encode()
