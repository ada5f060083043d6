"""EKS's DescribeClusterVersions, from the scenario: the emulator does not know it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo_cloud.planted.clusters import VERSIONS
from demo_cloud.world import days


def answer_versions(now: datetime) -> dict[str, Any]:
    """All versions; extended support lasts a year."""
    return {
        "clusterVersions": [
            {
                "clusterVersion": name,
                "clusterType": "eks",
                "defaultVersion": False,
                "releaseDate": now + end - days(425),
                "endOfStandardSupportDate": now + end,
                "endOfExtendedSupportDate": now + end + days(365),
                "status": "STANDARD_SUPPORT" if end > days(0) else "EXTENDED_SUPPORT",
            }
            for name, end in VERSIONS.items()
        ]
    }
