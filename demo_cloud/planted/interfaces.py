"""Network interfaces and endpoints that are planted: orphans, silent endpoints, and what only looks so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from demo_cloud.names import DATA, FRANKFURT, IRELAND, RETAIL, VIRGINIA
from demo_cloud.rows import A, B, C, E, U, waste
from demo_cloud.world import IGNORED, World, days


@dataclass(frozen=True)
class Interface:
    """A network interface that is attached to nothing; ``made_by`` is the service of AWS that keeps it for itself."""

    id: str
    made_by: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint to a service of AWS, in so many zones; ``mb_a_day`` is what goes through it."""

    id: str
    service: str
    age: timedelta
    zones: int = 1
    mb_a_day: float = 0.0
    kind: str = "Interface"
    tags: Mapping[str, str] = field(default_factory=dict)


def plant(world: World) -> None:
    """nic.orphan and endpoint.idle."""
    _plant_interfaces(world)
    _plant_endpoints(world)


def _plant_interfaces(world: World) -> None:
    """nic.orphan: attached to nothing. One has an address, which is paid."""
    world.place(RETAIL, IRELAND).of(Interface).extend(
        [
            Interface("eni-0de01e10000000001", tags={"Name": "old-vpn"}),
            Interface("eni-0de01e10000000002"),
            # near misses: a service keeps it; ignored
            Interface("eni-0de01e19000000001", made_by="lambda"),
            Interface("eni-0de01e19000000002", tags=IGNORED),
        ]
    )
    world.place(DATA, VIRGINIA).of(Interface).append(Interface("eni-0de02a10000000001"))


def _plant_endpoints(world: World) -> None:
    """endpoint.idle: thirty days without a byte."""
    world.place(RETAIL, IRELAND).of(Endpoint).extend(
        [
            Endpoint("vpce-0de01e10000000001", "sqs", days(200), zones=2, tags={"Name": "old-queue"}),
            # near misses: a gateway costs nothing; a trickle; ignored
            Endpoint("vpce-0de01e19000000001", "s3", days(300), kind="Gateway"),
            Endpoint("vpce-0de01e19000000002", "kms", days(300), zones=2, mb_a_day=0.01),
            Endpoint("vpce-0de01e19000000003", "ecr.api", days(300), tags=IGNORED),
        ]
    )
    world.place(DATA, VIRGINIA).of(Endpoint).extend(
        [
            Endpoint("vpce-0de02a10000000001", "logs", days(31), zones=3),
            # near miss: thirty days old, not more
            Endpoint("vpce-0de02a19000000001", "sns", days(30), zones=3),
        ]
    )
    # the price list has no endpoint of Frankfurt
    world.place(DATA, FRANKFURT).of(Endpoint).append(Endpoint("vpce-0de02c10000000001", "sts", days(90)))


EXPECTED: Final = (
    # its address: 0.005 x 730
    waste("nic.orphan", A, E, "network-interface/eni-0de01e10000000001", "3.65"),
    waste("nic.orphan", A, E, "network-interface/eni-0de01e10000000002", "0.00"),
    waste("nic.orphan", B, U, "network-interface/eni-0de02a10000000001", "0.00"),
    # 2 zones x 0.011 x 730; 3 zones x 0.01 x 730
    waste("endpoint.idle", A, E, "vpc-endpoint/vpce-0de01e10000000001", "16.06"),
    waste("endpoint.idle", B, U, "vpc-endpoint/vpce-0de02a10000000001", "21.90"),
    waste("endpoint.idle", B, C, "vpc-endpoint/vpce-0de02c10000000001", None),
)
