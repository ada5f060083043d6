"""The gate: nothing behind it answers somebody who is not known. What is open stands here by name."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from control_plane import problems
from control_plane.auth.identify import identify
from control_plane.context import Context, context_of
from control_plane.errors import TooManyRequestsError, UnauthorizedError
from stores import StoreError

OPEN: Final = frozenset(
    {
        *("/healthz", "/readyz", "/sign-in", "/sign-out"),
        *(f"/api/v1/auth/{each}" for each in ("token", "revoke", "oidc/start", "oidc/callback")),
    }
)
OPEN_BELOW: Final = "/assets/"


class Gate:
    """Finds out who asks before anything of a request is read; endpoints ask it by ``current_principal``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its principal, or answer 401 or 429."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN or scope["path"].startswith(OPEN_BELOW):
            await self.app(scope, receive, send)
            return
        connection = (Request if scope["type"] == "http" else WebSocket)(scope, receive, send)
        try:
            await _admit(context_of(connection), connection)
        except (UnauthorizedError, TooManyRequestsError, StoreError) as error:
            await problems.refuse(connection, error)
            return
        await self.app(scope, receive, send)


async def _admit(context: Context, connection: HTTPConnection) -> None:
    principal = await identify(context, connection)
    wait_seconds = context.limits.take(principal.holder)
    if wait_seconds:
        raise TooManyRequestsError("requests", wait_seconds)
    connection.state.principal = principal
