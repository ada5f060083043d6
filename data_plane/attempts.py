"""What attempts of tasks and of jobs share: whether another may help, when it comes, how its end is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bus import BusError, MessageTooLargeError
from data_plane.backbone import delays, one_line
from schemas.errors import Retriable, SentinelError, Unreachable
from stores import StoreError

RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 4.0


def worth_retrying(error: Exception) -> bool:
    """Passing failures of the cloud, the bus, the store or ourselves; never a refusal, which would only be repeated."""
    if isinstance(error, MessageTooLargeError):
        return False
    return isinstance(error, (Retriable, Unreachable, BusError, StoreError)) or not isinstance(error, SentinelError)


async def wait_to_retry(attempt: int) -> None:
    """After the first attempt a moment, then twice as long each time, up to a limit."""
    await asyncio.sleep(min(RETRY_SECONDS * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS))


async def insist(write: Callable[[], Awaitable[bool]], told: Any) -> bool:  # noqa: ANN401 - structlog's bound logger
    """Write down how an attempt ended, once the store takes it: an outage is no failed attempt."""
    for delay in delays():
        try:
            return await write()
        except StoreError as error:
            told.warning("end_not_written", error=one_line(error), retry_in_seconds=delay)
        await asyncio.sleep(delay)
    raise AssertionError("unreachable: delays have no end")
