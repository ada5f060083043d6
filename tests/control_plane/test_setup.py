"""Setup documents: what an owner must create, and that it is exactly enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import cfnlint.api
import httpx
import pytest
import yaml
from hcl2.api import loads
from moto.server import ThreadedMotoServer

from control_plane.setup import aws, azure, gcp
from control_plane.setup.aws import Trust
from schemas.policy import all_operations, aws_policies, aws_policy

TRUST = Trust("arn:aws:iam::999999999999:user/cloud-sentinel", "made-by-us-4711")
OPERATIONS = ("ec2:DescribeVolumes", "s3:ListBuckets", "sts:GetCallerIdentity")
SUBSCRIPTION = "0de0a5e0-0000-4000-8000-00000000000a"


@pytest.fixture(scope="module")
def cloud() -> Iterator[str]:
    """An account into which a stack can be deployed."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


def client(service: str, endpoint: str) -> Any:
    keys = {"aws_access_key_id": "AKIA0000000000000000", "aws_secret_access_key": "none"}
    return boto3.client(service, endpoint_url=endpoint, region_name="eu-west-1", **keys)


def test_the_template_has_no_fault_that_the_linter_knows() -> None:
    for template in (aws.cloudformation(all_operations("aws"), TRUST), aws.cloudformation(OPERATIONS)):
        assert [str(match) for match in cfnlint.api.lint(template, regions=["eu-west-1"])] == []


def test_the_deployed_stack_makes_the_role_with_the_trust_and_the_policy(cloud: str) -> None:
    template = aws.cloudformation(OPERATIONS, TRUST)
    client("cloudformation", cloud).create_stack(StackName="cloud-sentinel", TemplateBody=template)
    iam = client("iam", cloud)
    role = iam.get_role(RoleName="cloud-sentinel-read")["Role"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"AWS": "arn:aws:iam::999999999999:user/cloud-sentinel"}
    assert trusted["Condition"] == {"StringEquals": {"sts:ExternalId": "made-by-us-4711"}}
    assert [_actions(iam, each["PolicyArn"]) for each in _attached(iam)] == [
        ["ec2:DescribeVolumes", "s3:ListAllMyBuckets"]
    ]


def _attached(iam: Any) -> list[dict[str, str]]:
    attached: list[dict[str, str]] = iam.list_attached_role_policies(RoleName="cloud-sentinel-read")["AttachedPolicies"]
    return attached


def _actions(iam: Any, arn: str) -> list[str]:
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    return sorted(action for statement in document["Statement"] for action in statement["Action"])


def test_a_policy_that_is_too_long_for_one_document_is_cut_between_statements() -> None:
    documents = aws_policies(all_operations("aws"), limit=1000)
    assert len(documents) > 1
    assert all(len(json.dumps(document, separators=(",", ":"))) <= 1000 for document in documents)
    whole = aws_policy(all_operations("aws"))["Statement"]
    assert [statement for document in documents for statement in document["Statement"]] == whole


def test_a_role_can_hold_all_the_policies() -> None:
    assert len(aws_policies(all_operations("aws"))) <= 10


def test_the_terraform_of_an_account_has_the_same_documents_as_the_template() -> None:
    parsed = loads(aws.terraform(OPERATIONS, TRUST))
    texts = [body for block in parsed["resource"] for inner in block.values() for body in inner.values()]
    heredocs = [each[key] for each in texts for key in ("assume_role_policy", "policy") if key in each]
    documents = [json.loads(text) for text in heredocs]
    assert documents == [
        aws.trust_document("arn:aws:iam::999999999999:user/cloud-sentinel", "made-by-us-4711"),
        *aws_policies(OPERATIONS),
    ]


def test_an_azure_role_is_for_one_subscription() -> None:
    role = json.loads(azure.role(["arm:Microsoft.Compute/disks"], SUBSCRIPTION))
    assert role["AssignableScopes"] == [f"/subscriptions/{SUBSCRIPTION}"]
    assert role["Actions"] == ["Microsoft.Compute/disks/read"]


