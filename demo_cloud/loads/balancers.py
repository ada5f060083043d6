"""How much load balancers are asked, how many of their targets are well, and how busy groups are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zlib import crc32

from demo_cloud.loads.compute import cpu
from demo_cloud.loads.series import SAMPLES_AN_HOUR, Hour, Key, Series, Told, hour_of, since, steady
from demo_cloud.planted.balancers import Balancer, ScalingGroup
from demo_cloud.world import Place

NAMESPACES: Final = {"app": "AWS/ApplicationELB", "net": "AWS/NetworkELB", "classic": "AWS/ELB"}
ASKED: Final = {"app": "RequestCount", "net": "NewFlowCount", "classic": "RequestCount"}
BYTES_A_REQUEST: Final = 20_000
FOREVER: Final = 1 << 40
NOON_HOURS: Final = 12
"""How long those are down that are down since noon."""


def series(place: Place, now: datetime) -> Told:
    """Balancers that have targets count what they are asked; groups with a load have members."""
    for balancer in place.of(Balancer):
        if balancer.targets:
            yield from _asked(balancer, since(now, balancer.age))
            yield from _healthy(balancer, since(now, balancer.age), hour_of(now))
    for group in place.of(ScalingGroup):
        if group.load is not None:
            key = ("AWS/EC2", "CPUUtilization", (("AutoScalingGroupName", group.name),))
            yield key, Series(cpu(group.load, crc32(group.id.encode())), since(now, group.age), "Percent")


def _whole(balancer: Balancer) -> tuple[tuple[str, str], ...]:
    return (("LoadBalancerName" if balancer.kind == "classic" else "LoadBalancer", balancer.id),)


def _asked(balancer: Balancer, first: int) -> Iterator[tuple[Key, Series]]:
    """A classic balancer sends nothing while nobody asks it, as AWS documents; the others send zeros."""
    if balancer.kind == "classic" and not balancer.asked:
        return
    namespace, seed = NAMESPACES[balancer.kind], crc32(balancer.id.encode())
    a_sample = balancer.asked / 24 / SAMPLES_AN_HOUR
    yield (namespace, ASKED[balancer.kind], _whole(balancer)), Series(steady(a_sample, seed), first, "Count")
    if balancer.kind != "classic":
        hour = steady(a_sample * BYTES_A_REQUEST, seed)
        yield (namespace, "ProcessedBytes", _whole(balancer)), Series(hour, first, "Bytes")


def _healthy(balancer: Balancer, first: int, now: int) -> Iterator[tuple[Key, Series]]:
    groups = [f"targetgroup/{balancer.name}-{number}/{balancer.number}" for number in range(balancer.groups)]
    of_group = [()] if balancer.kind == "classic" else [(("TargetGroup", group),) for group in groups]
    for group in of_group:
        key = (NAMESPACES[balancer.kind], "HealthyHostCount", (*_whole(balancer), *group))
        yield key, Series(_count(balancer, now), first, "Count")


def _count(balancer: Balancer, now: int) -> Hour:
    ends = {"healthy": FOREVER, "since_noon": now - NOON_HOURS, "unhealthy": 0}[balancer.health]
    well = float(balancer.targets)

    def value(hour: int) -> tuple[float, float]:
        return (well, well) if hour < ends else (0.0, 0.0)

    return value
