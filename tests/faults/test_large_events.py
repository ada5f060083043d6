"""An event that is too large is a dead letter and a gap; everything else of the scan is as it would be without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.event import MAX_EVENT_BYTES
from schemas.states import ScanStatus
from schemas.topics import DEAD_LETTERS, DeadLetter
from tests.faults.roles import accept, at_work, result_of

IRELAND = "eu-west-1"
DISK = "vol-0de01e10000000001"
VOLUMES = {"service": "ec2", "operation": "DescribeVolumes", "region": IRELAND}


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start() as cloud:
        yield cloud


async def test_enormous_tags_cost_one_event_and_nothing_else(demo: DemoCloud, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"services": ("ebs",), "regions": (IRELAND,), "categories": ("metadata", "waste")}
    async with at_work(demo, tmp_path) as backbone:
        await accept(backbone, demo, "scan-1", **asked)
        first = await result_of(backbone, "scan-1")
        tags = {"kind": "rewrite", "match": VOLUMES, "path": "volumeSet/item/tagSet/item/value", "times": None}
        demo.order({**tags, "value": "x" * MAX_EVENT_BYTES})
        await accept(backbone, demo, "scan-2", asof=demo.now + timedelta(hours=1), **asked)
        second = await result_of(backbone, "scan-2")
        letters = await dead_letters(backbone)
    assert first.status is ScanStatus.COMPLETED
    assert (second.status, second.tasks[-1].attempt) == (ScanStatus.PARTIAL, 1)
    (gap,) = second.gaps
    tagged = {subject for _, kind, subject, data in first.facts if kind == "aws.metadata.ebs.tags" and '"Name"' in data}
    assert (gap.service, gap.status, gap.scope) == ("ebs", "failed", "enrich")
    assert DISK in " ".join(tagged)
    assert {letter.key for letter in letters} >= tagged
    assert all("too large" in letter.reason for letter in letters)
    assert gap.count == len(letters)
    assert second.events == first.events - len(letters)
    assert second.findings == first.findings, "nothing is resolved by what could not be told"


async def dead_letters(backbone: Backbone) -> list[DeadLetter]:
    consumer = await backbone.bus.subscribe([DEAD_LETTERS], None)
    found = await consumer.fetch(timeout=1)
    await consumer.close()
    return [msgspec.json.decode(message.value, type=DeadLetter) for message in found]