def test_azure_commands_assign_the_role_to_the_application_of_the_account() -> None:
    lines = azure.commands(["arm:Microsoft.Compute/disks"], SUBSCRIPTION, "0de00000-app").splitlines()
    assert lines[-1] == (
        "az role assignment create --assignee 0de00000-app --role 'Cloud Sentinel scan'"
        f" --scope /subscriptions/{SUBSCRIPTION}"
    )
    assert not [line for line in lines if "create-for-rbac" in line]


def test_azure_commands_make_an_application_when_the_account_has_none() -> None:
    text = azure.commands(["arm:Microsoft.Compute/disks"], SUBSCRIPTION, None)
    assert "az ad sp create-for-rbac --name cloud-sentinel" in text
    assert "--assignee CLIENT_ID " in text


def test_a_google_role_and_its_commands() -> None:
    assert yaml.safe_load(gcp.role(["cloudasset:ListAssets"]))["includedPermissions"] == [
        "cloudasset.assets.listResource"
    ]
    text = gcp.commands(["cloudasset:ListAssets", "monitoring:ListTimeSeries"], "web-1", "scan@web-1.iam")
    assert "gcloud services enable cloudasset.googleapis.com monitoring.googleapis.com --project web-1" in text
    assert text.splitlines()[-1] == (
        "gcloud projects add-iam-policy-binding web-1 --condition=None --member serviceAccount:scan@web-1.iam"
        " --role projects/web-1/roles/cloudSentinelRead"
    )


@pytest.mark.parametrize(
    "text",
    [
        azure.terraform(["arm:Microsoft.Compute/disks"], SUBSCRIPTION, "0de00000-app"),
        gcp.terraform(["cloudasset:ListAssets"], "web-1", "scan@web-1.iam"),
    ],
)
def test_terraform_for_the_others_can_be_read(text: str) -> None:
    assert len(loads(text)["resource"]) == 2


async def added(api: httpx.AsyncClient, provider: str, connection: dict[str, str]) -> dict[str, Any]:
    body = {"provider": provider, "name": "shop", "connection": connection}
    answer = await api.post("/api/v1/accounts", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def setup(api: httpx.AsyncClient, account: dict[str, Any], **query: str) -> httpx.Response:
    return await api.get(f"/api/v1/accounts/{account['account_id']}/setup", params=query)


ROLE = {"mode": "assume_role", "role_arn": "arn:aws:iam::111111111111:role/audit/reader"}
WORKER = "arn:aws:iam::999999999999:role/worker"


async def test_the_document_of_an_account_names_its_role_and_its_external_id(api: httpx.AsyncClient) -> None:
    account = await added(api, "aws", ROLE)
    told = (await setup(api, account, trusted=WORKER)).json()
    assert told["format"] == "cloudformation"
    parameters = yaml.safe_load(told["text"])["Parameters"]
    assert parameters["RoleName"]["Default"] == "reader"
    assert parameters["Principal"]["Default"] == WORKER
    assert yaml.safe_load(told["text"])["Resources"]["Role"]["Properties"]["Path"] == "/audit/"
    assert parameters["ExternalId"]["Default"] == account["connection"]["external_id"]
    assert 'resource "aws_iam_role"' in (await setup(api, account, trusted=WORKER, format="terraform")).json()["text"]


@pytest.mark.parametrize(
    ("connection", "query", "field"),
    [
        (ROLE, {}, "trusted"),
        (ROLE, {"trusted": "somebody"}, "trusted"),
        (ROLE, {"format": "commands", "trusted": WORKER}, "format"),
        ({"mode": "ambient"}, {"trusted": WORKER}, "account"),
    ],
)
async def test_what_cannot_be_told_says_why(
    api: httpx.AsyncClient, connection: dict[str, str], query: dict[str, str], field: str
) -> None:
    answer = await setup(api, await added(api, "aws", connection), **query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_the_others_are_told_commands_first(api: httpx.AsyncClient) -> None:
    azure_account = await added(api, "azure", {"mode": "ambient", "account": SUBSCRIPTION})
    told = (await setup(api, azure_account)).json()
    assert told["format"] == "commands"
    assert f"--scope /subscriptions/{SUBSCRIPTION}" in told["text"]
    google = await added(api, "gcp", {"mode": "ambient", "account": "web-production"})
    assert "gcloud projects add-iam-policy-binding web-production" in (await setup(api, google)).json()["text"]
    assert "includedPermissions" in (await setup(api, google, format="role")).json()["text"]
