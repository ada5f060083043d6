"""Waiting that ends when the process is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib

Stop = asyncio.Event
"""Set once, when the process is asked to stop."""


async def pause(stop: Stop, seconds: float) -> None:
    """Sleep, but not beyond a stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
