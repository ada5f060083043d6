"""The Azure engine and one small file a resource type.

How a scan is cut: Resource Graph answers for all regions of a subscription at once, so every unit is global and a task
is one family of a subscription (``compute``, ``network``), at home in the region ``global``. Tasks by region would ask
the same thing sixty times, from a quota that all share (about 15 queries in 5 seconds). Each resource stands in its own
region, and the metrics are asked for there.

Subjects are ARM ids in lower case. Azure ignores their case, and its APIs differ in it (``/resourceGroups/WEB`` here,
``/resourcegroups/web`` there): only one form makes one resource of them.
"""

from __future__ import annotations

from typing import Final

ALWAYS: Final = ("subscriptions:Get", "subscriptions:List", "subscriptions:ListLocations")
"""Operations of every scan, whatever it selects."""
HOME: Final = "global"


def home_region(partition: str) -> str:  # noqa: ARG001 - every cloud of Azure has the same
    """Where the tasks of a subscription are at home."""
    return HOME
