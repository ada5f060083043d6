"""Addresses of stores and buses, as people may see them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from schemas.errors import InvalidInputError

_LOGIN: Final = re.compile(r"(?<=://)([^:@/]*):.*@", re.DOTALL)
_QUERY: Final = re.compile(r"(password=)[^&]*", re.IGNORECASE)


def masked(address: str) -> str:
    """The address without its password: what logs, answers and errors show."""
    return _QUERY.sub(r"\1***", _LOGIN.sub(r"\1:***@", address))


def check_push_url(url: str) -> None:
    """Raises ``InvalidInputError``."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        allowed = "http or https, without a login, for example https://aggregator.example.com/submit-metrics"
        raise InvalidInputError("SENTINEL_PUSH_URL", None, allowed)
