"""The scenario of the Azure demo: what is planted in its subscriptions, and near misses beside it."""

from __future__ import annotations

from datetime import datetime

from demo_cloud.azure.names import EAST_US, LAB, SHOP, SUBSCRIPTIONS, WEST_EUROPE
from demo_cloud.azure.world import DAY, AzureWorld, Disk, Subscription, Thing


def build_azure_world(now: datetime, *, scale: int = 1) -> AzureWorld:
    """The whole scenario; the healthy background ``scale`` times."""
    held = {SHOP: _shop(), LAB: []}
    del scale
    return AzureWorld(now, {one: Subscription(one, name, held[one]) for one, name in SUBSCRIPTIONS.items()})


def _shop() -> list[Thing]:
    return [
        Disk("data-left", WEST_EUROPE, "Premium_LRS", 128, 41 * DAY, tier="P10"),
        Disk("data-left-hdd", EAST_US, "Standard_LRS", 1000, 100 * DAY),
        Disk("data-new", WEST_EUROPE, "Premium_LRS", 128, 7 * DAY, tier="P10"),
    ]
