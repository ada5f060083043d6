"""A quick look whether the endpoint that was chosen is there at all, before the SDK tries for long."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from schemas.errors import InvalidInputError, Unreachable

if TYPE_CHECKING:
    from schemas.settings import Settings

PATIENCE_SECONDS: Final = 2.0
METADATA_HOST: Final = "169.254.169.254"
METADATA_SECONDS: Final = 0.3
HIDING: Final = {"aws": "AWS_EC2_METADATA_DISABLED", "gcp": "NO_GCE_CHECK"}
"""The vendor's variable that keeps its SDK from asking the metadata service of the machine."""
CREDENTIALS_ELSEWHERE: Final = {
    "aws": (
        "AWS_ACCESS_KEY_ID",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    ),
    "gcp": ("GOOGLE_APPLICATION_CREDENTIALS", "NO_GCE_CHECK", "GCE_METADATA_HOST", "GCE_METADATA_ROOT"),
}
"""Where one of these is set, the metadata service is either not asked, or another one is."""
VARIABLES: Final = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
"""In the order in which the SDK looks for the endpoint of the first call."""


def chosen_endpoint(provider: str, settings: Settings) -> tuple[str, str] | None:
    """The variable and the endpoint that the first call would go to; None for the cloud's own."""
    if provider == "azure":
        return ("SENTINEL_AZURE_ENDPOINT", settings.azure_endpoint) if settings.azure_endpoint else None
    if provider == "gcp":
        return ("SENTINEL_GCP_ENDPOINT", settings.gcp_endpoint) if settings.gcp_endpoint else None
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return next(((name, os.environ[name]) for name in VARIABLES if os.environ.get(name)), None)


async def hide_silent_metadata_service(provider: str) -> None:
    """The SDK waits for seconds for a metadata service that drops packets: where none answers, it is not asked."""
    if provider not in HIDING or any(os.environ.get(name) for name in CREDENTIALS_ELSEWHERE[provider]):
        return
    try:
        async with asyncio.timeout(METADATA_SECONDS):
            _, writer = await asyncio.open_connection(METADATA_HOST, 80)
    except (OSError, TimeoutError):
        os.environ[HIDING[provider]] = "true"
        return
    writer.close()


async def require_endpoint(provider: str, settings: Settings) -> None:
    """Raises ``Unreachable`` when nobody listens at the chosen endpoint, ``InvalidInputError`` when it is no URL."""
    chosen = chosen_endpoint(provider, settings)
    if chosen is None:
        return
    variable, url = chosen
    host, port = _address(variable, url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        why = "no answer" if isinstance(error, TimeoutError) else _reason(error)
        raise Unreachable(f"endpoint {url} (from {variable}): {why}") from None
    writer.close()


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def _address(variable: str, url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        raise InvalidInputError(variable, url, "allowed: http://host:port or https://host:port") from None
    if not parts.hostname:
        raise InvalidInputError(variable, url, "allowed: http://host:port or https://host:port")
    return parts.hostname, port
