"""The engine against a local AWS over a socket: pages, refusals, dead regions, throttling, what is missing."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from scanners.core.run import Limits, TaskLostError, run_task
from schemas.errors import NoAccess, Retriable, Unreachable
from schemas.event import Event, decode, encode
from schemas.scan import TaskOutcome, TaskSpec
from tests.scanners.running import ACCOUNT, LocalCloud, Result, run, scan, spec

ZONE = "eu-west-1a"


def volumes(cloud: LocalCloud, count: int, **told: Any) -> list[str]:
    client = cloud.client("ec2", "eu-west-1")
    wanted = {"Size": 100, "VolumeType": "gp3", "AvailabilityZone": ZONE, **told}
    return [client.create_volume(**wanted)["VolumeId"] for _ in range(count)]


def instances(cloud: LocalCloud, count: int) -> list[str]:
    told = cloud.client("ec2", "eu-west-1").run_instances(
        ImageId="ami-12345678", InstanceType="m5.large", MinCount=count, MaxCount=count
    )
    return [one["InstanceId"] for one in told["Instances"]]


def facts(result: Result) -> list[tuple[str, str, str, Any]]:
    """Without what the work cost: that differs from run to run."""
    told = [event for event in result.events if not event.type.endswith(".measured")]
    return sorted((e.id, e.type, e.subject, msgspec.to_builtins(e.data)) for e in told)


async def test_a_volume_becomes_facts_cost_and_findings(cloud: LocalCloud) -> None:
    (volume,) = volumes(cloud, 1)
    result = await scan(cloud, services=("ebs",))
    arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/{volume}"
    assert {e.subject for e in result.events} == {arn, f"aws/{ACCOUNT}/eu-west-1/ebs"}
    assert result.value("aws.metadata.ebs.size_gib") == 100
    assert result.of("aws.metadata.ebs.size_gib")[0].data.unit == "GiB"
    assert result.value("aws.metadata.ebs.tags") == {}
    (cost,) = result.of("aws.cost.ebs.monthly_cost")
    assert (cost.data.value, cost.data.unit) == ("8.80", "USD")
    assert cost.data.price == {
        "key": "ebs:eu-west-1:gp3",
        "source": "amartinawi/cost-optimization-scanner docs/audits/AUDIT-01-EBS.md@e4fedea"
        " (quotes live AWS Price List API answers)",
        "source_date": "2026-05-01",
    }
    finding = result.value("aws.waste.ebs.unattached")
    assert (finding["rule"], finding["outcome"], finding["monthly_saving"]) == ("disk.unattached", "waste", "8.80")
    assert result.outcome.complete == ("ebs",)
    assert result.outcome.resources == {"ebs": 1}
    assert result.outcome.events == len(result.events)


async def test_every_page_is_read(cloud: LocalCloud) -> None:
    made = volumes(cloud, 5)
    result = await scan(cloud, services=("ebs",), categories=("metadata",))
    assert {e.data.value for e in result.of("aws.metadata.ebs.id")} == set(made)
    assert result.outcome.calls["ec2:DescribeVolumes"] == 3


async def test_two_attempts_say_the_same(cloud: LocalCloud) -> None:
    volumes(cloud, 3)
    instances(cloud, 2)
    asof = datetime.now(UTC) + timedelta(days=40)
    first, second = [await scan(cloud, asof=asof, attempt=attempt) for attempt in (1, 2)]
    assert facts(first) == facts(second)
    assert {e.id for e in first.events} == {e.id for e in second.events}
    assert len({e.id for e in first.events}) == len(first.events)


async def test_the_outcome_tells_the_thresholds_as_the_evidence_does(cloud: LocalCloud) -> None:
    """After their way through the store: a finding compares the ones with the others."""
    volumes(cloud, 1)
    result = await scan(cloud, asof=datetime.now(UTC) + timedelta(days=40), services=("ebs",))
    outcome = msgspec.json.decode(msgspec.json.encode(result.outcome), type=TaskOutcome)
    applied = {rule.rule: rule.thresholds for rule in outcome.rules}
    assert applied["disk.unattached"] == {"grace": "7d"}
    found = decode(encode(next(each for each in result.events if each.type == "aws.waste.ebs.unattached")))
    assert isinstance(found.data.value, dict)
    assert found.data.value["evidence"]["thresholds"] == applied["disk.unattached"]


async def test_a_denied_listing_is_a_gap_with_the_statement_that_opens_it(cloud: LocalCloud) -> None:
    volumes(cloud, 1)
    cloud.fault("DescribeVolumes", "UnauthorizedOperation", "You are not authorized.", status=403)
    result = await scan(cloud, services=("ebs", "eip"))
    told = result.value("aws.scan.ebs.denied")
    assert told["action"] == "ec2:DescribeVolumes"
    assert told["statement"] == {"Effect": "Allow", "Action": ["ec2:DescribeVolumes"], "Resource": "*"}
    assert told["principal"].endswith(":role/r")
    assert result.gaps() == [("ebs", "denied", "listing")]
    assert result.outcome.complete == ("eip",)
    assert {rule.rule for rule in result.outcome.rules} >= {"disk.unattached", "ip.unassociated"}


async def test_a_denial_by_the_organization_has_no_statement(cloud: LocalCloud) -> None:
    message = "not authorized to perform this operation with an explicit deny in a service control policy"
    cloud.fault("DescribeAddresses", "UnauthorizedOperation", f"{message}. Encoded authorization failure message: xyz")
    told = (await scan(cloud, services=("eip",))).value("aws.scan.eip.denied")
    assert (told["by_organization"], told["statement"]) == (True, None)
    assert "xyz" not in told["reason"]


async def test_a_page_that_fails_in_the_middle_keeps_what_was_read(cloud: LocalCloud) -> None:
    volumes(cloud, 5)
    cloud.fault("DescribeVolumes", "InternalError", token="2", status=500)
    result = await scan(cloud, services=("ebs",))
    assert len(result.of("aws.metadata.ebs.id")) == 2
    told = result.value("aws.scan.ebs.failed")
    assert (told["resources"], told["operation"]) == (2, "ec2:DescribeVolumes")
    assert result.outcome.complete == ()


async def test_a_disabled_region_is_unsupported(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "OptInRequired")
    assert (await scan(cloud, services=("eip",))).gaps() == [("eip", "unsupported", "listing")]


@pytest.mark.parametrize("code", ["AuthFailure", "UnrecognizedClientException"])
async def test_good_credentials_that_a_region_does_not_know(cloud: LocalCloud, code: str) -> None:
    cloud.fault("DescribeAddresses", code, status=401)
    assert (await scan(cloud, services=("eip",))).gaps() == [("eip", "unsupported", "listing")]


async def test_an_operation_that_the_endpoint_does_not_know(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "", body="<!doctype html><p>Internal Server Error", status=500, type="text/html")
    assert (await scan(cloud, services=("eip",))).gaps() == [("eip", "unsupported", "listing")]


async def test_a_dead_region_is_asked_once_and_is_one_gap_a_service() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = await scan(LocalCloud(f"http://127.0.0.1:{unused.getsockname()[1]}"))
    assert result.gaps() == [(service, "failed", "region") for service in ("ebs", "ec2", "eip", "snapshot")]
    assert sum(result.outcome.calls.values()) == 1
    assert [event.type.rpartition(".")[2] for event in result.events] == ["failed"] * 4 + ["measured"] * 4


async def test_throttling_slows_down_and_ends_well(cloud: LocalCloud) -> None:
    volumes(cloud, 1)
    cloud.fault("DescribeVolumes", "RequestLimitExceeded", status=503, times=2)
    limits = Limits(requests_per_second=1000, first_pause=0.001)
    result = await scan(cloud, services=("ebs",), limits=limits)
    assert result.outcome.throttles == 2
    assert result.outcome.complete == ("ebs",)
    assert result.outcome.calls["ec2:DescribeVolumes"] == 3
    assert limits.bucket(ACCOUNT, "eu-west-1", "ec2").rate < 300


async def test_a_task_that_is_throttled_from_its_first_call_on_is_to_be_tried_again(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "RequestLimitExceeded", status=503)
    with pytest.raises(Retriable):
        await scan(cloud, services=("eip",))


async def test_a_listing_that_is_empty_has_answered(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "RequestLimitExceeded", status=503)
    result = await scan(cloud, services=("ebs", "eip"))
    assert result.outcome.complete == ("ebs",)
    assert result.gaps() == [("eip", "failed", "listing")]


async def test_expired_credentials_end_the_task(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "ExpiredToken")
    with pytest.raises(NoAccess):
        await scan(cloud, services=("eip",))


async def test_a_lost_task_makes_no_call(cloud: LocalCloud) -> None:
    task = TaskSpec(spec(), "t", "scan", 1, ACCOUNT, "aws", "", "ec2", "eu-west-1", ("eip",))
    with pytest.raises(TaskLostError):
        await run(cloud, task, ours=False)


async def test_a_task_that_is_lost_while_it_waits_to_try_again_does_not_wait_to_the_end(cloud: LocalCloud) -> None:
    cloud.fault("DescribeAddresses", "RequestLimitExceeded", status=503, times=100)
    limits = Limits(first_pause=60, longest_pause=60)
    begun = asyncio.get_running_loop().time()

    async def still_ours() -> bool:
        return asyncio.get_running_loop().time() < begun + 1

    async def emit(_: Sequence[Event]) -> None:
        raise AssertionError("nothing was seen")

    task = TaskSpec(spec(services=("eip",)), "t", "scan", 1, ACCOUNT, "aws", "", "ec2", "eu-west-1", ("eip",))
    with pytest.raises(TaskLostError):
        async with asyncio.timeout(10):
            await run_task(task, cloud, emit=emit, still_ours=still_ours, limits=limits)
    limits.close()


ITEM = "<volumeId>vol-1</volumeId><createTime>2026-01-01T00:00:00Z</createTime><status>available</status>"


async def test_an_answer_that_cannot_be_read_is_a_failed_call(cloud: LocalCloud) -> None:
    body = f"<R><volumeSet><item>{ITEM}<size/></item></volumeSet></R>"
    cloud.fault("DescribeVolumes", "", body=body, status=200)
    result = await scan(cloud, services=("ebs",))
    assert result.gaps() == [("ebs", "failed", "listing")]
    assert result.value("aws.scan.ebs.failed")["reason"].startswith("unreadable answer")


async def test_a_missing_fact_costs_that_fact_and_the_rules_that_read_it(cloud: LocalCloud) -> None:
    body = f"<R><volumeSet><item>{ITEM}<volumeType>gp3</volumeType></item></volumeSet></R>"
    cloud.fault("DescribeVolumes", "", body=body, status=200)
    result = await scan(cloud, services=("ebs",))
    assert result.of("aws.metadata.ebs.size_gib") == []
    assert result.value("aws.metadata.ebs.volume_type") == "gp3"
    assert result.value("aws.waste.ebs.unattached")["missing"] == ["size_gib"]
    assert result.value("aws.security.ebs.unencrypted")["missing"] == ["encrypted"]
    assert result.value("aws.cost.ebs.monthly_cost") is None
    assert result.outcome.complete == ("ebs",)


async def test_an_answer_without_an_id_is_never_complete(cloud: LocalCloud) -> None:
    cloud.fault("DescribeVolumes", "", body="<R><volumeSet><item><size>1</size></item></volumeSet></R>", status=200)
    result = await scan(cloud, services=("ebs",))
    assert result.gaps() == [("ebs", "failed", "listing")]
    assert result.outcome.complete == ()


def stop(cloud: LocalCloud, instance: str) -> None:
    cloud.client("ec2", "eu-west-1").stop_instances(InstanceIds=[instance])
    reason = f"User initiated ({datetime.now(UTC):%Y-%m-%d %H:%M:%S} GMT)"
    cloud.control("instance", {"account": ACCOUNT, "region": "eu-west-1", "id": instance, "reason": reason})


async def test_related_instances_are_read_but_not_emitted(cloud: LocalCloud) -> None:
    (instance,) = instances(cloud, 1)
    stop(cloud, instance)
    result = await scan(cloud, services=("ebs",))
    finding = result.value("aws.waste.ebs.on_stopped_vm")
    assert (finding["outcome"], finding["monthly_saving"]) == ("waste", "0.88")
    assert {e.service for e in result.events} == {"ebs"}
    assert result.outcome.calls["ec2:DescribeInstances"] == 1


async def test_an_incomplete_related_listing_is_insufficient_data(cloud: LocalCloud) -> None:
    (instance,) = instances(cloud, 1)
    stop(cloud, instance)
    cloud.fault("DescribeInstances", "UnauthorizedOperation", status=403)
    result = await scan(cloud, services=("ebs",))
    assert result.value("aws.waste.ebs.on_stopped_vm")["missing"] == ["instances"]
    assert result.gaps() == [("ebs", "denied", "enrich")]
    assert result.outcome.complete == ("ebs",)


async def test_each_listing_of_a_family_is_read_once(cloud: LocalCloud) -> None:
    volumes(cloud, 1)
    calls = (await scan(cloud)).outcome.calls
    once = ("Volumes", "Instances", "Addresses", "Images", "InstanceTypeOfferings")
    public = {"ec2:DescribeSnapshots": 2}  # all of one's own, and those that everybody may use
    assert calls == dict.fromkeys([f"ec2:Describe{what}" for what in once], 1) | public


async def test_only_the_categories_that_were_asked_for_are_emitted_and_fetched(cloud: LocalCloud) -> None:
    instances(cloud, 1)
    result = await scan(cloud, categories=("metadata",))
    assert set(result.outcome.events_by_category) == {"metadata", "scan"}
    assert "cloudwatch:GetMetricData" not in result.outcome.calls
    assert "ec2:DescribeImages" not in result.outcome.calls
    assert result.outcome.rules == ()


async def test_only_the_resources_that_were_asked_for(cloud: LocalCloud) -> None:
    first, second, _ = volumes(cloud, 3)
    wanted = (f"arn:aws:ec2:eu-west-1:{ACCOUNT}:volume/{first}", second)
    result = await scan(cloud, services=("ebs",), resource_ids=wanted)
    assert {e.data.value for e in result.of("aws.metadata.ebs.id")} == {first, second}
    assert result.outcome.complete == ()


async def test_series_come_from_hourly_values(cloud: LocalCloud) -> None:
    (instance,) = instances(cloud, 1)
    asof = datetime.now(UTC).replace(minute=30)
    put_cpu(cloud, instance, asof)
    result = await scan(cloud, services=("ec2",), asof=asof, lookback_days=1)
    told = {e.data.statistic: e.data for e in result.of("aws.performance.ec2.cpu")}
    assert {name: data.value for name, data in told.items()} == {"average": 12.5, "max": 24.0, "p95": 23.0}
    assert {data.samples for data in told.values()} == {24}
    hour = asof.replace(minute=0, second=0, microsecond=0)
    window = {"start": f"{hour - timedelta(days=1):%Y-%m-%dT%H:00:00Z}", "end": f"{hour:%Y-%m-%dT%H:00:00Z}"}
    assert told["max"].window == window
    assert result.of("aws.performance.ec2.network_in") == []


def put_cpu(cloud: LocalCloud, instance: str, asof: datetime) -> None:
    """1 % in the first hour of the window … 24 % in the last; 99 % in the hour that is not over yet."""
    hour = asof.replace(minute=0, second=0, microsecond=0)
    values = [(hour - timedelta(hours=25 - n), float(n)) for n in range(1, 25)] + [(hour, 99.0)]
    cloud.client("cloudwatch", "eu-west-1").put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[
            {
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": instance}],
                "Timestamp": moment,
                "Value": value,
                "Unit": "Percent",
            }
            for moment, value in values
        ],
    )


async def test_refused_metrics_cost_the_series_only(cloud: LocalCloud) -> None:
    instances(cloud, 3)
    body = '{"__type": "AccessDenied", "message": "no"}'
    cloud.fault("GetMetricData", "", body=body, status=403, type="application/json")
    result = await scan(cloud, services=("ec2",))
    assert len(result.of("aws.metadata.ec2.id")) == 3
    assert {value["missing"][0] for value in result.values("aws.waste.ec2.idle")} == {"cpu"}
    assert result.gaps() == [("ec2", "denied", "metrics")]
    assert result.value("aws.scan.ec2.denied")["action"] == "cloudwatch:GetMetricData"
    assert result.outcome.complete == ("ec2",)


def buckets(cloud: LocalCloud) -> Any:
    client = cloud.client("s3", "us-east-1")
    client.create_bucket(Bucket="in-virginia")
    client.create_bucket(Bucket="in-ireland", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.put_bucket_tagging(Bucket="in-ireland", Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
    client.put_bucket_acl(Bucket="in-ireland", ACL="public-read")
    return client


async def scan_buckets(cloud: LocalCloud, **change: Any) -> Result:
    return await scan(cloud, services=("s3",), family="s3", region="us-east-1", **change)


async def test_buckets_are_placed_in_their_regions_and_enriched(cloud: LocalCloud) -> None:
    buckets(cloud)
    result = await scan_buckets(cloud)
    assert {(e.subject, e.region) for e in result.of("aws.metadata.s3.id")} == {
        ("arn:aws:s3:::in-virginia", "us-east-1"),
        ("arn:aws:s3:::in-ireland", "eu-west-1"),
    }
    tags = {e.subject: e.data.value for e in result.of("aws.metadata.s3.tags")}
    assert tags == {"arn:aws:s3:::in-virginia": {}, "arn:aws:s3:::in-ireland": {"team": "web"}}
    assert [e.subject for e in result.of("aws.security.s3.public")] == ["arn:aws:s3:::in-ireland"]
    assert result.value("aws.security.s3.public")["severity"] == "critical"
    assert result.outcome.complete == ("s3",)


async def test_buckets_of_other_regions_are_left_out_and_not_called_gone(cloud: LocalCloud) -> None:
    buckets(cloud)
    result = await scan_buckets(cloud, regions=("eu-west-1",))
    assert [e.data.value for e in result.of("aws.metadata.s3.id")] == ["in-ireland"]
    assert result.outcome.complete == ("s3",)


LISTED_WITHOUT_REGION = (
    '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets><Bucket><Name>nowhere</Name>'
    "<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"
)


@pytest.mark.parametrize(("regions", "complete"), [(("eu-west-1",), ()), (None, ("s3",))])
async def test_a_bucket_without_a_region_may_be_in_any_that_was_asked_for(
    cloud: LocalCloud, regions: tuple[str, ...] | None, complete: tuple[str, ...]
) -> None:
    refused = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    listed = {"action": "s3:max", "status": 200, "times": -1, "body": LISTED_WITHOUT_REGION}
    cloud.control("faults", [listed, {"action": "s3:location", "status": 403, "times": -1, "body": refused}])
    result = await scan_buckets(cloud, regions=regions)
    assert result.outcome.complete == complete
    assert ("s3", "denied", "enrich") in result.gaps()


async def test_a_refused_detail_costs_its_fields_only_and_is_told_once(cloud: LocalCloud) -> None:
    buckets(cloud)
    cloud.fault("s3:lifecycle", "", body="<Error><Code>AccessDenied</Code><Message>no</Message></Error>", status=403)
    result = await scan_buckets(cloud)
    assert result.of("aws.metadata.s3.lifecycle") == []
    assert len(result.of("aws.metadata.s3.grantees")) == 2
    assert [value["missing"] for value in result.values("aws.waste.s3.no_lifecycle")] == [["lifecycle"]] * 2
    told = result.value("aws.scan.s3.denied")
    assert (told["scope"], told["action"], told["count"]) == ("enrich", "s3:GetLifecycleConfiguration", 2)


async def discover(cloud: Any, **change: Any) -> Result:
    return await run(cloud, TaskSpec(spec(**change), "task-0", "discover", 1))


async def test_discovery_tells_identity_and_regions(cloud: LocalCloud) -> None:
    found = (await discover(cloud)).outcome.discovery
    assert found
    assert (found.account_id, found.partition) == (ACCOUNT, "aws")
    assert "eu-west-1" in found.regions
    assert "me-south-1" in found.disabled_regions


async def test_regions_that_are_asked_for_and_disabled_are_unsupported(cloud: LocalCloud) -> None:
    result = await discover(cloud, regions=("eu-west-1", "me-south-1"), services=("ebs", "s3"))
    assert [(c.service, c.region, c.status) for c in result.outcome.coverage] == [("ebs", "me-south-1", "unsupported")]
    assert result.events[0].accountid == ACCOUNT


async def test_regions_that_are_asked_for_and_not_of_this_partition_are_unsupported(cloud: LocalCloud) -> None:
    item = "<item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
    space = "http://ec2.amazonaws.com/doc/2016-11-15"
    body = f'<DescribeRegionsResponse xmlns="{space}"><regionInfo>{item}</regionInfo></DescribeRegionsResponse>'
    cloud.fault("DescribeRegions", "", body=body, status=200)
    result = await discover(cloud, regions=("cn-north-1", "eu-west-1"), services=("ebs",))
    assert [(c.service, c.region, c.status) for c in result.outcome.coverage] == [("ebs", "cn-north-1", "unsupported")]


async def test_without_permission_to_list_regions_those_asked_for_are_scanned(cloud: LocalCloud) -> None:
    cloud.fault("DescribeRegions", "UnauthorizedOperation", status=403)
    result = await discover(cloud, regions=("eu-west-1",))
    assert result.outcome.discovery
    assert result.outcome.discovery.regions == ("eu-west-1",)
    (gap,) = result.outcome.coverage
    assert (gap.status, gap.scope, gap.action) == ("denied", "region", "ec2:DescribeRegions")


async def test_without_regions_asked_for_all_of_the_partition_are_tried(cloud: LocalCloud) -> None:
    cloud.fault("DescribeRegions", "UnauthorizedOperation", status=403)
    found = (await discover(cloud)).outcome.discovery
    assert found
    assert {"eu-west-1", "us-east-1"} < set(found.regions)
    assert not {"cn-north-1", "us-gov-west-1"} & set(found.regions)


async def test_discovery_of_a_dead_endpoint_raises() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await discover(LocalCloud(f"http://127.0.0.1:{unused.getsockname()[1]}"))


async def test_discovery_with_unknown_credentials_raises(cloud: LocalCloud) -> None:
    cloud.fault("GetCallerIdentity", "InvalidClientTokenId", status=403)
    with pytest.raises(NoAccess):
        await discover(cloud)


class Nobody(LocalCloud):
    """A client without any credentials."""

    def client(self, service: str, region: str) -> Any:
        import botocore.session

        session = botocore.session.get_session()
        session.get_component("credential_provider").providers.clear()
        return session.create_client(service, region_name=region, endpoint_url=self.url)


async def test_no_credentials_at_all_raise(cloud: LocalCloud) -> None:
    with pytest.raises(NoAccess):
        await discover(Nobody(cloud.url))


async def test_nothing_goes_on_while_the_bus_is_full(cloud: LocalCloud) -> None:
    volumes(cloud, 5)
    batches: list[int] = []
    first, room = asyncio.Event(), asyncio.Event()

    async def emit(events: Sequence[Event]) -> None:
        batches.append(len(events))
        first.set()
        await room.wait()

    async def ours() -> bool:
        return True

    task = TaskSpec(spec(), "t", "scan", 1, ACCOUNT, "aws", "", "ec2", "eu-west-1", ("ebs",))
    limits = Limits()
    running = asyncio.create_task(run_task(task, cloud, emit=emit, still_ours=ours, limits=limits))
    await first.wait()
    await asyncio.sleep(0.1)
    assert len(batches) == 1
    room.set()
    outcome = await running
    limits.close()
    assert len(batches) == 5  # three pages, one coverage, what it cost
    assert sum(batches) == outcome.events


async def test_metrics_are_read_over_pages(cloud: LocalCloud) -> None:
    (instance,) = instances(cloud, 1)
    asof = datetime.now(UTC)
    put_cpu(cloud, instance, asof)
    hour = asof.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    first = {"Id": "q1", "Timestamps": [hour.timestamp()], "Values": [77.0], "StatusCode": "PartialData"}
    body = json.dumps({"MetricDataResults": [first], "NextToken": "more"})
    cloud.fault("GetMetricData", "", body=body, status=200, type="application/json", times=1)
    result = await scan(cloud, services=("ec2",), asof=asof, lookback_days=1)
    assert result.outcome.calls["cloudwatch:GetMetricData"] == 2
    told = {e.data.statistic: e.data.value for e in result.of("aws.performance.ec2.cpu")}
    assert (told["average"], told["max"]) == (12.5, 24.0)


async def test_a_series_that_cloudwatch_could_not_tell_is_a_gap(cloud: LocalCloud) -> None:
    instances(cloud, 1)
    told = [{"Id": "q0", "Timestamps": [], "Values": [], "StatusCode": "InternalError"}]
    body = json.dumps({"MetricDataResults": told})
    cloud.fault("GetMetricData", "", body=body, status=200, type="application/json")
    result = await scan(cloud, services=("ec2",))
    assert result.gaps() == [("ec2", "failed", "metrics")]
    assert result.value("aws.scan.ec2.failed")["reason"] == "4 of 4 queries came to InternalError and no answer"


async def test_the_same_page_of_metrics_twice_is_a_failed_call(cloud: LocalCloud) -> None:
    instances(cloud, 1)
    body = json.dumps({"MetricDataResults": [], "NextToken": "again"})
    cloud.fault("GetMetricData", "", body=body, status=200, type="application/json")
    async with asyncio.timeout(10):
        result = await scan(cloud, services=("ec2",))
    assert result.gaps() == [("ec2", "failed", "metrics")]


async def test_expired_credentials_in_the_middle_end_the_task(cloud: LocalCloud) -> None:
    instances(cloud, 1)
    body = '{"__type": "ExpiredToken", "message": "no"}'
    cloud.fault("GetMetricData", "", body=body, status=403, type="application/json")
    with pytest.raises(NoAccess):
        await scan(cloud, services=("ec2",))
