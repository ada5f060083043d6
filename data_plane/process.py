"""One process of the data plane: its roles, kept running until a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence

import structlog

from data_plane.backbone import Backbone, delays, one_line, reach
from data_plane.pausing import Stop, pause
from data_plane.watching import watch
from schemas.addresses import masked
from schemas.errors import SentinelError
from schemas.exposition import Condition, expose
from schemas.instruments import ROLE_FAILURES, ROLE_UP
from schemas.settings import Settings

Role = Callable[[Backbone, Stop], Awaitable[None]]
"""Runs until the stop is set. May raise: it is then started again."""

GRACE_SECONDS = 2.0
STEADY_SECONDS = 30.0
"""A role that ran for so long starts again without the back-off of its earlier failures."""

log = structlog.get_logger("data_plane")


async def serve(roles: Sequence[tuple[str, Role]], settings: Settings) -> None:
    """Run the roles in this loop until SIGTERM or SIGINT. Raises ``InvalidInputError`` for impossible settings."""
    condition = Condition()
    close = expose(settings.host, settings.metrics_port, condition)
    try:
        await _serve(roles, settings, condition)
    finally:
        await asyncio.to_thread(close)


async def _serve(roles: Sequence[tuple[str, Role]], settings: Settings, condition: Condition) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    backbone = await reach(settings, stop, condition)
    if backbone is None:
        return
    log.info("started", roles=[name for name, _ in roles], bus=settings.bus_url, store=masked(settings.store_url))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(backbone, condition, [name for name, _ in roles], stop), name="watch")
            for name, role in roles:
                group.create_task(keep_running(name, role, backbone, stop), name=name)
    finally:
        await backbone.close()
    log.info("stopped", roles=[name for name, _ in roles])


async def keep_running(name: str, role: Role, backbone: Backbone, stop: Stop) -> None:
    """The top loop of a role: what it raises is logged once, then it starts again after a pause."""
    loop = asyncio.get_running_loop()
    pauses = delays()
    while not stop.is_set():
        begun, asked = loop.time(), _cancellations()
        ROLE_UP.labels(name).set(1)
        try:
            await role(backbone, stop)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _cancellations() > asked:
                raise
            if loop.time() - begun > STEADY_SECONDS:
                pauses = delays()
            delay = next(pauses)
            causes = _causes(error)
            expected = all(isinstance(cause, (SentinelError, OSError)) for cause in causes)
            told = log.bind(role=name, error=one_line(causes[0]), retry_in_seconds=delay)
            told.exception("role_failed", exc_info=not expected)
            ROLE_FAILURES.labels(name).inc()
            ROLE_UP.labels(name).set(0)
            await pause(stop, delay)


def _causes(error: BaseException) -> list[BaseException]:
    """What really went wrong: the parts of a role that fail together come as one."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for each in error.exceptions for cause in _causes(each)]
    return [error]


def _cancellations() -> int:
    """How often somebody asked us to end. A cancellation that a library lets out must not end a role in silence."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def _first(error: BaseException) -> BaseException:
    """What failed first in a role of several loops."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _stop_on_signals(stop: Stop) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _ask_to_stop, stop)


def _ask_to_stop(stop: Stop) -> None:
    """A cloud call in a thread cannot be cancelled and would hold the interpreter back: the timer does not wait."""
    if not stop.is_set():
        timer = threading.Timer(GRACE_SECONDS, os._exit, [0])
        timer.daemon = True
        timer.start()
    stop.set()
