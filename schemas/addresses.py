"""Addresses of stores and buses, as people may see them."""

from __future__ import annotations

import re
from typing import Final

_LOGIN: Final = re.compile(r"(?<=://)([^:@/]*):.*@", re.DOTALL)
_QUERY: Final = re.compile(r"(password=)[^&]*", re.IGNORECASE)


def masked(address: str) -> str:
    """The address without its password: what logs, answers and errors show."""
    return _QUERY.sub(r"\1***", _LOGIN.sub(r"\1:***@", address))
