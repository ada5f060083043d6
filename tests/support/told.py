"""What every room's tests tell: one scan of one account, and one event of one of its volumes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.event import Data, Event, event_id, source_of
from schemas.scan import Connection, Discovery, ScanSpec

ASOF = datetime(2026, 11, 21, 4, tzinfo=UTC)
ACCOUNT = "111111111111"
REGIONS = ("eu-west-1", "us-east-1")
DISCOVERY = Discovery(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/read", "aws", REGIONS)
STATE = "aws.metadata.ebs.state"


def scan_spec(scan_id: str = "scan-1", **changes: Any) -> ScanSpec:
    spec = ScanSpec(
        scan_id=scan_id,
        client_id="acme",
        provider="aws",
        connection=Connection(mode="demo", account=ACCOUNT),
        services=("ebs",),
        regions=None,
        categories=("metadata", "waste"),
        resource_ids=None,
        lookback_days=14,
        asof=ASOF,
    )
    return msgspec.structs.replace(spec, **changes)


def volume_event(scan_id: str, subject: str, kind: str = STATE, value: Any = "in-use", **changes: Any) -> Event:
    """``qualifier`` goes into the id alone."""
    made = Event(
        id=event_id(scan_id, subject, kind, changes.pop("qualifier", "")),
        source=source_of("aws", ACCOUNT),
        type=kind,
        subject=subject,
        time=ASOF,
        clientid="acme",
        scanid=scan_id,
        taskid=f"{scan_id}-1",
        attempt=1,
        asof=ASOF,
        provider="aws",
        accountid=ACCOUNT,
        region="eu-west-1",
        resourcetype="AWS::EC2::Volume",
        partitionkey=subject,
        data=Data(value),
    )
    return msgspec.structs.replace(made, **changes)
