"""The whole scenario at one moment: what the themes plant, and around it the healthy rest.

Ids are fixed: ``0de0``, the account's digit, ``e1`` Ireland, ``a1`` Virginia or ``c1`` Frankfurt, a number; those of
near misses have a 9 in front of the number.
"""

from __future__ import annotations

from datetime import datetime

from demo_cloud.background import add_background, blank_world
from demo_cloud.names import DATA, HOLDING, SANDBOX
from demo_cloud.planted import THEMES
from demo_cloud.world import World


def build_world(now: datetime, *, scale: int = 1) -> World:
    """The whole scenario at ``now``: what is planted, its near misses, and ``scale`` times the background."""
    world = blank_world(now)
    world.denied[DATA] = ("s3:*",)
    world.denied[HOLDING] = ("rds:DescribeDBSnapshots",)
    world.forbidden[SANDBOX] = ("dynamodb:*",)
    for theme in THEMES:
        theme.plant(world)
    add_background(world, scale)
    return world
