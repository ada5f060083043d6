"""Retention of the raw answers: the worker that writes them also drops what was kept long enough."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from connections.raw import drop_before
from data_plane.backbone import Backbone
from data_plane.pausing import Stop, pause

EVERY_SECONDS: Final = 3600.0

log = structlog.get_logger("data_plane.worker")


async def keep_raw_retention(backbone: Backbone, stop: Stop) -> None:
    """Until stopped; at once when nothing is kept."""
    folder, days = backbone.settings.raw, backbone.settings.raw_retention_days
    while folder is not None and not stop.is_set():
        try:
            dropped = await asyncio.to_thread(drop_before, folder, backbone.clock() - timedelta(days=days))
        except OSError as error:
            log.warning("raw_retention_failed", error=str(error))
        else:
            log.info("raw_answers_expired", files=dropped) if dropped else None
        await pause(stop, EVERY_SECONDS)
