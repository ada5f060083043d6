"""What every connection offers."""

from __future__ import annotations

from typing import Any, Protocol


class Connection(Protocol):
    """Clients of one account behind the read-only guard."""

    demo: bool
    """Whether it reaches a demo cloud; it may become known with the first answer."""

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 - the SDKs' clients have no common type
        """The SDK's client of one service in one region, cached."""

    async def close(self) -> None:
        """Close the sockets of all clients."""
