"""EC2's DescribeRegions, from the scenario: three enabled regions and one that the accounts did not opt in to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_cloud.names import DISABLED_REGION, REGIONS


def answer_regions(params: Mapping[str, Any]) -> dict[str, Any]:
    """The result of DescribeRegions; without AllRegions the enabled ones only."""
    regions = [_region(name, "opt-in-not-required") for name in sorted(REGIONS)]
    if params.get("AllRegions"):
        regions.append(_region(DISABLED_REGION, "not-opted-in"))
    wanted = params.get("RegionNames") or [region["RegionName"] for region in regions]
    return {"Regions": [region for region in regions if region["RegionName"] in wanted]}


def _region(name: str, status: str) -> dict[str, str]:
    return {"Endpoint": f"ec2.{name}.amazonaws.com", "RegionName": name, "OptInStatus": status}
