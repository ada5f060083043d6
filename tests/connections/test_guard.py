"""The guard: nothing that it refuses reaches a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connections.aws import connect
from schemas.errors import ForbiddenOperationError
from schemas.scan import ScanSpec
from schemas.settings import Settings

DECLARED = frozenset(
    {
        "ec2:DescribeVolumes",
        "ec2:DeleteVolume",
        "ec2:GetConsoleOutput",
        "s3:GetObject",
        "s3:ListBuckets",
        "s3:PutObject",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "sts:AssumeRole",
        "sts:GetCallerIdentity",
    }
)
Client = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("keys")


@pytest.fixture
def client(spec: Callable[..., ScanSpec], settings: Settings) -> Client:
    connection = connect(spec(), operations=DECLARED, settings=settings)
    return lambda service: connection.client(service, "eu-west-1")


def test_a_declared_read_reaches_the_cloud(client: Client, cloud: Any) -> None:
    client("ec2").describe_volumes()
    assert cloud.actions() == ["DescribeVolumes"]


@pytest.mark.parametrize(
    ("service", "method", "arguments", "why"),
    [
        ("ec2", "describe_regions", {}, "declared by no scanner"),
        ("iam", "list_users", {}, "declared by no scanner"),
        ("ec2", "terminate_instances", {"InstanceIds": ["i-1"]}, "declared by no scanner"),
        ("ec2", "delete_volume", {"VolumeId": "vol-1"}, "not a read-only operation"),
        ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}, "not a read-only operation"),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/other", "RoleSessionName": "xx"}, "not a read-only"),
        ("ec2", "get_console_output", {"InstanceId": "i-1"}, "content or secrets"),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}, "content or secrets"),
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}, "content or secrets"),
        ("ssm", "get_parameter", {"Name": "p"}, "content or secrets"),
    ],
)
def test_a_refused_call_never_reaches_the_cloud(
    client: Client, cloud: Any, service: str, method: str, arguments: dict[str, Any], why: str
) -> None:
    with pytest.raises(ForbiddenOperationError, match=why):
        getattr(client(service), method)(**arguments)
    assert cloud.seen == []


def test_a_paginator_is_guarded(client: Client, cloud: Any) -> None:
    with pytest.raises(ForbiddenOperationError, match="DescribeInstances"):
        list(client("ec2").get_paginator("describe_instances").paginate())
    assert cloud.seen == []


def test_a_waiter_is_guarded(client: Client, cloud: Any) -> None:
    with pytest.raises(ForbiddenOperationError, match="DescribeInstances"):
        client("ec2").get_waiter("instance_running").wait(InstanceIds=["i-1"])
    assert cloud.seen == []


@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_no_object_address_is_signed_in_advance(client: Client, operation: str) -> None:
    with pytest.raises(ForbiddenOperationError, match="signed in advance"):
        client("s3").generate_presigned_url(operation, Params={"Bucket": "b", "Key": "k"})


def test_no_upload_form_is_signed_in_advance(client: Client) -> None:
    with pytest.raises(ForbiddenOperationError, match="signed in advance"):
        client("s3").generate_presigned_post("b", "k")


def test_not_even_a_declared_read_is_signed_in_advance(client: Client) -> None:
    with pytest.raises(ForbiddenOperationError, match="signed in advance"):
        client("sts").generate_presigned_url("get_caller_identity")


def test_the_signer_below_the_client_signs_nothing_in_advance(client: Client) -> None:
    request = {"url": "https://sts.amazonaws.com/", "method": "GET", "headers": {}, "body": b"", "context": {}}
    with pytest.raises(ForbiddenOperationError, match="signed in advance"):
        client("sts")._request_signer.generate_presigned_url(request, operation_name="GetCallerIdentity")


def test_the_session_that_signs_in_scans_nothing(spec: Callable[..., ScanSpec], settings: Settings, cloud: Any) -> None:
    connection = connect(spec(), operations=DECLARED, settings=settings)
    source = connection._sign_in._session.create_client("ec2", region_name="eu-west-1")
    with pytest.raises(ForbiddenOperationError, match="not needed to sign in"):
        source.describe_volumes()
    assert cloud.seen == []
