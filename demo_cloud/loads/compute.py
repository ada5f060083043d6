"""How busy instances and their volumes are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zlib import crc32

from demo_cloud.loads.series import SAMPLES_AN_HOUR, Hour, Key, Series, Told, since, steady, wobble
from demo_cloud.world import Instance, Load, Place, Volume

FIRST_SPIKE: Final = 2


def series(place: Place, now: datetime) -> Told:
    """Running instances, and the volumes that are attached to them."""
    running = {one.id: one for one in place.instances if one.stopped_for is None}
    for instance in running.values():
        yield from _instance_series(instance, since(now, instance.age))
    for volume in place.volumes:
        if volume.attached_to in running:
            yield from _volume_series(volume, since(now, volume.age))


def _instance_series(instance: Instance, since: int) -> Iterator[tuple[Key, Series]]:
    load = instance.load
    if load is None:
        return
    dimensions = (("InstanceId", instance.id),)
    seed = crc32(instance.id.encode())
    yield ("AWS/EC2", "CPUUtilization", dimensions), Series(cpu(load, seed), since, "Percent")
    if instance.kind.startswith("t"):
        balance = steady(load.cpu_credits, seed, load.covered)
        yield ("AWS/EC2", "CPUCreditBalance", dimensions), Series(balance, since, "Count")
    for name, share in (("NetworkIn", 0.6), ("NetworkOut", 0.4)):
        a_sample = load.network_mb * share * 1e6 / 24 / SAMPLES_AN_HOUR
        yield ("AWS/EC2", name, dimensions), Series(steady(a_sample, seed, load.covered), since, "Bytes")


def _volume_series(volume: Volume, since: int) -> Iterator[tuple[Key, Series]]:
    for name, operations in (("VolumeReadOps", 40.0), ("VolumeWriteOps", 260.0)):
        hour = steady(0.0 if volume.silent else operations, crc32(volume.id.encode()), 10)
        yield ("AWS/EBS", name, (("VolumeId", volume.id),)), Series(hour, since, "Count")


def cpu(load: Load, seed: int) -> Hour:
    """CPU in percent, with the peaks of each night."""
    spiky = range(FIRST_SPIKE, FIRST_SPIKE + load.spikes)

    def value(hour: int) -> tuple[float, float] | None:
        if hour % 10 >= load.covered:
            return None
        mean = load.cpu * wobble(seed, hour)
        if hour % 24 in spiky:
            return (11 * mean + load.spike_cpu) / SAMPLES_AN_HOUR, load.spike_cpu
        return mean, min(100.0, mean * load.cpu_peak)

    return value
