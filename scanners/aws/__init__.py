"""The AWS engine and one small file a resource type."""

from __future__ import annotations

from typing import Final

ALWAYS: Final = ("sts:GetCallerIdentity", "ec2:DescribeRegions")
"""Operations of every scan, whatever it selects."""

_HOMES: Final = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def home_region(partition: str) -> str:
    """Where the global services of a partition are asked."""
    return _HOMES.get(partition, "us-east-1")
