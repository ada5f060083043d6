"""From an address to a bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from bus.protocol import Bus


def open_bus(url: str, *, retention_hours: int = 48) -> Bus:
    """The bus at ``sqlite:///FILE`` or ``kafka://host:port[,host:port]``. Raises ``InvalidInputError`` for another."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/"):
        from bus.sqlite import SqliteBus

        return SqliteBus(rest[1:], retention_hours=retention_hours)
    if scheme == "kafka" and rest:
        from bus.kafka import KafkaBus

        return KafkaBus(rest)
    raise InvalidInputError("SENTINEL_BUS", url, "allowed: sqlite:///FILE, kafka://host:port[,host:port]")
