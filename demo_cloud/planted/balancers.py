"""Load balancers and Auto Scaling groups that are planted: those with nothing behind them, those that nobody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from demo_cloud.names import DATA, FRANKFURT, IRELAND, REGIONS, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, Expected, U, waste
from demo_cloud.world import BUSY, IDLE, IGNORED, Load, World, days

Health = Literal["healthy", "unhealthy", "since_noon"]
"""Of the targets: well, not well for weeks, or not well for twelve hours only."""


@dataclass(frozen=True)
class Balancer:
    """A load balancer (``app``, ``net`` or ``classic``) in front of so many running instances of its place.

    ``number`` is the end of its ARN; a classic one has none. ``asked`` are the requests or flows of a day.
    """

    name: str
    number: str
    age: timedelta
    targets: int = 0
    kind: Literal["app", "net", "classic"] = "app"
    asked: float = 50_000.0
    health: Health = "healthy"
    zones: int = 2
    groups: int = 1
    redirects: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What stands behind ``loadbalancer/`` in its ARN."""
        return self.name if self.kind == "classic" else f"{self.kind}/{self.name}/{self.number}"


@dataclass(frozen=True)
class ScalingGroup:
    """An Auto Scaling group with these instances of its place, as busy as ``load``."""

    name: str
    id: str
    age: timedelta
    members: tuple[str, ...] = ()
    smallest: int = 1
    zones: int = 2
    load: Load | None = None


def plant(world: World) -> None:
    """lb.no_targets and lb.idle; groups, which no rule judges."""
    _plant_empty(world)
    _plant_unhealthy(world)
    _plant_idle(world)
    _plant_groups(world)


def _plant_empty(world: World) -> None:
    """lb.no_targets: nothing is registered."""
    world.place(RETAIL, IRELAND).of(Balancer).extend(
        [
            Balancer("old-shop", "0de01e1000000001", days(400), tags={"team": "checkout"}),
            Balancer("old-pos", "", days(900), kind="classic", zones=1),
            # near misses: seven days old; it only redirects; ignored
            Balancer("new-shop", "0de01e1900000001", days(7)),
            Balancer("to-www", "0de01e1900000002", days(300), groups=0, redirects=True),
            Balancer("kept", "0de01e1900000003", days(300), tags=IGNORED),
        ]
    )
    world.place(DATA, VIRGINIA).of(Balancer).append(Balancer("old-feed", "0de02a1000000001", days(8), kind="net"))
    # the price list has no application balancer of Frankfurt
    world.place(DATA, FRANKFURT).of(Balancer).append(Balancer("old-api", "0de02c1000000001", days(60), groups=0))


def _plant_unhealthy(world: World) -> None:
    """lb.no_targets: registered, and in a week not once healthy."""
    world.place(RETAIL, VIRGINIA).of(Balancer).extend(
        [
            Balancer("dead", "0de01a1000000001", days(200), 2, health="unhealthy"),
            Balancer("dead-parts", "0de01a1000000002", days(200), 2, health="unhealthy", groups=2),
            # near misses: down since noon, with one group and with two
            Balancer("down", "0de01a1900000001", days(200), 2, health="since_noon"),
            Balancer("down-parts", "0de01a1900000002", days(200), 2, health="since_noon", groups=2),
        ]
    )
    world.place(DATA, FRANKFURT).of(Balancer).append(
        Balancer("dead-etl", "", days(300), 1, kind="classic", health="unhealthy")
    )


def _plant_idle(world: World) -> None:
    """lb.idle: fewer than a hundred requests a day."""
    world.place(RETAIL, IRELAND).of(Balancer).extend(
        [
            Balancer("intern", "0de01e1000000002", days(300), 2, asked=30.0),
            # near misses: a bit more; a week old
            Balancer("slow", "0de01e1900000004", days(300), 2, asked=130.0),
            Balancer("fresh", "0de01e1900000005", days(7), 2, asked=0.0),
        ]
    )
    world.place(DATA, VIRGINIA).of(Balancer).extend(
        [
            Balancer("quiet-feed", "0de02a1000000002", days(300), 1, kind="net", asked=0.0),
            Balancer("quiet-web", "", days(300), 2, kind="classic", asked=0.0),
        ]
    )


def _plant_groups(world: World) -> None:
    """One group is that of the near miss of vm.idle; every place has a busy balancer."""
    member = ("i-0de01c19000000021",)
    group = ScalingGroup("checkout-asg", "0de01c19-0000-4000-8000-000000000001", days(220), member, load=IDLE)
    world.place(RETAIL, FRANKFURT).of(ScalingGroup).append(group)
    for account, region in world.places:
        place = world.place(account, region)
        number = f"{account[0]}{REGIONS.index(region)}"
        place.of(Balancer).append(Balancer("web", f"0de0{number}f100000001", days(600), 3, zones=3))
        place.of(ScalingGroup).append(
            ScalingGroup(f"web-{region}", f"0de0{number}f1-0000-4000-8000-000000000001", days(600), (), 2, 3, BUSY)
        )


def _empty(account: str, region: str, balancer: str, saving: str | None, rule: str = "lb.no_targets") -> Expected:
    return waste(rule, account, region, f"loadbalancer/{balancer}", saving, service="elasticloadbalancing")


EXPECTED: Final = (
    # 0.0252, 0.028, 0.0225 x 730; the price list has no application balancer of Frankfurt
    _empty(A, E, "app/old-shop/0de01e1000000001", "18.40"),
    _empty(A, E, "old-pos", "20.44"),
    _empty(B, U, "net/old-feed/0de02a1000000001", "16.43"),
    _empty(B, C, "app/old-api/0de02c1000000001", None),
    # 0.0225, 0.0225, 0.03 x 730
    _empty(A, U, "app/dead/0de01a1000000001", "16.43"),
    _empty(A, U, "app/dead-parts/0de01a1000000002", "16.43"),
    _empty(B, C, "dead-etl", "21.90"),
    # 0.0252, 0.0225, 0.025 x 730
    _empty(A, E, "app/intern/0de01e1000000002", "18.40", "lb.idle"),
    _empty(B, U, "net/quiet-feed/0de02a1000000002", "16.43", "lb.idle"),
    _empty(B, U, "quiet-web", "18.25", "lb.idle"),
)
