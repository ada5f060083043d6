"""Discovery: the accounts of the three demo organizations, by the real SDKs over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connections import connect
from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.discovering import connection_of, discover
from data_plane.jobs import Work
from demo_cloud import DemoCloud
from demo_cloud.azure.names import GROUP, LAB, SHOP
from demo_cloud.gcp.assets import FOLDER, ORGANIZATION
from demo_cloud.gcp.process import GcpCloud
from scanners.core.limits import Limits
from schemas.account import AccountStatus
from schemas.errors import Denied, InvalidInputError
from schemas.organization import DiscoverySpec
from schemas.scan import Connection, Discovery, Provider
from schemas.settings import Settings
from schemas.states import TaskStatus
from stores import accounts
from stores.accounts import AccountFilters, AccountRow
from stores.jobs import JobRow

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
HOLDING, RETAIL, DATA, SANDBOX, CLOSED = (digit * 12 for digit in "31245")
PROJECT = "retail-demo-4711"


@pytest.fixture(scope="module")
def aws() -> Iterator[DemoCloud]:
    with DemoCloud.start(now=NOW) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def azure() -> Iterator[DemoCloud]:
    with DemoCloud.start(now=NOW, provider="azure") as cloud:
        yield cloud


@pytest.fixture(scope="module")
def gcp() -> Iterator[GcpCloud]:
    with GcpCloud.start(now=NOW) as cloud:
        yield cloud


async def still_ours() -> bool:
    return True


async def asked(
    backbone: Backbone, provider: Provider, through: str, settings: Settings, **spec: Any
) -> dict[str, Any]:
    """What a discovery through this account comes to; the account is added before."""
    row = AccountRow(
        account_id="through",
        client_id="acme",
        provider=provider,
        native_id=through,
        name="the way in",
        connection=Connection(mode="demo", account=through),
        tags={"kept": "yes"},
        group=None,
        unit_path=None,
        status=AccountStatus.ACTIVE,
        created_at=NOW,
        updated_at=NOW,
    )
    async with backbone.store.write() as writing:
        await accounts.insert_account(writing, row)
    told = msgspec.to_builtins(DiscoverySpec(**spec))
    job = JobRow("j" * 32, "acme", "discover", "through", told, TaskStatus.RUNNING, NOW, attempt=1)
    limits = Limits(requests_per_second=100, region_threads=2, call_seconds=30)
    connections = Connections(connect, settings)
    try:
        return await discover(Work(job, backbone, connections, limits, still_ours))
    finally:
        await connections.close()


def settings_of(backbone: Backbone, **changes: Any) -> Settings:
    return backbone.settings.model_copy(update=changes)


async def kept(backbone: Backbone) -> dict[str | None, AccountRow]:
    async with backbone.store.read() as reading:
        rows = await accounts.find_accounts(reading, "acme", AccountFilters(), limit=100)
    return {row.native_id: row for row in rows}


def ids(told: list[dict[str, Any]]) -> set[str]:
    return {each["native_id"] for each in told}


async def test_the_members_of_an_organization_become_accounts(backbone: Backbone, aws: DemoCloud) -> None:
    settings = settings_of(backbone, demo_endpoint=aws.endpoint)
    result = await asked(backbone, "aws", HOLDING, settings, group="holding")
    assert ids(result["created"]) == {RETAIL, DATA, SANDBOX}
    assert ids(result["known"]) == {HOLDING}
    assert [(each["native_id"], each["reason"]) for each in result["left_out"]] == [(CLOSED, "AWS says SUSPENDED")]
    found = await kept(backbone)
    assert {name: row.unit_path for name, row in found.items()} == {
        HOLDING: "Root",
        RETAIL: "Root/Production",
        DATA: "Root/Production",
        SANDBOX: "Root/Playground",
    }
    assert found[RETAIL].tags == {"team": "shop", "stage": "production"}
    assert found[RETAIL].connection == Connection(mode="demo", account=RETAIL)
    assert (found[RETAIL].group, found[HOLDING].group) == ("holding", None)
    assert found[HOLDING].tags == {"kept": "yes"}


async def test_asking_again_changes_only_what_changed(backbone: Backbone, aws: DemoCloud) -> None:
    settings = settings_of(backbone, demo_endpoint=aws.endpoint)
    await asked(backbone, "aws", HOLDING, settings)
    first = await kept(backbone)
    async with backbone.store.write() as writing:
        changes = {"tags": {"mine": "yes", "team": "old"}, "status": AccountStatus.SUSPENDED, "name": "our shop"}
        await accounts.change_account(writing, "acme", first[RETAIL].account_id, changes, NOW)
        await accounts.change_account(
            writing, "acme", first[DATA].account_id, {"status": AccountStatus.CLOSED, "unit_path": "Root"}, NOW
        )
    result = await asked(backbone, "aws", HOLDING, settings)
    assert result["created"] == []
    assert {each["native_id"]: each["changed"] for each in result["known"]} == {
        HOLDING: [],
        RETAIL: ["tags"],
        DATA: ["status", "unit_path"],
        SANDBOX: [],
    }
    again = await kept(backbone)
    assert again[RETAIL].tags == {"mine": "yes", "team": "shop", "stage": "production"}
    assert (again[RETAIL].status, again[RETAIL].name) == (AccountStatus.SUSPENDED, "our shop")
    assert again[DATA].status is AccountStatus.ACTIVE
    assert again[SANDBOX] == first[SANDBOX]


async def test_a_known_account_that_was_closed_is_closed_and_never_deleted(backbone: Backbone, aws: DemoCloud) -> None:
    row = AccountRow(
        "old", "acme", "aws", CLOSED, "old shop", Connection(mode="demo", account=CLOSED), {}, None, None,
        AccountStatus.ACTIVE, NOW, NOW,
    )  # fmt: skip
    async with backbone.store.write() as writing:
        await accounts.insert_account(writing, row)
    result = await asked(backbone, "aws", HOLDING, settings_of(backbone, demo_endpoint=aws.endpoint))
    assert ids(result["closed"]) == {CLOSED}
    assert (await kept(backbone))[CLOSED].status is AccountStatus.CLOSED


async def test_one_unit_alone_can_be_asked_for(backbone: Backbone, aws: DemoCloud) -> None:
    settings = settings_of(backbone, demo_endpoint=aws.endpoint)
    result = await asked(backbone, "aws", HOLDING, settings, root="ou-de00-0de0prod")
    assert ids(result["created"]) == {RETAIL, DATA}
    with pytest.raises(InvalidInputError, match="organizational unit"):
        await asked(backbone, "aws", HOLDING, settings, root="ou-de00-00000000")


async def test_tags_that_may_not_be_read_are_told_and_stop_nothing(backbone: Backbone, aws: DemoCloud) -> None:
    reads = ("organizations:ListAccounts*", "organizations:ListOrg*", "organizations:ListRoots")
    try:
        aws.allow({HOLDING: reads})
        result = await asked(backbone, "aws", HOLDING, settings_of(backbone, demo_endpoint=aws.endpoint))
    finally:
        aws.allow({})
    assert result["incomplete"] == ("tags: organizations:ListTagsForResource is denied",)
    assert ids(result["created"]) == {RETAIL, DATA, SANDBOX}


async def test_an_organization_that_may_not_be_read_says_what_is_missing(backbone: Backbone, aws: DemoCloud) -> None:
    try:
        aws.allow({HOLDING: ("ec2:*",)})
        with pytest.raises(Denied) as caught:
            await asked(backbone, "aws", HOLDING, settings_of(backbone, demo_endpoint=aws.endpoint))
    finally:
        aws.allow({})
    assert caught.value.action == "organizations:ListRoots"


async def test_the_subscriptions_of_a_tenant_or_of_a_group(backbone: Backbone, azure: DemoCloud) -> None:
    settings = settings_of(backbone, azure_endpoint=azure.endpoint, azure_ca=azure.ca)
    result = await asked(backbone, "azure", LAB, settings)
    assert (ids(result["created"]), ids(result["known"])) == ({SHOP}, {LAB})
    again = await asked(backbone, "azure", LAB, settings, root=GROUP)
    assert ids(again["known"]) == {SHOP, LAB}
    found = await kept(backbone)
    assert {name: row.unit_path for name, row in found.items()} == {SHOP: f"{GROUP}/Sales/Web", LAB: GROUP}
    assert (found[SHOP].name, found[SHOP].tags) == ("web shop", {"team": "shop"})
    assert found[SHOP].connection == Connection(mode="demo", account=SHOP)


async def test_the_projects_of_an_organization_or_of_a_folder(backbone: Backbone, gcp: GcpCloud) -> None:
    settings = settings_of(backbone, gcp_endpoint=gcp.endpoint)
    result = await asked(backbone, "gcp", PROJECT, settings, root=ORGANIZATION)
    assert ids(result["known"]) == {PROJECT}
    assert [each["reason"] for each in result["left_out"]] == ["Google Cloud says DELETE_REQUESTED"]
    found = await kept(backbone)
    assert found[PROJECT].unit_path == f"{ORGANIZATION}/Shops"
    assert found[PROJECT].tags == {"kept": "yes", "team": "shop"}
    await asked(backbone, "gcp", PROJECT, settings, root=FOLDER)
    assert (await kept(backbone))[PROJECT].unit_path == FOLDER


def test_members_are_reached_by_their_own_role_with_the_same_external_id() -> None:
    through = Connection(mode="assume_role", role_arn=f"arn:aws:iam::{HOLDING}:role/first", external_id="made-by-us")
    identity = Discovery(HOLDING, "arn:aws-us-gov:sts::3:assumed-role/first/x", "aws-us-gov", ())
    assert connection_of(through, "through", RETAIL, identity, DiscoverySpec(role_name="reader")) == Connection(
        mode="assume_role", role_arn=f"arn:aws-us-gov:iam::{RETAIL}:role/reader", external_id="made-by-us"
    )


def test_members_of_a_tenant_are_opened_by_the_secret_of_the_account_that_found_them() -> None:
    through = Connection(mode="service_principal", account=LAB, tenant_id="t", application_id="a")
    member = connection_of(through, "through", SHOP, Discovery(LAB, "a", "azure", ()), DiscoverySpec())
    assert (member.account, member.secret_of, member.application_id) == (SHOP, "through", "a")
    assert (
        connection_of(member, "member", LAB, Discovery(SHOP, "a", "azure", ()), DiscoverySpec()).secret_of == "through"
    )
