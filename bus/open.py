"""From an address to a bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bus.access import KafkaAccess, kafka_access
from schemas.addresses import masked
from schemas.errors import InvalidInputError

if TYPE_CHECKING:
    from bus.protocol import Bus
    from schemas.settings import Settings

ALLOWED: Final = "allowed: sqlite:///FILE, kafka://host:port[,host:port]; a login stands in SENTINEL_KAFKA_USERNAME"


def bus_of(settings: Settings) -> Bus:
    """The bus of the settings. Raises ``InvalidInputError`` for settings that cannot be."""
    return open_bus(settings.bus_url, retention_hours=settings.bus_retention_hours, access=kafka_access(settings))


def open_bus(url: str, *, retention_hours: int = 48, access: KafkaAccess | None = None) -> Bus:
    """The bus at ``sqlite:///FILE`` or ``kafka://host:port[,host:port]``. Raises ``InvalidInputError`` for another."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/"):
        from bus.sqlite import SqliteBus

        return SqliteBus(rest[1:], retention_hours=retention_hours)
    if scheme == "kafka" and rest and "@" not in rest:
        from bus.kafka import KafkaBus

        return KafkaBus(rest, access=access)
    raise InvalidInputError("SENTINEL_BUS", masked(url), ALLOWED)
