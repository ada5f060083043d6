"""What an engine gets from a connection."""

from __future__ import annotations

from typing import Any, Protocol


class Clients(Protocol):
    """Clients of one account, made by the connection factory, behind the read-only guard."""

    demo: bool

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - the SDK's clients have no types
        """The SDK's client of one service in one region: cached, thread-safe. Blocks, so call it in a thread."""
