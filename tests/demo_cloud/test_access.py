"""Who may do what, and in which words AWS says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo_cloud import DemoCloud
from schemas.demo import DEMO_EXTERNAL_ID, demo_role_arn
from tests.demo_cloud.clients import DATA, IRELAND, NOW, RETAIL, SCANNER, VIRGINIA, Keys, assumed, client, refused


@pytest.mark.parametrize("account", [RETAIL, DATA])
def test_the_role_with_its_external_id_opens_its_account(cloud: DemoCloud, account: str) -> None:
    who = client(cloud, "sts", keys=assumed(cloud, account)).get_caller_identity()
    assert who["Account"] == account
    assert who["Arn"] == f"arn:aws:sts::{account}:assumed-role/cloud-sentinel-read/cloud-sentinel-test"


@pytest.mark.parametrize(
    ("keys", "role", "given"),
    [
        (SCANNER, demo_role_arn(RETAIL), {"ExternalId": "another"}),
        (SCANNER, demo_role_arn(RETAIL), {}),
        (SCANNER, f"arn:aws:iam::{RETAIL}:role/nobody-made-this", {"ExternalId": DEMO_EXTERNAL_ID}),
        (SCANNER, demo_role_arn("777777777777"), {"ExternalId": DEMO_EXTERNAL_ID}),
        (DATA, demo_role_arn(RETAIL), {"ExternalId": DEMO_EXTERNAL_ID}),
    ],
    ids=["wrong external id", "no external id", "no such role", "no such account", "principal not trusted"],
)
def test_a_role_is_not_given_away(cloud: DemoCloud, keys: Keys | str, role: str, given: dict[str, str]) -> None:
    sts = client(cloud, "sts", keys=keys)
    code, status, message = refused(sts.assume_role, RoleArn=role, RoleSessionName="test", **given)
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {role}")


def test_the_data_account_lets_nobody_see_its_buckets(cloud: DemoCloud) -> None:
    s3 = client(cloud, "s3", VIRGINIA, assumed(cloud, DATA))
    arn = f"arn:aws:sts::{DATA}:assumed-role/cloud-sentinel-read/cloud-sentinel-test"
    assert refused(s3.list_buckets) == (
        "AccessDenied",
        403,
        f"User: {arn} is not authorized to perform: s3:ListAllMyBuckets "
        "because no identity-based policy allows the s3:ListAllMyBuckets action",
    )
    assert refused(s3.get_bucket_acl, Bucket="data-lake-raw")[0] == "AccessDenied"


@pytest.fixture(scope="module")
def strict() -> Iterator[DemoCloud]:
    """The retail account denies some calls, the data account all."""
    deny = (f"{RETAIL}=ec2:DescribeVolumes", f"{RETAIL}=cloudwatch:*", f"{DATA}=*")
    with DemoCloud.start(now=NOW, deny=deny) as started:
        yield started


def test_ec2_denies_in_its_own_words(strict: DemoCloud) -> None:
    ec2 = client(strict, "ec2")
    assert refused(ec2.describe_volumes) == (
        "UnauthorizedOperation",
        403,
        "You are not authorized to perform this operation. "
        f"User: arn:aws:iam::{RETAIL}:user/cloud-operator is not authorized to perform: ec2:DescribeVolumes "
        "because no identity-based policy allows the ec2:DescribeVolumes action",
    )
    assert ec2.describe_addresses()["Addresses"]


def test_an_account_may_be_held_to_a_few_actions(strict: DemoCloud) -> None:
    strict.allow({RETAIL: ["ec2:DescribeA*", "ec2:DescribeVolumes"]})
    ec2 = client(strict, "ec2")
    assert ec2.describe_addresses()["Addresses"]
    assert refused(ec2.describe_instances)[0] == "UnauthorizedOperation"
    assert refused(ec2.describe_volumes)[0] == "UnauthorizedOperation"  # the scenario denies it all the same
    strict.allow({})
    assert ec2.describe_instances()["Reservations"]


def test_cloudwatch_denies_in_json(strict: DemoCloud) -> None:
    call = client(strict, "cloudwatch").get_metric_data
    code, status, message = refused(call, MetricDataQueries=[], StartTime=0, EndTime=1)
    assert (code, status) == ("AccessDenied", 403)
    assert "is not authorized to perform: cloudwatch:GetMetricData" in message


def test_even_who_may_do_nothing_may_ask_who_they_are(strict: DemoCloud) -> None:
    assert client(strict, "sts", keys=DATA).get_caller_identity()["Account"] == DATA
    assert refused(client(strict, "ec2", keys=DATA).describe_regions)[0] == "UnauthorizedOperation"


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("ec2", "describe_volumes", {}, "AuthFailure"),
        (
            "cloudwatch",
            "get_metric_data",
            {"MetricDataQueries": [], "StartTime": 0, "EndTime": 1},
            "UnrecognizedClient",
        ),
        ("sts", "get_caller_identity", {}, "InvalidClientTokenId"),
        ("s3", "list_buckets", {}, "InvalidAccessKeyId"),
    ],
)
@pytest.mark.parametrize(
    ("region", "keys"), [("me-south-1", RETAIL), (IRELAND, Keys("AKIANOBODY0000000000", "x"))], ids=["region", "key"]
)
def test_a_disabled_region_and_an_unknown_key_look_alike(
    cloud: DemoCloud, service: str, operation: str, arguments: dict[str, Any], code: str, region: str, keys: Keys | str
) -> None:
    told, status, _ = refused(getattr(client(cloud, service, region, keys), operation), **arguments)
    assert told.startswith(code)
    assert status in (401, 403)


def test_what_writes_is_refused_and_counted(cloud: DemoCloud) -> None:
    cloud.reset_calls()
    ec2, s3 = client(cloud, "ec2"), client(cloud, "s3", VIRGINIA)
    for call, arguments in (
        (ec2.delete_volume, {"VolumeId": "vol-0de01e10000000001"}),
        (ec2.run_instances, {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}),
        (s3.put_object, {"Bucket": "retail-website", "Key": "x", "Body": b"x"}),
        (s3.delete_bucket, {"Bucket": "retail-website"}),
    ):
        assert refused(call, **arguments)[:2] == ("AccessDenied", 403)
    assert cloud.calls()["writes_refused"] == 4
    assert ec2.describe_volumes(VolumeIds=["vol-0de01e10000000001"])["Volumes"]
    assert "retail-website" in {one["Name"] for one in s3.list_buckets()["Buckets"]}


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_capacity_reservations", "InvalidAction"),
        ("cloudwatch", "list_metrics", "UnknownOperationException"),
        ("sagemaker", "list_models", "UnknownService"),
        ("sns", "list_topics", "UnknownService"),
    ],
)
def test_what_is_not_there_says_so(cloud: DemoCloud, service: str, operation: str, code: str) -> None:
    assert refused(getattr(client(cloud, service), operation))[0] == code


def test_calls_are_counted_by_account_service_operation_and_outcome(cloud: DemoCloud) -> None:
    cloud.reset_calls()
    assert cloud.calls() == {"total": 0, "writes_refused": 0, "calls": []}
    client(cloud, "ec2").describe_volumes()
    client(cloud, "ec2").describe_volumes()
    refused(client(cloud, "s3", VIRGINIA, DATA).list_buckets)
    seen = {(c["account"], c["service"], c["operation"], c["outcome"]): c["count"] for c in cloud.calls()["calls"]}
    assert seen == {(RETAIL, "ec2", "DescribeVolumes", "200"): 2, (DATA, "s3", "ListBuckets", "403"): 1}


def test_answers_are_marked_as_synthetic(cloud: DemoCloud) -> None:
    for answer in (client(cloud, "ec2").describe_volumes(), client(cloud, "sts").get_caller_identity()):
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-demo-cloud"] == "synthetic"


def test_a_session_that_is_over_is_refused_in_the_words_of_each_service(cloud: DemoCloud) -> None:
    keys = assumed(cloud, RETAIL)
    assert client(cloud, "ec2", keys=keys).describe_volumes()["Volumes"]
    cloud.limit_sessions(0)
    assert refused(client(cloud, "ec2", keys=keys).describe_volumes)[:2] == ("RequestExpired", 400)
    assert refused(client(cloud, "s3", keys=keys).list_buckets)[:2] == ("ExpiredToken", 400)
    assert refused(client(cloud, "sts", keys=keys).get_caller_identity)[:2] == ("ExpiredToken", 403)
    cloud.limit_sessions(None)
    assert client(cloud, "ec2", keys=assumed(cloud, RETAIL)).describe_volumes()["Volumes"]
