"""Lists come in pages, as from AWS, and every page is what botocore's model declares."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from demo_cloud import DemoCloud
from tests.demo_cloud.clients import NOW, RETAIL, VIRGINIA, client, refused

LISTINGS = [
    ("ec2", "describe_instances", "Reservations", "NextToken"),
    ("ec2", "describe_volumes", "Volumes", "NextToken"),
    ("ec2", "describe_snapshots", "Snapshots", "NextToken"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NextToken"),
    ("s3", "list_buckets", "Buckets", "ContinuationToken"),
]


def _pages(cloud: DemoCloud, service: str, operation: str, token: str, **arguments: Any) -> list[Any]:
    call = getattr(client(cloud, service, VIRGINIA if service == "s3" else "eu-west-1"), operation)
    pages = [call(**arguments)]
    while pages[-1].get(token):
        pages.append(call(**arguments, **{token: pages[-1][token]}))
    return pages


def test_the_retail_account_has_more_volumes_than_a_page(cloud: DemoCloud) -> None:
    pages = _pages(cloud, "ec2", "describe_volumes", "NextToken")
    assert [len(page["Volumes"]) for page in pages[:-1]] == [100] * (len(pages) - 1)
    assert len(pages) > 1


@pytest.mark.parametrize(("service", "operation", "items", "token"), LISTINGS)
def test_pages_hold_each_item_once(service: str, operation: str, items: str, token: str, small: DemoCloud) -> None:
    pages = _pages(small, service, operation, token)
    seen = [str(item) for page in pages for item in page[items]]
    assert len(pages) > 2
    assert all(len(page[items]) <= 4 for page in pages)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(("service", "operation", "items", "token"), LISTINGS)
def test_the_pages_together_are_the_whole_list(
    service: str, operation: str, items: str, token: str, small: DemoCloud, cloud: DemoCloud
) -> None:
    def whole(of: DemoCloud) -> list[Any]:
        return [item for page in _pages(of, service, operation, token) for item in page[items]]

    assert whole(small) == whole(cloud)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with DemoCloud.start(now=NOW, page_size=4) as started:
        yield started


@pytest.mark.parametrize(
    ("service", "operation", "items", "token"),
    [
        ("elbv2", "describe_load_balancers", "LoadBalancers", "Marker"),
        ("elbv2", "describe_target_groups", "TargetGroups", "Marker"),
    ],
)
def test_balancers_come_in_pages_too(
    service: str, operation: str, items: str, token: str, small: DemoCloud, cloud: DemoCloud
) -> None:
    def listed(of: DemoCloud) -> list[list[Any]]:
        call = getattr(client(of, service), operation)
        pages = [call()]
        while marker := pages[-1].get("NextMarker"):
            pages.append(call(**{token: marker}))
        return [page[items] for page in pages]

    assert len(listed(small)[0]) == 4
    assert len(listed(small)) > 1
    assert [one for page in listed(small) for one in page] == [one for page in listed(cloud) for one in page]


@pytest.mark.parametrize(("size", "volumes"), [(5, 5), (1000, 100)])
def test_a_wish_for_less_is_heard(cloud: DemoCloud, size: int, volumes: int) -> None:
    assert len(client(cloud, "ec2").describe_volumes(MaxResults=size)["Volumes"]) == volumes


def test_a_token_belongs_to_its_question(cloud: DemoCloud) -> None:
    ec2 = client(cloud, "ec2")
    token = ec2.describe_volumes(MaxResults=5)["NextToken"]
    assert refused(ec2.describe_instances, NextToken=token)[0] == "InvalidNextToken"
    assert refused(ec2.describe_volumes, NextToken="bm9uc2Vuc2U=")[0] == "InvalidNextToken"


def test_named_resources_come_in_one_answer(cloud: DemoCloud) -> None:
    answer = client(cloud, "ec2").describe_volumes(VolumeIds=["vol-0de01e10000000001"])
    assert [one["VolumeId"] for one in answer["Volumes"]] == ["vol-0de01e10000000001"]


def test_filters_survive_the_cut(cloud: DemoCloud) -> None:
    answer = client(cloud, "ec2").describe_volumes(Filters=[{"Name": "status", "Values": ["available"]}])
    assert {one["State"] for one in answer["Volumes"]} == {"available"}


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("ec2", "DescribeInstances", {}),
        ("ec2", "DescribeVolumes", {}),
        ("ec2", "DescribeSnapshots", {"OwnerIds": ["self"]}),
        ("ec2", "DescribeImages", {"Owners": ["self"]}),
        ("ec2", "DescribeAddresses", {}),
        ("ec2", "DescribeRegions", {"AllRegions": True}),
        ("ec2", "DescribeVpcs", {}),
        ("ec2", "DescribeSubnets", {}),
        ("ec2", "DescribeRouteTables", {}),
        ("ec2", "DescribeNetworkInterfaces", {}),
        ("ec2", "DescribeVpcEndpoints", {}),
        ("ec2", "DescribeInternetGateways", {}),
        ("ec2", "DescribeLaunchTemplates", {}),
        ("elbv2", "DescribeLoadBalancers", {}),
        ("elbv2", "DescribeTargetGroups", {}),
        ("elb", "DescribeLoadBalancers", {}),
        ("autoscaling", "DescribeAutoScalingGroups", {}),
        ("lambda", "ListFunctions", {}),
        ("dynamodb", "ListTables", {}),
        ("ecr", "DescribeRepositories", {}),
        ("sqs", "ListQueues", {}),
        ("kms", "ListKeys", {}),
        ("kms", "GetKeyLastUsage", {"KeyId": "0de0cafe-0000-4000-8000-000000000011"}),
        ("eks", "ListClusters", {}),
        ("eks", "DescribeCluster", {"name": "shop"}),
        ("eks", "DescribeClusterVersions", {}),
        ("ecs", "ListClusters", {}),
        ("lambda", "ListProvisionedConcurrencyConfigs", {"FunctionName": "shop-hook"}),
        ("cloudtrail", "DescribeTrails", {}),
        ("iam", "ListUsers", {}),
        ("iam", "ListPolicies", {"Scope": "Local"}),
        ("rds", "DescribeDBInstances", {}),
        ("rds", "DescribeDBClusters", {}),
        ("rds", "DescribeDBSnapshots", {}),
        ("rds", "DescribeDBSnapshotAttributes", {"DBSnapshotIdentifier": "training"}),
        ("s3", "ListBuckets", {}),
        ("s3", "GetBucketPolicyStatus", {"Bucket": "retail-website"}),
        ("s3", "GetBucketLifecycleConfiguration", {"Bucket": "retail-website"}),
        ("sts", "GetCallerIdentity", {}),
    ],
)
def test_answers_are_what_the_model_declares(
    cloud: DemoCloud, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    asked = client(cloud, service, VIRGINIA, RETAIL)
    method = xform_name(operation)
    answer = getattr(asked, method)(**arguments)
    answer.pop("ResponseMetadata")
    shape = asked.meta.service_model.operation_model(operation).output_shape
    assert answer
    assert ParamValidator().validate(answer, shape).generate_report() == ""
