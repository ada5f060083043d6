"""What is written down: log groups that keep everything, trails that do not record everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected
from demo_cloud.rows import exposed as exposed_row
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class LogGroup:
    """A log group; ``keep_days`` None: for ever."""

    id: str
    age: timedelta
    gib: float
    keep_days: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trail:
    """A trail, of its region or of all, that writes into the first bucket of the account."""

    id: str
    everywhere: bool
    runs: bool = True


def plant(world: World) -> None:
    """log.no_retention, trail.no_multi_region."""
    world.place(RETAIL, IRELAND).of(LogGroup).extend(
        [
            LogGroup("/app/orders", days(700), 40.0),
            # near misses: kept for a month; empty; ignored
            LogGroup("/app/search", days(700), 40.0, keep_days=30),
            LogGroup("/app/new", days(3), 0.0),
            LogGroup("/app/law", days(900), 90.0, tags=IGNORED),
        ]
    )
    world.place(DATA, FRANKFURT).of(LogGroup).append(LogGroup("/etl/raw", days(200), 7.5))
    world.place(RETAIL, VIRGINIA).of(Trail).append(Trail("everything", everywhere=True))
    # neither of them: one region only, and one that was stopped
    world.place(DATA, VIRGINIA).of(Trail).extend(
        [Trail("virginia", everywhere=False), Trail("paused", everywhere=True, runs=False)]
    )


def _kept(account: str, region: str, name: str) -> Expected:
    return waste_row("log.no_retention", account, region, f"log-group:{name}", None, service="logs")


EXPECTED: Final = (
    _kept(A, E, "/app/orders"),
    _kept(B, C, "/etl/raw"),
    exposed_row("trail.no_multi_region", B, "", "account", service="cloudtrail"),
)
