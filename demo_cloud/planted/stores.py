"""Tables and repositories of images that are planted: paid for and not used, filled and never emptied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected, U
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class Table:
    """A DynamoDB table with provisioned units of reads and writes, 0: pays by request; ``used`` units an hour."""

    id: str
    age: timedelta
    units: tuple[int, int] = (0, 0)
    used: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Repository:
    """A repository of images."""

    id: str
    age: timedelta
    lifecycle: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """table.unused, registry.no_lifecycle."""
    world.place(RETAIL, IRELAND).of(Table).extend(
        [
            Table("carts-old", days(400), (50, 20)),
            # near misses: thirty days old; used a little; pays by request; ignored
            Table("carts-new", days(30), (50, 20)),
            Table("carts", days(400), (50, 20), used=0.5),
            Table("sessions", days(400)),
            Table("drill", days(400), (5, 5), tags=IGNORED),
        ]
    )
    # the price list has no provisioned capacity of Frankfurt
    world.place(DATA, FRANKFURT).of(Table).append(Table("offsets-old", days(31), (10, 10)))
    world.place(RETAIL, IRELAND).of(Repository).extend(
        [
            Repository("shop/web", days(500)),
            # near misses: with a policy; ignored
            Repository("shop/api", days(500), lifecycle=True),
            Repository("shop/golden", days(500), tags=IGNORED),
        ]
    )
    world.place(DATA, VIRGINIA).of(Repository).append(Repository("etl", days(200)))


EXPECTED: Final[tuple[Expected, ...]] = (
    # (50 x 0.000147 + 20 x 0.000735) x 730; the price list has none of Frankfurt
    waste_row("table.unused", A, E, "table/carts-old", "16.10", service="dynamodb"),
    waste_row("table.unused", B, C, "table/offsets-old", None, service="dynamodb"),
    waste_row("registry.no_lifecycle", A, E, "repository/shop/web", None, service="ecr"),
    waste_row("registry.no_lifecycle", B, U, "repository/etl", None, service="ecr"),
)
