"""Clusters that are planted: an old Kubernetes, machines that do next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, U
from demo_cloud.rows import waste as waste_row
from demo_cloud.world import IGNORED, World, days

VERSIONS: Final = {"1.32": days(-300), "1.33": days(-40), "1.34": days(90), "1.35": days(210)}
"""Versions of Kubernetes, and when their standard support ends, against now."""


@dataclass(frozen=True)
class Kubernetes:
    """A cluster of EKS; ``extended``: it may enter extended support."""

    id: str
    age: timedelta
    version: str
    extended: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service of ECS; ``cpu`` is its mean in percent. ``fargate``: it needs no machines."""

    id: str
    tasks: int
    cpu: float
    fargate: bool = True


@dataclass(frozen=True)
class Containers:
    """A cluster of ECS with machines of its own, or none; ``cpu`` and ``memory`` are means in percent."""

    id: str
    age: timedelta
    machines: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    covered: int = 10
    services: tuple[Service, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """cluster.extended_support, cluster.underutilized."""
    world.place(RETAIL, VIRGINIA).of(Kubernetes).extend(
        [
            Kubernetes("shop-legacy", days(900), "1.33"),
            # near misses: a version that has support; AWS upgrades it; ignored
            Kubernetes("shop", days(200), "1.34"),
            Kubernetes("shop-managed", days(500), "1.33", extended=False),
            Kubernetes("lab", days(900), "1.32", tags=IGNORED),
        ]
    )
    # the price list has no clusters of Frankfurt
    world.place(DATA, FRANKFURT).of(Kubernetes).append(Kubernetes("etl-legacy", days(900), "1.32"))
    web, jobs = Service("web", 3, 41.0), Service("jobs", 1, 3.0, fargate=False)
    world.place(RETAIL, IRELAND).of(Containers).extend(
        [
            Containers("batch-old", days(600), machines=2, cpu=3.0, memory=4.0, services=(jobs,)),
            # near misses: memory is used; no machines; silent too often; ignored
            Containers("caches", days(600), machines=2, cpu=3.0, memory=60.0),
            Containers("shop", days(600), services=(web,)),
            Containers("edge", days(600), machines=1, cpu=3.0, memory=4.0, covered=7),
            Containers("drill", days(600), machines=1, cpu=3.0, memory=4.0, tags=IGNORED),
        ]
    )
    world.place(DATA, VIRGINIA).of(Containers).append(Containers("night", days(300), machines=4, cpu=5.0, memory=5.0))


EXPECTED: Final = (
    # 0.60 less 0.10 an hour x 730
    waste_row("cluster.extended_support", A, U, "cluster/shop-legacy", "365.00", service="eks"),
    waste_row("cluster.extended_support", B, C, "cluster/etl-legacy", None, service="eks"),
    waste_row("cluster.underutilized", A, E, "cluster/batch-old", None, service="ecs"),
    waste_row("cluster.underutilized", B, U, "cluster/night", None, service="ecs"),
)
