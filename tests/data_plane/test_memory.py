"""The worker's memory does not grow with the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo_cloud import DemoCloud
from schemas.event import CATEGORIES
from schemas.states import ScanStatus
from tests.data_plane.demo_scan import at_its_end, ended, scanning

ALLOWED_KIB = 50 * 1024
SMALL, LARGE = 3, 36
"""Scales of the demo cloud that give its first account about 1,000 and 10,000 resources."""


async def peak_kib(scale: int, home: Path) -> tuple[int, int]:
    """Resources of the scan, and the most memory that its worker had."""
    with DemoCloud.start(scale=scale) as cloud:
        async with scanning(cloud, home, regions=None, categories=CATEGORIES, requests_per_second=1000) as (
            backbone,
            roles,
        ):
            await at_its_end(backbone, seconds=300)
            end = await ended(backbone)
            peak = roles["worker"].peak_kib()
    assert end.row.status is ScanStatus.COMPLETED
    return sum(sum(task.outcome.resources.values()) for task in end.tasks if task.outcome), peak


@pytest.mark.slow
@pytest.mark.timeout(500)
async def test_ten_thousand_resources_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    few, small = await peak_kib(SMALL, tmp_path / "small")
    many, large = await peak_kib(LARGE, tmp_path / "large")
    print(f"{few} resources: {small} KiB, {many} resources: {large} KiB")
    assert 700 < few < 1300
    assert many > 9_500
    assert large - small <= ALLOWED_KIB
