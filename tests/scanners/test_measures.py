"""What the work for each service cost, and what of it has a price."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from scanners.core.measures import Measures, call_price
from tests.scanners.running import ACCOUNT, LocalCloud, scan


@pytest.mark.parametrize(
    ("operation", "region", "price"),
    [
        ("s3:GetBucketAcl", "us-east-1", Decimal("0.0000004")),
        ("s3:ListBuckets", "us-east-1", Decimal("0.000005")),
        ("s3:GetBucketAcl", "eu-west-1", None),
        ("ec2:DescribeVolumes", "us-east-1", None),
        ("cloudwatch:GetMetricData", "us-east-1", None),
    ],
)
def test_a_call_has_the_price_of_the_packaged_list_or_none(operation: str, region: str, price: Decimal | None) -> None:
    assert call_price(operation, region) == price


async def test_whose_turn_it_is_pays() -> None:
    measures = Measures()
    measures.now.throttles += 1
    with measures.turn("s3"):
        measures.now.calls["s3:ListBuckets", "us-east-1"] += 1
        measures.now.calls["s3:GetBucketAcl", "us-east-1"] += 3
        measures.now.calls["s3:GetBucketAcl", "eu-west-1"] += 2
        measures.now.throttles += 1
    (one,) = measures.report("us-east-1", {"s3": 5})
    assert one.calls == {"s3:GetBucketAcl": 5, "s3:ListBuckets": 1}
    assert one.prices == {"s3:GetBucketAcl": "0.0000012", "s3:ListBuckets": "0.000005"}
    assert (one.service, one.region, one.resources, one.unpriced, one.throttles) == ("s3", "us-east-1", 5, 2, 1)


async def test_a_task_tells_calls_resources_and_events_of_each_service(cloud: LocalCloud) -> None:
    client = cloud.client("ec2", "eu-west-1")
    client.create_volume(Size=100, VolumeType="gp3", AvailabilityZone="eu-west-1a")
    cloud.fault("DescribeAddresses", "RequestLimitExceeded", times=1)
    result = await scan(cloud, services=("ebs", "eip"))
    outcome = result.outcome
    measured = {one.service: one for one in outcome.measures}
    assert set(measured) == {"ebs", "eip"}
    assert (measured["ebs"].region, measured["ebs"].resources, measured["eip"].resources) == ("eu-west-1", 1, 0)
    assert measured["eip"].calls == {"ec2:DescribeAddresses": 2}
    assert (measured["eip"].throttles, measured["ebs"].throttles, outcome.throttles) == (1, 0, 1)
    assert measured["ebs"].calls["ec2:DescribeVolumes"] == 1
    assert (measured["ebs"].prices, measured["ebs"].unpriced) == ({}, sum(measured["ebs"].calls.values()))
    assert measured["ebs"].events + measured["eip"].events + 2 == outcome.events == len(result.events)
    assert sum(sum(one.calls.values()) for one in outcome.measures) == sum(outcome.calls.values())
    assert measured["ebs"].seconds > 0
    for service, one in measured.items():
        (event,) = result.of(f"aws.scan.{service}.measured")
        assert (event.subject, event.data.value) == (f"aws/{ACCOUNT}/eu-west-1/{service}", msgspec.to_builtins(one))


async def test_what_a_service_cost_is_one_event_however_often_the_task_is_tried(cloud: LocalCloud) -> None:
    first, second = [await scan(cloud, services=("eip",), attempt=attempt) for attempt in (1, 2)]
    told = [result.of("aws.scan.eip.measured") for result in (first, second)]
    assert [len(each) for each in told] == [1, 1]
    assert told[0][0].id == told[1][0].id
