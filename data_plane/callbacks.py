"""Call-backs: who asked for it is told that a scan has ended: a signed POST (Standard Webhooks), with retries."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import httpcore
import msgspec
import structlog

from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from schemas.callback import read_keys, shown_url, signature
from schemas.instruments import CALLBACKS
from schemas.settings import Settings
from stores import callbacks, progress, scans
from stores.callbacks import CallbackRow
from stores.scans import ScanRow

DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 21_600))
"""Before each further attempt; after the last one it is given up."""
ATTEMPT_SECONDS: Final = 15.0
TAKEN_FOR: Final = timedelta(seconds=60)
"""For how long an attempt belongs to the planner that began it: longer than it may last."""
AT_ONCE: Final = 20
GONE: Final = 410
EVENT_TYPE: Final = "scan.completed"
TIMEOUTS: Final = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}

log = structlog.get_logger("data_plane.planner")


class RefusedAddressError(Exception):
    """The address is one of our own network."""


async def keep_calling_back(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. Several planners share the work: each attempt is taken in the store first."""
    while not stop.is_set():
        if not await call_back(backbone):
            await pause(stop, max(1.0, backbone.settings.tick_seconds))


async def call_back(backbone: Backbone) -> int:
    """One attempt for each call-back that is due; how many were made."""
    async with backbone.store.read() as reading:
        waiting = await callbacks.due(reading, backbone.clock(), AT_ONCE)
    if not waiting:
        return 0
    return sum(await asyncio.gather(*(_attempt(backbone, row) for row in waiting)))


async def _attempt(backbone: Backbone, row: CallbackRow) -> bool:
    now = backbone.clock()
    async with backbone.store.write() as writing:
        if not await callbacks.take(writing, row, now + TAKEN_FOR):
            return False
        scan = await scans.get_scan(writing, row.client_id, row.scan_id)
        told = await progress.payloads(writing, row.scan_id, "scan_finished")
    body = b"" if scan is None else ending_of(scan, told[-1] if told else {})
    error, final = await _post(backbone.settings, row, body, now)
    await _record(backbone, row, error, final=final)
    return True


def ending_of(scan: ScanRow, told: dict[str, Any]) -> bytes:
    """The body: how the scan ended, with the counts that its progress told, and where to read on."""
    spec = scan.spec
    data = {
        **told,
        "scan_id": spec.scan_id,
        "client_id": spec.client_id,
        "status": scan.status,
        "error": scan.error,
        "provider": spec.provider,
        "account_id": scan.account_id,
        "demo": spec.demo,
        "asof": spec.asof,
        "finished_at": scan.finished_at,
        "path": f"/api/v1/scans/{spec.scan_id}",
    }
    return msgspec.json.encode({"type": EVENT_TYPE, "timestamp": scan.finished_at, "data": data})


async def _record(backbone: Backbone, row: CallbackRow, error: str | None, *, final: bool) -> None:
    now, attempt = backbone.clock(), row.attempts + 1
    again_at = None if final or attempt > len(DELAYS) else now + DELAYS[attempt - 1]
    async with backbone.store.write() as writing:
        if error is None:
            await callbacks.delivered(writing, row.scan_id, now)
        else:
            await callbacks.failed(writing, row.scan_id, error, now, again_at=again_at)
    told = log.bind(scan_id=row.scan_id, url=shown_url(row.url), attempt=attempt)
    CALLBACKS.labels("delivered" if error is None else "failed").inc()
    if error is None:
        told.info("callback_delivered")
    else:
        told.warning("callback_failed", error=error, again_at=again_at.isoformat() if again_at else None)


async def _post(settings: Settings, row: CallbackRow, body: bytes, now: datetime) -> tuple[str | None, bool]:
    """What went wrong, None when it was taken; and whether trying again is of no use."""
    keys = read_keys(settings.callback_secret)
    if not keys:
        return "SENTINEL_CALLBACK_SECRET is not set for the planner: nothing can sign it", False
    timestamp = int(now.timestamp())
    headers: dict[bytes | str, bytes | str] = {
        "content-type": "application/json",
        "user-agent": "cloud-sentinel",
        "webhook-id": row.scan_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(keys, row.scan_id, timestamp, body),
    }
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            status = await _status(row.url, headers, body, private=settings.callback_private)
    except TimeoutError:
        return f"no answer within {ATTEMPT_SECONDS:.0f} s", False
    except RefusedAddressError as error:
        return str(error), True
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        return one_line(error), False
    return (None, True) if 200 <= status < 300 else (f"answered {status}", status == GONE)  # noqa: PLR2004 - a success


async def _status(url: str, headers: Mapping[bytes | str, bytes | str], body: bytes, *, private: bool) -> int:
    """The status of the answer; its body is not read, and a redirection is not followed."""
    network = httpcore.AnyIOBackend() if private else PublicOnly()
    async with httpcore.AsyncConnectionPool(network_backend=network) as pool:
        sent = pool.stream("POST", url, headers=headers, content=body, extensions={"timeout": TIMEOUTS})
        async with sent as answer:
            return answer.status


class PublicOnly(httpcore.AnyIOBackend):
    """Connects to public addresses only, and to the very address that was looked at: a name cannot change between."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises ``RefusedAddressError``."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        address = public_address(host, [entry[4][0] for entry in found])
        return await super().connect_tcp(address, port, timeout, local_address, socket_options)


def public_address(host: str, addresses: Sequence[str | int]) -> str:
    """The first of them. Raises ``RefusedAddressError`` when any is not of the public internet."""
    for text in addresses:
        address = ipaddress.ip_address(str(text).partition("%")[0])
        plain = getattr(address, "ipv4_mapped", None) or address
        if not plain.is_global or plain.is_multicast:
            raise RefusedAddressError(f"{host} is {plain}, not a public address (SENTINEL_CALLBACK_PRIVATE)")
    return str(addresses[0])
