"""What is planted in the demo, a module a theme: the resources, their near misses, and what must be found of them.

Each theme has ``plant(world)``, which puts its resources into the world, and ``EXPECTED``, the findings that a scan
must bring, written by hand with the money. A new theme is a module and its name in ``THEMES``.
"""

from __future__ import annotations

from typing import Final

from demo_cloud.planted import (
    balancers,
    buckets,
    clusters,
    databases,
    disks,
    functions,
    instances,
    interfaces,
    keys,
    network,
    people,
    queues,
    records,
    snapshots,
    stores,
)

THEMES: Final = (
    clusters,
    queues,
    keys,
    functions,
    records,
    stores,
    disks,
    instances,
    snapshots,
    network,
    interfaces,
    balancers,
    databases,
    people,
    buckets,
)
"""In the order in which they are planted."""
