"""The key with which tests sign in, and how an API gets to know it."""

from __future__ import annotations

from typing import Any, Final

KEY: Final = "csk_" + "0123456789abcdef" + "_" + "testkey" * 6 + "t"
SIGNED_IN: Final = {"Authorization": f"Bearer {KEY}"}
SETTINGS: Final[dict[str, Any]] = {"first_key": KEY, "api_requests_per_second": 100_000.0}
"""Of an API in a test: it knows the key, and lets tests ask as fast as they can."""
VARIABLES: Final = {f"SENTINEL_{name.upper()}": str(value) for name, value in SETTINGS.items()} | {
    "SENTINEL_API_KEY": KEY
}
