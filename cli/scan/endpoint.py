"""A quick look whether the endpoint that was chosen is there at all, before the SDK tries for long."""

from __future__ import annotations

import asyncio
import os
from typing import Final
from urllib.parse import urlsplit

from schemas.errors import InvalidInputError, Unreachable

PATIENCE_SECONDS: Final = 2.0
VARIABLES: Final = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
"""In the order in which the SDK looks for the endpoint of the first call."""


def chosen_endpoint() -> tuple[str, str] | None:
    """The variable and the endpoint that the first call would go to; None for the cloud's own."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return next(((name, os.environ[name]) for name in VARIABLES if os.environ.get(name)), None)


async def require_endpoint() -> None:
    """Raises ``Unreachable`` when nobody listens at the chosen endpoint, ``InvalidInputError`` when it is no URL."""
    chosen = chosen_endpoint()
    if chosen is None:
        return
    variable, url = chosen
    host, port = _address(variable, url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        why = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise Unreachable(f"endpoint {url} (from {variable}): {why}") from None
    writer.close()


def _address(variable: str, url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        raise InvalidInputError(variable, url, "allowed: http://host:port or https://host:port") from None
    if not parts.hostname:
        raise InvalidInputError(variable, url, "allowed: http://host:port or https://host:port")
    return parts.hostname, port
