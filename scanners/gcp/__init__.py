"""The Google Cloud engine and one small file a resource type.

A project is listed as a whole: Cloud Asset Inventory has no listing of one region. So every service is global here: a
scan of a project is one task for each family, which reads each asset type once, page by page, and places each resource
by the location that the inventory tells. Regions of a scan request choose among the resources, not among the calls.
"""

from __future__ import annotations

from typing import Final

ALWAYS: Final = ("cloudasset:ListAssets",)
"""Operations of every scan, whatever it selects."""


def home_region(partition: str) -> str:  # noqa: ARG001 - there is one
    """Where a whole project is asked."""
    return "global"
