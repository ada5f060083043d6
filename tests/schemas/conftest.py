"""An event as the scanners make it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.event import Data, Event, event_id

VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-0a1"


@pytest.fixture
def event() -> Callable[..., Event]:
    def build(**fields: Any) -> Event:
        given: dict[str, Any] = {
            "id": event_id("scan-1", VOLUME, "aws.metadata.ebs.size_gib"),
            "source": "/cloud-sentinel/aws/123456789012",
            "type": "aws.metadata.ebs.size_gib",
            "subject": VOLUME,
            "time": datetime(2026, 11, 21, 4, 0, 7, 120_000, tzinfo=UTC),
            "clientid": "acme",
            "scanid": "scan-1",
            "taskid": "task-1",
            "attempt": 1,
            "asof": datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
            "provider": "aws",
            "accountid": "123456789012",
            "region": "eu-west-1",
            "resourcetype": "AWS::EC2::Volume",
            "partitionkey": VOLUME,
            "data": Data(value=100, unit="GiB"),
            "demo": True,
            "dataschema": "cloud-sentinel:/api/v1/schemas/aws.metadata.ebs.size_gib/v1",
        }
        return Event(**(given | fields))

    return build
