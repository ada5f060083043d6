"""What every answer carries, and what is counted and logged of each request."""

from __future__ import annotations

import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.instruments import HTTP_REQUESTS, HTTP_SECONDS

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}

HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Where browsers reach the API by https alone."""
OPEN: Final = "/assets/"
"""What others may keep; of all else no copy stays anywhere."""

log = structlog.get_logger("control_plane")


class Headers:
    """Adds the security headers; logs path and status, never a query or a body."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app, self.security = app, SECURITY | (HTTPS_ONLY if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def adding(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _count(scope, status, time.perf_counter() - begun)
                headers = MutableHeaders(scope=message)
                headers.update(self.security)
                if not scope["path"].startswith(OPEN):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, adding)
        finally:
            taken = round((time.perf_counter() - begun) * 1000, 1)
            log.debug("request", method=scope["method"], path=scope["path"], status=status, milliseconds=taken)


def _count(scope: Scope, status: int, seconds: float) -> None:
    """By the route, never the path: ids would make a series each."""
    route = getattr(scope.get("route"), "path", "none")
    HTTP_REQUESTS.labels(scope["method"], route, status).inc()
    HTTP_SECONDS.labels(scope["method"], route).observe(seconds)
