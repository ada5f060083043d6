"""How busy clusters and their services are."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from demo_cloud.loads.series import Series, Told, since, steady
from demo_cloud.planted.clusters import Containers, Kubernetes
from demo_cloud.world import Place


def series(place: Place, now: datetime) -> Told:
    """Of a cluster without machines of its own nothing is measured, only of its services."""
    for kubernetes in place.of(Kubernetes):
        first, seed = since(now, kubernetes.age), crc32(kubernetes.id.encode())
        for name, mean in (("apiserver_request_total", 900.0), ("scheduler_schedule_attempts_total", 4.0)):
            key = ("AWS/EKS", name, (("ClusterName", kubernetes.id),))
            yield key, Series(steady(mean, seed), first, "Count")
    for cluster in place.of(Containers):
        yield from _containers(cluster, now)


def _containers(cluster: Containers, now: datetime) -> Told:
    first, seed = since(now, cluster.age), crc32(cluster.id.encode())
    by_name = ("ClusterName", cluster.id)
    own = (("CPUUtilization", cluster.cpu), ("MemoryUtilization", cluster.memory), ("CPUReservation", 25.0))
    for name, mean in own if cluster.machines else ():
        yield ("AWS/ECS", name, (by_name,)), Series(steady(mean, seed, cluster.covered), first, "Percent")
    for service in cluster.services:
        dimensions = (by_name, ("ServiceName", service.id))
        for name, mean in (("CPUUtilization", service.cpu), ("MemoryUtilization", 40.0)):
            yield ("AWS/ECS", name, dimensions), Series(steady(mean, seed), first, "Percent")
