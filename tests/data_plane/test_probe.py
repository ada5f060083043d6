"""A probe of the demo cloud: exactly the permissions that are missing; and who may assume a role at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connections import connect
from connections.vault import LocalKek, Vault
from data_plane.backbone import Backbone
from data_plane.connected import Connections
from data_plane.jobs import Work
from data_plane.probing import probe
from data_plane.reaching import Reaching
from demo_cloud import DemoCloud
from scanners.core.limits import Limits
from schemas.account import AccountStatus
from schemas.demo import DEMO_ACCESS_KEY, DEMO_AMBIENT_KEYS, DEMO_EXTERNAL_ID, DEMO_SECRET, demo_role_arn
from schemas.errors import NoAccess
from schemas.scan import Connection
from schemas.sealing import Owner, Secret, seal
from schemas.settings import Settings
from schemas.states import TaskStatus
from stores import account_secrets, accounts
from stores.accounts import AccountRow
from stores.jobs import JobRow
from tests.data_plane.scripted import spec_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("probe")]

RETAIL, DATA = "111111111111", "222222222222"
KEK = LocalKek.generate()


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(deny=[f"{DATA}=cloudwatch:GetMetricData"]) as started:
        yield started


@pytest.fixture
def at_demo(demo: DemoCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is a worker whose own identity the demo's roles trust."""
    named = {"AWS_ACCESS_KEY_ID": DEMO_ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": DEMO_SECRET}
    for name, value in {**named, "AWS_ENDPOINT_URL": demo.endpoint, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)


async def yes() -> bool:
    return True


async def probed(backbone: Backbone, settings: Settings, connection: Connection, secret: Secret | None) -> JobRow:
    now, owner = backbone.clock(), Owner("acme", "a" * 32)
    native = connection.account
    row = AccountRow(
        owner.account_id, "acme", "aws", native, "web", connection, {}, None, None, AccountStatus.ACTIVE, now, now
    )
    async with backbone.store.write() as writing:
        await accounts.insert_account(writing, row)
        if secret is not None:
            await account_secrets.put_secret(writing, owner, seal(secret, owner, KEK.public()), now)
    job = JobRow("b" * 32, "acme", "probe", owner.account_id, {}, TaskStatus.RUNNING, now, attempt=1)
    limits = Limits(requests_per_second=1000)
    connections = Connections(connect, settings, Reaching(backbone.store, Vault([KEK])).reach)
    try:
        result = await probe(Work(job, backbone, connections, limits, yes))
    finally:
        limits.close()
        await connections.close()
    return JobRow(**{**{name: getattr(job, name) for name in job.__struct_fields__}, "result": result})


async def test_exactly_what_is_missing_is_named(backbone: Backbone, demo: DemoCloud) -> None:
    settings = Settings(demo_endpoint=demo.endpoint)
    result = (await probed(backbone, settings, Connection(mode="demo", account=DATA), None)).result
    assert result is not None
    assert [each["permission"] for each in result["missing"]] == ["cloudwatch:GetMetricData", "s3:ListAllMyBuckets"]
    metrics = result["missing"][0]
    assert metrics["statement"] == {"Effect": "Allow", "Action": ["cloudwatch:GetMetricData"], "Resource": "*"}
    assert metrics["by_organization"] is False
    assert (result["complete"], result["failed"], result["identity"]["account_id"]) == (False, [], DATA)
    assert f"assumed-role/cloud-sentinel-read/cloud-sentinel-probe-{'b' * 32}" in result["identity"]["principal"]
    assert {"ec2:DescribeInstances", "sts:GetCallerIdentity"} <= set(result["tried"])
    assert not set(result["tried"]) & set(result["untried"])


@pytest.mark.usefixtures("at_demo")
async def test_keys_of_a_user_reach_only_their_account_and_tell_which(backbone: Backbone) -> None:
    key_id, secret = DEMO_AMBIENT_KEYS[DATA]
    connection = Connection(mode="static_keys", access_key_id=key_id, account=RETAIL)
    with pytest.raises(NoAccess, match=f"reach another one: {DATA}, not {RETAIL}"):
        await probed(backbone, Settings(), connection, Secret({"secret_access_key": secret}))


@pytest.mark.usefixtures("at_demo")
@pytest.mark.parametrize("external_id", ["of-client-b", None])
async def test_no_client_reaches_the_role_of_another_by_its_own_external_id(external_id: str | None) -> None:
    role = demo_role_arn(RETAIL)
    theirs = Connection(mode="assume_role", role_arn=role, external_id=DEMO_EXTERNAL_ID)
    operations = frozenset({"sts:GetCallerIdentity"})
    reached = connect(spec_of(connection=theirs), operations=operations, settings=Settings())
    assert reached.client("sts", "us-east-1").get_caller_identity()["Account"] == RETAIL
    await reached.close()
    mine = Connection(mode="assume_role", role_arn=role, external_id=external_id)
    refused = connect(spec_of(connection=mine), operations=operations, settings=Settings())
    with pytest.raises(NoAccess, match="AccessDenied"):
        refused.client("sts", "us-east-1")
    await refused.close()
