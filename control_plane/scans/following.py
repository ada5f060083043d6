"""The progress of a scan over a WebSocket: the same steps as the server-sent events, read from the same rows."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import msgspec
import structlog
from fastapi import WebSocket, WebSocketDisconnect

from control_plane.context import Context
from control_plane.errors import NotFoundError
from control_plane.principal import Principal
from control_plane.scans import progress
from control_plane.scans.find import find_scan
from stores import StoreError

ENDED: Final = 1000
FOREIGN: Final = 1008
TRY_AGAIN: Final = 1013
UNKNOWN: Final = 4404

log = structlog.get_logger("control_plane")


async def serve(socket: WebSocket, context: Context, principal: Principal, scan_id: str, seq: int) -> None:
    """Until the scan has ended or the other side is gone. Pages of other origins are refused with 403."""
    if not _same_origin(socket):
        await socket.close(FOREIGN)
        return
    await socket.accept()
    gone = asyncio.create_task(_until_gone(socket))
    telling = asyncio.create_task(_tell(socket, context, principal, scan_id, seq))
    try:
        await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        telling.cancel()
        await asyncio.gather(gone, telling, return_exceptions=True)


async def _tell(socket: WebSocket, context: Context, principal: Principal, scan_id: str, seq: int) -> None:
    """One message at a time, each sent when the socket has room: a slow reader holds up nothing but itself."""
    try:
        async with context.store.read() as reading:
            await find_scan(reading, principal, scan_id)
        async for step in progress.steps(context, principal.client_id, scan_id, seq):
            if step is not None:
                await socket.send_text(msgspec.json.encode(step).decode())
        await socket.close(ENDED)
    except NotFoundError as error:
        await socket.close(UNKNOWN, str(error)[:120])
    except StoreError as error:
        log.warning("live_broken_off", scan_id=scan_id, error=str(error))
        await socket.close(TRY_AGAIN, "the store cannot answer now")
    except WebSocketDisconnect:
        return


async def _until_gone(socket: WebSocket) -> None:
    """What the other side sends is read and dropped."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _same_origin(socket: WebSocket) -> bool:
    """Browsers always say from which page a socket is opened; programs say nothing."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")
